//! The key behind fingerprints: 32 random bytes that never leave the state folder.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

const LENGTH: usize = 32;

/// Why there is no fingerprint key; fits "failed to open the fingerprint key".
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{}: not a fingerprint key of {LENGTH} bytes; move it away and a new one is made", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
}

/// Turns a secret into the fingerprint that stands for it.
#[derive(Clone)]
pub struct FingerprintKey(Zeroizing<[u8; LENGTH]>);

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerprintKey({})", self.id())
    }
}

impl FingerprintKey {
    /// Reads `<state>/fingerprint.key`, or makes it with mode 0600.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is not a key.
    pub fn open(state: &Path) -> Result<Self, KeyError> {
        let path = state.join("fingerprint.key");
        let failed = |source| KeyError::File { path: path.clone(), source };
        match std::fs::File::open(&path) {
            Ok(file) => Self::read(&path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = Zeroizing::new([0; LENGTH]);
                getrandom::fill(bytes.as_mut()).map_err(|error| KeyError::Random(error.to_string()))?;
                std::fs::create_dir_all(state).map_err(failed)?;
                // A temporary file is made with mode 0600, and taking its final name fails if another
                // process was faster: then that one's key is the key.
                let mut fresh = tempfile::NamedTempFile::new_in(state).map_err(failed)?;
                fresh.write_all(bytes.as_ref()).and_then(|()| fresh.as_file().sync_all()).map_err(failed)?;
                match fresh.persist_noclobber(&path) {
                    Ok(_) => Ok(Self(bytes)),
                    Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => {
                        Self::read(&path, std::fs::File::open(&path).map_err(failed)?)
                    }
                    Err(lost) => Err(failed(lost.error)),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A key from bytes at hand, for tests and for comparing in memory.
    #[must_use]
    pub fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn read(path: &Path, file: std::fs::File) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(LENGTH as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| KeyError::File { path: path.to_path_buf(), source })?;
        let exact = <[u8; LENGTH]>::try_from(bytes.as_slice());
        exact.map(Self::from_bytes).map_err(|_| KeyError::Shape { path: path.to_path_buf() })
    }

    /// The 16 hexadecimal digits that stand for `value`: HMAC-SHA256, truncated.
    #[must_use]
    pub fn fingerprint(&self, value: &str) -> String {
        self.digits(b"value\0", value.as_bytes())
    }

    /// Names the key itself, so that a plan can say which key masked it.
    #[must_use]
    pub fn id(&self) -> String {
        self.digits(b"key\0", b"")
    }

    fn digits(&self, domain: &[u8], bytes: &[u8]) -> String {
        // HMAC takes a key of any length, so there is nothing that could fail here.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_ref()) else { return "0".repeat(16) };
        mac.update(domain);
        mac.update(bytes);
        crate::value::hex(mac.finalize().into_bytes().get(..8).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = FingerprintKey::open(dir.path()).unwrap();
        let second = FingerprintKey::open(dir.path()).unwrap();
        assert_eq!(first.fingerprint("x"), second.fingerprint("x"));
        assert_ne!(first.fingerprint("x"), first.fingerprint("y"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(dir.path().join("fingerprint.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_of_another_length_is_no_key() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("fingerprint.key"), b"short").unwrap();
        assert!(matches!(FingerprintKey::open(dir.path()), Err(KeyError::Shape { .. })));
    }

    #[test]
    fn debug_shows_no_byte_of_the_key() {
        let key = FingerprintKey::from_bytes([0x41; 32]);
        let shown = format!("{key:?}");
        assert!(!shown.contains("65, 65") && !shown.contains("AAAA"), "{shown}");
    }
}
