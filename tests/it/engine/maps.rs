//! Entries of route maps: one that loses its match before the next has come matches everything.

use std::collections::BTreeSet;

use samnet::diff::{self, Options};

use super::platform;

/// Matches of each platform; those with the same first part take each other's place.
const MATCHES: [(&str, [(&str, &str); 5]); 4] = [
    (
        "frr",
        [
            ("ip address", "match ip address A"),
            ("ip address", "match ip address B"),
            ("ip address prefix-list", "match ip address prefix-list P"),
            ("community", "match community C"),
            ("tag", "match tag 7"),
        ],
    ),
    (
        "cisco_iosxe",
        [
            ("A", "match ip address A"),
            ("B", "match ip address B"),
            ("P", "match ip address prefix-list P"),
            ("C", "match community C"),
            ("7", "match tag 7"),
        ],
    ),
    (
        "arista_eos",
        [
            ("ip address access-list", "match ip address access-list A"),
            ("ip address access-list", "match ip address access-list B"),
            ("ip address prefix-list", "match ip address prefix-list P"),
            ("community", "match community C"),
            ("tag", "match tag 7"),
        ],
    ),
    (
        "aruba_aoscx",
        [
            ("ip address", "match ip address prefix-list P"),
            ("ip address", "match ip address prefix-list Q"),
            ("as-path", "match as-path X"),
            ("community-list", "match community-list C"),
            ("tag", "match tag 7"),
        ],
    ),
];

/// Every choice of matches that one entry can have at a time.
fn choices(matches: &[(&'static str, &'static str)]) -> Vec<Vec<(&'static str, &'static str)>> {
    let all = (0..1_u32 << matches.len()).map(|set| {
        let chosen = matches.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0);
        chosen.map(|(_, one)| *one).collect::<Vec<_>>()
    });
    all.filter(|chosen| chosen.iter().map(|(kind, _)| kind).collect::<BTreeSet<_>>().len() == chosen.len()).collect()
}

fn text(chosen: &[(&str, &str)]) -> String {
    let lines = chosen.iter().fold(String::new(), |all, (_, line)| format!("{all} {line}\n"));
    format!("route-map M permit 10\n{lines} set metric 5\n!\nrouter bgp 65001\n neighbor 192.0.2.1 route-map M in\n!\n")
}

#[test]
fn an_entry_in_use_is_never_without_its_match() {
    for (name, matches) in MATCHES {
        let platform = platform(name);
        let choices = choices(&matches);
        for (running, intended) in choices.iter().flat_map(|one| choices.iter().map(move |two| (one, two))) {
            let found = diff::remediate(&platform, &text(running), &text(intended), &Options::default());
            let ways = [
                (running, intended, &found.commands, &found.proof),
                (intended, running, &found.rollback, &found.rollback_proof),
            ];
            for (from, to, commands, proof) in ways {
                assert!(proof.breaches.is_empty(), "{name}: {from:?} to {to:?}: {commands:#?}\n{proof:?}");
                let mut stand: Vec<(&str, &str)> = from.clone();
                for command in commands {
                    if let Some(line) = command.text.strip_prefix("no match") {
                        let before = stand.len();
                        stand.retain(|(_, have)| *have != format!("match{line}"));
                        assert!(stand.len() < before, "{name}: nothing to take: {commands:#?}");
                    } else if let Some(new) = matches.iter().find(|(_, line)| *line == command.text) {
                        stand.retain(|(kind, _)| *kind != new.0);
                        stand.push(*new);
                    }
                    let bare = stand.is_empty() && !from.is_empty() && !to.is_empty();
                    assert!(!bare, "{name}: {from:?} to {to:?} matches everything after {command:?}");
                }
                let (have, want): (BTreeSet<_>, BTreeSet<_>) =
                    (stand.into_iter().collect(), to.iter().copied().collect());
                assert_eq!(have, want, "{name}: {from:?} to {to:?}: {commands:#?}");
            }
        }
    }
}
