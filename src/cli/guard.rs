//! What reaches a terminal: text and colour, and nothing else that it would obey.
//!
//! A description on a device, a name in a pull request or a refusal in a plan may hold escape sequences that move the
//! cursor, rename the window or hide a line. What goes into a file or a pipe is left as it is: `read` is lossless.

use std::io::{self, Write};

use crate::finding::plain;

/// Longest sequence waited for; colours are shorter.
const LONGEST: usize = 32;

/// A stream that spells out what a terminal would obey, except line breaks, tabs and colours.
pub struct Guard<W> {
    inner: W,
    watched: bool,
    /// The beginning of a character or sequence whose rest has not been written yet.
    begun: Vec<u8>,
}

impl<W: Write> Guard<W> {
    pub(super) const fn new(inner: W, watched: bool) -> Self {
        Self { inner, watched, begun: Vec::new() }
    }

    /// Whether a terminal shows it.
    pub(super) const fn is_watched(&self) -> bool {
        self.watched
    }

    /// The stream itself.
    pub(super) const fn inner(&self) -> &W {
        &self.inner
    }

    /// Writes all of `bytes` that is complete, and keeps the rest.
    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut pending = std::mem::take(&mut self.begun);
        pending.extend_from_slice(bytes);
        let mut rest = pending.as_slice();
        while let Some((&first, after)) = rest.split_first() {
            if matches!(first, b' '..=b'~' | b'\n' | b'\t') {
                let run = rest.iter().take_while(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')).count();
                let (text, left) = rest.split_at(run);
                self.inner.write_all(text)?;
                rest = left;
                continue;
            }
            let next = match first {
                b'\r' if after.is_empty() => None,
                b'\r' if after.first() == Some(&b'\n') => Some(0),
                0x1b => colour(rest),
                0..0x80 => Some(0),
                _ => character(rest),
            };
            match next {
                // A whole sequence or character.
                Some(length) if length > 0 => {
                    let (whole, left) = rest.split_at(length.min(rest.len()));
                    match std::str::from_utf8(whole) {
                        Ok(text) if first == 0x1b => self.inner.write_all(text.as_bytes())?,
                        Ok(text) => self.inner.write_all(plain(text).as_bytes())?,
                        Err(_) => self.inner.write_all("\u{fffd}".as_bytes())?,
                    }
                    rest = left;
                }
                Some(_) => {
                    // Carriage returns before a line feed are how devices end lines.
                    if first != b'\r' || after.first() != Some(&b'\n') {
                        self.inner.write_all(plain(char::from(first).encode_utf8(&mut [0; 4])).as_bytes())?;
                    }
                    rest = after;
                }
                None => {
                    self.begun = rest.to_vec();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Writes what was begun and never went on.
    fn settle(&mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.begun);
        self.inner.write_all(plain(&String::from_utf8_lossy(&begun)).as_bytes())
    }
}

/// The same for a text that reaches the terminal by another way.
pub(super) fn shown(text: &str) -> String {
    let mut guard = Guard::new(Vec::new(), true);
    // Writing to memory cannot fail.
    drop(guard.write_all(text.as_bytes()).and_then(|()| guard.flush()));
    String::from_utf8_lossy(&guard.inner).into_owned()
}

/// Length of the colour sequence (`ESC [ 1;31 m`) a text begins with; 0 when it is none, nothing when more is to come.
fn colour(text: &[u8]) -> Option<usize> {
    for (at, byte) in text.iter().enumerate() {
        match (at, byte) {
            (0, _) | (1, b'[') => {}
            (2.., b'0'..=b'9' | b';' | b':') if at < LONGEST => {}
            (2.., b'm') => return Some(at + 1),
            _ => return Some(0),
        }
    }
    None
}

/// Length of the character beyond ASCII a text begins with; nothing when more is to come.
fn character(text: &[u8]) -> Option<usize> {
    let length = match text.first()? {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some(1),
    };
    let follows = text.iter().take(length).skip(1).take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
    if follows + 1 == length || text.len() > follows + 1 { Some(follows + 1) } else { None }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.watched {
            return self.inner.write(bytes);
        }
        self.pass(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.begun.is_empty() {
            self.settle()?;
        }
        self.inner.flush()
    }
}

impl<W> std::fmt::Debug for Guard<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("watched", &self.watched).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked(text: &[u8], chunk: usize) -> String {
        let mut guard = Guard::new(Vec::new(), true);
        for part in text.chunks(chunk) {
            guard.write_all(part).unwrap();
        }
        guard.flush().unwrap();
        String::from_utf8(guard.inner).unwrap()
    }

    #[test]
    fn text_and_colour_pass_and_nothing_else_does() {
        let text = "\u{1b}[1;31mÅmål\u{1b}[0m\t🦀\r\nx\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}y\rz\u{1b}[";
        let expected =
            "\u{1b}[1;31mÅmål\u{1b}[0m\t🦀\nx\\u{1b}]0;title\\u{7}\\u{1b}[2J\\u{9b}31m\\u{202e}y\\rz\\u{1b}[";
        for chunk in 1..=text.len() {
            assert_eq!(chunked(text.as_bytes(), chunk), expected, "{chunk} bytes at a time");
        }
    }

    #[test]
    fn what_is_no_text_is_marked() {
        for chunk in 1..4 {
            assert_eq!(chunked(b"a\xffb\xc3(\xe2\x82", chunk), "a\u{fffd}b\u{fffd}(\u{fffd}", "{chunk}");
        }
    }

    #[test]
    fn a_pipe_gets_every_byte() {
        let mut guard = Guard::new(Vec::new(), false);
        guard.write_all(b"a\x1b[2J\xff\r").unwrap();
        assert_eq!(guard.inner, b"a\x1b[2J\xff\r");
    }
}
