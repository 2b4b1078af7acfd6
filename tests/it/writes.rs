//! No setting is silent: on every platform, a setting changes what is rendered, or is reported (SN-805), or the platform
//! says why it needs no line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use samnet::check;
use samnet::derive::derive;
use samnet::finding::{Finding, codes};
use samnet::inventory::{self, Overlay};
use samnet::model::Role;
use samnet::platform::{Library, Platform, writes};
use samnet::render::Renderer;
use serde_json::{Map, Value};

pub(crate) const PROJECT: &str = include_str!("writes/project.yaml");

/// A setting, two values of it (`null` takes it away) and what else has to be said for it to mean anything. The second
/// value asks for something.
pub(crate) type Row = (&'static str, &'static str, &'static str, &'static str);

/// Every setting there is.
pub(crate) const ROWS: &[Row] = &[
    ("services.ntp", "[10.64.1.11]", "[10.64.1.12]", ""),
    ("services.dns", "[10.64.1.11]", "[10.64.1.12]", ""),
    ("services.syslog", "[10.64.1.20]", "[10.64.1.21]", ""),
    ("services.radius.servers", "[{ host: 10.64.1.31, secret: one }]", "[{ host: 10.64.1.33, secret: one }]", ""),
    (
        "services.radius.spare",
        "[{ host: 10.64.1.31, secret: one }]",
        "[{ host: 10.64.1.31, secret: one }, { host: 10.64.1.33, secret: one }]",
        "",
    ),
    ("services.radius.timeout", "3", "4", ""),
    ("services.radius.retries", "2", "1", ""),
    ("services.radius.dead_minutes", "10", "5", ""),
    ("services.snmp.version", "v3", "v2c", "services: { snmp: { community: one } }"),
    // Users of version 3 are kept on the device; the name of one decides whether there is polling at all.
    ("services.snmp.user", "null", "reader", ""),
    ("services.snmp.auth", "null", "one", ""),
    ("services.snmp.privacy", "null", "two", ""),
    ("services.snmp.community", "one", "two", "services: { snmp: { version: v2c } }"),
    ("services.snmp.contact", "a@prov.example", "b@prov.example", ""),
    ("services.snmp.clients", "[10.64.1.0/24]", "[10.64.2.0/24]", ""),
    ("services.banner", "Endast behöriga.", "Endast behöriga; all åtkomst loggas.", ""),
    ("security.protocols", "[ssh]", "[ssh, https]", ""),
    ("security.ssh.version", "1", "2", ""),
    ("security.ssh.timeout", "30", "40", ""),
    ("security.ssh.retries", "3", "2", ""),
    ("security.ssh.key_bits", "3072", "4096", ""),
    ("security.aaa.login", "[local]", "[radius, local]", ""),
    ("security.aaa.accounting", "false", "true", ""),
    ("security.aaa.fallback_user", "one", "two", ""),
    ("security.session_minutes", "10", "12", ""),
    ("switching.spanning_tree.mode", "rapid-pvst", "mst", ""),
    ("switching.spanning_tree.priority", "4096", "8192", ""),
    ("switching.dhcp_snooping", "false", "true", ""),
    ("switching.arp_inspection", "false", "true", "switching: { dhcp_snooping: true }"),
    ("switching.lldp", "false", "true", ""),
    ("wireless.country", "'NO'", "SE", ""),
    ("wireless.dfs", "true", "false", ""),
    ("wireless.min_rate_mbit", "6", "12", ""),
    ("port.title", "Ett", "Två", ""),
    ("port.mode", "access", "trunk", ""),
    ("port.vlan", "staff", "guest", ""),
    ("port.voice", "null", "guest", ""),
    ("port.tagged", "[guest]", "[staff]", ""),
    ("port.dot1x.enabled", "false", "true", ""),
    ("port.dot1x.mab", "false", "true", "dot1x: { enabled: true }"),
    ("port.dot1x.critical_vlan", "staff", "guest", "dot1x: { enabled: true }"),
    ("port.dot1x.guest_vlan", "staff", "guest", "dot1x: { enabled: true }"),
    ("port.dot1x.dynamic_vlans", "null", "[servers, guest]", "dot1x: { enabled: true }"),
    ("port.dot1x.open", "false", "true", "dot1x: { enabled: true }"),
    ("port.dot1x.reauthenticate", "3600", "7200", "dot1x: { enabled: true }"),
    ("port.poe", "true", "false", ""),
    ("port.poe_watts", "7", "13", "poe: true"),
    ("port.shutdown", "false", "true", ""),
    ("port.speed", "1000", "100", ""),
    ("port.storm_control.broadcast", "2", "3", ""),
    ("port.storm_control.multicast", "2", "3", ""),
    ("port.storm_control.unicast", "2", "3", ""),
    ("port.storm_control.action", "drop", "shutdown", "storm_control: { broadcast: 3 }"),
    ("port.edge", "false", "true", ""),
    ("port.bpdu_guard", "false", "true", ""),
    ("port.root_guard", "false", "true", ""),
    ("port.trusted", "false", "true", ""),
    ("port.dhcp_rate", "20", "30", ""),
    ("port.isolated", "false", "true", ""),
    ("port.description", "Ett", "Två", ""),
    ("radio.channel", "36", "40", ""),
    ("radio.width", "20", "40", ""),
    ("radio.power_dbm", "17", "20", ""),
    ("radio.off", "false", "true", ""),
    ("lag.number", "null", "5", ""),
    ("lag.mode", "active", "static", ""),
    ("routed", "access", "{ to: hall/core-1, port: 1 }", ""),
    ("bgp.ipv6", "192.0.2.1", "2001:db8::1", ""),
    ("pair.mlag", "null", "{ with: distribution-2, kind: mlag }", ""),
    ("pair.vrrp", "null", "{ with: distribution-2, kind: vrrp }", ""),
    ("pair.ha", "null", "{ with: firewall-2, kind: ha }", ""),
    (
        "reservations",
        "null",
        "[{ vlan: staff, host: 60, name: Skrivare, mac: \"00:00:5e:00:53:01\" }]",
        "inventory/network.yaml: { switching: { dhcp_snooping: true, arp_inspection: true } }",
    ),
    ("ssid.name", "Personal", "Folk", ""),
    ("ssid.security", "owe", "wpa3-enterprise", ""),
    ("ssid.vlan", "guest", "staff", ""),
    ("ssid.dynamic_vlans", "null", "[guest]", ""),
    ("ssid.secret", "one", "two", "security: sae"),
    ("ssid.client_isolation", "false", "true", ""),
    ("ssid.rate_limit_mbit", "5", "10", ""),
    ("ssid.bands", "[2.4]", "[5]", ""),
    ("ssid.hidden", "false", "true", ""),
    ("ssid.fast_roaming", "false", "true", ""),
    ("ssid.schedule", "null", "{ from: \"07:00\", to: \"18:00\" }", ""),
    ("vlan.gateway", "none", "site", "dhcp_relay: []"),
    ("vlan.dhcp_relay", "[10.64.1.15]", "[10.64.1.16]", ""),
    ("segment.vrf", "null", "people", ""),
    ("naming.device", "'{org}-{site}-{role}{n}'", "'{site}-{role}{nn}'", ""),
    ("naming.link", "'{device} {port}'", "'till {device} {port}'", ""),
    ("naming.port", "'{title}'", "'{title} {port}'", ""),
    ("naming.vlan", "'{name}'", "'V{id}_{name}'", ""),
    ("naming.object", "'{name}'", "'obj-{name}'", ""),
    ("ospf.process", "1", "2", ""),
    ("ospf.area", "0", "1", ""),
    ("ospf.secret", "one", "two", ""),
    ("ospf.hello", "5", "6", ""),
    ("ospf.dead", "40", "50", ""),
    ("bgp.asn", "64500", "64501", ""),
    ("bgp.neighbour.address", "192.0.2.1", "192.0.2.9", ""),
    ("bgp.neighbour.asn", "64511", "64512", ""),
    ("bgp.neighbour.title", "Outside", "Elsewhere", ""),
    ("bgp.neighbour.secret", "one", "two", ""),
    ("bgp.neighbour.accept", "[198.51.100.0/24]", "[203.0.113.0/24]", ""),
    ("bgp.neighbour.announce", "[10.64.0.0/14]", "[10.64.0.0/10]", ""),
    ("wan.mbit", "100", "200", ""),
    ("device.partition", "null", "people", ""),
];

/// A place where a setting is said: file, and the way there.
pub(crate) type At = (&'static str, String);

/// Where a setting is said; a port's at each kind of port.
pub(crate) fn places(setting: &str) -> Vec<At> {
    let at = |file, way: &str| vec![(file, way.to_owned())];
    let (group, leaf) = setting.split_once('.').unwrap_or((setting, ""));
    let below = |file, top: &str| vec![(file, format!("{top}/{}", leaf.replace('.', "/")))];
    let (network, profiles) = ("inventory/network.yaml", "inventory/profiles.yaml");
    let (hall, school) = ("inventory/sites/amal/hall.yaml", "inventory/sites/amal/school.yaml");
    match setting {
        "port.description" => at(school, "devices/access-1/ports/8/description"),
        "lag.number" => ["9-10", "13-14"]
            .into_iter()
            .flat_map(|ports| at(school, &format!("devices/access-1/ports/{ports}/lag")))
            .collect(),
        "services.radius.spare" => at(network, "services/radius/servers"),
        "lag.mode" => at(school, "devices/access-1/ports/3-4/lag_mode"),
        "routed" => at(school, "devices/distribution-1/ports/u1"),
        "reservations" => at(school, "reservations"),
        "bgp.ipv6" => at(network, "routing/bgp/neighbours/0/address"),
        "bgp.asn" => at(network, "routing/bgp/asn"),
        "pair.ha" => at(hall, "devices/firewall-1/pair"),
        _ => match group {
            "port" => ["access", "trunk", "routed"]
                .into_iter()
                .flat_map(|top| below(profiles, &format!("profiles/{top}")))
                .collect(),
            "member" => ["bundle-access", "bundle-trunk", "bundle-routed"]
                .into_iter()
                .flat_map(|top| below(profiles, &format!("profiles/{top}")))
                .collect(),
            "radio" => below(school, "devices/ap-1/radios/radio1"),
            "ssid" => below("inventory/ssids.yaml", "ssids/0"),
            "vlan" => below("inventory/vlans.yaml", "vlans/1"),
            "segment" => below("policies/segments.yaml", "segments/staff"),
            "naming" => below("policies/naming.yaml", "naming"),
            "ospf" => below(network, "routing/ospf"),
            "bgp" => at(network, &format!("routing/bgp/neighbours/0/{}", leaf.rsplit('.').next().unwrap())),
            "wan" => below(school, "site/wan"),
            "device" => below(hall, "devices/firewall-1"),
            "pair" => at(hall, "devices/distribution-1/pair"),
            _ => at(network, &setting.replace('.', "/")),
        },
    }
}

/// Whether a setting can mean anything at a kind of port.
fn concerns(setting: &str, way: &str) -> bool {
    let Some(leaf) = setting.strip_prefix("port.").or_else(|| setting.strip_prefix("member.")) else { return true };
    let any = ["title", "shutdown", "speed", "mode", "description"].contains(&leaf);
    match way.split('/').nth(1) {
        Some("routed" | "bundle-routed") => ["title", "shutdown", "speed"].contains(&leaf),
        Some("trunk" | "bundle-trunk") => any || leaf != "voice" && !leaf.starts_with("dot1x"),
        _ => any || leaf != "tagged",
    }
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn put(tree: &mut Value, way: &[&str], value: &Value) {
    let Some((first, rest)) = way.split_first() else {
        *tree = value.clone();
        return;
    };
    if let Value::Array(list) = tree {
        return put(&mut list[first.parse::<usize>().unwrap()], rest, value);
    }
    if !tree.is_object() {
        *tree = Value::Object(Map::new());
    }
    let object = tree.as_object_mut().unwrap();
    if rest.is_empty() && value.is_null() {
        object.remove(*first);
    } else {
        put(object.entry(*first).or_insert(Value::Null), rest, value);
    }
}

/// Adds what a mapping says, key by key.
pub(crate) fn merge(tree: &mut Value, more: &Value) {
    match more {
        Value::Object(more) => {
            if !tree.is_object() {
                *tree = Value::Object(Map::new());
            }
            for (key, value) in more {
                merge(tree.as_object_mut().unwrap().entry(key).or_insert(Value::Null), value);
            }
        }
        other => *tree = other.clone(),
    }
}

/// Says a setting, and what else has to be said for it to mean anything.
pub(crate) fn set(files: &mut Value, (file, way): &At, with: &str, value: &str) {
    if with.starts_with("inventory/") {
        merge(files, &yaml(with));
    } else if !with.is_empty() {
        // What belongs to it is said beside it: from the top of a file of settings, in a profile, in a network.
        let listed = ["profiles.yaml", "ssids.yaml", "vlans.yaml"].iter().any(|name| file.ends_with(name));
        let depth = if listed { 2 } else { 0 };
        let parts: Vec<&str> = way.split('/').take(depth).collect();
        let pointer = format!("/{}/{}", file.replace('/', "~1"), parts.join("/"));
        let pointer = pointer.trim_end_matches('/');
        merge(files.pointer_mut(pointer).unwrap(), &yaml(with));
    }
    let steps: Vec<&str> = std::iter::once(*file).chain(way.split('/')).collect();
    put(files, &steps, &yaml(value));
}

/// What came of a value: texts by device, findings.
struct Seen {
    texts: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

struct Bench {
    library: Library,
    files: Value,
}

impl Bench {
    fn of(platform: &str) -> Self {
        let mut files: Value = serde_saphyr::from_str(&PROJECT.replace("PLATFORM", platform)).unwrap();
        let library = Library::built_in().unwrap();
        if library.get(platform).unwrap().platform.serves_as(Role::Controller) {
            let devices = files.pointer_mut("/inventory~1sites~1amal~1school.yaml/devices").unwrap();
            merge(devices, &yaml("controller-1: { model: Controller }"));
        }
        Self { library, files }
    }

    /// What comes of a value; or what is wrong with reading it.
    fn see(&self, at: &At, with: &str, value: &str) -> Result<Seen, String> {
        let mut files = self.files.clone();
        set(&mut files, at, with, value);
        let texts = files.as_object().unwrap().iter();
        let overlay = Overlay(texts.map(|(path, tree)| (PathBuf::from(path), tree.to_string().into())).collect());
        let loaded = inventory::load_with(&std::env::temp_dir().join("no-such-project"), &overlay);
        if let Some(unread) = loaded.findings.first() {
            return Err(format!("{} = {value}: {}", at.1, unread.message));
        }
        // Unsettled: SN-805 is left out where something else is wrong, and here nearly everything is odd.
        let (derived, mut findings) = derive(&loaded.network);
        findings.extend(check::run(&loaded.network, &derived, &self.library, None));
        let device = |name| {
            let done = Renderer::new(&loaded.network, &derived, &self.library, &[name]).device(name).ok()?;
            Some((name.to_string(), done.text))
        };
        Ok(Seen { texts: derived.devices.keys().filter_map(device).collect(), findings })
    }
}

/// The setting that a finding of SN-805 names.
fn named(finding: &Finding) -> String {
    let name = finding.message.split('`').nth(1).unwrap();
    let grouped = finding.message.contains("on ports of a link aggregation group");
    name.strip_prefix("port.").filter(|_| grouped).map_or_else(|| name.to_owned(), |rest| format!("member.{rest}"))
}

fn within(setting: &str, name: &str) -> bool {
    setting.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is wrong with one setting on one platform.
fn complaints(bench: &Bench, platform: &Platform, (setting, a, b, with): (&str, &str, &str, &str)) -> Vec<String> {
    let (mut ever_changed, mut ever_reported, mut wrong) = (false, false, Vec::new());
    let claimed = platform.writes(setting);
    let settled = platform.settled(setting).is_some();
    for at in places(setting) {
        let (one, two) = match (bench.see(&at, with, a), bench.see(&at, with, b)) {
            (Ok(one), Ok(two)) => (one, two),
            (Err(unread), _) | (_, Err(unread)) => {
                wrong.push(unread);
                continue;
            }
        };
        let changed = one.texts != two.texts;
        let reported =
            two.findings.iter().any(|found| found.code == codes::UNWRITTEN && within(setting, &named(found)));
        let before: BTreeSet<_> = one.findings.iter().map(|found| (found.code, &found.message)).collect();
        let told = two.findings.iter().any(|found| !before.contains(&(found.code, &found.message)));
        ever_changed |= changed;
        ever_reported |= reported;
        if !(changed || reported || settled || told || without_port(platform, setting, &at.1))
            && concerns(setting, &at.1)
        {
            wrong.push(format!("{}: `{setting}` at {} is silent", platform.name, at.1));
        }
        if claimed && reported {
            wrong.push(format!("{}: `{setting}` is written, and reported at {}", platform.name, at.1));
        }
    }
    if claimed && !ever_changed {
        wrong.push(format!("{}: `writes` claims `{setting}`, and no text changes with it", platform.name));
    }
    if claimed && settled {
        wrong.push(format!("{}: `{setting}` is written and settled", platform.name));
    }
    if !claimed && !settled && !ever_reported {
        wrong.push(format!("{}: nobody writes `{setting}`, and nothing says so", platform.name));
    }
    wrong
}

/// Whether a platform writes nothing of a port, and so nothing of what is said of it: `port.vlan` or `routed` is reported
/// for the port as a whole.
fn without_port(platform: &Platform, setting: &str, way: &str) -> bool {
    let port = ["port.", "member.", "lag."].iter().any(|group| setting.starts_with(group));
    let routed = ["routed", "ports/8/", "ports/13-14/"].iter().any(|part| way.contains(part));
    port && !platform.writes(if routed { "routed" } else { "port.vlan" })
}

#[test]
fn every_setting_has_values_to_try() {
    let tried: BTreeSet<String> = rows().into_iter().map(|(setting, ..)| setting).collect();
    let known: BTreeSet<String> = writes::known().iter().cloned().collect();
    let missing: Vec<_> = known.difference(&tried).collect();
    assert!(missing.is_empty(), "settings without values in ROWS: {missing:?}");
    let gone: Vec<_> = tried.difference(&known).collect();
    assert!(gone.is_empty(), "no settings any more: {gone:?}");
}

/// The rows, with those of ports once more for ports of a group.
fn rows() -> Vec<(String, &'static str, &'static str, &'static str)> {
    let own = ROWS.iter().map(|(setting, a, b, with)| ((*setting).to_owned(), *a, *b, *with));
    let members = ROWS.iter().filter(|(setting, ..)| setting.starts_with("port.") && *setting != "port.description");
    let members = members.map(|(setting, a, b, with)| (setting.replacen("port", "member", 1), *a, *b, *with));
    own.chain(members).collect()
}

#[test]
fn no_setting_is_silent() {
    let library = Library::built_in().unwrap();
    let mut wrong = Vec::new();
    // A platform without a template is compared only; a device of it is refused as a whole.
    for (name, entry) in library.iter().filter(|(_, entry)| entry.platform.template.is_some()) {
        let bench = Bench::of(name);
        let found: Vec<String> = rows()
            .par_iter()
            .flat_map_iter(|(setting, a, b, with)| complaints(&bench, &entry.platform, (setting, a, b, with)))
            .collect();
        wrong.extend(found);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
