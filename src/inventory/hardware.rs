//! `models.yaml` and `profiles.yaml`: which ports devices have, and what ports are for.

use std::collections::BTreeMap;

use super::decode::{Decode, Fields, Reader, entries};
use super::network::name;
use super::site::port_range;
use crate::finding::codes;
use crate::model::{DeviceModel, PortGroup, PortMode, PortProfile, Radio};
use crate::source::Sp;
use crate::source::yaml::{Entry, Node};
use crate::value::Id;

pub(super) fn models(root: &Node, reader: &mut Reader) -> BTreeMap<String, DeviceModel> {
    let mut models = BTreeMap::new();
    let Some(mut fields) = Fields::of(root, "`models.yaml`", reader) else { return models };
    match fields.node("models") {
        Some(node) => {
            for entry in entries(node, "a mapping of models", reader) {
                if let Some(model) = model(entry, reader) {
                    models.insert(model.name.value.clone(), model);
                }
            }
        }
        None => fields.missing("models", codes::MISSING_KEY, reader),
    }
    fields.finish(reader);
    models
}

fn model(entry: &Entry, reader: &mut Reader) -> Option<DeviceModel> {
    let mut fields = Fields::of(&entry.value, "a model", reader)?;
    let platform = fields.required("platform", reader);
    let mut ports: Vec<PortGroup> = Vec::new();
    match fields.node("ports") {
        Some(node) => {
            for group in entries(node, "a mapping of ports", reader) {
                let Some(group) = port_group(group, reader) else { continue };
                let same = |have: &PortGroup| {
                    have.prefix == group.prefix && have.numbers.iter().any(|n| group.numbers.contains(n))
                };
                if ports.iter().any(same) {
                    let message = "a port stands in two groups of this model";
                    reader.report(codes::PORT_TWICE, group.interface.span, message);
                }
                ports.push(group);
            }
        }
        None => fields.missing("ports", codes::MISSING_KEY, reader),
    }
    let mut radios = Vec::new();
    if let Some(node) = fields.node("radios") {
        for entry in entries(node, "a mapping of radios", reader) {
            radios.extend(radio(entry, reader));
        }
    }
    let lifetime_years = fields.optional("lifetime_years", reader);
    fields.finish(reader);
    Some(DeviceModel { name: entry.key.clone(), platform: platform?, ports, radios, lifetime_years })
}

fn port_group(entry: &Entry, reader: &mut Reader) -> Option<PortGroup> {
    let range = match port_range(&entry.key) {
        Ok(range) => Some(range),
        Err(message) => {
            reader.illegal(entry.key.span, message);
            None
        }
    };
    let mut fields = Fields::of(&entry.value, "a group of ports", reader)?;
    let interface: Option<Sp<String>> = fields.required("interface", reader);
    let speed = fields.required("speed", reader);
    let poe = fields.or_default("poe", reader);
    let watts = fields.optional("watts", reader);
    fields.finish(reader);
    let (prefix, numbers) = range?;
    let interface = interface?;
    if numbers.len() > 1 && !interface.contains("{n}") {
        reader.illegal(interface.span, "an interface name for several ports needs `{n}` for the number");
    }
    Some(PortGroup { prefix, numbers, interface, speed: speed?, poe, watts })
}

fn radio(entry: &Entry, reader: &mut Reader) -> Option<Radio> {
    let mut fields = Fields::of(&entry.value, "a radio", reader)?;
    let band = fields.required("band", reader);
    let channels: Option<Sp<Vec<u32>>> = fields.required("channels", reader);
    let width: Option<Sp<u32>> = fields.required("width", reader);
    fields.finish(reader);
    let (channels, width) = (channels?, width?);
    if channels.value.is_empty() {
        reader.illegal(channels.span, "a channel plan needs at least one channel");
    }
    // IEEE 802.11: 20 MHz channels and their bondings.
    if ![20, 40, 80, 160].contains(&width.value) {
        reader.illegal(width.span, format!("a channel is 20, 40, 80 or 160 MHz wide, not {}", width.value));
    }
    Some(Radio { name: entry.key.clone(), band: band?, channels: channels.value, width: width.value })
}

pub(super) fn profiles(root: &Node, reader: &mut Reader) -> BTreeMap<Id, PortProfile> {
    let mut profiles = BTreeMap::new();
    let Some(mut fields) = Fields::of(root, "`profiles.yaml`", reader) else { return profiles };
    match fields.node("profiles") {
        Some(node) => {
            for entry in entries(node, "a mapping of profiles", reader) {
                if let Some(profile) = profile(entry, reader) {
                    profiles.insert(profile.name.value.clone(), profile);
                }
            }
        }
        None => fields.missing("profiles", codes::MISSING_KEY, reader),
    }
    fields.finish(reader);
    profiles
}

fn profile(entry: &Entry, reader: &mut Reader) -> Option<PortProfile> {
    let name = name(&entry.key, reader);
    let mut fields = Fields::of(&entry.value, "a port profile", reader)?;
    let title = fields.optional("title", reader);
    let vlan = fields.optional("vlan", reader);
    let voice = fields.optional("voice", reader);
    let mode = fields.optional("mode", reader).unwrap_or(Sp::new(PortMode::Access, entry.key.span));
    let tagged = fields.optional("tagged", reader);
    let dot1x = fields.or_default("dot1x", reader);
    let poe = fields.or_default("poe", reader);
    let shutdown = fields.or_default("shutdown", reader);
    fields.finish(reader);
    let name = Sp::new(name?, entry.key.span);
    Some(PortProfile { name, title, vlan, voice, mode, tagged, dot1x, poe, shutdown })
}

impl Decode for PortMode {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(node, &[("access", Self::Access), ("trunk", Self::Trunk), ("routed", Self::Routed)])
    }
}
