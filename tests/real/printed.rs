//! What Samnet renders is what the device prints: load it, list it, compare byte by byte.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use samnet::derive::derive;
use samnet::inventory;
use samnet::platform::Library;
use samnet::render::{self, Rendered};

use crate::needs::{Need, met, with_path};
use crate::town::Town;
use crate::uci;

/// Every device of the example that runs a platform.
fn example(platform: &str) -> Vec<Rendered> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaded = inventory::load(root);
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
    let device = example("frr").remove(0);
    // RFC 2328 D.3: a key has 16 bytes, and the daemon cuts longer ones off.
    let text = device.text.replace("⟪secret:ospf⟫", "sexton-tecken-16");
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
