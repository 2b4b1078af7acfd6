//! What a device of tables prints.

use std::sync::atomic::Ordering;

use super::section::{Printer, Section, Step};
use super::{Cursor, PARTS, SHARED, Tables, law, unread};

impl Tables {
    /// Values and entries, one per line; by name what has no order, in their order what has one.
    #[must_use]
    pub fn outline(&self) -> String {
        let mut out = String::new();
        self.root.outline(&self.law.ordered, false, 0, &mut out);
        out
    }

    /// Lines that the device does not know, from its whole configuration.
    pub(in crate::lab) fn foreign(&self) -> Vec<String> {
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

    /// The whole configuration, what is sealed always the same way: for who looks into the lab, not at the device.
    pub(in crate::lab) fn text(&self) -> String {
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
    pub(in crate::lab) fn show(&self, cursor: &Cursor, words: &[&str], full: bool) -> Result<String, String> {
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
    pub(in crate::lab) fn get(&self, words: &[&str]) -> Result<String, String> {
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
}
