//! The example inventory as a whole, and projects that are the example but for one mistake.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use samnet::derive::derive;
use samnet::finding::{any_error, codes};
use samnet::model::Role;
use samnet::platform::Library;
use samnet::{check, inventory, report};

#[path = "../../benches/generate/mod.rs"]
mod generate;

use super::cases::{self, Case};

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
    assert_eq!(example().digest(), example().digest());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inventory/network.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let digest = |text: &str| {
        std::fs::write(&file, text).unwrap();
        inventory::load(folder.path()).digest()
    };
    assert_ne!(digest("network: {}\n"), digest("network: {} \n"));
    assert_eq!(digest("network: {}\n"), digest("network: {}\n"));
}

#[test]
fn unsaved_text_goes_before_what_the_disk_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut unsaved = inventory::Overlay::default();
    let mut hold = |path: &str, text: &str| unsaved.0.insert(path.into(), text.into());
    hold("inventory/vlans.yaml", "vlans:\n  - { id: 20, name: staff }\n");
    hold("inventory/sites/nyby/skolan.yaml", "site: { name: Nya skolan, index: 3 }\n");
    hold("inventory/vlan.yaml", "");
    hold("notes/todo.yaml", "");
    let loaded = inventory::load_with(root, &unsaved);
    let said: Vec<String> = loaded
        .findings
        .iter()
        .map(|found| format!("{} {}", loaded.sources.place(found.span.unwrap()), found.message))
        .collect();
    let (stray, vlan) = said.split_last().unwrap();
    assert_eq!(stray, "inventory/vlan.yaml nothing reads this file");
    assert!(vlan.iter().all(|said| said.starts_with("inventory/vlans.yaml:2:7 a VLAN has no")), "{said:?}");
    assert!(loaded.network.sites.iter().any(|site| site.name.as_str() == "Nya skolan"));
    assert_eq!(loaded.network.sites.len(), example().network.sites.len() + 1);

    // A project may exist in an editor alone.
    let nowhere = tempfile::tempdir().unwrap();
    let alone = inventory::Overlay([("inventory/network.yaml".into(), "network: {".into())].into());
    let loaded = inventory::load_with(nowhere.path(), &alone);
    assert_eq!(loaded.findings.iter().map(|found| found.code.to_string()).collect::<Vec<_>>(), ["SN-003"]);
}

#[test]
fn every_mistake_is_found_at_its_place_and_nothing_else() {
    let cases = cases::all();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let wrong: Vec<String> = cases.par_iter().map(complaints).collect();
    assert!(wrong.iter().all(String::is_empty), "{}", wrong.concat());
}

/// What a case's findings are and should not be.
fn complaints(case: &Case) -> String {
    let (loaded, findings) = case.findings();
    let mut found: Vec<String> = findings
        .iter()
        .map(|finding| {
            let place = loaded.sources.place(finding.span.unwrap());
            let line = if place.line == 0 { String::new() } else { format!(":{}", place.line) };
            format!("{} {}{line}", finding.code, place.path.display())
        })
        .collect();
    found.sort();
    let expected = case.expected();
    let mut wrong = String::new();
    if found != expected {
        let shown = report::findings::human(&loaded.sources, &findings, false);
        wrong += &format!("{}: expected {expected:#?}, found {found:#?}\n{shown}\n", case.name);
    }
    for finding in &findings {
        // The message alone may be the way out where a value has the wrong shape.
        let out = finding.help.is_some() || !finding.here.is_empty() || !finding.labels.is_empty();
        if !out && finding.code.0 >= 200 {
            wrong += &format!("{}: \"{}\" says no way out\n", case.name, finding.message);
        }
    }
    wrong
}

#[test]
fn what_is_left_out_never_makes_an_inventory_sound() {
    let sound = |case: &Case| {
        let (loaded, findings) = case.findings();
        let (_, derivation) = derive(&loaded.network);
        (any_error(&loaded.findings) || any_error(&derivation)) && !any_error(&findings)
    };
    let wrong: Vec<String> = cases::all().par_iter().filter(|case| sound(case)).map(|case| case.name.clone()).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_secret_written_in_yaml_is_not_repeated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken/secret-in-yaml.case");
    let [case] = cases::read(&path).try_into().unwrap_or_else(|_| panic!("one case"));
    let loaded = case.load();
    assert_eq!(loaded.findings.len(), 1);
    let shown = report::findings::human(&loaded.sources, &loaded.findings, false);
    assert!(shown.contains("inventory/network.yaml:") && !shown.contains("hemligt123"), "{shown}");
    let listing = report::findings::Listing::of(&loaded.sources, &loaded.findings, None);
    for format in &report::findings::FORMATS[1..] {
        let text = listing.write(format).unwrap();
        assert!(text.contains("SN-702") && !text.contains("hemligt123"), "{text}");
    }
}

#[test]
fn every_code_about_an_inventory_has_a_case() {
    // Files that are no text, no project or no end of mistakes are made by `bad_input`; a secret file's
    // rights by the vault's own tests, the signers by those of approval, values of secrets by `strength`; 8xx by the tests of rendering.
    let elsewhere = [
        "SN-001", "SN-002", "SN-005", "SN-008", "SN-009", "SN-620", "SN-701", "SN-722", "SN-723", "SN-724", "SN-725",
        "SN-726",
    ];
    let told: Vec<String> = cases::all().into_iter().flat_map(|case| case.expected).map(|(code, ..)| code).collect();
    let missing: Vec<String> = samnet::finding::codes::ALL
        .iter()
        .map(|entry| entry.code.to_string())
        .filter(|code| code.as_str() < "SN-800" && !elsewhere.contains(&code.as_str()) && !told.contains(code))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// A network of another size: what the benchmarks measure is a network without mistakes.
#[test]
fn a_generated_inventory_has_no_findings() {
    let library = Library::built_in().unwrap();
    for (sites, devices, seed) in [(48, 400, 1), (90, 700, 7)] {
        let folder = tempfile::tempdir().unwrap();
        generate::write(folder.path(), generate::Size { sites, devices, seed }).unwrap();
        let loaded = inventory::load(folder.path());
        let (derived, mut findings) = check::all(&loaded, &library, Some(jiff::civil::date(2026, 12, 1)));
        // A small one does not have a device of every model.
        findings.retain(|finding| finding.code != codes::IDLE);
        let shown = report::findings::human(&loaded.sources, &findings, false);
        assert_eq!((shown.as_str(), derived.devices.len()), ("", devices));
    }
}
