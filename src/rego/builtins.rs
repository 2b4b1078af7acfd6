//! Functions on addresses, as OPA defines them; the evaluator's own need its support for the clock and randomness.

use ipnet::IpNet;
use regorus::{Engine, Value};

/// Widest network that `net.cidr_expand` writes out, in host bits.
const WIDEST: u8 = 16;

/// Adds them to an engine.
pub(super) fn add(engine: &mut Engine) {
    type Function = fn(&[Value]) -> Result<Value, String>;
    let functions: [(&str, u8, Function); 4] = [
        ("net.cidr_contains", 2, contains),
        ("net.cidr_intersects", 2, intersects),
        ("net.cidr_is_valid", 1, |given| Ok(is_valid(given))),
        ("net.cidr_expand", 1, expand),
    ];
    for (name, arguments, function) in functions {
        let call = move |given: Vec<Value>| {
            function(&given).map_err(|error| std::io::Error::other(format!("{name}: {error}")).into())
        };
        // Refused only for a name given twice.
        drop(engine.add_extension(name.to_owned(), arguments, Box::new(call)));
    }
}

fn contains(given: &[Value]) -> Result<Value, String> {
    let (outer, inner) = (prefix(given.first())?, address(given.get(1))?);
    Ok(Value::from(outer.contains(&inner)))
}

fn intersects(given: &[Value]) -> Result<Value, String> {
    let (a, b) = (prefix(given.first())?, prefix(given.get(1))?);
    Ok(Value::from(a.contains(&b) || b.contains(&a)))
}

fn is_valid(given: &[Value]) -> Value {
    Value::from(prefix(given.first()).is_ok())
}

fn expand(given: &[Value]) -> Result<Value, String> {
    let net = prefix(given.first())?;
    if net.max_prefix_len() - net.prefix_len() > WIDEST {
        return Err(format!("{net} has more than {} addresses", 1_u32 << WIDEST));
    }
    // `hosts` leaves out the ends of an IPv4 network.
    let all = match net.trunc() {
        IpNet::V4(net) => (u32::from(net.network())..=u32::from(net.broadcast()))
            .map(|bits| std::net::Ipv4Addr::from(bits).to_string())
            .collect::<Vec<_>>(),
        IpNet::V6(net) => (u128::from(net.network())..=u128::from(net.broadcast()))
            .map(|bits| std::net::Ipv6Addr::from(bits).to_string())
            .collect(),
    };
    Ok(Value::from(all.into_iter().map(Value::from).collect::<std::collections::BTreeSet<_>>()))
}

fn prefix(value: Option<&Value>) -> Result<IpNet, String> {
    let text = text(value)?;
    text.parse().map_err(|_| format!("`{text}` is no prefix"))
}

/// A prefix, or a single address.
fn address(value: Option<&Value>) -> Result<IpNet, String> {
    let text = text(value)?;
    let single = |_| text.parse().map(|address: std::net::IpAddr| IpNet::from(address));
    text.parse().or_else(single).map_err(|_| format!("`{text}` is neither an address nor a prefix"))
}

fn text(value: Option<&Value>) -> Result<&str, String> {
    match value {
        Some(Value::String(text)) => Ok(text),
        _ => Err("a text is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(function: fn(&[Value]) -> Result<Value, String>, given: &[&str]) -> Result<Value, String> {
        function(&given.iter().map(|text| Value::from(*text)).collect::<Vec<_>>())
    }

    #[test]
    fn addresses_are_what_opa_says_they_are() {
        for (outer, inner, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "fd00::1", false),
            ("fd00::/8", "fd00::1", true),
        ] {
            assert_eq!(call(contains, &[outer, inner]), Ok(Value::from(expected)), "{outer} {inner}");
        }
        assert_eq!(call(intersects, &["10.0.0.0/9", "10.0.0.0/8"]), Ok(Value::from(true)));
        assert_eq!(call(intersects, &["10.0.0.0/9", "10.128.0.0/9"]), Ok(Value::from(false)));
        assert_eq!(is_valid(&[Value::from("10.0.0.0/33")]), Value::from(false));
        assert_eq!(call(expand, &["10.0.0.5/30"]).unwrap().as_set().unwrap().len(), 4);
    }

    #[test]
    fn what_is_no_address_is_an_error_and_a_wide_network_is_not_written_out() {
        assert!(call(contains, &["10.0.0.0", "10.0.0.1"]).unwrap_err().contains("`10.0.0.0` is no prefix"));
        assert!(contains(&[Value::from(7_u64), Value::from("x")]).unwrap_err().contains("a text is needed"));
        assert!(call(expand, &["::/0"]).unwrap_err().contains("more than 65536 addresses"));
    }
}
