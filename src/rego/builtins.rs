//! Functions that the evaluator lacks, or understands otherwise than OPA; none knows a clock, chance or the network.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use ipnet::IpNet;
use regorus::{Engine, Value};
use sha2::Digest as _;

use super::{moment, pattern};

/// Widest network that `net.cidr_expand` writes out, in host bits.
const WIDEST: u8 = 16;

type Function = fn(&[Value]) -> Result<Value, String>;

/// Every function, with how many arguments it takes.
const FUNCTIONS: [(&str, u8, Function); 32] = [
    ("net.cidr_contains", 2, contains),
    ("net.cidr_contains_matches", 2, contains_matches),
    ("net.cidr_intersects", 2, intersects),
    ("net.cidr_is_valid", 1, |given| Ok(is_valid(given))),
    ("net.cidr_expand", 1, expand),
    ("net.cidr_merge", 1, merge),
    ("sprintf", 2, sprintf),
    ("regex.match", 2, pattern::matches),
    ("regex.is_valid", 1, |given| Ok(pattern::is_valid(given))),
    ("regex.split", 2, pattern::split),
    ("regex.replace", 3, pattern::replace),
    ("regex.find_n", 3, pattern::find),
    ("regex.find_all_string_submatch_n", 3, pattern::groups),
    ("time.parse_rfc3339_ns", 1, moment::parse_rfc3339),
    ("time.parse_ns", 2, moment::parse),
    ("time.date", 1, moment::date),
    ("time.clock", 1, moment::clock),
    ("time.weekday", 1, moment::weekday),
    ("time.add_date", 4, moment::add_date),
    ("time.diff", 2, moment::diff),
    ("base64.encode", 1, |given| Ok(Value::from(STANDARD.encode(text(given.first())?)))),
    ("base64.decode", 1, |given| decoded(STANDARD.decode(text(given.first())?).ok())),
    ("base64.is_valid", 1, |given| Ok(Value::from(STANDARD.decode(text(given.first())?).is_ok()))),
    ("base64url.encode", 1, |given| Ok(Value::from(URL_SAFE.encode(text(given.first())?)))),
    ("base64url.encode_no_pad", 1, |given| Ok(Value::from(URL_SAFE_NO_PAD.encode(text(given.first())?)))),
    ("base64url.decode", 1, |given| decoded(URL_SAFE_NO_PAD.decode(text(given.first())?.trim_end_matches('=')).ok())),
    ("hex.encode", 1, |given| Ok(Value::from(hex(text(given.first())?.as_bytes())))),
    ("hex.decode", 1, |given| decoded(unhex(text(given.first())?))),
    ("crypto.sha256", 1, |given| Ok(Value::from(hex(&sha2::Sha256::digest(text(given.first())?))))),
    ("crypto.sha1", 1, |given| Ok(Value::from(hex(&sha1::Sha1::digest(text(given.first())?))))),
    ("crypto.md5", 1, |given| Ok(Value::from(hex(&md5::Md5::digest(text(given.first())?))))),
    ("array.flatten", 1, flatten),
];

/// Whether a function of this name is one of these.
pub(super) fn knows(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// Adds them to an engine; they come before its own.
pub(super) fn add(engine: &mut Engine) {
    for (name, arguments, function) in FUNCTIONS {
        let call = move |given: Vec<Value>| {
            function(&given).map_err(|error| std::io::Error::other(format!("{name}: {error}")).into())
        };
        // Refused only for a name given twice.
        drop(engine.add_extension(name.to_owned(), arguments, Box::new(call)));
    }
}

fn sprintf(given: &[Value]) -> Result<Value, String> {
    let Some(Value::Array(values)) = given.get(1) else {
        return Err("a list of what is written into the text is needed".to_owned());
    };
    let values: Vec<Value> = values.iter().cloned().collect();
    Ok(Value::from(super::sprintf::sprintf(text(given.first())?, &values)))
}

fn flatten(given: &[Value]) -> Result<Value, String> {
    let Some(Value::Array(items)) = given.first() else { return Err("a list is needed".to_owned()) };
    let flat = items.iter().flat_map(|item| match item {
        Value::Array(inner) => inner.to_vec(),
        other => vec![other.clone()],
    });
    Ok(Value::from(flat.collect::<Vec<_>>()))
}

fn decoded(bytes: Option<Vec<u8>>) -> Result<Value, String> {
    let bytes = bytes.ok_or("it is not encoded so")?;
    String::from_utf8(bytes).map(Value::from).map_err(|_| "what was encoded is no text".to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() % 2 == 0)?;
    pairs.chunks_exact(2).map(|pair| u8::try_from(pair.first()? * 16 + pair.last()?).ok()).collect()
}

/// Networks and addresses as few networks.
fn merge(given: &[Value]) -> Result<Value, String> {
    let nets: Vec<IpNet> = match given.first() {
        Some(Value::Array(all)) => all.iter().map(|net| address(Some(net))).collect::<Result<_, _>>()?,
        Some(Value::Set(all)) => all.iter().map(|net| address(Some(net))).collect::<Result<_, _>>()?,
        _ => return Err("a list or a set is needed".to_owned()),
    };
    let merged = IpNet::aggregate(&nets).into_iter().map(|net| Value::from(net.to_string()));
    Ok(Value::from(merged.collect::<BTreeSet<_>>()))
}

/// Each entry of a collection with what names it: its place, its key or itself.
fn entries(value: Option<&Value>) -> Result<Vec<(Value, IpNet)>, String> {
    let net = |entry: &Value| match entry {
        Value::Array(parts) => address(parts.first()),
        other => address(Some(other)),
    };
    match value {
        Some(Value::Array(all)) => all.iter().enumerate().map(|(at, one)| Ok((Value::from(at), net(one)?))).collect(),
        Some(Value::Set(all)) => all.iter().map(|one| Ok((one.clone(), net(one)?))).collect(),
        Some(Value::Object(all)) => all.iter().map(|(key, one)| Ok((key.clone(), net(one)?))).collect(),
        Some(one) => Ok(vec![(one.clone(), net(one)?)]),
        None => Err("networks are needed".to_owned()),
    }
}

fn contains_matches(given: &[Value]) -> Result<Value, String> {
    let (outer, inner) = (entries(given.first())?, entries(given.get(1))?);
    let mut found = BTreeSet::new();
    for (name, outer) in &outer {
        let within = inner.iter().filter(|(_, inner)| outer.contains(inner));
        found.extend(within.map(|(other, _)| Value::from(vec![name.clone(), other.clone()])));
    }
    Ok(Value::from(found))
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

/// A text that is given.
pub(super) fn text(value: Option<&Value>) -> Result<&str, String> {
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

    #[test]
    fn every_function_is_taken_by_the_evaluator_and_says_what_opa_says() {
        let mut engine = Engine::new();
        add(&mut engine);
        let known: BTreeSet<_> = FUNCTIONS.iter().map(|(name, ..)| name).collect();
        assert_eq!(known.len(), FUNCTIONS.len());
        for query in [
            r#"net.cidr_merge(["192.0.128.0/24", "192.0.129.0/24"]) == {"192.0.128.0/23"}"#,
            r#"net.cidr_contains_matches("1.1.1.0/24", "1.1.1.128") == {["1.1.1.0/24", "1.1.1.128"]}"#,
            r#"net.cidr_contains_matches(["1.1.1.0/24", "1.1.2.0/24"], {"a": "1.1.2.128/32"}) == {[1, "a"]}"#,
            r#"sprintf("%-3s|%t", ["a", true]) == "a  |true""#,
            r#"regex.match(`^\w{1,63}$`, "abc")"#,
            r#"not regex.match(`\w`, "å")"#,
            r#"base64.decode(base64.encode("å")) == "å""#,
            r#"base64url.decode(base64url.encode("å>")) == base64url.decode(base64url.encode_no_pad("å>"))"#,
            r#"hex.decode(hex.encode("å")) == "å""#,
            r#"crypto.sha256("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb""#,
            r#"crypto.md5("a") == "0cc175b9c0f1b6a831c399e269772661""#,
            r#"time.weekday(time.parse_ns("2006-01-02", "2024-01-01")) == "Monday""#,
            "array.flatten([[1], 2, [3, [4]]]) == [1, 2, 3, [4]]",
        ] {
            assert!(engine.eval_bool_query(query.to_owned(), false).unwrap(), "{query}");
        }
    }
}
