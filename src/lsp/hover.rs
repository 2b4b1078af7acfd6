//! What is known about a name: its values as written and as resolved, each with the place it comes from.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use super::index::{Kind, Stands, Symbol};
use super::view::View;
use crate::derive::levels::Levels;
use crate::model::{Layer as _, PortProfile, PortSettings};
use crate::source::yaml::{Kind as Form, Node};
use crate::source::{FileId, Span};
use crate::value::Id;

/// Names of one place that are told in full; a range of forty access points is a list.
const MOST: usize = 3;
/// Members of a list that are named.
const NAMED: usize = 6;
/// Letters of a value that are shown.
const WIDE: usize = 100;
/// Profiles may extend each other in a circle.
const DEEPEST: usize = 16;

/// What is said about the names at one place, as Markdown that reads without rendering too.
pub(super) fn text(view: &View, symbols: &[&Symbol]) -> Option<String> {
    let here = symbols.first()?.span;
    let mut names: Vec<(Kind, &str)> = symbols.iter().map(|symbol| (symbol.kind, symbol.name.as_str())).collect();
    names.dedup();
    if names.len() > MOST {
        let lines: Vec<String> = names.iter().filter_map(|(_, name)| one_line(view, name)).collect();
        return (!lines.is_empty()).then(|| lines.join("\n"));
    }
    let cards: Vec<String> = names.iter().filter_map(|(kind, name)| card(view, *kind, name, here)).collect();
    (!cards.is_empty()).then(|| cards.join("\n\n---\n\n"))
}

/// One line about a device, for a list.
fn one_line(view: &View, name: &str) -> Option<String> {
    let (site, device, facts) = view.device(name)?;
    let local = format!("{}-{}", device.role.word(), device.number);
    Some(match facts {
        Some(facts) => format!("- {local}: **{}** {}", facts.name, facts.management),
        None => format!("- {local} at {}", site.name.value),
    })
}

/// A heading and what is known, one line each.
struct Card<'v> {
    view: &'v View,
    kind: Kind,
    name: &'v str,
    heading: String,
    lines: Vec<String>,
}

impl Card<'_> {
    fn row(&mut self, label: &str, value: impl std::fmt::Display) {
        self.lines.push(format!("- {label}: {value}"));
    }

    /// What is written under the name; keys in `apart` are told otherwise.
    fn written(&mut self, apart: &[&str]) {
        let Some((place, entries)) = self.view.entries(self.kind, self.name) else { return };
        self.heading.push_str(&format!(" · {}", at(self.view, place.span)));
        for entry in entries {
            let key = entry.key.value.as_str();
            // A secret's own entry is all there is to say of it.
            let own = entry.value.span == place.span || entry.key.span == place.span && self.kind != Kind::Secret;
            if !apart.contains(&key) && !own {
                let value = value(self.kind, &entry.value);
                let label = if self.kind == Kind::Secret { "found in" } else { key };
                self.lines.push(format!("- {label}: {value} — {}", at(self.view, entry.value.span)));
            }
        }
    }

    /// Who refers to the name, by place.
    fn uses(&mut self) {
        let places = self.view.index.places(self.kind, self.name);
        let used: BTreeSet<Span> =
            places.filter(|symbol| symbol.stands == Stands::Use).map(|symbol| symbol.span).collect();
        let named: Vec<String> = used.iter().map(|span| at(self.view, *span)).collect();
        let mut lines = named.clone();
        lines.dedup();
        match used.len() {
            0 => self.row("used", "nowhere"),
            1 => self.row("used", format!("once: {}", some(&lines))),
            many => self.row("used", format!("{many} times: {}", some(&lines))),
        }
    }

    fn done(self) -> String {
        format!("{}\n\n{}", self.heading, self.lines.join("\n"))
    }
}

/// A place as file and line, short enough to stand behind every value.
fn at(view: &View, span: Span) -> String {
    let place = view.loaded.sources.place(span);
    format!("{}:{}", place.path.display(), place.line)
}

/// A value on one line. A secret is shown only where it is a reference, as it has to be.
fn value(kind: Kind, node: &Node) -> String {
    let mut shown = String::new();
    match &node.kind {
        Form::Plain(text) | Form::Quoted(text) if kind == Kind::Secret => {
            let reference = ["env:", "file:", "exec:"].iter().any(|scheme| text.starts_with(scheme));
            shown.push_str(if reference { text } else { "not a reference" });
        }
        _ => compact(node, &mut shown),
    }
    match shown.char_indices().nth(WIDE) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

fn compact(node: &Node, into: &mut String) {
    // What is cut off later need not be written.
    if into.len() > 4 * WIDE {
        return;
    }
    let mut separator = "";
    match &node.kind {
        Form::Null => into.push('–'),
        Form::Plain(text) | Form::Quoted(text) => {
            // Line ends and marks would be read as Markdown.
            into.extend(text.trim().chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
        }
        Form::List(items) => {
            for item in items {
                into.push_str(separator);
                compact(item, into);
                separator = ", ";
            }
        }
        Form::Map(entries) => {
            into.push_str("{ ");
            for entry in entries {
                into.push_str(separator);
                into.push_str(&entry.key.value);
                into.push_str(": ");
                compact(&entry.value, into);
                separator = ", ";
            }
            into.push_str(" }");
        }
    }
}

/// Some names, and how many more there are.
fn some<T: std::fmt::Display>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(T::to_string).collect();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn card(view: &View, kind: Kind, name: &str, here: Span) -> Option<String> {
    let defined = view.index.places(kind, name).next()?;
    let name = defined.name.as_str();
    // What stands where a secret's name belongs may be the secret.
    if kind == Kind::Secret && view.entries(kind, name).is_none() {
        return None;
    }
    let mut card = Card { view, kind, name, heading: format!("**{} {name}**", kind.word()), lines: Vec::new() };
    match kind {
        Kind::Vlan => vlan(&mut card, here.file),
        Kind::Ssid => ssid(&mut card),
        Kind::Segment => segment(&mut card),
        Kind::Profile => profile(&mut card, here),
        Kind::Device => device(&mut card),
        Kind::Site => site(&mut card),
        Kind::Organisation => organisation(&mut card),
        Kind::Tag => tag(&mut card),
        Kind::Model | Kind::Module | Kind::Room | Kind::Secret => {
            card.written(&[]);
            card.uses();
        }
        Kind::Flow => card.written(&[]),
        Kind::Platform => card.uses(),
        Kind::Vrf => vrf(&mut card),
    }
    (!card.lines.is_empty()).then(|| card.done())
}

/// A VLAN: at a site, what it is there; elsewhere, how many sites have it.
fn vlan(card: &mut Card<'_>, file: FileId) {
    let view = card.view;
    let network = &view.loaded.network;
    let Some(vlan) = network.vlans.iter().find(|vlan| vlan.name.as_str() == card.name) else {
        card.written(&[]);
        return;
    };
    let id = vlan.id.value;
    card.heading = format!("**VLAN {id} {}**", card.name);
    card.written(&["id"]);
    let facts =
        view.site_of(file).and_then(|(index, site)| Some((site, view.derived.sites.get(index)?.vlans.get(&id))));
    match facts {
        Some((site, Some(facts))) => {
            if let Some(subnet) = facts.subnet {
                card.row(&format!("subnet at {}", site.name.value), subnet);
            }
            if let Some(subnet) = facts.subnet6 {
                card.row("IPv6", subnet);
            }
            if let Some(address) = facts.gateway {
                let device = facts.gateway_device.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
                card.row("default gateway", format!("{address}{device}"));
            }
        }
        Some((site, None)) => card.row(&format!("at {}", site.name.value), "not there"),
        None => {
            let count = view.derived.sites.iter().filter(|site| site.vlans.contains_key(&id)).count();
            card.row("sites", format!("{count} of {}", network.sites.len()));
        }
    }
    card.uses();
}

fn ssid(card: &mut Card<'_>) {
    let network = &card.view.loaded.network;
    card.written(&[]);
    let place = network.ssids.iter().position(|ssid| ssid.name.as_str() == card.name);
    if let Some((place, ssid)) = place.and_then(|place| Some((place, network.ssids.get(place)?))) {
        let sites = network.sites.iter().filter(|site| ssid.sites.admits(site)).count();
        card.row("on air", format!("at {sites} of {} sites", network.sites.len()));
        let senders = card.view.derived.devices.values().filter(|facts| facts.ssids.contains(&place)).count();
        card.row("access points", senders);
    }
}

fn segment(card: &mut Card<'_>) {
    let view = card.view;
    if card.name == "internet" {
        card.heading.push_str(" is built in: every address in no other segment");
    }
    card.written(&[]);
    let vlans = view.loaded.network.vlans.iter().filter(|vlan| vlan.segment.as_str() == card.name);
    let vlans: Vec<String> = vlans.map(|vlan| format!("{} {}", vlan.id.value, vlan.name.value)).collect();
    if !vlans.is_empty() {
        card.row("VLANs", some(&vlans));
    }
    let is = |end: &crate::source::Sp<crate::model::Endpoint>| matches!(&end.value, crate::model::Endpoint::Segment(name) if name.as_str() == card.name);
    let flows = &view.loaded.network.policy.flows;
    let from = flows.iter().filter(|flow| flow.from.iter().any(is)).count();
    let to = flows.iter().filter(|flow| flow.to.iter().any(is)).count();
    card.row("flows", format!("{from} from it, {to} to it; everything else is denied"));
}

/// A profile with everything that it extends and that refines it, value by value.
fn profile(card: &mut Card<'_>, here: Span) {
    let view = card.view;
    let mut all = PortSettings::default();
    for profile in layers(view, card.name, here) {
        all.refine(&profile.settings);
    }
    let mut lines = Vec::new();
    all.leaves("", &mut |key, value, span| lines.push(format!("- {key}: {} — {}", plain(&value), at(view, span))));
    card.lines.append(&mut lines);
    let devices = card.view.derived.devices.values();
    let of_it = |facts: &crate::derive::DeviceFacts| {
        facts.ports.iter().filter(|port| port.profile.as_ref().is_some_and(|it| it.as_str() == card.name)).count()
    };
    let ports: Vec<usize> = devices.map(of_it).filter(|count| *count > 0).collect();
    card.row("ports", format!("{} on {} devices", ports.iter().sum::<usize>(), ports.len()));
}

/// What is said of a profile, the most specific last; in a site's file, as it holds for the device there.
fn layers<'v>(view: &'v View, name: &str, here: Span) -> Vec<&'v PortProfile> {
    let network = &view.loaded.network;
    let Ok(name) = name.parse::<Id>() else { return Vec::new() };
    let device = view.site_of(here.file).and_then(|(_, site)| {
        let above = site.devices.iter().filter(|device| device.span.start <= here.start);
        Some((site, above.max_by_key(|device| device.span.start)?))
    });
    if let Some((site, device)) = device {
        let organisation = network.organisations.iter().find(|it| it.id.value == site.organisation.value);
        let said = Levels { network, organisation, site, device }.profile(&name);
        return said.into_iter().map(|(_, profile)| profile).collect();
    }
    let mut chain: Vec<&PortProfile> = Vec::new();
    let mut next = network.profiles.get(&name);
    while let Some(profile) = next.filter(|_| chain.len() < DEEPEST) {
        chain.push(profile);
        next = profile.extends.as_ref().and_then(|base| network.profiles.get(&base.value));
    }
    chain.reverse();
    // Where an organisation or a site refines it, it is what it is there.
    let site = view.site_of(here.file).map(|(_, site)| site);
    let said_by = |profiles: &BTreeMap<Id, PortProfile>| profiles.values().any(|profile| profile.name.span == here);
    let organisation = network.organisations.iter().find(|it| match site {
        Some(site) => it.id.value == site.organisation.value,
        None => said_by(&it.profiles),
    });
    let refined = chain.into_iter().flat_map(|profile| {
        let of = |profiles: &'v BTreeMap<Id, PortProfile>| profiles.get(&profile.name.value);
        let organisation = organisation.and_then(|organisation| of(&organisation.profiles));
        [Some(profile), organisation, site.and_then(|site| of(&site.profiles))].into_iter().flatten()
    });
    refined.collect()
}

/// A value as the inventory would have it, on one line.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        serde_json::Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn device(card: &mut Card<'_>) {
    let Some((site, device, facts)) = card.view.device(card.name) else {
        card.written(&["ports"]);
        return;
    };
    let local = format!("{}-{}", device.role.word(), device.number);
    let name = facts.map_or_else(|| local.clone(), |facts| facts.name.to_string());
    card.heading = format!("**{name}** {local} at {}", site.name.value);
    card.written(&["ports"]);
    let Some(facts) = facts else { return };
    card.row("platform", &facts.platform);
    card.row("management address", format!("{} in {}", facts.management, facts.management_net));
    if let Some(loopback) = facts.loopback {
        card.row("loopback", loopback);
    }
    let used = facts.ports.iter().filter(|port| port.used).count();
    if !facts.ports.is_empty() {
        card.row("ports", format!("{used} of {} used", facts.ports.len()));
    }
    let link = |port: crate::derive::PortFacts<'_>| {
        port.peer.as_ref().map(|peer| format!("{} → {} {}", port.socket.key, peer.device, peer.port))
    };
    let links: Vec<String> = facts.ports.iter().filter_map(link).collect();
    if !links.is_empty() {
        card.row("links", some(&links));
    }
}

fn site(card: &mut Card<'_>) {
    let view = card.view;
    card.written(&[]);
    let Some(index) = card.name.parse().ok().and_then(|id| view.derived.site(&id)) else { return };
    let (Some(site), Some(facts)) = (view.loaded.network.sites.get(index), view.derived.sites.get(index)) else {
        return;
    };
    if let Some(prefix) = facts.prefix {
        card.row("block of its index", prefix);
    }
    if let Some(prefix) = facts.prefix6 {
        card.row("IPv6", prefix);
    }
    card.row("in device names", &facts.code);
    card.row("devices", site.devices.len());
    card.row("VLANs", facts.vlans.len());
}

fn organisation(card: &mut Card<'_>) {
    let network = &card.view.loaded.network;
    card.written(&[]);
    if let Some(organisation) = network.organisations.iter().find(|it| it.id.as_str() == card.name) {
        let plan = &network.plan;
        if let Some(block) = nth(plan.ipv4.value, plan.organisation_prefix.value, organisation.index.value) {
            card.row("block of its index", block);
        }
    }
    let own = |site: &&crate::model::Site| site.organisation.as_str() == card.name;
    let names: Vec<&str> = network.sites.iter().filter(own).map(|site| site.name.as_str()).collect();
    card.row("sites", format!("{}: {}", names.len(), some(&names)));
}

/// The block of an index; an index beyond any plan has none.
fn nth(plan: Ipv4Net, prefix: u8, index: u32) -> Option<Ipv4Net> {
    plan.subnets(prefix).ok()?.nth(usize::try_from(index).ok().filter(|index| *index < 1 << 16)?)
}

fn vrf(card: &mut Card<'_>) {
    let own = card.view.index.places(Kind::Vrf, card.name);
    let places: Vec<String> = own.map(|symbol| at(card.view, symbol.span)).collect();
    card.row("segments in it", format!("{}: {}", places.len(), some(&places)));
}

fn tag(card: &mut Card<'_>) {
    let tagged = |site: &&crate::model::Site| site.tags.iter().any(|tag| tag.as_str() == card.name);
    let sites = card.view.loaded.network.sites.iter().filter(tagged);
    let names: Vec<&str> = sites.map(|site| site.name.as_str()).collect();
    card.row("sites", format!("{}: {}", names.len(), some(&names)));
    card.uses();
}
