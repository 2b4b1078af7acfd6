//! Regular expressions of platform data: checked when the file is read, compiled when first asked.
//!
//! Four platforms hold hundreds of them. To compile each takes about a tenth of a second and 40 MB, and most
//! commands use a few.

use std::ops::{Deref, RangeInclusive};
use std::sync::{Arc, OnceLock};

use regex::{Captures, Regex, RegexBuilder};
use regex_syntax::hir::literal::{Extractor, Literal};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Deserializer, de::Error as _};

/// A regular expression that is known to be legal.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    /// How every match begins; worked out when first asked.
    look: OnceLock<Start>,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// Checks an expression.
    ///
    /// # Errors
    /// When it is no regular expression, or would take too much memory.
    pub fn new(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        let failed = |error: &dyn std::fmt::Display| format!("not a regular expression: {error}");
        let compiled = OnceLock::new();
        let parsed = regex_syntax::Parser::new().parse(&text).map_err(|error| failed(&error))?;
        if size(&parsed) > MOST {
            let regex = Regex::new(&text).map_err(|error| failed(&error))?;
            compiled.get_or_init(|| regex);
        }
        Ok(Self(Arc::new(Inner { text, look: OnceLock::new(), compiled })))
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether there is a match.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.may(text) && Regex::is_match(self, text)
    }

    /// The first match with its groups.
    #[must_use]
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        if self.may(text) { Regex::captures(self, text) } else { None }
    }

    /// What a match may begin with; `None` where that may be anything.
    pub(super) fn begins(&self) -> Option<impl Iterator<Item = u8>> {
        let Start { anchored, first, .. } = self.look();
        anchored.then(|| (0..=u8::MAX).filter(|byte| first.holds(*byte)))
    }

    /// A look at the first bytes: most lines match most expressions not at all.
    fn may(&self, text: &str) -> bool {
        let Start { anchored, first, literals } = self.look();
        let text = text.as_bytes();
        // The first byte alone decides nearly always.
        !anchored
            || (text.first().is_some_and(|byte| first.holds(*byte))
                && (literals.is_empty() || literals.iter().any(|literal| text.starts_with(literal))))
    }

    fn look(&self) -> &Start {
        // It was parsed before, and can be.
        let parsed = || regex_syntax::Parser::new().parse(&self.0.text).ok();
        self.0.look.get_or_init(|| parsed().map(|parsed| Start::of(&parsed)).unwrap_or_default())
    }
}

/// How every match of an expression begins.
#[derive(Debug, Default)]
struct Start {
    /// Whether it begins where the text begins, with something: nothing else here means anything otherwise.
    anchored: bool,
    first: Bytes,
    /// What it begins with, where these are few; empty otherwise.
    literals: Vec<Box<[u8]>>,
}

impl Start {
    fn of(parsed: &Hir) -> Self {
        let mut first = Bytes::default();
        let anchored = parsed.properties().look_set_prefix().contains(Look::Start) && !first.begin(parsed);
        let prefixes = Extractor::new().extract(parsed);
        let literals = prefixes.literals().filter(|_| anchored).unwrap_or_default();
        let whole = !literals.iter().any(Literal::is_empty);
        let literals = literals.iter().filter(|_| whole).map(|literal| literal.as_bytes().into()).collect();
        Self { anchored, first, literals }
    }
}

/// Some of all bytes.
#[derive(Debug, Default)]
struct Bytes([u64; 4]);

impl Bytes {
    fn holds(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte / 64)).is_some_and(|part| part & (1 << (byte % 64)) != 0)
    }

    fn add(&mut self, bytes: RangeInclusive<u8>) {
        for byte in bytes {
            if let Some(part) = self.0.get_mut(usize::from(byte / 64)) {
                *part |= 1 << (byte % 64);
            }
        }
    }

    /// Adds what a match may begin with; whether it may also be empty, so that what follows counts too.
    fn begin(&mut self, part: &Hir) -> bool {
        match part.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => literal.0.first().inspect(|byte| self.add(**byte..=**byte)).is_none(),
            HirKind::Class(Class::Unicode(class)) => {
                for range in class.ranges() {
                    self.add(lead(range.start())..=lead(range.end()));
                }
                false
            }
            HirKind::Class(Class::Bytes(class)) => {
                for range in class.ranges() {
                    self.add(range.start()..=range.end());
                }
                false
            }
            HirKind::Repetition(repeated) => self.begin(&repeated.sub) || repeated.min == 0,
            HirKind::Capture(capture) => self.begin(&capture.sub),
            HirKind::Concat(parts) => parts.iter().all(|part| self.begin(part)),
            // Every part is looked at.
            HirKind::Alternation(parts) => parts.iter().filter(|part| self.begin(part)).count() > 0,
        }
    }
}

/// The first byte of a character in UTF-8; a later character has the same or a later one.
fn lead(c: char) -> u8 {
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes);
    let [first, ..] = bytes;
    first
}

impl Deref for Pattern {
    type Target = Regex;

    #[expect(clippy::expect_used, reason = "the syntax was checked, and a small one needs no limit")]
    fn deref(&self) -> &Regex {
        let compile = || RegexBuilder::new(&self.0.text).size_limit(usize::MAX).build().expect("a checked pattern");
        self.0.compiled.get_or_init(compile)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Size up to which an expression may be compiled without asking how much memory it takes: ten megabytes or so.
const MOST: usize = 100_000;

/// How large an expression is, in ranges of characters; a repetition counts as often as it is counted.
fn size(part: &Hir) -> usize {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Repetition(repeated) => {
            let most = repeated.max.unwrap_or(repeated.min).max(1);
            size(&repeated.sub).saturating_mul(usize::try_from(most).unwrap_or(usize::MAX))
        }
        HirKind::Capture(capture) => size(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(size).fold(0, usize::saturating_add),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_when_it_is_read() {
        for wrong in ["(", "[z-a]", r"\p{Nothing}", "(?=x)", r"(\w{100}){100}", r"((\w{20}){20}){20}"] {
            assert!(Pattern::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_look_at_the_first_bytes_rules_out_only_what_cannot_match() {
        let starts = |text: &str| Pattern::new(text).unwrap().look().literals.len();
        assert_eq!((starts("^vlan (.*)$"), starts("vlan"), starts("^(?:a|b)c"), starts("^a*")), (1, 0, 2, 0));
        let either = Pattern::new("^interface (?:Gi|Te)").unwrap();
        assert!(
            either.is_match("interface Te1") && !either.is_match("interface Po1") && !either.is_match(" interface")
        );
        // Either side of the choice may be free.
        assert!(Pattern::new("^a|b").unwrap().is_match("xb"));
        assert!(Pattern::new("(?i)^vlan").unwrap().is_match("VLAN 1"));
        let may = |text: &str, line: &str| Pattern::new(text).unwrap().may(line);
        assert!(may(r"^ *\d", " 1") && may(r"^ *\d", "1") && !may(r"^ *\d", "a") && !may(r"^ *\d", ""));
        assert!(may(r"^\w+#", "Åmål#") && !may(r"^\w+#", "-#") && may("^a?", "b") && may("^(?:|x)y?$", ""));
        assert!(may(r"^[^\w]*$", "") && may(r"^(?:a|\s*)b", "b") && !may(r"^(?:a|\s*)b", "c"));
        assert!(may(r"(?m)^x", "y\nx") && may(r"^\bx", "x"));
    }

    #[test]
    fn a_pattern_is_compiled_when_it_is_first_asked() {
        let pattern = Pattern::new(r"^vlan \d{1,4}$").unwrap();
        let same = pattern.clone();
        assert!(pattern.0.compiled.get().is_none());
        assert!(pattern.is_match("vlan 20") && !pattern.is_match("vlan x"));
        assert!(same.0.compiled.get().is_some());
    }
}
