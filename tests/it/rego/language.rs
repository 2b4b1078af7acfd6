//! Where the evaluator differs from OPA: what is mended, and what is refused aloud instead of being silently wrong.

use serde_json::Value;

use super::{Project, has};

/// Each test of a file by its name: how it ended, and what was said of it.
fn tests(project: &Project) -> Vec<(String, String, String)> {
    let said = project.samnet(&["check", "test", "--format", "json"]);
    let document: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.err));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |test: &Value| {
        let name = text(&test["name"]);
        (name.rsplit('.').next().unwrap_or_default().to_owned(), text(&test["outcome"]), text(&test["message"]))
    };
    document["tests"].as_array().unwrap().iter().map(one).collect()
}

/// Insists that each test of a file ended so, with such words.
#[track_caller]
fn end(text: &str, expected: &[(&str, &str, &str)]) {
    let project = Project::new(&[
        ("own_test.rego", text),
        ("lib.rego", "package lib\n\nknown(x) if x == \"a\"\n\np if known(\"z\")\n"),
        ("same.rego", "package own_test\n\nelsewhere := 5\n"),
    ]);
    let found = tests(&project);
    for (name, outcome, words) in expected {
        let fits = |(has, ended, says): &&(String, String, String)| {
            has == name && ended == outcome && if words.is_empty() { says.is_empty() } else { says.contains(words) }
        };
        assert!(found.iter().any(|test| fits(&test)), "no {name} with {outcome} saying `{words}` in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn every_case_of_a_test_counts_and_what_fails_is_told() {
    end(
        r#"package own_test

f(x) := x + 1

test_some[note] if {
	some note, case in {
		"one": {"in": 1, "out": 2},
		"two": {"in": 2, "out": 99},
	}
	f(case.in) == case.out
}

test_all[note] if {
	some note, case in {"one": {"in": 1, "out": 2}}
	f(case.in) == case.out
}

test_hard[note] if {
	note := "z"
	f(1) == 2
}

test_long if {
	x := 1
	x == 1
	f(x) == 3
	x > 0
}

test_one if f(1) == 3
"#,
        &[
            ("test_some", "fail", "1 of 2 cases: two"),
            ("test_all", "pass", ""),
            ("test_hard", "error", "its cases cannot be told apart"),
            ("test_long", "fail", "line 26 does not hold"),
            ("test_one", "fail", "line 30 does not hold"),
        ],
    );
}

#[test]
fn a_test_that_nobody_runs_is_told() {
    end(
        "package own_test\n\na.test_x if false\n\ntest_p.q if false\n\ntest_y[\"a\"] := false\n\ntest_f(x) if x\n\ntest_z if true\n",
        &[
            ("", "error", "nobody runs `a.test_x`"),
            ("", "error", "nobody runs `test_p.q`"),
            ("", "error", "nobody runs `test_y.a`"),
            ("", "error", "nobody runs `test_f`: it is a function"),
            ("test_z", "pass", ""),
        ],
    );
}

#[test]
fn what_cannot_be_replaced_is_refused() {
    end(
        r#"package own_test

import data.lib

yes(_) := true

k(x) := x

test_path if { not lib.p with data.lib.known as yes }

test_alias if { not lib.p with lib.known as yes }

test_own if { k(1) == true with k as yes }

test_value if { k(1) == 7 with k as 7 }

test_clock if { 1 == 1 with time.now_ns as 1 }

test_net if { 1 == 1 with net.cidr_is_valid as true }

test_built_in if { count([]) == 4 with count as 4 }

test_mended if { sprintf("%d", [1]) == "x" with sprintf as "x" }

test_data if { data.a.b == 1 with data.a.b as 1 }
"#,
        &[
            ("test_path", "error", "`with data.lib.known as …` would do nothing"),
            ("test_alias", "error", "`with lib.known as …` would do nothing"),
            ("test_own", "pass", ""),
            ("test_value", "pass", ""),
            ("test_clock", "error", "there is no `time.now_ns` here"),
            ("test_net", "error", "`net.cidr_is_valid` cannot be replaced here"),
            ("test_built_in", "pass", ""),
            ("test_mended", "pass", ""),
            ("test_data", "pass", ""),
        ],
    );
}

#[test]
fn variables_that_would_be_taken_for_something_else_are_refused() {
    end(
        r#"package own_test

import data.lib as l

i := 5

s := {"q"}

g(v) if not s[v]

test_rule if { some i; [7][i] == 7 }

test_import if { some l; [7][l] == 7 }

test_file if { some elsewhere; [7][elsewhere] == 7 }

test_inner if { some k; [7][k] == 7; ys := [y | some k; y := [1, 2][k]]; count(ys) == 2 }

test_fine if { some j; [7][j] == 7; xs := [x | some m; x := [1, 2][m]]; count(xs) == 2 }

test_late if { not s[x]; x = "z" }

test_right if { x = "z"; not s[x] }

test_never if { not [1, 3][n] == 3 }

test_any if { not [1, 3][_] == 3 }

test_argument if g("a")

test_some_in if { some v in [1]; not v == 2 }

test_within if { xs := {v | some v in [1, 2]; not s[v]}; count(xs) == 2 }

test_walk if { walk({"a": 1}, [p, v]); v == 1; not p == [] }
"#,
        &[
            ("test_rule", "error", "`some i` does not hide the `i`"),
            ("test_import", "error", "`some l` does not hide the `l`"),
            ("test_file", "error", "`some elsewhere` does not hide"),
            ("test_inner", "error", "`some k` does not hide"),
            ("test_fine", "pass", ""),
            ("test_late", "error", "`x` has no value yet here"),
            ("test_right", "pass", ""),
            ("test_never", "error", "`n` is unsafe"),
            ("test_any", "error", "`_` has no value below `not`"),
            ("test_argument", "pass", ""),
            ("test_some_in", "pass", ""),
            ("test_within", "pass", ""),
            ("test_walk", "pass", ""),
        ],
    );
}

#[test]
fn rules_that_would_be_silent_are_told() {
    let project = Project::new(&[
        (
            "own.rego",
            "package own\n\ni := 1\n\ndeny contains vlan.name if {\n\tsome i\n\tvlan := input.vlans[i]\n}\n\nx.deny contains \
             \"a\" if true\n\ndeny_f(y) := y\n\ndeny_g(y) := y\n\nwarn contains deny_g(\"g\") if true\n",
        ),
        (
            "help.rego",
            "package help\n\ni := 1\n\nhit if {\n\tsome i\n\tinput.vlans[i]\n}\n\ndeny contains \"h\" if hit\n",
        ),
    ]);
    let found = project.found(&[]);
    has(&found, "SN-903", "policies/checks/own.rego:6", "`some i` does not hide the `i`");
    has(&found, "SN-903", "policies/checks/own.rego:10", "nobody asks for `x.deny`");
    has(&found, "SN-903", "policies/checks/own.rego:12", "nobody asks for `deny_f`: it is a function");
    has(&found, "SN-902", "policies/checks/own.rego:16", "own.warn: g");
    has(&found, "SN-903", "policies/checks/help.rego:6", "`some i` does not hide the `i`");
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn literals_are_not_nested_too_deeply_and_a_mark_in_front_says_nothing() {
    let deep = format!("package deep\n\nx := {}1{}\n", "[".repeat(40), "]".repeat(40));
    let flat = format!(
        "package flat\n\n# {0}\nwarn contains \"{0}\" if {1}1{2} != 2\n",
        "[{".repeat(40),
        "[".repeat(8),
        "]".repeat(8)
    );
    let project = Project::new(&[
        ("deep.rego", &deep),
        ("flat.rego", &flat),
        ("mark.rego", "\u{feff}package mark\n\nwarn contains \"m\" if true\n"),
    ]);
    let found = project.found(&[]);
    has(&found, "SN-903", "policies/checks/deep.rego:3", "brackets stand in each other more than 14 deep");
    has(&found, "SN-902", "policies/checks/flat.rego:4", "flat.warn: [{");
    has(&found, "SN-902", "policies/checks/mark.rego:3", "mark.warn: m");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn what_nobody_reads_of_an_entry_is_told() {
    let entry = |field: &str| format!("package own\n\ndeny contains {{\"msg\": \"m\", {field}}} if true\n");
    for (field, words) in [
        ("\"hepl\": \"x\"", "nobody reads the field `hepl`"),
        ("\"help\": 5", "`help` of an entry is a number, and a text is needed"),
        ("\"related\": \"x\"", "`related` of an entry is a text, and a list of objects"),
        ("\"at\": 5", "`at` of an entry is a number, and a place"),
    ] {
        let project = Project::new(&[("own.rego", &entry(field))]);
        let found = project.found(&[]);
        has(&found, "SN-901", "policies/checks/own.rego:3", "own.deny: m");
        has(&found, "SN-905", "policies/checks/own.rego:3", words);
    }
    let project = Project::new(&[("own.rego", &entry("\"severity\": \"high\", \"metadata\": {}"))]);
    assert_eq!(project.found(&[]).len(), 1);
}
