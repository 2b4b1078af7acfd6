//! The example inventory as a whole, and projects that are the example but for one mistake.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rayon::prelude::*;
use samnet::model::Role;
use samnet::platform::Library;
use samnet::{check, inventory, report};

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

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
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
    // rights by the vault's own tests; 8xx by the tests of rendering.
    let elsewhere = ["SN-001", "SN-002", "SN-005", "SN-008", "SN-009", "SN-701"];
    let told: Vec<String> = cases::all().into_iter().flat_map(|case| case.expected).map(|(code, ..)| code).collect();
    let missing: Vec<String> = samnet::finding::codes::ALL
        .iter()
        .map(|entry| entry.code.to_string())
        .filter(|code| code.as_str() < "SN-800" && !elsewhere.contains(&code.as_str()) && !told.contains(code))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// Every file of the example that is read, by its path.
fn files(root: &Path, below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        if root.join(&path).is_dir() {
            found.extend(files(root, &path));
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// One slip of a hand in a text: at a place, some characters go and some others come.
fn slip(text: &str, at: usize, gone: usize, come: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = at % chars.len();
    let rest = chars.iter().skip(at + gone);
    chars.iter().take(at).copied().chain(come.chars()).chain(rest.copied()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a hand does to a file: no panic, every place lies in its file, every finding can be shown.
    #[test]
    fn no_slip_of_a_hand_breaks_the_reading(
        file in 0..1000_usize,
        slips in prop::collection::vec((0..100_000_usize, 0..40_usize, "[ a-z0-9{}\\[\\]:,\\-#&*!|>'\"\\t\\n/.å]{0,12}"), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR"));
        for part in ["inventory", "policies"] {
            copy(&example.join(part), &folder.path().join(part));
        }
        let mut all = files(folder.path(), Path::new("inventory"));
        all.extend(files(folder.path(), Path::new("policies")));
        let path = folder.path().join(&all[file % all.len()]);
        let mut text = fs::read_to_string(&path).unwrap();
        for (at, gone, come) in slips {
            text = slip(&text, at, gone, &come);
        }
        fs::write(&path, text).unwrap();
        let loaded = inventory::load(folder.path());
        let library = Library::built_in().unwrap();
        let (_, findings) = check::all(&loaded, &library, Some(jiff::civil::date(2026, 12, 1)));
        for finding in &findings {
            let spans = finding.span.into_iter().chain(finding.labels.iter().map(|label| label.span));
            for span in spans {
                prop_assert!(loaded.sources.text(span.file).get(span.range()).is_some(), "{finding:?}");
            }
        }
        prop_assert!(!report::findings::human(&loaded.sources, &findings, true).contains('\t'));
    }
}
