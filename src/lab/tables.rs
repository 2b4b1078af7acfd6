//! Configuration of tables and entries, changed the way such a device changes it, one line at a time.
//!
//! Written apart from `diff` on purpose: a mistake there must not be repeated here. What the device
//! refuses (an entry that is in use, a name that does not exist) is said by a [`Law`].

use std::collections::BTreeSet;

/// What a device checks when an entry is left or deleted.
#[derive(Clone, Debug, Default)]
pub struct Law {
    /// Values that name entries: table, value, tables whose entries may be meant.
    pub uses: Vec<(String, String, Vec<String>)>,
    /// Names that exist without an entry.
    pub built_in: BTreeSet<String>,
    /// Values of which each word may stand in one entry of the table only.
    pub single: Vec<(String, String)>,
    /// Values that name entries of their own table, and must not come round.
    pub nested: Vec<(String, String)>,
    /// Tables whose entries have an order.
    pub ordered: BTreeSet<String>,
}

/// A configuration, and where the session stands in it.
#[derive(Clone, Debug)]
pub struct Tables {
    law: Law,
    root: Section,
    open: Vec<Step>,
}

/// Values, tables and entries below one header, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    values: Vec<(String, Vec<String>)>,
    inner: Vec<(Step, Section)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Table(String),
    Entry(String),
}

impl Section {
    fn at(&self, path: &[Step]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        self.inner.iter().find(|(step, _)| step == first)?.1.at(rest)
    }

    fn open(&mut self, path: &[Step]) -> Option<&mut Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        self.inner.iter_mut().find(|(step, _)| step == first)?.1.open(rest)
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.inner.iter().filter_map(|(step, section)| match step {
            Step::Entry(id) => Some((id.as_str(), section)),
            Step::Table(_) => None,
        })
    }

    fn value(&self, name: &str) -> &[String] {
        self.values.iter().find(|(have, _)| have == name).map_or(&[], |(_, words)| words.as_slice())
    }

    fn put(&mut self, name: &str, words: Vec<String>) {
        match self.values.iter_mut().find(|(have, _)| have == name) {
            Some((_, have)) => *have = words,
            None => self.values.push((name.to_owned(), words)),
        }
    }

    fn print(&self, ordered: &BTreeSet<String>, own: bool, depth: usize, out: &mut String) {
        let mut values: Vec<String> = self
            .values
            .iter()
            .map(|(name, words)| {
                let mut words = words.clone();
                words.sort();
                format!("{:depth$}{name} = {words:?}\n", "")
            })
            .collect();
        values.sort();
        out.push_str(&values.concat());
        let mut entries: Vec<(&str, &Self)> = self.entries().collect();
        if !own {
            entries.sort_by_key(|(id, _)| *id);
        }
        for (id, section) in entries {
            out.push_str(&format!("{:depth$}[{id}]\n", ""));
            section.print(ordered, false, depth + 1, out);
        }
        let mut tables: Vec<(&str, &Self)> = Vec::new();
        for (step, section) in &self.inner {
            if let Step::Table(name) = step {
                tables.push((name, section));
            }
        }
        tables.sort_by_key(|(name, _)| *name);
        for (name, section) in tables {
            let mut inner = String::new();
            section.print(ordered, ordered.contains(name), depth + 1, &mut inner);
            if !inner.is_empty() {
                out.push_str(&format!("{:depth$}({name})\n{inner}", ""));
            }
        }
    }
}

impl Tables {
    /// A device that has carried a text out; what it cannot read it passes over.
    #[must_use]
    pub fn load(law: &Law, text: &str) -> Self {
        let mut device = Self { law: Law::default(), root: Section::default(), open: Vec::new() };
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
        device.open.clear();
        device.law = law.clone();
        device
    }

    /// Values and entries, one per line; by name what has no order, in their order what has one.
    #[must_use]
    pub fn outline(&self) -> String {
        let mut out = String::new();
        self.root.print(&self.law.ordered, false, 0, &mut out);
        out
    }

    /// Takes one line.
    ///
    /// # Errors
    /// With what the device says when it refuses.
    pub fn give(&mut self, line: &str) -> Result<(), String> {
        let Some(words) = words(line) else { return Err("Unmatched double quote".to_owned()) };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["config", name @ ..] if !name.is_empty() => {
                self.enter(Step::Table(name.join(" ")));
                Ok(())
            }
            ["edit", id] if matches!(self.open.last(), Some(Step::Table(_))) => {
                let id = if *id == "0" { self.free() } else { (*id).to_owned() };
                self.enter(Step::Entry(id));
                Ok(())
            }
            ["next"] if matches!(self.open.last(), Some(Step::Entry(_))) => self.leave(),
            ["end"] if !self.open.is_empty() => {
                if matches!(self.open.last(), Some(Step::Entry(_))) {
                    self.leave()?;
                }
                self.leave()
            }
            ["delete", id] => self.delete(id),
            ["move", id, way @ ("before" | "after"), other] => self.shift(id, way == &"after", other),
            ["set", name, values @ ..] if !values.is_empty() => {
                let values = values.iter().map(|word| (*word).to_owned()).collect();
                self.here()?.put(name, values);
                Ok(())
            }
            ["append", name, values @ ..] => {
                let here = self.here()?;
                let mut all = here.value(name).to_vec();
                all.extend(
                    values
                        .iter()
                        .filter(|word| !here.value(name).iter().any(|have| have == *word))
                        .map(|word| (*word).to_owned()),
                );
                here.put(name, all);
                Ok(())
            }
            ["unselect", name, values @ ..] => {
                let here = self.here()?;
                let left = here.value(name).iter().filter(|have| !values.contains(&have.as_str())).cloned().collect();
                here.put(name, left);
                Ok(())
            }
            ["unset", name] => {
                self.here()?.values.retain(|(have, _)| have != name);
                Ok(())
            }
            _ => Err(format!("command parse error before '{}'", words.last().unwrap_or(&""))),
        }
    }

    /// What is wrong with the configuration as a whole, by the device's own law.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (table, value, _) in &self.law.uses {
            for (id, entry) in self.table(table) {
                let missing = entry.value(value).iter().filter(|name| !self.exists(table, value, name));
                faults.extend(missing.map(|name| format!("{table} {id}: {value} names {name}, which does not exist")));
            }
        }
        for (table, value) in &self.law.single {
            let mut seen = BTreeSet::new();
            for (id, entry) in self.table(table) {
                let twice = entry.value(value).iter().filter(|word| !seen.insert((*word).clone()));
                faults.extend(twice.map(|word| format!("{table} {id}: {value} {word} stands in another entry")));
            }
        }
        for (table, value) in &self.law.nested {
            for (id, _) in self.table(table) {
                if self.comes_round(table, value, id) {
                    faults.push(format!("{table} {id}: {value} leads back to itself"));
                }
            }
        }
        faults
    }

    fn table<'t>(&'t self, name: &str) -> Vec<(&'t str, &'t Section)> {
        let path = [Step::Table(name.to_owned())];
        self.root.at(&path).map_or_else(Vec::new, |section| section.entries().collect())
    }

    fn exists(&self, table: &str, value: &str, name: &str) -> bool {
        if self.law.built_in.contains(name) {
            return true;
        }
        let meant = self.law.uses.iter().filter(|(own, field, _)| own == table && field == value);
        meant.flat_map(|(_, _, tables)| tables).any(|other| self.table(other).iter().any(|(id, _)| *id == name))
    }

    fn comes_round(&self, table: &str, value: &str, start: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(name) = open.pop() {
            let entries = self.table(table);
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

    fn here(&mut self) -> Result<&mut Section, String> {
        if self.open.is_empty() {
            return Err("Unknown action 0".to_owned());
        }
        self.root.open(&self.open).ok_or_else(|| "entry not found in datasource".to_owned())
    }

    fn enter(&mut self, step: Step) {
        if let Some(section) = self.root.open(&self.open)
            && !section.inner.iter().any(|(have, _)| *have == step)
        {
            section.inner.push((step.clone(), Section::default()));
        }
        self.open.push(step);
    }

    fn free(&self) -> String {
        let section = self.root.at(&self.open);
        let used = section.into_iter().flat_map(Section::entries).filter_map(|(id, _)| id.parse::<u64>().ok());
        (used.max().unwrap_or(0) + 1).to_string()
    }

    fn leave(&mut self) -> Result<(), String> {
        self.open.pop();
        match self.faults().into_iter().next() {
            None => Ok(()),
            Some(fault) => Err(format!("node_check_object fail! {fault}")),
        }
    }

    fn delete(&mut self, id: &str) -> Result<(), String> {
        let table = match self.open.last() {
            Some(Step::Table(name)) => name.clone(),
            _ => return Err("Unknown action 0".to_owned()),
        };
        let section = self.here()?;
        let before = section.inner.len();
        let whole = section.clone();
        section.inner.retain(|(step, _)| *step != Step::Entry(id.to_owned()));
        if section.inner.len() == before {
            return Err("entry not found in datasource".to_owned());
        }
        if let Some(fault) = self.faults().into_iter().next() {
            *self.here()? = whole;
            return Err(format!("The entry is used by other entries: {table} {id}: {fault}"));
        }
        Ok(())
    }

    fn shift(&mut self, id: &str, after: bool, other: &str) -> Result<(), String> {
        let section = self.here()?;
        let place = |section: &Section, id: &str| {
            section.inner.iter().position(|(step, _)| *step == Step::Entry(id.to_owned()))
        };
        let missing = || "entry not found in datasource".to_owned();
        let from = place(section, id).ok_or_else(missing)?;
        place(section, other).ok_or_else(missing)?;
        let moved = section.inner.remove(from);
        let to = place(section, other).ok_or_else(missing)?;
        section.inner.insert(to + usize::from(after), moved);
        Ok(())
    }
}

/// The words of a line, quotes taken away; `None` while one is open.
fn words(line: &str) -> Option<Vec<String>> {
    if line.trim_start().starts_with('#') {
        return Some(vec!["#".to_owned()]);
    }
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            match c {
                '"' => loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => word.push(chars.next()?),
                        other => word.push(other),
                    }
                },
                '\'' if word.is_empty() => loop {
                    match chars.next()? {
                        '\'' => break,
                        other => word.push(other),
                    }
                },
                '\\' => word.extend(chars.next()),
                other => word.push(other),
            }
        }
        words.push(word);
    }
    Some(words)
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
        assert!(all(&["edit 3", "set from all", "next", "end"]).is_ok());
        assert!(
            all(&["config zone", "edit a", "set interface x", "next", "edit b", "set interface x", "next"]).is_err()
        );
        assert!(all(&["edit b", "unselect interface x", "append interface y", "end"]).is_ok());
        assert!(all(&["config group", "edit a", "set member b", "next", "edit b", "set member a", "next"]).is_err());
    }
}
