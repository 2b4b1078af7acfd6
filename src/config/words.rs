//! Words of a statement in brace or `set` text: quotes, and lists in square brackets.
//!
//! A word that begins with a quote runs to the same quote at the end of a word, line ends included; where none
//! follows, the quote is a letter like others. A `;` or `{` inside a word belongs to it, because some devices
//! print free text without quotes.

/// A word as it was written and as it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathWord {
    /// With its quotes.
    pub raw: String,
    /// Without quotes and escapes.
    pub text: String,
}

/// One place of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathItem {
    /// A single word.
    Word(PathWord),
    /// `[ a b ]`: several values of one statement.
    List(Vec<PathWord>),
}

/// The words of a statement, without what ends or opens it.
#[must_use]
pub fn path_items(statement: &str) -> Vec<PathItem> {
    let mut lexer = Lexer::new(statement);
    let mut items = Vec::new();
    let mut list: Option<Vec<PathWord>> = None;
    let mut at = 0;
    loop {
        while lexer.byte(at).is_ascii_whitespace() {
            at += 1;
        }
        if at >= statement.len() {
            break;
        }
        if lexer.opens_list(at) {
            list = Some(Vec::new());
            at += 1;
            continue;
        }
        if lexer.closes_list(at) {
            items.extend(list.take().map(PathItem::List));
            at += 1;
            continue;
        }
        let end = lexer.word(at, false);
        let raw = statement.get(at..end).unwrap_or_default();
        // What follows a double hash was put there by the device.
        if raw == "##" && !items.is_empty() {
            break;
        }
        let word = PathWord { raw: raw.to_owned(), text: unquoted(raw) };
        match &mut list {
            Some(list) => list.push(word),
            None => items.push(PathItem::Word(word)),
        }
        at = end;
    }
    items.extend(list.map(PathItem::List));
    items
}

fn unquoted(raw: &str) -> String {
    let quote = raw.chars().next().filter(|first| matches!(first, '"' | '\''));
    let inner = quote.and_then(|quote| raw.strip_prefix(quote)?.strip_suffix(quote));
    let Some(inner) = inner else { return raw.to_owned() };
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(letter) = chars.next() {
        match chars.peek() {
            Some(&next) if letter == '\\' && (next == '\\' || Some(next) == quote) => out.extend(chars.next()),
            _ => out.push(letter),
        }
    }
    out
}

/// Finds where words end; each search that fails is remembered, so that reading stays linear.
pub(super) struct Lexer<'t> {
    bytes: &'t [u8],
    /// Quotes that are closed nowhere in the rest of the text.
    unclosed: [bool; 2],
    /// Where the list ends that is being read.
    list_end: Option<usize>,
    /// Up to here no list is closed.
    no_list: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), unclosed: [false; 2], list_end: None, no_list: 0 }
    }

    /// The byte at a place; a line end behind the last.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Whether a place is behind a word.
    fn ends(&self, at: usize) -> bool {
        at >= self.bytes.len() || self.byte(at).is_ascii_whitespace()
    }

    /// Whether a semicolon ends the statement, or is a letter of a text without quotes.
    pub(super) fn terminates(&self, at: usize) -> bool {
        self.byte(at) == b';' && (self.ends(at + 1) || matches!(self.byte(at + 1), b'}' | b'#' | b'/' | b';'))
    }

    /// Whether a list is being read.
    pub(super) const fn in_list(&self) -> bool {
        self.list_end.is_some()
    }

    /// Whether a list begins here.
    pub(super) fn opens_list(&mut self, at: usize) -> bool {
        if self.byte(at) != b'[' || self.list_end.is_some() || at < self.no_list {
            return false;
        }
        let mut end = at + 1;
        while end < self.bytes.len() && !self.terminates(end) && !(self.byte(end) == b'{' && self.ends(end + 1)) {
            if self.byte(end) == b']' && (self.ends(end + 1) || self.terminates(end + 1)) {
                self.list_end = Some(end);
                return true;
            }
            end += 1;
        }
        self.no_list = end;
        false
    }

    /// Whether the list that is being read ends here.
    pub(super) fn closes_list(&mut self, at: usize) -> bool {
        let closes = self.list_end == Some(at);
        if closes {
            self.list_end = None;
        }
        closes
    }

    /// Where the word ends that begins here; in brace text `;` and `{` may end it.
    pub(super) fn word(&mut self, at: usize, braces: bool) -> usize {
        if let Some(end) = self.quoted(at) {
            return end;
        }
        let mut end = at;
        while !self.ends(end) {
            let stops = braces && (self.terminates(end) || (end > at && self.byte(end) == b'{' && self.ends(end + 1)));
            if stops || self.list_end == Some(end) {
                break;
            }
            end += 1;
        }
        end.max(at + 1)
    }

    /// Behind the closing quote of the quoted word that begins here, if one does.
    fn quoted(&mut self, at: usize) -> Option<usize> {
        let quote = self.byte(at);
        let which = match quote {
            b'"' => 0,
            b'\'' => 1,
            _ => return None,
        };
        if self.unclosed.get(which).copied().unwrap_or_default() {
            return None;
        }
        let end = closing(self.bytes, at + 1, self.bytes.len(), quote);
        if end.is_none()
            && let Some(unclosed) = self.unclosed.get_mut(which)
        {
            *unclosed = true;
        }
        end
    }
}

/// Behind the first quote at the end of a word.
pub(super) fn closing(bytes: &[u8], from: usize, to: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    while at < to {
        let byte = bytes.get(at).copied()?;
        if byte == b'\\' {
            at += 2;
            continue;
        }
        if byte == quote {
            match bytes.get(at + 1) {
                None => return Some(at + 1),
                Some(next) if next.is_ascii_whitespace() || matches!(next, b';' | b']') => return Some(at + 1),
                Some(_) => {}
            }
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(statement: &str) -> Vec<String> {
        let text = |item: PathItem| match item {
            PathItem::Word(word) => word.text,
            PathItem::List(words) => format!("{:?}", words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>()),
        };
        path_items(statement).into_iter().map(text).collect()
    }

    #[test]
    fn quotes_and_lists_are_read() {
        assert_eq!(texts(r#"set a "b c" 'd "e"' f"#), ["set", "a", "b c", "d \"e\"", "f"]);
        assert_eq!(texts(r#"a "b \"c\" \\d""#), ["a", r#"b "c" \d"#]);
        assert_eq!(texts("members [ a  \"b c\" d]"), ["members", r#"["a", "b c", "d"]"#]);
        assert_eq!(texts("members [a]"), ["members", r#"["a"]"#]);
        assert_eq!(texts("banner \"one\ntwo\n\""), ["banner", "one\ntwo\n"]);
        assert_eq!(texts("key \"$9$x\" ## SECRET-DATA"), ["key", "$9$x"]);
    }

    #[test]
    fn what_is_not_closed_is_text() {
        assert_eq!(texts("a 'tis \"b"), ["a", "'tis", "\"b"]);
        assert_eq!(texts("path [0-9]+ x"), ["path", "[0-9]+", "x"]);
        assert_eq!(texts("banner !#$%&()*+,:;<=>?[\\]^{|}~"), ["banner", "!#$%&()*+,:;<=>?[\\]^{|}~"]);
    }
}
