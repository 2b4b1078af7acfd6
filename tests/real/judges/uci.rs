//! The real `uci`: a batch is applied and committed, and what it exports is what it exports of the intended files.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use samnet::diff;
use samnet::platform::Library;

use super::{CHANGES, Dice, WHOLE, judged, seed, typed, wrong};
use crate::needs::{Need, met};
use crate::uci;

const PACKAGES: [&str; 5] = ["network", "wireless", "system", "firewall", "dhcp"];

/// A section: its type, its name where it has one, its options.
fn section(text: &mut String, kind: &str, name: Option<&str>, options: &[(&str, &str)]) {
    match name {
        Some(name) => writeln!(text, "config {kind} '{name}'").unwrap(),
        None => writeln!(text, "config {kind}").unwrap(),
    }
    for (option, value) in options {
        let value = value.replace('\'', "'\\''");
        let (word, option) = option.strip_prefix('+').map_or(("option", *option), |list| ("list", list));
        writeln!(text, "\t{word} {option} '{value}'").unwrap();
    }
    text.push('\n');
}

fn files(dice: &mut Dice) -> Vec<String> {
    vec![network(dice), wireless(dice), system(dice), firewall(dice), hosts(dice)]
}

fn network(dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut ports: Vec<(&str, &str)> = vec![("name", "switch"), ("type", "bridge")];
    ports.extend(dice.some(&["lan1", "lan2", "lan3", "trunk1"]).into_iter().map(|port| ("+ports", port)));
    section(&mut text, "device", dice.pick(&[Some("switch"), None]), &ports);
    for vlan in dice.subset(&["10", "20", "30"]) {
        let mut options = vec![("device", "switch"), ("vlan", vlan)];
        let members = dice.some(&["lan1", "lan2:u*", "lan3:t", "trunk1:t"]);
        options.extend(members.into_iter().map(|port| ("+ports", port)));
        section(&mut text, "bridge-vlan", None, &options);
    }
    for name in dice.subset(&["staff", "guest", "management"]) {
        let mut options = vec![("proto", dice.pick(&["static", "dhcp"])), ("device", dice.pick(&["br.10", "br.20"]))];
        if dice.one_in(2) {
            options.push(("ipaddr", dice.pick(&["10.0.1.1/24", "10.0.2.1/24"])));
        }
        options.extend(dice.some(&["10.0.0.53", "192.0.2.53"]).into_iter().map(|server| ("+dns", server)));
        section(&mut text, "interface", Some(name), &options);
    }
    for target in dice.subset(&["10.8.0.0/16", "10.9.0.0/16"]) {
        let gateway = dice.pick(&["10.0.1.2", "10.0.1.3"]);
        section(&mut text, "route", None, &[("interface", "staff"), ("target", target), ("gateway", gateway)]);
    }
    text
}

fn wireless(dice: &mut Dice) -> String {
    let mut text = String::new();
    for radio in ["radio0", "radio1"] {
        let channel = dice.pick(&["1", "36", "auto"]);
        section(&mut text, "wifi-device", Some(radio), &[("type", "mac80211"), ("channel", channel)]);
        for ssid in dice.subset(&["Dalsland", "It's open", "Skola #7", "Gäst \"x\""]) {
            let mut options = vec![("device", radio), ("mode", "ap"), ("ssid", ssid)];
            if dice.one_in(2) {
                options.push(("key", dice.pick(&["sommar i Åmål", "it's winter", "a$b`c\\d"])));
            }
            let name = dice.pick(&[None, None, Some(if radio == "radio0" { "one" } else { "two" })]);
            // A name stands once in a package.
            let name = name.filter(|name| !text.contains(&format!("'{name}'")));
            section(&mut text, "wifi-iface", name, &options);
        }
    }
    text
}

fn system(dice: &mut Dice) -> String {
    let mut text = String::new();
    let hostname = dice.pick(&["ap-01", "ap-02"]);
    section(&mut text, "system", None, &[("hostname", hostname), ("description", dice.pick(&["Hall", "Sal 7, norr"]))]);
    let servers = dice.some(&["0.pool", "1.pool", "10.0.0.123"]);
    let options: Vec<(&str, &str)> = servers.into_iter().map(|server| ("+server", server)).collect();
    section(&mut text, "timeserver", Some("ntp"), &options);
    text
}

fn firewall(dice: &mut Dice) -> String {
    let mut text = String::new();
    for zone in dice.subset(&["lan", "guest", "wan"]) {
        let input = dice.pick(&["ACCEPT", "REJECT"]);
        let mut options = vec![("name", zone), ("input", input)];
        options.extend(dice.some(&["staff", "guest"]).into_iter().map(|network| ("+network", network)));
        section(&mut text, "zone", None, &options);
    }
    for rule in dice.some(&["Ping", "DNS", "DHCP", "Printers", "Web"]) {
        let target = dice.pick(&["ACCEPT", "DROP"]);
        let mut options = vec![("name", rule), ("src", "guest"), ("target", target)];
        if dice.one_in(2) {
            options.push(("dest_port", dice.pick(&["53", "80 443", "9100"])));
        }
        section(&mut text, "rule", None, &options);
    }
    text
}

fn hosts(dice: &mut Dice) -> String {
    let mut text = String::new();
    for mac in dice.subset(&["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"]) {
        let address = dice.pick(&["10.0.1.10", "10.0.1.11"]);
        section(&mut text, "host", None, &[("mac", mac), ("ip", address), ("name", dice.pick(&["printer", "lock"]))]);
    }
    text
}

/// Configuration files as one `uci` sees them.
struct Store {
    binary: std::path::PathBuf,
    folder: tempfile::TempDir,
}

impl Store {
    fn new(files: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("staged")).unwrap();
        fs::create_dir(folder.path().join("config")).unwrap();
        let store = Self { binary: uci::binary().unwrap(), folder };
        for (package, text) in PACKAGES.iter().zip(files) {
            fs::write(store.folder.path().join("config").join(package), text).unwrap();
        }
        store
    }

    fn run(&self, args: &[&str], stdin: &str) -> (String, String) {
        let path: &Path = self.folder.path();
        let mut child = Command::new(&self.binary)
            .arg("-c")
            .arg(path.join("config"))
            .arg("-t")
            .arg(path.join("staged"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    fn export(&self) -> String {
        PACKAGES.iter().map(|package| self.run(&["export", package], "").0).collect()
    }
}

/// An export in a form that leaves out what means nothing: the order of sections that are not read from the
/// top, of options, and of ports; and the names of sections that may do without.
fn meaning(export: &str) -> Vec<String> {
    let mut package = "";
    let mut sections = Vec::new();
    let mut rules = Vec::new();
    for block in export.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if let Some(name) = block.strip_prefix("package ") {
            package = name;
            continue;
        }
        let mut lines: Vec<&str> = block.lines().map(str::trim).collect();
        let head = lines.remove(0);
        let head = match head.split(' ').nth(1) {
            Some(kind @ ("device" | "wifi-iface")) => kind,
            _ => head,
        };
        let free = |line: &&str| {
            !line.starts_with("list ") || ["list ports", "list network"].iter().any(|list| line.starts_with(list))
        };
        let (mut options, lists): (Vec<&str>, Vec<&str>) = lines.into_iter().partition(free);
        options.sort_unstable();
        let text = format!("{package}: {head} {} {}", options.join(" "), lists.join(" "));
        if head == "config rule" { rules.push(text) } else { sections.push(text) }
    }
    sections.sort_unstable();
    sections.extend(rules);
    sections
}

#[test]
fn uci_goes_where_it_should_two_hundred_times() {
    if !met(&[Need::Uci]) {
        return;
    }
    let platform = &Library::built_in().unwrap().get("openwrt").unwrap().platform.clone();
    let mut dice = Dice(seed());
    let mut failures = Vec::new();
    let store = Store::new(&files(&mut dice));
    let mut before = store.export();
    for at in 0..CHANGES {
        let intended = Store::new(&files(&mut dice)).export();
        let found = diff::remediate(platform, &before, &intended, &WHOLE);
        let commands = typed(platform, &found.commands);
        let (_, said) = store.run(&["batch"], &commands);
        let (_, more) = store.run(&["commit"], "");
        let after = store.export();
        let rest = diff::remediate(platform, &after, &intended, &WHOLE);
        if !said.is_empty() || !more.is_empty() || meaning(&after) != meaning(&intended) || !rest.commands.is_empty() {
            let rest = typed(platform, &rest.commands);
            let texts = [
                ("from", before.as_str()),
                ("to", &intended),
                ("commands", &commands),
                ("which uci answered", &said),
                ("is", &after),
                ("still needs", &rest),
            ];
            failures.push(wrong(at, "it is not where it should be", &texts));
        }
        before = after;
    }
    judged(&failures);
    println!("{CHANGES} changes by uci, seed {}", seed());
}
