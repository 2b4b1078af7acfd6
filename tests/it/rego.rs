//! A project's own rules: what they find and where, what they may not do, and their tests.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::{children, is_running, within};
use crate::project::copy;

mod language;

/// The example, with rules of a test's own in place of its rules.
struct Project(tempfile::TempDir);

/// What a run of the program said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for part in ["inventory", "policies"] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &project.0.path().join(part));
        }
        fs::remove_dir_all(project.0.path().join("policies/checks")).unwrap();
        for (path, text) in files {
            project.write(&format!("policies/checks/{path}"), text);
        }
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn replace(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.0.path().join(path)).unwrap();
        assert!(text.contains(old), "the example no longer has `{old}`");
        self.write(path, &text.replacen(old, new, 1));
    }

    /// The line of a file that holds a text.
    fn line(&self, path: &str, wanted: &str) -> u64 {
        let text = fs::read_to_string(self.0.path().join(path)).unwrap();
        let at =
            text.lines().position(|line| line.contains(wanted)).unwrap_or_else(|| panic!("no `{wanted}` in {path}"));
        u64::try_from(at).unwrap() + 1
    }

    fn samnet(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
        let output = command.arg("-C").arg(self.0.path()).args(arguments).output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every finding of `validate` that concerns rules, as code, place and message.
    fn found(&self, more: &[&str]) -> Vec<(String, String, String)> {
        let arguments = [&["validate", "--as-of", "2026-12-01", "--format", "json"], more].concat();
        let said = self.samnet(&arguments);
        let document: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.err));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let one = |finding: &Value| {
            let place = &finding["place"];
            let line = place["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
            (text(&finding["code"]), format!("{}{line}", text(&place["path"])), text(&finding["message"]))
        };
        document["findings"].as_array().unwrap().iter().map(one).collect()
    }
}

/// Insists that a finding of this code stands at this place and says this.
#[track_caller]
fn has(found: &[(String, String, String)], code: &str, place: &str, words: &str) {
    let fits = |(has, at, says): &&(String, String, String)| has == code && at == place && says.contains(words);
    assert!(found.iter().any(|finding| fits(&finding)), "no {code} at {place} saying `{words}` in {found:#?}");
}

#[test]
fn a_finding_stands_where_the_value_it_names_is_written() {
    let rules = r#"package own

deny contains {
	"msg": sprintf("%s is on air", [ssid.name]), "at": ssid.at, "help": "silence it",
	"related": [{"at": vlan.at, "text": "its VLAN"}],
} if {
	some ssid in input.ssids
	ssid.name == "Dalsland-Gast"
	some vlan in input.vlans
	vlan.name == ssid.vlan
}

warn contains {"msg": sprintf("port %s", [port.key]), "at": port.at} if {
	some port in input.devices[_].ports
	port.profile == "process"
}

deny_place contains {"msg": "nowhere", "at": "inventory/vlans.yaml:1:1"} if true

violation contains "no place\u001b[31m at all" if true
"#;
    let project = Project::new(&[("deep/own.rego", rules)]);
    let found = project.found(&[]);
    let own = "policies/checks/deep/own.rego";
    let line = project.line("inventory/ssids.yaml", "Dalsland-Gast");
    has(&found, "SN-901", &format!("inventory/ssids.yaml:{line}"), "own.deny: Dalsland-Gast is on air");
    has(&found, "SN-901", &format!("{own}:{}", project.line(own, "deny_place")), "own.deny_place: nowhere");
    has(&found, "SN-901", &format!("{own}:{}", project.line(own, "violation")), "own.violation: no place [31m at all");
    let line = project.line("inventory/sites/amal/vattenverket.yaml", "3-6: process");
    // Four ports of one range are told once.
    has(&found, "SN-902", &format!("inventory/sites/amal/vattenverket.yaml:{line}"), "more like it here");
    assert_eq!(found.len(), 4, "{found:#?}");
    let shown = project.samnet(&["validate", "--as-of", "2026-12-01"]);
    assert_eq!(shown.code, 1);
    for words in ["its VLAN", "help: silence it", "is no place in the network: inventory/vlans.yaml:1:1"] {
        assert!(shown.err.contains(words), "{words}: {}", shown.err);
    }
}

#[test]
fn of_several_heads_the_one_that_spoke_is_told() {
    let rules = "package own\n\nwarn contains \"first thing\" if true\n\nwarn contains sprintf(\"second %s here\", [vlan.name]) if \
                 {\n\tsome vlan in input.vlans\n\tvlan.id == 10\n}\n\nwarn contains {\"msg\": \"at a site\", \"at\": input.sites[0].at} if true\n";
    let project = Project::new(&[("own.rego", rules)]);
    let found = project.found(&[]);
    has(&found, "SN-902", "policies/checks/own.rego:3", "first thing");
    has(&found, "SN-902", "policies/checks/own.rego:5", "second management here");
    let site = found.iter().find(|(_, _, words)| words.contains("at a site")).unwrap();
    // A site has a place as everything else has.
    assert!(site.1.starts_with("inventory/sites/") && site.1.split(':').count() > 1, "{site:?}");
}

#[test]
fn only_what_is_wrong_with_its_model_hides_what_a_rule_warns_of_at_a_device() {
    let rule = "package own\n\nwarn contains {\"msg\": \"old\", \"at\": device.at} if {\n\tsome device in input.devices\n\tdevice.role == \"access\"\n}\n";
    let project = Project::new(&[("own.rego", rule)]);
    let warned = || project.found(&[]).iter().filter(|(code, ..)| code == "SN-902").count();
    let all = warned();
    assert!(all > 0);
    project.replace("inventory/network.yaml", "session_minutes: 15", "session_minutes: 600");
    assert!(project.found(&[]).iter().any(|(code, ..)| code == "SN-711"), "{:?}", project.found(&[]));
    assert_eq!(warned(), all, "another setting is another matter");
    project.replace("inventory/models.yaml", "\"ge-0/0/{n}\", speed: 1000, poe: true", "\"ge-0/0/{n}\", speed: 1000");
    assert!(project.found(&[]).iter().any(|(code, ..)| code == "SN-473"), "{:?}", project.found(&[]));
    assert!((1..all).contains(&warned()), "those of that model wait");
}

#[test]
fn a_warning_alone_is_no_failure() {
    let project = Project::new(&[("a.rego", "package a\n\nwarn contains \"mind the gap\" if true\n")]);
    assert_eq!(project.samnet(&["validate", "--as-of", "2026-12-01"]).code, 0);
}

#[test]
fn a_broken_file_hides_nothing_but_itself() {
    let project = Project::new(&[
        ("broken.rego", "package broken\n\ndeny contains \"x\" {\n  true\n}\n"),
        ("unknown.rego", "package unknown\n\ndeny contains \"x\" if nothing_of_the_kind(1)\n"),
        ("unsafe.rego", "package unsafe\n\ndeny contains x if { y > 1 }\n"),
        ("failing.rego", "package failing\n\ndeny contains \"x\" if {\n\tto_number(\"many\") > 1\n}\n"),
        ("good.rego", "package good\n\ndeny contains \"heard\" if true\n"),
    ]);
    let found = project.found(&[]);
    has(&found, "SN-903", "policies/checks/broken.rego:3", "");
    has(&found, "SN-903", "policies/checks/unknown.rego:3", "nothing_of_the_kind");
    has(&found, "SN-903", "policies/checks/unsafe.rego:3", "");
    has(&found, "SN-903", "policies/checks/failing.rego:4", "`failing.deny` cannot be evaluated");
    has(&found, "SN-901", "policies/checks/good.rego:3", "good.deny: heard");
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn an_answer_that_nobody_can_use_is_told() {
    let rules = "package odd\n\ndeny := \"a text\"\ndeny_number contains 7 if true\n\
                 deny_key contains {\"mgs\": \"x\"} if true\nwarn_list := [\"fine\", {\"msg\": 1}]\n\
                 deny_many contains sprintf(\"%d\", [n]) if some n in numbers.range(1, 10001)\n";
    let found = Project::new(&[("odd.rego", rules)]).found(&[]);
    has(&found, "SN-905", "policies/checks/odd.rego:3", "it is a text, and a set is needed");
    has(&found, "SN-905", "policies/checks/odd.rego:4", "an entry is a number");
    has(&found, "SN-905", "policies/checks/odd.rego:5", "an entry has no `msg`");
    has(&found, "SN-905", "policies/checks/odd.rego:6", "`msg` of an entry is not a text");
    has(&found, "SN-902", "policies/checks/odd.rego:6", "odd.warn_list: fine");
    has(&found, "SN-904", "policies/checks/odd.rego:7", "it found 10001 things");
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[test]
fn nothing_outside_the_document_can_be_reached() {
    let calls = [
        ("http", "http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1/\"})", "http.send"),
        ("runtime", "opa.runtime()", "opa.runtime"),
        ("lookup", "net.lookup_ip_addr(\"localhost\")", "net.lookup_ip_addr"),
        ("clock", "time.now_ns()", "time.now_ns"),
        ("random", "rand.intn(\"x\", 9)", "rand.intn"),
        ("uuid", "uuid.rfc4122(\"x\")", "uuid.rfc4122"),
    ];
    let files: Vec<(String, String)> = calls
        .iter()
        .map(|(name, call, _)| (format!("{name}.rego"), format!("package {name}\n\ndeny contains {call} if true\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = Project::new(&files).found(&[]);
    for (name, _, function) in calls {
        let words = format!("could not find function {function}");
        has(&found, "SN-903", &format!("policies/checks/{name}.rego:3"), &words);
    }
    assert_eq!(found.len(), calls.len(), "{found:#?}");
}

#[test]
fn a_rule_that_wants_too_much_memory_is_stopped_and_the_others_are_heard() {
    let rules = [
        ("range", "deny contains \"x\" if count(numbers.range(1, 1000000000000)) > 3\n"),
        // As wide as a text can be made, many times over.
        (
            "width",
            "deny contains \"x\" if concat(\"\", [sprintf(\"%1000000d\", [1]) | some _ in numbers.range(1, 1000)]) != \"\"\n",
        ),
        (
            "grow",
            "a := concat(\"\", [\"aaaaaaaaaa\" | some _ in numbers.range(1, 1000)])\n\
                  b := concat(\"\", [a | some _ in numbers.range(1, 1000)])\n\
                  deny contains concat(\"\", [b | some _ in numbers.range(1, 1000)]) if true\n",
        ),
    ];
    let mut files: Vec<(String, String)> =
        rules.iter().map(|(name, text)| (format!("{name}.rego"), format!("package {name}\n\n{text}"))).collect();
    files.push(("zz.rego".to_owned(), "package zz\n\ndeny contains \"heard\" if true\n".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = Project::new(&files).found(&["--rule-timeout", "60"]);
    for (name, line) in [("range", 3), ("width", 3), ("grow", 5)] {
        let words = "more than 256 MiB of memory";
        has(&found, "SN-904", &format!("policies/checks/{name}.rego:{line}"), words);
    }
    has(&found, "SN-901", "policies/checks/zz.rego:3", "heard");
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn a_rule_that_nests_without_end_or_explodes_as_a_pattern_is_stopped() {
    let deep = format!("package deep\n\nx := {}{}\n", "[\n".repeat(9000), "]".repeat(900));
    let brackets =
        format!("package brackets\n\ndeny contains \"x\" if {}1{}\n", "(\n".repeat(9000), ")\n".repeat(9000));
    let found = Project::new(&[
        ("brackets.rego", &brackets),
        ("call.rego", "package call\n\nf(x) := f(x + 1)\n\ndeny contains \"x\" if f(1)\n"),
        ("circle.rego", "package circle\n\np if q\n\nq if p\n\ndeny contains \"x\" if p\n"),
        ("deep.rego", &deep),
        (
            "pattern.rego",
            "package pattern\n\ndeny contains \"x\" if regex.match(\"((a{1,1000}){1,1000}){1,1000}\", \"b\")\n",
        ),
        ("zz.rego", "package zz\n\ndeny contains \"heard\" if true\n"),
    ])
    .found(&["--rule-timeout", "60"]);
    has(&found, "SN-904", "policies/checks/call.rego:5", "it nests too deeply");
    has(&found, "SN-903", "policies/checks/circle.rego:3", "recursion");
    has(&found, "SN-903", "policies/checks/pattern.rego:3", "size limit");
    has(&found, "SN-901", "policies/checks/zz.rego:3", "heard");
    for file in ["brackets", "deep"] {
        let path = format!("policies/checks/{file}.rego");
        let told = |(code, place, _): &&(String, String, String)| {
            place.starts_with(&path) && ["SN-903", "SN-904"].contains(&code.as_str())
        };
        assert!(found.iter().any(|finding| told(&finding)), "{file}: {found:#?}");
    }
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[test]
fn an_endless_rule_is_stopped_and_the_others_are_heard() {
    let endless = "package endless\n\ndeny contains \"x\" if {\n\tsome a in input.devices\n\tsome b in input.devices\n\
                   \tsome c in input.devices\n\tsome d in input.devices\n\ta.name == b.number + c.number + d.number\n}\n";
    // One call that never looks at a clock.
    let call = "package call\n\ndeny contains \"x\" if {\n\tproduct([y | some _ in numbers.range(1, 300000); y := 99999999999999999]) > 0\n}\n";
    let project = Project::new(&[
        ("aa.rego", "package aa\n\ndeny contains \"heard first\" if true\n"),
        ("call.rego", call),
        ("endless.rego", endless),
        ("zz.rego", "package zz\n\ndeny contains \"heard last\" if true\n"),
    ]);
    let found = project.found(&["--rule-timeout", "4"]);
    has(&found, "SN-904", "policies/checks/call.rego:3", "`call.deny` was stopped: it was not done after");
    has(&found, "SN-904", "policies/checks/endless.rego:3", "`endless.deny` was stopped: it was not done after");
    has(&found, "SN-901", "policies/checks/aa.rego:3", "heard first");
    has(&found, "SN-901", "policies/checks/zz.rego:3", "heard last");
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn rules_do_not_stumble_over_what_could_not_be_read_or_is_wrong_already() {
    let rule = "package all\n\ndeny contains {\"msg\": \"seen\", \"at\": vlan.at} if some vlan in input.vlans\n\n\
                deny contains \"a site is missing\" if count(input.sites) < 18\n";
    let project = Project::new(&[("all.rego", rule)]);
    project.replace("inventory/vlans.yaml", "{ id: 40, name: guest,", "{ id: forty, name: guest,");
    let found = project.found(&[]);
    assert!(found.iter().any(|(code, ..)| code == "SN-101"), "{found:#?}");
    assert!(found.iter().all(|(code, ..)| !code.starts_with("SN-9")), "not read in full: {found:#?}");

    let project = Project::new(&[("all.rego", rule)]);
    project.replace("inventory/vlans.yaml", "{ id: 65, name: process,", "{ id: 60, name: process,");
    let found = project.found(&[]);
    let wrong = project.line("inventory/vlans.yaml", "name: process,");
    let told: Vec<_> = found.iter().filter(|(_, place, _)| *place == format!("inventory/vlans.yaml:{wrong}")).collect();
    assert!(told.iter().all(|(code, ..)| code == "SN-204") && !told.is_empty(), "{found:#?}");
}

#[test]
fn what_follows_from_a_field_that_nothing_has_is_left_out_and_the_rest_is_said() {
    let sound = "deny_sound contains \"heard\" if { count(input.sites) > 1 }\n\n";
    let own = "deny contains site.name if {\n\tsome site in input.sites\n\tnot site.naem\n}\n";
    let shared = "known[site.name] if {\n\tsome site in input.sites\n\tsite.naem\n}\n\n\
                  deny contains site.name if {\n\tsome site in input.sites\n\tnot known[site.name]\n}\n";
    let another = "deny contains site.name if {\n\tsome site in input.sites\n\tsite.name == \"none\"\n}\n\n";
    // A rule of its own, one of several bodies, and what all rules of a file share.
    for (text, heard) in [(own.to_owned(), true), (format!("{another}{own}"), true), (shared.to_owned(), false)] {
        let project = Project::new(&[("all.rego", &format!("package all\n\n{sound}{text}"))]);
        let found = project.found(&[]);
        assert!(found.iter().any(|(code, _, words)| code == "SN-906" && words.contains("`naem`")), "{found:#?}");
        let said: Vec<_> = found.iter().filter(|(code, ..)| code == "SN-901").collect();
        assert_eq!(said.len(), usize::from(heard), "{text}: {found:#?}");
        assert!(said.iter().all(|(.., words)| words.contains("heard")), "{found:#?}");
    }
}

#[test]
fn data_beside_the_rules_is_told_to_be_read_by_nothing() {
    let readme = ("README.md", "Why these rules are here.\n");
    let project = Project::new(&[("limits.yaml", "most: 3\n"), ("poe.reg", "package poe\n"), readme]);
    let found = project.found(&[]);
    has(&found, "SN-007", "policies/checks/limits.yaml", "nothing reads this file");
    has(&found, "SN-007", "policies/checks/poe.reg", "nothing reads this file");
    assert_eq!(found.len(), 2, "{found:#?}");
}

const TESTS: &str = r#"package own_test

import data.own

test_holds if own.answer == 42

test_mocked if own.answer == 7 with data.own.answer as 7

test_input if own.seen with input as {"devices": [1]}

test_false if {
	print("the answer is", own.answer)
	own.answer == 41
}

test_error if to_number("many") == 1

todo_test_later if false

test_endless if {
	some a in numbers.range(1, 30000)
	some b in numbers.range(1, 30000)
	a + b == 0
}
"#;

#[test]
fn tests_run_as_opa_runs_them() {
    let project = Project::new(&[
        ("own.rego", "package own\n\nanswer := 42\n\nseen if count(input.devices) == 1\n"),
        ("own_test.rego", TESTS),
    ]);
    let file = "policies/checks/own_test.rego";
    let said = project.samnet(&["check", "test", "-v", "--timeout", "1"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let line = |text: &str| project.line(file, text);
    for (rule, word) in [
        ("test_holds", "PASS"),
        ("test_mocked", "PASS"),
        ("test_input", "PASS"),
        ("test_false", "FAIL\n  line 13 does not hold\n  policies/checks/own_test.rego:12: the answer is 42"),
        ("test_error", "ERROR"),
        ("todo_test_later", "SKIPPED"),
        ("test_endless", "ERROR\n  stopped: it was not done after 1.0 s"),
    ] {
        let words = format!("{file}:{}: data.own_test.{rule}: {word}", line(&format!("{rule} if")));
        assert!(said.out.contains(&words), "{words}\n---\n{}", said.out);
    }
    assert!(said.out.ends_with("PASS: 3/7\nFAIL: 1/7\nERROR: 2/7\nSKIPPED: 1/7\n"), "{}", said.out);

    let some = project.samnet(&["check", "test", "--run", "own_test.test_(holds|input)$"]);
    assert_eq!((some.code, some.out.as_str()), (0, "PASS: 2/2\n"));
    let none = project.samnet(&["check", "test", "--run", "nothing"]);
    assert_eq!(none.code, 1);
    assert!(none.err.contains("no test is called like `nothing`"), "{}", none.err);
    assert_eq!(project.samnet(&["check", "test", "--run", "("]).code, 64);

    let json = project.samnet(&["check", "test", "--run", "test_(false|holds)", "--format", "json"]);
    let document: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &document["summary"]["fail"]), (1, &Value::from(1)));
    let failed = document["tests"].as_array().unwrap().iter().find(|case| case["outcome"] == "fail").unwrap();
    assert_eq!(failed["name"], "data.own_test.test_false");
    assert_eq!(failed["output"][0], "policies/checks/own_test.rego:12: the answer is 42");
}

#[test]
fn a_test_that_cannot_count_is_an_error() {
    let twice = "package a_test\n\ntest_a if true\n\ntest_a if false\n";
    let project = Project::new(&[("a_test.rego", twice), ("b_test.rego", "package b_test\n\ntest_b {\n")]);
    let said = project.samnet(&["check", "test"]);
    assert_eq!(said.code, 1);
    let words = "policies/checks/a_test.rego:5: data.a_test.test_a: ERROR\n  a test of this name stands in line 3";
    assert!(said.out.contains(words), "{}", said.out);
    assert!(said.out.contains("policies/checks/b_test.rego:3: ERROR"), "{}", said.out);
}

#[test]
fn the_rules_of_the_example_hold_their_tests_and_find_what_they_are_for() {
    let project = Project::new(&[]);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/checks"), &project.0.path().join("policies/checks"));
    let said = project.samnet(&["check", "test"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(project.found(&[]), Vec::new());

    project.replace(
        "inventory/profiles.yaml",
        "{ enabled: true, mab: true, critical_vlan: care }",
        "{ enabled: false }",
    );
    project.replace("inventory/ssids.yaml", "vlan: guest, client_isolation: true", "vlan: guest");
    let mut found = project.found(&[]);
    // What a rule forbids is told, and what a check warns of on that line is not said again.
    let ssid = format!("inventory/ssids.yaml:{}", project.line("inventory/ssids.yaml", "vlan: guest"));
    has(&found, "SN-901", &ssid, "wireless.deny: guests on Dalsland-Gast reach each other");
    assert_eq!(found.iter().filter(|(_, place, _)| *place == ssid).count(), 1, "{found:#?}");
    found.retain(|(code, place, _)| code.starts_with("SN-9") && *place != ssid);
    let profile = format!("inventory/profiles.yaml:{}", project.line("inventory/profiles.yaml", "vlan: care"));
    has(&found, "SN-901", &profile, "access.deny: profile care lets whoever plugs in into segment care");
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn the_document_is_one_however_it_is_asked_for_and_its_keys_are_described() {
    let project = Project::new(&[]);
    let short = project.samnet(&["show", "network", "--json"]);
    let long = project.samnet(&["show", "network", "--format", "json"]);
    assert_eq!((short.code, &short.out), (0, &long.out));
    let document: Value = serde_json::from_str(&short.out).unwrap();
    assert_eq!(document["version"], 1);
    let described = project.samnet(&["show", "network", "--schema"]).out;
    for key in document.as_object().unwrap().keys() {
        assert!(described.lines().any(|line| line.starts_with(key.as_str())), "{key}");
    }
}

#[test]
fn a_rule_does_not_outlive_the_program_that_asked_it() {
    let rule = "package own\n\ndeny contains \"x\" if {\n\tsome i in numbers.range(1, 1000000)\n\tsome j in numbers.range(1, \
                1000000)\n\ti + j == -1\n}\n";
    let project = Project::new(&[("own.rego", rule)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
    command.arg("-C").arg(project.0.path()).args(["validate", "--rule-timeout", "60"]);
    let mut parent = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(within(300, || !children(parent.id()).is_empty()), "no worker was started");
    let worker = children(parent.id())[0];
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(within(20, || !is_running(worker)), "{worker} goes on by itself");
}

#[test]
fn a_worker_ends_when_nobody_hears_its_answers() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
    command.args(["check", "worker"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut worker = command.spawn().unwrap();
    drop(worker.stdout.take());
    assert!(within(20, || worker.try_wait().unwrap().is_some()));
}
