//! The JSON Schemas say what the reader does: they take the example and refuse what is misshapen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use samnet::check;
use samnet::finding::{Finding, Severity};
use samnet::inventory::schema::{FILES, File, schema};
use samnet::inventory::{self, Overlay};
use samnet::platform::Library;
use samnet::source::Sources;
use samnet::source::yaml;

use crate::cases;

/// Codes that a mistake of shape has; a schema has to refuse every one of them.
const SHAPE: [&str; 6] = ["SN-101", "SN-102", "SN-103", "SN-205", "SN-602", "SN-702"];

/// Cases that a schema cannot refuse, and why; the test fails when one of them is refused after all.
const BEYOND: &[(&str, &str)] = &[
    ("services/timezones", "which zones there are follows from the platforms"),
    ("plan-has-stray-bits", "bits beyond the length of a prefix are arithmetic"),
    ("port-range-without-pairs", "so many ports to so many devices is counting"),
    ("a host in front of all devices that cannot be", "a host is a text, and most texts are legal ones"),
    ("security/passwords", "a path is a text, and what is a secret stands elsewhere in the file"),
    ("a value that would be committed", "which folders are committed is no matter of shape"),
];

fn validators() -> BTreeMap<&'static str, Validator> {
    FILES.iter().map(|file| (file.paths, validator(file))).collect()
}

fn validator(file: &File) -> Validator {
    jsonschema::options().should_validate_formats(true).build(&schema(file)).unwrap()
}

/// The schema for a path, by the patterns of [`FILES`].
fn fitting<'v>(validators: &'v BTreeMap<&str, Validator>, path: &Path) -> Option<&'v Validator> {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let fits = |pattern: &str| {
        let wanted: Vec<&str> = pattern.split('/').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(want, have)| match want.split_once('*') {
                Some((before, after)) => have.starts_with(before) && have.ends_with(after),
                None => want == have,
            })
    };
    validators.iter().find(|(pattern, _)| fits(pattern)).map(|(_, validator)| validator)
}

/// What the schema says of a file; `None` where no schema holds for it or it is not YAML.
fn complaints(validators: &BTreeMap<&str, Validator>, path: &Path, text: &str) -> Option<Vec<String>> {
    let validator = fitting(validators, path)?;
    let node = yaml::parse(Sources::new().add(path, text), text).root?;
    Some(validator.iter_errors(&node.json()).map(|error| format!("{}: {error}", error.instance_path())).collect())
}

/// Every YAML file of the example for which there may be a schema.
fn all(root: &Path) -> Vec<PathBuf> {
    fn below(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                below(root, &path, found);
            } else if path.extension().is_some_and(|kind| kind == "yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(root, Path::new("inventory"), &mut found);
    below(root, Path::new("policies"), &mut found);
    found
}

#[test]
fn the_schemas_accept_the_example() {
    let validators = validators();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for path in all(root) {
        let text = fs::read_to_string(root.join(&path)).unwrap();
        if let Some(complaints) = complaints(&validators, &path, &text) {
            assert_eq!(complaints, Vec::<String>::new(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 30, "{seen} files");
}

#[test]
fn the_schemas_refuse_what_is_misshapen() {
    let validators = validators();
    let mut wrong = Vec::new();
    let mut refused = 0;
    for case in cases::all() {
        let beyond = BEYOND.iter().any(|(name, _)| case.name.contains(name));
        let codes: Vec<&str> = case.expected.iter().map(|(code, ..)| code.as_str()).collect();
        if !codes.iter().any(|code| SHAPE.contains(code) || *code == "SN-104") {
            continue;
        }
        let texts = case.changed().0;
        let complains = |(path, text): (&PathBuf, &std::sync::Arc<str>)| complaints(&validators, path, text);
        let refuses = texts.iter().filter_map(complains).any(|said| !said.is_empty());
        refused += usize::from(refuses);
        if refuses == beyond {
            wrong.push(format!("{} {codes:?}: refused {refuses}, listed {beyond}", case.name));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(refused >= 12, "{refused} refused");
}

#[test]
fn every_file_of_the_example_names_its_schema() {
    let validators = validators();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in all(root) {
        if fitting(&validators, &path).is_none() {
            continue;
        }
        let text = fs::read_to_string(root.join(&path)).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let up = "../".repeat(path.components().count() - 1);
        let schema = first.strip_prefix(&format!("# yaml-language-server: $schema={up}.samnet/schema/"));
        let name = schema.and_then(|name| name.strip_suffix(".json")).unwrap_or_default();
        assert!(FILES.iter().any(|file| file.name == name), "{}: {first}", path.display());
    }
}

/// What stands in the small fixture, what is put in its place, and whether that is refused; the reader, or a check
/// of it, and the schema have to agree. A line of several kinds of a value is tried with each of them.
const BORDERS: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "inventory/network.yaml",
        "code: aml",
        &["code: 1492", "code: \"true\""],
        &["code: true", "code: False", "code: -5", "code: A"],
    ),
    (
        "inventory/network.yaml",
        "name: Liten",
        &["name: 5", "name: 1.5", "name: \"true\""],
        &["name: true", "name: \" \"", "name: ", "name: [x]"],
    ),
    (
        "inventory/network.yaml",
        "domain: liten.example",
        &["domain: a.b-c"],
        &["domain: a b", "domain: true", "domain: a..b", "domain: -a"],
    ),
    (
        "inventory/network.yaml",
        "timezone: Europe/Stockholm",
        &["timezone: UTC"],
        &["timezone: Europe Stockholm", "timezone: true"],
    ),
    (
        "inventory/network.yaml",
        "ipv4: 10.64.0.0/10",
        &[],
        &[
            "ipv4: 10.64.0.256/10",
            "ipv4: 10.064.0.0/10",
            "ipv4: 10.64.0.0/31",
            "ipv4: 10.64.0.0/33",
            "ipv4: 10.64.0.0",
            "ipv4: fd00::/8",
        ],
    ),
    (
        "inventory/network.yaml",
        "site_prefix: 20",
        &["site_prefix: 20\n  ipv6: fd64::/32"],
        &[
            "site_prefix: 31",
            "site_prefix: -1",
            "site_prefix: 20\n  ipv6: fd64::/33",
            "site_prefix: 20\n  ipv6: fd64::1::/32",
            "site_prefix: 20\n  ipv6: fd64:12345::/32",
        ],
    ),
    (
        "inventory/network.yaml",
        "organisation_prefix: 14",
        &[],
        &["organisation_prefix: 256", "organisation_prefix: 31"],
    ),
    (
        "inventory/network.yaml",
        "ntp: [10.64.1.11]",
        &["ntp: [2001:db8::1]"],
        &[
            "ntp: [10.64.1.256]",
            "ntp: [10.64.1]",
            "ntp: [2001:db8::1::2]",
            "ntp: [true]",
            "ntp: 10.64.1.11",
            "ntp: [fe80::1%eth0]",
            "ntp:",
        ],
    ),
    (
        "inventory/network.yaml",
        "secret: radius }",
        &["secret: radius, auth_port: 65535 }"],
        &[
            "secret: radius, auth_port: 0 }",
            "secret: radius, acct_port: 0 }",
            "secret: radius, acct_port: 65536 }",
            "secret: true }",
        ],
    ),
    (
        "inventory/network.yaml",
        "clients: [10.64.1.0/24]",
        &["clients: [10.64.1.0/32, 0.0.0.0/0]"],
        &["clients: [10.64.1.0/33]", "clients: [10.64.1.0]"],
    ),
    ("inventory/network.yaml", "user: samnet\n", &["user: 5\n"], &["user: true\n"]),
    (
        "inventory/network.yaml",
        "methods: [{ key: ~/.ssh/samnet }]",
        &["methods: [{ key: 5 }]", "methods: [agent, { password: radius }]"],
        &[
            "methods: []",
            "methods: [{}]",
            "methods: [{ key: true }]",
            "methods: [{ key: \" \" }]",
            "methods: [{ password: A b }]",
            "methods: [{ key: a, password: radius }]",
            "methods: [{ key: }]",
            "methods: [agents]",
            "methods:",
        ],
    ),
    (
        "inventory/network.yaml",
        "wireless: { country: SE }",
        &[
            "wireless: { country: SE, min_rate_mbit: 12 }\nrouting: { ospf: { process: 65535, hello: 10, dead: 40 } }",
            "wireless: { country: SE }\nlifecycle: { warn_months: 60 }",
        ],
        &[
            "wireless: { country: SE, min_rate_mbit: 0 }",
            "wireless: { country: SE }\nrouting: { ospf: { process: 0 } }",
            "wireless: { country: SE }\nrouting: { ospf: { process: 65536 } }",
            "wireless: { country: SE }\nrouting: { ospf: { hello: 0 } }",
            "wireless: { country: SE }\nrouting: { ospf: { dead: 65536 } }",
            "wireless: { country: SE }\nlifecycle: { warn_months: 61 }",
            "wireless: { country: SE }\nlifecycle: { years: }",
            "wireless: { country: SE }\nrouting: { bgp: { asn: 0 } }",
            "wireless: { country: SE }\nrouting: { bgp: { asn: 4294967295 } }",
            "wireless: { country: SE }\nsecurity: { protocols: [https] }",
            "wireless: { country: SE }\nsecurity: { protocols: [] }",
            "wireless: { country: SE }\nsecurity: { protocols: [shh] }",
            "wireless: { country: SE }\nsecurity: { ssh: { version: 1 } }",
            "wireless: { country: SE }\nsecurity: { aaa: { fallback_user: a b } }",
            "wireless: { country: SE }\nsecurity: { aaa: { fallback_user: true } }",
            "wireless: { country: SE }\nsecurity: { aaa: { fallback_user: \"a?b\" } }",
            "wireless: { country: SE }\nswitching: { spanning_tree: { priority: 4097 } }",
            "wireless: { country: SE }\nswitching: { spanning_tree: { priority: 65536 } }",
            "wireless: { country: SE }\nswitching:",
        ],
    ),
    (
        "inventory/network.yaml",
        "  hosts: { distribution: 0, core: 10, firewall: 20, access: 30, ap: 100 }",
        &[],
        &["  hosts:", "  hosts: { distribution: -1 }"],
    ),
    ("inventory/network.yaml", "name: Färgelanda kommun }", &[], &["name: Färgelanda kommun, profiles: }"]),
    (
        "inventory/vlans.yaml",
        "gateway: firewall, sites: { tags: [datacentre] }",
        &[
            "gateway: firewall, reserved_hosts: 20-29, sites: { tags: [datacentre] }",
            "gateway: firewall, reserved_hosts: 20, sites: { tags: [datacentre] }",
            "gateway: firewall, reserved_hosts: \"20\", sites: { tags: [datacentre] }",
        ],
        &[
            "gateway: firewall, reserved_hosts: 20 - 29, sites: { tags: [datacentre] }",
            "gateway: firewall, reserved_hosts: \" 20-29\", sites: { tags: [datacentre] }",
            "gateway: firewall, sites: {}",
            "gateway: firewall, sites: { tags: [] }",
            "gateway: firewall, sites: { tags: [datacentre, true] }",
        ],
    ),
    (
        "inventory/vlans.yaml",
        "subnet: { block: 0, prefix: 24 }",
        &[],
        &["subnet: { block: 0, prefix: 256 }", "subnet: { block: 0, prefix: 7 }", "subnet: { block: 0, prefix: -1 }"],
    ),
    (
        "inventory/ssids.yaml",
        "name: Personal, security",
        &[],
        &[
            "name: Ett namn med många fler än 32 tecken, security",
            "name: true, security",
            "rate_limit_mbit: 0, name: Personal, security",
            "rate_limit_mbit: -1, name: Personal, security",
        ],
    ),
    (
        "inventory/profiles.yaml",
        "title: Server, vlan: servers",
        &["title: 5, vlan: servers, storm_control: { broadcast: 100 }"],
        &[
            "title: true, vlan: servers",
            "title: Server, vlan: true",
            "title: Server, vlan: servers, speed: 0",
            "title: Server, vlan: servers, dhcp_rate: 0",
            "title: Server, vlan: servers, dhcp_rate: 2049",
            "title: Server, vlan: servers, storm_control: { broadcast: 0 }",
            "title: Server, vlan: servers, storm_control: { unicast: 101 }",
        ],
    ),
    (
        "inventory/models.yaml",
        "platform: openwrt, ports: { 1-5: { interface: \"lan{n}\", speed: 1000 } }",
        &[],
        &[
            "platform: openwrt, ports:",
            "platform: openwrt, stack: 1, ports: { 1-5: { interface: \"lan{n}\", speed: 1000 } }",
            "platform: openwrt, ports: { 1-5: { interface: \"lan{n}\", speed: 0 } }",
            "platform: openwrt, ports: { 1 - 5: { interface: \"lan{n}\", speed: 1000 } }",
            "platform: true, ports: { 1-5: { interface: \"lan{n}\", speed: 1000 } }",
            "platform: openwrt, modules: , ports: { 1-5: { interface: \"lan{n}\", speed: 1000 } }",
            "platform: openwrt, modules: { M: { ports: } }, ports: { 1-5: { interface: \"lan{n}\", speed: 1000 } }",
        ],
    ),
    (
        "inventory/models.yaml",
        "channels: [36, 52], width: 80",
        &[],
        &["channels: [], width: 80", "channels: [0, 36], width: 80", "channels: [36, 52], width: 30"],
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "name: Färgelanda Valboskola, index: 3",
        &["name: Färgelanda Valboskola, index: 3, wan: { kind: fibre, mbit: 100 }", "name: 3, index: 3, code: 1492"],
        &[
            "name: true, index: 3",
            "name: Färgelanda Valboskola, index: -1",
            "name: Färgelanda Valboskola, index: 3, code: yes no",
            "name: Färgelanda Valboskola, index: 3, code: true",
            "name: Färgelanda Valboskola, index: 3, wan: { kind: fibre, mbit: 0 }",
        ],
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "\ndevices:",
        &["\nsubnets: {}\ndevices:", "\nrooms: [{ name: Hus B, racks: { A: 42 } }]\ndevices:"],
        &[
            "\nsubnets:\ndevices:",
            "\nprofiles:\ndevices:",
            "\nrooms: [{ name: Hus B, racks: }]\ndevices:",
            "\nrooms: [true]\ndevices:",
            "\nreservations: [{ vlan: staff, host: 0, name: x }]\ndevices:",
            "\nreservations: [{ vlan: staff, host: 20, name: true }]\ndevices:",
            "\nreservations: [{ vlan: staff, host: 20, name: x, mac: \"01:00:5e:00:00:01\" }]\ndevices:",
            "\nreservations: [{ vlan: staff, host: 20, name: x, mac: \"00:1b-44:11:3a:b7\" }]\ndevices:",
        ],
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "ap-1: { model: Ap }",
        &[
            "ap-1: { model: Ap, ports: }",
            "ap-1: { model: Ap, name: 5 }",
            "ap-1: { model: Ap, connect: { port: 65535 } }",
        ],
        &[
            "ap-1: { model: Ap, name: true }",
            "ap-1: { model: Ap, connect: { port: 0 } }",
            "ap-1: { model: Ap, managed: false }",
            "ap-1: { model: Ap, radios: }",
            "ap-1: { model: Ap, profiles: }",
            "ap-1: { model: Ap, unit: 0 }",
            "ap-0: { model: Ap }",
            "\"ap-[1- 2]\": { model: Ap }",
            "ap-1:",
            "ap-1: { model: Ap, serves: {} }",
        ],
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "1-2: classroom,",
        &["\"1,2\": classroom,", "\"1 , 2\": classroom,", "1-2: { profile: classroom, except: 2 },"],
        &[
            "\"1- 2\": classroom,",
            "\" 2\": classroom,",
            "\"2 \": classroom,",
            "1-2: true,",
            "1-2: { profile: classroom, except: \" 2\" },",
            "1-2: { profile: classroom, except: x },",
            "1-2: { profile: classroom, port: 1 },",
            "1-2: { profile: classroom, to_lag: 1 },",
            "1-2: { profile: classroom, lag_mode: active },",
            "1-2: { profile: classroom, lag: 0 },",
            "1-2: { profile: classroom, description: true },",
        ],
    ),
    (
        "inventory/sites/fargelanda/valboskolan.yaml",
        "to: access-2, port: 5",
        &[],
        &["to: access-2, port: \" 5\"", "to: access-2, port: x y", "to: access-0, port: 5", "to: true, port: 5"],
    ),
    (
        "policies/segments.yaml",
        "confidentiality: 2, integrity: 3",
        &[],
        &[
            "confidentiality: 256, integrity: 3",
            "confidentiality: 0, integrity: 3",
            "confidentiality: 2, integrity: -1",
        ],
    ),
    (
        "policies/segments.yaml",
        "owner: Skolchef",
        &["owner: Skolchef, vrf: 5"],
        &[
            "owner: false",
            "owner: Skolchef, vrf: true",
            "owner: Skolchef, prefixes: [10.0.0.0/33]",
            "owner: Skolchef, prefixes: [\"::/129\"]",
        ],
    ),
    (
        "policies/flows/all.yaml",
        "to: 10.64.1.31, services: [udp 1812-1813]",
        &["to: 10.64.1.31/32, services: [\" udp  1812-1813 \"]"],
        &[
            "to: 10.64.1.311, services: [udp 1812]",
            "to: 10.64.1.31/33, services: [udp 1812]",
            "to: A b, services: [udp 1812]",
            "to: true, services: [udp 1812]",
            "to: 10.64.1.31, services: [udp 0]",
            "to: 10.64.1.31, services: [udp 65536]",
            "to: 10.64.1.31, services: \"udp\\t1812\"",
            "to: 10.64.1.31, services: \"udp 1812\\n\"",
            "to: 10.64.1.31, services: []",
        ],
    ),
    (
        "policies/naming.yaml",
        "max_length: 30",
        &["max_length: 63"],
        &[
            "max_length: 0",
            "max_length: 64",
            "max_length: -1",
            "max_length: 30\n  rules:",
            "max_length: 30\n  rules: { vlan: { max_length: 0 } }",
            "max_length: 30\n  rules: { vlan: { max_length: 256 } }",
        ],
    ),
    (
        "policies/naming.yaml",
        "letters: { å: a, ä: a, ö: o }",
        &["letters: { å: 5, ä: a, ö: o, é: e }"],
        &["letters:", "letters: { \"\": a }", "letters: { å: true }"],
    ),
    (
        "policies/naming.yaml",
        "roles: { core: cr, firewall: fw, distribution: ds, access: sw, ap: ap }",
        &[],
        &["roles:", "roles: { core: true, firewall: fw, distribution: ds, access: sw, ap: ap }"],
    ),
    (
        "policies/change.yaml",
        "signatures: 1",
        &["signatures: 1, confirm_within: 86400", "signatures: 1, risk: {}"],
        &[
            "signatures: -1",
            "signatures: 1, wave: 0",
            "signatures: 1, confirm_within: -1",
            "signatures: 1, confirm_within: 86401",
            "signatures: 1, risk:",
            "signatures: 1, tier:",
            "signatures: 1, risk: { access: -1 }",
        ],
    ),
];

#[test]
fn reader_and_schema_agree_at_the_borders() {
    let validators = validators();
    let library = Library::built_in().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small");
    let mut wrong = Vec::new();
    for (path, old, taken, refused) in BORDERS {
        let path = Path::new(path);
        let text = fs::read_to_string(root.join(path)).unwrap();
        assert!(text.contains(old), "{}: no `{old}`", path.display());
        let tried = taken.iter().map(|new| (new, false)).chain(refused.iter().map(|new| (new, true)));
        for (new, refused) in tried {
            let text = text.replacen(old, new, 1);
            let schema = complaints(&validators, path, &text).unwrap_or_default();
            let unsaved = Overlay([(path.to_path_buf(), text.into())].into());
            let loaded = inventory::load_with(&root, &unsaved);
            let of_shape = |found: &&Finding| {
                let code = found.code.to_string();
                SHAPE.contains(&code.as_str()) || code == "SN-104"
            };
            let said: Vec<String> = if loaded.findings.iter().any(|found| of_shape(&found)) {
                loaded.findings.iter().filter(of_shape).map(|found| found.message.clone()).collect()
            } else if refused {
                // What standards set is the business of checks.
                let (_, findings) = check::all(&loaded, &library, Some(jiff::civil::date(2026, 12, 1)));
                findings
                    .into_iter()
                    .filter(|found| found.severity == Severity::Error)
                    .map(|found| found.message)
                    .collect()
            } else {
                Vec::new()
            };
            if said.is_empty() == refused || schema.is_empty() == refused {
                wrong.push(format!("{}: {new:?}: read {said:?}, schema {schema:?}", path.display()));
            }
            let told_once = loaded.findings.iter().filter(of_shape).count() <= 1;
            if !told_once {
                wrong.push(format!("{}: {new:?} is told more than once: {said:?}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
