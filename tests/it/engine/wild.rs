//! Whatever a text holds, every platform reads it: no panic, an end, and the same text back.
//!
//! Quick by default; `PROPTEST_CASES=10000 cargo test --test it wild::` goes on for longer.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use samnet::config;
use samnet::diff::{self, Options};
use samnet::platform::{Family, Platform};

use super::LIBRARY;

/// Signs, words and lines that mean something to a parser of any family, whole and in pieces.
const PIECES: &[&str] = &[
    "\n",
    "\n",
    "\n",
    "\n ",
    "\n  ",
    "\n\t",
    "\r\n",
    " ",
    "  ",
    "\t",
    "{",
    "}",
    "{\n",
    "\n}\n",
    ";",
    ";\n",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "\\",
    "\\\n",
    "#",
    "!",
    "/*",
    "*/",
    "//",
    "##",
    ":",
    ",",
    "-",
    "=",
    "|",
    "^",
    "^C",
    "\u{3}",
    "0",
    "1",
    "10",
    "4095",
    "1-5",
    "10,20-22",
    "99999999999999999999",
    "-1",
    "1/0/1",
    "1-",
    "10.0.0.1",
    "0.0.0.0/0",
    "::1",
    "no ",
    "exit",
    "end",
    "quit",
    "next",
    "end\n",
    "exit\n",
    "å",
    "\u{fdd0}",
    "\u{feff}",
    "\u{a0}",
    "$1",
    "⟪secret:x⟫",
    "banner motd ^C",
    "banner login #",
    "certificate ca 01\n",
    "\n  quit\n",
    "exit-address-family",
    "vlan 10\n",
    "interface Gi1/0/1\n",
    "ip access-list extended A\n",
    " 10 permit ip any any\n",
    " permit ip any any\n",
    "switchport trunk allowed vlan 1-20",
    "switchport trunk allowed vlan add 30",
    "config system interface\n",
    "edit \"a\"\n",
    "edit 0\n",
    "set vdom root\n",
    "unset x\n",
    "append member \"b\"\n",
    "next\n",
    "interfaces {\n",
    "unit 0 {\n",
    "inactive: ",
    "set interfaces ge-0/0/0 ",
    "delete ",
    "deactivate ",
    "apply-groups ",
    "config interface 'lan'\n",
    "\toption proto 'static'\n",
    "\tlist dns '1.1.1.1'\n",
    "package network\n",
    "config rule\n",
    "table inet samnet {\n",
    "chain input {\n",
    "type filter hook input priority 0; policy drop;\n",
    "tcp dport { 22, 80-90 } accept\n",
    "set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\n",
    "flush ruleset\n",
    "ip saddr @s counter packets 0 bytes 0 drop comment \"x\" # handle 3\n",
    "iifname \"lan\" ",
    "jump input\n",
];

/// Words of a platform's own rules, so that lines come about that its tables know.
fn vocabulary(platform: &Platform) -> Vec<String> {
    let rules = &platform.rules;
    let tables = [&rules.defaults, &rules.single, &rules.multi, &rules.references.define, &rules.references.uses];
    let sources = tables.iter().flat_map(|table| table.sources()).chain(rules.owns.sources());
    let words: BTreeSet<&str> = sources.flat_map(|source| source.split([' ', '|'])).collect();
    let known = words.into_iter().filter(|word| !word.is_empty() && !word.contains(['*', '~', '<', '/', '#', '>']));
    known.map(|word| format!("{word} ")).collect()
}

#[derive(Clone, Debug)]
enum Part {
    Piece(&'static str),
    Word(Index),
    Text(String),
}

/// Parts of a text; what its words are is up to the platform.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = prop_oneof![
        5 => select(PIECES).prop_map(Part::Piece),
        4 => any::<Index>().prop_map(Part::Word),
        1 => "\\PC{0,6}".prop_map(Part::Text),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| Part::Text(config::decode(&bytes))),
    ];
    prop::collection::vec(part, 0..120)
}

fn written(parts: &[Part], words: &[String]) -> String {
    let part = |part: &Part| match part {
        Part::Piece(piece) => (*piece).to_owned(),
        Part::Word(_) if words.is_empty() => String::new(),
        Part::Word(at) => at.get(words).clone(),
        Part::Text(text) => text.clone(),
    };
    parts.iter().map(part).collect()
}

/// Everything that is done with texts, in both directions.
fn judge(platform: &Platform, running: &str, intended: &str) -> Result<(), TestCaseError> {
    let name = &platform.name;
    let some = platform.rules.features().into_iter().step_by(2).collect();
    for options in [Options::default(), Options { features: Some(some), ..Options::default() }] {
        let found = diff::remediate(platform, running, intended, &options);
        for commands in [&found.commands, &found.rollback] {
            prop_assert!(diff::script(platform, commands).len() >= commands.len(), "{}", name);
        }
        prop_assert!(found.remarks().all(|remark| !remark.is_empty()), "{}", name);
    }
    for text in [running, intended] {
        let tree = config::parse(platform.family, &platform.rules.syntax, text);
        prop_assert_eq!(tree.print(), text, "{}", name);
        let once = diff::managed_digest(platform, text, &Options::default());
        prop_assert!(once == diff::managed_digest(platform, text, &Options::default()), "{}", name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24))
    })]

    /// The same two texts for every platform, made of what its parser and its rules look for.
    #[test]
    fn every_platform_reads_anything(running in parts(), intended in parts()) {
        for (_, entry) in LIBRARY.iter() {
            let words = vocabulary(&entry.platform);
            judge(&entry.platform, &written(&running, &words), &written(&intended, &words))?;
        }
    }

    /// A text with a slip in it beside the text.
    #[test]
    fn every_platform_reads_its_own_with_a_slip(
        parts in parts(),
        (at, gone) in (any::<Index>(), 0..40_usize),
        more in parts(),
    ) {
        for (_, entry) in LIBRARY.iter() {
            let words = vocabulary(&entry.platform);
            let text = written(&parts, &words);
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = at.index(places.len());
            let (from, to) = (places[from], places[(from + gone).min(places.len() - 1)]);
            let slipped = [&text[..from], &written(&more, &words), &text[to..]].concat();
            judge(&entry.platform, &text, &slipped)?;
        }
    }
}

/// Every family has a platform above.
#[test]
fn every_family_is_tried() {
    let families: BTreeSet<String> = LIBRARY.iter().map(|(_, entry)| format!("{:?}", entry.platform.family)).collect();
    let all = [Family::Braces, Family::Edit, Family::Indent, Family::Nft, Family::Set, Family::Uci];
    assert_eq!(families, all.iter().map(|family| format!("{family:?}")).collect());
}

/// What costs the square where each line looks at all the others, or overflows where each stands in the one before:
/// the same line again and again, and beginnings without an end. With the square, this test never ends.
#[test]
fn long_texts_of_one_kind_come_to_an_end() {
    let many = |line: &str| line.repeat(10_000);
    let numbered = |line: &str| (0..10_000).map(|n| line.replace('#', &n.to_string())).collect::<String>();
    let stairs = |line: &str| (0..2_000).map(|depth| " ".repeat(depth) + line + "\n").collect::<String>();
    let texts = [
        ("cisco_iosxe", many("certificate ca 01\n")),
        ("cisco_iosxe", many("banner motd #\n")),
        ("cisco_iosxe", many("hostname x\n") + &many("exit\n")),
        ("cisco_iosxe", many("hostname x\n") + &many("exit-address-family\n")),
        ("cisco_iosxe", stairs("a")),
        (
            "arista_eos",
            numbered("ip prefix-list A seq # permit 10.0.0.0/8\nip prefix-list B seq # permit 10.0.0.0/8\n"),
        ),
        ("fortinet_fortios", many("config system interface\n")),
        ("fortinet_fortios", many("edit 0\n")),
        (
            "fortinet_fortios",
            format!("config firewall policy\n{}end\n", "edit 0\nset name \"a\"\nnext\n".repeat(2_000)),
        ),
        ("fortinet_fortios", many("set a \"b\n")),
        ("juniper_junos", many("interfaces {\n")),
        ("juniper_junos", many("a [ 'b \"c\n")),
        ("paloalto_panos", many("set a \"b\n")),
        ("openwrt", many("config rule\n")),
        ("openwrt", numbered("config rule\n\toption name '#'\n")),
        ("openwrt", many("option a 'b\n")),
        ("linux_nftables", many("table inet samnet {\n")),
        ("linux_nftables", many("ip saddr { \"a\n")),
    ];
    for (name, text) in texts {
        let platform = &LIBRARY.get(name).unwrap().platform;
        let tree = config::parse(platform.family, &platform.rules.syntax, &text);
        assert!(tree.print() == text, "{name}");
        diff::remediate(platform, "", &text, &Options::default());
    }
}
