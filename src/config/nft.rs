//! nftables rulesets: tables, chains, sets and their statements, as listed and as people write them.

use super::{Layout, Node, Tree};

/// Deepest nesting; real rulesets stay below ten.
const DEEPEST: usize = 100;

/// Words that open a block when they start a statement and a brace follows its name.
const BLOCKS: [&str; 11] =
    ["table", "chain", "set", "map", "flowtable", "counter", "quota", "limit", "secmark", "synproxy", "ct"];

/// Reads a ruleset; braces make the tree, statements end at a line end or a semicolon.
pub(super) fn parse(text: &str) -> Tree {
    let mut reader = Reader { text, at: 0, line: 1, open: Vec::new(), tree: Tree::default(), lead: String::new() };
    while reader.step() {}
    while !reader.open.is_empty() {
        reader.close(String::new());
    }
    reader.tree.trailer.push_str(&reader.lead);
    reader.tree
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    open: Vec<Node>,
    tree: Tree,
    lead: String,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let taken = self.rest().get(..bytes).unwrap_or_else(|| self.rest());
        self.at += taken.len();
        self.line += taken.bytes().filter(|&b| b == b'\n').count();
        taken
    }

    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        match first {
            '#' => {
                let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
                let taken = self.take(end);
                self.lead.push_str(taken);
            }
            c if c.is_whitespace() || c == ';' => {
                let end = rest.find(|c: char| !(c.is_whitespace() || c == ';')).unwrap_or(rest.len());
                let taken = self.take(end);
                self.lead.push_str(taken);
            }
            '}' if !self.open.is_empty() => {
                let close = std::mem::take(&mut self.lead) + self.take(1);
                self.close(close);
            }
            _ => self.statement(),
        }
        true
    }

    fn statement(&mut self) {
        let rest = self.rest();
        let (length, block) = extent(rest);
        // What nests deeper is no ruleset, and stays text.
        let deep = block && self.open.len() >= DEEPEST;
        let line = self.line;
        let raw = self.take(length);
        let text = raw.trim_end();
        let mut node = Node {
            text: text.into(),
            line,
            odd: text == "}" || deep,
            layout: Layout {
                lead: std::mem::take(&mut self.lead),
                tail: raw.get(text.len()..).unwrap_or_default().into(),
                ..Layout::default()
            },
            ..Node::default()
        };
        if block && !deep {
            node.layout.tail = smol_str::format_smolstr!("{}{}", node.layout.tail, self.take(1));
            self.open.push(node);
        } else {
            self.add(node);
        }
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(above) => above.children.push(node),
            None => self.tree.nodes.push(node),
        }
    }

    fn close(&mut self, close: String) {
        if let Some(mut done) = self.open.pop() {
            done.layout.close = close;
            self.add(done);
        }
    }
}

/// The bytes of the statement at the start of `text`, and whether a block's brace follows.
fn extent(text: &str) -> (usize, bool) {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '"' => quoted = !quoted,
            '\n' if quoted => return (at, false),
            _ if quoted => {}
            '\\' => escaped = true,
            '{' if depth == 0 && heads_block(text.get(..at).unwrap_or_default()) => return (at, true),
            '{' => depth += 1,
            // A stray brace is a statement of its own, kept and marked.
            '}' if depth == 0 => return (at.max(1), false),
            '}' => depth -= 1,
            ';' | '\n' | '#' if depth == 0 => return (at, false),
            _ => {}
        }
    }
    (text.len(), false)
}

fn heads_block(head: &str) -> bool {
    let mut words = head.split_ascii_whitespace().filter(|word| !matches!(*word, "add" | "create"));
    let Some(kind) = words.next().filter(|word| BLOCKS.contains(word)) else { return false };
    let rest: Vec<&str> = words.collect();
    // `ct helper x {` is an object, `ct state {` a match inside a rule.
    let object = kind != "ct" || matches!(rest.first(), Some(&("helper" | "timeout" | "expectation")));
    object && (1..=3).contains(&rest.len()) && !head.contains(['=', '@', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_and_hand_written_rulesets_nest_alike_and_print_back() {
        let listed = "table inet samnet {\n\tset a {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1,\n\t\t\t     10.0.0.2 }\n\t}\n\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\ttcp dport { 80, 443 } accept comment \"a; b } #\"\n\t}\n}\n";
        let tree = parse(listed);
        assert_eq!(tree.print(), listed);
        let table = &tree.nodes[0];
        assert_eq!(table.text, "table inet samnet");
        assert_eq!(table.children[1].children.len(), 3);
        assert_eq!(table.children[1].children[2].text, "tcp dport { 80, 443 } accept comment \"a; b } #\"");
        let written = "#!/usr/sbin/nft -f\ntable inet samnet { set a { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } } # x\n chain forward { type filter hook forward priority 0; policy drop\n tcp dport {80,443} accept; ct state { new } drop } }";
        let tree = parse(written);
        assert_eq!(tree.print(), written);
        assert_eq!(tree.nodes[0].children[1].children.len(), 4);
    }

    #[test]
    fn stray_braces_and_open_ends_are_kept() {
        for text in ["} x\n", "table a {", "chain b {\n\"open\nx", "a {\n b\n", "}}}", "x \\", "table inet {\u{e5}"] {
            assert_eq!(parse(text).print(), text);
        }
        assert!(parse("}\n").nodes[0].odd);
        let deep = format!("table inet x {{\n{}", "chain x {\n".repeat(200_000));
        assert_eq!(parse(&deep).print(), deep);
    }
}
