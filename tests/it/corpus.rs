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
use samnet::lab::tables::{Law, Tables};
use samnet::lab::{Desk, Lab};
use samnet::platform::{Library, Platform};

/// Folders of the corpus and the platform that reads them.
const CASES: [(&str, &str); 9] = [
    ("aruba_aoscx", "aruba_aoscx"),
    ("aruba_aoss", "aruba_aoss"),
    ("aruba_instant", "aruba_instant"),
    ("cisco_ios", "cisco_iosxe"),
    ("arista_eos", "arista_eos"),
    ("frr", "frr"),
    ("juniper_junos", "juniper_junos"),
    ("other/vyos", "vyos"),
    ("paloalto_panos", "paloalto_panos"),
];
const CONFIGS: [(&str, &str); 11] = [
    ("aruba_aoscx", "aruba_aoscx"),
    ("aruba_aoss", "aruba_aoss"),
    ("aruba_instant", "aruba_instant"),
    ("cisco_ios", "cisco_iosxe"),
    ("arista_eos", "arista_eos"),
    ("fortinet_fortios", "fortinet_fortios"),
    ("frr", "frr"),
    ("juniper_junos", "juniper_junos"),
    ("nftables", "linux_nftables"),
    ("openwrt", "openwrt"),
    ("paloalto_panos", "paloalto_panos"),
];
/// Folders of other tools' readings and the platform that reads them.
const PARSED: [(&str, &str); 2] = [("juniper_junos", "juniper_junos"), ("paloalto_panos", "paloalto_panos")];

/// The judge reads `[[id, case file, [command, …]], …]` and answers `{id: verdict}`.
///
/// It has no opinion on one platform whose statements are paths; for that one its path model is told which
/// statements take one value, and which words only one of the two printings has.
const JUDGE: &str = r#"
import json, sys
sys.path.insert(0, sys.argv[1])
import check, emu, junos_emu, re
# More keys with one value, by the vendors' own words; the judge's table has some of each kind.
emu.SINGLE += [re.compile('^(' + key + ')(?: |$)') for key in (
    'local-interface', 'peer-address', 'peer-link', 'vxlan source-interface', 'vlan access', 'ip load-sharing trident fields',
    'ntp mindistance', 'ipv6 ospf transmit-delay', 'domain-id')]
SINGLE = {'action', 'hostname', 'ip-netmask', 'translated-address', 'nat-type', 'description', 'disabled', 'ip-address'}
def paths(text):
    for path in junos_emu.load(text)[0]:
        path = junos_emu.norm(path)
        while path and path[0] in ('config', 'devices', 'localhost.localdomain'): path = path[1:]
        if path: yield path
def overwritten(case, commands):
    state = set(paths(case['running']))
    for command in commands:
        path = junos_emu.norm(junos_emu.toks(command)[1:])
        if command.startswith('delete '):
            gone = {have for have in state if have[:len(path)] == path}
            if not gone: return 'nothing to delete: ' + command
            state -= gone
        elif command.startswith('set '):
            if path[-2] in SINGLE: state = {have for have in state if have[:-1] != path[:-1]}
            head = path[:path.index('[')] if '[' in path else path[:-1]
            state |= {head + (value,) for value in path[len(head):] if value not in '[]'}
    want = set(paths(case['intended']))
    return 'equal' if state == want else 'differs: %s' % sorted(state ^ want)[:3]
verdicts = {}
for name, path, commands in json.load(sys.stdin):
    case = json.load(open(path))
    if case['platform'] == 'paloalto_panos':
        verdicts[name] = overwritten(case, commands)
        continue
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

/// Whether an emulated device that takes the commands ends as one that was given the intended text; nothing where it does
/// not know a command, because then it knows nothing of the case.
fn emulated(platform: &Arc<Platform>, running: &str, intended: &str) -> Option<bool> {
    platform.template.as_ref()?;
    let mut desk = Desk::new(platform, running).ok()?;
    let found = diff::remediate(platform, running, intended, &Options::default());
    for line in diff::script(platform, &found.commands) {
        if line.depth == 0 {
            desk.return_to_root();
        }
        for part in line.text.split('\n') {
            desk.give(part).ok()?;
        }
    }
    Some(desk.running() == Lab::load_text(platform, intended).ok()?)
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
    let (mut by_device, mut helped) = (BTreeSet::new(), 0);
    let mut holds: BTreeMap<String, bool> = BTreeMap::new();
    for (folder, name) in CASES {
        let platform = platform(&library, name);
        let label = folder.rsplit('/').next().unwrap();
        for file in files(&corpus.join("remediation").join(folder), Some("json")) {
            let case: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            // Ids repeat across platforms.
            let id = format!("{label}/{}", case["id"].as_str().unwrap());
            let kind = case["kind"].as_str().unwrap();
            let text = |field: &str| case[field].as_str();
            if kind == "equivalence" {
                let Some(running) = text("running") else { continue };
                if let Some(rendered) = text("desired_rendered") {
                    holds.insert(id, typed(&platform, running, rendered).is_empty());
                } else if let (Some(intended), false) = (text("intended"), running.is_empty()) {
                    // What the module made of its arguments stands there line by line, without sections.
                    holds.insert(id, typed(&platform, running, intended).is_empty());
                }
                continue;
            }
            if let ("readback", Some(pushed), Some(running)) = (kind, text("pushed"), text("running")) {
                // What was pushed is there, whatever the device added to it.
                let found = diff::remediate(&platform, running, pushed, &Options::default());
                holds.insert(id, found.commands.iter().all(|command| command.effect == Effect::Remove));
                continue;
            }
            if kind == "ap-env" {
                // Variables and the commands that set them: the list itself can be judged.
                let given = typed(&platform, text("running").unwrap_or(""), text("intended").unwrap_or(""));
                let expected: Vec<&str> =
                    case["expected"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
                holds.insert(id, given == expected);
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
            // The judge has no opinion on what a command takes the place of, nor on what a device cannot lose.
            if emulated(&platform, running, intended) == Some(true) {
                by_device.insert(id.clone());
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
            let equal = verdict.starts_with("equal");
            helped += usize::from(!equal && by_device.contains(&id));
            holds.insert(id.clone(), equal || by_device.contains(&id));
        }
    }
    // More of them would mean that the emulator forgives what the judge does not.
    assert!(helped <= 7, "{helped} changes hold by the emulated device alone");
    eprintln!("corpus: {helped} changes hold by the emulated device alone, which knows what takes the place of what");
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

/// Tables of entries have no judge in the corpus: the emulator's model carries the commands out.
#[test]
fn changes_of_tables_lead_where_they_should() {
    let Some(corpus) = corpus() else { return };
    let library = Library::built_in().unwrap();
    let platform = platform(&library, "fortinet_fortios");
    let mut wrong = Vec::new();
    let mut judged = 0;
    for file in files(&corpus.join("remediation/fortinet_fortios"), Some("json")) {
        let case: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let (Some(running), Some(intended)) = (case["running"].as_str(), case["intended"].as_str()) else { continue };
        if !matches!(case["kind"].as_str().unwrap(), "remediation" | "pair") {
            continue;
        }
        judged += 1;
        let law = Law { ordered: ["firewall policy".to_owned()].into(), ..Law::default() };
        let mut device = Tables::load(&law, running);
        let found = diff::remediate(&platform, running, intended, &Options::default());
        for line in diff::script(&platform, &found.commands) {
            if let Err(said) = device.give(&line.text) {
                wrong.push(format!("{}: `{}`: {said}", file.display(), line.text));
            }
        }
        if device.outline() != Tables::load(&law, intended).outline() {
            wrong.push(format!("{}: leads elsewhere", file.display()));
        }
    }
    eprintln!("corpus: fortinet_fortios: {} of {judged} changes hold", judged - wrong.len().min(judged));
    assert!(judged > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every line a reader of the corpus found stands where that reader found it.
#[test]
fn lines_of_tables_stand_where_others_read_them() {
    let Some(corpus) = corpus() else { return };
    let library = Library::built_in().unwrap();
    let platform = platform(&library, "fortinet_fortios");
    for file in files(&corpus.join("parse/fortinet_fortios"), Some("json")) {
        let case: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let tree = config::parse(platform.family, &platform.rules.syntax, case["config"].as_str().unwrap());
        let mut lines = BTreeSet::new();
        tree.walk(|path, node| {
            lines.insert((path.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), node.text.to_string()));
        });
        for expected in case["expected"].as_array().unwrap() {
            let line = expected["line"].as_str().unwrap().trim().to_owned();
            let parents = expected["parents"].as_array().unwrap();
            let path: Vec<String> = parents.iter().map(|line| line.as_str().unwrap().trim().to_owned()).collect();
            if !matches!(line.as_str(), "end" | "next") {
                assert!(lines.contains(&(path.clone(), line.clone())), "{}: {path:?} {line}", file.display());
            }
        }
    }
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

/// What other tools read out of a text is what we read: the same statements, whichever way it is printed.
#[test]
fn statements_are_read_as_others_read_them() {
    let Some(corpus) = corpus() else { return };
    let library = Library::built_in().unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (folder, name) in PARSED {
        let platform = platform(&library, name);
        for file in files(&corpus.join("parse").join(folder), Some("json")) {
            let case: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            let text = case["config"].as_str().unwrap();
            if let Some(set) = case["expected_set"].as_str() {
                let lines = typed(&platform, "", text);
                if lines.join("\n") != set.trim_end() {
                    wrong.push(format!("{} becomes\n{}", file.display(), lines.join("\n")));
                }
                if !typed(&platform, set, text).is_empty() || !typed(&platform, text, set).is_empty() {
                    wrong.push(format!("{} differs from its commands", file.display()));
                }
                count += 1;
            } else if text.lines().all(|line| !line.ends_with('{')) {
                let tree = config::parse(platform.family, &platform.rules.syntax, text);
                let lines: Vec<&str> = tree.nodes.iter().map(|node| node.text.as_str()).collect();
                let whole = |line: &serde_json::Value| line["parents"].as_array().is_some_and(Vec::is_empty);
                let expected = case["expected"].as_array().unwrap().iter().filter(|line| whole(line)).count();
                if lines.len() != expected || tree.nodes.iter().any(|node| node.odd) {
                    wrong.push(format!("{} has {} statements, not {expected}", file.display(), lines.len()));
                }
                count += 1;
            }
        }
    }
    assert!(count >= 9, "only {count} texts");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
