//! Statements in braces: `name key { leaf value; }`, with comments, tags and one-line blocks.
//!
//! A statement ends at its semicolon, or at the end of its line where the platform prints none. Outside all
//! braces a line may be a command (`set …`), as other tools and the device's other printing have it.

use super::words::Lexer;
use super::{Layout, Node, Syntax, Tree, set};

/// Deepest nesting; real configurations stay below twenty.
const DEEPEST: usize = 100;

/// Reads brace text.
pub(super) fn parse(syntax: &Syntax, text: &str) -> Tree {
    let mut reader = Reader {
        syntax,
        text,
        lexer: Lexer::new(text),
        at: 0,
        line: 1,
        open: Vec::new(),
        tree: Tree::default(),
        open_comment: false,
    };
    reader.run();
    reader.tree
}

struct Reader<'t> {
    syntax: &'t Syntax,
    text: &'t str,
    lexer: Lexer<'t>,
    at: usize,
    line: usize,
    open: Vec<Node>,
    tree: Tree,
    /// A comment that nothing closes was seen.
    open_comment: bool,
}

/// How a statement ends.
enum End {
    /// As a leaf, up to here.
    Leaf(usize),
    /// With a brace that opens a block.
    Block(usize),
    /// It is none.
    Odd(usize),
}

impl<'t> Reader<'t> {
    fn run(&mut self) {
        loop {
            let from = self.at;
            let start = self.skip(from);
            if start >= self.text.len() {
                let lead = self.take(self.text.len());
                while !self.open.is_empty() {
                    self.close(String::new());
                }
                lead.clone_into(&mut self.tree.trailer);
                return;
            }
            let lead = self.take(start);
            if self.lexer.byte(start) == b'}' && !self.open.is_empty() {
                let end = self.line_rest(start + 1);
                let close = format!("{lead}{}", self.take(end));
                self.close(close);
                continue;
            }
            self.statement(lead);
        }
    }

    /// Reads up to a place.
    fn take(&mut self, to: usize) -> &'t str {
        let taken = self.text.get(self.at..to).unwrap_or_default();
        self.at = self.at.max(to);
        self.line += taken.bytes().filter(|&byte| byte == b'\n').count();
        taken
    }

    fn rest(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }

    /// The end of a line comment that begins here.
    fn comment(&self, at: usize) -> Option<usize> {
        let rest = self.rest(at);
        let begins = |mark: &String| !mark.is_empty() && rest.starts_with(mark.as_str());
        let found = self.syntax.comments.iter().any(begins);
        found.then(|| rest.find('\n').map_or(self.text.len(), |length| at + length))
    }

    /// Behind blanks, comments and stray semicolons.
    fn skip(&mut self, from: usize) -> usize {
        let mut at = from;
        loop {
            let byte = self.lexer.byte(at);
            if byte.is_ascii_whitespace() || byte == b';' {
                at += 1;
            } else if byte == b'/' && self.lexer.byte(at + 1) == b'*' && !self.open_comment {
                match self.rest(at + 2).find("*/") {
                    Some(length) => at += length + 4,
                    None => self.open_comment = true,
                }
            } else if let Some(end) = self.comment(at) {
                at = end;
            } else {
                return at;
            }
        }
    }

    /// The rest of a line that holds nothing else, a comment of its own included.
    fn line_rest(&self, from: usize) -> usize {
        let mut at = from;
        while matches!(self.lexer.byte(at), b' ' | b'\t' | b'\r') {
            at += 1;
        }
        at = self.comment(at).unwrap_or(at);
        match self.lexer.byte(at) {
            b'\n' => at + 1,
            _ if at >= self.text.len() => at,
            _ => from,
        }
    }

    fn statement(&mut self, lead: &str) {
        let start = self.at;
        let split = lead.rfind('\n').map_or(0, |at| at + 1);
        let (lead, indent) = match lead.split_at_checked(split) {
            Some((lead, indent)) if indent.bytes().all(|byte| byte == b' ' || byte == b'\t') => (lead, indent),
            _ => (lead, ""),
        };
        let mut node = Node { line: self.line, ..Node::default() };
        node.layout = Layout { lead: lead.to_owned(), indent: indent.into(), ..Layout::default() };
        let command = self.open.is_empty() && set::is_command(self.rest(start));
        let (end, how) = if command {
            let end = start + set::length(self.rest(start));
            let body = self.text.get(start..end).unwrap_or_default().trim_end();
            (start + body.len(), End::Leaf(self.line_rest(start + body.len())))
        } else {
            self.scan(start)
        };
        node.text = self.take(end).into();
        match how {
            End::Leaf(to) | End::Odd(to) => {
                node.odd = matches!(how, End::Odd(_));
                node.layout.tail = self.take(to).into();
                self.push(node);
            }
            End::Block(to) => {
                node.layout.tail = self.take(to).into();
                self.open.push(node);
            }
        }
    }

    /// Where the words of a statement end, and how it goes on.
    fn scan(&mut self, start: usize) -> (usize, End) {
        let mut end = start;
        let mut at = start;
        loop {
            while matches!(self.lexer.byte(at), b' ' | b'\t' | b'\r') {
                at += 1;
            }
            if at >= self.text.len() {
                return (end, End::Leaf(at));
            }
            let byte = self.lexer.byte(at);
            if byte == b'\n' || byte.is_ascii_whitespace() {
                let next = at + self.rest(at).len() - self.rest(at).trim_ascii_start().len();
                let opens = self.lexer.byte(next) == b'{' && !self.too_deep();
                if !self.lexer.in_list() && !opens && !self.lexer.terminates(next) {
                    return (end, End::Leaf(at + 1));
                }
                at = next;
                continue;
            }
            if self.lexer.terminates(at) {
                return (end, End::Leaf(self.line_rest(at + 1)));
            }
            if byte == b'{' && end > start && !self.too_deep() {
                return (end, End::Block(self.line_rest(at + 1)));
            }
            if matches!(byte, b'{' | b'}') && end == start {
                let length = self.rest(at).find('\n').map_or(self.rest(at).len(), |length| length + 1);
                let line = self.text.get(at..at + length).unwrap_or_default();
                return (at + line.trim_end().len(), End::Odd(at + length));
            }
            if byte == b'}' && !self.open.is_empty() {
                return (end, End::Leaf(at));
            }
            if self.lexer.opens_list(at) || self.lexer.closes_list(at) {
                at += 1;
            } else {
                at = self.lexer.word(at, true);
            }
            end = at;
        }
    }

    fn too_deep(&self) -> bool {
        self.open.len() >= DEEPEST
    }

    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.tree.nodes.push(node),
        }
    }

    fn close(&mut self, close: String) {
        if let Some(mut node) = self.open.pop() {
            node.layout.close = close;
            self.push(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Tree {
        let syntax = Syntax { comments: vec!["#".to_owned(), "//".to_owned()], ..Syntax::default() };
        let tree = parse(&syntax, text);
        assert_eq!(tree.print(), text);
        tree
    }

    #[test]
    fn blocks_and_leaves_make_the_tree() {
        let text = "## Last commit\nsystem {\n    /* why */\n    host-name a; ## NOTE\n    services { ssh; telnet }\n    \
                    inactive: syslog {\n    }\n    message \"a;\n b {\";\n}\nversion 1\n";
        let outline =
            "system\n host-name a\n services\n  ssh\n  telnet\n inactive: syslog\n message \"a;\n b {\"\nversion 1\n";
        assert_eq!(read(text).outline(), outline);
    }

    #[test]
    fn lines_without_semicolons_end_with_the_line() {
        let text = "interfaces {\r\n  ethernet eth0 {\r\n    address 10.0.0.1/24\r\n    duplex auto\r\n  }\r\n}\r\n// vyos\r\n";
        assert_eq!(read(text).outline(), "interfaces\n ethernet eth0\n  address 10.0.0.1/24\n  duplex auto\n");
        assert_eq!(read("a\n{\n b\n ;\n}").outline(), "a\n b\n");
    }

    #[test]
    fn commands_stand_between_blocks() {
        let text = "{master:0}\nset a \"b\nc\"\nvlans {\n  set x;\n}\ndelete b\n}\n";
        assert_eq!(read(text).outline(), "{master:0}\nset a \"b\nc\"\nvlans\n set x\ndelete b\n}\n");
    }

    #[test]
    fn text_without_quotes_keeps_its_signs() {
        let text = "a {\n  banner !#:;<=>?[\\]^{|}~;\n  list [ b\n c ];\n}\n";
        assert_eq!(read(text).outline(), "a\n banner !#:;<=>?[\\]^{|}~\n list [ b\n c ]\n");
    }

    #[test]
    fn nesting_without_end_is_text() {
        let tree = read(&"a { ' ".repeat(10_000));
        assert!(!tree.nodes.is_empty());
        read(&"[ ".repeat(10_000));
        read(&"/* ".repeat(10_000));
        read(&"\"x ".repeat(10_000));
    }
}
