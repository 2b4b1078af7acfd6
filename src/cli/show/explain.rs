//! `samnet show device NAME --explain`: where every value of a device comes from, and what it replaces.

use serde_json::{Value, json};

use super::{Page, Shown, View};
use crate::derive::levels::Levels;
use crate::derive::{DeviceFacts, RadioFacts};
use crate::model::{Device, Layer, Network, PortUse, RadioPlan, Site, Wan};
use crate::source::{Sp, Span};
use crate::value::Id;

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
    rows.extend(device.mac.as_ref().map(|mac| row("mac", mac.value.to_string(), "device", mac.span)));
    if let Some(other) = &device.redundant_with {
        rows.push(row("redundant_with", other.value.to_string(), "device", other.span));
    }
    rows.extend(device.partition.as_ref().map(|name| row("partition", &name.value, "device", name.span)));
    if let Some(serves) = &device.serves {
        let words = |names: &[Sp<Id>]| names.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        let (tags, organisations) = (words(&serves.tags), words(&serves.organisations));
        let said = json!({ "tags": tags, "organisations": organisations, "except_tags": words(&serves.except_tags) });
        rows.push(row("serves", said, "device", serves.span));
    }
    if let Some(connect) = &device.connect {
        rows.extend(connect.host.as_ref().map(|host| row("connect.host", &host.value, "device", host.span)));
        rows.extend(connect.port.as_ref().map(|port| row("connect.port", port.value, "device", port.span)));
        rows.extend(connect.user.as_ref().map(|user| row("connect.user", &user.value, "device", user.span)));
        let algorithms = connect.algorithms.as_ref();
        rows.extend(algorithms.map(|it| row("connect.algorithms", it.value, "device", it.span)));
    }
    rows.push(row("domain", &network.domain.value, "network", network.domain.span));
    rows.push(row("timezone", &network.timezone.value, "network", network.timezone.span));
    for ssid in facts.ssids.iter().filter_map(|index| network.ssids.get(*index)) {
        let level = if ssid.sites.is_everywhere() { "network" } else { "network, by site" };
        rows.push(row("ssid", &ssid.name.value, level, ssid.name.span));
    }
    if let Some(site) = site {
        rows.extend(wan(site));
    }
    rows.extend(facts.radios.iter().flat_map(|radio| self::radio(network, facts, device, radio)));
    rows
}

/// The line that leads to the building.
fn wan(site: &Site) -> Vec<Row> {
    let Wan { kind, carrier, mbit, circuit } = &site.wan;
    // Nothing is said of a fibre of one's own.
    if kind.span == Span::default() {
        return Vec::new();
    }
    let mut rows = vec![row("wan.kind", super::json_word(&kind.value), "site", kind.span)];
    rows.extend(carrier.as_ref().map(|carrier| row("wan.carrier", &carrier.value, "site", carrier.span)));
    rows.extend(mbit.as_ref().map(|mbit| row("wan.mbit", mbit.value, "site", mbit.span)));
    rows.extend(circuit.as_ref().map(|circuit| row("wan.circuit", &circuit.value, "site", circuit.span)));
    rows
}

/// What a radio does, value by value: what the device says goes before what its model plans.
fn radio(network: &Network, facts: &DeviceFacts, device: &Device, radio: &RadioFacts) -> Vec<Row> {
    let models = std::iter::once(&device.model).chain(&device.stack);
    let mut radios = models.filter_map(|model| network.models.get(model.as_str())).flat_map(|model| &model.radios);
    let planned = radios.find(|planned| planned.name.value == radio.name).map_or(facts.span, |planned| planned.span);
    let own = device.radios.get(&radio.name).map(|own| &own.value);
    let one = |key: &str, value: Value, own: Option<Span>| {
        let (level, span) = own.map_or(("model", planned), |span| ("device", span));
        row(&format!("radios.{}.{key}", radio.name), value, level, span)
    };
    let said = |of: fn(&RadioPlan) -> Option<Span>| own.and_then(of);
    vec![
        one("channel", json!(radio.channel), said(|own| own.channel.as_ref().map(|it| it.span))),
        one("width", json!(radio.width), said(|own| own.width.as_ref().map(|it| it.span))),
        one("power_dbm", json!(radio.power_dbm), said(|own| own.power_dbm.as_ref().map(|it| it.span))),
        one("off", json!(radio.off), said(|own| own.off.as_ref().map(|it| it.span))),
    ]
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
        parts.push(Part { heading: heading(group), rows: port(levels, group) });
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

/// The ports of some uses: `Port 5`, `Ports 1 to 4, 7 to 24`.
fn heading(group: &[PortUse]) -> String {
    let mut runs: Vec<(&str, u32, u32)> = Vec::new();
    for entry in group {
        for (first, last) in entry.ports.runs() {
            match runs.last_mut() {
                Some((prefix, _, end)) if *prefix == entry.ports.prefix() && end.checked_add(1) == Some(first) => {
                    *end = last;
                }
                _ => runs.push((entry.ports.prefix(), first, last)),
            }
        }
    }
    let one = matches!(runs.as_slice(), [(_, first, last)] if first == last);
    let run = |(prefix, first, last): &(&str, u32, u32)| {
        if first == last { format!("{prefix}{first}") } else { format!("{prefix}{first} to {prefix}{last}") }
    };
    format!("{} {}", if one { "Port" } else { "Ports" }, runs.iter().map(run).collect::<Vec<_>>().join(", "))
}

/// What stands on the ports of one line.
fn port(levels: Levels<'_>, group: &[PortUse]) -> Vec<Row> {
    let Some(entry) = group.first() else { return Vec::new() };
    let mut rows = Vec::new();
    let far = |entry: &PortUse| {
        let to = entry.to.as_ref()?;
        Some(match &entry.to_port {
            Some(port) => format!("{} {}", to.value, port.value),
            None => to.value.to_string(),
        })
    };
    let ends: Vec<String> = group.iter().filter_map(far).collect();
    rows.extend(entry.to.as_ref().map(|to| match ends.as_slice() {
        [one] => row("to", one, "port", to.span),
        all => row("to", all, "port", to.span),
    }));
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
