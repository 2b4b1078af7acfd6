//! Remediation for tables of entries (`config … edit … set … next … end`).
//!
//! Such a text is a list of orders that were carried out one after the other: a value that is set twice
//! has the second value, `append` adds to what stands, a table opened twice is one table. [`resolve`]
//! carries them out; what remains are lines in sections, compared as those of every other family.

use std::collections::{HashMap, HashSet};

use super::stored::Spot;
use super::{Command, Options, Remediation, indent};
use crate::config::{self, EditWord, Node, Tree, edit_words, protect_word, quote_word, release_words};
use crate::platform::Platform;
use crate::platform::rules::Fresh;

/// Stands for "no value" where a device spells that out (`unset options`).
const NOTHING: &str = "∅";

/// Compares two texts.
pub(super) fn remediate(platform: &Platform, running: &str, intended: &str, options: &Options) -> Remediation {
    let (mut run, mut want) = rayon::join(|| read(platform, running), || read(platform, intended));
    for rule in &platform.rules.fresh {
        // What was never on a device may stand in the place of what runs.
        if asks(&run.nodes) {
            number(rule, &[], &mut run.nodes, &mut Vec::new());
        }
        if asks(&want.nodes) {
            number(rule, &run.nodes, &mut want.nodes, &mut Vec::new());
        }
    }
    let mut found = indent::remediate_quoted(platform, run, want, options);
    for command in found.commands.iter_mut().chain(&mut found.rollback) {
        release(command);
    }
    let breaches = found.proof.breaches.iter_mut().chain(&mut found.rollback_proof.breaches);
    for text in breaches.map(|breach| &mut breach.what).chain(&mut found.warnings) {
        *text = release_words(text);
    }
    for (_, text) in &mut found.unknown {
        *text = release_words(text).into();
    }
    found
}

/// The managed region in canonical form.
pub(super) fn managed_text(platform: &Platform, text: &str, options: &Options) -> String {
    indent::managed_quoted(platform, read(platform, text), options)
}

/// Where secrets stand.
pub(super) fn spots(platform: &Platform, text: &str, options: &Options) -> Vec<Spot> {
    indent::spots_quoted(platform, read(platform, text), options)
}

fn read(platform: &Platform, text: &str) -> Tree {
    resolve(&config::parse(platform.family, &platform.rules.syntax, text))
}

fn release(command: &mut Command) {
    for text in command.path.iter_mut().chain([&mut command.text]) {
        *text = release_words(text).into();
    }
    command.reason = release_words(&command.reason);
}

/// What a line means, its words without quotes: what phrases are asked with.
pub(super) fn plain(typed: &str) -> String {
    let words = edit_words(typed);
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    for word in &words {
        // Both spellings of a network mean the same.
        match (word.raw == word.plain).then(|| masked(&word.plain)).flatten() {
            Some(spelled) => out.push(spelled),
            None => out.push(word.plain.clone()),
        }
    }
    if let [first, rest @ ..] = out.as_mut_slice() {
        match first.as_str() {
            "unset" if rest.len() == 1 => {
                "set".clone_into(first);
                out.push(NOTHING.to_owned());
            }
            "conf" => "config".clone_into(first),
            _ => {}
        }
    }
    out.join(" ")
}

/// `10.0.0.1/8` as `10.0.0.1 255.0.0.0`.
fn masked(word: &str) -> Option<String> {
    let (address, length) = word.split_once('/')?;
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    Some(format!("{address} {}", std::net::Ipv4Addr::from(mask)))
}

/// Words that were filled into a command, with the quotes they need to be typed.
pub(super) fn typed(plain: &str) -> String {
    let words: Vec<String> = plain.split(' ').map(|word| protect_word(&quote_word(&release_words(word)))).collect();
    words.join(" ")
}

/// A section while its orders are carried out.
#[derive(Default)]
struct Section {
    node: Node,
    lines: Vec<Section>,
    /// Where a section or a value stands, by what it is called.
    at: HashMap<String, usize>,
}

/// What the orders of a text leave behind: every section and value once, words one blank apart.
fn resolve(tree: &Tree) -> Tree {
    let mut root = Section::default();
    for node in &tree.nodes {
        root.take(node);
    }
    Tree { nodes: root.finish(), trailer: String::new() }
}

impl Section {
    fn take(&mut self, node: &Node) {
        let words = edit_words(&node.text);
        let text = typed_words(&words);
        let line = |text: String, odd: bool| Node { text: text.into(), line: node.line, odd, ..Node::default() };
        let order = words.first().map_or("", |word| word.plain.as_str());
        let (name, values) = (words.get(1), words.get(2..).unwrap_or_default());
        let key = name.map(|name| format!("set {}", name.plain));
        match (order, key) {
            _ if node.odd => self.add(None, line(text, true)),
            ("config" | "conf" | "edit", _) => {
                let own = plain(&text);
                let at = self.at.get(&own).copied();
                // Each asks for a number of its own.
                let key = (own != "edit 0").then_some(own);
                let at = at.unwrap_or_else(|| {
                    self.add(key, line(text, false));
                    self.lines.len() - 1
                });
                if let Some(section) = self.lines.get_mut(at) {
                    for child in &node.children {
                        section.take(child);
                    }
                }
            }
            ("set" | "select", Some(key)) => self.put(key, line(set(&words), false)),
            ("unset", Some(key)) if values.is_empty() => self.put(key, line(text, false)),
            ("append", Some(key)) => {
                let have = self.value(&key).unwrap_or_else(|| words.get(..2).unwrap_or_default().to_vec());
                let more = values.iter().filter(|word| !have.iter().skip(2).any(|old| old.plain == word.plain));
                let all: Vec<EditWord> = have.iter().chain(more).cloned().collect();
                self.put(key, line(set(&all), false));
            }
            ("unselect", Some(key)) if self.value(&key).is_some() => {
                let mut have = self.value(&key).unwrap_or_default();
                let mut at = 0;
                have.retain(|word| {
                    at += 1;
                    at <= 2 || !values.iter().any(|gone| gone.plain == word.plain)
                });
                self.put(key, line(set(&have), false));
            }
            _ => self.add(None, line(text, true)),
        }
    }

    /// The words of a value that stands.
    fn value(&self, key: &str) -> Option<Vec<EditWord>> {
        let at = *self.at.get(key)?;
        let words = edit_words(&self.lines.get(at)?.node.text);
        words.first().is_some_and(|word| word.plain == "set").then_some(words)
    }

    fn put(&mut self, key: String, node: Node) {
        match self.at.get(&key).and_then(|&at| self.lines.get_mut(at)) {
            Some(old) => old.node = node,
            None => self.add(Some(key), node),
        }
    }

    fn add(&mut self, key: Option<String>, node: Node) {
        if let Some(key) = key {
            self.at.insert(key, self.lines.len());
        }
        self.lines.push(Self { node, ..Self::default() });
    }

    fn finish(self) -> Vec<Node> {
        let finished = |mut section: Self| {
            let node = std::mem::take(&mut section.node);
            Node { children: section.finish(), ..node }
        };
        self.lines.into_iter().map(finished).collect()
    }
}

/// Words as they are typed, one blank apart, each one word to whoever splits at blanks.
fn typed_words(words: &[EditWord]) -> String {
    words.iter().map(|word| protect_word(&word.raw)).collect::<Vec<_>>().join(" ")
}

fn set(words: &[EditWord]) -> String {
    format!("set {}", typed_words(words.get(1..).unwrap_or_default()))
}

/// The number of an entry.
fn id(node: &Node) -> Option<u64> {
    plain(&node.text).strip_prefix("edit ").and_then(|id| id.parse().ok())
}

/// Whether an entry asks for "the next free number".
fn asks(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| (node.text.starts_with("edit") && id(node) == Some(0)) || asks(&node.children))
}

/// Gives new entries that ask for "the next free number" the number of the entry that is meant, or a free one.
fn number(rule: &Fresh, run: &[Node], want: &mut [Node], path: &mut Vec<String>) {
    let sections = run.iter().rev().filter(|have| !have.children.is_empty());
    let sections: HashMap<String, &Node> = sections.map(|have| (plain(&have.text), have)).collect();
    for node in want.iter_mut().filter(|node| asks(&node.children)) {
        let header = plain(&node.text);
        let have = sections.get(&header).map_or(&[][..], |have| have.children.as_slice());
        let above: Vec<&str> = path.iter().map(String::as_str).collect();
        let words: Vec<&str> = header.split(' ').collect();
        if rule.section.is_match(&above, &words) {
            table(rule, have, &mut node.children);
        } else {
            path.push(header);
            number(rule, have, &mut node.children, path);
            path.pop();
        }
    }
}

fn table(rule: &Fresh, run: &[Node], want: &mut [Node]) {
    // By its name, or by all it says.
    let key = format!("set {} ", rule.by);
    let name = |node: &Node| -> String {
        let lines: Vec<String> = node.children.iter().map(|line| plain(&line.text)).collect();
        let name = lines.iter().find(|line| line.starts_with(&key)).cloned();
        name.unwrap_or_else(|| lines.join("\n"))
    };
    let taken: HashSet<u64> = want.iter().filter_map(id).collect();
    let mut next = run.iter().chain(&*want).filter_map(id).max().unwrap_or_default();
    let mut by_name: HashMap<String, u64> = HashMap::new();
    for have in run {
        if let Some(id) = id(have).filter(|id| !taken.contains(id)) {
            by_name.entry(name(have)).or_insert(id);
        }
    }
    for entry in want {
        if id(entry) != Some(0) {
            continue;
        }
        let meant = by_name.remove(&name(entry));
        let id = meant.unwrap_or_else(|| {
            next += 1;
            next
        });
        entry.text = format!("edit {id}").into();
    }
}
