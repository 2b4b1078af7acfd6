//! Remediation for UCI: a script for `uci batch`, committed as one.
//!
//! A package the intended text does not mention is outside the managed region. Named sections are
//! themselves by name; anonymous ones by what they say. Since nothing acts before the commit, the
//! order of commands only has to keep `@type[index]` addresses right: change, add, delete from the
//! last, put in order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Command, Effect, Options, Proof, Remediation, stored};
use crate::config;
use crate::platform::Platform;
use crate::value::Text;

mod model;

use model::{Model, Section, Value};

/// Compares two texts.
pub(super) fn remediate(platform: &Platform, running: &str, intended: &str, options: &Options) -> Remediation {
    let read = |text| model::read(platform, &config::parse(platform.family, &platform.rules.syntax, text), options);
    let (run, want) = (read(running), read(intended));
    let mentioned: BTreeSet<&str> = want.packages.iter().map(String::as_str).collect();
    let (mine, others): (Vec<Section>, Vec<Section>) =
        run.sections.iter().cloned().partition(|section| mentioned.contains(section.package.as_str()));
    let mut warnings = Vec::new();
    for package in want.packages.iter().filter(|package| !run.packages.contains(package)) {
        if !running.trim().is_empty() && !package.is_empty() {
            warnings.push(format!("package {package} is not on the device yet; `uci` needs an empty file for it"));
        }
    }
    if run.sections.iter().chain(&want.sections).any(|section| section.package.is_empty()) {
        let said = "do not send this: a section stands under no `package`; compare what `uci export` prints";
        warnings.push(said.to_owned());
    }
    let (commands, after) = Writer::new(platform, &mine, &want.sections).write();
    let (rollback, _) = Writer::new(platform, &after, &mine).write();
    Remediation {
        commands,
        rollback,
        // All of it takes effect at once.
        proof: Proof::default(),
        rollback_proof: Proof::default(),
        unmanaged: run.unmanaged + others.iter().map(|section| 1 + section.options.len()).sum::<usize>(),
        unknown: run.unknown,
        odd: want.unknown.len(),
        warnings,
    }
}

/// The managed region in canonical form.
pub(super) fn managed_text(platform: &Platform, text: &str, options: &Options) -> String {
    let tree = config::parse(platform.family, &platform.rules.syntax, text);
    let Model { sections, .. } = model::read(platform, &tree, options);
    // Sections whose order means something keep it, all others are sorted.
    let mut shown: Vec<(String, String, usize, String)> = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let place = if ordered(platform, section) { at } else { 0 };
        let name = section.name.clone().unwrap_or_default();
        shown.push((
            section.package.clone(),
            section.kind.clone(),
            place,
            format!("{name} {}", section.content(platform)),
        ));
    }
    shown.sort();
    let lines: Vec<String> =
        shown.into_iter().map(|(package, kind, _, rest)| format!("{package}.{kind} {rest}\n")).collect();
    lines.concat()
}

fn ordered(platform: &Platform, section: &Section) -> bool {
    platform.rules.uci.ordered.contains(&format!("{}.{}", section.package, section.kind))
}

/// One section while the script runs: what it is, and how to address it.
#[derive(Clone)]
struct Slot {
    section: Section,
    /// Index into the intended sections; `None` while it is to be deleted.
    wish: Option<usize>,
}

struct Writer<'p> {
    platform: &'p Platform,
    want: &'p [Section],
    slots: Vec<Slot>,
    commands: Vec<Command>,
}

impl<'p> Writer<'p> {
    fn new(platform: &'p Platform, run: &[Section], want: &'p [Section]) -> Self {
        let pairs = pair(platform, run, want);
        let slots = run
            .iter()
            .enumerate()
            .map(|(at, section)| Slot { section: section.clone(), wish: pairs.get(&at).copied() })
            .collect();
        Self { platform, want, slots, commands: Vec::new() }
    }

    /// The commands, and what the device holds after them, in its own order.
    fn write(mut self) -> (Vec<Command>, Vec<Section>) {
        let paired: BTreeSet<usize> = self.slots.iter().filter_map(|slot| slot.wish).collect();
        let want = self.want;
        // A name is free for another section, new or renamed, once the old one has gone.
        let taken: BTreeSet<(&str, &str)> =
            want.iter().filter_map(|wish| Some((wish.package.as_str(), wish.name.as_deref()?))).collect();
        self.delete(|section| {
            let name = section.name.as_deref().filter(|_| !section.context);
            name.is_some_and(|name| taken.contains(&(section.package.as_str(), name)))
        });
        for (at, index) in self.indices().into_iter().enumerate() {
            self.change(at, index);
        }
        for (at, wish) in want.iter().enumerate() {
            if !paired.contains(&at) {
                self.create(at, wish);
            }
        }
        self.delete(|_| true);
        self.reorder();
        let after = self.slots.into_iter().map(|slot| slot.section).collect();
        (self.commands, after)
    }

    /// The number of each section among those of its kind.
    fn indices(&self) -> Vec<usize> {
        let mut next: HashMap<(&str, &str), usize> = HashMap::new();
        self.slots
            .iter()
            .map(|slot| {
                let next = next.entry((slot.section.package.as_str(), slot.section.kind.as_str())).or_default();
                *next += 1;
                *next - 1
            })
            .collect()
    }

    fn say(&mut self, section: &Section, text: String, line: &str, effect: Effect, reason: String) {
        let path = [format!("package {}", section.package), section.header()];
        let lookup = |table: &config::Table<String>| {
            let above: Vec<&str> = path.iter().map(String::as_str).collect();
            let words = config::uci_words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let header: Vec<&str> = section.header_words();
            table
                .find(&above, &words)
                .or_else(|| table.find(above.get(..1).unwrap_or_default(), &header))
                .map(|(found, _)| found.clone())
        };
        let risk = lookup(&self.platform.rules.risk).unwrap_or_else(|| "management".to_owned());
        let feature = lookup(&self.platform.rules.owns);
        self.commands.push(Command {
            path: path.map(Text::from).into(),
            text: text.into(),
            reason,
            risk: risk.into(),
            effect,
            feature,
            opens: false,
        });
    }

    fn change(&mut self, at: usize, index: usize) {
        let Some(slot) = self.slots.get(at).cloned() else { return };
        let Some(wish) = slot.wish.and_then(|wish| self.want.get(wish)) else { return };
        let mut section = slot.section;
        if section.name.is_none() && wish.name.is_some() {
            let text =
                format!("rename {}={}", address(&section, index), quote(wish.name.as_deref().unwrap_or_default()));
            section.name.clone_from(&wish.name);
            self.say(&section, text, "", Effect::Change, "gets the intended name".to_owned());
        }
        let address = address(&section, index);
        let gone: Vec<String> =
            section.options.keys().filter(|name| !wish.options.contains_key(*name)).cloned().collect();
        for (name, new) in &wish.options {
            let old = section.options.get(name).cloned();
            if old.as_ref().is_some_and(|old| self.same(&section, name, old, new)) {
                continue;
            }
            self.set(&section, &address, name, old.as_ref(), new);
            section.options.insert(name.clone(), new.clone());
        }
        for name in gone {
            let line = section.options.get(&name).map(|value| value.line(&name)).unwrap_or_default();
            let reason = "no longer intended".to_owned();
            self.say(&section, format!("delete {address}.{name}"), &line, Effect::Remove, reason);
            section.options.remove(&name);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            slot.section = section;
        }
    }

    fn same(&self, section: &Section, name: &str, old: &Value, new: &Value) -> bool {
        match (old, new) {
            (Value::Many(old), Value::Many(new)) if section.is_set(self.platform, name) => {
                old.iter().collect::<BTreeSet<_>>() == new.iter().collect::<BTreeSet<_>>()
            }
            _ => old == new,
        }
    }

    fn set(&mut self, section: &Section, address: &str, name: &str, old: Option<&Value>, new: &Value) {
        let place = format!("{address}.{name}");
        let was = |old: &Value| {
            let shown = stored::masked(&self.platform.rules, None, &old.line(name));
            format!("replaces `{}`", shown.replace('\n', "\\n"))
        };
        let reason = old.map_or("intended, not there".to_owned(), was);
        let line = new.line(name);
        match (old, new) {
            (_, Value::One(text)) => {
                let effect = if old.is_some() { Effect::Change } else { Effect::Add };
                // A list would stay a list beside the value.
                if matches!(old, Some(Value::Many(_))) {
                    self.say(section, format!("delete {place}"), &line, Effect::Remove, reason.clone());
                }
                self.say(section, format!("set {place}={}", quote(text)), &line, effect, reason);
            }
            (Some(Value::Many(old)), Value::Many(new))
                if new.starts_with(old) || section.is_set(self.platform, name) =>
            {
                for text in new.iter().filter(|text| !old.contains(text)) {
                    let text = format!("add_list {place}={}", quote(text));
                    self.say(section, text, &line, Effect::Add, format!("joins the {} of before", old.len()));
                }
                for text in old.iter().filter(|text| !new.contains(text)) {
                    let text = format!("del_list {place}={}", quote(text));
                    self.say(section, text, &line, Effect::Remove, "no longer intended".to_owned());
                }
            }
            (_, Value::Many(new)) => {
                if old.is_some() {
                    self.say(section, format!("delete {place}"), &line, Effect::Remove, reason.clone());
                }
                for text in new {
                    let text = format!("add_list {place}={}", quote(text));
                    self.say(section, text, &line, Effect::Add, reason.clone());
                }
            }
        }
    }

    fn create(&mut self, at: usize, wish: &Section) {
        let Section { package, kind, .. } = wish;
        let (text, address) = match &wish.name {
            Some(name) => (format!("set {package}.{name}={}", quote(kind)), format!("{package}.{name}")),
            None => (format!("add {package} {}", quote(kind)), format!("{package}.@{kind}[-1]")),
        };
        self.say(wish, text, "", Effect::Add, "intended, not there".to_owned());
        let reason = || format!("part of new `{}`", wish.header());
        for (name, value) in &wish.options {
            let line = value.line(name);
            match value {
                Value::One(text) => {
                    self.say(wish, format!("set {address}.{name}={}", quote(text)), &line, Effect::Add, reason());
                }
                Value::Many(texts) => {
                    for text in texts {
                        let text = format!("add_list {address}.{name}={}", quote(text));
                        self.say(wish, text, &line, Effect::Add, reason());
                    }
                }
            }
        }
        self.slots.push(Slot { section: wish.clone(), wish: Some(at) });
    }

    /// Takes away what nobody wants and the question allows.
    fn delete(&mut self, which: impl Fn(&Section) -> bool) {
        // From the last, so that the numbers of those before it stay.
        let goes = |slot: &&Slot| slot.wish.is_none() && which(&slot.section);
        for (at, index) in self.indices().into_iter().enumerate().rev() {
            let Some(slot) = self.slots.get(at).filter(goes) else { continue };
            let section = slot.section.clone();
            let address = address(&section, index);
            let reason = "no longer intended".to_owned();
            if section.context {
                for (name, value) in &section.options {
                    let line = value.line(name);
                    self.say(&section, format!("delete {address}.{name}"), &line, Effect::Remove, reason.clone());
                }
                continue;
            }
            self.say(&section, format!("delete {address}"), "", Effect::Remove, reason);
        }
        self.slots.retain(|slot| slot.wish.is_some() || slot.section.context || !which(&slot.section));
    }

    /// Puts sections whose order means something in their places, with as few moves as lead there.
    fn reorder(&mut self) {
        let mut kinds: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, wish) in self.want.iter().enumerate() {
            if ordered(self.platform, wish) {
                kinds.entry((wish.package.clone(), wish.kind.clone())).or_default().push(at);
            }
        }
        for ((package, kind), wanted) in kinds {
            let turn: HashMap<usize, usize> = wanted.iter().enumerate().map(|(turn, &wish)| (wish, turn)).collect();
            let turns: Vec<usize> = self.slots.iter().filter_map(|slot| turn.get(&slot.wish?).copied()).collect();
            let stay = rising(&turns);
            let mut before = None;
            for (turn, wish) in wanted.into_iter().enumerate() {
                if !stay.contains(&turn) {
                    self.put(&package, &kind, wish, before);
                }
                before = Some(wish);
            }
        }
    }

    /// Moves a section behind another, or in front of all of its kind.
    fn put(&mut self, package: &str, kind: &str, wish: usize, behind: Option<usize>) {
        let of_kind = |slot: &Slot| slot.section.package == package && slot.section.kind == kind;
        let Some(from) = self.slots.iter().position(|slot| slot.wish == Some(wish)) else { return };
        let index = self.slots.iter().take(from).filter(|slot| of_kind(slot)).count();
        let slot = self.slots.remove(from);
        let to = match behind {
            Some(before) => self.slots.iter().position(|slot| slot.wish == Some(before)).map(|at| at + 1),
            None => self.slots.iter().position(of_kind),
        };
        let to = to.unwrap_or(from);
        let place = self.slots.iter().take(to).filter(|slot| slot.section.package == package).count();
        let text = format!("reorder {}={place}", address(&slot.section, index));
        self.say(&slot.section, text, "", Effect::Change, "stands at another place".to_owned());
        self.slots.insert(to, slot);
    }
}

/// How a section is addressed that is the n-th of its kind.
fn address(section: &Section, index: usize) -> String {
    let Section { package, kind, name, .. } = section;
    match name {
        Some(name) => format!("{package}.{name}"),
        None => format!("{package}.@{kind}[{index}]"),
    }
}

/// The most numbers of a list that stand in rising order.
fn rising(numbers: &[usize]) -> BTreeSet<usize> {
    // The last number of the best rising list of each length, by its place.
    let mut lasts: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let length = lasts.partition_point(|&last| numbers.get(last).is_some_and(|last| last < number));
        before.push(length.checked_sub(1).and_then(|length| lasts.get(length).copied()));
        match lasts.get_mut(length) {
            Some(last) => *last = at,
            None => lasts.push(at),
        }
    }
    let mut rising = BTreeSet::new();
    let mut next = lasts.last().copied();
    while let Some(at) = next {
        rising.extend(numbers.get(at).copied());
        next = before.get(at).copied().flatten();
    }
    rising
}

/// Package, type, and what makes a section itself.
type Key = (String, String, String);

/// Which running section is which intended one.
fn pair(platform: &Platform, run: &[Section], want: &[Section]) -> HashMap<usize, usize> {
    let mut pairs: HashMap<usize, usize> = HashMap::new();
    let mut taken = vec![false; want.len()];
    let wanted: BTreeSet<(&str, &str)> =
        want.iter().filter_map(|wish| Some((wish.package.as_str(), wish.name.as_deref()?))).collect();
    // Each pass gives sections a key; equal keys pair in order.
    let mut pass = |key: &dyn Fn(&Section, bool) -> Option<Key>| {
        let mut waiting: HashMap<Key, std::collections::VecDeque<usize>> = HashMap::new();
        for (at, section) in run.iter().enumerate().filter(|(at, _)| !pairs.contains_key(at)) {
            if let Some(key) = key(section, true) {
                waiting.entry(key).or_default().push_back(at);
            }
        }
        for (at, wish) in want.iter().enumerate() {
            let Some(slot) = taken.get_mut(at).filter(|slot| !**slot) else { continue };
            let Some(queue) = key(wish, false).and_then(|key| waiting.get_mut(&key)) else { continue };
            // Two names that differ are two sections, whatever they say; and a section keeps its name, which another may want.
            let fits = |have: &usize| {
                let name = run.get(*have).and_then(|section| section.name.as_deref());
                let free = || name.is_none_or(|name| !wanted.contains(&(wish.package.as_str(), name)));
                name.is_none() || name == wish.name.as_deref() || wish.name.is_none() && free()
            };
            let Some(have) = queue.iter().position(fits).and_then(|place| queue.remove(place)) else { continue };
            *slot = true;
            pairs.insert(have, at);
        }
    };
    let kind = |section: &Section| (section.package.clone(), section.kind.clone());
    let counts = |sections: &[Section]| {
        let mut counts: HashMap<(String, String), usize> = HashMap::new();
        for section in sections {
            *counts.entry(kind(section)).or_default() += 1;
        }
        counts
    };
    let (have, wish) = (counts(run), counts(want));
    pass(&|section, _| {
        let (package, kind) = kind(section);
        Some((package, kind, section.name.clone()?))
    });
    pass(&|section, _| {
        let (package, kind) = kind(section);
        Some((package, kind, section.content(platform)))
    });
    pass(&|section, _| {
        let (package, kind) = kind(section);
        let options = platform.rules.uci.identity.get(&format!("{package}.{kind}"))?;
        let key: Vec<String> =
            options.iter().map(|name| section.options.get(name).map(|v| v.line(name))).collect::<Option<_>>()?;
        Some((package, kind, key.join(" ")))
    });
    pass(&|section, of_run| {
        let of_kind = kind(section);
        let counts = if of_run { &have } else { &wish };
        (counts.get(&of_kind) == Some(&1)).then(|| (of_kind.0, of_kind.1, String::new()))
    });
    pairs
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_can_stay_where_they_are() {
        assert_eq!(rising(&[2, 0, 1]), BTreeSet::from([0, 1]));
        assert_eq!(rising(&[0, 1, 4, 2, 3]), BTreeSet::from([0, 1, 2, 3]));
        assert_eq!(rising(&[3, 2, 1]).len(), 1);
        assert!(rising(&[]).is_empty());
    }
}
