//! Text people wrote, made safe to stand on one line of a configuration.

use crate::finding::{Finding, codes};
use crate::source::{Sp, Span};

/// Cleans text and remembers what was wrong with it.
#[derive(Debug, Default)]
pub(super) struct Cleaner {
    pub(super) findings: Vec<Finding>,
}

impl Cleaner {
    /// The text on one line: whatever could break out of it becomes a space, runs of spaces become one.
    pub(super) fn line(&mut self, text: &str, span: Span) -> String {
        if text.chars().any(breaks) {
            self.findings.push(
                Finding::warning(
                    codes::CONTROL_CHARACTER,
                    "text that goes into a configuration holds a line break or a control character",
                )
                .at_saying(span, "written as a space")
                .help("write it on one line; nothing here can add lines to a device's configuration"),
            );
        }
        let plain: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The same for a value with its place.
    pub(super) fn sp(&mut self, text: &Sp<impl AsRef<str>>) -> String {
        self.line(text.value.as_ref(), text.span)
    }

    /// Text that may have lines of its own, such as a banner.
    pub(super) fn lines(&mut self, text: &Sp<String>) -> Vec<String> {
        text.value.trim_end().lines().map(|line| self.line(line, text.span)).collect()
    }
}

/// Whether a character may not stand inside a line: control characters, line and paragraph separators,
/// marks that change the direction of writing, and private use, which carries places while rendering.
fn breaks(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || private(c)
}

/// Whether a character is in a private-use area.
pub(super) fn private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_line() {
        let mut cleaner = Cleaner::default();
        let bad = "Hall\n shutdown\r\n\u{2028}x\u{e000}7\u{e001}\u{202e}y\u{0}";
        assert_eq!(cleaner.line(bad, Span::default()), "Hall shutdown x 7 y");
        assert_eq!(cleaner.findings.len(), 1);
        assert_eq!(cleaner.line("Vårdlarm  och medicinskåp ", Span::default()), "Vårdlarm och medicinskåp");
        assert_eq!(cleaner.findings.len(), 1);
    }

    #[test]
    fn a_banner_keeps_its_lines() {
        let mut cleaner = Cleaner::default();
        let banner = Sp::new("Ett\nTvå\n\n".to_owned(), Span::default());
        assert_eq!(cleaner.lines(&banner), ["Ett", "Två"]);
        assert!(cleaner.findings.is_empty());
    }
}
