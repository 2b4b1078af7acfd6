//! `samnet show device NAME --explain`: where every value of a device comes from, and what it replaces.

use serde_json::{Value, json};

use super::{Page, Shown, View};
use crate::derive::DeviceFacts;
use crate::derive::levels::Levels;
use crate::model::{Device, Layer, PortUse};
use crate::source::Span;

/// Something said at one place.
struct Said {
    value: Value,
    level: String,
    span: Span,
}

/// One value that holds, with everything said of it, the most general place first.
struct Row {
    path: String,
    said: Vec<Said>,
}

/// Rows with a heading: the device itself, its settings, each group of its ports.
struct Part {
    heading: String,
    rows: Vec<Row>,
}

pub(super) fn show(view: &View<'_>, facts: &DeviceFacts, levels: Levels<'_>) -> Shown {
    let mut parts = vec![
        Part { heading: "Device".to_owned(), rows: device(view, facts, levels.device) },
        Part { heading: "Settings".to_owned(), rows: settings(levels) },
    ];
    parts.extend(ports(view, facts, levels));
    parts.extend(groups(facts));
    let place = |span: Span| view.project.loaded.sources.place(span).to_string();
    let mut page = Page::new(facts.name.as_str(), "where each value comes from");
    let mut list = Vec::new();
    for part in parts.into_iter().filter(|part| !part.rows.is_empty()) {
        let mut rows = Vec::new();
        let mut values = Vec::new();
        for row in &part.rows {
            let Some((holds, before)) = row.said.split_last() else { continue };
            let instead = before
                .iter()
                .rev()
                .map(|said| format!("instead of {} from {} {}", text(&said.value), said.level, place(said.span)));
            rows.push(vec![
                row.path.clone(),
                text(&holds.value),
                holds.level.clone(),
                place(holds.span),
                instead.collect::<Vec<_>>().join("; "),
            ]);
            let object = |said: &Said| json!({ "value": said.value, "level": said.level, "place": place(said.span) });
            values.push(json!({
                "path": row.path, "value": holds.value, "level": holds.level, "place": place(holds.span),
                "instead_of": before.iter().rev().map(object).collect::<Vec<_>>(),
            }));
        }
        page.heading(&part.heading);
        page.table(&["value", "is", "level", "from", ""], rows);
        list.push(json!({ "part": part.heading, "values": values }));
    }
    (page.text(), json!({ "version": 1, "device": facts.name, "parts": list }))
}

/// How a value reads: words without quotes, lists with commas, one line.
fn text(value: &Value) -> String {
    match value {
        Value::String(word) => word.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let said = parts.iter().filter(|(_, value)| !value.is_null());
            said.map(|(key, value)| format!("{key} {}", text(value))).collect::<Vec<_>>().join(" ")
        }
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn row(path: &str, value: impl serde::Serialize, level: &str, span: Span) -> Row {
    let value = serde_json::to_value(value).unwrap_or_default();
    Row { path: path.to_owned(), said: vec![Said { value, level: level.to_owned(), span }] }
}

/// Every leaf that any of the layers says, with what each says of it.
fn leaves<'l, L: Layer + 'l>(layers: impl IntoIterator<Item = (String, &'l L)>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (level, layer) in layers {
        layer.leaves("", &mut |path, value, span| {
            let said = Said { value, level: level.clone(), span };
            match rows.iter_mut().find(|row| row.path == path) {
                Some(row) => row.said.push(said),
                None => rows.push(Row { path: path.to_owned(), said: vec![said] }),
            }
        });
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    rows
}

/// What follows from the device's own lines, from its model and from the address plan.
fn device(view: &View<'_>, facts: &DeviceFacts, device: &Device) -> Vec<Row> {
    let network = view.network;
    let plan = &network.plan;
    let mut rows = Vec::new();
    let naming = &network.policy.naming.device;
    rows.push(match &device.name {
        Some(name) => row("name", &name.value, "device", name.span),
        None if naming.is_empty() => row("name", &facts.name, "built-in rule", facts.span),
        None => row("name", &facts.name, "naming rule", naming.span),
    });
    let address = device.address.as_ref().map(|given| ("device", given.span));
    let base = plan.hosts.get(&facts.role).map(|base| ("address plan", base.span));
    let (level, span) = address.or(base).unwrap_or(("address plan", plan.ipv4.span));
    rows.push(row("address", facts.management, level, span));
    let vlan = view.derived.management.and_then(|index| network.vlans.get(index));
    let site = network.sites.get(facts.site);
    if let Some(vlan) = vlan {
        let given = site.and_then(|site| site.subnets.get(&vlan.name.value)).map(|net| ("site", net.span));
        let (level, span) = given.unwrap_or(("network", vlan.subnet.span));
        rows.push(row("subnet", facts.management_net, level, span));
        rows.extend(facts.management_gateway.map(|gateway| row("gateway", gateway, "network", vlan.gateway.span)));
    }
    rows.extend(facts.loopback.map(|loopback| row("loopback", loopback, "address plan", plan.loopbacks.span)));
    rows.push(row("model", &device.model.value, "device", device.model.span));
    if !device.stack.is_empty() {
        let members: Vec<&str> = device.stack.iter().map(|model| model.as_str()).collect();
        rows.extend(device.stack.first().map(|first| row("stack", members, "device", first.span)));
    }
    rows.extend(device.module.as_ref().map(|module| row("module", &module.value, "device", module.span)));
    if let Some(model) = network.models.get(device.model.as_str()) {
        rows.push(row("platform", &facts.platform, "model", model.platform.span));
        let years = model.lifetime_years.as_ref().map(|years| ("model", years.span, years.value));
        let usual = network.lifecycle.years.get(&facts.role).map(|years| ("network", years.span, years.value));
        rows.extend(years.or(usual).map(|(level, span, years)| row("lifetime_years", years, level, span)));
        rows.extend(model.end_of_support.as_ref().map(|day| row("end_of_support", day.value, "model", day.span)));
    }
    rows.extend(device.installed.as_ref().map(|day| row("installed", day.value, "device", day.span)));
    rows.extend(device.serial.as_ref().map(|serial| row("serial", &serial.value, "device", serial.span)));
    rows.extend(device.room.as_ref().map(|room| row("room", &room.value, "device", room.span)));
    if let Some(priority) = facts.stp_priority {
        let said = facts.settings.switching.spanning_tree.priority.as_ref();
        // What is said stands among the settings.
        rows.extend(said.is_none().then(|| row("spanning_tree.priority", priority, "role and number", facts.span)));
    }
    if let Some(pair) = &facts.pair {
        let (level, span) =
            device.pair.as_ref().map_or(("other device", facts.span), |said| ("device", said.with.span));
        rows.push(row("pair", format!("{} ({})", pair.device, super::json_word(&pair.kind)), level, span));
    }
    for radio in &facts.radios {
        let level = if device.radios.contains_key(&radio.name) { "device" } else { "model" };
        let said = json!({
            "channel": radio.channel, "width": radio.width, "power_dbm": radio.power_dbm, "off": radio.off,
        });
        rows.push(row(&format!("radios.{}", radio.name), said, level, radio.span));
    }
    rows
}

fn settings(levels: Levels<'_>) -> Vec<Row> {
    leaves(levels.settings().map(|(level, settings)| (level.to_owned(), settings)))
}

/// The ports as the site file groups them, then those that only a far end speaks of.
fn ports(view: &View<'_>, facts: &DeviceFacts, levels: Levels<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = levels.device.ports.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|port| port.span == first.span).count();
        let (group, after) = rest.split_at(same);
        rest = after;
        let (first_key, last_key) = (first.ports.first(), group.last().unwrap_or(first).ports.last());
        let keys = if same == 1 && first.ports.is_one() {
            format!("Port {first_key}")
        } else {
            format!("Ports {first_key} to {last_key}")
        };
        parts.push(Part { heading: keys, rows: port(levels, first) });
    }
    let spoken = |key: &str| levels.device.ports.iter().any(|entry| entry.ports.hold(key));
    for port in facts.ports.iter().filter(|port| port.used && !spoken(&port.socket.key)) {
        let Some(peer) = &port.peer else { continue };
        let mut rows = vec![row("to", format!("{} {}", peer.device, peer.port), "other end", port.span)];
        rows.extend(port.profile.as_ref().map(|profile| row("profile", profile, "other end", port.span)));
        let links = view.network.plan.links.span;
        rows.extend(port.address.map(|address| row("address", address, "address plan", links)));
        parts.push(Part { heading: format!("Port {}", port.socket.key), rows });
    }
    parts
}

fn port(levels: Levels<'_>, entry: &PortUse) -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(entry.profile.as_ref().map(|profile| row("profile", &profile.value, "port", profile.span)));
    rows.extend(entry.description.as_ref().map(|words| row("description", &words.value, "port", words.span)));
    rows.extend(entry.lag.as_ref().map(|lag| row("lag", lag.value, "port", lag.span)));
    let mut layers = Vec::new();
    if let Some(name) = &entry.profile {
        for (level, profile) in levels.profile(&name.value) {
            let name = profile.name.as_str();
            let level =
                if level == "profile" { format!("profile {name}") } else { format!("profile {name} at {level}") };
            layers.push((level, &profile.settings));
        }
    }
    layers.extend(entry.settings.as_deref().map(|own| ("port".to_owned(), own)));
    rows.extend(leaves(layers));
    rows
}

/// Link aggregation groups.
fn groups(facts: &DeviceFacts) -> Vec<Part> {
    let group = |lag: &crate::derive::LagFacts| {
        let keys = lag.members.iter().filter_map(|port| facts.ports.get(*port)).map(|port| port.socket.key.as_str());
        let mut rows = vec![
            row("members", keys.collect::<Vec<_>>(), "ports", lag.span),
            row("lag_mode", lag.agreed, "both ends", lag.span),
        ];
        let peers: Vec<String> = lag.peers.iter().map(|peer| format!("{} lag {}", peer.device, peer.number)).collect();
        rows.extend((!peers.is_empty()).then(|| row("to", peers, "both ends", lag.span)));
        rows.extend(lag.address.map(|address| row("address", address, "address plan", lag.span)));
        Part { heading: format!("Group {}", lag.number), rows }
    };
    facts.lags.values().map(group).collect()
}
