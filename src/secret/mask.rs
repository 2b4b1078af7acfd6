//! Masks: keyed fingerprints in place of secrets, wherever text is shown or stored.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;
use secrecy::{ExposeSecret as _, SecretString};

use super::{CLOSE, FingerprintKey, OPEN};
use crate::platform::Platform;

/// Shortest known value that is also looked for outside the platform's secret positions; a shorter
/// one would hit ordinary words.
const SHORTEST_KNOWN: usize = 6;

/// Finds secrets in one platform's text, by position and by value.
#[derive(Clone)]
pub struct Masker {
    patterns: Vec<Regex>,
    known: Vec<SecretString>,
    key: FingerprintKey,
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker").field("patterns", &self.patterns).field("key", &self.key).finish_non_exhaustive()
    }
}

impl Masker {
    /// A masker for a platform's secret positions.
    #[must_use]
    pub fn new(platform: &Platform, key: FingerprintKey) -> Self {
        Self::from_patterns(platform.rules.secrets.iter().map(|position| Regex::clone(&position.pattern)), key)
    }

    /// A masker for patterns whose group `secret` is the secret. They are tried on one line at a time.
    #[must_use]
    pub fn from_patterns(patterns: impl IntoIterator<Item = Regex>, key: FingerprintKey) -> Self {
        Self { patterns: patterns.into_iter().collect(), known: Vec::new(), key }
    }

    /// Also hides these values wherever they stand as a whole word: a template may put a secret where
    /// the platform's data does not expect one.
    #[must_use]
    pub fn knowing(mut self, values: impl IntoIterator<Item = SecretString>) -> Self {
        self.known.extend(values.into_iter().filter(|value| value.expose_secret().len() >= SHORTEST_KNOWN));
        self
    }

    /// The text with every secret replaced by its mask. Masks and `⟪secret:…⟫` stay as they are.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let mut at = 0;
            for range in self.places(line) {
                out.push_str(line.get(at..range.start).unwrap_or_default());
                out.push(OPEN);
                out.push_str(&self.key.fingerprint(line.get(range.clone()).unwrap_or_default()));
                out.push(CLOSE);
                at = range.end;
            }
            out.push_str(line.get(at..).unwrap_or_default());
        }
        out
    }

    /// Every secret in the text by its fingerprint.
    #[must_use]
    pub fn values(&self, text: &str) -> BTreeMap<String, SecretString> {
        let mut values = BTreeMap::new();
        for line in text.lines() {
            for range in self.places(line) {
                let secret = line.get(range).unwrap_or_default();
                values.insert(self.key.fingerprint(secret), SecretString::from(secret));
            }
        }
        values
    }

    /// The key that makes the fingerprints.
    #[must_use]
    pub const fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// Where secrets stand on a line: sorted, without overlap.
    fn places(&self, line: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        // Patterns describe a line without its indentation and line end.
        let start = line.len() - line.trim_start().len();
        let inner = line.trim();
        for pattern in &self.patterns {
            for captures in pattern.captures_iter(inner) {
                if let Some(group) = captures.name("secret") {
                    found.push(trim(line, start + group.start()..start + group.end()));
                }
            }
        }
        for value in &self.known {
            let value = value.expose_secret();
            for (start, _) in line.match_indices(value) {
                let range = start..start + value.len();
                if whole_word(line, &range) {
                    found.push(range);
                }
            }
        }
        found.retain(|range| !range.is_empty() && !is_marked(line.get(range.clone()).unwrap_or_default()));
        found.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

/// Drops quotes and line ends that a generous pattern took along, so that `'x'` and `x` are one secret.
fn trim(line: &str, range: Range<usize>) -> Range<usize> {
    let text = line.get(range.clone()).unwrap_or_default();
    let text_end = text.trim_end_matches(['\r', '\n', ' ']);
    let mut inner = range.start..range.start + text_end.len();
    for quote in ['\'', '"'] {
        if text_end.len() >= 2 && text_end.starts_with(quote) && text_end.ends_with(quote) {
            inner = inner.start + 1..inner.end - 1;
            break;
        }
    }
    inner
}

fn whole_word(line: &str, range: &Range<usize>) -> bool {
    let before = line.get(..range.start).and_then(|text| text.chars().next_back());
    let after = line.get(range.end..).and_then(|text| text.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// Whether this is one placeholder or mask and nothing else.
fn is_marked(text: &str) -> bool {
    let inner = text.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE));
    inner.is_some_and(|inner| inner.starts_with("secret:") || is_fingerprint(inner))
}

/// Whether the inside of a mask is a fingerprint.
pub(super) fn is_fingerprint(inner: &str) -> bool {
    inner.len() == 16 && inner.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masker() -> Masker {
        let patterns = [r"key \d (?<secret>\S+)", r"option key (?<secret>'[^']*'|\S+)", r"secret (?<secret>.+)$"];
        Masker::from_patterns(patterns.map(|pattern| Regex::new(pattern).unwrap()), FingerprintKey::from_bytes([7; 32]))
    }

    #[test]
    fn a_secret_position_is_masked_and_comes_back() {
        let masker = masker();
        let text = "radius\n key 7 hemlig1\n!\n\toption key 'med mellanslag'\n";
        let shown = masker.mask(text);
        assert!(!shown.contains("hemlig1") && !shown.contains("mellanslag"), "{shown}");
        assert!(shown.contains("option key '⟪") && shown.contains("⟫'"), "{shown}");
        let values = masker.values(text);
        assert_eq!(values.len(), 2);
        assert_eq!(super::super::fill(&shown, &values).unwrap(), text);
        assert_eq!(masker.mask(&shown), shown, "masking twice changes nothing");
    }

    #[test]
    fn a_placeholder_stays_readable() {
        let text = " key 0 ⟪secret:radius⟫\n secret ⟪secret:admin⟫\n";
        assert_eq!(masker().mask(text), text);
    }

    #[test]
    fn the_same_secret_has_the_same_mask_with_and_without_quotes() {
        let masker = masker();
        let bare = masker.mask("option key abcdef");
        let quoted = masker.mask("option key 'abcdef'");
        assert_eq!(bare.replace("option key ", ""), quoted.replace("option key ", "").replace('\'', ""));
    }

    #[test]
    fn a_known_value_is_hidden_anywhere_but_not_inside_a_word() {
        let masker = masker().knowing([SecretString::from("kanarie"), SecretString::from("ab")]);
        let shown = masker.mask("description kanarie ab\nkanariefågel\n");
        assert!(!shown.contains("description kanarie"), "{shown}");
        assert!(shown.contains(" ab\nkanariefågel"), "{shown}");
    }

    #[test]
    fn debug_shows_no_known_value() {
        let shown = format!("{:?}", masker().knowing([SecretString::from("kanarie")]));
        assert!(!shown.contains("kanarie"));
    }
}
