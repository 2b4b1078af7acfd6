//! Marked secrets in every position a platform knows, through everything that is shown or stored.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use samnet::diff::{self, Options};
use samnet::platform::{Library, Platform};
use samnet::secret::{FingerprintKey, Masker};

use crate::project::Project;

/// Configurations with `§` where a secret stands, one for each platform that knows such places.
const TEXTS: [(&str, &str); 16] = [
    ("arista_eos", include_str!("../fixtures/canary/arista_eos.txt")),
    ("aruba_aoscx", include_str!("../fixtures/canary/aruba_aoscx.txt")),
    ("aruba_aoss", include_str!("../fixtures/canary/aruba_aoss.txt")),
    ("aruba_instant", include_str!("../fixtures/canary/aruba_instant.txt")),
    ("cisco_iosxe", include_str!("../fixtures/canary/cisco_iosxe.txt")),
    ("cisco_wlc", include_str!("../fixtures/canary/cisco_iosxe.txt")),
    ("fortinet_fortios", include_str!("../fixtures/canary/fortinet_fortios.txt")),
    ("frr", include_str!("../fixtures/canary/frr.txt")),
    ("juniper_junos", include_str!("../fixtures/canary/juniper_junos.txt")),
    ("juniper_junos", include_str!("../fixtures/canary/juniper_junos_set.txt")),
    ("openwrt", include_str!("../fixtures/canary/openwrt_batch.txt")),
    ("openwrt", include_str!("../fixtures/canary/openwrt.txt")),
    ("paloalto_panos", include_str!("../fixtures/canary/paloalto_panos.txt")),
    ("paloalto_panos", include_str!("../fixtures/canary/paloalto_panos_braces.txt")),
    ("vyos", include_str!("../fixtures/canary/vyos_braces.txt")),
    ("vyos", include_str!("../fixtures/canary/vyos.txt")),
];

/// The text with a word of its own in each place.
fn marked(text: &str, word: &str) -> String {
    let mut parts = text.split('§');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |all, (at, part)| format!("{all}{word}{at:03}{part}"))
}

/// Lines that hold the word.
fn lines_with<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    text.lines().filter(|line| line.contains(word)).collect()
}

#[test]
fn every_position_of_every_platform_is_tried() {
    let library = Library::built_in().unwrap();
    for (name, entry) in library.iter() {
        let positions = &entry.platform.rules.secrets;
        let texts = TEXTS.iter().filter(|(platform, _)| *platform == name).map(|(_, text)| marked(text, "Kanarie"));
        let text = texts.collect::<String>();
        // A statement over several lines is one to the position that knows it.
        let whole = text.replace("\n-----", " -----").replace("\nKanarie", " Kanarie");
        for position in positions {
            let found = whole.lines().any(|line| {
                let captures = position.pattern.captures(line.trim());
                captures
                    .is_some_and(|found| found.name("secret").is_some_and(|secret| secret.as_str().contains("Kanarie")))
            });
            assert!(found, "{name}: no line for {:?}", position.pattern);
        }
    }
}

#[test]
fn masks_leave_no_secret() {
    let library = Library::built_in().unwrap();
    for (name, text) in TEXTS {
        let platform: &Platform = &library.get(name).unwrap().platform;
        let masker = Masker::new(platform, FingerprintKey::from_bytes([5; 32]));
        let text = marked(text, "Kanarie");
        let shown = [masker.mask(&text), masker.steady(&text), masker.mask(&text.replace('\n', "\r\n"))];
        for shown in &shown {
            assert_eq!(lines_with(shown, "Kanarie"), [""; 0], "{name}");
        }
        assert!(name != "fortinet_fortios" || shown[0].contains("set name \"open to everybody\""), "{}", shown[0]);
        assert_eq!(samnet::secret::fill(&shown[0], &masker.values(&text)).unwrap(), text, "{name}");
        let region = samnet::plan::managed(platform, &masker, &text, &Options::default());
        assert_eq!(lines_with(&region, "Kanarie"), [""; 0], "{name}: what a plan keeps");
        for (running, intended) in
            [(text.as_str(), ""), ("", text.as_str()), (&text, &text.replace("Kanarie", "Hemlig"))]
        {
            let found = diff::remediate(platform, running, intended, &Options::default());
            for command in found.commands.iter().chain(&found.rollback) {
                let path = masker.mask_path(&command.path).concat();
                let text = masker.mask_below(&command.path, &command.text);
                let shown = format!("{path}\n{text}\n{}", masker.mask(&command.reason));
                assert_eq!(lines_with(&shown, "Kanarie"), [""; 0], "{name}: {command:?}");
                assert_eq!(lines_with(&shown, "Hemlig"), [""; 0], "{name}: {command:?}");
            }
            for remark in found.remarks() {
                assert_eq!(lines_with(&masker.mask(&remark), "Kanarie"), [""; 0], "{name}");
            }
            for (_, line) in &found.unknown {
                assert_eq!(lines_with(&masker.mask(line), "Kanarie"), [""; 0], "{name}");
            }
        }
    }
}

fn samnet(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samnet")).current_dir(folder).env("NO_COLOR", "1").args(args).output().unwrap()
}

#[test]
fn no_format_of_diff_shows_what_it_need_not() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("empty", "");
    let mut wrong = Vec::new();
    for (name, text) in TEXTS {
        write("old", &marked(text, "Gammalkanarie"));
        write("new", &marked(text, "Nykanarie"));
        for (running, intended) in [("old", "new"), ("old", "empty"), ("empty", "new")] {
            for format in ["commands", "tree", "json", "unified"] {
                for more in [&[][..], &["--explain"], &["--rollback"]] {
                    let mut args = vec!["diff", "--platform", name, running, intended, "--format", format];
                    args.extend(more);
                    let run = samnet(folder.path(), &args);
                    assert_eq!(run.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
                    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
                    // `commands` are there to be typed; what is said about them is not.
                    let typed = format == "commands" && !more.contains(&"--rollback");
                    let said = |line: &&str| !typed || (line.contains(" step ") && line.contains(", risk "));
                    let shown = out.lines().filter(said).chain(err.lines());
                    wrong.extend(shown.filter(|line| line.contains("kanarie")).map(|line| format!("{args:?}: {line}")));
                }
            }
        }
    }
    let all: BTreeSet<String> = wrong.into_iter().collect();
    assert!(all.is_empty(), "{}", all.into_iter().collect::<Vec<_>>().join("\n"));
}

/// One device of each platform that the example has, each with old secrets.
const DEVICES: [&str; 8] = [
    "aml-dc-cr01",
    "aml-dc-fw01",
    "fgl-valboskolan-ap01",
    "aml-karlberg-sw01",
    "aml-karlberg-wc01",
    "ben-kommunhus-sw01",
    "fgl-kommunhus-sw01",
    "mel-kommunhus-sw01",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_command_shows_or_keeps_a_secret() {
    let project = Project::start(&DEVICES, |_, text| text.replace("Kanarie", "Gammalkanarie"));
    let mut texts = Vec::new();
    let mut run = |args: &[&str]| {
        let said = project.run(args);
        assert!(said.code == 0 || said.code == 2 || (said.code == 1 && args[0] == "validate"), "{args:?}: {said:?}");
        texts.extend([(args.join(" "), said.out), (args.join(" "), said.err)]);
    };
    for format in ["human", "json", "sarif", "junit", "github", "gitlab"] {
        run(&["validate", "--format", format]);
        run(&["validate", "--secrets", "--format", format]);
    }
    run(&["show", "network", "--json"]);
    for device in DEVICES {
        run(&["show", "device", device]);
        run(&["show", "device", device, "--explain"]);
        run(&["show", "device", device, "--json"]);
        run(&["render", device]);
        run(&["render", device, "--annotate"]);
        run(&["read", "--lab", device]);
    }
    run(&["read", "--lab", DEVICES[3], "--out", "running"]);
    let target = DEVICES.join(",");
    run(&["plan", "--lab", "--target", &target, "--author", "ida@amal.example", "--out", "plan.json"]);
    run(&["plan", "--lab", "--target", &target, "--format", "json"]);
    run(&["plan", "--offline", "--running", "running", "--target", DEVICES[3]]);
    run(&["plan", "--show", "plan.json"]);
    for device in DEVICES {
        run(&["plan", "--show", "plan.json", "--device", device]);
    }
    run(&["report", "plan.json"]);
    run(&["report", "plan.json", "--html", "plan.html"]);
    let approved = project.approve().with(0);
    run(&["-vvv", "apply", "plan.json", "--yes"]);
    run(&["report", "1"]);
    run(&["audit", "show"]);
    run(&["audit", "verify"]);
    texts.push(("approve".to_owned(), approved.out));
    let mut folders = vec![project.path(".")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.ends_with(".samnet/secrets") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                texts.push((
                    path.display().to_string(),
                    String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
                ));
            }
        }
    }
    assert!(texts.len() > 60);
    for (place, text) in &texts {
        for secret in project.secrets().iter().map(String::as_str).chain(["Gammalkanarie"]) {
            assert_eq!(lines_with(text, secret), [""; 0], "{place}");
        }
    }
    project.lab.stop().await;
}
