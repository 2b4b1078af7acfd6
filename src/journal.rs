//! The journal: what was about to be done and what came of it, one file per entry, each with the hash of
//! the one before.
//!
//! `.samnet/journal/000001.json` and so on; `head.json` says which entry is the last, so that a tail cut
//! off is noticed. An entry holds its own hash too, so that an edit is told apart from a swap. All this
//! shows tampering by anybody who does not rewrite the whole chain *and* the head; the head's hash,
//! printed by `samnet audit verify`, is what to keep elsewhere against those who do.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::value::{DeviceName, Digest};

pub mod lock;
pub mod verify;

pub use lock::{Lock, LockError};
pub use verify::{Fault, Report, verify};

/// The format this program writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// Who approved a plan, and with which key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approver {
    /// Who, as `allowed_signers` calls them.
    pub principal: String,
    /// SHA-256 fingerprint of the key.
    pub key: String,
}

/// One thing that is about to happen, or has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// A run began.
    RunStarted {
        /// The run's number.
        run: u64,
        /// The plan's id.
        plan: Digest,
        /// The network's name.
        network: String,
        /// Who made the plan.
        author: String,
        /// Who approved it.
        approved: Vec<Approver>,
        /// Who runs it.
        operator: String,
        /// Devices it is about.
        devices: Vec<DeviceName>,
    },
    /// A device is about to be changed.
    Intent {
        /// The run's number.
        run: u64,
        /// The device.
        device: DeviceName,
        /// Digest of its managed region as the plan saw it.
        from: Digest,
        /// How many commands are to be sent.
        commands: usize,
        /// What the device calls the change; older entries do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<String>,
    },
    /// What came of it.
    Outcome {
        /// The run's number.
        run: u64,
        /// The device.
        device: DeviceName,
        /// One word: `confirmed`, `rolled-back`, …
        outcome: String,
        /// Why, or what stands now; secrets masked.
        detail: String,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// A plan was to be applied, and a rule said no; there is no run.
    Refused {
        /// The plan's id.
        plan: Digest,
        /// Who wanted to run it.
        operator: String,
        /// Why, on one line or several.
        reason: String,
    },
    /// A run ended.
    RunFinished {
        /// The run's number.
        run: u64,
        /// Devices by outcome.
        tally: std::collections::BTreeMap<String, usize>,
    },
}

impl Event {
    /// The run it belongs to, if any.
    #[must_use]
    pub const fn run(&self) -> Option<u64> {
        match self {
            Self::RunStarted { run, .. }
            | Self::Intent { run, .. }
            | Self::Outcome { run, .. }
            | Self::RunFinished { run, .. } => Some(*run),
            Self::Refused { .. } => None,
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Format version, see [`FORMAT`].
    pub format: u32,
    /// Its number, from 1; also the file's name.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Hash of the entry before; of nothing for the first.
    pub previous: Digest,
    /// What happened.
    pub event: Event,
}

/// An entry as it stands in its file: with its own hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    hash: Digest,
    entry: Entry,
}

/// Where the journal ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Number of the last entry; 0 when there is none.
    pub number: u64,
    /// Its hash.
    pub hash: Digest,
}

/// Why the journal cannot be used; fits "failed to write the journal: …".
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An entry is not what it should be.
    #[error("{}: {reason}; `samnet audit verify` says more", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A newer program wrote an entry.
    #[error("{}: the entry has format {found}, this program knows formats up to {FORMAT}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
}

/// The journal of one project.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The journal below a state folder; nothing is made until the first entry.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("journal") }
    }

    /// The folder of entries.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes one entry, on the disk when this returns.
    ///
    /// # Errors
    /// When the end of the journal is damaged, or a file cannot be written.
    pub fn append(&self, at: Timestamp, event: Event) -> Result<Entry, JournalError> {
        let failed = |path: &Path, source| JournalError::File { path: path.to_path_buf(), source };
        std::fs::create_dir_all(&self.folder).map_err(|error| failed(&self.folder, error))?;
        let guard_path = self.folder.join("append.lock");
        let guard = std::fs::OpenOptions::new().create(true).append(true).open(&guard_path);
        let guard = guard.map_err(|error| failed(&guard_path, error))?;
        // Held for less than a millisecond by whoever appends; released when the file closes.
        guard.lock().map_err(|error| failed(&guard_path, error))?;
        let head = self.end()?;
        let entry = Entry { format: FORMAT, number: head.number + 1, at, previous: head.hash, event };
        let sealed = Sealed { hash: hash(&entry), entry };
        let mut text = serde_json::to_string_pretty(&sealed).unwrap_or_default();
        text.push('\n');
        let path = self.path(sealed.entry.number);
        self.put(&path, &text, false)?;
        self.point(&Head { number: sealed.entry.number, hash: sealed.hash })?;
        Ok(sealed.entry)
    }

    /// Every entry, in order.
    ///
    /// # Errors
    /// When one cannot be read; tampering is for [`verify()`] to find.
    pub fn entries(&self) -> Result<Vec<Entry>, JournalError> {
        let mut entries = Vec::new();
        for number in self.numbers()? {
            entries.push(self.read(number)?.entry);
        }
        Ok(entries)
    }

    /// The head pointer, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn head(&self) -> Result<Option<Head>, JournalError> {
        let path = self.folder.join("head.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| JournalError::Damaged { path, reason: format!("not a head pointer: {error}") }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(JournalError::File { path, source }),
        }
    }

    /// The number of the next run.
    ///
    /// # Errors
    /// When an entry cannot be read.
    pub fn next_run(&self) -> Result<u64, JournalError> {
        Ok(self.entries()?.iter().filter_map(|entry| entry.event.run()).max().unwrap_or(0) + 1)
    }

    /// Intents without an outcome: a run was killed between the two.
    ///
    /// # Errors
    /// When an entry cannot be read.
    pub fn unfinished(&self) -> Result<Vec<Entry>, JournalError> {
        let mut open: Vec<Entry> = Vec::new();
        for entry in self.entries()? {
            match &entry.event {
                Event::Intent { device, .. } => {
                    let device = device.clone();
                    open.retain(|old| !matches!(&old.event, Event::Intent { device: same, .. } if *same == device));
                    open.push(entry);
                }
                Event::Outcome { device, .. } => {
                    open.retain(|old| !matches!(&old.event, Event::Intent { device: same, .. } if same == device));
                }
                Event::RunStarted { .. } | Event::Refused { .. } | Event::RunFinished { .. } => {}
            }
        }
        Ok(open)
    }

    /// The last entry in the folder. After a crash between entry and head, the head is one behind. A head is written
    /// before the first entry, so that entries without one are always what is left of more.
    fn end(&self) -> Result<Head, JournalError> {
        let head = match self.head()? {
            Some(head) => head,
            None if self.numbers()?.is_empty() => {
                let none = Head { number: 0, hash: Digest::of(b"") };
                self.point(&none)?;
                none
            }
            None => {
                let reason = "there are entries and no head".to_owned();
                return Err(JournalError::Damaged { path: self.folder.join("head.json"), reason });
            }
        };
        let path = self.path(head.number + 1);
        if !path.exists() {
            return Ok(head);
        }
        let next = self.read(head.number + 1)?;
        if next.entry.previous != head.hash || self.path(head.number + 2).exists() {
            return Err(JournalError::Damaged { path, reason: "the entry does not follow the head".to_owned() });
        }
        Ok(Head { number: next.entry.number, hash: next.hash })
    }

    fn point(&self, head: &Head) -> Result<(), JournalError> {
        let text = serde_json::to_string_pretty(head).unwrap_or_default();
        self.put(&self.folder.join("head.json"), &text, true)
    }

    fn numbers(&self) -> Result<Vec<u64>, JournalError> {
        let failed = |source| JournalError::File { path: self.folder.clone(), source };
        let listed = match std::fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut numbers = Vec::new();
        for found in listed {
            let name = found.map_err(failed)?.file_name();
            let number =
                name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(|stem| stem.parse::<u64>().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:06}.json"))
    }

    fn read(&self, number: u64) -> Result<Sealed, JournalError> {
        let path = self.path(number);
        let bytes = std::fs::read(&path).map_err(|source| JournalError::File { path: path.clone(), source })?;
        let damaged = |reason: String| JournalError::Damaged { path: path.clone(), reason };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| damaged(format!("not an entry: {error}")))?;
        let found = value.pointer("/entry/format").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if found > u64::from(FORMAT) {
            return Err(JournalError::Newer { path, found });
        }
        serde_json::from_value(value).map_err(|error| damaged(format!("not an entry: {error}")))
    }

    /// Writes a file as a whole: a crash leaves the old state or the new one, and never half an entry.
    fn put(&self, path: &Path, text: &str, replace: bool) -> Result<(), JournalError> {
        let failed = |source| JournalError::File { path: path.to_path_buf(), source };
        let mut fresh = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        fresh.write_all(text.as_bytes()).and_then(|()| fresh.as_file().sync_all()).map_err(failed)?;
        let kept = if replace { fresh.persist(path) } else { fresh.persist_noclobber(path) };
        kept.map_err(|lost| failed(lost.error))?;
        // The name is on the disk only once the folder is.
        std::fs::File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

/// Hash of an entry: over its compact JSON, members in the order of [`Entry`].
fn hash(entry: &Entry) -> Digest {
    Digest::of(serde_json::to_string(entry).unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests;
