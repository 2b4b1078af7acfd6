//! Tests of what is rendered: one snapshot per platform and role, and what must hold for every device.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use samnet::config;
use samnet::derive::{Derived, derive};
use samnet::inventory::{self, Loaded};
use samnet::platform::Library;
use samnet::render::{self, Rendered, Renderer};
use samnet::value::hostname;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A network in miniature.
fn small() -> PathBuf {
    root().join("tests/fixtures/small")
}

struct Project {
    loaded: Loaded,
    derived: Derived,
    library: Library,
}

fn open(folder: &Path) -> Project {
    let loaded = inventory::load(folder);
    assert_eq!(loaded.findings, [], "{} has findings", folder.display());
    let (derived, findings) = derive(&loaded.network);
    assert_eq!(findings, [], "{} has findings", folder.display());
    let library = Library::load(folder).unwrap();
    Project { loaded, derived, library }
}

impl Project {
    fn all(&self) -> Vec<Rendered> {
        let (rendered, findings) = render::all(&self.loaded.network, &self.derived, &self.library);
        assert_eq!(findings, []);
        assert_eq!(rendered.len(), self.derived.configured().count());
        rendered
    }

    fn one(&self, name: &str) -> Rendered {
        let name = name.parse().unwrap();
        Renderer::new(&self.loaded.network, &self.derived, &self.library, &[&name]).device(&name).unwrap()
    }
}

/// What a sample shows of a device, the whole network shows too, and no kind of device is left out.
#[test]
fn a_sample_has_the_first_of_each_kind_and_organisation() {
    let project = open(&root());
    let (network, derived) = (&project.loaded.network, &project.derived);
    let kind = |name: &samnet::value::DeviceName| {
        let facts = &derived.devices[name];
        let model = network.sites[facts.site].devices[facts.device].model.value.clone();
        (facts.platform.to_string(), facts.role, model)
    };
    let names = render::sample(network, derived);
    let (mut kinds, mut organisations) = (BTreeMap::new(), BTreeMap::new());
    let own = |id: &samnet::value::Id| {
        let one = network.organisations.iter().find(|one| one.id.value == *id).unwrap();
        one.settings != samnet::model::Settings::default() || !one.profiles.is_empty()
    };
    assert!(network.organisations.iter().any(|one| own(&one.id.value)), "the example has one");
    for facts in derived.configured() {
        kinds.entry(kind(&facts.name)).or_insert(&facts.name);
        if own(&facts.organisation) {
            organisations.entry(&facts.organisation).or_insert(&facts.name);
        }
    }
    let mut first: Vec<_> = kinds.into_values().chain(organisations.into_values()).collect();
    first.sort();
    first.dedup();
    assert_eq!(names, first);
    assert!(names.len() < derived.devices.len());
    let all = project.all();
    for sample in render::samples(network, derived, &project.library).0 {
        let same = all.iter().find(|whole| whole.device == sample.device).unwrap();
        assert_eq!(sample.text, same.text);
    }
}

#[test]
fn snapshots() {
    let small = open(&small());
    for name in [
        "aml-dc-cr01",
        "aml-dc-fw01",
        "fgl-valboskola-ds01",
        "fgl-valboskola-sw01",
        "fgl-valboskola-sw02",
        "fgl-valboskola-ap01",
    ] {
        insta::assert_snapshot!(name, small.one(name).text);
    }
}

#[test]
fn the_same_inventory_gives_the_same_bytes() {
    let texts = || -> Vec<String> { open(&root()).all().into_iter().map(|device| device.text).collect() };
    assert_eq!(texts(), texts());
}

#[test]
fn every_device_of_the_example_parses_and_prints_back() {
    let example = open(&root());
    for device in example.all() {
        let platform = &example.library.get(&device.platform).unwrap().platform;
        let tree = config::parse(platform.family, &platform.rules.syntax, &device.text);
        assert_eq!(tree.print(), device.text, "{} does not print back", device.device);
        assert!(!tree.nodes.is_empty());
        let mut odd = Vec::new();
        find_odd(&tree.nodes, &mut odd);
        assert!(odd.is_empty(), "{}: {odd:?}", device.device);
        assert!(!device.text.contains('\r') && device.text.ends_with('\n'));
    }
}

fn find_odd(nodes: &[config::Node], odd: &mut Vec<String>) {
    for node in nodes {
        if node.odd {
            odd.push(node.text.to_string());
        }
        find_odd(&node.children, odd);
    }
}

#[test]
fn every_name_of_the_example_is_legal() {
    let example = open(&root());
    assert!(example.derived.devices.len() >= 80);
    for name in example.derived.devices.keys() {
        hostname(name.as_str()).unwrap();
        assert!(name.as_str().is_ascii() && name.as_str().to_lowercase() == name.as_str(), "{name}");
    }
    let names: Vec<&str> = example.derived.devices.keys().map(samnet::value::DeviceName::as_str).collect();
    assert!(names.iter().any(|name| name.starts_with("aml-")) && names.iter().any(|name| name.starts_with("fgl-")));
}

#[test]
fn every_line_knows_its_place() {
    let small = open(&small());
    let rendered = small.one("fgl-valboskola-sw01");
    assert_eq!(rendered.text.lines().count(), rendered.places.len());
    let place = |line: &str| {
        let at = rendered.text.lines().position(|have| have == line).unwrap_or_else(|| panic!("no line {line:?}"));
        let place = small.loaded.sources.place(rendered.places[at].unwrap());
        let text = small.loaded.sources.text(rendered.places[at].unwrap().file).lines().nth(place.line - 1).unwrap();
        (place.path.file_name().unwrap().to_str().unwrap().to_owned(), text.to_owned())
    };
    let (file, text) = place(" switchport access vlan 30");
    assert_eq!(file, "valboskolan.yaml");
    assert!(text.contains("access-1"), "{text}");
    let (file, text) = place(" name pupils");
    assert_eq!(file, "vlans.yaml");
    assert!(text.contains("pupils"), "{text}");
    let (file, text) = place(" key ⟪secret:radius⟫");
    assert_eq!(file, "network.yaml");
    assert!(text.contains("10.64.1.31"), "{text}");
    let firewall = small.one("aml-dc-fw01");
    let at = firewall.text.lines().position(|line| line.contains("comment \"names\"")).unwrap();
    let place = small.loaded.sources.place(firewall.places[at].unwrap());
    assert!(place.path.ends_with("policies/flows/all.yaml"), "{place}");
}

fn samnet(args: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_samnet")).arg("-C").arg(small()).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn annotate_names_file_and_line() {
    let (out, err, code) = samnet(&["render", "fgl-valboskola-ap01", "--annotate"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let line = out.lines().find(|line| line.contains("option ssid 'Personal'")).unwrap();
    assert!(line.ends_with("← inventory/ssids.yaml:2"), "{line}");
    let (plain, _, _) = samnet(&["render", "fgl-valboskola-ap01"]);
    assert!(!plain.contains('←'));
    assert_eq!(plain.lines().count(), out.lines().count());
}

#[test]
fn render_writes_a_file_for_each_device_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let args = ["render", "--target", "site:valboskolan+!role:ap", "--out", out.to_str().unwrap()];
    let (stdout, err, code) = samnet(&args);
    assert_eq!((stdout.as_str(), code), ("", 0), "{err}");
    let mut files: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["fgl-valboskola-ds01.cfg", "fgl-valboskola-sw01.cfg", "fgl-valboskola-sw02.cfg"]);
}

#[test]
fn an_unknown_device_gets_the_nearest_name() {
    let (out, err, code) = samnet(&["render", "fgl-valboskola-sw10"]);
    assert_eq!((out.as_str(), code), ("", 1));
    assert!(err.contains("no device is called `fgl-valboskola-sw10`") && err.contains("did you mean"), "{err}");
    let (_, err, code) = samnet(&["render", "--target", "colour:red"]);
    assert_eq!(code, 64);
    assert!(err.contains("unknown key `colour:`"), "{err}");
}

#[test]
fn show_speaks_json_about_everything() {
    for args in [
        &["show", "network"][..],
        &["show", "device", "fgl-valboskola-sw01"],
        &["show", "site", "valboskolan"],
        &["show", "vlan", "30"],
        &["show", "vlan", "pupils"],
        &["show", "ssid", "Personal"],
        &["show", "segment", "staff"],
    ] {
        let (text, err, code) = samnet(args);
        assert_eq!(code, 0, "{args:?}: {err}");
        assert!(text.lines().count() > 3, "{args:?}: {text}");
        let (json, _, _) = samnet(&[args, &["--format", "json"]].concat());
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["version"], 1, "{args:?}");
    }
    let (text, _, _) = samnet(&["show", "device", "fgl-valboskola-sw01", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["services"]["radius"][0]["secret"], "radius");
    assert_eq!(value["ports"][0]["vlan"], 30);
}

/// Whatever people write into a description, no device gets a line more, and secrets stay names.
#[test]
fn a_description_cannot_add_configuration() {
    let mut project = open(&small());
    let before = project.one("fgl-valboskola-sw01").text;
    let profile = project.loaded.network.profiles.values_mut().find(|profile| profile.name.as_str() == "classroom");
    profile.unwrap().settings.title.as_mut().unwrap().value =
        "Sal 1\n!\nno aaa new-model\r\u{2028}^C\u{e000}0\u{e001}".into();
    let (derived, _) = derive(&project.loaded.network);
    project.derived = derived;
    let after = project.one("fgl-valboskola-sw01");
    assert_eq!(before.lines().count(), after.text.lines().count());
    assert!(!after.text.lines().any(|line| line == "no aaa new-model"));
    assert_eq!(after.findings.len(), 2, "one for each port: {:?}", after.findings);
    for (name, kind) in [("wlan", "it's"), ("two", "a\n\toption key 'x'")] {
        let ssid = project.loaded.network.ssids.first_mut().unwrap();
        ssid.name.value = kind.into();
        let (derived, _) = derive(&project.loaded.network);
        project.derived = derived;
        let text = project.one("fgl-valboskola-ap01").text;
        let keys = text.lines().filter(|line| line.trim_start().starts_with("option key")).count();
        assert_eq!(keys, 3, "{name}: {text}");
    }
}

/// Platform rules know every line that templates write, and a device that has it needs nothing.
#[test]
fn every_rendered_line_is_known_and_needs_no_change() {
    let example = open(&root());
    let mut unknown = std::collections::BTreeSet::new();
    for device in example.all() {
        let platform = &example.library.get(&device.platform).unwrap().platform;
        let options = samnet::diff::Options { features: Some(platform.managed()), ..samnet::diff::Options::default() };
        let done = samnet::diff::remediate(platform, &device.text, &device.text, &options);
        assert!(done.is_empty(), "{}: {:?}", device.device, done.commands);
        unknown.extend(done.unknown.into_iter().map(|(_, line)| format!("{}: {line}", device.platform)));
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// What templates do not write is not taken away: the ways into a device, and what its board decided.
#[test]
fn what_is_not_rendered_is_left_alone() {
    let example = open(&root());
    let device = example.one("aml-karlberg-sw01");
    let platform = &example.library.get(&device.platform).unwrap().platform;
    let own = "service timestamps debug datetime msec\nenable secret 9 $9$x\nusername samnet privilege 15 secret 9 $9$y\n\
               archive\n path flash:archive\ncrypto pki trustpoint TP\n enrollment selfsigned\n\
               interface GigabitEthernet0/0\n vrf forwarding Mgmt-vrf\n no ip address\nline con 0\n stopbits 1\n";
    let running = format!("{own}{}", device.text);
    let options = samnet::diff::Options { features: Some(platform.managed()), ..samnet::diff::Options::default() };
    let done = samnet::diff::remediate(platform, &running, &device.text, &options);
    assert!(done.is_empty(), "{:?}", done.commands);
    let device = example.one("fgl-valboskolan-ap01");
    let platform = &example.library.get(&device.platform).unwrap().platform;
    let radio = "config wifi-device 'radio0'\n";
    let running = device.text.replace(radio, &format!("{radio}\toption path 'platform/soc/18000000.wifi'\n"));
    assert_ne!(running, device.text);
    let options = samnet::diff::Options { features: Some(platform.managed()), ..samnet::diff::Options::default() };
    let done = samnet::diff::remediate(platform, &running, &device.text, &options);
    assert!(done.is_empty(), "{:?}", done.commands);
}

#[test]
fn every_platform_says_what_its_templates_write() {
    let library = Library::built_in().unwrap();
    let rendered = library.iter().filter(|(_, entry)| entry.platform.template.is_some());
    for (name, entry) in rendered {
        let known = entry.platform.rules.features();
        assert!(!entry.platform.manages.is_empty(), "{name}");
        assert!(entry.platform.manages.is_subset(&known), "{name}: {:?} of {known:?}", entry.platform.manages);
    }
}
