//! UCI: `package`, `config type 'name'`, `option` and `list`.

use super::{Layout, Node, Tree, lines, split};

/// Reads one exported package, or several after each other; without `package` lines the sections stand at the top.
pub(super) fn parse(text: &str) -> Tree {
    let mut reader = Reader::default();
    let mut lines = lines(text);
    while let Some((number, line)) = lines.next() {
        let mut raw = line.to_owned();
        let mut quotes = Quotes::default();
        quotes.read(line);
        // A quoted value may hold line ends; the statement goes on until its quotes are closed.
        while quotes.open.is_some() {
            let Some((_, more)) = lines.next() else { break };
            raw.push_str(more);
            quotes.read(more);
        }
        reader.statement(number, &raw);
    }
    reader.finish()
}

/// The words of a statement, quotes and escapes taken away.
pub(super) fn words(statement: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = statement.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, _) if c.is_ascii_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Follows quotes over several lines.
#[derive(Default)]
struct Quotes {
    open: Option<char>,
    escaped: bool,
}

impl Quotes {
    fn read(&mut self, line: &str) {
        let mut blank = self.open.is_none();
        for c in line.chars() {
            if std::mem::take(&mut self.escaped) {
                continue;
            }
            match (self.open, c) {
                (Some(open), _) if c == open => self.open = None,
                (Some('"') | None, '\\') => self.escaped = true,
                (None, '\'' | '"') => self.open = Some(c),
                (None, '#') if blank => return,
                _ => {}
            }
            blank = c.is_ascii_whitespace();
        }
    }
}

#[derive(Default)]
struct Reader {
    tree: Tree,
    package: Option<Node>,
    section: Option<Node>,
    lead: String,
}

impl Reader {
    fn statement(&mut self, number: usize, raw: &str) {
        let (indent, content, tail) = split(raw);
        if content.is_empty() || content.starts_with('#') {
            self.lead.push_str(raw);
            return;
        }
        let words = words(content);
        let count = words.len();
        let mut node = Node {
            text: content.into(),
            line: number,
            layout: Layout {
                lead: std::mem::take(&mut self.lead),
                indent: indent.into(),
                tail: tail.into(),
                ..Layout::default()
            },
            ..Node::default()
        };
        match (words.first().map(String::as_str), count) {
            (Some("package"), 2) => {
                self.close_package();
                self.package = Some(node);
            }
            (Some("config"), 2 | 3) => {
                self.close_section();
                self.section = Some(node);
            }
            (Some("option" | "list"), 2 | 3) if self.section.is_some() => {
                if let Some(section) = &mut self.section {
                    section.children.push(node);
                }
            }
            _ => {
                node.odd = true;
                let place = self.section.as_mut().or(self.package.as_mut());
                match place {
                    Some(above) => above.children.push(node),
                    None => self.tree.nodes.push(node),
                }
            }
        }
    }

    fn close_section(&mut self) {
        let Some(section) = self.section.take() else { return };
        match &mut self.package {
            Some(package) => package.children.push(section),
            None => self.tree.nodes.push(section),
        }
    }

    fn close_package(&mut self) {
        self.close_section();
        self.tree.nodes.extend(self.package.take());
    }

    fn finish(mut self) -> Tree {
        self.close_package();
        self.tree.trailer = self.lead;
        self.tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_sections_and_options_nest_and_print_back() {
        let text = "package network\n\nconfig interface 'lan'\n\toption proto 'static'\n\tlist dns \"a b\"\n\n# note\nconfig rule\n\toption x 'it'\\''s\n two'\n\npackage system\nodd line here\n";
        let tree = parse(text);
        assert_eq!(tree.print(), text);
        assert_eq!(tree.nodes.len(), 2);
        assert_eq!(tree.nodes[0].children.len(), 2);
        assert_eq!(words(&tree.nodes[0].children[1].children[0].text), ["option", "x", "it's\n two"]);
        assert!(tree.nodes[1].children[0].odd);
    }

    #[test]
    fn words_know_both_quotes() {
        assert_eq!(words("option a 'b c' # note"), ["option", "a", "b c"]);
        assert_eq!(words(r#"list x "a\"b" '' d\ e"#), ["list", "x", "a\"b", "", "d e"]);
    }
}
