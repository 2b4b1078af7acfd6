//! What a terminal shows, as lines of text: escape sequences obeyed or dropped, carriage returns and
//! backspaces carried out, so that a pager's residue and a redrawn line vanish as they do on a screen.

use std::borrow::Cow;

/// The lines that `text` leaves on a screen without an edge. A last line without an end is a line too;
/// a trailing line end adds none. What stands on the screen as it was sent is not copied.
pub(super) fn rows(text: &str) -> Vec<Cow<'_, str>> {
    // Some devices open with an 8-bit control sequence.
    if !text.as_bytes().contains(&0x1b) && !text.contains('\u{9b}') {
        return pieces(text).filter_map(simple).collect();
    }
    let mut lines = Vec::new();
    let mut row = Row::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => lines.push(row.take().into()),
            '\u{1b}' => escape(&mut chars, &mut row),
            '\u{9b}' => control(&mut chars, &mut row),
            c => row.take_in(c),
        }
    }
    if !row.cells.is_empty() {
        lines.push(row.take().into());
    }
    lines
}

/// The same for what a device sent.
pub(super) fn lines(raw: &[u8]) -> Vec<String> {
    rows(&decode(raw)).into_iter().map(Cow::into_owned).collect()
}

/// A text cut behind its line ends.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).chain([text.len()]);
    let mut start = 0;
    ends.filter_map(move |end| text.get(std::mem::replace(&mut start, end)..end)).filter(|piece| !piece.is_empty())
}

/// One line without escape sequences; a last one without an end is none where nothing stands in it.
fn simple(line: &str) -> Option<Cow<'_, str>> {
    let whole = line.strip_suffix('\n');
    let text = whole.unwrap_or(line).trim_end_matches('\r');
    // Most lines are as they are sent. Control characters beyond ASCII begin with 0xc2.
    let odd = |byte: u8| (byte < b' ' && byte != b'\t') || byte == 0x7f || byte == 0xc2;
    if !text.bytes().fold(false, |any, byte| any | odd(byte)) {
        return (whole.is_some() || !text.is_empty()).then_some(Cow::Borrowed(text));
    }
    let mut row = Row::default();
    text.chars().for_each(|c| row.take_in(c));
    (whole.is_some() || !row.cells.is_empty()).then(|| row.take().into())
}

/// The last line that `raw` leaves, without what stands before its start.
pub(super) fn last(raw: &[u8]) -> String {
    lines(raw).pop().unwrap_or_default()
}

/// Whether a text says so little that it is rather a refusal than a configuration.
pub(super) fn is_short<'t>(lines: impl IntoIterator<Item = &'t str>) -> bool {
    lines.into_iter().filter(|line| !line.trim().is_empty()).nth(4).is_none()
}

/// UTF-8 where it is, Latin-1 where it is not: old devices hold descriptions in the latter.
pub(super) fn decode(raw: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(raw) {
        return text.into();
    }
    let mut text = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    text.into()
}

/// A line whose echo went on at the left edge of the next row, where the terminal is told so by a carriage
/// return and no line end: after a blank, or after the character that the new row begins with.
pub(super) fn unwrapped(raw: &[u8]) -> Option<Vec<u8>> {
    let end = raw.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
    let line = raw.get(..end)?;
    if !line.contains(&b'\r') {
        return None;
    }
    let mut joined = Vec::with_capacity(line.len());
    let mut rest = line.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\r' {
            joined.push(byte);
        } else if joined.last().is_some_and(|&last| last == b' ' || Some(last) == rest.peek().copied()) {
            joined.pop();
        } else {
            joined.push(byte);
        }
    }
    Some(joined)
}

/// Without white space: where a line was broken or padded does not matter.
pub(super) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[derive(Default)]
struct Row {
    cells: Vec<char>,
    column: usize,
    overwritten: bool,
}

impl Row {
    /// A character that begins no sequence.
    fn take_in(&mut self, c: char) {
        match c {
            '\r' => self.column = 0,
            '\u{8}' => self.column = self.column.saturating_sub(1),
            '\t' => self.put('\t'),
            c if c.is_control() => {}
            c => self.put(c),
        }
    }

    fn put(&mut self, c: char) {
        if let Some(cell) = self.cells.get_mut(self.column) {
            *cell = c;
            self.overwritten = true;
        } else {
            self.cells.resize(self.column, ' ');
            self.cells.push(c);
        }
        self.column += 1;
    }

    fn take(&mut self) -> String {
        let row = std::mem::take(self);
        let mut text: String = row.cells.into_iter().collect();
        if row.overwritten {
            // What blanked the old text is not part of the new.
            text.truncate(text.trim_end().len());
        }
        text
    }
}

type Chars<'t> = std::iter::Peekable<std::str::Chars<'t>>;

fn escape(chars: &mut Chars<'_>, row: &mut Row) {
    match chars.next() {
        Some('[') => control(chars, row),
        // Operating system commands end with a bell or with ESC \.
        Some(']') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        // Character sets take one more.
        Some('(' | ')' | '*' | '+' | '#' | '%') => drop(chars.next()),
        _ => {}
    }
}

fn control(chars: &mut Chars<'_>, row: &mut Row) {
    let mut parameters = String::new();
    while let Some(c) = chars.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')) {
        parameters.push(c);
    }
    // Nobody has a screen wider than this; a larger number is an attack on our memory.
    let first = || parameters.split(';').next().and_then(|n| n.parse::<usize>().ok()).unwrap_or(0).min(4096);
    let count = || first().max(1);
    match chars.next() {
        Some('C') => row.column += count(),
        Some('D') => row.column = row.column.saturating_sub(count()),
        Some('G') => row.column = count() - 1,
        Some('K') if first() == 0 => row.cells.truncate(row.column),
        Some('K') if first() == 2 => row.cells.clear(),
        Some('P') => {
            let from = row.column.min(row.cells.len());
            let to = (row.column + count()).min(row.cells.len());
            row.cells.drain(from..to);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> Vec<String> {
        lines(raw.as_bytes())
    }

    #[test]
    fn a_pager_leaves_nothing_behind() {
        assert_eq!(shown("a\r\n --More-- \r          \rbc\r\n"), ["a", "bc"]);
        let backspaces = "\u{8}".repeat(10);
        assert_eq!(shown(&format!("--More--  {backspaces}          {backspaces}vlan 10\r\n")), ["vlan 10"]);
        assert_eq!(shown("\u{1b}[7m--More--\u{1b}[0m\r\u{1b}[Kx\n"), ["x"]);
    }

    #[test]
    fn colours_titles_and_bells_are_dropped() {
        assert_eq!(shown("\u{1b}]0;title\u{7}\u{1b}[?2004hsw1\u{1b}[1;31m#\u{1b}[m \u{7}"), ["sw1# "]);
        assert_eq!(shown("\u{1b}(B\u{1b}=x\0y"), ["xy"]);
    }

    #[test]
    fn line_ends_of_all_kinds_make_one_line_each() {
        assert_eq!(shown("a\r\nb\nc\r\r\n\r\nd"), ["a", "b", "c", "", "d"]);
        assert_eq!(shown(""), [""; 0]);
    }

    #[test]
    fn spaces_at_the_end_of_an_ordinary_line_stay() {
        assert_eq!(shown("a  \r\n"), ["a  "]);
    }

    #[test]
    fn latin_1_is_read_where_utf_8_is_not() {
        assert_eq!(lines(b"\xc5m\xe5l"), ["Åmål"]);
        assert_eq!(lines("Åmål".as_bytes()), ["Åmål"]);
    }

    #[test]
    fn a_far_column_costs_no_memory_until_written_and_is_bounded() {
        assert_eq!(shown("\u{1b}[99999999Cx")[0].len(), 4097);
    }
}
