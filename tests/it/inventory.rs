//! The example inventory as a whole, and projects that are broken in one way each.

use std::collections::BTreeMap;
use std::path::Path;

use samnet::inventory;
use samnet::model::Role;

fn example() -> inventory::Loaded {
    inventory::load(Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn the_example_is_read_without_a_finding() {
    let loaded = example();
    let said: Vec<String> = loaded
        .findings
        .iter()
        .map(|found| format!("{:?} {}", found.span.map(|at| loaded.sources.place(at).to_string()), found.message))
        .collect();
    assert_eq!(said, Vec::<String>::new());
}

#[test]
fn the_example_is_the_network_it_claims_to_be() {
    let network = example().network;
    let mut roles: BTreeMap<Role, usize> = BTreeMap::new();
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        *roles.entry(device.role).or_default() += 1;
    }
    assert_eq!(network.organisations.len(), 4);
    assert!(network.sites.len() >= 12, "{} sites", network.sites.len());
    assert!(roles.values().sum::<usize>() >= 80, "{roles:?}");
    assert_eq!((roles[&Role::Core], roles[&Role::Firewall]), (2, 2));
    assert_eq!(network.ssids.len(), 5);
    assert!(network.policy.flows.len() >= 40, "{} flows", network.policy.flows.len());
    assert!(network.policy.flows.iter().filter(|flow| flow.expires.is_some()).count() >= 15);
    assert!(network.policy.flows.iter().any(|flow| flow.expires.is_none()));
}

#[test]
fn the_digest_follows_every_byte_and_nothing_else() {
    assert_eq!(example().digest, example().digest);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inventory/network.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let digest = |text: &str| {
        std::fs::write(&file, text).unwrap();
        inventory::load(folder.path()).digest
    };
    assert_ne!(digest("network: {}\n"), digest("network: {} \n"));
    assert_eq!(digest("network: {}\n"), digest("network: {}\n"));
}
