//! What must hold for any two configurations made of paths, tried on many.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use samnet::diff::{self, Command, Options};
use samnet::lab::paths::{Candidate, Schema};

use super::{pasted, platform};

fn words(text: &str) -> BTreeSet<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn junos() -> Schema {
    Schema {
        single: words("host-name vlan-id l3-interface description input peer-as"),
        lists: words("members export"),
        kinds: words("unit family filter term group neighbor policy-statement prefix-list address source-address"),
        holders: words("vlans interfaces"),
    }
}

fn panos() -> Schema {
    Schema {
        single: words("hostname action ip-netmask description"),
        lists: words("from to source destination"),
        holders: words("address rules"),
        kinds: BTreeSet::new(),
    }
}

fn candidate(schema: Schema, lines: &[String]) -> Candidate {
    let mut candidate = Candidate::new(schema);
    for line in lines {
        candidate.enter(line).unwrap();
    }
    candidate
}

/// Names in some order, and what each is about.
fn ordered(names: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    (Just(names.to_vec()).prop_shuffle(), 0..=names.len())
        .prop_map(|(names, count)| names.into_iter().take(count).collect())
}

const TERMS: [&str; 6] = ["a", "b", "c", "d", "e", "reject"];

/// Filters with terms in order, VLANs, ports that use both, routing policies in order, and things switched off.
fn router() -> impl Strategy<Value = Candidate> {
    let bodies = || {
        let body = (btree_set(0_u8..4, 0..3), prop::sample::select(vec!["accept", "reject", "discard"]));
        vec(body, TERMS.len()).prop_map(|bodies| TERMS.into_iter().zip(bodies).collect::<BTreeMap<_, _>>())
    };
    let lists = btree_map("F[12]", (ordered(&TERMS), bodies()), 1..3);
    let vlans = btree_map("v[1-4]", 1_u8..9, 1..4);
    let policies = btree_map("P[1-4]", ordered(&["x", "y", "z"]), 1..4);
    (lists, vlans, policies, "[a-z]{1,3}").prop_flat_map(|(filters, vlans, policies, host)| {
        let names = |keys: Vec<String>| prop::sample::select(keys);
        let filter = prop::option::of(names(filters.keys().cloned().collect()));
        let members = btree_set(names(vlans.keys().cloned().collect()), 0..3);
        let description = prop::option::of("[a-z]{1,3}( [a-z]{1,2})?");
        let port = (description, members, btree_set(1_u8..5, 0..3), filter, any::<bool>());
        let all: Vec<String> = policies.keys().cloned().collect();
        let chain = (Just(all.clone()).prop_shuffle(), 0..=all.len());
        (vec(port, 3), chain, btree_map(1_u8..4, 65001_u32..65004, 0..3), vec(any::<bool>(), 8)).prop_map(
            move |(ports, (chain, length), neighbors, off)| {
                let mut lines = vec![format!("set system host-name {host}")];
                for (vlan, id) in &vlans {
                    lines.push(format!("set vlans {vlan} vlan-id {id}"));
                }
                for (filter, (terms, bodies)) in &filters {
                    for term in terms {
                        let path = format!("set firewall family inet filter {filter} term {term}");
                        let (sources, action) = bodies.get(term).cloned().unwrap_or((BTreeSet::default(), "accept"));
                        lines.extend(sources.iter().map(|n| format!("{path} from source-address 10.{n}.0.0/16")));
                        lines.push(format!("{path} then {action}"));
                    }
                    lines.push(format!("set firewall family inet filter {filter} term final then discard"));
                }
                for (policy, terms) in &policies {
                    for term in terms {
                        let path = format!("set policy-options policy-statement {policy} term {term}");
                        lines.push(format!("{path} then accept"));
                    }
                    lines.push(format!("set policy-options policy-statement {policy} then reject"));
                }
                for (at, (description, members, addresses, filter, disabled)) in ports.iter().enumerate() {
                    let port = format!("set interfaces ge-0/0/{at}");
                    lines.extend(description.iter().map(|text| format!("{port} description \"{text}\"")));
                    if *disabled {
                        lines.push(format!("{port} disable"));
                    }
                    let unit = format!("{port} unit 0 family");
                    lines.extend(members.iter().map(|m| format!("{unit} ethernet-switching vlan members {m}")));
                    lines.extend(addresses.iter().map(|n| format!("{unit} inet address 192.0.{at}.{n}/24")));
                    lines.extend(filter.iter().map(|filter| format!("{unit} inet filter input {filter}")));
                }
                lines.extend(
                    chain.iter().take(length).map(|policy| format!("set protocols bgp group G export {policy}")),
                );
                for (n, peer) in &neighbors {
                    lines.push(format!("set protocols bgp group G neighbor 192.0.2.{n} peer-as {peer}"));
                }
                let mut made = candidate(junos(), &lines);
                let places = ["interfaces ge-0/0/0", "interfaces ge-0/0/1 unit 0", "protocols bgp group G", "vlans v1"];
                let more = ["firewall family inet filter F1 term a", "firewall family inet filter F1 term final"];
                let inner = ["protocols bgp group G neighbor 192.0.2.1", "policy-options policy-statement P1 term x"];
                for (place, off) in places.iter().chain(&more).chain(&inner).zip(off) {
                    if off && made.has(place) {
                        made.enter(&format!("deactivate {place}")).unwrap();
                    }
                }
                made
            },
        )
    })
}

const RULES: [&str; 5] = ["r1", "r2", "r3", "r4", "final"];

/// Addresses and rules in order that use them.
fn firewall() -> impl Strategy<Value = Candidate> {
    (btree_map("h[1-5]", 1_u8..9, 1..5), ordered(&RULES), "[a-z]{1,3}").prop_flat_map(|(hosts, rules, host)| {
        let names: Vec<String> = hosts.keys().cloned().collect();
        let side = btree_set(prop::sample::select(names), 1..3);
        let rule = (side.clone(), side, prop::sample::select(vec!["allow", "deny"]), prop::option::of("[a-z ]{1,6}"));
        vec(rule, rules.len()).prop_map(move |bodies| {
            let mut lines = vec![format!("set deviceconfig system hostname {host}")];
            lines.extend(hosts.iter().map(|(name, n)| format!("set address {name} ip-netmask 10.0.0.{n}")));
            for (rule, (from, to, action, text)) in rules.iter().zip(bodies) {
                let path = format!("set rulebase security rules {rule}");
                lines.extend(from.iter().map(|name| format!("{path} source {name}")));
                lines.extend(to.iter().map(|name| format!("{path} destination {name}")));
                lines.push(format!("{path} action {action}"));
                lines.extend(text.iter().map(|text| format!("{path} description \"{text}\"")));
            }
            candidate(panos(), &lines)
        })
    })
}

fn vyos() -> Schema {
    Schema {
        single: words("host-name description action protocol port default-action update-source remote-as prefix"),
        lists: BTreeSet::new(),
        // All things of a kind may be deleted at once.
        kinds: BTreeSet::new(),
        holders: BTreeSet::new(),
    }
}

/// Interfaces with VLANs and addresses, rules that are known by their numbers, lists of prefixes, neighbours.
fn gateway() -> impl Strategy<Value = Candidate> {
    let addresses = || btree_set(1_u8..5, 0..3);
    let port = (prop::option::of("[a-z]{1,3}( [a-z]{1,2})?"), addresses(), btree_map(10_u16..13, addresses(), 0..3));
    let rule = (prop::sample::select(vec!["accept", "drop"]), prop::option::of(1_u16..5), any::<bool>());
    let filters = btree_map("F[12]", btree_map(1_u8..5, rule, 0..4), 0..3);
    let lists = btree_map("P[12]", btree_map(1_u8..4, 1_u8..5, 1..3), 0..3);
    let routes = btree_map(1_u8..4, btree_set(1_u8..4, 1..3), 0..3);
    let neighbors = btree_map(1_u8..4, 65001_u32..65004, 0..3);
    (vec(port, 2), filters, lists, routes, neighbors, "[a-z]{1,3}").prop_map(
        |(ports, filters, lists, routes, neighbors, host)| {
            let mut lines = vec![format!("set system host-name {host}")];
            for (at, (description, addresses, vifs)) in ports.iter().enumerate() {
                let port = format!("set interfaces ethernet eth{at}");
                lines.extend(description.iter().map(|text| format!("{port} description \"{text}\"")));
                lines.extend(addresses.iter().map(|n| format!("{port} address 192.0.{at}.{n}/24")));
                for (vif, addresses) in vifs {
                    lines.push(format!("{port} vif {vif} description v{vif}"));
                    lines.extend(addresses.iter().map(|n| format!("{port} vif {vif} address 10.{at}.{vif}.{n}/24")));
                }
            }
            for (filter, rules) in &filters {
                let path = format!("set firewall ipv4 name {filter}");
                lines.push(format!("{path} default-action drop"));
                for (number, (action, port, log)) in rules {
                    lines.push(format!("{path} rule {number} action {action}"));
                    lines.extend(port.iter().map(|port| format!("{path} rule {number} destination port {port}")));
                    lines.extend(log.then(|| format!("{path} rule {number} log")));
                }
            }
            for (list, rules) in &lists {
                let path = format!("set policy prefix-list {list}");
                let rules = rules.iter().map(|(number, n)| format!("{path} rule {number} prefix 10.{n}.0.0/16"));
                lines.extend(rules);
            }
            for (route, hops) in &routes {
                let path = format!("set protocols static route 10.{route}.0.0/16");
                lines.extend(hops.iter().map(|n| format!("{path} next-hop 192.0.2.{n}")));
            }
            let neighbor = |(n, asn): (&u8, &u32)| format!("set protocols bgp neighbor 192.0.2.{n} remote-as {asn}");
            lines.extend(neighbors.iter().map(neighbor));
            candidate(vyos(), &lines)
        },
    )
}

/// Enters every command; each must be taken.
fn entered(from: &Candidate, commands: &[Command]) -> Result<Candidate, TestCaseError> {
    let mut now = from.clone();
    for command in commands {
        if let Err(refusal) = now.enter(&command.text) {
            let all: Vec<&str> = commands.iter().map(|command| command.text.as_str()).collect();
            return Err(TestCaseError::fail(format!("{refusal}\n{}\n--- from\n{}", all.join("\n"), from.commands())));
        }
    }
    Ok(now)
}

/// Every statement, and the order of what is below the lists.
fn meaning(candidate: &Candidate, lists: &[&str]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines: Vec<String> = candidate.commands().lines().map(str::to_owned).collect();
    lines.sort();
    (lines, lists.iter().map(|list| candidate.below(list)).collect())
}

fn leads_there_and_back(
    name: &str,
    before: &Candidate,
    after: &Candidate,
    lists: &[&str],
) -> Result<(), TestCaseError> {
    let platform = platform(name);
    let both = |candidate: &Candidate| [candidate.commands(), candidate.braces()];
    let found = diff::remediate(&platform, &before.commands(), &after.commands(), &Options::default());
    prop_assert!(found.warnings.is_empty() && found.unknown.is_empty(), "{:?} {:?}", found.warnings, found.unknown);
    let script = pasted(&platform, &found.commands);
    let reached = entered(before, &found.commands)?;
    prop_assert_eq!(meaning(&reached, lists), meaning(after, lists), "{}--- from\n{}", script, before.commands());
    let back = entered(&reached, &found.rollback)?;
    let way = pasted(&platform, &found.rollback);
    prop_assert_eq!(meaning(&back, lists), meaning(before, lists), "back\n{}--- of\n{}", way, script);
    for (running, intended) in both(before).iter().zip(both(after).iter().rev()) {
        let found = diff::remediate(&platform, running, intended, &Options::default());
        let reached = entered(before, &found.commands)?;
        let script = pasted(&platform, &found.commands);
        prop_assert_eq!(
            meaning(&reached, lists),
            meaning(after, lists),
            "{}--- from\n{}--- to\n{}",
            script,
            running,
            intended
        );
    }
    for candidate in [before, after] {
        for (one, other) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let texts = both(candidate);
            let found = diff::remediate(&platform, &texts[one], &texts[other], &Options::default());
            let script = pasted(&platform, &found.commands);
            prop_assert!(
                found.is_empty() && found.rollback.is_empty(),
                "{}\n--- in\n{}{}",
                script,
                texts[one],
                texts[other]
            );
            let digest = |text: &str| diff::managed_digest(&platform, text, &Options::default());
            prop_assert_eq!(digest(&texts[one]), digest(&texts[other]));
        }
    }
    Ok(())
}

const ROUTER_LISTS: [&str; 6] = [
    "firewall family inet filter F1 term",
    "firewall family inet filter F2 term",
    "policy-options policy-statement P1 term",
    "policy-options policy-statement P2 term",
    "policy-options policy-statement P3 term",
    "protocols bgp group G export",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_router_goes_there_and_back(before in router(), after in router()) {
        leads_there_and_back("juniper_junos", &before, &after, &ROUTER_LISTS)?;
    }

    #[test]
    fn a_firewall_goes_there_and_back(before in firewall(), after in firewall()) {
        leads_there_and_back("paloalto_panos", &before, &after, &["rulebase security rules"])?;
    }

    /// A numbered rule is known by its number, so that nothing has a place that commands would have to find.
    #[test]
    fn a_gateway_goes_there_and_back(before in gateway(), after in gateway()) {
        let platform = platform("vyos");
        let sorted = |candidate: &Candidate| meaning(candidate, &[]).0;
        let found = diff::remediate(&platform, &before.commands(), &after.commands(), &Options::default());
        prop_assert!(found.warnings.is_empty() && found.unknown.is_empty(), "{:?} {:?}", found.warnings, found.unknown);
        let reached = entered(&before, &found.commands)?;
        prop_assert_eq!(sorted(&reached), sorted(&after), "{}--- from\n{}", pasted(&platform, &found.commands), before.commands());
        let back = entered(&reached, &found.rollback)?;
        prop_assert_eq!(sorted(&back), sorted(&before), "back\n{}", pasted(&platform, &found.rollback));
        let same = diff::remediate(&platform, &after.commands(), &reached.commands(), &Options::default());
        prop_assert!(same.is_empty(), "{}", pasted(&platform, &same.commands));
    }

    /// A loader that takes each command for itself never meets a name that is not there.
    #[test]
    fn names_exist_while_they_are_used(before in router(), after in router()) {
        let platform = platform("juniper_junos");
        let found = diff::remediate(&platform, &before.commands(), &after.commands(), &Options::default());
        let mut now = before.clone();
        for command in &found.commands {
            now.enter(&command.text).unwrap();
            for port in 0..3 {
                let unit = format!("interfaces ge-0/0/{port} unit 0 family");
                for filter in now.below(&format!("{unit} inet filter input")) {
                    prop_assert!(now.has(&format!("firewall family inet filter {filter}")), "{}", pasted(&platform, &found.commands));
                }
                for vlan in now.below(&format!("{unit} ethernet-switching vlan members")) {
                    prop_assert!(now.has(&format!("vlans {vlan}")), "{}", pasted(&platform, &found.commands));
                }
            }
            for policy in now.below("protocols bgp group G export") {
                prop_assert!(now.has(&format!("policy-options policy-statement {policy}")), "{}", pasted(&platform, &found.commands));
            }
        }
    }

    /// What no feature in hand owns is never named, and what is in hand is right.
    #[test]
    fn what_is_not_managed_stays(before in router(), after in router()) {
        let platform = platform("juniper_junos");
        let options = Options { features: Some(["vlans".to_owned(), "acls".to_owned()].into()), ..Options::default() };
        let found = diff::remediate(&platform, &before.commands(), &after.commands(), &options);
        let ours = |line: &str| [" vlans ", " firewall "].iter().any(|word| line.contains(word));
        for command in found.commands.iter().chain(&found.rollback) {
            prop_assert!(ours(&command.text) && !command.text.contains("interfaces"), "{}", command.text);
        }
        let reached = entered(&before, &found.commands)?;
        let split = |candidate: &Candidate, mine: bool| -> Vec<String> {
            let mut lines: Vec<String> = candidate.commands().lines().filter(|line| ours(line) == mine).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(split(&reached, true), split(&after, true));
        prop_assert_eq!(split(&reached, false), split(&before, false));
        prop_assert_eq!(found.unmanaged, before.commands().lines().filter(|line| line.starts_with("set ") && !ours(line)).count());
    }

    #[test]
    fn any_text_is_read(text in "(?:[ \\t]{0,3}(?:set a b|delete a|set x \"y|deactivate a|insert a b before c|a \\{|inactive: b \\{|\\}|/\\* x|\\*/|# c|m \\[ a b|\\];|l 'x;|[a-z\"';{}\\[\\] é]{0,9})[;]?\\r?\\n?){0,14}") {
        for name in ["juniper_junos", "vyos", "paloalto_panos"] {
            let platform = platform(name);
            let tree = samnet::config::parse(platform.family, &platform.rules.syntax, &text);
            prop_assert_eq!(tree.print(), text.clone(), "{}", name);
            let found = diff::remediate(&platform, &text, &text, &Options::default());
            prop_assert!(found.is_empty(), "{}: {}", name, pasted(&platform, &found.commands));
            let found = diff::remediate(&platform, &text, "set a c\n", &Options::default());
            prop_assert!(found.commands.iter().all(|command| !command.text.is_empty()));
        }
    }
}

#[test]
fn one_of_ten_thousand_terms_costs_two_commands() {
    let platform = platform("juniper_junos");
    let term = |n: usize| {
        format!(
            "set firewall family inet filter F term t{n} from source-address 10.{}.{}.0/24\nset firewall family inet filter F term t{n} then accept\n",
            n / 256,
            n % 256
        )
    };
    let running = (0..10_000).filter(|n| *n != 5_000).map(term).collect::<Vec<_>>().concat();
    let intended = (0..10_000).map(term).collect::<Vec<_>>().concat();
    let found = diff::remediate(&platform, &running, &intended, &Options::default());
    let path = "firewall family inet filter F term t5000";
    let expected = format!(
        "set {path} from source-address 10.19.136.0/24\nset {path} then accept\ninsert {path} before term t5001\n"
    );
    assert_eq!(pasted(&platform, &found.commands), expected);
    assert_eq!(pasted(&platform, &found.rollback), format!("delete {path}\n"));
}

#[test]
fn secrets_are_verified_and_hidden() {
    let platform = platform("juniper_junos");
    let path = "set system root-authentication encrypted-password";
    let hash = "$6$saltsalt$pn.eNCAqRIao3pxsOGdjVa9wVR7Rb/3WnbxOluoQKVZPzLuyetx3yF6VIZDfQnn/arrFVfrq3BqRb9gLqhI5z0";
    let running = format!(
        "{path} \"{hash}\"\nset protocols bgp group G authentication-key \"$9$Qn6zznCO1hKMXcyMXN-g4QF3n69hclMW-KWZjHqQz1Rh\"\n"
    );
    let same = format!(
        "{path} \"Hello world!\"\nset protocols bgp group G authentication-key \"$9$iH.5n/tIEyp0EyeK7Nikq.mftpBEhKIhb24aiH/Ct\"\n"
    );
    let found = diff::remediate(&platform, &running, &same, &Options::default());
    assert_eq!(pasted(&platform, &found.commands), "");
    let other = format!("{path} \"Good-bye\"\nset protocols bgp group G authentication-key \"hunter2\"\n");
    let found = diff::remediate(&platform, &running, &other, &Options::default());
    let sent = pasted(&platform, &found.commands);
    assert!(
        sent.contains("Good-bye") && sent.contains("hunter2") && !sent.contains("$6$") && !sent.contains("$9$"),
        "{sent}"
    );
    for command in found.commands.iter().chain(&found.rollback) {
        for secret in ["Good-bye", "hunter2", "$6$", "$9$"] {
            assert!(!command.reason.contains(secret), "{}", command.reason);
            assert!(!diff::mask(&platform, Some(&command.path), &command.text).contains(secret), "{}", command.text);
        }
    }
}

#[test]
fn features_keep_the_engine_off_other_statements() {
    let platform = platform("juniper_junos");
    let running = "system {\n    host-name a;\n}\nvlans {\n    A {\n        vlan-id 10;\n    }\n}\ninterfaces {\n    ge-0/0/0 {\n        unit 0 {\n            family ethernet-switching {\n                vlan {\n                    members A;\n                }\n            }\n        }\n    }\n}\nwibble wobble;\n";
    let intended = "set vlans B vlan-id 20\nset system host-name b\n";
    let options = Options { features: Some(["vlans".to_owned()].into()), ..Options::default() };
    let found = diff::remediate(&platform, running, intended, &options);
    assert_eq!(pasted(&platform, &found.commands), "set vlans B vlan-id 20\ndelete vlans A\n");
    assert_eq!(pasted(&platform, &found.rollback), "set vlans A vlan-id 10\ndelete vlans B\n");
    assert_eq!(found.unmanaged, 3);
    assert_eq!(found.unknown, [(20, "wibble wobble".into())]);
    let line = "interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members A";
    assert_eq!(found.warnings, [format!("vlan A goes, but a line outside the managed region still uses it: `{line}`")]);
}
