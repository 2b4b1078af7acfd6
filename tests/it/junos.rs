//! Switches and firewalls of one platform whose statements are paths: what is rendered of everything there is, and what the
//! emulated device makes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use samnet::check;
use samnet::diff::{Options, remediate};
use samnet::inventory::{self, Overlay};
use samnet::lab::{self, Lab};
use samnet::model::Role;
use samnet::platform::Library;
use samnet::render::Renderer;

const PROJECT: &str = include_str!("writes/project.yaml");

/// Text of the network with a place for every setting, and what stands there instead.
const EDITS: &[(&str, &str)] = &[
    ("PLATFORM", "juniper_junos"),
    ("swp{n}", "xe-0/0/{n}"),
    ("eth{n}", "ge-0/0/{n}"),
    ("GigabitEthernet1/0/{n}", "ge-0/0/{n}"),
    ("TenGigabitEthernet1/1/{n}", "xe-0/1/{n}"),
    (
        "    snmp: { user: reader, auth: one, privacy: two }",
        "    snmp: { user: reader, auth: one, privacy: two, contact: drift@prov.example, clients: [10.64.1.0/24] }\n    \
         ntp: [10.64.1.11]\n    dns: [10.64.1.11, 10.64.1.12]\n    syslog: [10.64.1.20]\n    banner: \"Endast behöriga.\\nAll åtkomst loggas.\"",
    ),
    ("radius: { servers:", "radius: { timeout: 3, retries: 2, dead_minutes: 10, servers:"),
    (
        "security: { aaa: { login: [radius, local] } }",
        "security: { protocols: [ssh, https], ssh: { version: 2, retries: 3 }, aaa: { login: [radius, local], accounting: true } }\n  \
         switching: { spanning_tree: { mode: rstp, priority: 4096 }, dhcp_snooping: true, arp_inspection: true }",
    ),
    ("ospf: {}", "ospf: { secret: two, hello: 5, dead: 20 }"),
    (
        "title: Outside }",
        "title: Outside, secret: one, accept: [0.0.0.0/0, 198.51.100.0/24], announce: [10.64.0.0/10] }",
    ),
    (
        "access: { title: Kontor, vlan: staff, poe: true }",
        "access: { title: Kontor, vlan: staff, voice: guest, poe: true, poe_watts: 15, storm_control: { broadcast: 2, unicast: 5, action: \
         shutdown }, dot1x: { enabled: true, mab: true, critical_vlan: staff, guest_vlan: guest, reauthenticate: 7200 } }",
    ),
    ("title: Maskin, mode: trunk", "title: Maskin, poe: false, speed: 100, root_guard: true, mode: trunk"),
    (
        "    - { id: web,",
        "    - { id: names, from: staff, to: servers, services: [udp 53, tcp 53], purpose: Namn, owner: Drift }\n    - { id: web,",
    ),
];

fn devices() -> BTreeMap<String, (Role, String)> {
    let mut text = PROJECT.to_owned();
    for (old, new) in EDITS {
        assert!(text.contains(old), "no `{old}` in the project");
        text = text.replace(old, new);
    }
    let files: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let files = files.as_object().unwrap().iter();
    let overlay = Overlay(files.map(|(path, tree)| (PathBuf::from(path), tree.to_string().into())).collect());
    let loaded = inventory::load_with(&std::env::temp_dir().join("no-such-project"), &overlay);
    let unread: Vec<&str> = loaded.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(unread, Vec::<&str>::new());
    let library = Library::built_in().unwrap();
    let (derived, _) = check::all(&loaded, &library, None);
    let devices = derived.devices.iter().filter(|(_, facts)| facts.role != Role::Ap);
    let text = |name| {
        let renderer = Renderer::new(&loaded.network, &derived, &library, &[name]);
        renderer.device(name).unwrap_or_else(|error| panic!("{error:?}")).text
    };
    devices.map(|(name, facts)| (name.to_string(), (facts.role, text(name)))).collect()
}

#[test]
fn every_line_as_it_is_sent() {
    let devices = devices();
    for name in ["aml-hallen-core01", "aml-hallen-firewall01", "aml-skolan-distribution01", "aml-skolan-sw01"] {
        let (_, text) = devices.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", devices.keys()));
        insta::assert_snapshot!(format!("junos_{name}"), text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_known_to_the_rules_and_to_the_device() {
    let library = Library::built_in().unwrap();
    let platform = &library.get("juniper_junos").unwrap().platform;
    for (name, (role, text)) in devices() {
        // Twice the same line would say that two templates mean the same thing.
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        let twice: Vec<&&str> = lines.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert!(twice.is_empty(), "{name}: {twice:#?}");
        let options = Options { features: Some(platform.managed_as(role)), ..Options::default() };
        let served = lab::Device::new(&name, Arc::clone(platform), &text, "samnet");
        let lab = Lab::start(vec![served], lab::Options::default()).unwrap();
        assert_eq!(lab.foreign(&name), Vec::<String>::new(), "{name}");
        let printed = lab.running(&name).unwrap();
        let done = remediate(platform, &printed, &text, &options);
        let commands: Vec<&str> = done.commands.iter().map(|command| command.text.as_str()).collect();
        assert_eq!(commands, Vec::<&str>::new(), "{name}");
        assert_eq!((done.unknown, done.unmanaged), (Vec::new(), 0), "{name}");
        lab.stop().await;
    }
}
