//! Locks: one run per project at a time, one run per device at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Why something cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{what} is in use by another run ({holder})")]
    Held {
        /// What is locked.
        what: String,
        /// Who says to hold it.
        holder: String,
    },
    /// The lock file cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A lock, held until dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks the project for a run.
    ///
    /// # Errors
    /// When another run holds it, or the file cannot be used.
    pub fn project(state: &Path) -> Result<Self, LockError> {
        Self::take(&state.join("run.lock"), "this project")
    }

    /// Locks one device.
    ///
    /// # Errors
    /// When another run holds it, or the file cannot be used.
    pub fn device(state: &Path, device: &str) -> Result<Self, LockError> {
        Self::take(&state.join("locks").join(format!("{device}.lock")), device)
    }

    fn take(path: &Path, what: &str) -> Result<Self, LockError> {
        let failed = |source| LockError::File { path: path.to_path_buf(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let options = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path);
        let mut file = options.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is only helps; that it is held is what counts.
                drop(file.take(200).read_to_string(&mut holder));
                return Err(LockError::Held { what: what.to_owned(), holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        file.write_all(format!("process {}\n", std::process::id()).as_bytes()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}
