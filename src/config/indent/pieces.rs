//! The pieces an indented text falls into: its top-level sections, uncut.
//!
//! Who compares two large texts need not read what stands in both; see `diff::indent::settled`.

use super::{Unclosed, columns, first_line, verbatim};
use crate::config::{Syntax, lines, split};

/// A line at the margin with everything that belongs to it, or whatever stands between such sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    /// The text, line ends included.
    pub(crate) text: &'t str,
    /// Line in the source, from 1.
    pub(crate) line: usize,
    /// The header of a plain section: one with lines, and without blocks of text whose end is elsewhere.
    pub(crate) header: Option<&'t str>,
}

/// Cuts a text; the pieces are the whole text, in order.
pub(crate) fn pieces<'t>(syntax: &Syntax, text: &'t str) -> Vec<Piece<'t>> {
    let mut cutter = Cutter { syntax, text, pieces: Vec::new(), open: None, at: 0 };
    let mut unclosed = Unclosed::default();
    let marks = Marks::new(syntax);
    let (mut number, mut rest) = (1, text);
    while let Some(line) = first_line(rest) {
        if let Some(open) = cutter.open.as_mut().filter(|_| marks.is_plain(line)) {
            open.lines += 1;
            cutter.at += line.len();
            number += 1;
            rest = rest.get(line.len()..).unwrap_or_default();
            continue;
        }
        let (indent, content, _) = split(line);
        let block = verbatim(syntax, content, rest, &mut unclosed);
        let length = block.unwrap_or(line.len());
        cutter.line(number, indent, content, block.is_some());
        cutter.at += length;
        number += block.map_or(1, |length| lines(rest.get(..length).unwrap_or_default()).count());
        rest = rest.get(length..).unwrap_or_default();
    }
    cutter.close();
    cutter.pieces
}

/// The bytes that a line begins with, behind its indentation, where it may be more than a line.
struct Marks([bool; 256]);

impl Marks {
    fn new(syntax: &Syntax) -> Self {
        // Nothing but blanks is no line.
        let mut marks = Self([false; 256]);
        marks.add(b"\r\n".iter().copied());
        let words = syntax.comments.iter().chain(&syntax.ends).chain(syntax.exits.iter().map(|rule| &rule.exit));
        for word in words {
            match word.as_bytes().first() {
                Some(&first) => marks.add([first].into_iter()),
                None => marks.add(0..=u8::MAX),
            }
        }
        for rule in &syntax.verbatim {
            match rule.start.begins() {
                Some(bytes) => marks.add(bytes),
                None => marks.add(0..=u8::MAX),
            }
        }
        marks
    }

    fn add(&mut self, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            if let Some(mark) = self.0.get_mut(usize::from(byte)) {
                *mark = true;
            }
        }
    }

    /// Whether a line is indented and says no more than itself; most lines are such.
    fn is_plain(&self, line: &str) -> bool {
        let mut bytes = line.bytes().skip_while(|byte| matches!(byte, b' ' | b'\t'));
        line.starts_with([' ', '\t']) && bytes.next().is_some_and(|byte| self.0.get(usize::from(byte)) == Some(&false))
    }
}

struct Cutter<'s, 't> {
    syntax: &'s Syntax,
    text: &'t str,
    pieces: Vec<Piece<'t>>,
    open: Option<Open<'t>>,
    /// Bytes seen.
    at: usize,
}

struct Open<'t> {
    start: usize,
    line: usize,
    header: &'t str,
    lines: usize,
    plain: bool,
}

impl<'t> Cutter<'_, 't> {
    fn line(&mut self, number: usize, indent: &str, content: &'t str, block: bool) {
        let syntax = self.syntax;
        let comment = content.is_empty() || syntax.comments.iter().any(|mark| content.starts_with(mark.as_str()));
        let leaves = syntax.exits.iter().any(|rule| rule.exit == content);
        let ends = indent.is_empty() && syntax.ends.iter().any(|end| end == content);
        match &mut self.open {
            // Comments and the line that leaves a section belong to it.
            Some(_) if comment || leaves || ends => {}
            Some(open) if columns(indent) > 0 => {
                open.lines += 1;
                open.plain &= !block;
            }
            _ => {
                self.close();
                let plain = !(block || comment || leaves || ends) && columns(indent) == 0;
                self.open = Some(Open { start: self.at, line: number, header: content, lines: 0, plain });
            }
        }
    }

    fn close(&mut self) {
        let Some(Open { start, line, header, lines, plain }) = self.open.take() else { return };
        let text = self.text.get(start..self.at).unwrap_or_default();
        self.pieces.push(Piece { text, line, header: (plain && lines > 0).then_some(header) });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::syntax;
    use super::*;

    #[test]
    fn pieces_are_the_whole_text_and_know_sections() {
        let text = "! top\nhostname x\ninterface a\n mtu 9\n!\nrouter b\n network c\nexit\nbanner motd ^C\ninterface z\n mtu 1\n^C\ninterface d\nend\n";
        let found = pieces(&syntax(), text);
        assert_eq!(found.iter().map(|piece| piece.text).collect::<String>(), text);
        let headers: Vec<&str> = found.iter().filter_map(|piece| piece.header).collect();
        assert_eq!(headers, ["interface a", "router b"]);
        assert_eq!(found.iter().find(|piece| piece.header == Some("router b")).unwrap().line, 6);
    }

    #[test]
    fn a_block_inside_a_section_keeps_it_from_being_plain() {
        let text = "crypto pki x\n certificate ca 01\n  30820\n  \tquit\nhostname x\n";
        assert!(pieces(&syntax(), text).iter().all(|piece| piece.header.is_none()));
    }
}
