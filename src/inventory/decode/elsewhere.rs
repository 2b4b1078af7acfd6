//! Keys that nothing reads where they stand, and that belong in another mapping of such a file.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fields, Reader};
use crate::finding::{Finding, codes, nearest};
use crate::inventory::schema;
use crate::source::Span;
use crate::source::yaml::Entry;

impl Reader {
    /// The keys of such a file that hold a key, with whether they do themselves.
    fn holders(&mut self, key: &str) -> impl Iterator<Item = (&str, bool)> {
        let all = self.holders.get_or_insert_with(|| schema::holders(self.kind));
        all.get(key).into_iter().flatten().map(|(holder, direct)| (holder.as_str(), *direct))
    }
}

impl Fields<'_> {
    /// Tells of keys that belong in a key of this mapping which is not there, once for all of them; says which they are.
    pub(super) fn beside(&self, reader: &mut Reader) -> BTreeSet<Span> {
        let mut homes: BTreeMap<&'static str, Vec<&Entry>> = BTreeMap::new();
        let stands = |key: &str| self.entries.iter().any(|entry| entry.key.value == key);
        let is_unread = |entry: &&Entry| !self.known.contains(&entry.key.as_str());
        for entry in self.entries.iter().filter(is_unread).filter(|_| !reader.kind.is_empty()) {
            if reader.full() || nearest(&entry.key, self.known.iter().copied()).is_some() {
                continue;
            }
            let known = |holder: &str| self.known.iter().copied().find(|key| *key == holder && !stands(key));
            let mut here =
                reader.holders(&entry.key).filter(|(_, direct)| *direct).filter_map(|(holder, _)| known(holder));
            if let (Some(home), None) = (here.next(), here.next()) {
                homes.entry(home).or_default().push(entry);
            }
        }
        let mut told = BTreeSet::new();
        for (home, entries) in homes {
            let Some((first, others)) = entries.split_first() else { continue };
            let mut names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.key.value)).collect();
            let last = names.pop().unwrap_or_default();
            let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
            let verb = if others.is_empty() { "belongs" } else { "belong" };
            let inner: Vec<String> = entries.iter().map(|entry| format!("{}: …", entry.key.value)).collect();
            reader.lacks_no_more(self.head, &format!("{} has no `{home}`", self.what));
            reader.push(
                Finding::error(codes::UNKNOWN_KEY, format!("{names} {verb} in `{home}`"))
                    .at_saying(first.key.span, "nothing reads this here")
                    .labels(others.iter().map(|entry| entry.key.span), "nor this")
                    .help(format!("write `{home}: {{ {} }}`", inner.join(", "))),
            );
            told.extend(entries.iter().map(|entry| entry.key.span));
        }
        told
    }

    /// The keys of the mapping, each once though it may be read in two ways, and where else the one is that was meant.
    pub(super) fn has_and(&self, home: Option<String>) -> String {
        let mut seen = BTreeSet::new();
        let once: Vec<&str> = self.known.iter().copied().filter(|key| seen.insert(*key)).collect();
        let elsewhere = home.map(|home| format!("; {home}")).unwrap_or_default();
        format!("it may have {}{elsewhere}", once.join(", "))
    }
}

/// Which key of such a file has one that nothing reads here, if it is one alone.
pub(super) fn home(key: &str, reader: &mut Reader) -> Option<String> {
    if reader.full() || reader.kind.is_empty() {
        return None;
    }
    let mut holders = reader.holders(key);
    match (holders.next()?.0, holders.next()) {
        ("", None) => Some(format!("`{key}` stands at the margin")),
        (home, None) => Some(format!("`{home}` has `{key}`")),
        _ => None,
    }
}
