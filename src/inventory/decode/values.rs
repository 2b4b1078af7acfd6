//! Single values: texts, numbers, addresses and names, each with its schema.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::{Decode, Reader};
use crate::finding::{Finding, codes};
use crate::inventory::pattern;
use crate::inventory::shape::Schemas;
use crate::source::Span;
use crate::source::yaml::{Kind, Node, short};
use crate::value::{DeviceName, Id, MacAddress, SecretName, Text, VlanId, number_ranges};

pub(super) const TRUTH: &str = "true or false";
pub(super) const NUMBER: &str = "a whole number";
pub(super) const TEXT: &str = "a text";
pub(super) const IDENTIFIER: &str = "an identifier";
pub(super) const HOST: &str = "a host name";

/// A text that says something.
fn text<T: for<'t> From<&'t str>>(node: &Node, reader: &mut Reader) -> Option<T> {
    match &node.kind {
        Kind::Plain(text) | Kind::Quoted(text) if !text.trim().is_empty() && !node.is_truth() => Some(T::from(text)),
        _ => {
            reader.wrong(node, TEXT);
            None
        }
    }
}

impl Decode for String {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        text(node, reader)
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::text()
    }
}

/// The same, without an allocation where it is short.
impl Decode for Text {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        text(node, reader)
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::text()
    }
}

impl Decode for bool {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.kind {
            Kind::Plain(text) if text == "true" => Some(true),
            Kind::Plain(text) if text == "false" => Some(false),
            _ => {
                // YAML 1.1 took yes, no, on and off for this; here they are words like any other.
                reader.wrong(node, TRUTH);
                None
            }
        }
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "boolean" })
    }
}

impl Decode for i64 {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let number = match &node.kind {
            // A leading zero means octal to some readers of YAML and nothing to others.
            Kind::Plain(text) if text.len() > 1 && text.starts_with('0') => None,
            Kind::Plain(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            reader.wrong(node, NUMBER);
        }
        number
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "integer" })
    }
}

macro_rules! unsigned {
    ($($kind:ty),*) => {$(
        impl Decode for $kind {
            fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
                let number = i64::decode(node, reader)?;
                let whose = if reader.key.is_empty() { "this number".to_owned() } else { format!("`{}`", reader.key) };
                let beyond = |(least, most): &(u32, u32)| number < i64::from(*least) || number > i64::from(*most);
                if let Some((least, most)) = reader.within.filter(beyond) {
                    reader.illegal(node.span, format!("{whose} lies between {least} and {most}, not {number}"));
                    return None;
                }
                let fits = Self::try_from(number).ok();
                if fits.is_none() {
                    let bound = if number < 0 { "0 or more".to_owned() } else { format!("{} at most", Self::MAX) };
                    reader.illegal(node.span, format!("{whose} is {bound}, not {number}"));
                }
                fits
            }

            fn schema(_schemas: &mut Schemas) -> Value {
                json!({ "type": "integer", "minimum": 0, "maximum": Self::MAX })
            }
        }
    )*};
}
unsigned!(u8, u16, u32, u64, usize);

impl Decode for VlanId {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let number = i64::decode(node, reader)?;
        match Self::new(number) {
            Ok(id) => Some(id),
            Err(error) => {
                let finding = Finding::error(codes::VLAN_RANGE, error.0).at(node.span);
                reader.push(finding.help("0 and 4095 are reserved by IEEE 802.1Q"));
                None
            }
        }
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "integer", "minimum": 1, "maximum": 4094, "examples": [20] })
    }
}

/// Types whose own parser knows what is legal.
macro_rules! parsed {
    ($($kind:ty: $wanted:literal, $schema:expr;)*) => {$(
        impl Decode for $kind {
            fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
                reader.parsed(node, $wanted, |text| {
                    text.parse::<Self>().map_err(|_| format!("`{}` is not {}", short(text), $wanted))
                })
            }

            fn schema(_schemas: &mut Schemas) -> Value {
                $schema
            }
        }
    )*};
}
parsed! {
    IpAddr: "an address", pattern::address();
    Ipv4Addr: "an IPv4 address", pattern::ipv4();
}

impl Decode for Ipv6Net {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        prefix(node, "an IPv6 prefix like fd00::/32", Self::trunc, reader)
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::ipv6_prefix()
    }
}

impl Decode for jiff::civil::Date {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, "a date like 2027-06-30", |text| {
            // A day, and no hour of it.
            let day = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse::<Self>().ok());
            day.ok_or_else(|| format!("`{}` is not a date like 2027-06-30", short(text)))
        })
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

impl Decode for MacAddress {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, "a MAC address like 00:1b:44:11:3a:b7", |text| {
            text.parse().map_err(|error: crate::value::ValueError| error.0)
        })
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::mac()
    }
}

/// A time of day, `07:30`.
impl Decode for jiff::civil::Time {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, "a time of day like 07:30", |text| {
            let parts = text.split_once(':').and_then(|(hour, minute)| {
                let two = |part: &str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
                Self::new(two(hour)?, two(minute)?, 0, 0).ok()
            });
            parts.ok_or_else(|| format!("`{}` is no time of day like 07:30", short(text)))
        })
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
    }
}

impl Decode for Ipv4Net {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        prefix(node, "an IPv4 prefix like 10.0.0.0/8", Self::trunc, reader)
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::ipv4_prefix()
    }
}

impl Decode for IpNet {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        prefix(node, "a prefix like 10.0.0.0/8", Self::trunc, reader)
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::prefix()
    }
}

/// A prefix without bits beyond its length.
fn prefix<N: std::str::FromStr + std::fmt::Display + PartialEq>(
    node: &Node,
    wanted: &str,
    trunc: impl FnOnce(&N) -> N,
    reader: &mut Reader,
) -> Option<N> {
    let net: N =
        reader.parsed(node, wanted, |text| net(text).ok_or_else(|| format!("`{}` is not {wanted}", short(text))))?;
    let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else { return None };
    stray_bits(text, node.span, &net, &trunc(&net), reader)?;
    Some(net)
}

/// A prefix, with no zero in front of any of its numbers: those are octal to some.
pub(in crate::inventory) fn net<N: std::str::FromStr>(text: &str) -> Option<N> {
    let (address, length) = text.split_once('/')?;
    address.parse::<IpAddr>().ok()?;
    let plain = length == "0" || length.starts_with(|c: char| matches!(c, '1'..='9'));
    text.parse().ok().filter(|_| plain)
}

/// A prefix with bits beyond its length is a slip; every device would read it as the network it lies in.
pub(in crate::inventory) fn stray_bits<N: std::fmt::Display + PartialEq>(
    text: &str,
    span: Span,
    is: &N,
    network: &N,
    reader: &mut Reader,
) -> Option<()> {
    if is == network {
        return Some(());
    }
    let message = format!("`{}` has bits beyond its length; the prefix is {network}", short(text));
    // Either half may be the wrong one, and one host that somebody may reach is not all hosts beside it.
    let whole = format!("write {network} for all of it");
    let help = match reader.key.as_str() {
        // A plan is no single host.
        "ipv4" | "ipv6" | "links" | "loopbacks" => whole,
        _ => format!("{whole}; for one host the length is {}", if text.contains(':') { 128 } else { 32 }),
    };
    reader.push(Finding::error(codes::ILLEGAL_VALUE, message).at(span).help(help));
    None
}

impl Decode for Id {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, IDENTIFIER, |text| {
            text.parse().map_err(|error: crate::value::ValueError| {
                let proposal = proposal(text);
                if proposal.is_empty() { error.0 } else { format!("{}; for example `{proposal}`", error.0) }
            })
        })
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::id()
    }
}

impl Decode for SecretName {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Kind::Plain(text) | Kind::Quoted(text) = &node.kind
            && text.parse::<Id>().is_err()
        {
            // Somebody may have written the secret itself: no message may repeat it.
            let message = format!("`{}` takes the name of a secret, and this is no name", reader.key);
            let finding = Finding::error(codes::SECRET_VALUE, message).at(node.span);
            reader.push(finding.help("names stand under `secrets:` in inventory/network.yaml; if this is the secret itself, take it out and change it where it is used"));
            return None;
        }
        Id::decode(node, reader).map(Self::from)
    }

    fn schema(schemas: &mut Schemas) -> Value {
        Id::schema(schemas)
    }
}

impl Decode for DeviceName {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else {
            reader.wrong(node, HOST);
            return None;
        };
        if node.is_truth() {
            reader.wrong(node, HOST);
            return None;
        }
        match text.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                let mut finding = Finding::error(codes::HOSTNAME, error.to_string()).at(node.span);
                let proposal = proposal(text);
                if !proposal.is_empty() {
                    finding = finding.help(format!("a legal name near it is `{proposal}`"));
                }
                reader.push(finding);
                None
            }
        }
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::host()
    }
}

/// A legal identifier near a text: letters lose their accents, the rest becomes hyphens.
pub(in crate::inventory) fn proposal(text: &str) -> String {
    let plain: String = any_ascii::any_ascii(text)
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(63)
        .collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Numbers and rising ranges, `1-3, 7`: blanks stand beside commas alone.
pub(in crate::inventory) fn ranges(text: &str) -> Result<Vec<u32>, String> {
    // What is no ASCII is told with its reason.
    let legal = |part: &str| !part.is_ascii() || part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let parts = || text.split(',').map(|part| part.trim_matches(' '));
    if text.starts_with(' ') || text.ends_with(' ') || !parts().all(legal) {
        return Err(format!("`{}` is neither a number nor a rising range like 1-24, without blanks", short(text)));
    }
    number_ranges(text).map_err(|error| error.0)
}
