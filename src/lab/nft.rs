//! nftables as `nft` and the kernel behave: one script is one transaction, and what it names must exist.
//!
//! Messages and printing were compared with nft 1.0.6 (see `tests/it/lab.rs`).

use std::fmt::Write as _;
use std::sync::Arc;

use super::grammar::{Grammar, GrammarError};

mod lex;
mod script;
mod set;

use lex::At;

/// The statements rules are made of.
#[derive(Debug)]
pub(super) struct Statements(Grammar);

impl Statements {
    pub(super) fn new(patterns: &[String]) -> Result<Self, GrammarError> {
        Ok(Self(Grammar::new(patterns.iter().map(String::as_str), &[])?))
    }
}

/// Everything the kernel holds.
#[derive(Clone, Debug)]
pub(super) struct Ruleset {
    statements: Arc<Statements>,
    tables: Vec<Table>,
    handles: u64,
}

#[derive(Clone, Debug, Default)]
struct Table {
    family: String,
    name: String,
    sets: Vec<Set>,
    chains: Vec<Chain>,
}

/// A named set or map.
#[derive(Clone, Debug, Default)]
struct Set {
    name: String,
    map: bool,
    kind: String,
    flags: Vec<String>,
    /// `auto-merge`, `timeout 1h`, `size 10`, `comment "…"`: printed as they are.
    extra: Vec<String>,
    elements: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Chain {
    name: String,
    comment: Option<String>,
    /// `type filter hook forward priority filter`, for a chain the kernel calls by itself.
    base: Option<String>,
    policy: Option<String>,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    handle: u64,
    text: String,
}

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    at: At,
    message: String,
}

impl Ruleset {
    /// No tables.
    pub(super) fn new(statements: Arc<Statements>) -> Self {
        Self { statements, tables: Vec::new(), handles: 0 }
    }

    /// Applies a script, wholly or not at all.
    ///
    /// # Errors
    /// With the text `nft -f -` prints on standard error.
    pub(super) fn apply(&mut self, text: &str) -> Result<(), String> {
        let mut next = self.clone();
        next.script(text).map_err(|fault| {
            let At { line, from, to } = fault.at;
            let shown = text.lines().nth(line.saturating_sub(1)).or(text.lines().last()).unwrap_or_default();
            // Tabs before the fault stay tabs, so that the marks stand under it on any terminal.
            let pad: String =
                shown.chars().take(from.saturating_sub(1)).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let marks = "^".repeat(to.saturating_sub(from) + 1);
            format!("/dev/stdin:{line}:{from}-{to}: Error: {}\n{shown}\n{pad}{marks}\n", fault.message)
        })?;
        *self = next;
        Ok(())
    }

    /// What `nft -s list ruleset` prints.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for table in &self.tables {
            table.print(&mut out);
        }
        out
    }

    /// What `nft list tables` prints.
    pub(super) fn table_names(&self) -> String {
        let mut out = String::new();
        for table in &self.tables {
            // Writing to a string cannot fail.
            writeln!(out, "table {} {}", table.family, table.name).ok();
        }
        out
    }

    /// What `nft -s list table …` prints.
    pub(super) fn table_text(&self, family: &str, name: &str) -> Option<String> {
        let table = self.tables.iter().find(|table| table.family == family && table.name == name)?;
        let mut out = String::new();
        table.print(&mut out);
        Some(out)
    }
}

impl Table {
    fn print(&self, out: &mut String) {
        // Writing to a string cannot fail.
        writeln!(out, "table {} {} {{", self.family, self.name).ok();
        let mut first = true;
        for set in &self.sets {
            if !std::mem::take(&mut first) {
                out.push('\n');
            }
            set.print(out);
        }
        for chain in &self.chains {
            if !std::mem::take(&mut first) {
                out.push('\n');
            }
            chain.print(out);
        }
        out.push_str("}\n");
    }

    /// Whether a rule or a map leads to a chain.
    fn leads_to(&self, chain: &str) -> bool {
        let leads = |text: &str| {
            let words: Vec<&str> = text.split([' ', ',']).collect();
            words.windows(2).any(|pair| matches!(pair, ["jump" | "goto", target] if *target == chain))
        };
        self.chains.iter().flat_map(|chain| &chain.rules).any(|rule| leads(&rule.text))
            || self.sets.iter().flat_map(|set| &set.elements).any(|element| leads(element))
    }

    /// Whether a rule uses a set.
    fn uses(&self, set: &str) -> bool {
        let name = format!("@{set}");
        self.chains.iter().flat_map(|chain| &chain.rules).any(|rule| rule.text.split(' ').any(|word| word == name))
    }
}

impl Set {
    fn print(&self, out: &mut String) {
        let word = if self.map { "map" } else { "set" };
        let key = if self.kind.starts_with("typeof") { String::new() } else { "type ".to_owned() };
        writeln!(out, "\t{word} {} {{\n\t\t{key}{}", self.name, self.kind).ok();
        if !self.flags.is_empty() {
            writeln!(out, "\t\tflags {}", self.flags.join(",")).ok();
        }
        for line in &self.extra {
            writeln!(out, "\t\t{line}").ok();
        }
        if !self.elements.is_empty() {
            let rows: Vec<String> = self.elements.chunks(self.per_line()).map(|row| row.join(", ")).collect();
            writeln!(out, "\t\telements = {{ {} }}", rows.join(",\n\t\t\t     ")).ok();
        }
        out.push_str("\t}\n");
    }

    /// How many elements stand on a line.
    fn per_line(&self) -> usize {
        match self.kind.as_str() {
            kind if kind.contains(" . ") => 1,
            kind if kind.starts_with("ipv4_addr") || kind == "typeof ip saddr" || kind == "typeof ip daddr" => 2,
            kind if kind.starts_with("inet_service") => 5,
            _ => 1,
        }
    }

    fn is_interval(&self) -> bool {
        self.flags.iter().any(|flag| flag == "interval")
    }

    /// Joins neighbouring intervals.
    fn merges(&self) -> bool {
        self.extra.iter().any(|line| line == "auto-merge")
    }

    /// Whether two elements cannot stand in an interval set together.
    fn clash(a: &str, b: &str) -> bool {
        let (a, b) = (split(a).0, split(b).0);
        !a.contains(" . ") && a != b && set::overlap(a, b)
    }

    /// Adds elements; says why where one overlaps what is there already.
    fn add(&mut self, new: Vec<String>) -> Result<(), String> {
        let merges = self.merges();
        for element in new {
            let key = split(&element).0;
            if self.elements.iter().any(|have| split(have).0 == key) {
                continue;
            }
            if self.is_interval() && !merges && self.elements.iter().any(|have| Self::clash(have, &element)) {
                return Err("interval overlaps with an existing one".to_owned());
            }
            self.elements.push(element);
        }
        set::ordered(&mut self.elements, &self.kind);
        if merges {
            set::merged(&mut self.elements);
        }
        Ok(())
    }
}

/// Key and verdict of a map's element.
fn split(element: &str) -> (&str, Option<&str>) {
    element.split_once(" : ").map_or((element, None), |(key, verdict)| (key, Some(verdict)))
}

impl Chain {
    fn print(&self, out: &mut String) {
        writeln!(out, "\tchain {} {{", self.name).ok();
        if let Some(comment) = &self.comment {
            writeln!(out, "\t\tcomment {comment}").ok();
        }
        if let Some(base) = &self.base {
            let policy = self.policy.as_deref().unwrap_or("accept");
            writeln!(out, "\t\t{base}; policy {policy};").ok();
        }
        for rule in &self.rules {
            writeln!(out, "\t\t{}", rule.text).ok();
        }
        out.push_str("\t}\n");
    }
}
