//! `policies/`: segments, flows, naming and change rules.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::decode::{Decode, Fields, OneOrMore, Reader, entries, stray_bits};
use super::network::{name, role};
use crate::finding::{Finding, codes};
use crate::model::{Change, Endpoint, Flow, Klassa, Naming, Scope, Segment, Service};
use crate::source::Sp;
use crate::source::yaml::{Entry, Kind, Node, short};
use crate::value::Id;

pub(super) fn segments(root: &Node, reader: &mut Reader) -> BTreeMap<Id, Segment> {
    let mut segments = BTreeMap::new();
    let Some(mut fields) = Fields::of(root, "`segments.yaml`", reader) else { return segments };
    match fields.node("segments") {
        Some(node) => {
            for entry in entries(node, "a mapping of segments", reader) {
                if let Some(segment) = segment(entry, reader) {
                    segments.insert(segment.name.value.clone(), segment);
                }
            }
        }
        None => fields.missing("segments", codes::MISSING_KEY, reader),
    }
    fields.finish(reader);
    segments
}

fn segment(entry: &Entry, reader: &mut Reader) -> Option<Segment> {
    let id = name(&entry.key, reader);
    let mut fields = Fields::of(&entry.value, "a segment", reader)?;
    let title = fields.required("title", reader);
    let klassa = fields.required("klassa", reader);
    let owner = fields.required("owner", reader);
    let prefixes = fields.or_default("prefixes", reader);
    fields.finish(reader);
    if entry.key.as_str() == "internet" {
        let message = "the segment `internet` is built in and cannot be described";
        let finding = Finding::error(codes::SEGMENT_RESERVED, message).at(entry.key.span);
        reader.push(finding.help("it is every address in no other segment; name yours differently"));
    }
    Some(Segment { name: Sp::new(id?, entry.key.span), title: title?, klassa: klassa?, owner: owner?, prefixes })
}

impl Decode for Klassa {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "an information class", reader)?;
        let mut level = |key| {
            let level: Sp<u8> = fields.required(key, reader)?;
            if !(1..=4).contains(&level.value) {
                reader.illegal(level.span, format!("`{key}` is a KLASSA level from 1 to 4, not {}", level.value));
            }
            Some(level.value)
        };
        let class = (level("confidentiality"), level("integrity"), level("availability"));
        fields.finish(reader);
        Some(Self { confidentiality: class.0?, integrity: class.1?, availability: class.2? })
    }
}

impl Decode for Flow {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "a flow", reader)?;
        let id = fields.required("id", reader);
        let from = fields.required::<OneOrMore<_>>("from", reader);
        let to = fields.required::<OneOrMore<_>>("to", reader);
        let services = fields.required::<OneOrMore<_>>("services", reader);
        let scope = fields.or_default("scope", reader);
        let purpose = fields.required("purpose", reader);
        let owner = if let Some(node) = fields.node("owner") {
            reader.value("owner", node)
        } else {
            fields.missing("owner", codes::FLOW_OWNER, reader);
            None
        };
        let ticket = fields.optional("ticket", reader);
        let expires = fields.optional("expires", reader);
        fields.finish(reader);
        let (from, to, services): (Vec<_>, Vec<_>, Vec<_>) = (from?.0, to?.0, services?.0);
        for (key, empty) in [("from", from.is_empty()), ("to", to.is_empty()), ("services", services.is_empty())] {
            // An empty list would read as "nothing" to one person and "everything" to another.
            if empty && !reader.findings.iter().any(|known| known.span.is_some_and(|at| within(at, node.span))) {
                reader.illegal(node.span, format!("`{key}` of a flow cannot be empty"));
            }
        }
        let (purpose, owner) = (purpose?, owner?);
        Some(Self { id: id?, from, to, services, scope, purpose, owner, ticket, expires, span: node.span })
    }
}

fn within(inner: crate::source::Span, outer: crate::source::Span) -> bool {
    inner.file == outer.file && inner.start >= outer.start && inner.end <= outer.end
}

impl Decode for Endpoint {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let end = reader.parsed(node, "a segment, an address or a prefix", |text| {
            if let Ok(address) = text.parse::<std::net::IpAddr>() {
                return Ok(Self::Net(IpNet::from(address)));
            }
            if let Ok(net) = text.parse::<IpNet>() {
                return Ok(Self::Net(net));
            }
            text.parse()
                .map(Self::Segment)
                .map_err(|_| format!("`{}` is neither a segment nor an address", short(text)))
        })?;
        if let (Self::Net(net), Kind::Plain(text) | Kind::Quoted(text)) = (&end, &node.kind) {
            stray_bits(text, node.span, net, &net.trunc(), reader)?;
        }
        Some(end)
    }
}

impl Decode for Service {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, "a service like tcp 443", service)
    }
}

fn service(text: &str) -> Result<Service, String> {
    let wrong = || format!("`{}` is no service: use tcp 443, tcp 8000-8010, udp 53, icmp echo or any", short(text));
    let mut words = text.split_whitespace();
    let service = match (words.next(), words.next(), words.next()) {
        (Some("any"), None, None) => Service::Any,
        (Some("icmp"), Some("echo"), None) => Service::IcmpEcho,
        (Some(protocol @ ("tcp" | "udp")), Some(ports), None) => {
            let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
            let from: u16 = from.parse().map_err(|_| wrong())?;
            let to: u16 = to.parse().map_err(|_| wrong())?;
            if from == 0 || to < from {
                return Err(format!("`{}` is no port range: ports are 1–65535, the lower one first", short(ports)));
            }
            if protocol == "tcp" { Service::Tcp(from, to) } else { Service::Udp(from, to) }
        }
        _ => return Err(wrong()),
    };
    Ok(service)
}

impl Decode for Scope {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(node, &[("any", Self::Any), ("site", Self::Site)])
    }
}

pub(super) fn naming(root: &Node, reader: &mut Reader) -> Naming {
    let mut naming = Naming::default();
    let Some(mut file) = Fields::of(root, "`naming.yaml`", reader) else { return naming };
    let node = file.node("naming");
    if node.is_none() {
        file.missing("naming", codes::MISSING_KEY, reader);
    }
    file.finish(reader);
    let Some(mut fields) = node.and_then(|node| Fields::of(node, "`naming`", reader)) else { return naming };
    naming.device = fields.required("device", reader).unwrap_or_default();
    naming.link = fields.required("link", reader).unwrap_or_default();
    naming.drop = fields.or_default("drop", reader);
    naming.max_length = fields.optional("max_length", reader);
    match fields.node("roles") {
        Some(node) => {
            for entry in entries(node, "a mapping of roles", reader) {
                let word = reader.value(&entry.key, &entry.value);
                if let (Some(role), Some(word)) = (role(&entry.key, reader), word) {
                    naming.roles.insert(role, word);
                }
            }
        }
        None => fields.missing("roles", codes::MISSING_KEY, reader),
    }
    if let Some(node) = fields.node("letters") {
        for entry in entries(node, "a mapping of letters", reader) {
            letter(entry, &mut naming, reader);
        }
    }
    fields.finish(reader);
    if let Some(longest) = naming.max_length.as_ref().filter(|longest| !(1..=63).contains(&longest.value)) {
        reader.illegal(longest.span, format!("a host name has 1 to 63 characters, not {}", longest.value));
    }
    naming
}

fn letter(entry: &Entry, naming: &mut Naming, reader: &mut Reader) {
    let mut letters = entry.key.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        reader.illegal(entry.key.span, format!("`{}` is not one letter", short(&entry.key)));
        return;
    };
    let Some(becomes): Option<Sp<String>> = reader.value(&entry.key, &entry.value) else { return };
    if let Some(bad) = becomes.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
        reader.illegal(becomes.span, format!("`{bad}` cannot stand in a host name"));
    }
    naming.letters.insert(letter, becomes);
}

pub(super) fn change(root: &Node, reader: &mut Reader) -> Change {
    let mut change = Change::default();
    let Some(mut file) = Fields::of(root, "`change.yaml`", reader) else { return change };
    let node = file.node("change");
    if node.is_none() {
        file.missing("change", codes::MISSING_KEY, reader);
    }
    file.finish(reader);
    let Some(mut fields) = node.and_then(|node| Fields::of(node, "`change`", reader)) else { return change };
    change.signers = fields.optional("signers", reader);
    change.signatures = fields.required("signatures", reader).unwrap_or_default();
    // Left out, it is the careful way round.
    change.four_eyes = fields.optional("four_eyes", reader).unwrap_or(true);
    change.wave = fields.optional("wave", reader);
    change.failure_budget = fields.optional("failure_budget", reader);
    change.confirm_within = fields.optional("confirm_within", reader);
    if let Some(node) = fields.node("risk") {
        for entry in entries(node, "a mapping of risk classes", reader) {
            if let Some(count) = reader.value(&entry.key, &entry.value) {
                risk(&entry.key, reader);
                change.risk.insert(entry.key.value.clone(), count);
            }
        }
    }
    fields.finish(reader);
    change
}

/// A misspelt class would ask for no signature at all.
fn risk(key: &Sp<String>, reader: &mut Reader) {
    const CLASSES: [(&str, ()); 8] = [
        ("cosmetic", ()),
        ("access", ()),
        ("trunk", ()),
        ("routing", ()),
        ("policy-permit", ()),
        ("policy-deny", ()),
        ("aaa", ()),
        ("management", ()),
    ];
    let node = Node { span: key.span, kind: Kind::Plain(key.value.clone()) };
    let _known: Option<()> = reader.word(&node, &CLASSES);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_read_and_refused() {
        assert_eq!(service("tcp 443"), Ok(Service::Tcp(443, 443)));
        assert_eq!(service("udp 8000-8010"), Ok(Service::Udp(8000, 8010)));
        assert_eq!(service("icmp echo"), Ok(Service::IcmpEcho));
        assert_eq!(service("any"), Ok(Service::Any));
        for wrong in ["tcp", "tcp 0", "tcp 10-5", "tcp 70000", "sctp 1", "tcp 1 2", ""] {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }
}
