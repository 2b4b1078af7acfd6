//! The `allowed_signers` file, as `ssh-keygen(1)` describes it under ALLOWED SIGNERS.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use russh::keys::ssh_key::PublicKey;

use super::NAMESPACE;

/// Why an `allowed_signers` file is not used; fits "failed to read the signers: …".
#[derive(Debug, thiserror::Error)]
pub enum SignersError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is wrong. All of the file is then refused: a line left out could be one that matters.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Who may sign.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    path: String,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    line: usize,
    principals: Vec<String>,
    namespaces: Option<Vec<String>>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    key: PublicKey,
}

/// How a key stands for a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may sign plans.
    Allowed,
    /// No line has the key.
    UnknownKey,
    /// A line has the key, for these principals.
    OtherPrincipal(String),
    /// This line does not allow the namespace.
    Namespace(usize),
    /// This line's time is over, since then.
    Expired(usize, Timestamp),
    /// This line's time has not come, until then.
    NotYet(usize, Timestamp),
}

impl Signers {
    /// Reads the file; `shown` is the path for messages. Times without `Z` are in `zone`.
    ///
    /// # Errors
    /// When it cannot be read, or a line is wrong.
    pub fn load(path: &Path, shown: &str, zone: &TimeZone) -> Result<Self, SignersError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| SignersError::File { path: shown.to_owned(), source })?;
        Self::parse(&text, shown, zone)
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// When a line is wrong.
    pub fn parse(text: &str, shown: &str, zone: &TimeZone) -> Result<Self, SignersError> {
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line_text = line.trim();
            if line_text.is_empty() || line_text.starts_with('#') {
                continue;
            }
            let entry = entry(at + 1, line_text, zone).map_err(|reason| SignersError::Line {
                path: shown.to_owned(),
                line: at + 1,
                reason,
            })?;
            entries.push(entry);
        }
        Ok(Self { path: shown.to_owned(), entries })
    }

    /// The file, for messages.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How a key stands for a principal now. Any line that allows it is enough; else the last reason.
    #[must_use]
    pub fn standing(&self, principal: &str, key: &PublicKey, now: Timestamp) -> Standing {
        let mut standing = Standing::UnknownKey;
        for entry in self.entries.iter().filter(|entry| entry.key.key_data() == key.key_data()) {
            if !matches_list(principal, &entry.principals) {
                if matches!(standing, Standing::UnknownKey) {
                    standing = Standing::OtherPrincipal(entry.principals.join(","));
                }
                continue;
            }
            match entry.now(now) {
                Standing::Allowed => return Standing::Allowed,
                other => standing = other,
            }
        }
        standing
    }

    /// How many people can sign a plan at a time, and the lines that let nobody more do so then, each with the reason: a key
    /// counts once, and so does a person.
    #[must_use]
    pub(super) fn able(&self, now: Timestamp) -> (usize, Vec<(usize, String)>) {
        let (mut keys, mut people) = (BTreeMap::new(), BTreeMap::new());
        let (mut able, mut unable) = (0, Vec::new());
        let (sound, others): (Vec<&Entry>, Vec<&Entry>) =
            self.entries.iter().partition(|entry| entry.now(now) == Standing::Allowed);
        for entry in sound {
            // Behind a pattern may stand several, who need a key each.
            let pattern = |name: &String| name.contains(['*', '?']);
            let several = entry.principals.len() > 1 || entry.principals.iter().any(pattern);
            let key = *keys.entry(entry.key.key_data()).or_insert(entry.line);
            let person = *people.entry(&entry.principals).or_insert(entry.line);
            if key != entry.line {
                unable.push((entry.line, format!("the same key as in line {key}")));
            } else if person != entry.line && !several {
                unable.push((entry.line, format!("the same person as in line {person}")));
            } else {
                able += 1;
            }
        }
        // Whoever can sign by another line lacks nothing.
        let lacks =
            |entry: &&Entry| !keys.contains_key(entry.key.key_data()) && !people.contains_key(&entry.principals);
        for entry in others.into_iter().filter(lacks) {
            let why = match entry.now(now) {
                Standing::Expired(_, when) => format!("valid before {}", day(when)),
                Standing::NotYet(_, when) => format!("valid after {}", day(when)),
                _ => format!(
                    "for `{}`, and not for `{NAMESPACE}`",
                    entry.namespaces.as_deref().unwrap_or_default().join(",")
                ),
            };
            unable.push((entry.line, why));
        }
        unable.sort_unstable();
        (able, unable)
    }

    /// The one principal a key may sign plans for now: `None` when there is none, or only a pattern.
    #[must_use]
    pub fn principal(&self, key: &PublicKey, now: Timestamp) -> Option<&str> {
        let mut usable = self
            .entries
            .iter()
            .filter(|entry| entry.key.key_data() == key.key_data() && entry.now(now) == Standing::Allowed)
            .flat_map(|entry| &entry.principals)
            .filter(|principal| !principal.contains(['*', '?', '!']));
        usable.next().map(String::as_str)
    }
}

impl Entry {
    fn now(&self, now: Timestamp) -> Standing {
        if self.namespaces.as_ref().is_some_and(|list| !matches_list(NAMESPACE, list)) {
            return Standing::Namespace(self.line);
        }
        match (self.after, self.before) {
            (Some(after), _) if now < after => Standing::NotYet(self.line, after),
            (_, Some(before)) if now >= before => Standing::Expired(self.line, before),
            _ => Standing::Allowed,
        }
    }
}

fn day(when: Timestamp) -> jiff::civil::Date {
    when.to_zoned(TimeZone::UTC).date()
}

fn entry(line: usize, text: &str, zone: &TimeZone) -> Result<Entry, String> {
    if text.contains("PRIVATE KEY") {
        return Err("this is a private key: take it out, make a new one, and write its public half here".to_owned());
    }
    if text.split_whitespace().next().is_some_and(is_key_type) {
        return Err("the name of the signer is missing in front of the key".to_owned());
    }
    let (principals, rest) = word(text)?;
    let principals: Vec<String> = principals.replace('"', "").split(',').map(str::to_owned).collect();
    if principals.iter().any(String::is_empty) {
        return Err("an empty principal".to_owned());
    }
    let mut entry_options = Options::default();
    let (next, after) = word(rest)?;
    // Options stand between principals and key, and are left out by most: then this word is the key type.
    let key_text = if is_key_type(next) {
        rest
    } else {
        entry_options = options(next, zone)?;
        after
    };
    if entry_options.authority {
        return Err("cert-authority is not supported: name each signer's own key".to_owned());
    }
    let key = PublicKey::from_openssh(key_text.trim()).map_err(|error| format!("not a public key: {error}"))?;
    let Options { namespaces, after, before, .. } = entry_options;
    Ok(Entry { line, principals, namespaces, after, before, key })
}

fn is_key_type(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start)) && !word.contains(['=', ','])
}

#[derive(Default)]
struct Options {
    authority: bool,
    namespaces: Option<Vec<String>>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

fn options(text: &str, zone: &TimeZone) -> Result<Options, String> {
    let mut options = Options::default();
    for part in split_quoted(text) {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => {
                let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                (name, Some(inner.ok_or_else(|| format!("the value of `{name}` must stand in double quotes"))?))
            }
            None => (part, None),
        };
        match (name.to_ascii_lowercase().as_str(), value) {
            ("cert-authority", None) => options.authority = true,
            ("namespaces", Some(value)) => {
                options.namespaces = Some(value.split(',').map(str::to_owned).collect());
            }
            ("valid-after", Some(value)) => options.after = Some(moment(value, zone)?),
            ("valid-before", Some(value)) => options.before = Some(moment(value, zone)?),
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok(options)
}

/// `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`.
fn moment(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let bad = || format!("`{text}` is no time of the form YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z]");
    let (digits, zone) = text.strip_suffix(['Z', 'z']).map_or((text, zone.clone()), |cut| (cut, TimeZone::UTC));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 8 | 12 | 14) {
        return Err(bad());
    }
    let number = |from: usize, to: usize| -> i8 { digits.get(from..to).and_then(|n| n.parse().ok()).unwrap_or(0) };
    let year: i16 = digits.get(..4).and_then(|n| n.parse().ok()).ok_or_else(bad)?;
    let when = DateTime::new(year, number(4, 6), number(6, 8), number(8, 10), number(10, 12), number(12, 14), 0)
        .map_err(|_| bad())?;
    when.to_zoned(zone).map(|zoned| zoned.timestamp()).map_err(|_| bad())
}

/// The first word, quotes kept, and the rest.
fn word(text: &str) -> Result<(&str, &str), String> {
    let text = text.trim_start();
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => {
                return Ok((text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default()));
            }
            _ => {}
        }
    }
    Err(if quoted { "a quote is not closed" } else { "the line ends too early: principals, options, key" }.to_owned())
}

fn split_quoted(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|letter| {
        if letter == '"' {
            quoted = !quoted;
        }
        letter == ',' && !quoted
    })
    .collect()
}

/// OpenSSH's pattern lists: `*`, `?`, and `!` which denies whatever else matches.
fn matches_list(text: &str, patterns: &[String]) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(denied) if matches(text.as_bytes(), denied.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(text.as_bytes(), pattern.as_bytes()),
        }
    }
    found
}

fn matches(text: &[u8], pattern: &[u8]) -> bool {
    // One row of the usual table: linear memory, no recursion a long pattern could exhaust.
    let mut row: Vec<bool> = vec![false; text.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        let mut before = false;
        let mut reached = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = row.get(at).copied().unwrap_or(false);
            reached |= here;
            let same = at.checked_sub(1).and_then(|last| text.get(last));
            *slot = match symbol {
                b'*' => reached,
                b'?' => before,
                letter => before && same == Some(letter),
            };
            before = here;
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    fn parse(text: &str) -> Result<Signers, SignersError> {
        Signers::parse(text, "allowed_signers", &TimeZone::UTC)
    }

    fn standing(line: &str, principal: &str, now: &str) -> Standing {
        let key = PublicKey::from_openssh(KEY).unwrap();
        parse(line).unwrap().standing(principal, &key, now.parse().unwrap())
    }

    const NOW: &str = "2026-11-20T12:00:00Z";

    #[test]
    fn principals_are_patterns() {
        let line = format!("*@amal.example,!root@amal.example,it? {KEY} note of mine\n# comment\n\n");
        assert_eq!(standing(&line, "ida@amal.example", NOW), Standing::Allowed);
        assert_eq!(standing(&line, "it7", NOW), Standing::Allowed);
        assert!(matches!(standing(&line, "root@amal.example", NOW), Standing::OtherPrincipal(_)));
        assert!(matches!(standing(&line, "it77", NOW), Standing::OtherPrincipal(_)));
    }

    #[test]
    fn namespaces_and_times_hold() {
        let line =
            format!("a namespaces=\"file,samnet-*\",valid-after=\"20260101\",valid-before=\"202701011200Z\" {KEY}");
        assert_eq!(standing(&line, "a", NOW), Standing::Allowed);
        assert!(matches!(standing(&line, "a", "2027-01-01T12:00:00Z"), Standing::Expired(1, _)));
        assert!(matches!(standing(&line, "a", "2025-12-31T23:59:59Z"), Standing::NotYet(1, _)));
        assert_eq!(standing(&format!("a namespaces=\"git\" {KEY}"), "a", NOW), Standing::Namespace(1));
    }

    #[test]
    fn what_is_not_understood_refuses_the_whole_file() {
        for (line, says) in [
            (format!("a cert-authority {KEY}"), "cert-authority"),
            (KEY.to_owned(), "the name of the signer is missing"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(), "this is a private key"),
            (format!("a no-touch {KEY}"), "unknown option `no-touch`"),
            (format!("a valid-after=\"soon\" {KEY}"), "soon"),
            (format!("a namespaces=git {KEY}"), "double quotes"),
            ("a ssh-ed25519 AAAA".to_owned(), "not a public key"),
            (format!("\"a {KEY}"), "quote is not closed"),
            ("a".to_owned(), "ends too early"),
            (format!("a,,b {KEY}"), "empty principal"),
        ] {
            let error = parse(&format!("# first\n{line}\n")).unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("allowed_signers:2"), "{line}: {error}");
        }
    }

    #[test]
    fn a_key_finds_its_plain_principal() {
        let key = PublicKey::from_openssh(KEY).unwrap();
        let now = NOW.parse().unwrap();
        assert_eq!(parse(&format!("*@x,ida@x {KEY}")).unwrap().principal(&key, now), Some("ida@x"));
        assert_eq!(parse(&format!("*@x {KEY}")).unwrap().principal(&key, now), None);
    }
}
