//! What must hold for any two configurations of tables and entries, tried on many.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use samnet::diff::{self, Options};
use samnet::lab::tables::{Law, Tables};
use samnet::platform::Platform;

use super::{pasted, platform};

/// A firewall: addresses, groups of them that may hold earlier ones in `turn`, zones and ordered policies.
#[derive(Clone, Debug)]
struct Firewall {
    addresses: BTreeMap<String, u8>,
    groups: Vec<(String, Vec<String>)>,
    zones: BTreeMap<String, Vec<String>>,
    policies: Vec<(u32, Policy)>,
}

#[derive(Clone, Debug)]
struct Policy {
    name: String,
    from: String,
    source: Vec<String>,
    accept: bool,
    nat: bool,
}

const PORTS: [&str; 4] = ["port1", "port2", "port3", "port4"];

fn policy(names: Vec<String>, zones: Vec<String>) -> impl Strategy<Value = Policy> {
    let source = btree_set(prop::sample::select(names), 1..3);
    (source, prop::sample::select(zones), any::<bool>(), any::<bool>()).prop_map(|(source, from, accept, nat)| Policy {
        name: String::new(),
        from,
        source: source.into_iter().collect(),
        accept,
        nat,
    })
}

fn firewall() -> impl Strategy<Value = Firewall> {
    let addresses = btree_map("[ab]( [ab])?", 0_u8..3, 1..4);
    // Groups in any order may hold those before them, so that two firewalls hold each other the other way round.
    let groups = Just(vec!["G", "H", "I"]).prop_shuffle();
    let zones = prop::collection::vec(0_usize..4, 4);
    (addresses, groups, 0_usize..4, zones, any::<[u8; 8]>()).prop_flat_map(|(addresses, order, count, zones, noise)| {
        let mut names: Vec<String> = addresses.keys().cloned().collect();
        let mut groups = Vec::new();
        for (at, name) in order.iter().take(count).enumerate() {
            let mut member: Vec<String> = names
                .iter()
                .enumerate()
                .filter(|(n, _)| noise[at] >> (n % 8) & 1 == 1)
                .map(|(_, name)| name.clone())
                .collect();
            if member.is_empty() {
                member.push(names[usize::from(noise[at + 3]) % names.len()].clone());
            }
            groups.push(((*name).to_owned(), member));
            names.push((*name).to_owned());
        }
        let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (port, zone) in PORTS.iter().zip(&zones) {
            if *zone < 3 {
                held.entry(format!("zone{zone}")).or_default().push((*port).to_owned());
            }
        }
        let mut from: Vec<String> = held.keys().cloned().collect();
        from.push("any".to_owned());
        names.push("all".to_owned());
        let ids = Just(vec![1_u32, 2, 3, 4, 5, 6]).prop_shuffle();
        let policies = prop::collection::vec((policy(names, from), 0_usize..7), 0..6);
        (policies, ids).prop_map(move |(policies, ids)| {
            let mut called = std::collections::BTreeSet::new();
            let policies = ids.into_iter().zip(policies).map(|(id, (policy, name))| {
                // A name may wander from one number to another.
                let name = if called.insert(name) { format!("p{name}") } else { format!("own {id}") };
                (id, Policy { name, ..policy })
            });
            Firewall {
                addresses: addresses.clone(),
                groups: groups.clone(),
                zones: held.clone(),
                policies: policies.collect(),
            }
        })
    })
}

impl Firewall {
    /// The text such a device shows; what it hides and how it quotes is up to it.
    fn show(&self, full: bool) -> String {
        let list = |names: &[String]| names.iter().map(|name| format!(" \"{name}\"")).collect::<Vec<_>>().concat();
        let mut out = "#config-version=X\nconfig system interface\n".to_owned();
        for port in PORTS {
            out += &format!("    edit \"{port}\"\n        set vdom \"root\"\n    next\n");
        }
        out += "end\nconfig system zone\n";
        for (zone, ports) in &self.zones {
            out += &format!("    edit \"{zone}\"\n        set interface{}\n    next\n", list(ports));
        }
        out += "end\nconfig firewall address\n";
        for (name, net) in &self.addresses {
            out += &format!("    edit \"{name}\"\n        set subnet 10.{net}.0.0 255.255.0.0\n    next\n");
        }
        out += "end\nconfig firewall addrgrp\n";
        for (name, member) in &self.groups {
            out += &format!("    edit \"{name}\"\n        set member{}\n    next\n", list(member));
        }
        out += "end\nconfig firewall policy\n";
        for (id, policy) in &self.policies {
            out += &format!(
                "    edit {id}\n        set name \"{}\"\n        set srcintf \"{}\"\n",
                policy.name, policy.from
            );
            if policy.accept || full {
                out += &format!("        set action {}\n", if policy.accept { "accept" } else { "deny" });
            }
            out += &format!("        set srcaddr{}\n        set dstaddr \"all\"\n", list(&policy.source));
            if policy.nat || full {
                out += &format!("        set nat {}\n", if policy.nat { "enable" } else { "disable" });
            }
            out += "    next\n";
        }
        out + "end\n"
    }
}

fn law() -> Law {
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let uses = [
        ("system zone", "interface", of(&["system interface"])),
        ("firewall addrgrp", "member", of(&["firewall address", "firewall addrgrp"])),
        ("firewall policy", "srcintf", of(&["system interface", "system zone"])),
        ("firewall policy", "srcaddr", of(&["firewall address", "firewall addrgrp"])),
    ];
    let pair = |(table, value): (&str, &str)| (table.to_owned(), value.to_owned());
    Law {
        uses: uses.into_iter().map(|(table, value, of)| (table.to_owned(), value.to_owned(), of)).collect(),
        built_in: of(&["all", "any", "none"]).into_iter().collect(),
        single: [("system zone", "interface"), ("firewall policy", "name")].map(pair).to_vec(),
        nested: [("firewall addrgrp", "member")].map(pair).to_vec(),
        ordered: ["firewall policy".to_owned()].into(),
        ..Law::default()
    }
}

/// Types every line; after each the device must have nothing to complain about.
fn carry_out(platform: &Platform, device: &mut Tables, commands: &[diff::Command]) -> Result<(), String> {
    for line in diff::script(platform, commands) {
        device.give(&line.text).map_err(|said| format!("`{}`: {said}", line.text))?;
    }
    let faults = device.faults();
    if faults.is_empty() { Ok(()) } else { Err(format!("{faults:?}")) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_there_and_back_and_safe_at_every_step(before in firewall(), after in firewall()) {
        let platform = platform("fortinet_fortios");
        let (running, intended) = (before.show(false), after.show(false));
        let found = diff::remediate(&platform, &running, &intended, &Options::default());
        let script = pasted(&platform, &found.commands);
        let (start, aim) = (Tables::load(&law(), &running), Tables::load(&law(), &intended));
        prop_assert_eq!(start.faults(), Vec::<String>::new());
        let mut device = start.clone();
        let done = carry_out(&platform, &mut device, &found.commands);
        prop_assert!(done.is_ok(), "{done:?} in\n{script}\n--- from\n{running}--- to\n{intended}");
        prop_assert_eq!(device.outline(), aim.outline(), "{}\n--- from\n{}--- to\n{}", script, running, intended);
        prop_assert!(found.proof.breaches.is_empty(), "{:?} in\n{script}", found.proof.breaches);

        let back = pasted(&platform, &found.rollback);
        let done = carry_out(&platform, &mut device, &found.rollback);
        prop_assert!(done.is_ok(), "{done:?} in rollback\n{back}\n--- from\n{intended}--- to\n{running}");
        prop_assert_eq!(device.outline(), start.outline(), "rollback\n{}--- of\n{}", back, script);
    }

    #[test]
    fn tables_do_not_differ_from_themselves(state in firewall(), full in any::<bool>()) {
        let platform = platform("fortinet_fortios");
        let found = diff::remediate(&platform, &state.show(full), &state.show(false), &Options::default());
        prop_assert!(found.is_empty() && found.rollback.is_empty(), "{}", pasted(&platform, &found.commands));
    }

    #[test]
    fn tables_outside_the_managed_region_are_never_named(before in firewall(), after in firewall()) {
        let platform = platform("fortinet_fortios");
        let options = Options { features: Some(["interfaces".to_owned()].into()), ..Options::default() };
        let found = diff::remediate(&platform, &before.show(false), &after.show(false), &options);
        let mine = found.commands.iter().chain(&found.rollback).all(|command| command.path[0].starts_with("config system "));
        prop_assert!(mine, "{}", pasted(&platform, &found.commands));
    }

    #[test]
    fn any_text_of_tables_parses_and_prints_back(text in "(?:[ \\t]{0,3}(?:config a|conf b|edit 1|edit \"x y|edit 0|set a \"b|set a 'b|set c \\\\\"d\\\\|set e f g|unset a|append e h|unselect e f|next|end|#x|[\"' \\\\a]{0,4})\\r?\\n){0,16}[a-z \"]{0,3}") {
        let platform = platform("fortinet_fortios");
        let tree = samnet::config::parse(platform.family, &platform.rules.syntax, &text);
        prop_assert_eq!(tree.print(), text.clone());
        let found = diff::remediate(&platform, &text, &text, &Options::default());
        prop_assert!(found.is_empty() && found.rollback.is_empty(), "{}", pasted(&platform, &found.commands));
    }
}

/// Texts that would take hours if a quote that never closes, or a section in a section, cost the square.
#[test]
fn tables_of_any_size_are_read() {
    let platform = platform("fortinet_fortios");
    for line in
        ["set a \"b\n", "set a 'b\n", "config a\n", "edit 1\n", "config a\nedit \"b\n", "set a \"b' \n", "end\n"]
    {
        let text = line.repeat(200_000);
        let tree = samnet::config::parse(platform.family, &platform.rules.syntax, &text);
        assert!(tree.print() == text, "{line}");
    }
}
