//! Values, tables and entries below one header, and how they are printed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::law::{Known, Law};

/// Values, tables and entries below one header, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) values: Vec<(String, Vec<String>)>,
    pub(super) inner: Vec<(Step, Section)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Table(String),
    Entry(String),
}

impl Section {
    pub(super) fn at(&self, path: &[Step]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        self.inner.iter().find(|(step, _)| step == first)?.1.at(rest)
    }

    pub(super) fn open(&mut self, path: &[Step]) -> Option<&mut Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        self.inner.iter_mut().find(|(step, _)| step == first)?.1.open(rest)
    }

    /// Puts a section at a place, whose way is made where it is not there.
    pub(super) fn place(&mut self, path: &[Step], section: Self) {
        let Some((first, rest)) = path.split_first() else {
            *self = section;
            return;
        };
        if let Some((_, have)) = self.inner.iter_mut().find(|(step, _)| step == first) {
            have.place(rest, section);
        } else {
            let mut made = Self::default();
            made.place(rest, section);
            self.inner.push((first.clone(), made));
        }
    }

    /// Takes away what stands at a place.
    pub(super) fn remove(&mut self, path: &[Step]) {
        let Some((last, way)) = path.split_last() else { return };
        if let Some(above) = self.open(way) {
            above.inner.retain(|(step, _)| step != last);
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.inner.iter().filter_map(|(step, section)| match step {
            Step::Entry(id) => Some((id.as_str(), section)),
            Step::Table(_) => None,
        })
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.inner.iter().filter_map(|(step, section)| match step {
            Step::Table(name) => Some((name.as_str(), section)),
            Step::Entry(_) => None,
        })
    }

    pub(super) fn value(&self, name: &str) -> &[String] {
        self.values.iter().find(|(have, _)| have == name).map_or(&[], |(_, words)| words.as_slice())
    }

    pub(super) fn put(&mut self, name: &str, words: Vec<String>) {
        match self.values.iter_mut().find(|(have, _)| have == name) {
            Some((_, have)) => *have = words,
            None => self.values.push((name.to_owned(), words)),
        }
    }

    pub(super) fn outline(&self, ordered: &BTreeSet<String>, own: bool, depth: usize, out: &mut String) {
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
            section.outline(ordered, false, depth + 1, out);
        }
        let mut tables: Vec<(&str, &Self)> = self.tables().collect();
        tables.sort_by_key(|(name, _)| *name);
        for (name, section) in tables {
            let mut inner = String::new();
            section.outline(ordered, ordered.contains(name), depth + 1, &mut inner);
            if !inner.is_empty() {
                out.push_str(&format!("{:depth$}({name})\n{inner}", ""));
            }
        }
    }
}

/// Prints sections as the device does.
pub(super) struct Printer<'l> {
    pub(super) law: &'l Law,
    /// What is hidden is shown too.
    pub(super) full: bool,
    /// Makes every sealed value look new; without one it always looks the same.
    pub(super) salt: Option<u64>,
    pub(super) out: String,
}

impl Printer<'_> {
    /// Tables of a section in the device's order.
    pub(super) fn tables(&mut self, section: &Section, above: &str, depth: usize) {
        let key = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above} > {name}") };
        let mut tables: Vec<(String, &str, &Section)> =
            section.tables().map(|(name, inner)| (key(name), name, inner)).collect();
        tables.sort_by_key(|(key, ..)| self.law.known(key).map_or(usize::MAX, |known| known.place));
        for (key, name, inner) in tables {
            self.table(&key, name, inner, depth);
        }
    }

    /// One table; left out where nothing of it would be seen.
    pub(super) fn table(&mut self, key: &str, name: &str, section: &Section, depth: usize) {
        let before = self.out.len();
        self.line(depth, &format!("config {name}"));
        let empty = self.out.len();
        self.body(key, section, depth + 1);
        let numbered = self.law.known(key).is_some_and(|known| known.numbered && !known.ordered);
        let mut entries: Vec<(&str, &Section)> = section.entries().collect();
        if numbered {
            entries.sort_by_key(|(id, _)| id.parse::<u64>().unwrap_or(u64::MAX));
        }
        for (id, inner) in entries {
            self.entry(key, id, inner, depth + 1);
        }
        if self.out.len() == empty {
            self.out.truncate(before);
        } else {
            self.line(depth, "end");
        }
    }

    /// One entry.
    pub(super) fn entry(&mut self, key: &str, id: &str, section: &Section, depth: usize) {
        let number = id.parse::<u64>().is_ok();
        let id = if number { id.to_owned() } else { quoted(id) };
        self.line(depth, &format!("edit {id}"));
        self.body(key, section, depth + 1);
        self.line(depth, "next");
    }

    /// Values, then tables.
    fn body(&mut self, key: &str, section: &Section, depth: usize) {
        let known = self.law.known(key);
        let place = |name: &str| known.and_then(|known| known.values.iter().position(|value| value.name == name));
        let mut values: Vec<(&str, Vec<String>)> = Vec::new();
        for (name, words) in &section.values {
            let hidden = known.is_some_and(|known| known.default(name) == Some(words.join(" ").as_str()));
            if !words.is_empty() && (self.full || !hidden) {
                values.push((name, words.clone()));
            }
        }
        if let Some(known) = known.filter(|_| self.full) {
            for (name, words) in &known.defaults {
                if section.value(name).is_empty() {
                    values.push((name, words.split(' ').map(str::to_owned).collect()));
                }
            }
        }
        values.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        for (name, words) in values {
            let words = self.spelled(known, name, &words);
            self.line(depth, &format!("set {name} {words}"));
        }
        self.tables(section, key, depth);
    }

    /// The words of a value as the device prints them.
    pub(super) fn spelled(&mut self, known: Option<&Known>, name: &str, words: &[String]) -> String {
        let value = known.and_then(|known| known.value(name));
        if value.is_some_and(|value| value.sealed) {
            self.salt = self.salt.map(|salt| salt.wrapping_add(1));
            return format!("ENC {}", seal(self.salt.unwrap_or_default(), words));
        }
        let quotes = value.is_some_and(|value| value.quoted);
        let spell = |word: &String| if quotes || needs_quotes(word) { quoted(word) } else { word.clone() };
        words.iter().map(spell).collect::<Vec<_>>().join(" ")
    }

    fn line(&mut self, depth: usize, text: &str) {
        // A string takes whatever is written to it.
        writeln!(self.out, "{:1$}{text}", "", depth * 4).ok();
    }
}

fn needs_quotes(word: &str) -> bool {
    word.is_empty() || word.contains([' ', '\t', '\n', '"', '\'', '\\', '#', '?'])
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Something that looks encrypted, different for every salt.
fn seal(salt: u64, words: &[String]) -> String {
    use sha2::Digest as _;
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hash = sha2::Sha256::new().chain_update(salt.to_be_bytes()).chain_update(words.join(" ")).finalize();
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 64)).copied().map_or('A', char::from);
    let twice = hash.iter().chain(hash.iter().rev());
    twice.map(letter).collect::<String>() + "=="
}
