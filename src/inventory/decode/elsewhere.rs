//! Keys that nothing reads where they stand, and that belong in another mapping of such a file.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fields, Reader};
use crate::finding::{Finding, codes, nearest};
use crate::inventory::schema;
use crate::source::Span;
use crate::source::yaml::Entry;

/// Keys that are looked for elsewhere.
const MOST: usize = 8;

impl Fields<'_> {
    /// Tells of keys that belong in a key of this mapping which is not there, once for all of them; says which they are.
    pub(super) fn beside(&self, reader: &mut Reader) -> BTreeSet<Span> {
        let mut homes: BTreeMap<&'static str, Vec<&Entry>> = BTreeMap::new();
        let stands = |key: &str| self.entries.iter().any(|entry| entry.key.value == key);
        let unread = || self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str()));
        // So many are no slip, and each takes a look at all that such files may have.
        if unread().nth(MOST).is_some() || reader.full() {
            return BTreeSet::new();
        }
        for entry in unread() {
            if nearest(&entry.key, self.known.iter().copied()).is_some() {
                continue;
            }
            let holders = schema::holders(reader.kind, &entry.key);
            let mut here = self.known.iter().copied().filter(|key| holders.contains(*key));
            if let Some(home) = here.next().filter(|home| !stands(home)) {
                homes.entry(home).or_default().push(entry);
            }
        }
        let mut told = BTreeSet::new();
        for (home, entries) in homes {
            let Some((first, others)) = entries.split_first() else { continue };
            let names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.key.value)).collect();
            let verb = if others.is_empty() { "belongs" } else { "belong" };
            let inner: Vec<String> = entries.iter().map(|entry| format!("{}: …", entry.key.value)).collect();
            reader.lacks_no_more(self.head, &format!("{} has no `{home}`", self.what));
            reader.push(
                Finding::error(codes::UNKNOWN_KEY, format!("{} {verb} in `{home}`", names.join(" and ")))
                    .at_saying(first.key.span, "nothing reads this here")
                    .labels(others.iter().map(|entry| entry.key.span), "nor this")
                    .help(format!("write `{home}: {{ {} }}`", inner.join(", "))),
            );
            told.extend(entries.iter().map(|entry| entry.key.span));
        }
        told
    }

    /// The keys of the mapping; one that is read in two ways was asked for twice.
    pub(super) fn has(&self) -> String {
        let mut seen = BTreeSet::new();
        let once: Vec<&str> = self.known.iter().copied().filter(|key| seen.insert(*key)).collect();
        format!("it may have {}", once.join(", "))
    }
}

/// Where a key belongs that nothing reads here, if one key alone has it.
pub(super) fn home(key: &str, reader: &Reader) -> Option<String> {
    let holders = if reader.full() { BTreeSet::new() } else { schema::holders(reader.kind, key) };
    let mut holders = holders.iter();
    match (holders.next()?.as_str(), holders.next()) {
        ("", None) => Some("it belongs at the margin".to_owned()),
        (home, None) => Some(format!("it belongs in `{home}`")),
        _ => None,
    }
}
