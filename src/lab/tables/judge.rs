//! What a device of tables refuses: names that do not exist or are in use, values that do not fit.

use std::collections::BTreeSet;

use super::section::{Section, Step};
use super::{Cursor, SHARED, Tables, unread};

impl Tables {
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
    pub(super) fn faults_of(&self, part: &[Step], table: &str, id: &str) -> Vec<String> {
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

    pub(super) fn exists(&self, part: &[Step], meant: &[String], name: &str) -> bool {
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
    pub(super) fn checked(&self, cursor: &Cursor, name: &str, words: &[&str]) -> Result<(), String> {
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

    /// A value that the entry being left must have and has not.
    pub(super) fn lacking(&self, cursor: &Cursor) -> Option<String> {
        let entry = matches!(cursor.open.last(), Some(Step::Entry(_))) && cursor.open.len() > cursor.base();
        let known = self.law.known(&cursor.table()).filter(|_| entry)?;
        let here = self.standing(cursor)?;
        known.needs.iter().find(|name| here.value(name).is_empty() && known.default(name).is_none()).cloned()
    }

    /// How many values name an entry that is not there any more.
    pub(super) fn users(&self, part: &[Step], table: &str, id: &str) -> usize {
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
