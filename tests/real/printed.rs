//! What Samnet renders is what the device prints: load it, list it, compare byte by byte.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use samnet::derive::derive;
use samnet::inventory;
use samnet::platform::Library;
use samnet::render::{self, Rendered, Renderer};

use crate::needs::{Need, met, with_path};
use crate::town::Town;
use crate::uci;

/// Every device of the example that runs a platform; its firewalls are computers here.
fn example(platform: &str) -> Vec<Rendered> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = "inventory/models.yaml";
    let models = fs::read_to_string(root.join(path)).unwrap();
    let (bought, built) = ("platform: fortinet_fortios", "platform: linux_nftables");
    assert!(models.contains(bought), "no `{bought}` in {path}");
    let overlay = inventory::Overlay([(path.into(), models.replace(bought, built).into())].into());
    let loaded = inventory::load_with(root, &overlay);
    let (derived, _) = derive(&loaded.network);
    let library = Library::load(root).unwrap();
    let (mut rendered, findings) = render::all(&loaded.network, &derived, &library);
    assert_eq!(findings, []);
    rendered.retain(|device| device.platform == platform);
    assert!(!rendered.is_empty(), "the example has no {platform}");
    rendered
}

#[test]
fn nft_lists_a_rendered_firewall_as_it_was_written() {
    if !met(&[Need::Site, Need::Firewall]) {
        return;
    }
    for device in example("linux_nftables") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ruleset");
        fs::write(&file, &device.text).unwrap();
        let script = format!("nft -f {}; nft -s list table inet samnet", file.display());
        let unshare = ["--net", "sh", "-euc", &with_path(&script)];
        let output = Command::new("unshare").args(unshare).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), device.text, "{}", device.device);
    }
}

#[test]
fn uci_exports_rendered_packages_as_they_were_written() {
    if !met(&[Need::Site, Need::Switch]) {
        return;
    }
    let uci = uci::binary().unwrap();
    for device in example("openwrt") {
        let folder = tempfile::tempdir().unwrap();
        let mut listed = String::new();
        for package in device.text.split("package ").skip(1) {
            let (name, body) = package.split_once('\n').unwrap();
            fs::write(folder.path().join(name), body).unwrap();
            let output = Command::new(&uci).arg("-c").arg(folder.path()).args(["export", name]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            listed.push_str(&String::from_utf8(output.stdout).unwrap());
        }
        assert_eq!(listed, device.text, "{}", device.device);
    }
}

#[test]
fn a_router_prints_a_rendered_configuration_as_it_was_written() {
    if !met(&[Need::Site, Need::Firewall, Need::Router, Need::Switch]) {
        return;
    }
    let town = Town::start();
    // One is enough: loading every core into the same router would only add up.
    prints(&town, &example("frr").remove(0));
}

/// Bundles of links, and BGP with a password, filters, and none.
#[test]
fn a_router_prints_bundles_and_neighbours_as_they_were_written() {
    if !met(&[Need::Site, Need::Firewall, Need::Router, Need::Switch]) {
        return;
    }
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small");
    let edit = |path: &str, old: &str, new: &str| {
        let text = fs::read_to_string(small.join(path)).unwrap();
        assert!(text.contains(old), "no `{old}` in {path}");
        (path.into(), text.replace(old, new).into())
    };
    let bgp = "routing:\n  ospf: { secret: ospf, hello: 5, dead: 20 }\n  bgp:\n    asn: 64500\n    neighbours:\n      \
               - { device: datacentre/core-1, address: 192.0.2.1, asn: 64511, title: Nordnät, secret: bgp, \
               accept: [198.51.100.0/24, 0.0.0.0/0], announce: [10.64.0.0/10] }\n      \
               - { device: datacentre/core-1, address: 192.0.2.5, asn: 64512, title: Sydnät }\n\
               secrets:\n  ospf: env:OSPF\n  bgp: env:BGP\n";
    let overlay = inventory::Overlay(
        [
            edit("inventory/network.yaml", "secrets:\n", bgp),
            edit("inventory/models.yaml", "0-2: {", "0-4: {"),
            edit(
                "inventory/sites/amal/datacentre.yaml",
                "3: { to: firewall-1, port: 0 }",
                "3: { to: firewall-1, port: 0, lag: 7 }, 2: { to: firewall-1, port: 3, lag: 7 }",
            ),
            edit("inventory/sites/fargelanda/valboskolan.yaml", "u1: { to: datacentre/core-1, port: 2 }, ", ""),
        ]
        .into(),
    );
    let loaded = inventory::load_with(&small, &overlay);
    let (derived, _) = derive(&loaded.network);
    let library = Library::built_in().unwrap();
    let name = "aml-dc-cr01".parse().unwrap();
    let device = Renderer::new(&loaded.network, &derived, &library, &[&name]).device(&name).unwrap();
    assert!(device.text.contains("interface bond7") && device.text.contains("router bgp 64500"), "{}", device.text);
    prints(&Town::start(), &device);
}

/// Loads a configuration into the core, and compares what it prints then.
fn prints(town: &Town, device: &Rendered) {
    // RFC 2328 D.3: a key has 16 bytes, and the daemon cuts longer ones off.
    let text = device.text.replace("⟪secret:ospf⟫", "sexton-tecken-16").replace("⟪secret:bgp⟫", "en-granne");
    fs::write(town.site.device_file("core", "tmp/intended"), &text).unwrap();
    town.site.on("core", "vtysh -f /tmp/intended");
    let printed = town.site.on("core", "vtysh -c 'show running-config no-header'");
    // What the host or the daemons' start decided, not the configuration; the shell prints the machine's own name.
    let host = |line: &&str| {
        !(line.starts_with("frr ")
            || line.starts_with("hostname ")
            || line.starts_with("log ")
            || line.ends_with("ip forwarding")
            || line.ends_with("ipv6 forwarding"))
    };
    let own = |text: &str| text.lines().filter(host).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(own(&printed), own(&text));
}
