//! What small values look like, as JSON Schema. The patterns keep to what every engine reads: no look-around.

use serde_json::{Value, json};

/// An identifier.
const ID: &str = "^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$";
/// A host label (RFC 1123).
const LABEL: &str = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
/// Four numbers from 0 to 255, none with a zero in front.
const IPV4: &str = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}";
/// Prefix lengths: up to 30, which leaves room for hosts, up to 32, and up to 128.
pub(super) const TO_30: &str = "/([0-9]|[12][0-9]|30)$";
pub(super) const TO_32: &str = "/([0-9]|[12][0-9]|3[0-2])$";
const TO_128: &str = "/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])$";
/// A TCP or UDP port, 1 to 65535.
const PORT: &str = "0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
/// A user that devices take: no blanks, quotes, backslashes, question marks or letters beyond a–z.
pub(super) const USER: &str = r"^[!#-&(->@-\[\]-~]+$";
/// Numbers and rising ranges: `1-3,7`.
const NUMBERS: &str = "[0-9]+(-[0-9]+)?( *, *[0-9]+(-[0-9]+)?)*";
/// The same from 1 on.
const FROM_1: &str = "0*[1-9][0-9]*(-[0-9]+)?( *, *0*[1-9][0-9]*(-[0-9]+)?)*";
/// Roles of devices.
const ROLES: &str = "(core|firewall|distribution|access|controller|ap)";

/// A text that says something; a number without quotes is a text where a text belongs.
pub(super) fn text() -> Value {
    json!({ "type": ["string", "number"], "pattern": r"\S" })
}

/// An identifier, which may be made of digits alone.
pub(super) fn id() -> Value {
    json!({ "type": ["string", "integer"], "pattern": ID, "minimum": 0 })
}

/// A host name.
pub(super) fn host() -> Value {
    json!({ "type": ["string", "integer"], "pattern": format!("^{LABEL}$"), "minimum": 0 })
}

/// What further narrows a DNS domain.
pub(super) fn domain() -> String {
    format!(r"^{LABEL}(\.{LABEL})*$")
}

/// An IPv4 address.
pub(super) fn ipv4() -> Value {
    json!({ "type": "string", "pattern": format!("^{IPV4}$") })
}

/// An address of either kind.
pub(super) fn address() -> Value {
    json!({ "type": "string", "pattern": format!("^({IPV4}|{})$", ipv6()) })
}

/// An IPv4 prefix.
pub(super) fn ipv4_prefix() -> Value {
    json!({ "type": "string", "pattern": format!("^{IPV4}{TO_32}") })
}

/// An IPv6 prefix.
pub(super) fn ipv6_prefix() -> Value {
    json!({ "type": "string", "pattern": format!("^{}{TO_128}", ipv6()) })
}

/// A prefix of either kind.
pub(super) fn prefix() -> Value {
    json!({ "type": "string", "pattern": format!("^{IPV4}{TO_32}|^{}{TO_128}", ipv6()) })
}

/// An IPv6 address (RFC 4291, 2.2): eight groups, `::` in place of one or more, an IPv4 address in place of the
/// last two.
fn ipv6() -> String {
    const GROUP: &str = "[0-9A-Fa-f]{1,4}";
    let before = |groups: usize| if groups == 0 { ":".to_owned() } else { format!("({GROUP}:){{{groups}}}") };
    let mut ways = vec![format!("({GROUP}:){{7}}{GROUP}"), format!("({GROUP}:){{6}}{IPV4}")];
    for groups in 0..=7 {
        let before = before(groups);
        ways.push(match 6usize.checked_sub(groups) {
            Some(behind) => format!("{before}:({GROUP}(:{GROUP}){{0,{behind}}})?"),
            None => format!("{before}:"),
        });
    }
    ways.extend((0..=5).map(|groups| format!("{}:({GROUP}:){{0,{}}}{IPV4}", before(groups), 5 - groups)));
    format!("({})", ways.join("|"))
}

/// An Ethernet address of one device: six pairs with one sort of mark between them, or three groups of four digits.
pub(super) fn mac() -> Value {
    // The lowest bit of the first byte marks a group.
    let first = "[0-9A-Fa-f][02468ACEace]";
    let pairs = |mark: char| format!("{first}({mark}[0-9A-Fa-f]{{2}}){{5}}");
    let pattern = format!(r"^({}|{}|{first}[0-9A-Fa-f]{{2}}(\.[0-9A-Fa-f]{{4}}){{2}})$", pairs(':'), pairs('-'));
    json!({ "type": "string", "not": { "pattern": "^[0:.-]*$" }, "pattern": pattern })
}

/// What a flow may carry.
pub(super) fn service() -> Value {
    json!({ "type": "string", "pattern": format!("^ *(any|icmp +echo|(tcp|udp) +{PORT}(-{PORT})?) *$") })
}

/// One range of host numbers, or a single one.
pub(super) fn host_range() -> Value {
    json!({ "type": ["string", "integer"], "pattern": "^[0-9]+(-[0-9]+)?$", "minimum": 0, "examples": ["10-49"] })
}

/// A device's key; several at once are a list of numbers in brackets.
pub(super) fn device_key() -> String {
    format!(r"^{ROLES}-(0*[1-9][0-9]*|\[{FROM_1}\])$")
}

/// A reference to devices; only it may have a site in front.
pub(super) fn device_ref() -> String {
    format!(r"^([a-z0-9]([a-z0-9_-]{{0,61}}[a-z0-9])?/)?{ROLES}-(0*[1-9][0-9]*|\[{FROM_1}\])$")
}

/// Ports of a device: `12`, `1-24`, `u1-4`, `2/12` in a stack.
pub(super) fn ports() -> Value {
    let pattern = format!("^(0*[1-9][0-9]*/)?[A-Za-z]*{NUMBERS}$");
    json!({ "type": ["string", "integer"], "pattern": pattern, "minimum": 0 })
}

/// Ports of a model: `1-48` or `u1-4`.
pub(super) fn model_ports() -> String {
    format!("^[A-Za-z]*{NUMBERS}$")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::net;

    fn takes(schema: &Value, text: &str) -> bool {
        jsonschema::validator_for(schema).unwrap().is_valid(&text.into())
    }

    #[test]
    fn an_address_is_what_the_standard_library_takes() {
        let texts = [
            "10.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "256.0.0.1",
            "10.0.0.01",
            "1.2.3",
            "1.2.3.4.5",
            "::",
            "::1",
            "1::",
            "fe80::1",
            "fe80::1%eth0",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1::3:4:5:6:7:8",
            "1:2:3:4:5:6:7::8",
            "1::2::3",
            ":::",
            ":",
            "12345::",
            "::ffff:10.0.0.1",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5::1.2.3.4",
            "1:2:3:4:5:6::1.2.3.4",
            "::1.2.3.4:5",
            "::256.1.1.1",
            "g::",
            "",
            "1:2:3:4::1.2.3.4",
            "1::5:6:1.2.3.4",
            "1.2.3.4::",
        ];
        for text in texts {
            let legal = text.parse::<std::net::IpAddr>().is_ok();
            assert_eq!(takes(&address(), text), legal, "{text}");
            assert_eq!(takes(&ipv4(), text), text.parse::<std::net::Ipv4Addr>().is_ok(), "{text}");
            for length in ["0", "8", "08", "+8", "32", "33", "99", "128", "129", "256", "-1", ""] {
                let whole = format!("{text}/{length}");
                assert_eq!(takes(&prefix(), &whole), net::<ipnet::IpNet>(&whole).is_some(), "{whole}");
                assert_eq!(takes(&ipv4_prefix(), &whole), net::<ipnet::Ipv4Net>(&whole).is_some(), "{whole}");
                assert_eq!(takes(&ipv6_prefix(), &whole), net::<ipnet::Ipv6Net>(&whole).is_some(), "{whole}");
            }
        }
    }

    #[test]
    fn a_hardware_address_is_what_the_reader_takes() {
        let texts = [
            "00:1b:44:11:3a:b7",
            "00-1B-44-11-3A-B7",
            "001b.4411.3ab7",
            "00:1b-44:11:3a:b7",
            "01:1b:44:11:3a:b7",
            "011b.4411.3ab7",
            "00:00:00:00:00:00",
            "0000.0000.0000",
            "00:1b:44:11:3a",
            "00:1b:44:11:3a:b7:00",
        ];
        for text in texts {
            assert_eq!(takes(&mac(), text), text.parse::<crate::value::MacAddress>().is_ok(), "{text}");
        }
    }
}
