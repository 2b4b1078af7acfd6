//! Configuration of tables and entries, changed the way such a device changes it, one line at a time.
//!
//! Written apart from `diff` on purpose: a mistake there must not be repeated here. What the device
//! refuses (an entry that is in use, a name that does not exist) is said by a [`Law`].
//!
//! An object is changed as a whole: what is typed between `edit` and `next`, or between `config` and `end` of a table of
//! values, holds once it is left, and is forgotten by `abort` or when the session ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

mod law;
mod section;
mod words;

pub use law::{Law, Schema};

use section::{Printer, Section, Step};
pub(super) use words::closes;
use words::words;

/// Tables that only lead to the tables of a part of the device: of one of its virtual devices, or of what they share.
const PARTS: &str = "vdom";
const SHARED: &str = "global";

/// A configuration, and where somebody stands in it.
#[derive(Clone, Debug)]
pub struct Tables {
    law: Arc<Law>,
    root: Section,
    cursor: Cursor,
    /// Counts what was printed, so that nothing sealed is printed the same way twice.
    salt: Arc<AtomicU64>,
}

/// Where a session stands, and the object it is changing.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor {
    open: Vec<Step>,
    draft: Option<Draft>,
}

/// An object as it will be once it is left.
#[derive(Clone, Debug)]
struct Draft {
    /// How many steps lead to it.
    depth: usize,
    section: Section,
}

impl Cursor {
    /// What the prompt says in brackets: nothing at the outermost level.
    pub(super) fn place(&self) -> Option<&str> {
        match self.open.last()? {
            Step::Table(name) => name.rsplit(' ').next(),
            Step::Entry(id) => Some(id),
        }
    }

    /// How many steps lead to the part of the device it stands in.
    fn base(&self) -> usize {
        match self.open.first() {
            Some(Step::Table(name)) if name == SHARED => 1,
            Some(Step::Table(name)) if name == PARTS && self.open.len() > 1 => 2,
            _ => 0,
        }
    }

    fn part(&self) -> &[Step] {
        self.open.get(..self.base()).unwrap_or_default()
    }

    /// The tables it stands in, as the law calls them.
    fn table(&self) -> String {
        let names = self.open.iter().skip(self.base()).filter_map(|step| match step {
            Step::Table(name) => Some(name.as_str()),
            Step::Entry(_) => None,
        });
        names.collect::<Vec<_>>().join(" > ")
    }

    /// Forgets the object it was changing.
    pub(super) fn abort(&mut self) {
        self.draft = None;
        let base = self.base();
        self.open.truncate(if base == self.open.len() { 0 } else { base });
    }
}

impl Tables {
    /// A device that has carried a text out; what it cannot read it passes over.
    #[must_use]
    pub fn load(law: &Law, text: &str) -> Self {
        Self::load_shared(&Arc::new(law.clone()), text)
    }

    /// Like [`load`](Self::load), for many devices of one law.
    pub(super) fn load_shared(law: &Arc<Law>, text: &str) -> Self {
        let mut device = Self {
            law: Arc::default(),
            root: Section::default(),
            cursor: Cursor::default(),
            salt: Arc::new(AtomicU64::new(0)),
        };
        let mut statement = String::new();
        for line in text.lines() {
            if !statement.is_empty() {
                statement.push('\n');
            }
            statement.push_str(line);
            if words(&statement).is_some() {
                // A wrong line costs itself.
                device.give(&statement).ok();
                statement.clear();
            }
        }
        // A text may break off.
        while !device.cursor.open.is_empty() {
            device.give("end").ok();
        }
        device.law = Arc::clone(law);
        device
    }

    /// Values and entries, one per line; by name what has no order, in their order what has one.
    #[must_use]
    pub fn outline(&self) -> String {
        let mut out = String::new();
        self.root.outline(&self.law.ordered, false, 0, &mut out);
        out
    }

    /// Takes one line.
    ///
    /// # Errors
    /// With what the device says when it refuses.
    pub fn give(&mut self, line: &str) -> Result<(), String> {
        let mut cursor = std::mem::take(&mut self.cursor);
        let done = self.take(&mut cursor, line);
        self.cursor = cursor;
        done.map(|_| ())
    }

    /// Takes one line of a session; says whether the configuration has changed.
    ///
    /// # Errors
    /// With what the device says when it refuses.
    pub(super) fn take(&mut self, cursor: &mut Cursor, line: &str) -> Result<bool, String> {
        let Some(words) = words(line) else { return Err("Unmatched double quote".to_owned()) };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let entry = matches!(cursor.open.last(), Some(Step::Entry(_)));
        match words.as_slice() {
            [] => Ok(false),
            [first, ..] if first.starts_with('#') => Ok(false),
            ["config", name @ ..] if !name.is_empty() => self.enter_table(cursor, &name.join(" ")).map(|()| false),
            ["edit", id] if !cursor.open.is_empty() && !entry => self.enter_entry(cursor, id),
            ["next"] if entry => self.leave(cursor),
            ["end"] if !cursor.open.is_empty() => {
                let inner = if entry { self.leave(cursor)? } else { false };
                Ok(self.leave(cursor)? || inner)
            }
            ["abort"] if !cursor.open.is_empty() => {
                cursor.abort();
                Ok(false)
            }
            ["delete", id] if !cursor.open.is_empty() && !entry => self.delete(cursor, id),
            ["move", id, way @ ("before" | "after"), other] if !entry => self.shift(cursor, id, way == &"after", other),
            ["set" | "select", name, values @ ..] if !values.is_empty() => {
                self.checked(cursor, name, values)?;
                let values = values.iter().map(|word| (*word).to_owned()).collect();
                self.here(cursor)?.put(name, values);
                Ok(false)
            }
            ["append", name, values @ ..] if !values.is_empty() => {
                self.checked(cursor, name, values)?;
                let here = self.here(cursor)?;
                let mut all = here.value(name).to_vec();
                let more = values.iter().filter(|word| !here.value(name).iter().any(|have| have == *word));
                all.extend(more.map(|word| (*word).to_owned()));
                here.put(name, all);
                Ok(false)
            }
            ["unselect", name, values @ ..] => {
                self.checked(cursor, name, &[])?;
                let here = self.here(cursor)?;
                let left = here.value(name).iter().filter(|have| !values.contains(&have.as_str())).cloned().collect();
                here.put(name, left);
                Ok(false)
            }
            ["unset", name] => {
                self.checked(cursor, name, &[])?;
                self.here(cursor)?.values.retain(|(have, _)| have != name);
                Ok(false)
            }
            _ if cursor.open.is_empty() => Err("Unknown action 0\n\nCommand fail. Return code -1".to_owned()),
            _ => Err(unread(words.last().unwrap_or(&""))),
        }
    }

    /// Lines that the device does not know, from its whole configuration.
    pub(super) fn foreign(&self) -> Vec<String> {
        let mut foreign = Vec::new();
        for part in self.parts() {
            if let Some(section) = self.root.at(&part) {
                self.foreign_in(section, "", &mut foreign);
            }
        }
        foreign
    }

    fn foreign_in(&self, section: &Section, table: &str, foreign: &mut Vec<String>) {
        for (name, inner) in section.tables() {
            let wrapper = table.is_empty() && [PARTS, SHARED].contains(&name);
            let key = if table.is_empty() { name.to_owned() } else { format!("{table} > {name}") };
            if !wrapper && self.law.has(&key) {
                self.foreign_in(inner, &key, foreign);
            } else if !wrapper {
                foreign.push(format!("config {key}"));
            }
        }
        for (_, inner) in section.entries() {
            self.foreign_in(inner, table, foreign);
        }
        let unknown = section.values.iter().filter(|(name, _)| !self.law.takes(table, name));
        foreign.extend(unknown.map(|(name, _)| format!("config {table} > set {name}")));
    }

    /// The words of a value in a table of values, of the part of the device that all share.
    pub(super) fn value(&self, table: &str, name: &str) -> Option<String> {
        let path = [Step::Table(table.to_owned())];
        let shared = [Step::Table(SHARED.to_owned()), Step::Table(table.to_owned())];
        let section = self.root.at(&shared).or_else(|| self.root.at(&path));
        let said = section.map_or(&[][..], |section| section.value(name));
        if said.is_empty() {
            return self.law.known(table)?.default(name).map(str::to_owned);
        }
        Some(said.join(" "))
    }

    /// The whole configuration, what is sealed always the same way: for who looks into the lab, not at the device.
    pub(super) fn text(&self) -> String {
        let mut printer = Printer { law: &self.law, full: false, salt: None, out: String::new() };
        self.whole(&mut printer);
        printer.out
    }

    /// Prints the whole configuration.
    fn whole(&self, printer: &mut Printer<'_>) {
        let part = |name: &str| self.root.at(&[Step::Table(name.to_owned())]);
        let Some(shared) = part(SHARED) else { return printer.tables(&self.root, "", 0) };
        let parts = part(PARTS);
        printer.out.push_str("\nconfig vdom\n");
        for (id, _) in parts.into_iter().flat_map(Section::entries) {
            printer.out.push_str(&format!("edit {id}\nnext\n"));
        }
        printer.out.push_str("end\n\nconfig global\n");
        printer.tables(shared, "", 0);
        printer.out.push_str("end\n");
        for (id, inner) in parts.into_iter().flat_map(Section::entries) {
            printer.out.push_str(&format!("\nconfig vdom\nedit {id}\n"));
            printer.tables(inner, "", 0);
            printer.out.push_str("end\n");
        }
    }

    /// What `show` prints where a session stands, of a table if words name one; `full` with what is hidden.
    ///
    /// # Errors
    /// Where there is no such table.
    pub(super) fn show(&self, cursor: &Cursor, words: &[&str], full: bool) -> Result<String, String> {
        let mut path = cursor.part().to_vec();
        let shared = path.is_empty() && self.root.at(&[Step::Table(SHARED.to_owned())]).is_some();
        let inside = cursor.open.len() > cursor.base();
        if !inside && words.is_empty() && path.is_empty() && !full {
            return Ok(self.printing(false, |printer| self.whole(printer)));
        }
        let mut key = cursor.table();
        if inside {
            path.clone_from(&cursor.open);
        }
        let mut rest = words;
        if !words.is_empty() {
            // The longest words that name a table; what follows names an entry.
            let below = |count: usize| {
                let name = words.get(..count).unwrap_or_default().join(" ");
                if key.is_empty() { name } else { format!("{key} > {name}") }
            };
            let count = (1..=words.len()).rev().find(|count| !shared && self.law.has(&below(*count)));
            let Some(count) = count else { return Err(unread(words.first().unwrap_or(&""))) };
            key = below(count);
            path.push(Step::Table(words.get(..count).unwrap_or_default().join(" ")));
            rest = words.get(count..).unwrap_or_default();
        }
        let empty = Section::default();
        let drafted = cursor.draft.as_ref().filter(|draft| path.len() >= draft.depth && inside);
        let section = match drafted {
            Some(draft) => draft.section.at(path.get(draft.depth..).unwrap_or_default()),
            None => self.root.at(&path),
        };
        let section = section.unwrap_or(&empty);
        let table = path.iter().rev().find_map(|step| match step {
            Step::Table(name) => Some(name.clone()),
            Step::Entry(_) => None,
        });
        Ok(self.printing(full, |printer| match (path.last(), rest.first(), table) {
            (_, Some(id), Some(table)) => {
                printer.out.push_str(&format!("config {table}\n"));
                if let Some(inner) = section.at(&[Step::Entry((*id).to_owned())]) {
                    printer.entry(&key, id, inner, 1);
                }
                printer.out.push_str("end\n");
            }
            (Some(Step::Entry(id)), _, Some(table)) if inside => {
                printer.out.push_str(&format!("config {table}\n"));
                printer.entry(&key, id, section, 1);
                printer.out.push_str("end\n");
            }
            (Some(Step::Table(name)), ..) if inside || !words.is_empty() => {
                let before = printer.out.len();
                printer.table(&key, name, section, 0);
                if printer.out.len() == before {
                    printer.out.push_str(&format!("config {name}\nend\n"));
                }
            }
            _ => printer.tables(section, "", 0),
        }))
    }

    /// What `get` prints of a table of values.
    ///
    /// # Errors
    /// Where there is no such table.
    pub(super) fn get(&self, words: &[&str]) -> Result<String, String> {
        let table = words.join(" ");
        let Some(known) = self.law.known(&table).filter(|known| !known.entries) else {
            return Err(unread(words.first().unwrap_or(&"")));
        };
        let line = |value: &law::Value| {
            format!("{:<20}: {}\n", value.name, self.value(&table, &value.name).unwrap_or_default())
        };
        Ok(known.values.iter().filter(|value| !value.sealed).map(line).collect())
    }

    fn printing(&self, full: bool, print: impl FnOnce(&mut Printer<'_>)) -> String {
        let salt = self.salt.load(Ordering::Relaxed);
        let mut printer = Printer { law: &self.law, full, salt: Some(salt), out: String::new() };
        print(&mut printer);
        self.salt.fetch_max(printer.salt.unwrap_or_default(), Ordering::Relaxed);
        printer.out
    }

    /// What is wrong with the configuration as a whole, by the device's own law.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for part in self.parts() {
            let Some(section) = self.root.at(&part) else { continue };
            for (table, inner) in section.tables() {
                for (id, _) in inner.entries() {
                    faults.extend(self.faults_of(&part, table, id));
                }
            }
        }
        faults
    }

    /// What is wrong with one entry.
    fn faults_of(&self, part: &[Step], table: &str, id: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let path = [Step::Table(table.to_owned()), Step::Entry(id.to_owned())];
        let Some(entry) = self.root.at(part).and_then(|section| section.at(&path)) else { return faults };
        for (_, value, meant) in self.law.uses.iter().filter(|(own, ..)| own == table) {
            let missing = entry.value(value).iter().filter(|name| !self.exists(part, meant, name));
            faults.extend(missing.map(|name| format!("{table} {id}: {value} names {name}, which does not exist")));
        }
        let others = || self.table(part, table).into_iter().filter(|(other, _)| *other != id);
        for (_, value) in self.law.single.iter().filter(|(own, _)| own == table) {
            let taken: BTreeSet<&String> = others().flat_map(|(_, other)| other.value(value)).collect();
            let twice = entry.value(value).iter().filter(|word| taken.contains(word));
            faults.extend(twice.map(|word| format!("{table} {id}: {value} {word} stands in another entry")));
        }
        for (_, value) in self.law.nested.iter().filter(|(own, _)| own == table) {
            if self.comes_round(part, table, value, id) {
                faults.push(format!("{table} {id}: {value} leads back to itself"));
            }
        }
        faults
    }

    /// Where tables stand: at the outermost level, and in every part of the device.
    fn parts(&self) -> Vec<Vec<Step>> {
        let mut parts = vec![Vec::new()];
        let wrapper = |name: &str| Step::Table(name.to_owned());
        if self.root.at(&[wrapper(SHARED)]).is_some() {
            parts.push(vec![wrapper(SHARED)]);
        }
        let own = self.root.at(&[wrapper(PARTS)]).into_iter().flat_map(Section::entries);
        parts.extend(own.map(|(id, _)| vec![wrapper(PARTS), Step::Entry(id.to_owned())]));
        parts
    }

    /// The entries of a table in a part of the device.
    fn table<'t>(&'t self, part: &[Step], name: &str) -> Vec<(&'t str, &'t Section)> {
        let path = [Step::Table(name.to_owned())];
        let table = self.root.at(part).and_then(|section| section.at(&path));
        table.map_or_else(Vec::new, |section| section.entries().collect())
    }

    fn exists(&self, part: &[Step], meant: &[String], name: &str) -> bool {
        let shared = [Step::Table(SHARED.to_owned())];
        let entry = |part: &[Step], table: &String| {
            let path = [Step::Table(table.clone()), Step::Entry(name.to_owned())];
            self.root.at(part).is_some_and(|section| section.at(&path).is_some())
        };
        self.law.is_built_in(meant, name)
            || meant.iter().any(|table| entry(part, table) || entry(&shared, table) || entry(&[], table))
    }

    fn comes_round(&self, part: &[Step], table: &str, value: &str, start: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(name) = open.pop() {
            let entries = self.table(part, table);
            let Some((_, entry)) = entries.iter().find(|(id, _)| *id == name) else { continue };
            for inner in entry.value(value) {
                if inner == start {
                    return true;
                }
                if seen.insert(inner.clone()) {
                    open.push(inner.clone());
                }
            }
        }
        false
    }

    /// Whether a value may be set to these words.
    fn checked(&self, cursor: &Cursor, name: &str, words: &[&str]) -> Result<(), String> {
        let table = cursor.table();
        if cursor.open.len() <= cursor.base() || !self.law.takes(&table, name) {
            return Err(unread(name));
        }
        let known = self.law.known(&table);
        if let Some(long) = words.iter().find(|word| known.is_some_and(|known| !known.fits(name, word))) {
            return Err(format!(
                "string value is too long\n\nvalue parse error before '{long}'\nCommand fail. Return code -8"
            ));
        }
        let Some(meant) = self.law.meant(&table, name) else { return Ok(()) };
        match words.iter().find(|word| !self.exists(cursor.part(), meant, word)) {
            None => Ok(()),
            Some(word) => Err(format!(
                "entry not found in datasource\n\nvalue parse error before '{word}'\nCommand fail. Return code -3"
            )),
        }
    }

    /// What `set` acts on; begins to change the object if nobody does yet.
    fn here<'t>(&'t self, cursor: &'t mut Cursor) -> Result<&'t mut Section, String> {
        self.begin(cursor);
        let Cursor { open, draft: Some(draft) } = cursor else { return Err(unread("set")) };
        let inside = open.get(draft.depth..).unwrap_or_default();
        draft.section.open(inside).ok_or_else(missing)
    }

    fn begin(&self, cursor: &mut Cursor) {
        if cursor.draft.is_none() {
            let section = self.root.at(&cursor.open).cloned().unwrap_or_default();
            cursor.draft = Some(Draft { depth: cursor.open.len(), section });
        }
    }

    fn enter_table(&mut self, cursor: &mut Cursor, name: &str) -> Result<(), String> {
        let step = Step::Table(name.to_owned());
        if cursor.open.is_empty() && [PARTS, SHARED].contains(&name) {
            // A device without virtual devices refuses; one that is being loaded, or knows no tables, does not.
            if !self.law.has(name) && self.root.at(std::slice::from_ref(&step)).is_none() {
                return Err(unread(name));
            }
            if self.root.at(std::slice::from_ref(&step)).is_none() {
                self.root.place(std::slice::from_ref(&step), Section::default());
            }
            cursor.open.push(step);
            return Ok(());
        }
        if cursor.open.len() > cursor.base() {
            self.begin(cursor);
        }
        cursor.open.push(step.clone());
        let split = cursor.base() == 0 && self.root.at(&[Step::Table(SHARED.to_owned())]).is_some();
        if split && cursor.draft.is_none() || !self.law.has(&cursor.table()) {
            cursor.open.pop();
            return Err(unread(name.rsplit(' ').next().unwrap_or_default()));
        }
        if let Some(draft) = &mut cursor.draft {
            let inside = cursor.open.get(draft.depth..).unwrap_or_default();
            if draft.section.at(inside).is_none() {
                draft.section.place(inside, Section::default());
            }
        }
        Ok(())
    }

    fn enter_entry(&mut self, cursor: &mut Cursor, id: &str) -> Result<bool, String> {
        let parts = cursor.base() == 0 && cursor.open == [Step::Table(PARTS.to_owned())];
        let table = cursor.table();
        if let Some(known) = self.law.known(&table).filter(|_| !parts) {
            if !known.entries {
                return Err(unread("edit"));
            }
            if known.numbered && id.parse::<u32>().is_err() || !known.fits("edit", id) {
                return Err(format!("value parse error before '{id}'\nCommand fail. Return code -8"));
            }
        }
        let id = if id == "0" { self.free(cursor) } else { id.to_owned() };
        let step = Step::Entry(id);
        cursor.open.push(step);
        if parts {
            let made = self.root.at(&cursor.open).is_none();
            if made {
                self.root.place(&cursor.open, Section::default());
            }
            return Ok(made);
        }
        match &mut cursor.draft {
            None => self.begin(cursor),
            Some(draft) => {
                let inside = cursor.open.get(draft.depth..).unwrap_or_default();
                if draft.section.at(inside).is_none() {
                    draft.section.place(inside, Section::default());
                }
            }
        }
        Ok(false)
    }

    /// The section of the table that a session stands in.
    fn standing<'t>(&'t self, cursor: &'t Cursor) -> Option<&'t Section> {
        match &cursor.draft {
            Some(draft) => draft.section.at(cursor.open.get(draft.depth..).unwrap_or_default()),
            None => self.root.at(&cursor.open),
        }
    }

    fn free(&self, cursor: &Cursor) -> String {
        let section = self.standing(cursor);
        let used = section.into_iter().flat_map(Section::entries).filter_map(|(id, _)| id.parse::<u64>().ok());
        (used.max().unwrap_or(0) + 1).to_string()
    }

    /// Leaves a table or an entry; an object that was changed is taken over.
    fn leave(&mut self, cursor: &mut Cursor) -> Result<bool, String> {
        let path = cursor.open.clone();
        let lacking = self.lacking(cursor);
        let (part, table) = (cursor.part().to_vec(), cursor.table());
        cursor.open.pop();
        let whole = cursor.draft.as_ref().is_some_and(|draft| draft.depth == path.len());
        if let Some(lacking) = lacking {
            // An entry that may not be goes with what was typed in it.
            if whole {
                cursor.draft = None;
            } else if let Some(draft) = &mut cursor.draft {
                draft.section.remove(path.get(draft.depth..).unwrap_or_default());
            }
            return Err(format!("Attribute '{lacking}' MUST be set.\nCommand fail. Return code 1"));
        }
        if !whole {
            return Ok(false);
        }
        let Some(draft) = cursor.draft.take() else { return Ok(false) };
        let before = self.root.at(&path).cloned();
        if before.as_ref() == Some(&draft.section) {
            return Ok(false);
        }
        self.root.place(&path, draft.section);
        let faults = match path.last() {
            Some(Step::Entry(id)) => self.faults_of(&part, &table, id),
            _ => Vec::new(),
        };
        let Some(fault) = faults.first() else { return Ok(true) };
        match before {
            Some(before) => self.root.place(&path, before),
            None => self.root.remove(&path),
        }
        Err(format!(
            "node_check_object fail! {fault}\n\nobject check operator error, -5, discard the setting\nCommand fail. Return code -5"
        ))
    }

    /// A value that the entry being left must have and has not.
    fn lacking(&self, cursor: &Cursor) -> Option<String> {
        let entry = matches!(cursor.open.last(), Some(Step::Entry(_))) && cursor.open.len() > cursor.base();
        let known = self.law.known(&cursor.table()).filter(|_| entry)?;
        let here = self.standing(cursor)?;
        known.needs.iter().find(|name| here.value(name).is_empty() && known.default(name).is_none()).cloned()
    }

    fn delete(&mut self, cursor: &mut Cursor, id: &str) -> Result<bool, String> {
        let (part, table) = (cursor.part().to_vec(), cursor.table());
        let step = Step::Entry(id.to_owned());
        if self.standing(cursor).is_none_or(|section| section.at(std::slice::from_ref(&step)).is_none()) {
            return Err(format!("{}\nCommand fail. Return code -3", missing()));
        }
        if self.law.known(&table).is_some_and(|known| known.is_fixed(id)) {
            return Err("This entry cannot be deleted.\nCommand fail. Return code -160".to_owned());
        }
        if cursor.draft.is_some() {
            self.here(cursor)?.inner.retain(|(have, _)| *have != step);
            return Ok(false);
        }
        let mut path = cursor.open.clone();
        path.push(step);
        let whole = self.root.clone();
        self.root.remove(&path);
        let users = self.users(&part, &table, id);
        if users > 0 {
            self.root = whole;
            return Err(format!("The entry is used by other {users} entries\nCommand fail. Return code -23"));
        }
        Ok(true)
    }

    /// How many values name an entry that is not there any more.
    fn users(&self, part: &[Step], table: &str, id: &str) -> usize {
        let shared = part.is_empty() || part == [Step::Table(SHARED.to_owned())];
        let parts = if shared { self.parts() } else { vec![part.to_vec()] };
        let mut users = 0;
        for (own, value, meant) in self.law.uses.iter().filter(|(_, _, meant)| meant.iter().any(|of| of == table)) {
            for part in &parts {
                let Some(section) = self.root.at(part) else { continue };
                users += count(section, &own.split(" > ").collect::<Vec<_>>(), &|entry| {
                    entry.value(value).iter().any(|name| name == id) && !self.exists(part, meant, id)
                });
            }
        }
        users
    }

    fn shift(&mut self, cursor: &mut Cursor, id: &str, after: bool, other: &str) -> Result<bool, String> {
        let drafted = cursor.draft.is_some();
        let section = if drafted { self.here(cursor)? } else { self.root.open(&cursor.open).ok_or_else(missing)? };
        let place = |section: &Section, id: &str| {
            section.inner.iter().position(|(step, _)| *step == Step::Entry(id.to_owned()))
        };
        let from = place(section, id).ok_or_else(missing)?;
        place(section, other).ok_or_else(missing)?;
        let moved = section.inner.remove(from);
        let to = place(section, other).ok_or_else(missing)?;
        section.inner.insert(to + usize::from(after), moved);
        Ok(!drafted)
    }
}

/// How many entries or tables of values at a place say something.
fn count(section: &Section, tables: &[&str], says: &dyn Fn(&Section) -> bool) -> usize {
    let Some((first, rest)) = tables.split_first() else {
        let entries = section.entries().filter(|(_, entry)| says(entry)).count();
        return entries + usize::from(says(section));
    };
    let Some(table) = section.at(&[Step::Table((*first).to_owned())]) else { return 0 };
    if rest.is_empty() {
        return count(table, rest, says);
    }
    count(table, rest, says) + table.entries().map(|(_, entry)| count(entry, rest, says)).sum::<usize>()
}

fn missing() -> String {
    "entry not found in datasource".to_owned()
}

fn unread(word: &str) -> String {
    format!("command parse error before '{word}'\nCommand fail. Return code -61")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law() -> Law {
        Law {
            uses: vec![("policy".into(), "from".into(), vec!["address".into()])],
            built_in: ["all".to_owned()].into(),
            single: vec![("zone".into(), "interface".into())],
            nested: vec![("group".into(), "member".into())],
            ordered: ["policy".to_owned()].into(),
            ..Law::default()
        }
    }

    const TEXT: &str = "config address\nedit \"my net\"\nset comment \"a\nb\"\nnext\nend\nconfig policy\nedit 1\nset from \"my net\"\nnext\nedit 2\nset from all\nend\n";

    #[test]
    fn what_is_in_use_stays() {
        let mut device = Tables::load(&law(), TEXT);
        device.give("config address").unwrap();
        assert!(device.give("delete \"my net\"").unwrap_err().contains("is used"));
        device.give("end").unwrap();
        for line in ["config policy", "move 2 before 1", "edit 1", "set from all", "next", "end", "config address"] {
            device.give(line).unwrap();
        }
        device.give("delete 'my net'").unwrap();
        assert_eq!(device.outline(), "(policy)\n [2]\n  from = [\"all\"]\n [1]\n  from = [\"all\"]\n");
    }

    #[test]
    fn names_exist_stand_once_and_do_not_come_round() {
        let mut device = Tables::load(&law(), TEXT);
        let mut all = |lines: &[&str]| lines.iter().try_for_each(|line| device.give(line));
        assert!(all(&["config policy", "edit 3", "set from nobody", "next"]).is_err());
        assert!(all(&["next", "edit 3", "set from all", "next", "end"]).is_ok());
        assert!(
            all(&["config zone", "edit a", "set interface x", "next", "edit b", "set interface x", "next"]).is_err()
        );
        assert!(all(&["edit b", "unselect interface x", "append interface y", "end"]).is_ok());
        assert!(all(&["config group", "edit a", "set member b", "next", "edit b", "set member a", "next"]).is_err());
    }
}
