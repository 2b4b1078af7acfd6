//! The way YAML is usually written, read in one pass: block mappings and lists, flow collections, plain and
//! quoted scalars that stay on their line, literal texts, values with a name and their aliases, comments.
//!
//! A reader of all of YAML looks at every character many times. This one knows little, and gives up at the
//! first thing it does not know: tabs, tags, scalars over several lines that are not literal, anything that is
//! wrong. The whole file is then read by the parser, which alone says what YAML means and what is wrong with
//! it; what this one takes, it takes exactly as the parser does.

use std::borrow::Cow;

use foldhash::HashMap;
use smol_str::SmolStr;

use super::{Entry, Kind, Node};
use crate::source::{FileId, Sp, Span};

/// Deeper collections are left to the parser, which knows the limit.
const DEEPEST: usize = 32;
/// A key has to end within 1,024 characters (YAML 1.2, 7.4.2).
const LONGEST_KEY: usize = 1_000;
/// Values that aliases may add; beyond, the parser sees to it.
const MOST_ALIASED: usize = 10_000;
/// Mappings up to this size are searched for equal keys one by one.
const FEW: usize = 24;

/// The tree of a text that is written in the usual way; `None` for any other.
pub(super) fn read(file: FileId, text: &str) -> Option<Node> {
    if !usual(text) {
        return None;
    }
    let mut reader = Reader {
        file,
        text,
        at: 0,
        column: None,
        depth: 0,
        entries: Vec::new(),
        items: Vec::new(),
        anchors: HashMap::default(),
        aliased: 0,
    };
    reader.line()?;
    if reader.column != Some(0) || reader.is_flow() {
        return None;
    }
    let root = reader.block(0)?;
    reader.column.is_none().then_some(root)
}

/// Whether a text holds printable characters and line feeds alone, and none that some take for a line's end.
fn usual(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Block by block, as processors like it: hardly any text holds what asks for a closer look.
    let asks = |byte: u8| (byte < b' ' && byte != b'\n') || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef);
    if bytes.chunks(64).all(|block| !block.iter().fold(false, |found, byte| found | asks(*byte))) {
        return true;
    }
    if bytes.iter().any(|byte| (*byte < b' ' && *byte != b'\n') || *byte == 0x7f) {
        return false;
    }
    // U+0080 to U+009F; U+2028 and U+2029; byte order marks and what is no character.
    let odd = |three: &[u8]| match three {
        [0xe2, 0x80, third] => matches!(third, 0xa8 | 0xa9),
        [0xef, second, third] => (*second == 0xbb && *third == 0xbf) || (*second == 0xbf && *third >= 0xbe),
        _ => false,
    };
    let control = |two: &[u8]| matches!(two, [0xc2, 0x80..0xa0]);
    bytes.is_ascii() || !(bytes.windows(3).any(odd) || bytes.windows(2).any(control))
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
    /// Column of the line that says something at `at`, after a block value; `None` at the end of the text.
    column: Option<usize>,
    depth: usize,
    /// Entries of the mappings that have begun and not ended, so that each is made in its right size.
    entries: Vec<Entry>,
    /// The same of lists.
    items: Vec<Node>,
    /// Values with a name that aliases may refer to; none for one that has begun and not ended.
    anchors: HashMap<&'t str, Option<Node>>,
    /// Values that aliases added.
    aliased: usize,
}

/// A scalar on one line.
struct Scalar<'t> {
    text: Cow<'t, str>,
    quoted: bool,
    span: Span,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start..self.at)
    }

    fn spaces(&mut self) {
        self.at += self.rest().iter().take_while(|byte| **byte == b' ').count();
    }

    /// Passes over a comment, up to the end of its line; only what stands before it makes it one.
    fn comment(&mut self) -> Option<()> {
        if self.at > 0 && !matches!(self.byte(self.at - 1), Some(b' ' | b'\n')) {
            return None;
        }
        let rest = self.rest();
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        Some(())
    }

    /// Goes on to the next line that says something; nothing but a comment may stand on the rest of this one.
    fn next_line(&mut self) -> Option<()> {
        self.spaces();
        match self.peek() {
            Some(b'#') => self.comment()?,
            Some(b'\n') | None => {}
            Some(_) => return None,
        }
        self.line()
    }

    /// The same from the start of the text, or from the end of a line.
    fn line(&mut self) -> Option<()> {
        let mut start = self.at;
        loop {
            self.spaces();
            match self.peek() {
                Some(b'\n') => {
                    self.at += 1;
                    start = self.at;
                }
                Some(b'#') => self.comment()?,
                None => {
                    self.column = None;
                    return Some(());
                }
                Some(_) => break,
            }
        }
        self.column = Some(self.at - start);
        // Marks of documents and directives.
        let mark = [&b"---"[..], b"...", b"%"].iter().any(|mark| self.rest().starts_with(mark));
        (self.at > start || !mark).then_some(())
    }

    /// Runs for what stands one level further in.
    fn inner<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let made = (self.depth <= DEEPEST).then(|| read(self))??;
        self.depth -= 1;
        Some(made)
    }

    /// Whether an item of a block list begins here.
    fn is_item(&self) -> bool {
        matches!(self.rest(), [b'-', b' ' | b'\n', ..] | [b'-'])
    }

    /// Whether a flow collection begins here.
    fn is_flow(&self) -> bool {
        matches!(self.peek(), Some(b'[' | b'{'))
    }

    /// A block collection that begins here, at this column.
    fn block(&mut self, column: usize) -> Option<Node> {
        self.inner(|reader| if reader.is_item() { reader.block_list(column) } else { reader.block_map(column) })
    }

    fn block_map(&mut self, column: usize) -> Option<Node> {
        let start = self.at;
        let mut last = self.at;
        let first = self.entries.len();
        loop {
            let key = self.key(false)?;
            let colon = self.at;
            let value = self.block_value(column)?;
            // An alias's value stands elsewhere, above.
            last = last.max(if value.span.start > key.span.start { colon } else { key.span.end as usize });
            last = last.max(if value.span.start as usize >= start { value.span.end as usize } else { 0 });
            self.entries.push(Entry { key, value });
            match self.column {
                Some(next) if next == column && !self.is_item() => {}
                Some(next) if next >= column => return None,
                _ => break,
            }
        }
        let kind = self.map(first)?;
        Some(Node { span: Span::new(self.file, start..last), kind })
    }

    /// The mapping of the entries from a place on.
    fn map(&mut self, first: usize) -> Option<Kind> {
        let entries = self.entries.split_off(first);
        all_different(&entries)?;
        Some(Kind::Map(entries))
    }

    fn block_list(&mut self, column: usize) -> Option<Node> {
        let start = self.at;
        let first = self.items.len();
        loop {
            let dash = self.at;
            self.at += 1;
            self.spaces();
            let item = if self.is_flow() {
                self.flow_line(column)?
            } else if matches!(self.peek(), Some(b'|' | b'*')) {
                self.block_value(column)?
            } else if self.is_item() {
                self.block(column + self.at - dash)?
            } else {
                let begin = self.at;
                let scalar = self.scalar(false)?;
                if self.peek() == Some(b':') {
                    self.at = begin;
                    self.block(column + begin - dash)?
                } else {
                    self.next_line()?;
                    scalar.node()
                }
            };
            self.items.push(item);
            match self.column {
                Some(next) if next == column && self.is_item() => {}
                Some(next) if next > column => return None,
                _ => break,
            }
        }
        let items = self.items.split_off(first);
        let own = items.iter().map(|item| (item.span.start as usize, item.span.end as usize));
        let last = own.filter(|(begin, _)| *begin >= start).map(|(_, end)| end).max().unwrap_or(start);
        Some(Node { span: Span::new(self.file, start..last), kind: Kind::List(items) })
    }

    /// The value behind a key of a block mapping at this column.
    fn block_value(&mut self, column: usize) -> Option<Node> {
        let after = self.at;
        self.spaces();
        match self.peek()? {
            b'[' | b'{' => self.flow_line(column),
            b'|' => self.literal(column),
            b'*' => {
                let node = self.alias()?;
                self.next_line()?;
                Some(node)
            }
            b'&' => self.anchored(|reader| reader.block_value(column)),
            b'\n' | b'#' => {
                self.next_line()?;
                match self.column {
                    Some(next) if next > column && self.is_flow() => self.flow_line(column),
                    Some(next) if next > column => self.block(next),
                    Some(next) if next == column && self.is_item() => {
                        let dash = self.at;
                        let mut list = self.block(next)?;
                        // The parser sees where such a list begins by its first item only; of one that stands
                        // elsewhere, by something else.
                        if let Kind::List(items) = &list.kind {
                            let start = items.first()?.span.start;
                            let between = self.text.get(dash..start as usize)?;
                            list.span.start = (!between.contains('\n')).then_some(start)?;
                        }
                        Some(list)
                    }
                    // Nothing stands at the colon, before another key; elsewhere at the end of what is around it.
                    Some(next) if next == column => {
                        Some(Node { span: Span::new(self.file, after - 1..after - 1), kind: Kind::Null })
                    }
                    _ => None,
                }
            }
            _ => {
                let scalar = self.scalar(false)?;
                self.next_line()?;
                Some(scalar.node())
            }
        }
    }

    /// The name behind `&` or `*`.
    fn name(&mut self) -> Option<&'t str> {
        let start = self.at + 1;
        let rest = self.text.as_bytes().get(start..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
        self.at = start + length;
        self.text.get(start..self.at).filter(|name| !name.is_empty())
    }

    /// A value with a name: a collection, or a scalar on the same line. Anything else is the parser's.
    fn anchored(&mut self, value: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        let name = self.name()?;
        let below = match self.rest() {
            [b' ', b'*' | b'&' | b'|' | b'#' | b' ' | b'\n', ..] => return None,
            [b' ', ..] => false,
            [b'\n', ..] => true,
            _ => return None,
        };
        // The name is the new value's from here on, also inside of it.
        self.anchors.insert(name, None);
        let node = value(self)?;
        // Another value of that name inside of this one has come later.
        matches!(self.anchors.get(name), Some(None)).then_some(())?;
        let scalar = matches!(node.kind, Kind::Plain(_) | Kind::Quoted(_));
        (node.kind != Kind::Null && !(below && scalar)).then_some(())?;
        self.anchors.insert(name, Some(node.clone()));
        Some(node)
    }

    /// What an alias refers to, which stands above it.
    fn alias(&mut self) -> Option<Node> {
        let name = self.name()?;
        let node = self.anchors.get(name)?.as_ref()?;
        self.aliased += node.size();
        (self.aliased <= MOST_ALIASED).then(|| node.clone())
    }

    /// A text whose lines are kept as they stand, with one line end behind the last.
    fn literal(&mut self, column: usize) -> Option<Node> {
        matches!(self.rest(), [b'|', b'\n', ..]).then_some(())?;
        self.at += 2;
        let mut text = String::new();
        // Where the text begins, and how far in its first line stands.
        let mut first = None;
        let end = loop {
            let line = self.rest();
            let length = line.iter().position(|byte| *byte == b'\n');
            let spaces = line.iter().take_while(|byte| **byte == b' ').count();
            // A line of nothing but spaces is the parser's, and so is a last line without an end.
            if spaces > 0 && length == Some(spaces) {
                return None;
            }
            if line.is_empty() || first.is_some_and(|(_, indent)| spaces < indent && length != Some(0)) {
                break self.at + spaces;
            }
            let length = length?;
            if length == 0 {
                text.push('\n');
            } else {
                let (_, indent) = *first.get_or_insert((self.at + spaces, spaces));
                text.push_str(self.text.get(self.at + indent..self.at + length)?);
                text.push('\n');
            }
            self.at += length + 1;
        };
        let (start, _) = first.filter(|(_, indent)| *indent > column)?;
        text.truncate(text.trim_end_matches('\n').len() + 1);
        let span = Span::new(self.file, start..end);
        self.line()?;
        Some(Node { span, kind: Kind::Quoted(text.into()) })
    }

    /// A flow collection with nothing behind it.
    fn flow_line(&mut self, column: usize) -> Option<Node> {
        let node = self.flow(column)?;
        self.next_line()?;
        Some(node)
    }

    /// A flow collection inside a block at this column.
    fn flow(&mut self, column: usize) -> Option<Node> {
        self.inner(
            |reader| if reader.peek() == Some(b'[') { reader.flow_list(column) } else { reader.flow_map(column) },
        )
    }

    fn flow_list(&mut self, column: usize) -> Option<Node> {
        let start = self.at;
        let first = self.items.len();
        while self.flow_next(column, b']', self.items.len() == first)? {
            let item = self.flow_value(column)?;
            self.items.push(item);
        }
        let items = self.items.split_off(first);
        Some(Node { span: self.span(start), kind: Kind::List(items) })
    }

    fn flow_map(&mut self, column: usize) -> Option<Node> {
        let start = self.at;
        let first = self.entries.len();
        while self.flow_next(column, b'}', self.entries.len() == first)? {
            let key = self.key(true)?;
            self.flow_space(column)?;
            let value = self.flow_value(column)?;
            self.entries.push(Entry { key, value });
        }
        let kind = self.map(first)?;
        Some(Node { span: self.span(start), kind })
    }

    /// Goes to the next member of a flow collection, or behind its end.
    fn flow_next(&mut self, column: usize, end: u8, first: bool) -> Option<bool> {
        if first {
            // The bracket.
            self.at += 1;
        }
        self.flow_space(column)?;
        match self.peek()? {
            byte if byte == end => {
                self.at += 1;
                return Some(false);
            }
            b',' if !first => self.at += 1,
            _ => return first.then_some(true),
        }
        self.flow_space(column)?;
        // A comma before the end is the parser's.
        (self.peek()? != end).then_some(true)
    }

    fn flow_value(&mut self, column: usize) -> Option<Node> {
        match self.peek() {
            Some(b'[' | b'{') => self.flow(column),
            Some(b'*') => self.alias(),
            Some(b'&') => self.anchored(|reader| {
                reader.spaces();
                reader.flow_value(column)
            }),
            _ => self.scalar(true).map(Scalar::node),
        }
    }

    /// Passes over spaces, line ends and comments; what goes on inside a block stands further right than it.
    fn flow_space(&mut self, column: usize) -> Option<()> {
        self.spaces();
        match self.peek()? {
            b'#' => self.comment()?,
            b'\n' => {}
            _ => return Some(()),
        }
        self.line()?;
        (self.column? > column).then_some(())
    }

    /// A key and its colon, which a space or the end of the line follows.
    fn key(&mut self, flow: bool) -> Option<Sp<SmolStr>> {
        let key = self.scalar(flow)?;
        let ends = matches!(self.rest(), [b':', b' ' | b'\n', ..]);
        if !ends || key.text.len() > LONGEST_KEY || (!key.quoted && key.is_null()) || key.text == "<<" {
            return None;
        }
        self.at += 1;
        Some(Sp::new(SmolStr::new(&key.text), key.span))
    }

    fn scalar(&mut self, flow: bool) -> Option<Scalar<'t>> {
        let start = self.at;
        let (text, quoted) = match self.peek()? {
            quote @ (b'"' | b'\'') => (self.quoted(quote)?, true),
            _ => (self.plain(flow)?.into(), false),
        };
        Some(Scalar { text, quoted, span: self.span(start) })
    }

    /// A scalar in quotes that holds no line ends.
    fn quoted(&mut self, quote: u8) -> Option<Cow<'t, str>> {
        let mut text = Cow::Borrowed("");
        loop {
            // Behind the quote, or behind what was escaped.
            let start = self.at + 1;
            let rest = self.text.as_bytes().get(start..)?;
            // In single quotes a backslash means itself.
            let stops = |byte: &u8| *byte == quote || *byte == b'\n' || (*byte == b'\\' && quote == b'"');
            let length = rest.iter().position(stops)?;
            let part = self.text.get(start..start + length)?;
            self.at = start + length;
            let (escaped, more) = match rest.get(length..)? {
                [b'\'', b'\'', ..] => ('\'', 1),
                [b'\\', escape @ ..] => unescaped(escape)?,
                [b'\n', ..] | [b'"', b'"', ..] => return None,
                _ => {
                    self.at += 1;
                    if text.is_empty() {
                        return Some(part.into());
                    }
                    text.to_mut().push_str(part);
                    return Some(text);
                }
            };
            text.to_mut().push_str(part);
            text.to_mut().push(escaped);
            self.at += more;
        }
    }

    fn plain(&mut self, flow: bool) -> Option<&'t str> {
        let rest = self.rest();
        let begins = match rest {
            [b'-', second, ..] => second.is_ascii_alphanumeric(),
            // Indicators, blanks and quotes.
            [first, ..] => !matches!(
                first,
                b'\n' | b' '..=b'#' | b'%'..=b'\'' | b'*' | b',' | b'-' | b':' | b'>'..=b'@' | b'[' | b']' | b'`' | b'{'..=b'}'
            ),
            [] => false,
        };
        // Quotes of word processors are told of by the other reader.
        let set = matches!(rest, [0xe2, 0x80, 0x98..=0x9f, ..] | [0xc2, 0xab | 0xbb, ..]);
        if !begins || set {
            return None;
        }
        let mut before = b' ';
        let mut length = rest.len();
        for (at, byte) in rest.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'#' => before == b' ' && at > 0,
                b',' | b'[' | b']' | b'{' | b'}' => flow,
                b':' => match rest.get(at + 1) {
                    None | Some(b' ' | b'\n') => true,
                    Some(b',' | b'[' | b']' | b'{' | b'}') => flow,
                    Some(_) => false,
                },
                _ => false,
            };
            if ends {
                length = at;
                break;
            }
            before = *byte;
        }
        let text = self.text.get(self.at..self.at + length)?.trim_end_matches(' ');
        self.at += text.len();
        Some(text)
    }
}

/// The character that stands behind a backslash in double quotes, and in how many bytes; the parser knows more of them.
fn unescaped(escape: &[u8]) -> Option<(char, usize)> {
    let coded = |digits: usize| {
        let digits = std::str::from_utf8(escape.get(1..=digits)?).ok()?;
        let sound = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| sound)?)
    };
    Some(match escape.first()? {
        b'n' => ('\n', 1),
        b't' => ('\t', 1),
        b'r' => ('\r', 1),
        same @ (b'"' | b'\\' | b'/') => (char::from(*same), 1),
        b'x' => (coded(2)?, 3),
        b'u' => (coded(4)?, 5),
        _ => return None,
    })
}

impl Scalar<'_> {
    fn is_null(&self) -> bool {
        matches!(&*self.text, "~" | "null" | "Null" | "NULL")
    }

    fn node(self) -> Node {
        let kind = if self.quoted {
            Kind::Quoted(SmolStr::new(&self.text))
        } else if self.is_null() {
            Kind::Null
        } else {
            Kind::Plain(SmolStr::new(&self.text))
        };
        Node { span: self.span, kind }
    }
}

/// Whether no key stands in a mapping twice.
fn all_different(entries: &[Entry]) -> Option<()> {
    let different = if entries.len() <= FEW {
        let mut rest = entries;
        loop {
            let Some((first, others)) = rest.split_first() else { break true };
            if others.iter().any(|other| other.key.value == first.key.value) {
                break false;
            }
            rest = others;
        }
    } else {
        let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.value.as_str()).collect();
        keys.sort_unstable();
        keys.windows(2).all(|pair| matches!(pair, [a, b] if a != b))
    };
    different.then_some(())
}

#[cfg(test)]
mod tests;
