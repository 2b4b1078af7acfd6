//! What `samnet show` says of devices and of their age.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::project::copy;

fn show(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
    command.args(["-C", env!("CARGO_MANIFEST_DIR"), "show"]).args(arguments).output().unwrap()
}

fn text(arguments: &[&str]) -> String {
    let output = show(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&text(&[arguments, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn every_value_is_explained_by_a_place_that_exists() {
    let shown = json(&["device", "aml-karlberg-sw01", "--explain"]);
    let parts = shown["parts"].as_array().unwrap();
    let headings: Vec<&str> = parts.iter().map(|part| part["part"].as_str().unwrap()).collect();
    assert_eq!(headings[..2], ["Device", "Settings"]);
    assert!(headings.iter().any(|heading| heading.starts_with("Ports 1 to ")), "{headings:?}");
    let values = parts.iter().flat_map(|part| part["values"].as_array().unwrap());
    let mut count = 0;
    for value in values {
        let place = value["place"].as_str().unwrap();
        let mut place = place.split(':');
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(place.next().unwrap());
        let line: usize = place.next().unwrap().parse().unwrap();
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!((1..=lines).contains(&line), "{value}");
        assert!(!value["level"].as_str().unwrap().is_empty(), "{value}");
        count += 1;
    }
    assert!(count > 20, "{count} values");
    let network = parts[1]["values"].as_array().unwrap().iter().find(|value| value["path"] == "services.ntp").unwrap();
    assert!(network["place"].as_str().unwrap().starts_with("inventory/network.yaml:"), "{network}");
}

#[test]
fn what_a_more_specific_place_says_names_what_it_replaces() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in ["inventory/models.yaml", "inventory/vlans.yaml", "inventory/network.yaml"] {
        write(path, &std::fs::read_to_string(root.join(path)).unwrap());
    }
    let profiles = "profiles:\n  base: { vlan: staff, poe: true }\n  desk: { extends: base, title: Bord }\n";
    write("inventory/profiles.yaml", profiles);
    write(
        "inventory/sites/amal/hus.yaml",
        "site: { name: Hus, index: 60, tags: [office] }\nprofiles: { desk: { title: Skrivbord } }\ndevices:\n  \
         distribution-1:\n    { model: C9300-24P, security: { session_minutes: 7 },\n      \
         ports: { 1-4: { profile: desk, title: Plats } } }\nsecurity: { session_minutes: 9 }\n",
    );
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
        let output = command.arg("-C").arg(folder.path()).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = run(&["show", "device", "aml-hus-ds01", "--explain"]);
    let line = |word: &str| {
        let found = shown.lines().find(|line| line.split_whitespace().next() == Some(word));
        found.unwrap_or_else(|| panic!("no {word} in {shown}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let site = "inventory/sites/amal/hus.yaml";
    assert!(
        line("security.session_minutes")
            .starts_with(&format!("security.session_minutes 7 device {site}:5:54 instead of 9 from site {site}:7:30")),
        "{shown}"
    );
    assert_eq!(
        line("title"),
        format!(
            "title Plats port {site}:6:45 instead of Skrivbord from profile desk at site {site}:2:28; instead of Bord from profile desk inventory/profiles.yaml:3:33"
        )
    );
    assert_eq!(line("vlan"), "vlan staff profile base inventory/profiles.yaml:2:17");
}

#[test]
fn the_lifecycle_is_the_same_for_the_same_day() {
    let shown = text(&["lifecycle", "--as-of", "2027-03-01"]);
    assert_eq!(shown, text(&["lifecycle", "--as-of", "2027-03-01"]));
    assert!(shown.starts_with("Lifecycle · as of 2027-03-01\n") && shown.contains("Åmåls kommun"), "{shown}");
    let all = json(&["lifecycle", "--as-of", "2027-03-01"]);
    let devices = all["devices"].as_array().unwrap();
    assert!(devices.len() >= 80);
    let due = devices.iter().filter(|device| !device["due"].is_null());
    let units: u64 = due.map(|device| device["units"].as_u64().unwrap()).sum();
    let totals = all["totals"].as_array().unwrap();
    assert_eq!(totals.iter().map(|total| total["units"].as_u64().unwrap()).sum::<u64>(), units);
    let some = json(&["lifecycle", "--as-of", "2027-03-01", "--target", "org:amal+role:ap"]);
    let some = some["devices"].as_array().unwrap();
    assert!(!some.is_empty() && some.len() < devices.len());
    assert!(some.iter().all(|device| device["organisation"] == "amal" && device["role"] == "ap"));
}

#[test]
fn everything_that_holds_is_explained() {
    let shown = json(&["device", "aml-karlberg-sw01", "--explain"]);
    let parts = shown["parts"].as_array().unwrap();
    let value = |heading: &str, path: &str| {
        let part = parts.iter().find(|part| part["part"] == heading).unwrap_or_else(|| panic!("no {heading}"));
        let values = part["values"].as_array().unwrap();
        values.iter().find(|value| value["path"] == path).map(|value| value["value"].clone()).unwrap_or_default()
    };
    // A link is told at both of its ends, and what it leads to.
    assert_eq!(value("Port u1", "to"), "distribution-1 u3");
    assert_eq!(value("Ports 41 to 44", "to").as_array().map(Vec::len), Some(4));
    assert_eq!(value("Device", "timezone"), "Europe/Stockholm");
    let shown = json(&["device", "aml-karlberg-ap01", "--explain"]);
    let of = |path: &str| {
        let values = shown["parts"][0]["values"].as_array().unwrap();
        values.iter().filter(|value| value["path"] == path).cloned().collect::<Vec<_>>()
    };
    assert!(of("ssid").len() > 1, "{shown}");
    assert_eq!(of("radios.radio1.channel").len(), 1, "{shown}");
}

#[test]
fn the_last_day_of_support_is_supported_and_a_selector_that_means_nobody_proposes() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["inventory", "policies"] {
        copy(&root.join(part), &folder.path().join(part));
    }
    let models = folder.path().join("inventory/models.yaml");
    let text = std::fs::read_to_string(&models).unwrap();
    assert!(text.contains("    lifetime_years: 6\n"));
    let ends = "    lifetime_years: 60\n    end_of_support: 2026-11-30\n";
    std::fs::write(&models, text.replacen("    lifetime_years: 6\n", ends, 1)).unwrap();
    let overdue = |day: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
        let arguments = ["show", "lifecycle", "--as-of", day, "--target", "all", "--json", "-C"];
        let output = command.args(arguments).arg(folder.path()).output().unwrap();
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        let ends = all["devices"].as_array().unwrap().iter().filter(|it| it["due"] == "2026-11-30");
        ends.map(|it| it["overdue"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    let last = overdue("2026-11-30");
    assert!(!last.is_empty() && last.iter().all(|late| !late), "{last:?}");
    assert!(overdue("2026-12-01").iter().all(|late| *late));
    let nobody = show(&["lifecycle", "--target", "site:karlbergskolan"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("did you mean `karlbergsskolan`?"));
    let bare = show(&["lifecycle", "--target", "bengtsfors"]);
    assert!(String::from_utf8_lossy(&bare.stderr).contains("did you mean `org:bengtsfors`?"));
    let equals = show(&["lifecycle", "--target", "role=access"]);
    assert!(String::from_utf8_lossy(&equals.stderr).contains("`role:access`"));
}

#[test]
fn an_option_that_means_nothing_is_refused() {
    for arguments in [
        &["site", "stadshuset", "--explain"][..],
        &["network", "--as-of", "2027-01-01"],
        &["network", "x"],
        &["lifecycle", "x"],
    ] {
        assert_eq!(show(arguments).status.code(), Some(64), "{arguments:?}");
    }
}

#[test]
fn every_platform_says_how_it_is_read_changed_and_taken_back() {
    let library = samnet::platform::Library::built_in().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_samnet"));
        let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (_, all, _) = run(&["show", "platform"]);
    for (name, entry) in library.iter() {
        assert!(all.contains(name) && all.contains(&entry.platform.title), "{all}");
        let (code, page, said) = run(&["show", "platform", name]);
        assert_eq!(code, Some(0), "{said}");
        let tier = entry.platform.transaction.tier.word();
        assert!(page.contains(&format!("safety          {tier}: ")), "{page}");
        for command in &entry.platform.session.read.commands {
            assert!(page.contains(command.as_str()), "{command} is not in\n{page}");
        }
        for sentence in &entry.platform.unverified {
            assert!(page.contains(sentence.as_str()), "{sentence} is not in\n{page}");
        }
        let (_, json, _) = run(&["show", "platform", name, "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["tier"], tier);
        assert_eq!(value["renders"], entry.platform.template.is_some());
    }
    let (code, _, said) = run(&["show", "platform", "linux_nftable"]);
    assert!(code == Some(1) && said.contains("did you mean `linux_nftables`?"), "{said}");
}
