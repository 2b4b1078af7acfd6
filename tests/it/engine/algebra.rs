//! What must hold for any two configurations, tried on many.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use samnet::diff::{self, Options};

use super::model::{Dialect, Port, Switch};
use super::{pasted, platform};

const BODIES: [&str; 7] = [
    "permit tcp any any eq www",
    "permit tcp any any eq 443",
    "permit udp any any eq domain",
    "permit ip 10.1.0.0 0.0.255.255 any",
    "deny tcp any host 10.0.0.1",
    "deny udp any any eq tftp",
    "permit icmp any any",
];

/// A filter: some entries in some order, always closed by a denial of all.
fn acl() -> impl Strategy<Value = Vec<String>> {
    Just(BODIES.to_vec()).prop_shuffle().prop_flat_map(|bodies| (Just(bodies), 0_usize..=7)).prop_map(
        |(bodies, count)| bodies.iter().take(count).copied().chain(["deny ip any any"]).map(str::to_owned).collect(),
    )
}

fn numbered(dialect: Dialect, entries: &[String], step: u32) -> std::collections::BTreeMap<u32, String> {
    entries.iter().zip(1..).map(|(entry, at)| (at * step, dialect.entry(entry))).collect()
}

fn switch(dialect: Dialect) -> impl Strategy<Value = Switch> {
    let vlans = btree_map(prop::sample::select(vec![10_u16, 20, 21, 22, 30, 40]), prop::option::of("[A-Z]{1,3}"), 1..6);
    let acls = btree_map("[A-C]", (acl(), prop::sample::select(vec![1_u32, 2, 5, 10])), 0..3);
    (vlans, acls, "[a-z]{1,3}", btree_set(1_u8..5, 0..3)).prop_flat_map(move |(vlans, acls, hostname, routes)| {
        let ids: Vec<u16> = vlans.keys().copied().collect();
        let names: Vec<String> = acls.keys().cloned().collect();
        let filter =
            if names.is_empty() { Just(None).boxed() } else { prop::option::of(prop::sample::select(names)).boxed() };
        let access = prop::option::of(prop::sample::select(ids.clone()));
        let trunk = prop::option::of(btree_set(prop::sample::select(ids.clone()), 1..6));
        let description = prop::option::of("[a-z]{1,4}( [a-z]{1,4})?");
        let port = (description, access, trunk, filter.clone(), any::<bool>()).prop_map(
            |(description, access, trunk, filter, shutdown)| Port {
                description,
                access,
                trunk,
                filter,
                shutdown,
                address: None,
            },
        );
        let svi = (prop::sample::select(ids), 1_u8..4, filter);
        (vec(port, 3), vec(svi, 0..3)).prop_map(move |(ports, svis)| {
            let mut switch = Switch { dialect, hostname: hostname.clone(), vlans: vlans.clone(), ..Switch::default() };
            switch.acls =
                acls.iter().map(|(name, (entries, step))| (name.clone(), numbered(dialect, entries, *step))).collect();
            for (at, port) in ports.into_iter().enumerate() {
                switch.ports.insert(dialect.port(at + 1), port);
            }
            for (vlan, host, filter) in svis {
                let address = Some(format!("10.0.{host}.1"));
                if switch.ports.values().all(|port| port.address != address) {
                    switch.ports.insert(format!("Vlan{vlan}"), Port { address, filter, ..Port::default() });
                }
            }
            switch.routes = routes.iter().map(|&host| dialect.route(host)).collect();
            switch
        })
    })
}

/// Two states of a switch of either vendor.
fn change() -> impl Strategy<Value = (Switch, Switch)> {
    prop_oneof![Just(Dialect::Cisco), Just(Dialect::Arista)].prop_flat_map(|dialect| (switch(dialect), switch(dialect)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(600), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_and_back_and_safe_at_every_step((before, after) in change(), hidden in any::<bool>(), intent in any::<bool>()) {
        let platform = platform(before.dialect.platform());
        let numbers = before.dialect.shows_numbers() || !hidden;
        let (running, intended) = (before.show(numbers), after.show(intent));
        let found = diff::remediate(&platform, &running, &intended, &Options::default());
        let script = pasted(&platform, &found.commands);
        // The engine's own proof says what this model finds below; interfaces that trade addresses lose them meanwhile.
        let moved = |port: &Port, other: &Port| port.address.is_some() && port.address == other.address;
        let traded = before.ports.iter().any(|(name, port)| {
            after.ports.iter().any(|(other, after)| other != name && moved(port, after))
        });
        for breach in found.proof.breaches.iter().chain(&found.rollback_proof.breaches) {
            prop_assert!(traded && breach.what.ends_with("(address)"), "{breach} in\n{script}");
        }
        let mut device = before.clone();
        for command in &found.commands {
            let given = device.give(command);
            prop_assert!(given.is_ok(), "{given:?} at `{}` in\n{script}\n--- from\n{running}--- to\n{intended}", command.text);
            let held = device.check(&before, &after);
            prop_assert!(held.is_ok(), "{held:?} after `{}` in\n{script}\n--- from\n{running}--- to\n{intended}", command.text);
        }
        // The same configuration, whatever numbers the device gave.
        let plain = |switch: &Switch| switch.show(false);
        prop_assert_eq!(plain(&device), plain(&after), "{}\n--- from\n{}", script, running);
        if intent && numbers {
            prop_assert_eq!(device.show(true), intended.clone(), "{}\n--- from\n{}", script, running);
        }
        let again = diff::remediate(&platform, &device.show(numbers), &intended, &Options::default());
        prop_assert!(again.is_empty(), "a second round has\n{}", pasted(&platform, &again.commands));

        let back = pasted(&platform, &found.rollback);
        for command in &found.rollback {
            let given = device.give(command);
            prop_assert!(given.is_ok(), "{given:?} at `{}` in rollback\n{back}\n--- of\n{script}", command.text);
            let held = device.check(&after, &before);
            prop_assert!(held.is_ok(), "{held:?} after `{}` in rollback\n{back}\n--- of\n{script}", command.text);
        }
        prop_assert_eq!(plain(&device), plain(&before), "rollback\n{}--- of\n{}", back, script);
        if numbers {
            prop_assert_eq!(device.show(true), running, "rollback\n{}--- of\n{}", back, script);
        }
    }

    #[test]
    fn nothing_differs_from_itself((state, _) in change(), numbers in any::<bool>(), other in any::<bool>()) {
        let platform = platform(state.dialect.platform());
        let found = diff::remediate(&platform, &state.show(numbers), &state.show(numbers), &Options::default());
        prop_assert!(found.is_empty() && found.rollback.is_empty());
        // The device may hide the numbers it was given; it never invents entries.
        if !other {
            let found = diff::remediate(&platform, &state.show(numbers), &state.show(false), &Options::default());
            prop_assert!(found.is_empty(), "{}", pasted(&platform, &found.commands));
        }
    }

    #[test]
    fn any_text_parses_and_prints_back(text in "(?:[ \\t]{0,3}(?:banner motd (?:\\^C|#)|interface a|no x|exit|exit-address-family|address-family v4|!|#|table a \\{|\\}|config a 'b'|option x \"y|package z|[a-z'{};\\\\ é]{0,9})\\r?\\n){0,12}[a-z }]{0,3}") {
        for (_, entry) in super::LIBRARY.iter() {
            let platform = &entry.platform;
            let tree = samnet::config::parse(platform.family, &platform.rules.syntax, &text);
            prop_assert_eq!(tree.print(), text.clone(), "{}", platform.name);
        }
    }
}
