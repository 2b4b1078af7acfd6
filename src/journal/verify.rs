//! Finds what was done to a journal: entries edited, dropped, swapped or cut off.

use super::{Digest, Head, Journal, JournalError, hash};

/// What is wrong with one entry, or with the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The entry's content is not what its own hash says.
    Edited(u64),
    /// The entry cannot be read as one.
    Damaged(u64, String),
    /// No file has this number, though later ones exist.
    Missing(u64),
    /// The entry stands under another number than its own.
    Misplaced {
        /// The number of its file.
        file: u64,
        /// The number it says.
        says: u64,
    },
    /// The entry is whole, but does not follow the one before it.
    Unchained(u64),
    /// The journal ends before the entry that the head names.
    Truncated {
        /// The last entry there is.
        last: u64,
        /// The entry the head names.
        head: u64,
    },
    /// Entries stand beyond the head.
    Beyond {
        /// The entry the head names.
        head: u64,
        /// The last entry there is.
        last: u64,
    },
    /// The head names another hash than the last entry has.
    Head(u64),
    /// There are entries and no readable head.
    NoHead(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Edited(number) => write!(f, "entry {number} was edited: its content does not match its hash"),
            Self::Damaged(number, reason) => write!(f, "entry {number} cannot be read: {reason}"),
            Self::Missing(number) => write!(f, "entry {number} is missing"),
            Self::Misplaced { file, says } => write!(f, "entry {says} stands in the place of entry {file}"),
            Self::Unchained(number) => {
                write!(f, "entry {number} does not follow the entry before it: one of the two was replaced")
            }
            Self::Truncated { last: 0, head } => write!(f, "all entries are missing; the head names entry {head}"),
            Self::Truncated { last, head } => {
                write!(f, "the journal ends at entry {last}; the head names entry {head}")
            }
            Self::Beyond { head, last } => write!(f, "entries up to {last} stand beyond the head, which names {head}"),
            Self::Head(number) => write!(f, "the head names another entry {number} than the one in the journal"),
            Self::NoHead(reason) => write!(f, "the head pointer is gone or unreadable: {reason}"),
        }
    }
}

/// What a look at the whole journal gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many entries stand there.
    pub entries: usize,
    /// The head, where it is sound.
    pub head: Option<Head>,
    /// What is wrong, in order.
    pub faults: Vec<Fault>,
    /// A crash left the head one entry behind; the next entry mends that.
    pub head_behind: bool,
}

/// Looks at every entry, its hash, its place and its predecessor.
///
/// # Errors
/// When the folder cannot be listed, a file cannot be read, or an entry is newer than this program.
pub fn verify(journal: &Journal) -> Result<Report, JournalError> {
    let numbers = journal.numbers()?;
    let mut report = Report { entries: numbers.len(), ..Report::default() };
    let mut expected = 1;
    // The hash the next entry must name; `None` after a fault, so that one fault is told once.
    let mut before = Some(Digest::of(b""));
    let mut hashes = Vec::new();
    for number in numbers {
        while expected < number {
            report.faults.push(Fault::Missing(expected));
            before = None;
            expected += 1;
        }
        expected = number + 1;
        let sealed = match journal.read(number) {
            Ok(sealed) => sealed,
            Err(JournalError::Damaged { reason, .. }) => {
                report.faults.push(Fault::Damaged(number, reason));
                before = None;
                continue;
            }
            Err(other) => return Err(other),
        };
        let is = hash(&sealed.entry);
        if is != sealed.hash {
            report.faults.push(Fault::Edited(number));
            before = None;
            continue;
        }
        if sealed.entry.number != number {
            report.faults.push(Fault::Misplaced { file: number, says: sealed.entry.number });
            before = None;
            continue;
        }
        if before.is_some_and(|hash| hash != sealed.entry.previous) {
            report.faults.push(Fault::Unchained(number));
        }
        hashes.push((number, sealed.entry.previous, is.clone()));
        before = Some(is);
    }
    end(journal, &mut report, expected - 1, &hashes)?;
    Ok(report)
}

fn end(
    journal: &Journal,
    report: &mut Report,
    last: u64,
    hashes: &[(u64, Digest, Digest)],
) -> Result<(), JournalError> {
    let head = match journal.head() {
        Ok(Some(head)) => head,
        Ok(None) if last == 0 => return Ok(()),
        Ok(None) => {
            report.faults.push(Fault::NoHead("there is no head.json".to_owned()));
            return Ok(());
        }
        Err(JournalError::Damaged { reason, .. }) => {
            report.faults.push(Fault::NoHead(reason));
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    let at = |number: u64| hashes.iter().find(|(found, ..)| *found == number);
    if head.number > last {
        report.faults.push(Fault::Truncated { last, head: head.number });
    } else if head.number == last {
        // An entry with a fault of its own was told already.
        if at(last).is_some_and(|(_, _, hash)| *hash != head.hash) {
            report.faults.push(Fault::Head(last));
        }
    } else if head.number + 1 == last && at(last).is_none_or(|(_, previous, _)| *previous == head.hash) {
        report.head_behind = true;
    } else {
        report.faults.push(Fault::Beyond { head: head.number, last });
    }
    report.head = Some(head);
    Ok(())
}
