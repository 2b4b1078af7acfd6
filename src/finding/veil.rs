//! What must not be shown: the places where a secret itself stands in YAML.

use std::ops::Range;

use super::fix::splice;
use super::{Finding, codes};
use crate::source::{FileId, Sources, Span};

/// What stands in place of a secret.
const MASK: &str = "⟪secret⟫";

/// The places of secrets among some findings. Whoever shows lines of a file asks it first: another finding
/// may point at the same line.
#[derive(Clone, Debug, Default)]
pub struct Veil {
    spans: Vec<Span>,
}

impl Veil {
    /// The veil over every secret that the findings point at.
    #[must_use]
    pub fn over(findings: &[Finding]) -> Self {
        let secret = |finding: &&Finding| finding.code == codes::SECRET_VALUE;
        Self { spans: findings.iter().filter(secret).filter_map(|finding| finding.span).collect() }
    }

    /// Whether a secret stands in some bytes of a file.
    #[must_use]
    pub fn hides(&self, file: FileId, bytes: &Range<usize>) -> bool {
        !self.within(file, bytes.clone()).is_empty()
    }

    /// Edits that mask the secrets of a file, for texts that are shown and never stored in its place.
    pub fn masks(&self, file: FileId) -> Vec<(Range<usize>, &'static str)> {
        self.within(file, 0..usize::MAX).into_iter().map(|range| (range, MASK)).collect()
    }

    /// The line a place begins on, trimmed and without secrets; empty for a whole file.
    #[must_use]
    pub fn line(&self, sources: &Sources, span: Span) -> String {
        let line = sources.place(span).line;
        let Some(start) = sources.line_start(span.file, line) else { return String::new() };
        let whole = sources.text(span.file);
        let end = sources.line_start(span.file, line + 1).unwrap_or(whole.len());
        let Some(text) = whole.get(start..end) else { return String::new() };
        let masks = self
            .within(span.file, start..end)
            .into_iter()
            .map(|range| (range.start.max(start) - start..range.end.min(end) - start, MASK));
        splice(text, masks).unwrap_or_default().trim().to_owned()
    }

    fn within(&self, file: FileId, bytes: Range<usize>) -> Vec<Range<usize>> {
        let mut ranges: Vec<_> = self
            .spans
            .iter()
            .filter(|span| span.file == file)
            .map(|span| span.range())
            .filter(|range| range.start < bytes.end && bytes.start < range.end)
            .collect();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|next, kept| {
            let overlaps = next.start < kept.end;
            kept.end = if overlaps { kept.end.max(next.end) } else { kept.end };
            overlaps
        });
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_from_whoever_shows_its_line() {
        let mut sources = Sources::new();
        let text = "secrets:\n  radius: hemligt123 # old\n  snmp: env:SNMP\n";
        let file = sources.add("inventory/network.yaml", text);
        let at = text.find("hemligt").unwrap();
        let secret = Finding::error(codes::SECRET_VALUE, "a secret").at(Span::new(file, at..at + 10));
        let veil = Veil::over(&[secret.clone(), secret]);
        assert!(veil.hides(file, &(0..text.len())) && !veil.hides(file, &(0..at)));
        assert_eq!(veil.line(&sources, Span::new(file, at + 13..at + 15)), "radius: ⟪secret⟫ # old");
        assert_eq!(veil.line(&sources, Span::new(file, text.len() - 3..text.len())), "snmp: env:SNMP");
        assert_eq!(veil.line(&sources, Span::file(file)), "");
        assert_eq!(veil.masks(file).len(), 1);
    }
}
