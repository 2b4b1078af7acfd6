//! Regular expressions of platform data: checked when the file is read, compiled when first asked.
//!
//! Four platforms hold hundreds of them. To compile each takes about a tenth of a second and 40 MB, and most
//! commands use a few.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Deserializer, de::Error as _};

/// A regular expression that is known to be legal.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
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
        Ok(Self(Arc::new(Inner { text, compiled })))
    }
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
    fn a_pattern_is_compiled_when_it_is_first_asked() {
        let pattern = Pattern::new(r"^vlan \d{1,4}$").unwrap();
        let same = pattern.clone();
        assert!(pattern.0.compiled.get().is_none());
        assert!(pattern.is_match("vlan 20") && !pattern.is_match("vlan x"));
        assert!(same.0.compiled.get().is_some());
    }
}
