//! What templates can do besides the template language itself: addresses, ranges, quoting.
//!
//! | filter | turns | into |
//! | --- | --- | --- |
//! | `at` | an object with a `place` | an invisible mark: this line comes from there |
//! | `address`, `netmask`, `wildcard`, `prefix_length` | `10.0.0.1/24` | `10.0.0.1`, `255.255.255.0`, `0.0.0.255`, `24` |
//! | `is_host` | `10.0.0.1/32` | `true` |
//! | `written(host, net)` | `10.0.0.0/24` | `net`, or `host` for one address, with its parts in the places of `$address`, `$netmask`, `$wildcard`, `$length` |
//! | `vlan_ranges` | `[10, 20, 21, 22]` | `10,20-22` |
//! | `port_ranges` | `["1", "2", "3", "A1"]` | `1-3,A1` |
//! | `ascii` | `Åmål` | `Amal` |
//! | `command_text` | any text | ASCII text with single spaces, as command lines print it |
//! | `fit(n)` | any text | its first n characters |
//! | `section` | any text | lower-case letters, digits and underscores |
//! | `single_quoted` | any text | `'text'`, inner quotes closed, escaped and opened again |
//! | `digest(n)` | any text | n hexadecimal digits that follow from it, at most 64 |
//! | `secret` | a secret's name | the placeholder that is filled in when the line is sent |
//! | `flatten` | lists within lists | one list |
//!
//! `counter()` makes something that counts: asked for a text, it says how often it was asked for that, this time included.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use ipnet::Ipv4Net;
use minijinja::value::{Object, Serde, Value, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State};

use super::places::mark;

/// Gives an environment every filter of this module.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("at", at);
    environment.add_filter("address", |net: &str| parse(net).map(|net| net.addr().to_string()));
    environment.add_filter("netmask", |net: &str| parse(net).map(|net| net.netmask().to_string()));
    environment.add_filter("wildcard", |net: &str| parse(net).map(|net| net.hostmask().to_string()));
    environment.add_filter("prefix_length", |net: &str| parse(net).map(|net| net.prefix_len()));
    environment.add_filter("is_host", |net: &str| parse(net).map(|net| net.prefix_len() == 32));
    environment.add_filter("written", written);
    environment.add_filter("vlan_ranges", vlan_ranges);
    environment.add_filter("port_ranges", |Serde(names): Serde<Vec<String>>| crate::value::collapse_ports(&names));
    environment.add_filter("ascii", |text: String| any_ascii::any_ascii(&text));
    environment.add_filter("command_text", |text: String| command_text(&text));
    environment.add_filter("fit", |text: String, most: usize| fit(&text, most));
    environment.add_filter("section", |text: String| section(&text));
    environment.add_filter("digest", |text: String, most: usize| digest(&text, most));
    environment.add_filter("single_quoted", |text: String| single_quoted(&text));
    environment.add_filter("secret", |name: String| format!("⟪secret:{name}⟫"));
    environment.add_filter("flatten", |lists: Value| {
        let mut all = Vec::new();
        flatten(&lists, &mut all).map(|()| all)
    });
    environment.add_function("counter", || Value::from_object(Counter::default()));
}

fn at(value: &Value) -> Result<String, Error> {
    let place = if value.is_number() { value.clone() } else { value.get_attr("place")? };
    let number = usize::try_from(place).map_err(|_| {
        Error::new(ErrorKind::InvalidOperation, "`at` needs an object that has a place in the inventory")
    })?;
    Ok(mark(number))
}

fn parse(text: &str) -> Result<Ipv4Net, Error> {
    let net = text.parse::<Ipv4Net>().or_else(|_| text.parse::<Ipv4Addr>().map(Ipv4Net::from));
    net.map_err(|_| Error::new(ErrorKind::InvalidOperation, format!("`{text}` is no IPv4 address or prefix")))
}

fn written(net: &str, host: &str, wide: &str) -> Result<String, Error> {
    let net = parse(net)?;
    let mut parts = if net.prefix_len() == 32 { host } else { wide }.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(part.len());
        let (word, rest) = part.split_at(end);
        match word {
            "address" => text.push_str(&net.addr().to_string()),
            "netmask" => text.push_str(&net.netmask().to_string()),
            "wildcard" => text.push_str(&net.hostmask().to_string()),
            "length" => text.push_str(&net.prefix_len().to_string()),
            _ => {
                let message = format!("`written` knows $address, $netmask, $wildcard and $length, not `${word}`");
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        }
        text.push_str(rest);
    }
    Ok(text)
}

fn flatten(lists: &Value, all: &mut Vec<Value>) -> Result<(), Error> {
    if !matches!(lists.kind(), ValueKind::Seq | ValueKind::Iterable) {
        all.push(lists.clone());
        return Ok(());
    }
    lists.try_iter()?.try_for_each(|list| flatten(&list, all))
}

/// Counts how often each text was asked for.
#[derive(Debug, Default)]
struct Counter(Mutex<HashMap<String, u64>>);

impl Object for Counter {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let (text,): (&str,) = from_args(arguments)?;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(text) {
            *count += 1;
            return Ok(Value::from(*count));
        }
        counts.insert(text.to_owned(), 1);
        Ok(Value::from(1))
    }
}

fn vlan_ranges(Serde(mut ids): Serde<Vec<u16>>) -> String {
    ids.sort_unstable();
    ids.dedup();
    crate::value::collapse(&ids)
}

fn command_text(text: &str) -> String {
    any_ascii::any_ascii(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fit(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim_end().to_owned()
}

fn digest(text: &str, most: usize) -> String {
    crate::value::Digest::of(text.as_bytes()).to_string().chars().filter(char::is_ascii_hexdigit).take(most).collect()
}

fn section(text: &str) -> String {
    let lower = any_ascii::any_ascii(text).to_ascii_lowercase();
    lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> String {
        let mut environment = Environment::new();
        add_to(&mut environment);
        environment.render_str(template, minijinja::context! { ids => [20u16, 10, 21, 22, 10] }).unwrap()
    }

    #[test]
    fn addresses_take_every_form() {
        assert_eq!(render("{{ '10.1.2.3/23'|address }} {{ '10.1.2.3/23'|netmask }}"), "10.1.2.3 255.255.254.0");
        assert_eq!(render("{{ '10.1.2.0/23'|wildcard }} {{ '10.1.2.0/23'|prefix_length }}"), "0.0.1.255 23");
        assert_eq!(render("{{ '10.1.2.3'|is_host }} {{ '10.1.2.0/31'|is_host }}"), "True False");
    }

    #[test]
    fn addresses_are_written_as_devices_do() {
        let words =
            |net: &str| render(&format!("{{{{ '{net}'|written('host $address', '$address $wildcard/$length') }}}}"));
        assert_eq!(words("10.100.2.3"), "host 10.100.2.3");
        assert_eq!(words("0.0.0.0/0"), "0.0.0.0 255.255.255.255/0");
        assert_eq!(words("192.0.2.99/23"), "192.0.2.99 0.0.1.255/23");
        let mut environment = Environment::new();
        add_to(&mut environment);
        let error = environment.render_str("{{ '10.0.0.0/8'|written('', '$mask') }}", ()).unwrap_err();
        assert!(error.to_string().contains("not `$mask`"), "{error}");
    }

    #[test]
    fn lists_are_joined_and_texts_counted() {
        assert_eq!(render("{{ ['a', [['b'], []], 'c']|flatten|join }}"), "abc");
        assert_eq!(render("{% set seen = counter() %}{% for x in 'abaca' %}{{ seen(x) }}{% endfor %}"), "11213");
    }

    #[test]
    fn text_is_quoted_and_shortened() {
        assert_eq!(render("{{ ids|vlan_ranges }}"), "10,20-22");
        assert_eq!(render("{{ ['1', '2', 'A1', '3']|port_ranges }}"), "1-3,A1");
        assert_eq!(render("{{ \"it's\"|single_quoted }}"), r"'it'\''s'");
        assert_eq!(render("{{ 'Åmåls  skola'|command_text }}"), "Amals skola");
        assert_eq!(render("{{ 'Dalsland-Gäst'|section }}"), "dalsland_gast");
        assert_eq!(render("{{ 'åäö åäö'|fit(4) }}"), "åäö");
        assert_eq!(render("{{ 'Gäst'|digest(6) }}").len(), 6);
        assert_ne!(render("{{ 'Gäst'|digest(6) }}"), render("{{ 'Gast'|digest(6) }}"));
        assert_eq!(render("{{ 'radius'|secret }}"), "⟪secret:radius⟫");
    }

    #[test]
    fn what_is_no_address_is_said_so() {
        let mut environment = Environment::new();
        add_to(&mut environment);
        let error = environment.render_str("{{ 'x'|netmask }}", ()).unwrap_err();
        assert!(error.to_string().contains("`x` is no IPv4 address"), "{error}");
    }
}
