//! Which line of a configuration comes from which place in the inventory.
//!
//! The filter `at` writes a mark of private-use characters into the text, `⟨open⟩digits⟨close⟩`; here the
//! marks go out again and become places. Text people wrote cannot hold such a mark, see the cleaner.

use std::collections::BTreeMap;

use crate::source::Span;

/// Begins a mark.
const OPEN: char = '\u{e000}';
/// Ends a mark.
const CLOSE: char = '\u{e001}';

/// Spans by number, for templates.
#[derive(Debug, Default)]
pub(super) struct Places {
    spans: Vec<Span>,
    numbers: BTreeMap<Span, usize>,
}

impl Places {
    /// The number of a place.
    pub(super) fn number(&mut self, span: Span) -> usize {
        if let Some(number) = self.numbers.get(&span) {
            return *number;
        }
        let number = self.spans.len();
        self.spans.push(span);
        self.numbers.insert(span, number);
        number
    }

    fn span(&self, number: usize) -> Option<Span> {
        self.spans.get(number).copied()
    }
}

/// The mark for a place.
pub(super) fn mark(number: usize) -> String {
    format!("{OPEN}{number}{CLOSE}")
}

/// Takes the marks out of rendered text and gives each line its place.
///
/// A line without a mark takes the place of the nearest line above that is less indented and has one: its
/// section's header. Where there is none, it takes `fallback`.
pub(super) fn strip(text: &str, places: &Places, fallback: Span) -> (String, Vec<Option<Span>>) {
    let mut out = String::with_capacity(text.len());
    let mut lines = Vec::new();
    // Headers that enclose the current line, outermost first.
    let mut headers: Vec<(usize, Option<Span>)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let mut own = None;
        let start = out.len();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(OPEN) {
            out.push_str(before);
            let Some((digits, tail)) = after.split_once(CLOSE) else {
                rest = after;
                continue;
            };
            own = own.or_else(|| digits.parse().ok().and_then(|number| places.span(number)));
            rest = tail;
        }
        out.push_str(rest);
        let plain = out.get(start..).unwrap_or_default();
        let indent = plain.len() - plain.trim_start_matches([' ', '\t']).len();
        let blank = plain.trim().is_empty();
        if !blank {
            while headers.last().is_some_and(|(depth, _)| *depth >= indent) {
                headers.pop();
            }
        }
        let inherited = headers.iter().rev().find_map(|(_, span)| *span);
        if !blank {
            headers.push((indent, own));
        }
        lines.push(own.or(inherited).or(Some(fallback)));
    }
    (out, lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Sources};

    fn span(file: FileId, start: usize) -> Span {
        Span::new(file, start..start + 1)
    }

    #[test]
    fn a_line_inherits_from_its_section() {
        let mut sources = Sources::new();
        let file = sources.add("a", "0123456789");
        let mut places = Places::default();
        let (port, vlan, device) = (span(file, 3), span(file, 5), span(file, 9));
        let text = format!(
            "hostname x\ninterface 1{}\n description y\n vlan 5{}\n  deeper\n!\nend\n",
            mark(places.number(port)),
            mark(places.number(vlan))
        );
        let (plain, lines) = strip(&text, &places, device);
        assert_eq!(plain, "hostname x\ninterface 1\n description y\n vlan 5\n  deeper\n!\nend\n");
        let wanted = [device, port, port, vlan, vlan, device, device];
        assert_eq!(lines, wanted.map(Some));
    }

    #[test]
    fn an_unclosed_mark_is_no_mark() {
        let (plain, lines) = strip("a\u{e000}7\n", &Places::default(), Span::default());
        assert_eq!((plain.as_str(), lines.len()), ("a7\n", 1));
    }
}
