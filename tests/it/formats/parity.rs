//! Every format is read back, by a reader that knows only that format, and has to hold the same findings.

use std::collections::BTreeMap;

use samnet::finding::{Code, Finding, codes, plain};
use samnet::report::findings::{FORMATS, Listing, human};
use samnet::source::{Sources, Span};

use super::*;

/// Findings of every odd kind: without a place, of whole files, with letters, quotes and commands in them.
fn odd() -> (Sources, Vec<Finding>) {
    let mut sources = Sources::new();
    let text = "secrets:\n  radius: hemligt123   # and: more\n  snmp: [hemligt456, x]\nvlans: ÅÄÖ <&> \"q\" 'q'\n";
    let file = sources.add("inventory/Åmål, a:b %20/vägen.yaml", text);
    let other = sources.add("inventory/vlans.yaml", "vlans: []\nssids: []\n");
    let at = |word: &str| {
        let from = text.find(word).unwrap();
        Span::new(file, from..from + word.len())
    };
    let findings = vec![
        Finding::error(codes::NO_PROJECT, "no file is to blame").help("help ends in 100 %"),
        Finding::error(codes::EMPTY_FILE, "the file says nothing").at(Span::file(other)),
        Finding::warning(Code(603), "Å, ä & \"ö\" <b> 'x' ]]> -- ::error::no").at_saying(at("ÅÄÖ"), "häng <här>"),
        Finding::warning(Code(203), "line\nbreak %0A ::set-output name=a::b\r\n::stop-commands::x")
            .at(at("vlans"))
            .help("first,\nsecond: %25 ::end::"),
        Finding::error(Code(204), "\u{1b}[31mred\u{7} \u{9b}2J \u{202e}right-to-left\tand tab").at(at("secrets")),
        Finding::error(codes::SECRET_VALUE, "a secret is a reference").at(at("hemligt123")).help("take it out"),
        Finding::error(codes::SECRET_VALUE, "a secret is a reference").at(at("hemligt456")),
        // On the same lines as secrets.
        Finding::error(Code(101), "of the wrong kind").at_saying(at("more"), "here").label(at("x]"), "and there"),
        Finding::error(Code(104), "twice").at(Span::new(other, 0..5)).label(Span::file(other), "whole").help("once"),
        Finding::error(Code(104), "twice").at(Span::new(other, 10..15)).help("once"),
    ];
    (sources, findings)
}

fn expected(sources: &Sources, findings: &[Finding]) -> All {
    let told = |finding: &Finding| {
        let place = finding.span.map(|span| sources.place(span));
        Told {
            code: finding.code.to_string(),
            severity: finding.severity.word().to_owned(),
            path: place.as_ref().map_or_else(String::new, |place| place.path.display().to_string()),
            line: place.map_or(0, |place| place.line as u64),
            message: plain(&finding.message).into_owned(),
            help: finding.help.as_deref().map(|help| plain(help).into_owned()).unwrap_or_default(),
        }
    };
    findings.iter().map(told).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn from_json(text_: &str) -> All {
    let json: Value = serde_json::from_str(text_).unwrap();
    let told = |found: &Value| Told {
        code: text(&found["code"]),
        severity: text(&found["severity"]),
        path: text(&found["place"]["path"]),
        line: found["place"]["line"].as_u64().unwrap_or(0),
        message: text(&found["message"]),
        help: text(&found["help"]),
    };
    json["findings"].as_array().unwrap().iter().map(told).collect()
}

fn from_sarif(text_: &str) -> All {
    let json: Value = serde_json::from_str(text_).unwrap();
    let told = |found: &Value| {
        let place = &found["locations"][0]["physicalLocation"];
        let help = text(&found["properties"]["help"]);
        let message = text(&found["message"]["text"]);
        Told {
            code: text(&found["ruleId"]),
            severity: text(&found["level"]),
            path: percent(&text(&place["artifactLocation"]["uri"])),
            line: place["region"]["startLine"].as_u64().unwrap_or(0),
            message: message.strip_suffix(&format!("\n{help}")).unwrap_or(&message).to_owned(),
            help,
        }
    };
    json["runs"][0]["results"].as_array().unwrap().iter().map(told).collect()
}

/// Decodes `%C3%85`.
fn percent(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn from_junit(text_: &str) -> All {
    let document = roxmltree::Document::parse(text_).unwrap();
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let told = |case: roxmltree::Node<'_, '_>| {
        let property = |name: &str| {
            let found =
                case.descendants().find(|node| node.attribute("name") == Some(name) && node.has_tag_name("property"));
            found.and_then(|node| node.attribute("value")).unwrap_or_default().to_owned()
        };
        let severity = property("severity");
        let said =
            case.children().find(|node| node.has_tag_name("failure") || node.has_tag_name("system-out")).unwrap();
        assert_eq!(said.has_tag_name("failure"), severity == "error");
        Told {
            code: case.attribute("classname").unwrap().split(' ').next().unwrap().to_owned(),
            severity,
            path: case.attribute("file").unwrap_or_default().to_owned(),
            line: case.attribute("line").map_or(0, |line| line.parse().unwrap()),
            message: said.text().unwrap().lines().next().unwrap().to_owned(),
            help: property("help"),
        }
    };
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    assert_eq!(suite.attribute("tests"), Some(cases.clone().count().to_string().as_str()));
    cases.map(told).collect()
}

fn from_github(text_: &str) -> All {
    let told = |line: &str| {
        let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (severity, properties) = head.split_once(' ').unwrap();
        let decode = |text: &str| text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
        let properties: BTreeMap<&str, String> = properties
            .split(',')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(key, value)| (key, decode(&value.replace("%3A", ":").replace("%2C", ","))))
            .collect();
        let get = |key: &str| properties.get(key).cloned().unwrap_or_default();
        let data = decode(data);
        let help = data.lines().last().and_then(|last| last.strip_prefix("help: ")).unwrap_or_default();
        Told {
            code: get("title").split(':').next().unwrap().to_owned(),
            severity: severity.to_owned(),
            path: get("file"),
            line: properties.get("line").map_or(0, |line| line.parse().unwrap()),
            message: data.lines().next().unwrap().to_owned(),
            help: help.to_owned(),
        }
    };
    text_.lines().map(told).collect()
}

fn from_gitlab(text_: &str) -> All {
    let json: Value = serde_json::from_str(text_).unwrap();
    let told = |found: &Value| {
        let content = text(&found["content"]["body"]);
        let help = content.lines().last().and_then(|last| last.strip_prefix("help: ")).unwrap_or_default().to_owned();
        let description = text(&found["description"]);
        let severity = text(&found["severity"]);
        Told {
            code: text(&found["check_name"]),
            severity: match severity.as_str() {
                "critical" => "error".to_owned(),
                "minor" => "warning".to_owned(),
                _ => severity,
            },
            path: text(&found["location"]["path"]),
            line: found["location"]["lines"]["begin"].as_u64().unwrap(),
            message: description.strip_suffix(&format!(" ({help})")).unwrap_or(&description).to_owned(),
            help,
        }
    };
    json.as_array().unwrap().iter().map(told).collect()
}

fn from_human(text_: &str) -> All {
    let told = |block: &str| {
        let (head, message) = block.lines().next().unwrap().split_once("]: ").unwrap();
        let (severity, code) = head.split_once('[').unwrap();
        let arrow = block.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        // A path may hold colons; line and column stand last.
        let parts: Vec<&str> = arrow.unwrap_or_default().rsplitn(3, ':').collect();
        let (path, line) = match parts.as_slice() {
            [_, line, path] if line.parse::<u64>().is_ok() => (*path, line.parse().unwrap()),
            _ => (arrow.unwrap_or_default(), 0),
        };
        let help = block.lines().find_map(|line| line.trim_start().strip_prefix("= help: ")).unwrap_or_default();
        Told {
            code: code.to_owned(),
            severity: severity.to_owned(),
            path: path.to_owned(),
            line,
            message: message.to_owned(),
            help: help.to_owned(),
        }
    };
    text_.split("\n\n").filter(|block| !block.trim().is_empty()).map(told).collect()
}

/// GitLab drops what has no place, so such findings get one there.
fn placed(all: &All) -> All {
    let placed = |told: &Told| {
        let path = if told.path.is_empty() { "." } else { &told.path };
        Told { path: path.to_owned(), line: told.line.max(1), ..told.clone() }
    };
    all.iter().map(placed).collect()
}

fn github_words(all: &All) -> All {
    let word = |told: &Told| Told { severity: told.severity.replace("note", "notice"), ..told.clone() };
    all.iter().map(word).collect()
}

fn check(sources: &Sources, findings: &[Finding]) {
    let expected = expected(sources, findings);
    let listing = Listing::of(sources, findings, None);
    let written = |format: &str| listing.write(format).unwrap();
    assert_eq!(from_human(&human(sources, findings, false)), expected, "human");
    assert_eq!(from_json(&written("json")), expected, "json");
    assert_eq!(from_sarif(&written("sarif")), expected, "sarif");
    assert_eq!(from_junit(&written("junit")), expected, "junit");
    assert_eq!(from_github(&written("github")), github_words(&expected), "github");
    assert_eq!(from_gitlab(&written("gitlab")), placed(&expected), "gitlab");
}

#[test]
fn every_format_holds_the_same_odd_findings() {
    let (sources, findings) = odd();
    check(&sources, &findings);
}

#[test]
fn every_format_holds_the_same_findings_of_a_broken_project() {
    let project = broken();
    let loaded = samnet::inventory::load(project.root());
    let library = samnet::platform::Library::built_in().unwrap();
    let (_, findings) = samnet::check::all(&loaded, &library, Some(jiff::civil::date(2026, 12, 1)));
    assert!(findings.len() >= 8, "{findings:#?}");
    check(&loaded.sources, &findings);
}

/// A project with mistakes of many kinds.
pub(super) fn broken() -> Project {
    let project = small();
    project.edit("inventory/vlans.yaml", "title: Personal,", "titel: Personal,");
    project.edit("inventory/ssids.yaml", "client_isolation: true", "client_isolation: yes");
    project.edit(
        "inventory/ssids.yaml",
        "\"Saker på Åmåls 'nät'\"",
        "\"Saker\\nföre::error::Åmåls % <nät>\\u001b[31m\"",
    );
    project.edit("inventory/ssids.yaml", "vlan: staff, secret: wifi-things", "vlan: staf, secret: wifi-thing");
    project.edit("inventory/network.yaml", "radius:       env:SAMNET_TEST_RADIUS", "radius:       hemligt123");
    project.edit("inventory/network.yaml", "ipv4: 10.64.0.0/10", "ipv4: 10.66.0.0/10");
    project.edit("policies/flows/all.yaml", "id: names, from: [staff,", "id: names, from: [stafff,");
    project.write("inventory/sites/fargelanda/ödeborg.yaml", "");
    project.write("inventory/vlan.yaml", "vlans: []\n");
    project
}

#[test]
fn no_format_shows_a_secret_or_a_control_character() {
    let (sources, findings) = odd();
    let listing = Listing::of(&sources, &findings, None);
    let mut all: Vec<String> = FORMATS[1..].iter().map(|format| listing.write(format).unwrap()).collect();
    all.push(human(&sources, &findings, false));
    all.push(samnet::finding::Baseline::of(&sources, &findings, str::to_owned).write());
    for text in &all {
        assert!(!text.contains("hemligt"), "{text}");
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    }
    assert_eq!(all.len(), 7);
}

#[test]
fn nothing_that_a_workflow_would_obey_begins_a_line() {
    let (sources, findings) = odd();
    for text in [human(&sources, &findings, false), Listing::of(&sources, &findings, None).write("github").unwrap()] {
        for line in text.lines().map(str::trim).filter(|line| line.starts_with("::")) {
            let word = line[2..].split([' ', ':']).next().unwrap();
            // The picture's own mark of another file.
            assert!(["error", "warning", "notice"].contains(&word) || line.starts_with("::: inventory/"), "{line}");
        }
    }
}

#[test]
fn the_program_writes_each_format_to_standard_output_and_nothing_else() {
    let project = broken();
    for format in FORMATS {
        let said = project.validate(&["--format", format]);
        assert_eq!(said.code, Some(1), "{format}: {}", said.err);
        assert_eq!(said.err.is_empty(), format != "human", "{format}: {}", said.err);
        assert!(!said.out.contains("hemligt123") && !said.err.contains("hemligt123"), "{format}");
    }
    let json = from_json(&project.validate(&["--format", "json"]).out);
    assert_eq!(from_sarif(&project.validate(&["--format", "sarif"]).out), json);
    assert_eq!(from_junit(&project.validate(&["--format", "junit"]).out), json);
    assert!(json.iter().any(|told| told.path == "inventory/sites/fargelanda/ödeborg.yaml" && told.line == 0));
    assert!(json.iter().all(|told| !Path::new(&told.path).is_absolute()));
}

#[test]
fn a_project_in_order_is_a_valid_document_of_every_format() {
    let project = small();
    for format in FORMATS {
        let said = project.validate(&["--format", format]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{format}");
    }
    let junit = project.validate(&["--format", "junit"]).out;
    let document = roxmltree::Document::parse(&junit).unwrap();
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("testcase")).count(), 1);
    assert_eq!(project.validate(&["--format", "github"]).out, "");
    assert_eq!(project.validate(&["--format", "gitlab"]).out.trim(), "[]");
}

#[test]
fn code_scanning_gets_paths_from_where_the_program_was_called() {
    let folder = tempfile::tempdir().unwrap();
    copy(broken().root(), &folder.path().join("nets/dalsland"));
    let run = |format: &str| {
        let mut command = program();
        command.current_dir(folder.path()).args(["validate", "-C", "./nets/dalsland", "--format", format]);
        said(command.output().unwrap()).out
    };
    let below = |all: All| all.iter().filter(|told| told.path.starts_with("nets/dalsland/inventory/")).count();
    assert!(below(from_sarif(&run("sarif"))) > 4 && below(from_github(&run("github"))) > 4);
    assert!(below(from_gitlab(&run("gitlab"))) > 4);
    assert_eq!(below(from_json(&run("json"))), 0);
}

#[test]
fn code_scanning_gets_paths_from_the_top_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("nets/dalsland");
    copy(broken().root(), &project);
    let git = std::process::Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status().unwrap();
    assert!(git.success());
    let absolute = project.display().to_string();
    let calls: [(&Path, &str); 4] = [
        (folder.path(), &absolute),
        (&project, "."),
        (&folder.path().join("nets"), "dalsland"),
        (folder.path(), "nets/../nets/dalsland"),
    ];
    for (place, root) in calls {
        let run = |format: &str| {
            let mut command = program();
            command.current_dir(place).args(["validate", "-C", root, "--format", format]);
            said(command.output().unwrap()).out
        };
        let below = |all: All| all.iter().filter(|told| told.path.starts_with("nets/dalsland/inventory/")).count();
        assert!(below(from_sarif(&run("sarif"))) > 4 && below(from_github(&run("github"))) > 4, "{root}");
        assert!(below(from_gitlab(&run("gitlab"))) > 4 && below(from_junit(&run("junit"))) > 4, "{root}");
    }
}
