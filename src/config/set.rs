//! `set` and `delete` lines: one statement each, with the whole path in it.

use super::words::closing;
use super::{Syntax, Tree, braces};

/// What a line begins with that is a command of its own.
const VERBS: [&str; 12] = [
    "set",
    "delete",
    "deactivate",
    "activate",
    "insert",
    "move",
    "rename",
    "copy",
    "protect",
    "unprotect",
    "annotate",
    "replace",
];

/// Reads a text of commands; what stands in braces between them is read as well.
pub(super) fn parse(syntax: &Syntax, text: &str) -> Tree {
    braces::parse(syntax, text)
}

/// Whether a text begins with a command.
pub(super) fn is_command(text: &str) -> bool {
    let end = text.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(text.len());
    let (verb, rest) = text.split_at(end);
    rest.starts_with([' ', '\t']) && VERBS.contains(&verb)
}

/// Where the command at the beginning of a text ends, its line end left out.
pub(super) fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let line_end =
        |from: usize| text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| from + length);
    let mut end = line_end(0);
    let mut at = 0;
    while at < end {
        let byte = bytes.get(at).copied().unwrap_or_default();
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if matches!(byte, b'"' | b'\'')
            && let Some(close) = quoted(text, at, end, byte)
        {
            at = close;
            end = end.max(line_end(close));
            continue;
        }
        while at < end && !bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
    }
    end
}

/// Behind the quote that closes the one at a place, on this line or on those below, up to the next command.
fn quoted(text: &str, at: usize, line_end: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    if let Some(close) = closing(bytes, at + 1, line_end, quote) {
        return Some(close);
    }
    let mut from = line_end;
    loop {
        let rest = text.get(from..)?.strip_prefix('\n')?;
        if is_command(rest) {
            return None;
        }
        from += 1;
        let length = rest.find('\n').unwrap_or(rest.len());
        if let Some(close) = closing(bytes, from, from + length, quote) {
            return Some(close);
        }
        from += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_may_hold_line_ends() {
        let text = "set a \"one\n\ntwo\" x\nset b 'c\nset d\n";
        assert_eq!(length(text), 18);
        assert_eq!(length(text.get(19..).unwrap()), 8);
        assert!(is_command("set a") && !is_command("settings a") && !is_command("set") && !is_command("set{"));
    }
}
