//! Names that lines define and use.

use std::borrow::Cow;
use std::collections::BTreeSet;

use foldhash::HashSet;

use super::normal::{Item, Normal};
use super::step::{Atom, Tie};
use crate::config::{self, Table};
use crate::diff::proof::Facts;
use crate::platform::Platform;
use crate::platform::rules::Rules;
use crate::value::Text;

pub(super) use crate::diff::proof::Name;

/// The names every phrase of a table finds in a line, told apart by the name space it stands in.
pub(super) fn names(rules: &Rules, table: &Table<()>, path: &[Text], text: &str) -> Vec<Name> {
    // Most lines name nothing.
    let above = config::above(path);
    if !table.may_match_in(&above, text) {
        return Vec::new();
    }
    let words = config::words(text);
    let mut names: Vec<Name> = table.all(&above, &words).flat_map(|((), found)| found.names).collect();
    if !names.is_empty()
        && let Some((_, scope)) = scope(rules, &above)
    {
        for (kind, name) in &mut names {
            if !rules.references.shared.contains(kind.as_str()) {
                *name = format!("{name} of {scope}").into();
            }
        }
    }
    names
}

/// The name space a path leads into.
fn scope(rules: &Rules, path: &[&str]) -> Option<Name> {
    if rules.references.scopes.is_empty() {
        return None;
    }
    let each = |at: usize| {
        let words = config::words(path.get(at)?);
        rules.references.scopes.find(path.get(..at)?, &words)?.1.names.into_iter().next()
    };
    (0..path.len()).find_map(each)
}

/// What losing a line would break, with the line's identity, where the platform guards it.
pub(super) fn guarded(rules: &Rules, path: &[Text], text: &str) -> Option<Name> {
    guard(rules, path, text).map(|guard| guard.name)
}

/// What losing a line would break.
pub(super) struct Guard {
    /// The invariant, with what it is about.
    pub(super) name: Name,
    /// That is a name, so that any line with it will do.
    pub(super) named: bool,
}

/// What losing a line would break, where the platform guards it, and whether any line with the name will do.
pub(super) fn guard(rules: &Rules, path: &[Text], text: &str) -> Option<Guard> {
    let above = config::above(path);
    if !rules.guards.may_match_in(&above, text) {
        return None;
    }
    let words = config::words(text);
    let (invariant, found) = rules.guards.find(&above, &words)?;
    if let Some((kind, name)) = found.names.first() {
        return Some(Guard { name: (invariant.into(), format!("{kind} {name}").into()), named: true });
    }
    let place = path.last().map_or(String::new(), |header| format!(" of `{header}`"));
    Some(Guard { name: (invariant.into(), format!("`{}`{place}", found.key).into()), named: false })
}

/// The names steps make, end or leave unguarded: only with these can anything go wrong on the way.
#[derive(Debug, Default)]
pub(super) struct Touched<'a> {
    names: HashSet<&'a Name>,
    guards: HashSet<&'a Name>,
}

impl<'a> Touched<'a> {
    pub(super) fn by(atoms: &'a [Atom]) -> Self {
        let names = atoms.iter().flat_map(|atom| atom.of(Tie::Defines).chain(atom.of(Tie::Undefines))).collect();
        // A line that takes the place of another guards on.
        let guards =
            atoms.iter().flat_map(|atom| atom.of(Tie::Drops).filter(|drop| !atom.has(Tie::Holds, drop))).collect();
        Self { names, guards }
    }
}

/// What a configuration says about the names touched.
pub(super) fn facts(rules: &Rules, items: &[&[Item]], touched: &Touched<'_>) -> Facts {
    let mut all = Facts::default();
    if touched.names.is_empty() && touched.guards.is_empty() {
        return all;
    }
    for item in items.iter().copied().flatten() {
        walk(item, &mut Vec::new(), &mut |path, item| {
            let (path, text) = full(path, item);
            let named =
                |table| names(rules, table, path, &text).into_iter().filter(|name| touched.names.contains(name));
            all.defines.extend(named(&rules.references.define));
            all.uses.extend(named(&rules.references.uses));
            all.guards.extend(guarded(rules, path, &text).filter(|guard| touched.guards.contains(guard)));
        });
    }
    all
}

/// Calls back for a line and every line below it, with its path.
pub(super) fn walk(item: &Item, path: &mut Vec<Text>, visit: &mut impl FnMut(&[Text], &Item)) {
    visit(path, item);
    if item.children.is_empty() {
        return;
    }
    path.push(item.canon.clone());
    for child in &item.children {
        walk(child, path, visit);
    }
    path.pop();
}

/// The full text of an entry, the head of its group included.
pub(super) fn full<'a>(path: &'a [Text], item: &'a Item) -> (&'a [Text], Cow<'a, str>) {
    match path.last().and_then(|header| header.strip_suffix(" …")) {
        Some(head) => (&[], Cow::Owned(format!("{head} {}", item.text))),
        None => (path, Cow::Borrowed(item.said())),
    }
}

/// Warnings about names that go although a line that stays still uses them.
pub(super) fn left_behind(platform: &Platform, run: &Normal, want: &Normal, still: &[Item]) -> Vec<String> {
    let rules = &platform.rules;
    let before = defined(rules, &run.items);
    let after = defined(rules, &want.items);
    let kept = defined(rules, still);
    let gone: BTreeSet<&Name> = before.difference(&after).filter(|name| !kept.contains(name)).collect();
    if gone.is_empty() {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    let mut check = |path: &[Text], text: &str, whose: &str| {
        for name in names(rules, &rules.references.uses, path, text) {
            if gone.contains(&name) {
                let place = path.last().map_or(String::new(), |header| format!(" in `{header}`"));
                warnings.push(format!(
                    "{} {} goes, but {whose} still uses it: `{}`{place}",
                    name.0,
                    name.1,
                    crate::diff::stored::masked(rules, Some(path), text)
                ));
            }
        }
    };
    for item in want.items.iter().chain(still) {
        walk(item, &mut Vec::new(), &mut |path, item| {
            let (path, text) = full(path, item);
            check(path, &text, "the intended configuration");
        });
    }
    for (path, text) in &run.outside {
        check(path, text, "a line outside the managed region");
    }
    warnings.sort();
    warnings.dedup();
    warnings
}

/// Every name a configuration defines.
pub(super) fn defined(rules: &Rules, items: &[Item]) -> BTreeSet<Name> {
    let mut all = BTreeSet::new();
    for item in items {
        walk(item, &mut Vec::new(), &mut |path, item| {
            if !item.context {
                let (path, text) = full(path, item);
                all.extend(names(rules, &rules.references.define, path, &text));
            }
        });
    }
    all
}
