//! Remediation for nftables: one transaction for `nft -f`.
//!
//! Only our own tables, or those the intended text names, are managed; the ruleset is never flushed.
//! Rules are added where only additions happen; else the chain is flushed and filled again, which
//! inside one transaction no packet can see.

use std::collections::BTreeSet;

use super::{Command, Effect, Options, Proof, Remediation};
use crate::config;
use crate::platform::Platform;
use crate::value::Text;

mod model;
mod spell;

use model::{Chain, Object, Ruleset, Table};

/// Compares two texts.
pub(super) fn remediate(platform: &Platform, running: &str, intended: &str, options: &Options) -> Remediation {
    let read = |text| model::read(platform, &config::parse(platform.family, &platform.rules.syntax, text));
    let (run, want) = (read(running), read(intended));
    let chosen = |name: &&String| managed(platform, name, options);
    let mentioned = want.tables.iter().map(|table| &table.name);
    let named: BTreeSet<&String> = mentioned.chain(&platform.rules.nft.tables).filter(chosen).collect();
    let mut unmanaged = 0;
    for table in run.tables.iter().filter(|table| !named.contains(&table.name)) {
        unmanaged += 1 + table.objects.len() + table.chains.values().map(|chain| 1 + chain.rules.len()).sum::<usize>();
    }
    Remediation {
        commands: transaction(platform, &run, &want, &named),
        rollback: transaction(platform, &want, &run, &named),
        // All of it takes effect at once.
        proof: Proof::default(),
        rollback_proof: Proof::default(),
        unmanaged,
        unknown: run.unknown,
        odd: want.unknown.len(),
        warnings: want
            .unknown
            .iter()
            .map(|(line, text)| {
                format!("line {line} of the intended ruleset is outside every table and left out: `{text}`")
            })
            .collect(),
    }
}

/// Whether the features chosen own a table.
fn managed(platform: &Platform, table: &str, options: &Options) -> bool {
    let Some(features) = &options.features else { return true };
    let header = format!("table {table}");
    let words: Vec<&str> = header.split_ascii_whitespace().collect();
    platform.rules.owns.find(&[], &words).is_some_and(|(feature, _)| features.contains(feature))
}

/// The managed tables in canonical form.
pub(super) fn managed_text(platform: &Platform, text: &str, options: &Options) -> String {
    let ruleset = model::read(platform, &config::parse(platform.family, &platform.rules.syntax, text));
    let ours = &platform.rules.nft.tables;
    let mut out = Vec::new();
    for table in ruleset
        .tables
        .iter()
        .filter(|table| (ours.is_empty() || ours.contains(&table.name)) && managed(platform, &table.name, options))
    {
        out.push(format!("table {} {{ {} }}\n", table.name, table.lines.join("; ")));
        for (name, object) in &table.objects {
            out.push(format!(" {name} {{ {} }} = {}\n", object.lines.join("; "), object.elements.join(", ")));
        }
        for (name, chain) in &table.chains {
            out.push(format!(" chain {name} {}\n", chain.body()));
            out.extend(chain.rules.iter().map(|rule| format!("  {rule}\n")));
        }
    }
    out.concat()
}

fn transaction(platform: &Platform, run: &Ruleset, want: &Ruleset, named: &BTreeSet<&String>) -> Vec<Command> {
    let mut writer = Writer { platform, table: String::new(), commands: Vec::new() };
    let empty = Table::default();
    for table in want.tables.iter().filter(|table| named.contains(&table.name)) {
        writer.table.clone_from(&table.name);
        let have = run.tables.iter().find(|have| have.name == table.name);
        writer.change(have, have.unwrap_or(&empty), table);
    }
    for table in run.tables.iter().filter(|table| named.contains(&table.name)) {
        if !want.tables.iter().any(|wish| wish.name == table.name) {
            writer.table.clone_from(&table.name);
            let text = format!("delete table {}", table.name);
            writer.say(None, text, "", Effect::Remove, "no longer intended");
        }
    }
    writer.commands
}

impl Chain {
    /// What stands between the braces when a chain is declared.
    fn body(&self) -> String {
        let mut parts = Vec::new();
        if !self.hook.is_empty() {
            parts.push(self.hook.clone());
        }
        if !self.policy.is_empty() {
            parts.push(format!("policy {}", self.policy));
        }
        if !self.comment.is_empty() {
            parts.push(format!("comment {}", self.comment));
        }
        braces(&parts)
    }

    fn declared_alike(&self, other: &Self) -> bool {
        self.hook == other.hook && self.comment == other.comment
    }
}

impl Object {
    fn body(&self) -> String {
        let mut parts = self.lines.clone();
        if !self.elements.is_empty() {
            parts.push(format!("elements = {{ {} }}", self.elements.join(", ")));
        }
        braces(&parts)
    }
}

fn braces(parts: &[String]) -> String {
    let inner: Vec<String> = parts.iter().map(|part| format!("{part}; ")).collect();
    format!("{{ {}}}", inner.concat())
}

struct Writer<'p> {
    platform: &'p Platform,
    table: String,
    commands: Vec<Command>,
}

impl Writer<'_> {
    fn say(&mut self, place: Option<&str>, text: String, line: &str, effect: Effect, reason: &str) {
        let mut path = vec![format!("table {}", self.table)];
        path.extend(place.map(str::to_owned));
        let rules = &self.platform.rules;
        let lookup = |table: &config::Table<String>| {
            let above: Vec<&str> = path.iter().map(String::as_str).collect();
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let inner = table.find(&above, &words).map(|(found, _)| found.clone());
            inner.or_else(|| {
                let (header, above) = above.split_last()?;
                let words: Vec<&str> = header.split_ascii_whitespace().collect();
                table.find(above, &words).map(|(found, _)| found.clone())
            })
        };
        let risk = lookup(&rules.risk).unwrap_or_else(|| "management".to_owned());
        let risk = match (risk.as_str(), effect) {
            ("policy-permit", Effect::Remove) => "policy-deny".to_owned(),
            ("policy-deny", Effect::Remove) => "policy-permit".to_owned(),
            _ => risk,
        };
        let feature = lookup(&rules.owns);
        self.commands.push(Command {
            path: path.into_iter().map(Text::from).collect(),
            text: text.into(),
            reason: reason.to_owned(),
            risk: risk.into(),
            effect,
            feature,
            opens: false,
        });
    }

    fn change(&mut self, have: Option<&Table>, run: &Table, want: &Table) {
        let table = want.name.clone();
        if have.is_none() || run.lines != want.lines {
            let body = if want.lines.is_empty() { String::new() } else { format!(" {}", braces(&want.lines)) };
            self.say(None, format!("add table {table}{body}"), "", Effect::Add, "intended, not there");
        }
        // What must be built anew takes the rules that use it out of its way.
        let rebuilt: Vec<&String> = want
            .objects
            .iter()
            .filter(|(name, wish)| run.objects.get(*name).is_some_and(|old| old.lines != wish.lines))
            .map(|(name, _)| name)
            .collect();
        let uses = |chain: &Chain, object: &str| {
            let name = object.rsplit(' ').next().unwrap_or_default();
            chain.rules.iter().any(|rule| {
                rule.split_ascii_whitespace()
                    .any(|word| word.trim_start_matches('@') == name || word == format!("\"{name}\""))
            })
        };
        let mut refill: BTreeSet<&String> = BTreeSet::new();
        for (name, wish) in &want.chains {
            let Some(old) = run.chains.get(name) else { continue };
            if !old.declared_alike(wish) || rebuilt.iter().any(|object| uses(old, object)) || !only_adds(old, wish) {
                refill.insert(name);
            }
        }
        let moved: Vec<&String> = want
            .chains
            .iter()
            .filter(|(name, wish)| run.chains.get(*name).is_some_and(|old| !old.declared_alike(wish)))
            .map(|(name, _)| name)
            .collect();
        // A chain built anew is unhooked first; whoever jumps to it is filled again as well.
        for (name, chain) in &run.chains {
            let jumps = moved.iter().any(|target| jumps_to(chain, target));
            if jumps && want.chains.contains_key(name) {
                refill.extend(want.chains.keys().find(|have| *have == name));
            }
        }
        let gone: Vec<&String> = run.chains.keys().filter(|name| !want.chains.contains_key(*name)).collect();

        self.new_objects(run, want);
        for (name, wish) in &want.chains {
            let place = format!("chain {name}");
            match run.chains.get(name) {
                None => {
                    let text = format!("add chain {table} {name} {}", wish.body());
                    self.say(Some(&place), text, "", Effect::Add, "intended, not there");
                }
                Some(old) if old.policy != wish.policy && old.declared_alike(wish) => {
                    let text = format!("add chain {table} {name} {}", wish.body());
                    let reason = format!("replaces policy {}", old.policy);
                    self.say(Some(&place), text, &format!("policy {}", wish.policy), Effect::Change, &reason);
                }
                Some(_) => {}
            }
        }
        for name in refill.iter().copied().chain(gone.iter().copied()) {
            let text = format!("flush chain {table} {name}");
            self.say(
                Some(&format!("chain {name}")),
                text,
                "",
                Effect::Change,
                "filled again below, in the same transaction",
            );
        }
        for name in &moved {
            let text = format!("delete chain {table} {name}");
            self.say(Some(&format!("chain {name}")), text, "", Effect::Change, "hooks in elsewhere");
        }
        for name in &rebuilt {
            let text = format!("delete {}", object_place(name, &table));
            self.say(Some(name), text, "", Effect::Change, "changes its type");
        }
        for name in &rebuilt {
            if let Some(wish) = want.objects.get(*name) {
                let text = format!("add {} {}", object_place(name, &table), wish.body());
                self.say(Some(name), text, "", Effect::Change, "changes its type");
            }
        }
        for name in &moved {
            if let Some(wish) = want.chains.get(*name) {
                let text = format!("add chain {table} {name} {}", wish.body());
                self.say(Some(&format!("chain {name}")), text, "", Effect::Change, "hooks in elsewhere");
            }
        }
        self.elements(run, want, &rebuilt);
        for (name, wish) in &want.chains {
            self.rules(name, run.chains.get(name), wish, refill.contains(name));
        }
        for name in gone {
            let text = format!("delete chain {table} {name}");
            self.say(Some(&format!("chain {name}")), text, "", Effect::Remove, "no longer intended");
        }
        for name in run.objects.keys().filter(|name| !want.objects.contains_key(*name)) {
            let text = format!("delete {}", object_place(name, &table));
            self.say(Some(name), text, "", Effect::Remove, "no longer intended");
        }
    }

    fn new_objects(&mut self, run: &Table, want: &Table) {
        for (name, wish) in want.objects.iter().filter(|(name, _)| !run.objects.contains_key(*name)) {
            let text = format!("add {} {}", object_place(name, &want.name), wish.body());
            self.say(Some(name), text, "", Effect::Add, "intended, not there");
        }
    }

    fn elements(&mut self, run: &Table, want: &Table, rebuilt: &[&String]) {
        for (name, wish) in want.objects.iter().filter(|(name, _)| !rebuilt.contains(name)) {
            let Some(old) = run.objects.get(name) else { continue };
            let had: BTreeSet<&String> = old.elements.iter().collect();
            let has: BTreeSet<&String> = wish.elements.iter().collect();
            let place = object_place(name, &want.name);
            let place = place.split_once(' ').map_or("", |(_, rest)| rest);
            let list = |members: Vec<&&String>| members.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(", ");
            // Out before in: an interval may overlap the one it replaces.
            let gone: Vec<&&String> = had.difference(&has).collect();
            if !gone.is_empty() {
                // Remarks and timeouts are no part of an element's key.
                let keys: Vec<String> = gone.iter().map(|text| key(text)).collect();
                let text = format!("delete element {place} {{ {} }}", keys.join(", "));
                self.say(Some(name), text, "element", Effect::Remove, "no longer intended");
            }
            let new: Vec<&&String> = has.difference(&had).collect();
            if !new.is_empty() {
                let text = format!("add element {place} {{ {} }}", list(new));
                self.say(Some(name), text, "element", Effect::Add, "intended, not there");
            }
        }
    }

    fn rules(&mut self, name: &str, old: Option<&Chain>, wish: &Chain, refill: bool) {
        let place = format!("chain {name}");
        let table = self.table.clone();
        let Some(old) = old.filter(|_| !refill) else {
            let had: BTreeSet<&String> = old.into_iter().flat_map(|chain| &chain.rules).collect();
            for rule in &wish.rules {
                let known = had.contains(rule);
                let reason =
                    if known { "stays, sent again because the chain is filled anew" } else { "intended, not there" };
                let effect = if known { Effect::Change } else { Effect::Add };
                self.say(Some(&place), format!("add rule {table} {name} {rule}"), rule, effect, reason);
            }
            return;
        };
        // Only additions: from the last, so that each index still counts the rules of before.
        let mut inserts: Vec<(usize, &String)> = Vec::new();
        let mut have = old.rules.iter().peekable();
        let mut index = 0;
        let mut appended = Vec::new();
        for rule in &wish.rules {
            if have.peek() == Some(&rule) {
                have.next();
                index += 1;
            } else if index == old.rules.len() {
                appended.push(rule);
            } else {
                inserts.push((index, rule));
            }
        }
        let reason = "intended, not there";
        for rule in appended {
            self.say(Some(&place), format!("add rule {table} {name} {rule}"), rule, Effect::Add, reason);
        }
        // `insert … index n` puts a rule before rule n, so of several at one place the last goes first.
        for (index, rule) in inserts.into_iter().rev() {
            let text = format!("insert rule {table} {name} index {index} {rule}");
            self.say(Some(&place), text, rule, Effect::Add, reason);
        }
    }
}

/// `kind family table name`, as commands name an object.
fn object_place(object: &str, table: &str) -> String {
    match object.rsplit_once(' ') {
        Some((kind, name)) => format!("{kind} {table} {name}"),
        None => object.to_owned(),
    }
}

/// An element without its remark, timeout and counter; a map's element without its value.
fn key(element: &str) -> String {
    let cut = [" comment ", " timeout ", " expires ", " counter", " : "];
    let end = cut.iter().filter_map(|word| element.find(word)).min().unwrap_or(element.len());
    element.get(..end).unwrap_or(element).to_owned()
}

fn jumps_to(chain: &Chain, target: &str) -> bool {
    chain.rules.iter().any(|rule| {
        let words: Vec<&str> = rule.split_ascii_whitespace().collect();
        words.windows(2).any(
            |pair| matches!(pair, [verb, to] if matches!(*verb, "jump" | "goto") && to.trim_end_matches(',') == target),
        )
    })
}

/// Whether the old rules stand in the new ones in the same order, so that adding suffices.
fn only_adds(old: &Chain, wish: &Chain) -> bool {
    let mut wanted = wish.rules.iter();
    old.rules.iter().all(|rule| wanted.any(|wish| wish == rule))
}
