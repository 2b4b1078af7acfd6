//! Where in a YAML text the cursor stands, also in one that is half typed and no YAML at all.
//!
//! A light scan from the top: it knows indents, keys, lists, flow mappings and quotes, and never fails.

use std::ops::Range;

/// The surroundings of a place in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Keys from the outermost mapping to here; where a value stands, its own key is the last.
    pub(super) keys: Vec<String>,
    /// Whether a key may stand here.
    pub(super) key: bool,
    /// Whether a value may stand here.
    pub(super) value: bool,
    /// The bytes of the word around the cursor, quotes left out.
    pub(super) word: Range<usize>,
    /// Whether the word stands between quotes.
    pub(super) quoted: bool,
    /// What it is a part of.
    pub(super) within: Within,
}

/// The innermost collection around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// A list.
    List,
    /// A mapping, with the keys that it has already, above or before.
    Map(Vec<String>),
}

impl Default for Within {
    fn default() -> Self {
        Self::Map(Vec::new())
    }
}

/// A collection that is open at the cursor.
#[derive(Debug)]
enum Open {
    /// A block mapping or list at an indent; the key that was read last.
    Block { indent: usize, key: Option<String>, said: Vec<String> },
    /// `{…}`, and the key that was read last.
    Map { key: Option<String>, said: Vec<String> },
    /// `[…]`.
    List,
}

struct Scan<'t> {
    text: &'t str,
    end: usize,
    at: usize,
    open: Vec<Open>,
    /// Keys of the block mapping that the line at hand goes on with.
    left: Vec<String>,
}

/// What a scan of one scalar came upon.
struct Scalar {
    inner: Range<usize>,
    quoted: bool,
    /// Whether the cursor stands in or at the end of it.
    touched: bool,
}

/// Finds out where a byte of a text stands.
pub(super) fn at(text: &str, offset: usize) -> Cursor {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Scan { text, end, at: 0, open: Vec::new(), left: Vec::new() }.run()
}

/// The same for a text that is broken somewhere: from the entry that the place belongs to alone, which begins in the first
/// column that is indented, and the key at the margin above it.
pub(super) fn within_entry(text: &str, offset: usize) -> Cursor {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut entry: Option<usize> = None;
    let mut top: Option<Range<usize>> = None;
    let mut start = text.get(..end).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    loop {
        let line = text.get(start..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
        let indent = line.len() - line.trim_start_matches(' ').len();
        let says = !line.trim().is_empty() && !line.trim_start().starts_with('#') && !line.starts_with('\t');
        // A list may stand at the margin itself, below its key.
        let item = line.starts_with("- ");
        if says && indent == 0 && !item {
            top = Some(start..start + line.len());
            break;
        }
        if says && indent <= ENTRY && entry.is_none() && (indent > 0 || item) {
            entry = Some(start);
        }
        let Some(above) = start.checked_sub(1) else { break };
        start = text.get(..above).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    }
    let (top, from) = match (top, entry) {
        (Some(top), Some(entry)) => (text.get(top).unwrap_or_default(), entry),
        (Some(top), None) => ("", top.start),
        (None, entry) => ("", entry.unwrap_or(0)),
    };
    let lead = if top.is_empty() { String::new() } else { format!("{top}\n") };
    let short = format!("{lead}{}", text.get(from..).unwrap_or_default());
    let mut cursor = at(&short, lead.len() + end.saturating_sub(from));
    let back = |at: usize| (at + from).saturating_sub(lead.len());
    cursor.word = back(cursor.word.start)..back(cursor.word.end);
    cursor
}

/// Deepest column in which an entry of a file's list or mapping begins.
const ENTRY: usize = 2;

impl Scan<'_> {
    fn run(mut self) -> Cursor {
        loop {
            if self.flow() {
                if let Some(cursor) = self.in_flow() {
                    return cursor;
                }
            } else if let Some(cursor) = self.line() {
                return cursor;
            }
        }
    }

    fn flow(&self) -> bool {
        matches!(self.open.last(), Some(Open::Map { .. } | Open::List))
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn step(&mut self) {
        self.at += self.peek().map_or(1, char::len_utf8);
    }

    /// Passes over characters for as long as they are wanted, at most up to the cursor.
    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        while self.at < self.end && self.peek().is_some_and(&wanted) {
            self.step();
        }
    }

    fn keys(&self) -> Vec<String> {
        let key = |open: &Open| match open {
            Open::Block { key, .. } | Open::Map { key, .. } => key.clone(),
            Open::List => None,
        };
        self.open.iter().filter_map(key).collect()
    }

    fn here(&self, key: bool, value: bool) -> Cursor {
        Cursor { keys: self.keys(), key, value, word: self.end..self.end, quoted: false, within: self.within() }
    }

    fn around(&self, scalar: &Scalar, key: bool, value: bool) -> Cursor {
        let (word, quoted) = (scalar.inner.clone(), scalar.quoted);
        Cursor { keys: self.keys(), key, value, word, quoted, within: self.within() }
    }

    fn within(&self) -> Within {
        match self.open.last() {
            _ if !self.left.is_empty() => Within::Map(self.left.clone()),
            Some(Open::List | Open::Block { key: None, .. }) => Within::List,
            Some(Open::Map { said, .. }) => Within::Map(said.clone()),
            Some(Open::Block { .. }) | None => Within::default(),
        }
    }

    /// One line of block YAML, up to its end, the cursor, or the start of a flow collection.
    fn line(&mut self) -> Option<Cursor> {
        let start = self.at;
        self.skip(|c| c == ' ');
        let mut indent = self.at - start;
        match self.peek() {
            _ if self.at >= self.end => {
                self.close(indent);
                return Some(self.here(true, self.open_value(indent)));
            }
            Some('\n' | '\r') => {
                self.step();
                return None;
            }
            Some('#') => return self.rest_of_line(),
            _ => {}
        }
        // `- - a` opens one list within the other.
        loop {
            self.close(indent);
            let rest = self.text.get(self.at..).unwrap_or_default();
            if !(rest.starts_with("- ") || rest.starts_with("-\n") || rest == "-") {
                break;
            }
            self.open.push(Open::Block { indent, key: None, said: Vec::new() });
            self.left.clear();
            self.at += 1;
            self.skip(|c| c == ' ');
            if self.at >= self.end {
                return Some(self.here(true, true));
            }
            indent = self.at - start;
            if matches!(self.peek(), Some('\n' | '\r')) {
                return None;
            }
        }
        let listed = matches!(self.open.last(), Some(Open::Block { indent: outer, key: None, .. }) if *outer < indent);
        if matches!(self.peek(), Some('{' | '[')) {
            self.bracket();
            return None;
        }
        let scalar = self.scalar(false);
        let touched = scalar.touched;
        self.skip(|c| c == ' ');
        if self.is_colon() && !(touched && self.at < scalar.inner.end) {
            let name = self.text.get(scalar.inner.clone()).unwrap_or_default().to_owned();
            if touched {
                return Some(self.around(&scalar, true, false));
            }
            self.at += 1;
            let mut said = std::mem::take(&mut self.left);
            said.push(name.clone());
            self.open.push(Open::Block { indent, key: Some(name), said });
            return self.value(indent);
        }
        if touched {
            return Some(self.around(&scalar, true, listed || self.open_value(indent)));
        }
        self.rest_of_line()
    }

    /// Whether the line may hold the value of a key above it.
    fn open_value(&self, indent: usize) -> bool {
        matches!(self.open.last(), Some(Open::Block { indent: outer, key: Some(_), .. }) if *outer < indent)
    }

    /// What follows a key and its colon on the same line.
    fn value(&mut self, indent: usize) -> Option<Cursor> {
        self.skip(|c| c == ' ');
        if self.at >= self.end {
            return Some(self.here(false, true));
        }
        match self.peek() {
            Some('{' | '[') => {
                self.bracket();
                None
            }
            Some('|' | '>') => self.block_text(indent),
            Some('\n' | '\r' | '#') => self.rest_of_line(),
            Some('&' | '!') => {
                // An anchor or a tag, then the value.
                self.skip(|c| !c.is_whitespace());
                self.value(indent)
            }
            _ => {
                let scalar = self.scalar(false);
                if scalar.touched {
                    return Some(self.around(&scalar, false, true));
                }
                self.rest_of_line()
            }
        }
    }

    /// A text over several lines ends where a line is indented no deeper than its key.
    fn block_text(&mut self, indent: usize) -> Option<Cursor> {
        loop {
            if let Some(cursor) = self.rest_of_line() {
                return Some(cursor);
            }
            let rest = self.text.get(self.at..).unwrap_or_default();
            let line = rest.split('\n').next().unwrap_or_default();
            let depth = line.len() - line.trim_start_matches(' ').len();
            if self.at >= self.end || (depth <= indent && !line.trim().is_empty()) {
                return None;
            }
        }
    }

    /// Passes over the rest of the line, its end included; a cursor in it can have nothing completed.
    fn rest_of_line(&mut self) -> Option<Cursor> {
        while let Some(c) = self.peek() {
            if self.at >= self.end {
                return Some(self.here(false, false));
            }
            self.step();
            if c == '\n' {
                return None;
            }
        }
        Some(self.here(false, false))
    }

    /// Closes block collections that a line of this indent ends.
    fn close(&mut self, indent: usize) {
        let line = self.text.get(self.at..).unwrap_or_default();
        let dash = line.starts_with("- ") || line.starts_with("-\n") || line == "-";
        self.left.clear();
        while let Some(Open::Block { indent: open, key, said }) = self.open.last_mut() {
            // A list may stand at the indent of its key.
            let ends = if dash && key.is_some() { *open > indent } else { *open >= indent };
            if !ends {
                break;
            }
            if *open == indent && key.is_some() {
                self.left = std::mem::take(said);
            }
            self.open.pop();
        }
    }

    fn bracket(&mut self) {
        self.left.clear();
        self.open.push(if self.peek() == Some('{') { Open::Map { key: None, said: Vec::new() } } else { Open::List });
        self.at += 1;
    }

    /// Whether a colon that ends a key stands here.
    fn is_colon(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let after = rest.strip_prefix(':').map(|rest| rest.chars().next());
        after.is_some_and(|next| next.is_none_or(|c| c.is_whitespace() || (self.flow() && ",{}[]".contains(c))))
    }

    /// One token within `{…}` or `[…]`.
    fn in_flow(&mut self) -> Option<Cursor> {
        self.skip(char::is_whitespace);
        if self.at >= self.end {
            return Some(match self.open.last() {
                Some(Open::Map { key: None, .. }) => self.here(true, false),
                _ => self.here(false, true),
            });
        }
        match self.peek()? {
            '{' | '[' => self.bracket(),
            '}' | ']' => {
                self.open.pop();
                self.step();
                if !self.flow() {
                    return self.rest_of_line();
                }
            }
            ',' => {
                if let Some(Open::Map { key, .. }) = self.open.last_mut() {
                    *key = None;
                }
                self.step();
            }
            ':' => self.step(),
            '#' => return self.rest_of_line(),
            _ => {
                let scalar = self.scalar(true);
                let is_key = matches!(self.open.last(), Some(Open::Map { key: None, .. }));
                if scalar.touched {
                    return Some(self.around(&scalar, is_key, !is_key));
                }
                let before = self.at;
                self.skip(|c| c == ' ');
                if let (true, true, Some(Open::Map { key, said })) = (is_key, self.colon_at(), self.open.last_mut()) {
                    let name = self.text.get(scalar.inner).unwrap_or_default().to_owned();
                    said.push(name.clone());
                    *key = Some(name);
                    self.at += 1;
                } else {
                    self.at = before;
                }
            }
        }
        None
    }

    fn colon_at(&self) -> bool {
        self.is_colon()
    }

    /// Reads a scalar; beyond the cursor too, so that the whole word is known.
    fn scalar(&mut self, flow: bool) -> Scalar {
        let start = self.at;
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            self.step();
            let inner = self.at;
            while let Some(c) = self.peek() {
                if c == quote {
                    break;
                }
                // Somebody about to type the closing quote has the rest of the line behind the cursor.
                if c == '\n' && self.at >= self.end {
                    break;
                }
                if c == '\\' && quote == '"' {
                    self.step();
                }
                self.step();
            }
            let range = inner..self.at.min(self.text.len());
            let touched = self.end >= inner && self.end <= range.end;
            self.step();
            return Scalar { inner: range, quoted: true, touched };
        }
        while let Some(c) = self.peek() {
            let ends = c == '\n'
                || c == '\r'
                || (flow && ",{}[]".contains(c))
                || (c == ':' && self.is_colon())
                || (c == ' ' && self.text.get(self.at + 1..).is_some_and(|rest| rest.starts_with('#')));
            if ends {
                break;
            }
            self.step();
        }
        let range = start..self.at;
        let word = self.text.get(range.clone()).unwrap_or_default();
        let range = start..start + word.trim_end().len();
        // A reference mark alone, or a character that cannot begin a scalar: go on behind it.
        if self.at == start {
            self.step();
        }
        // Behind the blank that follows a word, the word goes on.
        let trailing = !range.is_empty() && self.end > range.end && self.end <= self.at;
        let range = if trailing { start..self.end } else { range };
        let touched = self.end >= start && self.end <= range.end;
        Scalar { inner: range, quoted: false, touched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor stands at `|`; the keys, what may stand there, the word.
    fn shown(text: &str) -> (String, &'static str, String) {
        let offset = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let cursor = at(&text, offset);
        let what = match (cursor.key, cursor.value) {
            (true, true) => "either",
            (true, false) => "key",
            (false, true) => "value",
            (false, false) => "nothing",
        };
        (cursor.keys.join("."), what, text[cursor.word].to_owned())
    }

    fn is(text: &str, keys: &str, what: &'static str, word: &str) {
        assert_eq!(shown(text), (keys.to_owned(), what, word.to_owned()), "{text}");
    }

    #[test]
    fn block_mappings_and_lists() {
        is("a:\n  b: x|y\n", "a.b", "value", "xy");
        is("a:\n  b: |\nc: 1\n", "a.b", "value", "");
        is("a:\n  b: 1\n  c|\n", "a", "either", "c");
        is("a:\n  b: 1\nc|: 2\n", "", "key", "c");
        is("a:\n  - b: 1\n    c: s|\n  - d: 2\n", "a.c", "value", "s");
        is("a:\n- b: 1\n- c: s|\n", "a.c", "value", "s");
        is("a:\n  - s|\n", "a", "either", "s");
        is("a:\n  - |\n", "a", "either", "");
        is("a:\n  b:\n    |\n", "a.b", "either", "");
        is("# a: x|\n", "", "nothing", "");
        is("a: 1 # b|\n", "a", "nothing", "");
        is("a: &x b|\n", "a", "value", "b");
    }

    #[test]
    fn flow_collections_over_lines() {
        let site =
            "devices:\n  access-1:\n    { model: C9, room: Hus A,\n      ports: { 1-24: classroom, u1: { to: dist";
        is(&format!("{site}|"), "devices.access-1.ports.u1.to", "value", "dist");
        is(
            &format!("{site}ribution-1|, port: u3 }} }} }}\n"),
            "devices.access-1.ports.u1.to",
            "value",
            "distribution-1",
        );
        is(&format!("{site} }}, 3: |"), "devices.access-1.ports.3", "value", "");
        is(&format!("{site} }}, 3|"), "devices.access-1.ports", "key", "3");
        is("vlans:\n  - { id: 20, segment: st|, name: a }\n", "vlans.segment", "value", "st");
        is("vlans:\n  - { id: 20, se|gment: st, name: a }\n", "vlans", "key", "segment");
        is("vlans:\n  - { sites: { tags: [school, c|] } }\n", "vlans.sites.tags", "value", "c");
        is("vlans:\n  - { sites: { tags: [school, |\n  - { id: 30 }\n", "vlans.sites.tags", "value", "");
        is("a: { b: 1 }\nc: |\n", "c", "value", "");
        is("- { to: \"ap-[1-|4]\" }", "to", "value", "ap-[1-4]");
        is("- { to: \"ap-|\n- { id: 3 }", "to", "value", "ap-");
    }

    #[test]
    fn text_over_lines_is_passed_over() {
        is("a:\n  b: >\n    not: a key\n\n    more\n  c: x|", "a.c", "value", "x");
        is("a: 'it''s: {'\nb: x|", "b", "value", "x");
        is("a: \"Åmål 🏫 \\\" {\"\nb: åm|ål", "b", "value", "åmål");
    }

    #[test]
    fn a_word_goes_on_behind_its_blank_and_keys_stand_once() {
        is("a: { room: Plan |, rack: B }", "a.room", "value", "Plan ");
        is("a:\n  room: Plan |\n", "a.room", "value", "Plan ");
        let said = |text: &str| {
            let offset = text.find('|').unwrap();
            match at(&text.replacen('|', "", 1), offset).within {
                Within::Map(said) => said.join(" "),
                Within::List => String::new(),
            }
        };
        assert_eq!(said("a:\n  - b: 1\n    c: 2\n    |\n"), "b c");
        assert_eq!(said("a:\n  - b: 1\n  - |\n"), "");
        assert_eq!(said("a:\n  x: { b: 1, d: [e: 1], | }\n"), "b d");
        assert_eq!(said("a: 1\nb:\n  c: 2\nd|\n"), "a b");
        let listed = |text: &str| {
            let offset = text.find('|').unwrap();
            at(&text.replacen('|', "", 1), offset).within == Within::List
        };
        assert!(listed("a: [b, |]") && listed("a:\n  - |") && !listed("a: |") && !listed("a: { b: | }"));
    }

    #[test]
    fn what_is_broken_above_an_entry_says_nothing_of_it() {
        for above in ["  a: \"x\n", "  a: {\n", "\ta:\n", "  - { b\n", "  a: 1\n"] {
            let text = format!("devices:\n{above}  controller-1: {{ model: C|, room: X }}\n");
            let offset = text.find('|').unwrap();
            let cursor = within_entry(&text.replacen('|', "", 1), offset);
            assert_eq!(cursor.keys.join("."), "devices.controller-1.model", "{above}");
            assert_eq!(cursor.word, offset - 1..offset, "{above}");
        }
    }

    #[test]
    fn nothing_makes_it_stop_or_run_for_ever() {
        let texts = [
            "{[}]:,-'\"#\n\t&*!|>%@`",
            "- - - -\n-",
            "\r\r\n",
            "a: *",
            "?: ? -",
            "[[[[{{{{",
            "'",
            "\"\\",
            "🏫: {å: 'ä",
        ];
        for text in texts {
            for offset in 0..=text.len() + 2 {
                let cursor = at(text, offset);
                assert!(text.get(cursor.word.clone()).is_some(), "{text:?} {offset} {cursor:?}");
                let cursor = within_entry(text, offset);
                assert!(text.get(cursor.word.clone()).is_some(), "{text:?} {offset} {cursor:?}");
            }
        }
    }
}
