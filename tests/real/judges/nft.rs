//! nftables in a namespace: the change is loaded, the ruleset listed, and the list is that of the intended
//! ruleset loaded elsewhere.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use samnet::diff;
use samnet::platform::Library;

use super::{CHANGES, Dice, WHOLE, judged, seed, typed, wrong};
use crate::needs::{Need, met};
use crate::site::Site;

const SETS: [&str; 3] = ["staff", "guests", "servers"];
const NETS: [&str; 6] =
    ["10.80.0.0/24", "10.80.1.0/24", "10.80.4.0/22", "10.81.0.1", "192.0.2.0/28", "198.51.100.7-198.51.100.9"];

fn ruleset(dice: &mut Dice) -> String {
    let mut text = String::from("table inet samnet {\n");
    let sets = dice.subset(&SETS);
    for set in &sets {
        let elements = dice.subset(&NETS).join(", ");
        let elements = if elements.is_empty() { elements } else { format!("\t\telements = {{ {elements} }}\n") };
        writeln!(text, "\tset {set} {{\n\t\ttype ipv4_addr\n\t\tflags interval\n{elements}\t}}").unwrap();
    }
    // A chain may be jumped to only from those below it in this list: no circles.
    let chains = dice.subset(&["logged", "care", "office"]);
    for (at, chain) in chains.iter().enumerate() {
        let rules = rules(dice, &sets, &chains[..at]);
        writeln!(text, "\tchain {chain} {{\n{rules}\t}}").unwrap();
    }
    for (chain, hook) in [("forward", "forward"), ("input", "input")] {
        if chain == "forward" || dice.one_in(2) {
            let policy = dice.pick(&["accept", "drop"]);
            let rules = rules(dice, &sets, &chains);
            writeln!(
                text,
                "\tchain {chain} {{\n\t\ttype filter hook {hook} priority filter; policy {policy};\n{rules}\t}}"
            )
            .unwrap();
        }
    }
    text + "}\n"
}

fn rules(dice: &mut Dice, sets: &[&str], chains: &[&str]) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(6) {
        let source = match dice.below(5) {
            0 if !sets.is_empty() => format!("ip saddr @{} ", dice.pick(sets)),
            1 => format!("ip daddr {} ", dice.pick(&["10.0.0.0/8", "10.80.1.1", "192.0.2.0/24"])),
            2 => format!("iifname \"{}\" ", dice.pick(&["lan", "vlan20", "wan"])),
            3 => dice.pick(&["ct state established,related ", "ct state invalid "]).to_owned(),
            _ => String::new(),
        };
        let service = match dice.below(6) {
            0 => format!("tcp dport {} ", dice.pick(&["22", "443", "{ 80, 443 }", "8000-8010"])),
            1 => format!("udp dport {} ", dice.pick(&["53", "{ 53, 853 }", "123"])),
            2 => "icmp type echo-request ".to_owned(),
            _ => String::new(),
        };
        let verdict = match dice.below(6) {
            0 if !chains.is_empty() => format!("jump {}", dice.pick(chains)),
            1 => "counter drop".to_owned(),
            2 => format!("log prefix \"{}: \" drop", dice.pick(&["a", "b"])),
            _ => dice.pick(&["accept", "drop", "return"]).to_owned(),
        };
        let comment = dice.pick(&["", "", " comment \"fråga 7\"", " comment \"a b\""]);
        writeln!(text, "\t\t{source}{service}{verdict}{comment}").unwrap();
    }
    text
}

/// The sets and chains of a list, whatever their order.
fn parts(list: &str) -> BTreeSet<String> {
    let inside = list.trim_start_matches("table inet samnet {\n");
    inside.split("\n\t}").map(|part| part.trim_start_matches('\n').to_owned()).collect()
}

#[test]
fn a_firewall_goes_where_it_should_two_hundred_times() {
    if !met(&[Need::Site, Need::Firewall]) {
        return;
    }
    let platform = &Library::built_in().unwrap().get("linux_nftables").unwrap().platform.clone();
    let mut site = Site::start();
    let device = site.device("firewall", "#!/bin/sh\n").name;
    site.host("mirror");
    let file = |name: &str, text: &str| fs::write(site.device_file(&device, "tmp").join(name), text).unwrap();
    let mut dice = Dice(seed());
    let mut failures = Vec::new();
    site.on(&device, "nft 'table ip other { chain c { accept; }; }'");
    let mut before = site.on(&device, "nft -s list ruleset");
    for at in 0..CHANGES {
        let intended = ruleset(&mut dice);
        let found = diff::remediate(platform, &before, &intended, &WHOLE);
        let commands = typed(platform, &found.commands);
        file("script", &commands);
        file("intended", &intended);
        let path = site.device_file(&device, "tmp/intended");
        let mirror = site.sh(&format!(
            "ip netns exec mirror sh -euc 'nft flush ruleset; nft -f {}; nft -s list ruleset'",
            path.display()
        ));
        let given = site.try_on(&device, "nft -f /tmp/script");
        let after = site.on(&device, "nft -s list ruleset");
        let others = "table ip other {\n\tchain c {\n\t\taccept\n\t}\n}\n";
        let ours = after.replace(others, "");
        let rest = diff::remediate(platform, &after, &intended, &WHOLE);
        let there = given.code == Some(0) && after.contains(others) && parts(&ours) == parts(&mirror);
        if !there || !rest.commands.is_empty() {
            let rest = typed(platform, &rest.commands);
            let texts = [
                ("from", before.as_str()),
                ("to", &mirror),
                ("commands", &commands),
                ("which nft answered", &given.stderr),
                ("is", &after),
                ("still needs", &rest),
            ];
            failures.push(wrong(at, "it is not where it should be", &texts));
        }
        before = after;
    }
    judged(&failures);
    println!("{CHANGES} changes to a firewall, seed {}", seed());
}
