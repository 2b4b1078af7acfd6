//! Host keys on file, in the format of OpenSSH's `known_hosts`, described in sshd(8).
//!
//! Looked at anew at every question, because `samnet trust` may write it meanwhile; read only when it has changed,
//! and then sorted by host: a thousand devices are a thousand lines and ask two thousand times.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use russh::keys::ssh_key::known_hosts::{Entry, HostPatterns, Marker};
use russh::keys::ssh_key::{Algorithm, HashAlg, PublicKey};

use super::algorithms::same_kind;

/// Why the file of known host keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    /// It cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line that must not be passed over makes no sense.
    #[error("{}:{line}: a line with a marker that cannot be read", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A pattern covers the host, so that its key cannot be replaced alone.
    #[error("{}:{line}: the key stands on a line with a pattern; edit it by hand", path.display())]
    Pattern {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// What the file says about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the host's key.
    Known,
    /// The host has no key on file.
    Unknown,
    /// The host has another key on file.
    Changed {
        /// Line of that key, from 1.
        line: usize,
        /// Its fingerprint.
        expected: String,
    },
    /// The key must not be used.
    Revoked {
        /// The line that says so, from 1.
        line: usize,
    },
}

/// A file of known host keys; it need not exist.
#[derive(Clone, Debug)]
pub struct KnownHosts {
    path: PathBuf,
    /// What it held when it was read last, shared by all copies.
    last: Arc<Mutex<Option<(Stamp, Arc<Index>)>>>,
}

/// File, size and time of the last change.
type Stamp = (u64, u64, i64, i64);

/// The lines of the file, by host.
#[derive(Debug, Default)]
struct Index {
    lines: Vec<String>,
    /// Lines that name nothing but hosts, by each of them.
    named: HashMap<String, Vec<usize>>,
    /// Lines with marks, patterns or hashed names: any host may be meant.
    others: Vec<usize>,
}

impl Index {
    fn new(text: &str) -> Self {
        let mut index = Self { lines: text.lines().map(str::to_owned).collect(), ..Self::default() };
        for (at, line) in index.lines.iter().enumerate() {
            let hosts = line.split_whitespace().next().unwrap_or_default();
            if hosts.starts_with(['@', '|']) || hosts.contains(['*', '?', '!']) {
                index.others.push(at);
                continue;
            }
            for host in hosts.split(',') {
                let lines = index.named.entry(host.to_ascii_lowercase()).or_default();
                if lines.last() != Some(&at) {
                    lines.push(at);
                }
            }
        }
        index
    }
}

struct Line {
    number: usize,
    entry: Entry,
}

impl KnownHosts {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), last: Arc::default() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says about a key that a host has shown.
    ///
    /// # Errors
    /// When the file cannot be read, or a marked line makes no sense.
    pub fn check(&self, host: &str, port: u16, key: &PublicKey) -> Result<Verdict, HostsError> {
        let lines = self.lines(&name(host, port))?;
        let same = |line: &&Line| line.entry.public_key().key_data() == key.key_data();
        if let Some(line) = lines.iter().filter(|line| revoked(line)).find(same) {
            return Ok(Verdict::Revoked { line: line.number });
        }
        let mut own = lines.iter().filter(|line| line.entry.marker().is_none());
        if own.clone().any(|line| same(&line)) {
            return Ok(Verdict::Known);
        }
        // A key of another kind is no excuse: we asked for the kind on file first, so the host has lost it.
        let kind = own.clone().find(|line| same_kind(&line.entry.public_key().algorithm(), &key.algorithm()));
        Ok(kind.or_else(|| own.next()).map_or(Verdict::Unknown, |line| Verdict::Changed {
            line: line.number,
            expected: fingerprint(line.entry.public_key()),
        }))
    }

    /// The kinds of key on file for a host.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn algorithms(&self, host: &str, port: u16) -> Result<Vec<Algorithm>, HostsError> {
        let lines = self.lines(&name(host, port))?;
        Ok(lines
            .iter()
            .filter(|line| line.entry.marker().is_none())
            .map(|line| line.entry.public_key().algorithm())
            .collect())
    }

    /// Writes down a host's key.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&self, host: &str, port: u16, key: &PublicKey) -> Result<(), HostsError> {
        let failed = |source| self.failed(source);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = File::options().create(true).read(true).append(true).open(&self.path).map_err(failed)?;
        // Several devices may be accepted at once, also by another process.
        file.lock().map_err(failed)?;
        let text = std::io::read_to_string(&file).map_err(failed)?;
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let line = format!("{gap}{} {}\n", name(host, port), bare(key));
        file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).map_err(failed)
    }

    /// Writes down a host's key and strikes out those it had. Revoked keys stay so.
    ///
    /// # Errors
    /// When the file cannot be read or written, or a pattern names the host.
    pub fn replace(&self, host: &str, port: u16, key: &PublicKey) -> Result<(), HostsError> {
        let wanted = name(host, port);
        let mut kept: Vec<String> = Vec::new();
        for (at, line) in self.text()?.lines().enumerate() {
            match self.parse(at + 1, line)? {
                Some(entry) if entry.marker().is_none() && matches(entry.host_patterns(), &wanted) => {
                    if let HostPatterns::Patterns(names) = entry.host_patterns() {
                        if !names.iter().any(|name| name.eq_ignore_ascii_case(&wanted)) {
                            return Err(HostsError::Pattern { path: self.path.clone(), line: at + 1 });
                        }
                        let others: Vec<&str> =
                            names.iter().map(String::as_str).filter(|n| !n.eq_ignore_ascii_case(&wanted)).collect();
                        if !others.is_empty() {
                            kept.push(format!("{} {}", others.join(","), bare(entry.public_key())));
                        }
                    }
                }
                _ => {
                    kept.push(line.to_owned());
                }
            }
        }
        kept.push(format!("{wanted} {}\n", bare(key)));
        let failed = |source| self.failed(source);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        new.write_all(kept.join("\n").as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(failed)?;
        new.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    fn failed(&self, source: std::io::Error) -> HostsError {
        HostsError::File { path: self.path.clone(), source }
    }

    fn text(&self) -> Result<String, HostsError> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn lines(&self, wanted: &str) -> Result<Vec<Line>, HostsError> {
        let index = self.index()?;
        let named = index.named.get(wanted).map(Vec::as_slice).unwrap_or_default();
        let mut numbers: Vec<usize> = named.iter().chain(&index.others).copied().collect();
        numbers.sort_unstable();
        let mut found = Vec::new();
        for number in numbers {
            let line = index.lines.get(number).map(String::as_str).unwrap_or_default();
            if let Some(entry) = self.parse(number + 1, line)?.filter(|entry| matches(entry.host_patterns(), wanted)) {
                found.push(Line { number: number + 1, entry });
            }
        }
        Ok(found)
    }

    /// The file by host, read again whenever it is another than last time.
    fn index(&self) -> Result<Arc<Index>, HostsError> {
        // Before the text, so that whoever writes in between is noticed next time.
        let stamp = std::fs::metadata(&self.path).map(|data| (data.ino(), data.len(), data.mtime(), data.mtime_nsec()));
        let stamp = stamp.ok();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(stamp), Some((have, index))) = (stamp, &*last)
            && stamp == *have
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(Index::new(&self.text()?));
        *last = stamp.map(|stamp| (stamp, Arc::clone(&index)));
        Ok(index)
    }

    /// One line; `None` for comments and for what OpenSSH passes over too.
    fn parse(&self, number: usize, line: &str) -> Result<Option<Entry>, HostsError> {
        let text = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        match text.parse::<Entry>() {
            Ok(entry) => Ok(Some(entry)),
            // To pass over a revocation would be to trust what somebody distrusts.
            Err(_) if text.starts_with("@revoked") => Err(HostsError::Line { path: self.path.clone(), line: number }),
            Err(_) => Ok(None),
        }
    }
}

/// A host as it stands in the file: port 22 goes without saying.
#[must_use]
pub fn name(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 { host } else { format!("[{host}]:{port}") }
}

/// `SHA256:…` as `ssh-keygen -l` prints it.
#[must_use]
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Kind and key without the comment.
fn bare(key: &PublicKey) -> String {
    let mut key = key.clone();
    key.set_comment("");
    key.to_openssh().unwrap_or_default().trim_end().to_owned()
}

fn revoked(line: &Line) -> bool {
    line.entry.marker() == Some(&Marker::Revoked)
}

fn matches(patterns: &HostPatterns, wanted: &str) -> bool {
    match patterns {
        HostPatterns::HashedName { salt, hash } => Hmac::<sha1::Sha1>::new_from_slice(salt)
            .is_ok_and(|hmac| hmac.chain_update(wanted.as_bytes()).verify_slice(hash).is_ok()),
        HostPatterns::Patterns(patterns) => {
            let mut any = false;
            for pattern in patterns {
                match pattern.strip_prefix('!') {
                    // One negation that matches rules the whole line out, wherever it stands.
                    Some(not) if glob(not, wanted) => return false,
                    Some(_) => {}
                    None => any |= glob(pattern, wanted),
                }
            }
            any
        }
    }
}

/// `*` and `?` only; everything else, brackets too, stands for itself. Case does not matter.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&have) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(&want) if want == b'?' || want == have => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    p = after;
                    t = from + 1;
                    star = Some((after, t));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|&byte| byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9dG4kjRhQTtWTVzd2t27+t0DEHBPW7iOD23TUiYLio";
    const B: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const C: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFfMUYLrhWP2LZZzQsDfBU21GJvBqtyKktNub\
                     dRMsmlk2fGHYVXrlJlk4501LtuQklTXqtOaqc2d4AsfzGTpSis=";

    fn key(text: &str) -> PublicKey {
        text.parse().unwrap()
    }

    fn file(text: &str) -> (tempfile::TempDir, KnownHosts) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        std::fs::write(&path, text).unwrap();
        (folder, KnownHosts::new(path))
    }

    fn verdict(text: &str, host: &str, port: u16, shown: &str) -> Verdict {
        file(text).1.check(host, port, &key(shown)).unwrap()
    }

    #[test]
    fn a_host_is_known_unknown_or_changed() {
        assert_eq!(verdict(&format!("sw1 {A} a comment\n"), "SW1", 22, A), Verdict::Known);
        assert_eq!(verdict(&format!("sw1 {A}\n"), "sw2", 22, A), Verdict::Unknown);
        assert_eq!(verdict(&format!("sw1 {A}\n"), "sw1", 2222, A), Verdict::Unknown);
        assert_eq!(verdict(&format!("# x\n[sw1]:2222 {A}\n"), "sw1", 2222, A), Verdict::Known);
        let changed = Verdict::Changed { line: 2, expected: fingerprint(&key(A)) };
        assert_eq!(verdict(&format!("\nsw1 {A}\n"), "sw1", 22, B), changed);
        assert_eq!(KnownHosts::new("/nonexistent/file").check("a", 22, &key(A)).unwrap(), Verdict::Unknown);
    }

    #[test]
    fn what_was_written_meanwhile_is_known() {
        let (_folder, hosts) = file(&format!("sw1 {A}\n"));
        let copy = hosts.clone();
        assert_eq!(hosts.check("sw2", 22, &key(B)).unwrap(), Verdict::Unknown);
        copy.add("sw2", 22, &key(B)).unwrap();
        assert_eq!(hosts.check("sw2", 22, &key(B)).unwrap(), Verdict::Known);
        copy.replace("sw2", 22, &key(A)).unwrap();
        assert!(matches!(hosts.check("sw2", 22, &key(B)).unwrap(), Verdict::Changed { line: 2, .. }));
        std::fs::remove_file(hosts.path()).unwrap();
        assert_eq!(hosts.check("sw1", 22, &key(A)).unwrap(), Verdict::Unknown);
    }

    #[test]
    fn several_keys_of_one_host_are_all_good() {
        let text = format!("sw1 {B}\nsw1 {A}\n");
        assert_eq!(verdict(&text, "sw1", 22, A), Verdict::Known);
        assert_eq!(verdict(&text, "sw1", 22, B), Verdict::Known);
    }

    #[test]
    fn a_revoked_key_is_refused_even_where_it_is_also_accepted() {
        let text = format!("sw1 {A}\n@revoked * {A}\n");
        assert_eq!(verdict(&text, "sw1", 22, A), Verdict::Revoked { line: 2 });
        assert_eq!(verdict(&format!("@revoked other {A}\nsw1 {A}\n"), "sw1", 22, A), Verdict::Known);
        let (_folder, hosts) = file("@revoked sw1 rubbish\n");
        assert!(matches!(hosts.check("sw1", 22, &key(A)), Err(HostsError::Line { line: 1, .. })));
    }

    #[test]
    fn an_authority_is_no_host_key() {
        assert_eq!(verdict(&format!("@cert-authority * {A}\n"), "sw1", 22, A), Verdict::Unknown);
    }

    #[test]
    fn negations_and_wildcards_follow_openssh() {
        let text = format!("*.lab,!bad.lab {A}\n");
        assert_eq!(verdict(&text, "sw1.lab", 22, A), Verdict::Known);
        assert_eq!(verdict(&text, "bad.lab", 22, A), Verdict::Unknown);
        assert_eq!(verdict(&format!("!bad.lab,*.lab {A}\n"), "bad.lab", 22, A), Verdict::Unknown);
        assert_eq!(verdict(&format!("!bad.lab {A}\n"), "sw1.lab", 22, A), Verdict::Unknown);
        assert_eq!(verdict(&format!("[*.lab]:222? {A}\n"), "sw1.lab", 2221, A), Verdict::Known);
        // `[0-9]` is no character class here.
        assert_eq!(verdict(&format!("sw[0-9] {A}\n"), "sw1", 22, A), Verdict::Unknown);
        assert!(glob("a*b*c", "aXbYbc") && !glob("a*b*c", "aXbY") && glob("*", "") && !glob("?", ""));
    }

    #[test]
    fn a_hashed_name_is_found() {
        // Made by `ssh-keygen -H` from "[127.0.0.1]:2222".
        let text = format!("|1|MvohDD0sawUK1IpzHHYyklCIMD0=|omlaIgrzvfMAac+MsTpIOsHcABM= {A}\n");
        assert_eq!(verdict(&text, "127.0.0.1", 2222, A), Verdict::Known);
        assert_eq!(verdict(&text, "127.0.0.1", 2223, A), Verdict::Unknown);
    }

    #[test]
    fn adding_and_replacing_leave_the_rest_alone() {
        let (_folder, hosts) = file(&format!("# mine\nsw1,sw2 {A}\n@revoked sw1 {B}\nsw3 {A}"));
        hosts.add("sw4", 2222, &key(B)).unwrap();
        hosts.replace("sw1", 22, &key(C)).unwrap();
        let text = std::fs::read_to_string(hosts.path()).unwrap();
        assert_eq!(text, format!("# mine\nsw2 {A}\n@revoked sw1 {B}\nsw3 {A}\n[sw4]:2222 {B}\nsw1 {C}\n"));
        let (_folder, hosts) = file(&format!("sw* {A}\n"));
        assert!(matches!(hosts.replace("sw1", 22, &key(B)), Err(HostsError::Pattern { line: 1, .. })));
    }
}
