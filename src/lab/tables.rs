//! Configuration of tables and entries, changed the way such a device changes it, one line at a time.
//!
//! Written apart from `diff` on purpose: a mistake there must not be repeated here. What the device
//! refuses (an entry that is in use, a name that does not exist) is said by a [`Law`].
//!
//! An object is changed as a whole: what is typed between `edit` and `next`, or between `config` and `end` of a table of
//! values, holds once it is left, and is forgotten by `abort` or when the session ends.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

mod judge;
mod law;
mod section;
mod show;
mod words;

pub use law::{Law, Schema};

use section::{Section, Step};
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
