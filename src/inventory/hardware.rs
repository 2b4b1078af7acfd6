//! `models.yaml` and `profiles.yaml`: which ports devices have, and what ports are for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::decode::{Decode, Fields, Reader, entries};
use super::pattern;
use super::shape::{self, Keyed, Object, Schemas, Shape, decodes, shape, words};
use super::site::{Ports, port_range};
use crate::finding::{Finding, codes};
use crate::model::record::record;
use crate::model::wireless::Radio;
use crate::model::{
    DeviceModel, Dot1x, LagMode, PortGroup, PortMode, PortModule, PortProfile, PortSettings, StormAction, StormControl,
};
use crate::source::Sp;
use crate::source::yaml::{Entry, Kind, Node};
use crate::value::Id;

record! {
    /// Device models: which platform they run and which ports they have.
    pub(super) struct ModelFile {
        /// The models, by the name they are sold under.
        pub(super) models: BTreeMap<String, DeviceModel>,
    }

    /// Port profiles: what a port is for, whichever port of whichever switch.
    pub(super) struct ProfileFile {
        /// The profiles, by name.
        pub(super) profiles: BTreeMap<Id, PortProfile>,
    }
}

shape!(ModelFile as "`models.yaml`" { models: some_entries });
shape!(ProfileFile as "`profiles.yaml`" { profiles: some_entries });

shape!(DeviceModel as "a model" {
    name: given(Sp::default()), platform: required, ports: by(groups, describe_groups), modules: entries,
    stack: optional { "minimum": 2 }, poe_budget: optional, radios: by(radios, describe_radios),
    lifetime_years: optional,
    end_of_sale: optional, end_of_support: optional,
});
shape!(PortModule as "a module" { name: given(Sp::default()), ports: by(groups, describe_groups) });
shape!(PortGroup as "a group of ports" {
    prefix: given(String::new()), numbers: given(Vec::new()), interface: required, speed: required { "minimum": 1 },
    speeds: default { "items": { "minimum": 1 } },
    poe: default, watts: optional,
});
shape!(Radio as "a radio" {
    name: given(Sp::default()), band: required, channels: required { "minItems": 1, "items": { "minimum": 1 } },
    width: required { "enum": [20, 40, 80, 160, 320] }, power_dbm: optional,
    span: place,
} check radio_fits);

shape!(PortSettings as "a port" {
    title: optional, mode: optional, vlan: optional, voice: optional, tagged: optional, dot1x: default,
    poe: optional, poe_watts: optional, shutdown: optional, speed: optional in 1..=4_294_967_295,
    storm_control: default, edge: optional, bpdu_guard: optional, root_guard: optional, trusted: optional,
    dhcp_rate: optional { "minimum": 1, "maximum": 2048 }, isolated: optional,
});
shape!(Dot1x as "`dot1x`" {
    enabled: optional, mab: optional, critical_vlan: optional, guest_vlan: optional, dynamic_vlans: optional,
    open: optional, reauthenticate: optional,
});
shape!(StormControl as "`storm_control`" {
    broadcast: optional { "minimum": 1, "maximum": 100 }, multicast: optional { "minimum": 1, "maximum": 100 },
    unicast: optional { "minimum": 1, "maximum": 100 }, action: optional,
});
decodes!(StormControl);

words! {
    PortMode: "mode" { "access" => Self::Access, "trunk" => Self::Trunk, "routed" => Self::Routed }
    StormAction: "action" { "drop" => Self::Drop, "shutdown" => Self::Shutdown }
    LagMode: "mode" { "active" => Self::Active, "passive" => Self::Passive, "static" => Self::Static }
}

impl Keyed for DeviceModel {
    type Key = String;

    fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(String, Self)> {
        let model = shape::decode::<Self>(&entry.value, reader)?;
        Some((entry.key.to_string(), Self { name: entry.key.clone().map(String::from), ..model }))
    }

    fn schema(schemas: &mut Schemas) -> Value {
        shape::named::<Self>("DeviceModel", schemas)
    }

    fn key_schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Keyed for PortModule {
    type Key = String;

    fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(String, Self)> {
        let module = shape::decode::<Self>(&entry.value, reader)?;
        Some((entry.key.to_string(), Self { name: entry.key.clone().map(String::from), ..module }))
    }

    fn schema(schemas: &mut Schemas) -> Value {
        shape::named::<Self>("PortModule", schemas)
    }

    fn key_schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Keyed for PortProfile {
    type Key = Id;

    fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(Id, Self)> {
        let name = shape::key_id(&entry.key, reader);
        let mut fields = Fields::of(&entry.value, "a port profile", reader)?;
        let extends = fields.optional("extends", reader);
        let settings = PortSettings::read(&mut fields, &entry.value, reader);
        fields.finish(reader);
        let name = name?;
        Some((name.value.clone(), Self { name, extends, settings: settings? }))
    }

    fn schema(schemas: &mut Schemas) -> Value {
        use crate::model::Record as _;
        schemas.define("PortProfile", |schemas| {
            let mut object = Object::new(Self::TEXT);
            object.key("extends", Self::text_of("extends"), Id::schema(schemas));
            PortSettings::describe(&mut object, schemas);
            object.finish()
        })
    }
}

/// `true` and `false` switch it on and off and leave the rest as it is.
impl Decode for Dot1x {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        if matches!(node.kind, Kind::Map(_)) {
            return shape::decode(node, reader);
        }
        let enabled = Sp::decode(node, reader)?;
        Some(Self { enabled: Some(enabled), ..Self::default() })
    }

    fn schema(schemas: &mut Schemas) -> Value {
        let whole = shape::named::<Self>("Dot1x", schemas);
        json!({ "anyOf": [{ "type": "boolean" }, whole] })
    }
}

/// The groups of ports of a model or a module.
fn groups(fields: &mut Fields<'_>, reader: &mut Reader) -> Vec<PortGroup> {
    let mut ports: Vec<PortGroup> = Vec::new();
    let mut keys = Vec::new();
    let Some(node) = fields.node("ports") else {
        fields.missing("ports", codes::MISSING_KEY, reader);
        return ports;
    };
    for entry in entries(node, "ports", reader) {
        let Some(group) = group(entry, reader) else { continue };
        let shared = |have: &PortGroup| {
            let mut numbers = have.numbers.iter().filter(|_| have.prefix == group.prefix);
            numbers.find(|number| group.numbers.contains(number)).copied()
        };
        let twice = ports.iter().zip(&keys).find_map(|(have, key)| Some((shared(have)?, have, *key)));
        if let Some((number, have, first)) = twice {
            let message = format!("port `{}{number}` stands in two ranges", group.prefix);
            // A range that goes on over all of the next one is the one that is too long, or one of an odd number of ports.
            let is_odd = |group: &PortGroup| group.numbers.len() % 2 == 1;
            let swallows = have.numbers.first() < group.numbers.first()
                && ((is_odd(have) && !is_odd(&group))
                    || group.numbers.iter().all(|number| have.numbers.contains(number)));
            let (here, said, there) = if swallows {
                (first, "this one is too long", entry.key.span)
            } else {
                (entry.key.span, "in this one as well", first)
            };
            let finding = Finding::error(codes::PORT_TWICE, message).at_saying(here, said);
            reader.push(finding.label(there, "the other range").help("end one range before the other begins"));
        }
        keys.push(entry.key.span);
        ports.push(group);
    }
    ports
}

fn describe_groups(object: &mut Object, schemas: &mut Schemas, text: &str) {
    let group = shape::named::<PortGroup>("PortGroup", schemas);
    let keys = json!({ "pattern": pattern::model_ports() });
    object.key("ports", text, json!({ "type": "object", "propertyNames": keys, "additionalProperties": group }));
    object.require("ports");
}

fn group(entry: &Entry, reader: &mut Reader) -> Option<PortGroup> {
    let range = match port_range(&entry.key) {
        // Members belong to stacks, and a model is one of them.
        Ok(Ports { member: Some(_), .. }) => {
            reader
                .illegal(entry.key.span, "a model's ports have no member in front; `{m}` in `interface` stands for it");
            None
        }
        Ok(range) => Some(range),
        Err(message) => {
            reader.illegal(entry.key.span, message);
            None
        }
    };
    let group = shape::decode::<PortGroup>(&entry.value, reader)?;
    let Ports { prefix, numbers, .. } = range?;
    if numbers.len() > 1 && !group.interface.contains("{n}") {
        reader.illegal(group.interface.span, "an interface name for several ports needs `{n}` for the number");
    }
    Some(PortGroup { prefix, numbers, ..group })
}

/// The radios of a model.
fn radios(fields: &mut Fields<'_>, reader: &mut Reader) -> Vec<Radio> {
    let Some(node) = fields.node("radios") else { return Vec::new() };
    let found = entries(node, "radios", reader);
    let one = |entry: &Entry, reader: &mut Reader| {
        let radio = shape::decode::<Radio>(&entry.value, reader)?;
        Some(Radio { name: entry.key.clone().map(String::from), ..radio })
    };
    found.iter().filter_map(|entry| one(entry, reader)).collect()
}

fn describe_radios(object: &mut Object, schemas: &mut Schemas, text: &str) {
    let radio = shape::named::<Radio>("Radio", schemas);
    object.key("radios", text, json!({ "type": "object", "additionalProperties": radio }));
}

fn radio_fits(radio: &Radio, node: &Node, reader: &mut Reader) {
    let at = |key: &str| match &node.kind {
        Kind::Map(entries) => entries.iter().find(|entry| entry.key.value == key).map_or(node.span, |it| it.value.span),
        _ => node.span,
    };
    if radio.channels.is_empty() {
        reader.illegal(at("channels"), "a channel plan needs at least one channel");
    }
    // IEEE 802.11: 20 MHz channels and their bondings.
    if ![20, 40, 80, 160, 320].contains(&radio.width) {
        let message = format!("a channel is 20, 40, 80, 160 or 320 MHz wide, not {}", radio.width);
        reader.illegal(at("width"), message);
    }
}
