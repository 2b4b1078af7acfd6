//! nftables rulesets as tables with objects, each statement in one spelling.

use std::collections::BTreeMap;

use super::spell::{elements, respell, respell_elements, sort_elements, spelled};
use crate::config::{Node, Tree};
use crate::platform::Platform;
use crate::value::Text;

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// `inet samnet`.
    pub(super) name: String,
    /// Lines directly in the table (`flags dormant`).
    pub(super) lines: Vec<String>,
    /// Sets, maps, counters and the like by `kind name`.
    pub(super) objects: BTreeMap<String, Object>,
    /// Chains by name.
    pub(super) chains: BTreeMap<String, Chain>,
}

/// A set, a map or a stateful object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// What it is, without its elements, sorted.
    pub(super) lines: Vec<String>,
    /// Its elements, sorted.
    pub(super) elements: Vec<String>,
}

/// A chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// Type, hook, device and priority; empty for a chain that is only jumped to.
    pub(super) hook: String,
    /// Policy of a base chain.
    pub(super) policy: String,
    /// A remark on the chain.
    pub(super) comment: String,
    /// Rules in order.
    pub(super) rules: Vec<String>,
}

/// A ruleset: tables in order, and statements that are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Ruleset {
    pub(super) tables: Vec<Table>,
    pub(super) unknown: Vec<(usize, Text)>,
}

/// Reads a tree.
pub(super) fn read(platform: &Platform, tree: &Tree) -> Ruleset {
    let mut ruleset = Ruleset::default();
    let mut defines: BTreeMap<String, String> = BTreeMap::new();
    for node in &tree.nodes {
        let text = spelled(&node.text, &defines);
        let text = text.strip_prefix("add ").unwrap_or(&text);
        if let Some((name, value)) = text.strip_prefix("define ").and_then(|rest| rest.split_once(" = ")) {
            defines.insert(name.trim().to_owned(), value.trim().to_owned());
            continue;
        }
        let Some(name) = text.strip_prefix("table ") else {
            ruleset.unknown.push((node.line, node.text.clone()));
            continue;
        };
        // The family may be left out and is then IPv4.
        let name = if name.contains(' ') { name.to_owned() } else { format!("ip {name}") };
        let at = ruleset.tables.iter().position(|table| table.name == name).unwrap_or_else(|| {
            ruleset.tables.push(Table { name, ..Table::default() });
            ruleset.tables.len() - 1
        });
        let mut unknown = Vec::new();
        if let Some(table) = ruleset.tables.get_mut(at) {
            for child in &node.children {
                table.child(platform, child, &defines, &mut unknown);
            }
        }
        ruleset.unknown.extend(unknown);
    }
    ruleset
}

impl Table {
    fn child(
        &mut self,
        platform: &Platform,
        node: &Node,
        defines: &BTreeMap<String, String>,
        unknown: &mut Vec<(usize, Text)>,
    ) {
        let text = spelled(&node.text, defines);
        if node.odd {
            unknown.push((node.line, node.text.clone()));
        } else if let Some(name) = text.strip_prefix("chain ") {
            let path = [format!("table {}", self.name), format!("chain {name}")];
            let chain = self.chains.entry(name.to_owned()).or_default();
            for child in &node.children {
                chain.child(platform, &path, &spelled(&child.text, defines));
            }
            // A base chain without a policy accepts, and is listed so.
            if !chain.hook.is_empty() && chain.policy.is_empty() {
                chain.policy.push_str("accept");
            }
        } else if node.layout.close.is_empty() {
            // A line of the table itself; a block always has its brace.
            self.lines.push(text);
            self.lines.sort();
        } else {
            let object = self.objects.entry(text).or_default();
            for child in &node.children {
                let line = spelled(&child.text, defines);
                match line.strip_prefix("elements = {").and_then(|rest| rest.strip_suffix('}')) {
                    Some(list) => object.elements.extend(elements(list)),
                    None => object.lines.extend(forms(platform, &[], &line)),
                }
            }
            object.lines.sort();
            let ports = |line: &String| line.contains("inet_service") || line.contains("port");
            if object.lines.iter().any(ports) {
                respell_elements(&mut object.elements, &platform.rules.nft.words);
            }
            sort_elements(&mut object.elements);
            object.elements.dedup();
        }
    }
}

impl Chain {
    fn child(&mut self, platform: &Platform, path: &[String], line: &str) {
        if line.starts_with("type ") && line.contains(" hook ") {
            self.hook = priority(&forms(platform, path, line).unwrap_or_default());
        } else if let Some(policy) = line.strip_prefix("policy ") {
            policy.clone_into(&mut self.policy);
        } else if let Some(comment) = line.strip_prefix("comment ") {
            comment.clone_into(&mut self.comment);
        } else {
            self.rules.extend(forms(platform, path, line));
        }
    }
}

/// A hook with its priority as a number: the names are listed only near their value.
fn priority(hook: &str) -> String {
    const NAMES: [(&str, i64); 6] =
        [("raw", -300), ("mangle", -150), ("dstnat", -100), ("filter", 0), ("security", 50), ("srcnat", 100)];
    let Some((before, value)) = hook.split_once(" priority ") else { return hook.to_owned() };
    let words: Vec<&str> = value.split(' ').collect();
    let named = |word: &str| NAMES.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    let number = match words.as_slice() {
        [name] => named(name),
        [name, sign @ ("+" | "-"), offset] => named(name)
            .zip(offset.parse::<i64>().ok())
            .map(|(base, offset)| if *sign == "-" { base - offset } else { base + offset }),
        _ => None,
    };
    match number {
        Some(number) => format!("{before} priority {number}"),
        None => hook.to_owned(),
    }
}

/// The platform's canonical form of a line; `None` when nothing of it is left.
fn forms(platform: &Platform, path: &[String], line: &str) -> Option<String> {
    let above: Vec<&str> = path.iter().map(String::as_str).collect();
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    if platform.rules.volatile.find(&above, &words).is_some() {
        return None;
    }
    let line = platform.rules.forms.apply(&above, line).unwrap_or_else(|| line.to_owned());
    Some(respell(&line, &platform.rules.nft.words))
}
