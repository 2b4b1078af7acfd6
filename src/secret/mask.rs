//! Masks: keyed fingerprints in place of secrets, wherever text is shown or stored.

use std::collections::BTreeMap;
use std::ops::Range;

use secrecy::{ExposeSecret as _, SecretString};

use super::{CLOSE, FingerprintKey, OPEN};
use crate::config::Sections;
use crate::platform::rules::SecretPosition;
use crate::platform::{Family, Platform};
use crate::value::Text;

/// Shortest known value that is also looked for outside the platform's secret positions; a shorter
/// one would hit ordinary words.
const SHORTEST_KNOWN: usize = 6;

/// Stands for what a device shows anew at every reading.
const SEALED: &str = "sealed";

/// Stands for a secret where there is no key.
const HIDDEN: &str = "secret";

/// Finds secrets in one platform's text, by position and by value.
#[derive(Clone)]
pub struct Masker {
    positions: Vec<SecretPosition>,
    /// The family, where a position depends on the sections around it.
    sections: Option<Family>,
    known: Vec<SecretString>,
    key: FingerprintKey,
    /// A value in quotes may go on in the next lines.
    quoted: bool,
}

/// A secret in a text.
struct Place {
    range: Range<usize>,
    /// It says nothing: the device will show something else next time.
    fresh: bool,
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let patterns: Vec<&str> = self.positions.iter().map(|position| position.pattern.as_str()).collect();
        f.debug_struct("Masker").field("patterns", &patterns).field("key", &self.key).finish_non_exhaustive()
    }
}

impl Masker {
    /// A masker for a platform's secret positions.
    #[must_use]
    pub fn new(platform: &Platform, key: FingerprintKey) -> Self {
        Self::of(platform.rules.secrets.clone(), platform.family, key)
    }

    fn of(positions: Vec<SecretPosition>, family: Family, key: FingerprintKey) -> Self {
        // Following sections costs something, and hardly a position asks for it.
        let sections = positions.iter().any(|position| !position.below.is_empty()).then_some(family);
        Self { positions, sections, known: Vec::new(), key, quoted: !matches!(family, Family::Indent | Family::Nft) }
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
        self.masked(text, None, |place, secret| self.mark(place, secret, false))
    }

    /// The same for a line, or a block of lines, whose sections are known, outermost first.
    #[must_use]
    pub fn mask_below(&self, path: &[Text], text: &str) -> String {
        self.masked(text, Some(path), |place, secret| self.mark(place, secret, false))
    }

    /// The same for headers of sections, outermost first.
    #[must_use]
    pub fn mask_path(&self, path: &[Text]) -> Vec<Text> {
        let above = |at: usize| path.get(..at).unwrap_or_default();
        path.iter().enumerate().map(|(at, header)| self.mask_below(above(at), header).into()).collect()
    }

    /// The same, and what a device shows anew at every reading replaced by one word for all: the text stays equal
    /// from reading to reading, and can be filled in no more.
    #[must_use]
    pub fn steady(&self, text: &str) -> String {
        self.masked(text, None, |place, secret| self.mark(place, secret, true))
    }

    /// The text with every secret replaced by one word, where there is no key to make masks with.
    #[must_use]
    pub fn hide(platform: &Platform, text: &str) -> String {
        let masker = Self::new(platform, FingerprintKey::from_bytes([0; 32]));
        masker.masked(text, None, |_, _| HIDDEN.to_owned())
    }

    fn mark(&self, place: &Place, secret: &str, steady: bool) -> String {
        if steady && place.fresh { SEALED.to_owned() } else { self.key.fingerprint(secret) }
    }

    fn masked(&self, text: &str, path: Option<&[Text]>, mark: impl Fn(&Place, &str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for place in self.places(text, path) {
            out.push_str(text.get(at..place.range.start).unwrap_or_default());
            out.push(OPEN);
            out.push_str(&mark(&place, text.get(place.range.clone()).unwrap_or_default()));
            out.push(CLOSE);
            at = place.range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// Every secret in the text by its fingerprint.
    #[must_use]
    pub fn values(&self, text: &str) -> BTreeMap<String, SecretString> {
        let secrets = self.places(text, None).into_iter().filter_map(|place| text.get(place.range));
        secrets.map(|secret| (self.key.fingerprint(secret), SecretString::from(secret))).collect()
    }

    /// The key that makes the fingerprints.
    #[must_use]
    pub const fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// Where secrets stand: sorted, without overlap.
    fn places(&self, text: &str, path: Option<&[Text]>) -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        let mut at = 0;
        let given: Option<Vec<&str>> = path.map(|path| path.iter().map(Text::as_str).collect());
        // One line says nothing about where it was taken from.
        let several = path.is_none() && text.trim_end().contains('\n');
        let mut sections = self.sections.filter(|_| several).map(Sections::new);
        for line in text.split_inclusive('\n') {
            if let Some(sections) = &mut sections {
                sections.reach(line);
            }
            let followed = sections.as_ref().and_then(Sections::above);
            self.on_line(text, at, line, given.as_deref().or(followed.as_deref()), &mut found);
            if let Some(sections) = &mut sections {
                sections.pass(line);
            }
            at += line.len();
        }
        found.retain(|place| {
            let inside = text.get(place.range.clone()).unwrap_or_default();
            !inside.is_empty() && !is_marked(inside)
        });
        // The first position that knows a place says what it is.
        found.sort_by_key(|place| (place.range.start, place.range.end));
        let mut merged: Vec<Place> = Vec::new();
        for place in found {
            match merged.last_mut() {
                Some(last) if place.range.start < last.range.end => {
                    last.range.end = last.range.end.max(place.range.end);
                    last.fresh &= place.fresh;
                }
                _ => merged.push(place),
            }
        }
        merged
    }

    fn on_line(&self, text: &str, start: usize, line: &str, above: Option<&[&str]>, found: &mut Vec<Place>) {
        // Patterns describe a line without its indentation and line end.
        let inner = line.trim();
        let begin = start + line.len() - line.trim_start().len();
        for position in self.positions.iter().filter(|position| position.counts(above)) {
            // Asking whether costs much less than asking where.
            if !position.pattern.is_match(inner) {
                continue;
            }
            for captures in position.pattern.captures_iter(inner) {
                let Some(group) = captures.name("secret") else { continue };
                let mut range = trim(text, begin + group.start()..begin + group.end());
                if self.quoted {
                    range = whole(text, range, start + line.len());
                }
                let typed = captures.name("type").is_some_and(|word| !matches!(word.as_str(), "plaintext" | "0"));
                found.push(Place { range, fresh: position.fresh && typed });
            }
        }
        for value in &self.known {
            let value = value.expose_secret();
            for (at, _) in line.match_indices(value) {
                let range = at..at + value.len();
                if whole_word(line, &range) {
                    found.push(Place { range: start + range.start..start + range.end, fresh: false });
                }
            }
        }
    }
}

/// The whole of a value that begins with a quote, or behind one, and goes on after its line; where the quote is never
/// closed, the rest of the text.
fn whole(text: &str, range: Range<usize>, line_end: usize) -> Range<usize> {
    let is_quote = |c: char| matches!(c, '"' | '\'');
    let first = text.get(range.start..).and_then(|rest| rest.chars().next()).filter(|c| is_quote(*c));
    let before = text.get(..range.start).and_then(|head| head.chars().next_back()).filter(|c| is_quote(*c));
    let (quote, start) = match (first, before) {
        (Some(quote), _) => (quote, range.start + 1),
        (None, Some(quote)) => (quote, range.start),
        (None, None) => return range,
    };
    let mut escaped = false;
    let closing = text.get(start..).and_then(|rest| {
        let closes = |(_, c): &(usize, char)| {
            let closes = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        };
        rest.char_indices().find(closes).map(|(at, _)| start + at)
    });
    match closing {
        Some(end) if end < line_end => range,
        Some(end) => start..end,
        None => start..text.trim_end().len().max(range.end),
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
    inner.is_some_and(|inner| inner == SEALED || inner.starts_with("secret:") || is_fingerprint(inner))
}

/// The fingerprint of a text that is one mask and nothing else.
pub(super) fn inside(text: &str) -> Option<&str> {
    text.strip_prefix(OPEN)?.strip_suffix(CLOSE).filter(|inner| is_fingerprint(inner))
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
        of(&patterns.map(|pattern| serde_json::json!({ "pattern": pattern })), Family::Indent)
    }

    fn of(positions: &[serde_json::Value], family: Family) -> Masker {
        let read = |position: &serde_json::Value| serde_json::from_value(position.clone()).unwrap();
        Masker::of(positions.iter().map(read).collect(), family, FingerprintKey::from_bytes([7; 32]))
    }

    #[test]
    fn a_position_may_count_in_some_sections_only() {
        let below = "config system snmp community > edit ~";
        let position = serde_json::json!({ "pattern": "^set name (?<secret>.+)$", "below": [below] });
        let masker = of(&[position], Family::Edit);
        let text = "config system snmp community\n edit 1\n  set name hemlig\n  config hosts\n   edit 1\n    set name a\n   next\n  end\n  set name dold\n next\nend\nconfig firewall policy\n edit 1\n  set name synlig\n next\nend\n";
        let shown = masker.mask(text);
        assert!(!shown.contains("hemlig") && !shown.contains("dold"), "{shown}");
        assert!(shown.contains("set name synlig") && shown.contains("set name a\n"), "{shown}");
        assert_eq!(super::super::fill(&shown, &masker.values(text)).unwrap(), text);
        let path = |headers: &[&str]| headers.iter().copied().map(Text::from).collect::<Vec<_>>();
        let line = "set name hemlig";
        let community = path(&["config vdom", "edit root", "config system snmp community", "edit \"a b\""]);
        assert!(!masker.mask_below(&community, line).contains("hemlig"));
        assert_eq!(masker.mask_below(&path(&["config firewall policy", "edit 1"]), line), line);
        // Nobody knows where these stood.
        assert!(!masker.mask(line).contains("hemlig"));
        assert!(!masker.mask(" edit 1\n  set name hemlig\n").contains("hemlig"));
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
    fn a_value_in_quotes_is_hidden_to_its_end() {
        let mut masker = masker();
        let text = "set secret \"-----BEGIN\nkanarie\\\"1\n-----END\"\nset x 1\n";
        assert!(masker.mask(text).contains("kanarie"));
        masker.quoted = true;
        let shown = masker.mask(text);
        assert!(!shown.contains("kanarie") && shown.ends_with("⟫\"\nset x 1\n"), "{shown}");
        assert_eq!(super::super::fill(&shown, &masker.values(text)).unwrap(), text);
        assert_eq!(masker.mask(&shown), shown);
        let open = masker.mask("set secret \"one\nkanarie two\n");
        assert!(!open.contains("kanarie"), "{open}");
    }

    #[test]
    fn debug_shows_no_known_value() {
        let shown = format!("{:?}", masker().knowing([SecretString::from("kanarie")]));
        assert!(!shown.contains("kanarie"));
    }
}
