//! What devices made of secrets that only they can open.
//!
//! A device that seals a secret shows something else than was sent (`ENC …`, `ciphertext …`). After a push
//! `<state>/sealed/<device>.json` says, as keyed fingerprints, what stands where: the place, the form the
//! device shows, and what was sent. As long as all three are the same, nothing differs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{FingerprintKey, mask};

/// The format this program writes, and the newest it reads.
const FORMAT: u32 = 1;

/// Why the record of a device cannot be used; fits "failed to open the record of sealed secrets".
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else, or was written by a newer program.
    #[error("{}: not a record this program reads; move it away and sealed secrets are sent once more", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
    },
}

/// The sealed secrets of one device.
#[derive(Clone, Debug)]
pub struct Sealed {
    key: FingerprintKey,
    places: BTreeMap<String, Pair>,
}

/// Fingerprints of what the device shows and of what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    shown: String,
    sent: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    format: u32,
    /// The key of the fingerprints; those of another key mean nothing here.
    key: String,
    places: BTreeMap<String, Pair>,
}

impl Sealed {
    /// A device of which nothing is known.
    #[must_use]
    pub fn new(key: FingerprintKey) -> Self {
        Self { key, places: BTreeMap::new() }
    }

    /// Reads the record of a device; nothing is known where there is none. Emulated devices have records of
    /// their own: they are called like the real ones.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of ours.
    pub fn open(state: &Path, lab: bool, device: &str, key: FingerprintKey) -> Result<Self, SealedError> {
        let path = folder(state, lab).join(format!("{device}.json"));
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::new(key)),
            Err(source) => return Err(SealedError::File { path, source }),
        };
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if record.format == FORMAT && record.key == key.id() => Ok(Self { key, places: record.places }),
            Ok(record) if record.format == FORMAT => Ok(Self::new(key)),
            _ => Err(SealedError::Shape { path }),
        }
    }

    /// Writes the record, readable by its owner only.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, state: &Path, lab: bool, device: &str) -> Result<(), SealedError> {
        let path = folder(state, lab).join(format!("{device}.json"));
        let failed = |source| SealedError::File { path: path.clone(), source };
        let record = Record { format: FORMAT, key: self.key.id(), places: self.places.clone() };
        let folder = folder(state, lab);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let mut fresh = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
        let text = serde_json::to_vec_pretty(&record).map_err(|error| failed(error.into()))?;
        fresh.write_all(&text).and_then(|()| fresh.as_file().sync_all()).map_err(failed)?;
        fresh.persist(&path).map_err(|lost| failed(lost.error))?;
        Ok(())
    }

    /// Notes what a device shows of what was sent. A place is the line without its secret, with its sections.
    pub fn learn(&mut self, place: &str, shown: &str, sent: &str) {
        let pair = Pair { shown: self.key.fingerprint(shown), sent: self.key.fingerprint(sent) };
        self.places.insert(self.key.fingerprint(place), pair);
    }

    /// Whether a text is what was sent last. `shown` is what the device shows, where that stays the same.
    #[must_use]
    pub fn holds(&self, place: &str, shown: Option<&str>, text: &str) -> bool {
        self.places.get(&self.key.fingerprint(place)).is_some_and(|pair| {
            pair.sent == self.key.fingerprint(text)
                && shown.is_none_or(|shown| {
                    pair.shown == mask::inside(shown).map_or_else(|| self.key.fingerprint(shown), str::to_owned)
                })
        })
    }

    /// Whether both say the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.places == other.places
    }
}

fn folder(state: &Path, lab: bool) -> PathBuf {
    if lab { state.join("lab").join("sealed") } else { state.join("sealed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_known_again_and_never_written() {
        let state = tempfile::tempdir().unwrap();
        let key = || FingerprintKey::from_bytes([3; 32]);
        let mut sealed = Sealed::open(state.path(), false, "fw01", key()).unwrap();
        sealed.learn("user admin\npassword", "AAAA", "kanariefågel");
        sealed.save(state.path(), false, "fw01").unwrap();
        let written = std::fs::read_to_string(state.path().join("sealed/fw01.json")).unwrap();
        assert!(!written.contains("kanarie") && !written.contains("AAAA") && !written.contains("admin"), "{written}");
        let again = Sealed::open(state.path(), false, "fw01", key()).unwrap();
        assert!(again.is_same(&sealed));
        assert!(again.holds("user admin\npassword", Some("AAAA"), "kanariefågel"));
        assert!(again.holds("user admin\npassword", None, "kanariefågel"));
        assert!(!again.holds("user admin\npassword", Some("BBBB"), "kanariefågel"));
        assert!(!again.holds("user admin\npassword", Some("AAAA"), "another"));
        assert!(!again.holds("user other\npassword", Some("AAAA"), "kanariefågel"));
        // A reading that was kept masked shows the fingerprint itself.
        let masked = format!("⟪{}⟫", key().fingerprint("AAAA"));
        assert!(again.holds("user admin\npassword", Some(&masked), "kanariefågel"));
        assert!(!Sealed::open(state.path(), true, "fw01", key()).unwrap().holds(
            "user admin\npassword",
            None,
            "kanariefågel"
        ));
        // Fingerprints of another key say nothing, and another device has another record.
        let other = Sealed::open(state.path(), false, "fw01", FingerprintKey::from_bytes([4; 32])).unwrap();
        assert!(!other.holds("user admin\npassword", None, "kanariefågel"));
        assert!(!Sealed::open(state.path(), false, "fw02", key()).unwrap().holds(
            "user admin\npassword",
            None,
            "kanariefågel"
        ));
        std::fs::write(state.path().join("sealed/fw01.json"), r#"{"format":2}"#).unwrap();
        assert!(matches!(Sealed::open(state.path(), false, "fw01", key()), Err(SealedError::Shape { .. })));
    }
}
