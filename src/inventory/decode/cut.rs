//! Texts without quotes that end at a comma in brackets: what follows is then a key without a value.

use super::{Fields, Reader, bracketed};
use crate::finding::{Edit, Finding, Fix, codes, surely};
use crate::source::Span;
use crate::source::yaml::{Entry, Kind, short};

impl Fields<'_> {
    /// Whether a key is what stands behind such a comma.
    pub(super) fn is_cut(&self, entry: &Entry) -> bool {
        let before = self.before(entry);
        self.valueless(entry)
            && !self.is_mistyped(entry)
            && before.is_some_and(|before| {
                // On the same line: a comma and a blank at most.
                let gap = entry.key.span.start.saturating_sub(before.value.span.end.max(before.key.span.end));
                gap <= 2 && (self.valueless(before) || matches!(before.value.kind, Kind::Plain(_)))
            })
    }

    /// Whether it is a key of this mapping, but for a slip.
    fn is_mistyped(&self, entry: &Entry) -> bool {
        surely(&entry.key, self.known.iter().copied()).is_some()
    }

    fn valueless(&self, entry: &Entry) -> bool {
        entry.value.kind == Kind::Null && !self.known.contains(&entry.key.as_str())
    }

    fn before(&self, entry: &Entry) -> Option<&Entry> {
        let at = self.entries.iter().position(|known| known.key.span == entry.key.span)?;
        self.entries.get(at.checked_sub(1)?)
    }

    /// A key of this mapping and its value, with nothing but a blank between them.
    fn uncoloned(&self, entry: &Entry) -> Option<Finding> {
        let written = entry.key.as_str();
        let (key, value) = written.split_once(' ')?;
        let known = self.known.contains(&key) && !self.entries.iter().any(|other| other.key.as_str() == key);
        let at = entry.key.span.start + u32::try_from(key.len()).ok()?;
        // A key in quotes is another thing.
        let plain = entry.key.span.range().len() == written.len();
        let edits = vec![Edit { span: Span { start: at, end: at, ..entry.key.span }, text: ":".to_owned() }];
        (known && plain && !value.trim().is_empty()).then(|| {
            Finding::error(codes::UNKNOWN_KEY, format!("a colon is missing behind `{key}`"))
                .at_saying(entry.key.span, format!("`{key}: {}`, most likely", short(value.trim())))
                .help("a key ends with a colon and a blank")
                .fix(Some(Fix { title: format!("write `{key}:`"), edits }))
        })
    }

    /// Tells of such a text, and of its further parts no more.
    pub(super) fn cut_at_comma(&self, entry: &Entry, reader: &mut Reader) -> Option<()> {
        let at = self.entries.iter().position(|known| known.key.span == entry.key.span)?;
        let before = self.before(entry).filter(|before| !self.valueless(before))?;
        let valueless = |entry: &Entry| self.valueless(entry);
        let Kind::Plain(begun) = &before.value.kind else { return None };
        // The last of the parts that follow.
        let part = |other: &&Entry| valueless(other) && !self.is_mistyped(other);
        let last = self.entries.get(at..)?.iter().take_while(part).last()?;
        if let Some(finding) = self.uncoloned(entry) {
            reader.push(finding);
            return Some(());
        }
        let message = format!("`{}` is cut at its comma", short(&format!("{begun}, {}", entry.key.value)));
        let whole = Span { end: last.key.span.end, ..before.value.span };
        // Where a list belongs, its brackets are missing, and the first part was told of.
        let list = |told: &&mut Finding| {
            told.code == codes::WRONG_TYPE
                && told.span == Some(before.value.span)
                && told.fix.as_ref().is_some_and(|fix| **fix == bracketed(before.value.span))
        };
        if let Some(told) = reader.findings.iter_mut().find(list) {
            told.span = Some(whole);
            told.fix = Some(Box::new(bracketed(whole)));
            return None;
        }
        let insert = |at: u32| Edit { span: Span { start: at, end: at, ..whole }, text: "\"".to_owned() };
        let fix = Fix { title: "put it in quotes".to_owned(), edits: vec![insert(whole.start), insert(whole.end)] };
        let plain = self.entries.get(at..)?.iter().all(|entry| !entry.key.contains(['"', '\\']))
            && !begun.contains(['"', '\\']);
        reader.push(
            Finding::error(codes::UNKNOWN_KEY, message)
                .at_saying(whole, "one text, most likely")
                .help("a text with a comma stands in quotes here")
                .fix(plain.then_some(fix)),
        );
        Some(())
    }
}
