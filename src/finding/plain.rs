//! Text from files made harmless for whoever shows it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text on one line without anything a terminal would obey: line breaks, control characters and marks that
/// turn the reading direction are spelled out (`\n`, `\u{1b}`), tabs become spaces.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // Writing to a string cannot fail.
            c if odd(c) => drop(write!(out, "{}", c.escape_unicode())),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// C0, delete and C1; line and paragraph separators; bidirectional controls (as in CVE-2021-42574).
fn odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        assert_eq!(plain("Åmål \"x\" :: % 🦀"), "Åmål \"x\" :: % 🦀");
        assert_eq!(plain("a\u{1b}[31m\nb\r\tc\u{9b}\u{202e}"), "a\\u{1b}[31m\\nb\\r c\\u{9b}\\u{202e}");
    }
}
