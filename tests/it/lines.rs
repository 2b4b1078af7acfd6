//! What is rendered of link aggregation, shaping, BGP, stacks, wireless networks in transition and names: the lines as they are
//! sent, from the network in miniature with all of that in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use samnet::check;
use samnet::diff::{Options, remediate};
use samnet::inventory::{self, Overlay};
use samnet::lab::{self, Lab};
use samnet::platform::Library;
use samnet::render::{self, Rendered};

/// File, text, and what stands there instead.
const EDITS: &[(&str, &str, &str)] = &[
    ("inventory/network.yaml", "access: 30, ap: 100 }", "access: 30, controller: 90, ap: 100 }"),
    (
        "inventory/models.yaml",
        "models:",
        "models:\n  Conductor: { platform: aruba_instant, ports: {} }\n  Member:\n    platform: aruba_instant\n    ports: { 1: { interface: \
         eth0, speed: 1000 } }\n    radios: { radio0: { band: 5, channels: [36, 52], width: 80 }, radio1: { band: 2.4, channels: [1, 6], width: 20 } }",
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "  ap-1: { model: Ap }",
        "  ap-1: { model: Ap }\n  controller-1: { model: Conductor, serves: { organisations: [fargelanda] } }\n  ap-2: { model: Member, mac: \"00:00:5e:00:53:02\", \
         radios: { radio0: { channel: 60, width: 40, power_dbm: 17 }, radio1: { off: true } } }",
    ),
    ("inventory/models.yaml", "1-4: { interface: \"swp{n}\"", "1-8: { interface: \"swp{n}\""),
    ("inventory/models.yaml", "0-2: { interface", "0-4: { interface"),
    ("inventory/models.yaml", "poe_budget: 50", "poe_budget: 100\n    stack: 2"),
    ("inventory/models.yaml", "GigabitEthernet1/0/{n}", "GigabitEthernet{m}/0/{n}"),
    ("inventory/models.yaml", "TenGigabitEthernet1/1/{n}", "TenGigabitEthernet{m}/1/{n}"),
    (
        "inventory/network.yaml",
        "[{ host: 10.64.1.31, secret: radius }]",
        "[{ host: 10.64.1.31, secret: radius }, { host: 10.64.1.32, secret: radius }]",
    ),
    (
        "inventory/network.yaml",
        "wireless: { country: SE }",
        "wireless: { country: SE }\nrouting:\n  ospf: { secret: ospf }\n  bgp:\n    asn: 64500\n    neighbours:\n      - { device: datacentre/core-1, \
         address: 192.0.2.1, asn: 64511, title: Nordnät, secret: bgp, accept: [198.51.100.0/24, 0.0.0.0/0], announce: [10.64.0.0/10] }\n      \
         - { device: datacentre/core-1, address: 192.0.2.5, asn: 64512, title: Sydnät }",
    ),
    (
        "inventory/network.yaml",
        "  radius:       env",
        "  ospf: env:SAMNET_TEST_OSPF\n  bgp: env:SAMNET_TEST_BGP\n  radius:       env",
    ),
    (
        "inventory/ssids.yaml",
        "ssids:",
        "ssids:\n  - { name: Gäst, security: owe-transition, vlan: staff, bands: [5], client_isolation: true }\n  - { name: Gäst i sal, security: owe-transition, vlan: staff, bands: [5] }",
    ),
    (
        "inventory/profiles.yaml",
        "profiles:",
        "profiles:\n  storage: { title: Lagring, vlan: staff, poe: false, storm_control: { broadcast: 2, action: shutdown } }",
    ),
    (
        "inventory/sites/amal/datacentre.yaml",
        "3: { to: firewall-1, port: 0 }",
        "3: { to: firewall-1, port: 0, lag: 7 }, 5: { to: firewall-1, port: 3, lag: 7 }",
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "tags: [school] }",
        "tags: [school], wan: { kind: leased, carrier: Nordnät, mbit: 200 } }",
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "u1: { to: datacentre/core-1, port: 2 }, u2: { to: access-1, port: u1 }",
        "u1: { to: datacentre/core-1, port: 2, lag: 1 }, u4: { to: datacentre/core-1, port: 6, lag: 1 }, u2: { to: access-1, port: u1, \
         lag: 2 }, u3: { to: access-1, port: 2/u1, lag: 2 }",
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "access-1: { model: Switch,",
        "access-1: { model: Switch, stack: [Switch],",
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "4: unused, 5: { to: access-2, port: 5 }",
        "4: { to: access-2, port: 4, lag: 3, lag_mode: static }, 5: { to: access-2, port: 5, lag: 3, lag_mode: static }, 2/1-2: { profile: storage, lag: 4 }, 2/5: unused",
    ),
    ("policies/naming.yaml", "max_length: 30", "max_length: 30\n  vlan: \"{id}_{name}\"\n  object: \"obj_{name}\""),
];

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small")
}

/// The switches of another make.
const AOSCX: &[(&str, &str, &str)] = &[
    ("inventory/models.yaml", "platform: cisco_iosxe", "platform: aruba_aoscx"),
    ("inventory/models.yaml", "TenGigabitEthernet{m}/1/{n}", "{m}/2/{n}"),
    ("inventory/models.yaml", "GigabitEthernet{m}/0/{n}", "{m}/1/{n}"),
    (
        "inventory/network.yaml",
        "wireless: { country: SE }",
        "wireless: { country: SE }\nswitching: { dhcp_snooping: true, arp_inspection: true, spanning_tree: { mode: mst, priority: 8192 } }",
    ),
    (
        "inventory/profiles.yaml",
        "profiles:",
        "profiles:\n  desk: { title: Skrivbord, vlan: staff, voice: voice, poe: true, dot1x: { enabled: true, mab: true, \
         critical_vlan: staff, guest_vlan: pupils, reauthenticate: 7200 } }",
    ),
    ("inventory/sites/fargelanda/valboskolan.yaml", "2/5: unused", "2/5: desk"),
];

/// And of a third.
const AOSS: &[(&str, &str, &str)] = &[
    ("inventory/models.yaml", "platform: cisco_iosxe", "platform: aruba_aoss"),
    ("inventory/models.yaml", "TenGigabitEthernet{m}/1/{n}", "{m}/A{n}"),
    ("inventory/models.yaml", "GigabitEthernet{m}/0/{n}", "{m}/{n}"),
    (
        "inventory/network.yaml",
        "wireless: { country: SE }",
        "wireless: { country: SE }\nswitching: { dhcp_snooping: true, arp_inspection: true, spanning_tree: { mode: rstp, priority: 8192 } }",
    ),
    (
        "inventory/profiles.yaml",
        "profiles:",
        "profiles:\n  desk: { title: Skrivbord, vlan: staff, voice: voice, poe: true, poe_watts: 7, isolated: true, dot1x: { enabled: true, \
         mab: true, critical_vlan: staff, guest_vlan: pupils, reauthenticate: 7200 }, storm_control: { broadcast: 2, unicast: 5 } }",
    ),
    ("inventory/sites/fargelanda/valboskolan.yaml", "2/5: unused", "2/5: desk"),
];

/// The access points of another make, behind a controller that is a device of its own.
const WLC: &[(&str, &str, &str)] = &[
    (
        "inventory/models.yaml",
        "Conductor: { platform: aruba_instant, ports: {} }",
        "Conductor: { platform: cisco_wlc, ports: { 1-4: { interface: \"TenGigabitEthernet0/0/{n}\", speed: 10000, speeds: [1000, 10000] } } }",
    ),
    ("inventory/models.yaml", "platform: aruba_instant", "platform: cisco_wlc"),
    (
        "inventory/models.yaml",
        "radio1: { band: 2.4, channels: [1, 6], width: 20 }",
        "radio1: { band: 2.4, channels: [1, 6], width: 20 }, radio2: { band: 6, channels: [5, 45], width: 80, power_dbm: 23 }",
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "model: Conductor, serves",
        "model: Conductor, ports: { 1: { to: distribution-1, port: 3 } }, serves",
    ),
    (
        "inventory/network.yaml",
        "wireless: { country: SE }",
        "wireless: { country: SE, min_rate_mbit: 12 }\nsecurity: { aaa: { login: [radius, local], accounting: true }, protocols: [ssh, https] }",
    ),
    (
        "inventory/ssids.yaml",
        "ssids:",
        "ssids:\n  - { name: Elev, security: wpa2-wpa3-enterprise, bands: [2.4, 5], vlan: pupils, dynamic_vlans: [staff], fast_roaming: true, rate_limit_mbit: 20, schedule: { \
         days: [mon, fri], from: \"07:00\", to: \"18:00\" }, sites: { tags: [school] } }\n  - { name: Natt, security: sae, vlan: staff, secret: wifi-things, hidden: true, \
         schedule: { from: \"22:00\", to: \"05:00\" } }\n  - { name: Torg, security: owe, vlan: staff, bands: [2.4, 5] }",
    ),
    // Older stations are not let in at 6 GHz.
    ("inventory/ssids.yaml", "security: sae-mixed,", "security: sae-mixed, bands: [2.4, 5],"),
];

fn devices(more: &[(&str, &str, &str)]) -> BTreeMap<String, Rendered> {
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (path, old, new) in EDITS.iter().chain(more) {
        let text = files.entry(path.into()).or_insert_with(|| std::fs::read_to_string(small().join(path)).unwrap());
        assert!(text.contains(old), "no `{old}` in {path}");
        *text = text.replace(old, new);
    }
    let overlay = Overlay(files.into_iter().map(|(path, text)| (path, text.into())).collect());
    let loaded = inventory::load_with(&small(), &overlay);
    let library = Library::built_in().unwrap();
    let (derived, findings) = check::all(&loaded, &library, None);
    let errors: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.severity == samnet::finding::Severity::Error)
        // Whom a network on air lets in is no matter of lines.
        .filter(|finding| finding.code != samnet::finding::codes::SSID_OPEN)
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(errors, Vec::<&str>::new());
    let (rendered, findings) = render::all(&loaded.network, &derived, &library);
    assert_eq!(findings, []);
    rendered.into_iter().map(|device| (device.device.to_string(), device)).collect()
}

/// The sections of a text that begin with a line, up to the line that ends them.
fn sections(text: &str, begin: &[&str]) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines() {
        if begin.iter().any(|begin| line.starts_with(begin)) {
            inside = true;
        }
        if inside {
            out.push_str(line);
            out.push('\n');
            inside = !matches!(line, "!" | "" | "exit");
        }
    }
    assert!(!out.is_empty(), "nothing begins with {begin:?}");
    out
}

#[test]
fn every_line_of_a_rich_network_as_it_is_sent() {
    let devices = devices(&[]);
    let lines = |device: &str, begin: &[&str]| sections(&devices[device].text, begin);
    let (core, top, stack) = ("aml-dc-cr01", "fgl-valboskola-ds01", "fgl-valboskola-sw01");
    insta::assert_snapshot!("frr_bundles", lines(core, &["interface bond", "interface swp2", "ip route"]));
    insta::assert_snapshot!("frr_bgp", lines(core, &["router bgp", "ip prefix-list"]));
    insta::assert_snapshot!(
        "iosxe_routed_bundle",
        lines(top, &["policy-map", "interface Port-channel", "interface TenGigabitEthernet", "router ospf"])
    );
    insta::assert_snapshot!(
        "iosxe_stack",
        lines(
            stack,
            &["vlan ", "interface Port-channel", "interface GigabitEthernet2/", "interface TenGigabitEthernet"]
        )
    );
    insta::assert_snapshot!(
        "openwrt_bundle",
        lines("fgl-valboskola-sw02", &["config device", "config bridge-vlan 'vlan20'"])
    );
    insta::assert_snapshot!(
        "openwrt_transition",
        lines("fgl-valboskola-ap01", &["config wifi-iface 'gast", "config wifi-iface 'personal_radio1'"])
    );
    insta::assert_snapshot!(
        "instant_cluster",
        lines(
            "fgl-valboskola-controller01",
            &[
                "syslocation",
                "snmp-server",
                "wlan access-rule Gast\n",
                "wlan ssid-profile",
                "wlan auth-server",
                "per-ap"
            ]
        )
    );
    insta::assert_snapshot!("nftables_objects", lines("aml-dc-fw01", &["\tset obj_staff", "\tchain forward"]));
}

#[test]
fn every_line_of_a_rich_network_of_another_make() {
    let devices = devices(AOSCX);
    insta::assert_snapshot!("aoscx_distribution", devices["fgl-valboskola-ds01"].text);
    insta::assert_snapshot!("aoscx_stack", devices["fgl-valboskola-sw01"].text);
    let devices = self::devices(AOSS);
    insta::assert_snapshot!("aoss_distribution", devices["fgl-valboskola-ds01"].text);
    insta::assert_snapshot!("aoss_stack", devices["fgl-valboskola-sw01"].text);
}

#[test]
fn every_line_of_a_wireless_controller_as_it_is_sent() {
    insta::assert_snapshot!("wlc_controller", devices(WLC)["fgl-valboskola-controller01"].text);
}

/// The same firewall, and the core in front of it, as devices of tables.
#[test]
fn every_line_of_a_firewall_of_tables_as_it_is_sent() {
    const TABLES: &[(&str, &str, &str)] = &[
        ("inventory/models.yaml", "platform: linux_nftables", "platform: fortinet_fortios"),
        ("inventory/models.yaml", "\"eth{n}\"", "\"port{n}\""),
        ("inventory/models.yaml", "platform: frr", "platform: fortinet_fortios"),
        ("inventory/models.yaml", "\"swp{n}\"", "\"port{n}\""),
        (
            "inventory/network.yaml",
            "wireless: { country: SE }",
            "wireless: { country: SE }\nsecurity: { aaa: { login: [radius, local] }, session_minutes: 10 }",
        ),
    ];
    // The other firewall is shared out, and one virtual domain of it is ours.
    let shared =
        ("inventory/sites/amal/datacentre.yaml", "firewall-2: { model", "firewall-2: { partition: people, model");
    let devices = devices(&[TABLES, &[shared]].concat());
    let platform = &Library::built_in().unwrap().get("fortinet_fortios").unwrap().platform.clone();
    for name in ["aml-dc-fw01", "aml-dc-cr01", "aml-dc-fw02"] {
        let text = &devices[name].text;
        match name {
            "aml-dc-fw01" => insta::assert_snapshot!("fortios_firewall", text),
            "aml-dc-cr01" => insta::assert_snapshot!("fortios_core", text),
            _ => {
                let frames =
                    |line: &&str| line.starts_with("config ") || line.starts_with("edit ") || line.contains("set vdom");
                insta::assert_snapshot!("fortios_domain", text.lines().filter(frames).collect::<Vec<_>>().join("\n"));
            }
        }
        let options = Options { features: Some(platform.managed()), ..Options::default() };
        let same = remediate(platform, text, text, &options);
        assert!(same.is_empty() && same.unknown.is_empty(), "{name}: {:?} {:?}", same.commands, same.unknown);
        // What a device prints that took it differs in nothing but what it seals.
        let printed = samnet::lab::Lab::load_text(platform, text).unwrap();
        let done = remediate(platform, &printed, text, &options);
        let odd: Vec<&str> =
            done.commands.iter().map(|c| c.text.as_str()).filter(|text| !text.contains("⟪secret:")).collect();
        assert!(odd.is_empty() && done.unknown.is_empty(), "{name}: {odd:?} {:?}", done.unknown);
    }
}

/// Each platform's rules know these lines, and a device that has them needs nothing, also after the emulated device has
/// taken them and printed them in its own way.
#[tokio::test]
async fn every_line_of_a_rich_network_is_known() {
    let library = Library::built_in().unwrap();
    for more in [&[], AOSCX, AOSS, WLC] {
        for (name, device) in devices(more) {
            let platform = &library.get(&device.platform).unwrap().platform;
            let options = Options { features: Some(platform.managed()), ..Options::default() };
            let done = remediate(platform, &device.text, &device.text, &options);
            assert!(done.is_empty() && done.unknown.is_empty(), "{name}: {:?} {:?}", done.commands, done.unknown);
            let served = lab::Device::new(&name, Arc::clone(platform), &device.text, "samnet");
            let lab = Lab::start(vec![served], lab::Options::default()).unwrap();
            assert_eq!(lab.foreign(&name), Vec::<String>::new(), "{name}");
            let done = remediate(platform, &lab.running(&name).unwrap(), &device.text, &options);
            assert!(done.is_empty() && done.unknown.is_empty(), "{name}: {:?} {:?}", done.commands, done.unknown);
            lab.stop().await;
        }
    }
}
