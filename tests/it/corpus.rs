//! Cases nobody here wrote: configurations and changes from public projects, where `SAMNET_CORPUS` has them.
//!
//! What is known not to hold stands in `tests/corpus/<folder>.txt` with its reason. A case that fails and
//! is not listed fails the test, and so does a listed case that holds: the list only shrinks knowingly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use samnet::config;
use samnet::diff::{self, Effect, Options};
use samnet::platform::{Library, Platform};

/// Folders of the corpus and the platform that reads them.
const CASES: [(&str, &str); 3] = [("cisco_ios", "cisco_iosxe"), ("arista_eos", "arista_eos"), ("frr", "frr")];
const CONFIGS: [(&str, &str); 5] = [
    ("cisco_ios", "cisco_iosxe"),
    ("arista_eos", "arista_eos"),
    ("frr", "frr"),
    ("openwrt", "openwrt"),
    ("nftables", "linux_nftables"),
];

/// The judge reads `[[id, case file, [command, …]], …]` and answers `{id: verdict}`.
const JUDGE: &str = r#"
import json, sys
sys.path.insert(0, sys.argv[1])
import check
verdicts = {}
for name, path, commands in json.load(sys.stdin):
    case = json.load(open(path))
    verdict = check.judge(case, commands)
    verdicts[name] = verdict["result"] if verdict else None
json.dump(verdicts, sys.stdout)
"#;

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("SAMNET_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: SAMNET_CORPUS names no corpus");
    }
    folder
}

fn platform(library: &Library, name: &str) -> Arc<Platform> {
    Arc::clone(&library.get(name).unwrap().platform)
}

fn files(folder: &Path, kind: Option<&str>) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file() && kind.is_none_or(|kind| file.extension().is_some_and(|have| have == kind)));
    files.sort();
    assert!(!files.is_empty(), "nothing in {}", folder.display());
    files
}

fn known() -> BTreeMap<String, String> {
    let lists = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"), Some("txt"));
    let mut known = BTreeMap::new();
    for list in lists {
        let folder = list.file_stem().unwrap().to_string_lossy().into_owned();
        for line in fs::read_to_string(&list).unwrap().lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (id, reason) = line.split_once(": ").unwrap_or_else(|| panic!("no reason: {line}"));
            assert!(!reason.is_empty(), "no reason: {line}");
            known.insert(format!("{folder}/{id}"), reason.to_owned());
        }
    }
    known
}

/// The commands as they are typed, indentation included; a banner is one entry.
fn typed(platform: &Platform, running: &str, intended: &str) -> Vec<String> {
    let found = diff::remediate(platform, running, intended, &Options::default());
    let lines = diff::script(platform, &found.commands);
    lines.iter().map(|line| format!("{:1$}{2}", "", line.depth, line.text)).collect()
}

#[derive(Default)]
struct Share {
    hold: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, holds: bool) {
        self.all += 1;
        self.hold += usize::from(holds);
    }
}

#[test]
fn changes_lead_where_they_should() {
    let Some(corpus) = corpus() else { return };
    let library = Library::built_in().unwrap();
    let mut asked = Vec::new();
    // Cases whose own record can be trusted: the corpus' replay of the upstream commands gives the intended text.
    let mut sound = BTreeSet::new();
    let mut holds: BTreeMap<String, bool> = BTreeMap::new();
    for (folder, name) in CASES {
        let platform = platform(&library, name);
        for file in files(&corpus.join("remediation").join(folder), Some("json")) {
            let case: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            // Ids repeat across platforms.
            let id = format!("{folder}/{}", case["id"].as_str().unwrap());
            let kind = case["kind"].as_str().unwrap();
            let text = |field: &str| case[field].as_str();
            if kind == "equivalence" {
                if let (Some(running), Some(rendered)) = (text("running"), text("desired_rendered")) {
                    holds.insert(id, typed(&platform, running, rendered).is_empty());
                }
                continue;
            }
            if let ("readback", Some(pushed), Some(running)) = (kind, text("pushed"), text("running")) {
                // What was pushed is there, whatever the device added to it.
                let found = diff::remediate(&platform, running, pushed, &Options::default());
                holds.insert(id, found.commands.iter().all(|command| command.effect == Effect::Remove));
                continue;
            }
            let (Some(running), Some(intended)) = (text("running"), text("intended")) else { continue };
            if !matches!(kind, "remediation" | "pair") {
                continue;
            }
            let high = matches!(case["intended_grade"].as_str(), None | Some("high"));
            if case["tree_check"]["result"] == "equal" && high {
                sound.insert(id.clone());
            }
            asked.push((id, file, typed(&platform, running, intended)));
        }
    }
    let mut judge = Command::new("python3")
        .args(["-c", JUDGE])
        .arg(corpus.join("tools"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(judge.stdin.take().unwrap(), &asked).unwrap();
    let answer = judge.wait_with_output().unwrap();
    assert!(answer.status.success());
    let verdicts: BTreeMap<String, Option<String>> = serde_json::from_slice(&answer.stdout).unwrap();
    for (id, verdict) in verdicts {
        if let Some(verdict) = verdict {
            holds.insert(id, verdict.starts_with("equal"));
        }
    }
    let mut shares: BTreeMap<&str, [Share; 2]> = BTreeMap::new();
    let mut core = Share::default();
    for (id, holds) in &holds {
        let folder = id.split('/').next().unwrap();
        let [whole, trusted] = shares.entry(folder).or_default();
        whole.count(*holds);
        if sound.contains(id) {
            trusted.count(*holds);
            core.count(*holds);
        }
    }
    for (folder, [whole, trusted]) in &shares {
        eprintln!(
            "corpus: {folder}: {} of {} changes hold; of those with a sound record {} of {}",
            whole.hold, whole.all, trusted.hold, trusted.all
        );
    }
    let known = known();
    let wrong: Vec<String> = holds
        .iter()
        .filter(|(id, holds)| **holds == known.contains_key(*id))
        .map(|(id, holds)| {
            format!("{id} {}", if *holds { "holds, but is listed as known not to" } else { "does not hold" })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(core.hold * 100 >= core.all * 97, "only {} of {} sound cases hold", core.hold, core.all);
}

#[test]
fn configurations_print_back_and_equal_themselves() {
    let Some(corpus) = corpus() else { return };
    let library = Library::built_in().unwrap();
    let mut wrong = Vec::new();
    for (folder, name) in CONFIGS {
        let platform = platform(&library, name);
        for file in files(&corpus.join("configs").join(folder), None) {
            let text = config::decode(&fs::read(&file).unwrap());
            if config::parse(platform.family, &platform.rules.syntax, &text).print() != text {
                wrong.push(format!("{} does not print back", file.display()));
            }
            let found = diff::remediate(&platform, &text, &text, &Options::default());
            if !found.is_empty() || !found.rollback.is_empty() {
                let typed = typed(&platform, &text, &text);
                wrong.push(format!(
                    "{} differs from itself: {:?}",
                    file.display(),
                    typed.iter().take(5).collect::<Vec<_>>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
