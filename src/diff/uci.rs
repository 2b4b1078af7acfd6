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
        for at in 0..self.slots.len() {
            self.change(at);
        }
        let want = self.want;
        for (at, wish) in want.iter().enumerate() {
            if !paired.contains(&at) {
                self.create(at, wish);
            }
        }
        self.delete();
        self.reorder();
        let after = self.slots.into_iter().map(|slot| slot.section).collect();
        (self.commands, after)
    }

    /// How a section is addressed now.
    fn address(&self, at: usize) -> String {
        let Some(slot) = self.slots.get(at) else { return String::new() };
        let Section { package, kind, name, .. } = &slot.section;
        if let Some(name) = name {
            return format!("{package}.{name}");
        }
        let same = |other: &&Slot| other.section.package == *package && other.section.kind == *kind;
        let index = self.slots.iter().take(at).filter(same).count();
        format!("{package}.@{kind}[{index}]")
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
        self.commands.push(Command { path: path.to_vec(), text, reason, risk, effect, feature, opens: false });
    }

    fn change(&mut self, at: usize) {
        let Some(slot) = self.slots.get(at).cloned() else { return };
        let Some(wish) = slot.wish.and_then(|wish| self.want.get(wish)) else { return };
        let mut section = slot.section;
        if section.name.is_none() && wish.name.is_some() {
            let text = format!("rename {}={}", self.address(at), quote(wish.name.as_deref().unwrap_or_default()));
            section.name.clone_from(&wish.name);
            self.say(&section, text, "", Effect::Change, "gets the intended name".to_owned());
            self.keep(at, &section);
        }
        let address = self.address(at);
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
        self.keep(at, &section);
    }

    fn keep(&mut self, at: usize, section: &Section) {
        if let Some(slot) = self.slots.get_mut(at) {
            slot.section = section.clone();
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

    fn delete(&mut self) {
        for at in (0..self.slots.len()).rev() {
            let Some(slot) = self.slots.get(at).filter(|slot| slot.wish.is_none()) else { continue };
            let section = slot.section.clone();
            let address = self.address(at);
            let reason = "no longer intended".to_owned();
            if section.context {
                for (name, value) in &section.options {
                    let line = value.line(name);
                    self.say(&section, format!("delete {address}.{name}"), &line, Effect::Remove, reason.clone());
                }
                continue;
            }
            self.say(&section, format!("delete {address}"), "", Effect::Remove, reason);
            self.slots.remove(at);
        }
    }

    /// Puts sections whose order means something after each other, each to the end in turn.
    fn reorder(&mut self) {
        let mut kinds: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, wish) in self.want.iter().enumerate() {
            if ordered(self.platform, wish) {
                kinds.entry((wish.package.clone(), wish.kind.clone())).or_default().push(at);
            }
        }
        for ((package, kind), wanted) in kinds {
            let is = |slot: &Slot| slot.section.package == package && slot.section.kind == kind;
            let have: Vec<usize> = self.slots.iter().filter(|slot| is(slot)).filter_map(|slot| slot.wish).collect();
            let good = have.iter().zip(&wanted).take_while(|(have, want)| have == want).count();
            for wish in wanted.get(good..).unwrap_or_default() {
                if have == wanted {
                    break;
                }
                let Some(at) = self.slots.iter().position(|slot| slot.wish == Some(*wish)) else { continue };
                let address = self.address(at);
                let last = self.slots.iter().filter(|slot| slot.section.package == package).count().saturating_sub(1);
                let slot = self.slots.remove(at);
                let reason = "stands at another place".to_owned();
                self.say(&slot.section, format!("reorder {address}={last}"), "", Effect::Change, reason);
                let end = self.slots.iter().rposition(|slot| slot.section.package == package);
                self.slots.insert(end.map_or(self.slots.len(), |end| end + 1), slot);
            }
        }
    }
}

/// Package, type, and what makes a section itself.
type Key = (String, String, String);

/// Which running section is which intended one.
fn pair(platform: &Platform, run: &[Section], want: &[Section]) -> HashMap<usize, usize> {
    let mut pairs: HashMap<usize, usize> = HashMap::new();
    let mut taken = vec![false; want.len()];
    // Each pass gives sections a key; equal keys pair in order.
    let mut pass = |key: &dyn Fn(&Section, &[Section]) -> Option<Key>| {
        let mut waiting: HashMap<Key, std::collections::VecDeque<usize>> = HashMap::new();
        for (at, section) in run.iter().enumerate().filter(|(at, _)| !pairs.contains_key(at)) {
            if let Some(key) = key(section, run) {
                waiting.entry(key).or_default().push_back(at);
            }
        }
        for (at, wish) in want.iter().enumerate() {
            let Some(slot) = taken.get_mut(at).filter(|slot| !**slot) else { continue };
            let Some(queue) = key(wish, want).and_then(|key| waiting.get_mut(&key)) else { continue };
            // Two names that differ are two sections, whatever they say.
            let fits = |have: &usize| {
                let name = run.get(*have).and_then(|section| section.name.as_ref());
                name.is_none() || wish.name.is_none() || name == wish.name.as_ref()
            };
            let Some(have) = queue.iter().position(fits).and_then(|place| queue.remove(place)) else { continue };
            *slot = true;
            pairs.insert(have, at);
        }
    };
    let kind = |section: &Section| (section.package.clone(), section.kind.clone());
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
    pass(&|section, all| {
        let (package, kind_) = kind(section);
        let alone = all.iter().filter(|other| kind(other) == (package.clone(), kind_.clone())).count() == 1;
        alone.then(|| (package, kind_, String::new()))
    });
    pairs
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
