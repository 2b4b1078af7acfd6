//! Tables and entries: `config … edit … set … next … end`.
//!
//! A statement is a line, or several where a quoted value holds line ends. Inside double quotes a
//! backslash takes the next character as it is; inside single quotes nothing does.

use super::{Layout, Node, Tree, split};

/// Statements that stand inside a section and open none.
const STATEMENTS: [&str; 11] =
    ["set", "unset", "append", "select", "unselect", "clear", "delete", "move", "rename", "clone", "purge"];

/// More sections inside each other than any device has: what stands deeper is no section.
const DEEPEST: usize = 64;

/// What a blank, tab or line end inside a word is written as, so that a line splits into its words at
/// blanks: characters that Unicode keeps out of texts.
const INNER: [(char, char); 4] = [(' ', '\u{FDD0}'), ('\t', '\u{FDD1}'), ('\n', '\u{FDD2}'), ('\r', '\u{FDD3}')];

/// Reads the text of such a device.
pub(super) fn parse(text: &str) -> Tree {
    let mut reader = Reader { open: Vec::new(), tree: Tree::default(), lead: String::new() };
    let mut quotes = Quotes::default();
    let mut rest = text;
    let mut number = 1;
    while !rest.is_empty() {
        let first = rest.split_inclusive('\n').next().unwrap_or(rest);
        let length = if is_statement(first) { quotes.statement(rest) } else { first.len() };
        let (statement, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
        reader.statement(number, statement);
        number += statement.matches('\n').count();
        rest = after;
    }
    reader.finish()
}

fn keyword(line: &str) -> &str {
    line.split_ascii_whitespace().next().unwrap_or_default()
}

/// Whether quotes may be open at the end of the line.
fn is_statement(line: &str) -> bool {
    let word = keyword(line);
    is_config(word) || word == "edit" || STATEMENTS.contains(&word)
}

/// The device takes the word cut short, and people type it so.
fn is_config(word: &str) -> bool {
    matches!(word, "config" | "conf")
}

/// Quotes that never close are searched for once; then they are characters like others, or many of them
/// would cost the square.
#[derive(Default)]
struct Quotes {
    never: [bool; 2],
}

impl Quotes {
    /// The length of the statement at the beginning of the text, its line end included.
    fn statement(&mut self, text: &str) -> usize {
        let mut open: Option<char> = None;
        let mut escaped = false;
        let mut boundary = true;
        let mut line_end = None;
        for (at, c) in text.char_indices() {
            match open {
                _ if escaped => escaped = false,
                Some('"') if c == '\\' => escaped = true,
                Some(quote) if c == quote => open = None,
                None if c == '\n' => return at + 1,
                // A backslash before a line end does not join lines: a path may end with one.
                None if c == '\\' => escaped = !text.get(at + 1..).is_some_and(|more| more.starts_with(['\r', '\n'])),
                None if c == '"' && !self.is_lost(c) => open = Some(c),
                // An apostrophe inside a word is one.
                None if c == '\'' && boundary && !self.is_lost(c) => open = Some(c),
                _ => {}
            }
            if c == '\n' && line_end.is_none() {
                line_end = Some(at + 1);
            }
            boundary = c == ' ' || c == '\t';
        }
        let Some(quote) = open else { return text.len() };
        if let Some(slot) = self.never.get_mut(usize::from(quote == '"')) {
            *slot = true;
        }
        line_end.unwrap_or(text.len())
    }

    fn is_lost(&self, quote: char) -> bool {
        self.never.get(usize::from(quote == '"')).copied().unwrap_or_default()
    }
}

struct Reader {
    /// Sections being filled, with their column and whether a line of theirs stands deeper.
    open: Vec<Open>,
    tree: Tree,
    lead: String,
}

struct Open {
    node: Node,
    column: usize,
    indented: bool,
    entry: bool,
}

impl Reader {
    fn statement(&mut self, number: usize, raw: &str) {
        let (indent, content, _) = split(raw);
        if content.is_empty() || content.starts_with('#') {
            self.lead.push_str(raw);
            return;
        }
        let column = indent.chars().count();
        let word = keyword(content);
        match word {
            "next" if content == "next" && self.open.last().is_some_and(|open| open.entry) => {
                return self.leave(raw);
            }
            "end" if content == "end" && !self.open.is_empty() => {
                if self.open.last().is_some_and(|open| open.entry) {
                    self.close();
                }
                return self.leave(raw);
            }
            _ => {}
        }
        if is_config(word) {
            self.recover(column);
        }
        // One entry ends where the next begins.
        if word == "edit" && self.open.last().is_some_and(|open| open.entry) {
            self.close();
        }
        if let Some(open) = self.open.last_mut() {
            open.indented |= column > open.column;
        }
        let tail_from = content.len() + indent.len();
        let node = Node {
            text: content.into(),
            line: number,
            verbatim: content.contains('\n'),
            layout: Layout {
                lead: std::mem::take(&mut self.lead),
                indent: indent.into(),
                tail: raw.get(tail_from..).unwrap_or_default().into(),
                ..Layout::default()
            },
            ..Node::default()
        };
        let inside = !self.open.is_empty();
        let in_table = self.open.last().is_some_and(|open| !open.entry);
        let deep = self.open.len() >= DEEPEST;
        if is_config(word) && content != word && !deep {
            self.open.push(Open { node, column, indented: false, entry: false });
        } else if word == "edit" && in_table && !deep {
            self.open.push(Open { node, column, indented: false, entry: true });
        } else {
            let odd = !(inside && STATEMENTS.contains(&word));
            self.add(Node { odd, ..node });
        }
    }

    /// A section that begins where another stands, whose own lines stand deeper, shows that an `end` is missing.
    fn recover(&mut self, column: usize) {
        let missing = self.open.iter().position(|open| open.indented && open.column >= column);
        while missing.is_some_and(|missing| self.open.len() > missing) {
            self.close();
        }
    }

    fn leave(&mut self, raw: &str) {
        if let Some(open) = self.open.last_mut() {
            open.node.layout.close = std::mem::take(&mut self.lead) + raw;
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(done) = self.open.pop() {
            self.add(done.node);
        }
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.node.children.push(node),
            None => self.tree.nodes.push(node),
        }
    }

    fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.close();
        }
        self.tree.trailer = self.lead;
        self.tree
    }
}

/// One word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditWord {
    /// As it stands, quotes and escapes included.
    pub raw: String,
    /// What it means.
    pub plain: String,
}

/// The words of a statement.
#[must_use]
pub fn edit_words(statement: &str) -> Vec<EditWord> {
    let mut words = Vec::new();
    let mut word: Option<EditWord> = None;
    let mut open: Option<char> = None;
    let mut escaped = false;
    for c in statement.chars() {
        if open.is_none() && !escaped && matches!(c, ' ' | '\t' | '\r' | '\n') {
            words.extend(word.take());
            continue;
        }
        let boundary = word.is_none();
        let here = word.get_or_insert_with(|| EditWord { raw: String::new(), plain: String::new() });
        here.raw.push(c);
        match open {
            _ if escaped => {
                escaped = false;
                here.plain.push(c);
            }
            Some('\'') if c != '\'' => here.plain.push(c),
            _ if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            None if c == '"' || (c == '\'' && boundary) => open = Some(c),
            _ => here.plain.push(c),
        }
    }
    words.extend(word);
    words
}

/// A text that is one word, whatever blanks it holds; [`release_words`] takes it back.
#[must_use]
pub fn protect_word(text: &str) -> String {
    let hide = |c: char| INNER.iter().find(|(inner, _)| *inner == c).map_or(c, |(_, hidden)| *hidden);
    text.chars().map(hide).collect()
}

/// The text as it was before its blanks were protected.
#[must_use]
pub fn release_words(text: &str) -> String {
    let show = |c: char| INNER.iter().find(|(_, hidden)| *hidden == c).map_or(c, |(inner, _)| *inner);
    text.chars().map(show).collect()
}

/// A word with the quotes it needs to be typed.
#[must_use]
pub fn quote_word(plain: &str) -> String {
    let bare = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\' | '#' | '?');
    if !plain.is_empty() && plain.chars().all(bare) {
        return plain.to_owned();
    }
    let mut out = String::from("\"");
    for c in plain.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> Tree {
        let tree = parse(text);
        assert_eq!(tree.print(), text);
        tree
    }

    #[test]
    fn tables_entries_and_quotes_print_back() {
        let tree = round(
            "#config-version=X\r\nconfig system global\r\n    set hostname \"fw\"\r\nend\r\n\nconfig firewall address\n\tedit \"my net\"\n\t\tset comment \"one\n  two \\\"three\\\"\nend\"  \n\t\tconfig tagging\n\t\tend\n\tnext\n\tedit b\n\tnext\nend\n\n",
        );
        assert_eq!(tree.nodes.len(), 2);
        let entry = &tree.nodes[1].children[0];
        assert_eq!(entry.text, "edit \"my net\"");
        assert_eq!(entry.children[0].text, "set comment \"one\n  two \\\"three\\\"\nend\"");
        assert!(entry.children[0].verbatim && !entry.children[0].odd);
        assert_eq!(entry.children[1].text, "config tagging");
        assert_eq!(tree.nodes[1].children.len(), 2);
    }

    #[test]
    fn what_is_left_out_is_guessed_and_what_is_strange_is_marked() {
        // `end` closes an entry and its table; an entry ends where the next begins.
        let tree =
            round("config a\nedit 1\nset x 1\nedit 2\nset x 2\nend\nset y 1\nnext\nend\nLast login: it's \"me\n");
        assert_eq!(tree.nodes[0].children.len(), 2);
        let odd: Vec<&str> = tree.nodes.iter().filter(|node| node.odd).map(|node| node.text.as_str()).collect();
        assert_eq!(odd, ["set y 1", "next", "end", "Last login: it's \"me"]);
        // A missing `end` shows in the indentation.
        let tree = round("config a\n    edit 1\n        set x 1\n    next\nconfig b\n    set y 1\nend\n");
        assert_eq!(tree.nodes.len(), 2);
        // Virtual domains are not indented.
        let tree = round("config vdom\nedit root\nconfig a\n    set x 1\nend\nconfig b\n    set y 1\nend\nnext\nend\n");
        assert_eq!(tree.nodes[0].children[0].children.len(), 2);
    }

    #[test]
    fn a_quote_that_never_closes_costs_its_line_only() {
        let tree = round("config a\n set x \"one\n set y 'two\n set z three\nend\n");
        assert_eq!(tree.nodes[0].children.len(), 3);
        let tree = round("config a\n set comment it's\n set y 1\nend\n");
        assert_eq!(tree.nodes[0].children.len(), 2);
    }

    #[test]
    fn words_lose_their_quotes_and_find_them_again() {
        let plain = |text: &str| edit_words(text).into_iter().map(|word| word.plain).collect::<Vec<_>>();
        assert_eq!(plain("set a \"b c\" d\\ e 'f \\g' \"\""), ["set", "a", "b c", "d e", "f \\g", ""]);
        assert_eq!(plain("rename \"new\"_one it's"), ["rename", "new_one", "it's"]);
        for word in ["a", "", "b c", "d\"e", "f\\g", "h\ni", "it's", "å"] {
            assert_eq!(plain(&quote_word(word)), [word]);
            assert_eq!(release_words(&protect_word(word)), word);
            assert!(!protect_word(word).contains([' ', '\n']));
        }
    }
}
