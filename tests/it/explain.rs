//! The text of every code tells the truth: its wrong example yields that very code, its right one does not.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use samnet::finding::{Finding, codes, text};
use samnet::platform::Library;
use samnet::{check, inventory, render};

use crate::project::copy;

/// The networks the examples are taken from: one in miniature, and this repository's own.
const BASES: [&str; 2] = [concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/small"), env!("CARGO_MANIFEST_DIR")];

fn findings(root: &Path) -> Vec<Finding> {
    let library = Library::built_in().unwrap();
    let loaded = inventory::load(root);
    let (derived, mut found) = check::all(&loaded, &library, Some(jiff::civil::date(2026, 12, 1)));
    found.extend(render::all(&loaded.network, &derived, &library).1);
    found
}

/// Puts the wrong lines where the right ones stand; `…` in them is what stands there in the file.
/// `None` where the right ones do not stand there.
fn spoil(whole: &str, right: &str, wrong: &str) -> Option<String> {
    let wild: Vec<String> = right.split('…').map(regex::escape).collect();
    let mut pattern = String::new();
    for (n, piece) in wild.iter().enumerate() {
        if n > 0 {
            // A line of its own stands for any number of lines, else for the rest of a line.
            let lines = pattern.ends_with('\n') && (piece.is_empty() || piece.starts_with('\n'));
            pattern.push_str(if lines { r"([\s\S]*)" } else { r"([^\n]*?)" });
        }
        pattern.push_str(piece);
    }
    if right.ends_with('…') && pattern.ends_with("*?)") {
        pattern.push_str("(?m:$)");
    }
    let found = regex::Regex::new(&pattern).unwrap().captures(whole)?;
    let mut filled = String::new();
    for (n, piece) in wrong.split('…').enumerate() {
        if n > 0 {
            filled.push_str(&found[n]);
        }
        filled.push_str(piece);
    }
    Some(whole.replacen(&found[0], &filled, 1))
}

#[test]
fn every_wrong_example_yields_its_code_and_every_right_one_does_not() {
    let before = BASES.map(|base| findings(Path::new(base)).iter().map(|finding| finding.code).collect::<Vec<_>>());
    let mut untested = Vec::new();
    let mut wrong = Vec::new();
    for entry in codes::ALL {
        let text = text::explanation(entry.code).unwrap();
        let (Some(path), "yaml") = (text.path, text.language) else {
            untested.push(entry.code.to_string());
            continue;
        };
        let spoiled = BASES.iter().zip(&before).find_map(|(base, before)| {
            let whole = fs::read_to_string(Path::new(base).join(path)).ok()?;
            Some((base, before, spoil(&whole, text.right, text.wrong)?))
        });
        let Some((base, before, spoiled)) = spoiled else {
            wrong.push(format!("{}: {path} has nowhere\n{}", entry.code, text.right));
            continue;
        };
        assert!(!before.contains(&entry.code), "{base} itself has {}", entry.code);
        let folder = tempfile::tempdir().unwrap();
        for part in ["inventory", "policies"] {
            copy(&Path::new(base).join(part), &folder.path().join(part));
        }
        fs::write(folder.path().join(path), spoiled).unwrap();
        let found = findings(folder.path());
        if !found.iter().any(|finding| finding.code == entry.code) {
            let said: Vec<_> = found.iter().map(|f| format!("{} {}", f.code, f.message)).collect();
            wrong.push(format!("{}: the example yields {said:#?}", entry.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Their mistake is not one of a YAML file's lines: rights, values of secrets, encodings, names of files, templates.
    let elsewhere = [
        "SN-001", "SN-002", "SN-007", "SN-008", "SN-009", "SN-010", "SN-620", "SN-701", "SN-722", "SN-723", "SN-724",
        "SN-725", "SN-726", "SN-801", "SN-802", "SN-804", "SN-901", "SN-902", "SN-903", "SN-904", "SN-905", "SN-906",
    ];
    assert_eq!(untested, elsewhere);
}

#[test]
fn an_example_that_no_longer_fits_is_noticed() {
    let spoiled = spoil("a: 1, b: 2\nc: 3, d: 4\n", "a: 1, …\nc: 3", "a: 9, …\nc: 3");
    assert_eq!(spoiled.as_deref(), Some("a: 9, b: 2\nc: 3, d: 4\n"));
    assert_eq!(spoil("x:\n  a\n  b\n", "x:\n…", "# none").as_deref(), Some("# none"));
    assert_eq!(spoil("a: 1\n", "a: 2", "a: 3"), None);
}

fn samnet(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samnet")).args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = samnet(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_code_is_explained_however_it_is_typed() {
    let text = said(&["explain", "SN-204"]);
    assert!(text.starts_with("SN-204: VLAN id with two meanings\n\nA VLAN id means the same"), "{text}");
    for part in ["\nWrong, in inventory/vlans.yaml:\n", "\nRight:\n", "\nWay out:\n"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(text, said(&["explain", "sn204"]));
    assert_eq!(text, said(&["explain", "204"]));
    let json: serde_json::Value = serde_json::from_str(&said(&["explain", "204", "--format", "json"])).unwrap();
    assert_eq!((&json["code"], &json["path"]), (&"SN-204".into(), &"inventory/vlans.yaml".into()));
    assert!(json["wrong"].as_str().unwrap().contains("id: 20, name: pupils"));
}

#[test]
fn all_codes_are_listed_and_an_unknown_one_is_a_usage_error() {
    let list = said(&["explain"]);
    let json: serde_json::Value = serde_json::from_str(&said(&["explain", "--format", "json"])).unwrap();
    let all = json["codes"].as_array().unwrap();
    assert_eq!(all.len(), codes::ALL.len());
    for code in all {
        assert!(list.contains(&format!("  {}  {}\n", code["code"].as_str().unwrap(), code["title"].as_str().unwrap())));
    }
    let output = samnet(&["explain", "SN-2044"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(told.contains("did you mean SN-204?") && output.stdout.is_empty(), "{told}");
}
