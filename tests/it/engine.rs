//! The configuration engine: cases in `tests/platforms/`, its algebra, and real tools where there are some.
//!
//! A case is a folder with `running.txt`, `intended.txt`, `commands.txt` and, where the way back is worth
//! fixing, `rollback.txt`; `proof.txt` tells what does not hold on the way. Adding one needs no code; `SAMNET_BLESS=1` rewrites what is expected.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use samnet::diff::{self, Command, Options};
use samnet::platform::{Library, Platform};

mod algebra;
mod aruba;
mod files;
mod maps;
mod model;
mod paths;
mod secrets;
mod tables;
mod tools;
mod wild;

/// The embedded platforms; compiling their expressions once is enough for all cases.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

fn platform(name: &str) -> Arc<Platform> {
    Arc::clone(&LIBRARY.get(name).unwrap().platform)
}

/// Commands as `samnet diff` prints them.
fn pasted(platform: &Platform, commands: &[Command]) -> String {
    let script = diff::script(platform, commands);
    let lines: Vec<String> = script.iter().map(|line| format!("{:2$}{}\n", "", line.text, line.depth)).collect();
    lines.concat()
}

/// Every case folder, sorted.
fn cases() -> Vec<(String, PathBuf)> {
    let mut cases = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/platforms");
    for entry in fs::read_dir(&root).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for case in fs::read_dir(&folder).unwrap() {
            let case = case.unwrap().path();
            if case.join("running.txt").is_file() {
                cases.push((name.clone(), case));
            }
        }
    }
    cases.sort();
    cases
}

fn expect(file: &Path, got: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("SAMNET_BLESS").is_some() {
        fs::write(file, got).unwrap();
        return;
    }
    let wanted = fs::read_to_string(file).unwrap();
    if wanted != got {
        wrong.push(format!("{}\n--- expected\n{wanted}--- got\n{got}", file.display()));
    }
}

#[test]
fn every_case_gives_its_commands() {
    let cases = cases();
    assert!(cases.len() >= 20, "only {} cases found", cases.len());
    let mut wrong = Vec::new();
    for (name, case) in cases {
        let platform = platform(&name);
        let read = |file: &str| fs::read_to_string(case.join(file)).unwrap();
        let (running, intended) = (read("running.txt"), read("intended.txt"));
        let found = diff::remediate(&platform, &running, &intended, &Options::default());
        expect(&case.join("commands.txt"), &pasted(&platform, &found.commands), &mut wrong);
        if case.join("rollback.txt").is_file() {
            expect(&case.join("rollback.txt"), &pasted(&platform, &found.rollback), &mut wrong);
        }
        // What does not hold between two commands is said, and said here; without the file everything holds.
        let breaches: Vec<String> = found.proof.breaches.iter().map(|breach| format!("{breach}\n")).collect();
        let breaches = breaches.concat();
        let proof = case.join("proof.txt");
        if proof.is_file() {
            expect(&proof, &breaches, &mut wrong);
        } else if !breaches.is_empty() {
            wrong.push(format!("{}: {breaches}", case.display()));
        }
        for text in [&running, &intended] {
            let same = diff::remediate(&platform, text, text, &Options::default());
            if !same.is_empty() || !same.rollback.is_empty() {
                wrong.push(format!("{}: differs from itself: {}", case.display(), pasted(&platform, &same.commands)));
            }
        }
        if found.commands.is_empty() != found.rollback.is_empty() && !case.join("rollback.txt").is_file() {
            wrong.push(format!("{}: one way has commands, the other has none", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn features_keep_the_engine_off_other_lines() {
    let platform = platform("cisco_iosxe");
    let running = "hostname a\nsnmp-server location x\nvlan 10\n name A\ninterface Vlan10\n ip address 10.0.0.1 255.0.0.0\nwibble wobble\n";
    let intended = "hostname b\nvlan 20\n name B\n";
    let options = Options { features: Some(["vlans".to_owned()].into()), ..Options::default() };
    let found = diff::remediate(&platform, running, intended, &options);
    assert_eq!(pasted(&platform, &found.commands), "vlan 20\n name B\n exit\nno vlan 10\n");
    assert_eq!(pasted(&platform, &found.rollback), "vlan 10\n name A\n exit\nno vlan 20\n");
    // hostname, snmp-server, the interface's address and header, and the line nobody knows.
    assert_eq!(found.unmanaged, 5);
    assert_eq!(found.unknown, [(7, "wibble wobble".into())]);
    assert_eq!(
        found.warnings,
        ["vlan 10 goes, but a line outside the managed region still uses it: `interface Vlan10`"]
    );
    assert!(found.commands.iter().all(|command| command.feature.as_deref() == Some("vlans")));
    let digest = |text: &str| diff::managed_digest(&platform, text, &options);
    assert_eq!(digest(running), digest("vlan 10\n name A\n!\nhostname z\n"));
    assert_ne!(digest(running), digest(intended));
}

#[test]
fn managed_text_is_the_same_for_the_same_configuration() {
    let platform = platform("cisco_iosxe");
    let text = |text: &str| diff::managed_text(&platform, text, &Options::default());
    let one = "Building configuration...\nhostname a\ninterface Vlan10\n no shutdown\n ip address 10.0.0.1 255.0.0.0\nvlan 10,20\nend\n";
    let two = "vlan 20\nvlan 10\n!\ninterface vlan 10\n ip  address 10.0.0.1 255.0.0.0\ninterface GigabitEthernet1/0/1\nhostname a\n";
    assert_eq!(text(one), text(two));
    assert_eq!(text(one), "hostname a\ninterface Vlan10\n ip address 10.0.0.1 255.0.0.0\nvlan 10\nvlan 20\n");
}

#[test]
fn reasons_name_who_needs_and_who_left() {
    let platform = platform("cisco_iosxe");
    let running = "vlan 10\ninterface GigabitEthernet1/0/1\n switchport access vlan 10\n";
    let intended = "vlan 20\ninterface GigabitEthernet1/0/1\n switchport access vlan 20\n";
    let found = diff::remediate(&platform, running, intended, &Options::default());
    let reasons: Vec<&str> = found.commands.iter().map(|command| command.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "needed by `interface GigabitEthernet1/0/1`",
            "replaces `switchport access vlan 10`",
            "no longer intended; last user left at step 2",
        ]
    );
    let risks: Vec<&str> = found.commands.iter().map(|command| command.risk.as_str()).collect();
    assert_eq!(risks, ["trunk", "access", "trunk"]);
}

#[test]
fn a_reason_never_shows_a_secret() {
    let platform = platform("cisco_iosxe");
    let running = "username admin privilege 15 secret 0 hemligt-1\nradius server a\n key hemligt-2\n";
    let intended = "username admin privilege 15 secret 0 annat\nradius server a\n key nytt\n";
    let found = diff::remediate(&platform, running, intended, &Options::default());
    assert_eq!(found.commands.len(), 2);
    for command in found.commands.iter().chain(&found.rollback) {
        assert!(!command.reason.contains("hemligt") && !command.reason.contains("annat"), "{}", command.reason);
        assert!(command.reason.contains("⟪secret⟫"), "{}", command.reason);
    }
}

#[test]
fn every_embedded_platform_reads_empty_text_and_noise() {
    for (_, entry) in LIBRARY.iter() {
        let noise = "}{ \u{3}\n\t\t'\"\\\nconfig\noption\n no no no\n!\n#\n".repeat(3);
        for (running, intended) in [("", ""), ("\n\n", ""), (noise.as_str(), noise.as_str())] {
            let found = diff::remediate(&entry.platform, running, intended, &Options::default());
            assert!(found.commands.is_empty(), "{}: {:?}", entry.platform.name, found.commands);
        }
    }
}
