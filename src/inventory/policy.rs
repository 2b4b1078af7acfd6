//! `policies/`: segments, flows, naming and change rules.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::decode::{Decode, Fields, OneOrMore, Reader, entries, net, stray_bits};
use super::pattern;
use super::shape::{self, Keyed, Object, Schemas, decodes, shape, words};
use crate::finding::{Finding, codes};
use crate::model::record::record;
use crate::model::{Change, Endpoint, Flow, Klassa, NameKind, NameRule, Naming, Scope, Segment, Service, Tier};
use crate::source::yaml::{Entry, Kind, Node, short};
use crate::source::{Sp, Span};
use crate::value::Id;

record! {
    /// Zero-trust segments. Whatever no flow allows is denied, within the building as well.
    pub(super) struct SegmentFile {
        /// The segments, by name.
        pub(super) segments: BTreeMap<Id, Segment>,
    }

    /// Flows: what may talk. Everything else is denied.
    pub(super) struct FlowFile {
        /// The flows.
        pub(super) flows: Vec<Flow>,
    }

    /// How things are called, everywhere.
    pub(super) struct NamingFile {
        /// The rules.
        pub(super) naming: Naming,
    }

    /// Who must approve a change, and how carefully it is pushed.
    pub(super) struct ChangeFile {
        /// The rules.
        pub(super) change: Change,
    }
}

shape!(SegmentFile as "`segments.yaml`" { segments: some_entries });
shape!(FlowFile as "a file of flows" { flows: some_list });
shape!(NamingFile as "`naming.yaml`" { naming: some_list });
shape!(ChangeFile as "`change.yaml`" { change: some_list });

// The levels of KLASSA.
shape!(Klassa as "an information class" {
    confidentiality: required in 1..=4, integrity: required in 1..=4, availability: required in 1..=4,
});
shape!(Flow as "a flow" {
    id: required, from: need(ends_from, describe_from), to: need(ends_to, describe_to),
    services: need(services, describe_services), scope: or(Sp::new(Scope::Any, Span::default())), purpose: required, owner: need(owner, describe_owner),
    ticket: optional, expires: optional, span: place,
});
shape!(Naming as "`naming`" {
    device: some_list, roles: some_words, letters: by(letters, describe_letters), link: some_list, drop: default,
    max_length: optional in 1..=63, port: optional, vlan: optional, object: optional, rules: words,
});
shape!(NameRule as "a naming rule" {
    pattern: optional, prefix: optional, max_length: optional in 0..=255 { "minimum": 1 }, reserved: default,
});
shape!(Change as "`change`" {
    signers: optional, signatures: some_list, four_eyes: or(Sp::new(true, Span::default())), risk: by(risks, describe_risks), tier: by(tiers, describe_tiers),
    wave: optional { "minimum": 1 },
    failure_budget: optional, confirm_within: optional in 0..=86_400,
});
decodes!(Klassa, Flow, Naming, NameRule, Change);

words! {
    Tier: "tier" {
        "native" => Self::Native, "timer" => Self::Timer, "watchdog" => Self::Watchdog, "inverse" => Self::Inverse,
    }
    Scope: "scope" { "any" => Self::Any, "site" => Self::Site }
    NameKind: "kind of name" {
        "device" => Self::Device, "site" => Self::Site, "vlan" => Self::Vlan, "ssid" => Self::Ssid,
        "segment" => Self::Segment, "profile" => Self::Profile, "flow" => Self::Flow,
    }
}

impl Keyed for Segment {
    type Key = Id;

    fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(Id, Self)> {
        let name = shape::key_id(&entry.key, reader);
        let mut fields = Fields::of(&entry.value, "a segment", reader)?;
        let title = fields.required("title", reader);
        let klassa = fields.required("klassa", reader);
        let owner = fields.required("owner", reader);
        let vrf = fields.optional("vrf", reader);
        let prefixes = fields.or_default("prefixes", reader);
        fields.finish(reader);
        if entry.key.as_str() == "internet" {
            let message = "the segment `internet` is built in and cannot be described";
            let finding = Finding::error(codes::SEGMENT_RESERVED, message).at(entry.key.span);
            reader.push(finding.help("it is every address in no other segment; name yours differently"));
        }
        let name = name?;
        let segment = Self { name, title: title?, klassa: klassa?, owner: owner?, vrf, prefixes };
        Some((segment.name.value.clone(), segment))
    }

    fn schema(schemas: &mut Schemas) -> Value {
        use crate::model::Record as _;
        schemas.define("Segment", |schemas| {
            let mut object = Object::new(Self::TEXT);
            object.key("title", Self::text_of("title"), String::schema(schemas));
            object.key("klassa", Self::text_of("klassa"), Klassa::schema(schemas));
            object.key("owner", Self::text_of("owner"), String::schema(schemas));
            object.key("vrf", Self::text_of("vrf"), Id::schema(schemas));
            object.key("prefixes", Self::text_of("prefixes"), Vec::<IpNet>::schema(schemas));
            for key in ["title", "klassa", "owner"] {
                object.require(key);
            }
            object.finish()
        })
    }
}

/// One or more values of a flow; none at all would read as "nothing" to one person and "everything" to another.
fn some<T: Decode>(key: &'static str, fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Vec<T>> {
    fields.refuse_empty(key, "name at least one", reader);
    let Some(node) = fields.node(key) else {
        fields.missing(key, codes::MISSING_KEY, reader);
        return None;
    };
    reader.known::<OneOrMore<T>>(key, node).map(|list| list.0).filter(|list| !list.is_empty())
}

fn ends_from(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Vec<Sp<Endpoint>>> {
    some("from", fields, reader)
}

fn ends_to(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Vec<Sp<Endpoint>>> {
    some("to", fields, reader)
}

fn services(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Vec<Sp<Service>>> {
    some("services", fields, reader)
}

fn describe_some<T: Decode>(key: &'static str, object: &mut Object, schemas: &mut Schemas, text: &str) {
    object.key(key, text, OneOrMore::<T>::schema(schemas));
    object.require(key);
}

fn describe_from(object: &mut Object, schemas: &mut Schemas, text: &str) {
    describe_some::<Endpoint>("from", object, schemas, text);
}

fn describe_to(object: &mut Object, schemas: &mut Schemas, text: &str) {
    describe_some::<Endpoint>("to", object, schemas, text);
}

fn describe_services(object: &mut Object, schemas: &mut Schemas, text: &str) {
    describe_some::<Service>("services", object, schemas, text);
}

fn owner(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Sp<String>> {
    let Some(node) = fields.node("owner") else {
        fields.missing("owner", codes::FLOW_OWNER, reader);
        return None;
    };
    reader.known("owner", node)
}

fn describe_owner(object: &mut Object, schemas: &mut Schemas, text: &str) {
    object.key("owner", text, String::schema(schemas));
    object.require("owner");
}

impl Decode for Endpoint {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let end = reader.parsed(node, "a segment, an address or a prefix", |text| {
            if let Ok(address) = text.parse::<std::net::IpAddr>() {
                return Ok(Self::Net(IpNet::from(address)));
            }
            if let Some(net) = net(text) {
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

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({
            "anyOf": [pattern::id(), pattern::address(), pattern::prefix()],
            "examples": ["staff", "10.64.1.31", "internet"],
        })
    }
}

impl Decode for Service {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, "a service like tcp 443", service)
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::service()
    }
}

fn service(text: &str) -> Result<Service, String> {
    let wrong = || format!("`{}` is no service: use tcp 443, tcp 8000-8010, udp 53, icmp echo or any", short(text));
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let service = match (words.next(), words.next(), words.next()) {
        (Some("any"), None, None) => Service::Any,
        (Some("icmp"), Some("echo"), None) => Service::IcmpEcho,
        (Some(protocol @ ("tcp" | "udp")), Some(ports), None) => {
            let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
            // A sign in front is no part of a port.
            let number = |text: &str| text.parse().ok().filter(|_| !text.starts_with('+'));
            let (from, to): (u16, u16) = number(from).zip(number(to)).ok_or_else(wrong)?;
            if from == 0 || to < from {
                return Err(format!("`{}` is no port range: ports are 1–65535, the lower one first", short(ports)));
            }
            if protocol == "tcp" { Service::Tcp(from, to) } else { Service::Udp(from, to) }
        }
        _ => return Err(wrong()),
    };
    Ok(service)
}

fn letters(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<char, Sp<String>> {
    let Some(node) = fields.node("letters") else { return BTreeMap::new() };
    let found = entries(node, "letters", reader);
    found.iter().filter_map(|entry| letter(entry, reader)).collect()
}

fn describe_letters(object: &mut Object, _schemas: &mut Schemas, text: &str) {
    let becomes = json!({ "type": ["string", "integer"], "pattern": "^[a-z0-9-]+$", "minimum": 0 });
    let keys = json!({ "minLength": 1, "maxLength": 1 });
    object.key("letters", text, json!({ "type": "object", "propertyNames": keys, "additionalProperties": becomes }));
}

fn letter(entry: &Entry, reader: &mut Reader) -> Option<(char, Sp<String>)> {
    let mut letters = entry.key.nfc();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        reader.illegal(entry.key.span, format!("`{}` is not one letter", short(&entry.key)));
        return None;
    };
    let becomes: Sp<String> = reader.value(&entry.key, &entry.value)?;
    if let Some(bad) = becomes.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
        reader.illegal(becomes.span, format!("`{bad}` cannot stand in a host name"));
    }
    Some((letter, becomes))
}

/// Risk classes of a change; a misspelt one would ask for no signature at all.
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

fn risks(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<String, Sp<u32>> {
    by_class("risk", fields, reader)
}

fn describe_risks(object: &mut Object, schemas: &mut Schemas, text: &str) {
    describe_by_class::<u32>("risk", object, schemas, text);
}

fn tiers(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<String, Sp<Tier>> {
    by_class("tier", fields, reader)
}

fn describe_tiers(object: &mut Object, schemas: &mut Schemas, text: &str) {
    describe_by_class::<Tier>("tier", object, schemas, text);
}

/// What is asked of changes of each risk class.
fn by_class<T: Decode>(key: &'static str, fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<String, Sp<T>> {
    let Some(node) = fields.node(key) else { return BTreeMap::new() };
    let mut asked = BTreeMap::new();
    for entry in entries(node, key, reader) {
        if let Some(value) = reader.value(&entry.key, &entry.value) {
            let key = Node { span: entry.key.span, kind: Kind::Plain(entry.key.value.clone()) };
            let _known: Option<()> = reader.word(&key, &CLASSES);
            asked.insert(entry.key.to_string(), value);
        }
    }
    asked
}

fn describe_by_class<T: Decode>(key: &'static str, object: &mut Object, schemas: &mut Schemas, text: &str) {
    let keys = json!({ "enum": CLASSES.map(|(class, ())| class) });
    let value = T::schema(schemas);
    object.key(key, text, json!({ "type": "object", "propertyNames": keys, "additionalProperties": value }));
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
        for wrong in
            ["tcp", "tcp 0", "tcp 10-5", "tcp 70000", "sctp 1", "tcp 1 2", "", "tcp\t443", "tcp 443\n", "tcp +443"]
        {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }
}
