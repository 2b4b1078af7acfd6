//! Fetches secret values from where the inventory says they are.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::finding::{Finding, codes};
use crate::model::{Network, SecretSource};
use crate::source::Sp;
use crate::value::Id;

/// Longest value taken; keys and passwords are far shorter.
const LONGEST: u64 = 64 * 1024;
/// How long a program may take to give a value: a hardware token waits for a touch.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a secret cannot be had; names the reference, never the value; fits "failed to get …".
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Nothing in `secrets:` has this name.
    #[error("no secret is called `{name}`; `secrets:` in inventory/network.yaml lists them")]
    NoSuch {
        /// The name.
        name: String,
    },
    /// The environment variable is missing or not UTF-8.
    #[error("secret `{name}` (env:{variable}): the variable is not set, or is not text")]
    Env {
        /// The secret.
        name: Id,
        /// The variable.
        variable: String,
    },
    /// The file cannot be read.
    #[error("secret `{name}` (file:{path}): {source}")]
    File {
        /// The secret.
        name: Id,
        /// The file, as written.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program gave nothing.
    #[error("secret `{name}` (exec:{program}): {reason}")]
    Exec {
        /// The secret.
        name: Id,
        /// The program, without its arguments.
        program: String,
        /// What happened.
        reason: String,
    },
    /// The value cannot be used.
    #[error("secret `{name}` ({reference}): {reason}")]
    Unusable {
        /// The secret.
        name: Id,
        /// Where it comes from.
        reference: String,
        /// Why not.
        reason: &'static str,
    },
}

/// The secrets of one project, fetched when first asked for and kept in memory.
pub struct Vault {
    root: PathBuf,
    sources: BTreeMap<Id, Sp<SecretSource>>,
    cache: Mutex<BTreeMap<Id, SecretString>>,
    patience: Duration,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Vault {
    /// The table of a network; fetches nothing yet. Files are relative to `root`.
    #[must_use]
    pub fn open(network: &Network, root: &Path) -> Self {
        Self { root: root.to_path_buf(), sources: network.secrets.clone(), cache: Mutex::default(), patience: PATIENCE }
    }

    /// How long `exec:` programs may take.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The project folder, to which files are relative.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every name in the table.
    pub fn names(&self) -> impl Iterator<Item = &Id> {
        self.sources.keys()
    }

    /// The value of one secret.
    ///
    /// # Errors
    /// When the name is unknown, or its value cannot be had or used.
    pub fn value(&self, name: &Id) -> Result<SecretString, SecretError> {
        if let Some(known) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(known.clone());
        }
        let Some(source) = self.sources.get(name) else {
            return Err(SecretError::NoSuch { name: name.to_string() });
        };
        let text = match &source.value {
            SecretSource::Env(variable) => std::env::var(variable)
                .map(Zeroizing::new)
                .map_err(|_| SecretError::Env { name: name.clone(), variable: variable.clone() })?,
            SecretSource::File(path) => self.file(name, path)?,
            SecretSource::Exec(words) => self.exec(name, words)?,
        };
        let line = text.strip_suffix('\n').map_or(text.as_str(), |cut| cut.strip_suffix('\r').unwrap_or(cut));
        if let Some(reason) = unusable(line) {
            return Err(SecretError::Unusable { name: name.clone(), reference: reference(&source.value), reason });
        }
        let value = SecretString::from(line);
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), value.clone());
        Ok(value)
    }

    /// Warnings about how secrets are kept: files that others than their owner may read.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, source) in &self.sources {
            let SecretSource::File(path) = &source.value else { continue };
            if readable_by_others(&self.root.join(path)) {
                findings.push(
                    Finding::warning(
                        codes::SECRET_FILE_OPEN,
                        format!("the file of secret `{name}` can be read by other users"),
                    )
                    .at_saying(source.span, "this file")
                    .help(format!("chmod 600 {path}")),
                );
            }
        }
        findings
    }

    fn file(&self, name: &Id, path: &str) -> Result<Zeroizing<String>, SecretError> {
        let failed = |source| SecretError::File { name: name.clone(), path: path.to_owned(), source };
        let file = std::fs::File::open(self.root.join(path)).map_err(failed)?;
        let mut text = Zeroizing::new(String::new());
        // One byte more than allowed, so that `unusable` sees that it is too long.
        file.take(LONGEST + 1).read_to_string(&mut text).map_err(failed)?;
        Ok(text)
    }

    fn exec(&self, name: &Id, words: &[String]) -> Result<Zeroizing<String>, SecretError> {
        let (program, arguments) = words.split_first().map_or(("", words), |(first, rest)| (first.as_str(), rest));
        let failed = |reason: String| SecretError::Exec { name: name.clone(), program: program.to_owned(), reason };
        // Standard error goes to the terminal: `pass` and `age` ask for a passphrase or a touch there.
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(format!("cannot be started: {error}")))?;
        let Some(stdout) = child.stdout.take() else { return Err(failed("gives no output".to_owned())) };
        let (sender, receiver) = mpsc::channel();
        // A thread, since a pipe has no read with a deadline. It ends when the pipe is closed.
        std::thread::spawn(move || {
            let mut text = Zeroizing::new(String::new());
            let read = stdout.take(LONGEST + 1).read_to_string(&mut text);
            // Nobody listens any more after a timeout.
            drop(sender.send(read.map(|_| text)));
        });
        let deadline = Instant::now() + self.patience;
        let answer = receiver.recv_timeout(self.patience);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if answer.is_ok() && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(None) | Err(_) => {
                    let killed = child.kill().and_then(|()| child.wait());
                    drop(killed);
                    break None;
                }
            }
        };
        match (status, answer) {
            (Some(status), Ok(Ok(text))) if status.success() => Ok(text),
            (Some(_), Ok(Err(error))) => Err(failed(format!("its output cannot be read: {error}"))),
            (Some(status), _) => Err(failed(format!("ended with {status}; run it by hand to see why"))),
            (None, _) => Err(failed(format!("gave no value within {} s", self.patience.as_secs()))),
        }
    }
}

fn reference(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(variable) => format!("env:{variable}"),
        SecretSource::File(path) => format!("file:{path}"),
        SecretSource::Exec(words) => format!("exec:{}", words.first().map_or("", String::as_str)),
    }
}

/// A value is typed at a command line: a line break in it would be a second command.
fn unusable(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        return Some("the value is empty");
    }
    if value.len() as u64 > LONGEST {
        return Some("the value is longer than 64 KiB");
    }
    if value.chars().any(char::is_control) {
        return Some(
            "the value holds a line break or another control character, which a device would read as a command",
        );
    }
    if value.contains([super::OPEN, super::CLOSE]) {
        return Some("the value holds ⟪ or ⟫, which mark secrets");
    }
    if value.contains('\'') {
        return Some("the value holds ', which ends a quoted value on some devices");
    }
    None
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::source::Span;

    fn vault(root: &Path, entries: &[(&str, SecretSource)]) -> Vault {
        let mut network = Network::default();
        for (name, source) in entries {
            network.secrets.insert(name.parse().unwrap(), Sp::new(source.clone(), Span::default()));
        }
        Vault::open(&network, root)
    }

    fn id(name: &str) -> Id {
        name.parse().unwrap()
    }

    #[test]
    fn a_file_loses_one_line_end() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "hemlig \r\n").unwrap();
        std::fs::write(dir.path().join("b"), "two\nlines\n").unwrap();
        std::fs::write(dir.path().join("c"), "\n").unwrap();
        let file = |name: &str| SecretSource::File(name.into());
        let vault = vault(dir.path(), &[("a", file("a")), ("b", file("b")), ("c", file("c")), ("d", file("d"))]);
        assert_eq!(vault.value(&id("a")).unwrap().expose_secret(), "hemlig ");
        let error = vault.value(&id("b")).unwrap_err().to_string();
        assert!(error.contains("file:b") && !error.contains("two"), "{error}");
        assert!(vault.value(&id("c")).unwrap_err().to_string().contains("empty"));
        assert!(vault.value(&id("d")).unwrap_err().to_string().contains("file:d"));
        assert!(vault.value(&id("e")).unwrap_err().to_string().contains("no secret is called `e`"));
    }

    #[test]
    fn a_program_runs_without_a_shell() {
        let dir = tempfile::tempdir().unwrap();
        let words = |list: &[&str]| SecretSource::Exec(list.iter().map(|word| (*word).to_owned()).collect());
        let vault = vault(
            dir.path(),
            &[("a", words(&["echo", "$HOME; id"])), ("b", words(&["false"])), ("c", words(&["/no/such/program"]))],
        );
        assert_eq!(vault.value(&id("a")).unwrap().expose_secret(), "$HOME; id");
        assert!(vault.value(&id("b")).unwrap_err().to_string().contains("exec:false"));
        assert!(vault.value(&id("c")).unwrap_err().to_string().contains("cannot be started"));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let sleep = SecretSource::Exec(vec!["sleep".into(), "60".into()]);
        let vault = vault(dir.path(), &[("a", sleep)]).with_patience(Duration::from_millis(200));
        let started = Instant::now();
        assert!(vault.value(&id("a")).unwrap_err().to_string().contains("gave no value"));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_open_to_others_is_a_warning() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "hemlig").unwrap();
        let vault = vault(dir.path(), &[("a", SecretSource::File("a".into()))]);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(vault.findings().len(), 1);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(vault.findings().is_empty());
    }

    #[test]
    fn debug_shows_no_value() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "kanariefågel").unwrap();
        let vault = vault(dir.path(), &[("a", SecretSource::File("a".into()))]);
        let value = vault.value(&id("a")).unwrap();
        assert!(!format!("{vault:?} {value:?}").contains("kanarie"));
    }
}
