//! Positions in text: lines and columns as editors count them, and where a byte has gone since.

use serde::{Deserialize, Serialize};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: two for an emoji. What every client knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The protocol's word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A place between two characters, both numbers from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    /// Line.
    pub(super) line: u32,
    /// Column, in units of the negotiated [`Encoding`].
    pub(super) character: u32,
}

/// From one place to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Range {
    /// Where it begins.
    pub(super) start: Position,
    /// One past its last character.
    pub(super) end: Position,
}

/// Where the lines of a text begin; made once for many positions.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, byte)| {
            // The protocol ends a line with \n, \r\n or a lone \r.
            *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        });
        Self { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The byte range of a line without its end; the last line for a number beyond it.
    fn line(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let last = self.starts.len().saturating_sub(1);
        let start = self.starts.get(line.min(last)).copied().unwrap_or(0);
        let end = self.starts.get(line.min(last) + 1).copied().unwrap_or(text.len());
        let whole = text.get(start..end).unwrap_or_default();
        start..start + whole.trim_end_matches(['\n', '\r']).len()
    }

    /// The byte at a position; the nearest one before it where a client points beyond the text.
    pub(super) fn offset(&self, text: &str, at: Position, encoding: Encoding) -> usize {
        if at.line as usize >= self.starts.len() {
            return text.len();
        }
        let line = self.line(text, at.line as usize);
        let mut left = at.character as usize;
        let mut offset = line.start;
        for c in text.get(line).unwrap_or_default().chars() {
            let width = encoding.width(c);
            if width > left {
                break;
            }
            left -= width;
            offset += c.len_utf8();
        }
        offset
    }

    /// The position of a byte; of the end of the text for one beyond it.
    pub(super) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        // Within a character or a line's end, what precedes it counts.
        let before = (start..=offset).rev().find_map(|end| text.get(start..end)).unwrap_or_default();
        let before = before.trim_end_matches(['\n', '\r']);
        let width = before.chars().map(|c| encoding.width(c)).sum::<usize>();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), character: number(width) }
    }

    /// The range of some bytes.
    pub(super) fn range(&self, text: &str, bytes: std::ops::Range<usize>, encoding: Encoding) -> Range {
        let start = self.position(text, bytes.start, encoding);
        Range { start, end: self.position(text, bytes.end.max(bytes.start), encoding) }
    }
}

/// Puts new text in the place of a range, as an editor reports a change.
pub(super) fn replace(text: &str, range: Range, new: &str, encoding: Encoding) -> String {
    let lines = Lines::of(text);
    let start = lines.offset(text, range.start, encoding);
    let end = lines.offset(text, range.end, encoding).max(start);
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    [before, new, after].concat()
}

/// What stayed in place between two versions of a text: everything before and after one changed stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drift {
    /// Bytes that are the same from the start.
    before: usize,
    /// Bytes that are the same to the end.
    after: usize,
    old: usize,
    new: usize,
}

impl Drift {
    pub(super) fn between(old: &str, new: &str) -> Self {
        let before = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let most = old.len().min(new.len()) - before;
        let after = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
        Self { before, after, old: old.len(), new: new.len() }
    }

    /// Where a byte of the old text stands in the new one; `None` within the changed stretch.
    pub(super) fn forward(self, offset: usize) -> Option<usize> {
        Self::follow(offset, self, self.old, self.new)
    }

    /// Where a byte of the new text stood in the old one.
    pub(super) fn back(self, offset: usize) -> Option<usize> {
        Self::follow(offset, self, self.new, self.old)
    }

    fn follow(offset: usize, same: Self, from: usize, to: usize) -> Option<usize> {
        if offset <= same.before {
            return Some(offset);
        }
        let left = from.checked_sub(offset)?;
        if left <= same.after { to.checked_sub(left) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "namn: Åmål 🏫 x\r\nid: 7\rslut";

    #[test]
    fn columns_are_counted_as_negotiated() {
        let lines = Lines::of(TEXT);
        let x = TEXT.find('x').unwrap();
        for (encoding, column) in [(Encoding::Utf16, 14), (Encoding::Utf8, 18)] {
            let at = Position { line: 0, character: column };
            assert_eq!(lines.position(TEXT, x, encoding), at);
            assert_eq!(lines.offset(TEXT, at, encoding), x);
        }
        assert_eq!(lines.position(TEXT, TEXT.len(), Encoding::Utf16), Position { line: 2, character: 4 });
    }

    #[test]
    fn places_that_do_not_exist_are_the_nearest_that_do() {
        let lines = Lines::of(TEXT);
        let at = |line, character| lines.offset(TEXT, Position { line, character }, Encoding::Utf16);
        assert_eq!(at(0, 99), TEXT.find('\r').unwrap());
        assert_eq!(at(9, 0), TEXT.len());
        // In the middle of the emoji.
        assert_eq!(at(0, 12), TEXT.find('🏫').unwrap());
        let inside = TEXT.find('🏫').unwrap() + 2;
        assert_eq!(lines.position(TEXT, inside, Encoding::Utf16).character, 11);
    }

    #[test]
    fn a_change_replaces_its_range() {
        let at = |line, character| Position { line, character };
        let range = Range { start: at(0, 11), end: at(1, 3) };
        assert_eq!(replace(TEXT, range, "", Encoding::Utf16), "namn: Åmål  7\rslut");
        let backwards = Range { start: at(1, 3), end: at(0, 0) };
        assert_eq!(replace("ab\ncdef", backwards, "-", Encoding::Utf16), "ab\ncde-f");
    }

    #[test]
    fn a_byte_is_found_again_around_a_change() {
        let drift = Drift::between("vlan: staff # x", "vlan: sta # x");
        assert_eq!(drift.forward(3), Some(3));
        assert_eq!(drift.forward(10), None);
        assert_eq!(drift.forward(14), Some(12));
        assert_eq!(drift.back(12), Some(14));
        let same = Drift::between("abc", "abc");
        assert_eq!((same.forward(2), same.back(3)), (Some(2), Some(3)));
        assert_eq!(Drift::between("aa", "aaa").back(3), Some(2));
    }
}
