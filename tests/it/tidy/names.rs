//! Vendors and platforms are data: none is named in `src/` outside comments and unit tests.

use super::code::line;
use super::{Tree, none, one};

/// Names no platform folder here has, so that the next one does not creep in either. `uci` and `nft` are
/// configuration families and may be named.
const ELSEWHERE: [&str; 24] = [
    "cisco",
    "ios-xe",
    "iosxe",
    "ios_xe",
    "catalyst",
    "aruba",
    "procurve",
    "fortinet",
    "fortios",
    "fortigate",
    "juniper",
    "junos",
    "arista",
    "mikrotik",
    "routeros",
    "openwrt",
    "frrouting",
    "frr",
    "vtysh",
    "vyos",
    "panos",
    "pan-os",
    "paloalto",
    "huawei",
];

fn complaints(tree: &Tree) -> Vec<String> {
    let mut names: Vec<String> = ELSEWHERE.iter().map(|name| (*name).to_owned()).collect();
    for (path, text) in &tree.files {
        if path.starts_with("templates/") && path.ends_with("/platform.yaml") {
            for key in ["name: ", "title: "] {
                names.extend(
                    text.lines()
                        .filter_map(|line| line.strip_prefix(key))
                        .map(|value| value.trim().trim_matches('"').to_lowercase()),
                );
            }
        }
    }
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    // A `tests.rs` is a unit test in a file of its own.
    for (path, code) in tree.rust("src/").filter(|(path, _)| !path.ends_with("/tests.rs")) {
        // Lower-casing ASCII only keeps every byte where it was.
        let product = code.product.to_ascii_lowercase();
        let mut lines = std::collections::BTreeMap::new();
        for name in &names {
            for (at, _) in product.match_indices(name.as_str()) {
                let longest: &mut &str = lines.entry(line(&product, at)).or_default();
                if name.len() > longest.len() {
                    *longest = name;
                }
            }
        }
        found.extend(lines.iter().map(|(line, name)| format!("{path}:{line}: names `{name}`")));
    }
    found
}

#[test]
fn no_vendor_or_platform_is_named_in_src() {
    none(&complaints(&Tree::repository()));
}

#[test]
fn a_vendor_in_a_string_or_identifier_is_found() {
    let platform = ("templates/nordix_os/platform.yaml", "name: nordix_os\ntitle: \"Nordix OS\"\nfamily: indent\n");
    for bad in [
        "const A: &str = \"Cisco\";",
        "struct JunosDriver;",
        "fn f(frr_mode: bool) {}",
        "const B: &str = \"nordix_os\";",
        "const C: &str = r#\"a nordix OS device\"#;",
    ] {
        one(&complaints(&Tree::of(&[platform, ("src/a.rs", bad)])), "src/a.rs:1: names");
    }
    let fine = "//! Cisco counts in minutes.\n/* junos */ #[cfg(test)] mod tests { const P: &str = \"nordix_os\"; }";
    none(&complaints(&Tree::of(&[platform, ("src/a.rs", fine), ("tests/it/a.rs", "const A: &str = \"cisco\";")])));
}

/// What takes a message apart. `.contains(word)` alone may look for a word of the user's own.
const APART: [&str; 7] = [
    ".message.contains(\"",
    ".message.starts_with(",
    ".message.ends_with(",
    ".message.split",
    ".message.rsplit",
    ".message.strip_",
    ".message.find(",
];

fn read_back(tree: &Tree) -> Vec<String> {
    let judged = |path: &&str| ["src/check", "src/derive", "src/review"].iter().any(|part| path.starts_with(part));
    let product = tree.rust("src/").filter(|(path, _)| judged(path) && !path.ends_with("/tests.rs"));
    let found = product.flat_map(|(path, code)| {
        APART.iter().flat_map(move |words| {
            let places = code.product.match_indices(words).map(|(at, _)| line(&code.product, at));
            places.map(move |line| format!("{path}:{line}: takes a message apart; `About` says it")).collect::<Vec<_>>()
        })
    });
    found.collect()
}

#[test]
fn findings_are_not_told_apart_by_their_words() {
    none(&read_back(&Tree::repository()));
}

#[test]
fn a_message_taken_apart_is_found() {
    let bad = "fn f(finding: &Finding) -> bool { finding.message.starts_with(\"there is no\") }\n";
    one(&read_back(&Tree::of(&[("src/check/settle.rs", bad)])), "takes a message apart");
}
