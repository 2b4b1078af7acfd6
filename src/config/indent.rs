//! Sections by indentation.

use std::collections::{BTreeMap, BTreeSet};

use super::{Layout, Node, Syntax, Tree, lines, split, words};

pub(super) mod pieces;

/// More sections inside each other than any device has: what stands deeper belongs to the last of them.
const DEEPEST: usize = 64;

/// Reads indented text. A deeper line belongs to the nearest shallower line above it.
pub(super) fn parse(syntax: &Syntax, text: &str) -> Tree {
    let mut reader = Reader { syntax, open: Vec::new(), top: Open::default(), lead: String::new() };
    let mut unclosed = Unclosed::default();
    let (mut number, mut rest) = (1, text);
    while let Some(line) = first_line(rest) {
        let (_, content, _) = split(line);
        if let Some(length) = verbatim(syntax, content, rest, &mut unclosed) {
            let raw = rest.get(..length).unwrap_or_default();
            reader.block(number, raw, true);
            number += lines(raw).count();
            rest = rest.get(length..).unwrap_or_default();
        } else if let Some(length) = continued(syntax, rest) {
            let raw = rest.get(..length).unwrap_or_default();
            reader.block(number, raw, false);
            number += lines(raw).count();
            rest = rest.get(length..).unwrap_or_default();
        } else {
            reader.line(number, line);
            number += 1;
            rest = rest.get(line.len()..).unwrap_or_default();
        }
    }
    reader.finish()
}

/// The first line of a text, its end included.
fn first_line(text: &str) -> Option<&str> {
    let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |at| at + 1);
    text.get(..end).filter(|line| !line.is_empty())
}

/// What ends blocks and never comes again: searched for once, or many blocks without an end would cost the square.
#[derive(Default)]
struct Unclosed<'t> {
    delimiters: BTreeSet<&'t str>,
    /// By the number of the rule.
    ends: BTreeSet<usize>,
}

/// How many bytes a verbatim block has that begins with the first line of `ahead`; `None` when none starts or none ends.
fn verbatim<'t>(syntax: &Syntax, content: &'t str, ahead: &'t str, unclosed: &mut Unclosed<'t>) -> Option<usize> {
    // Up to the end of the first line that is as asked, after so many.
    let until = |skip: usize, ends: &dyn Fn(&str) -> bool| {
        let mut length = 0;
        for (at, line) in ahead.split_inclusive('\n').enumerate() {
            length += line.len();
            if at >= skip && ends(line) {
                return Some(length);
            }
        }
        None
    };
    for (number, rule) in syntax.verbatim.iter().enumerate() {
        // Asking whether costs much less than asking where.
        if !rule.start.is_match(content) {
            continue;
        }
        let Some(found) = rule.start.captures(content) else { continue };
        if let Some(end) = &rule.end {
            if unclosed.ends.contains(&number) {
                return None;
            }
            let length = until(0, &|line| line.trim() == end);
            if length.is_none() {
                unclosed.ends.insert(number);
            }
            return length;
        }
        let Some(delimiter) = found.name("delimiter") else { continue };
        if content.get(delimiter.end()..).is_some_and(|after| after.contains(delimiter.as_str())) {
            return first_line(ahead).map(str::len);
        }
        if unclosed.delimiters.contains(delimiter.as_str()) {
            return None;
        }
        let length = until(1, &|line| line.contains(delimiter.as_str()));
        if length.is_none() {
            unclosed.delimiters.insert(delimiter.as_str());
        }
        return length;
    }
    None
}

/// How many bytes the first line has with the next ones that belong to it.
fn continued(syntax: &Syntax, ahead: &str) -> Option<usize> {
    if syntax.continues.is_empty() {
        return None;
    }
    let mut all = ahead.split_inclusive('\n');
    let first = all.next()?;
    let (indent, mut last, _) = split(first);
    let own = columns(indent);
    let mut length = first.len();
    for line in all {
        let (indent, content, _) = split(line);
        let goes_on = syntax.continues.iter().any(|end| end.is_match(last));
        if !goes_on || content.is_empty() || columns(indent) <= own {
            break;
        }
        length += line.len();
        last = content;
    }
    (length > first.len()).then_some(length)
}

/// A section that is being filled.
#[derive(Default)]
struct Open {
    /// Its indentation in columns.
    column: usize,
    node: Node,
    /// How many sections stand inside each other in each of its lines.
    depths: Vec<usize>,
    /// Up to which line none is left by a line that leaves sections; they are not looked at twice.
    none: BTreeMap<String, usize>,
}

impl Open {
    fn push(&mut self, node: Node, depth: usize) {
        self.node.children.push(node);
        self.depths.push(depth);
    }

    /// How many sections stand inside each other from here on.
    fn depth(&self) -> usize {
        self.depths.iter().max().map_or(0, |most| most + 1)
    }
}

struct Reader<'s> {
    syntax: &'s Syntax,
    /// Sections around the line in hand.
    open: Vec<Open>,
    /// What stands in none.
    top: Open,
    lead: String,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str) {
        let (indent, content, tail) = split(line);
        let syntax = self.syntax;
        if content.is_empty()
            || syntax.comments.iter().any(|mark| content.starts_with(mark.as_str()))
            || (indent.is_empty() && syntax.ends.iter().any(|end| end == content))
        {
            self.lead.push_str(line);
            return;
        }
        let column = columns(indent);
        if self.exit(column, content, line) {
            return;
        }
        self.add(
            column,
            Node {
                text: content.into(),
                line: number,
                layout: Layout { indent: indent.into(), tail: tail.into(), ..Layout::default() },
                ..Node::default()
            },
        );
    }

    /// Several lines that are one: text, or a line that goes on in the next.
    fn block(&mut self, number: usize, raw: &str, verbatim: bool) {
        let (indent, _, _) = split(raw);
        let body = raw.get(indent.len()..).unwrap_or_default();
        let text = body.trim_end_matches(['\r', '\n']);
        let tail = body.get(text.len()..).unwrap_or_default();
        self.add(
            columns(indent),
            Node {
                text: text.into(),
                line: number,
                verbatim,
                layout: Layout { indent: indent.into(), tail: tail.into(), ..Layout::default() },
                ..Node::default()
            },
        );
    }

    fn add(&mut self, column: usize, mut node: Node) {
        while self.open.last().is_some_and(|above| above.column >= column) || self.open.len() > DEEPEST {
            self.close();
        }
        node.layout.lead = std::mem::take(&mut self.lead);
        self.open.push(Open { column, node, ..Open::default() });
    }

    /// Takes a line that only leaves a section into the layout of that section.
    fn exit(&mut self, column: usize, content: &str, line: &str) -> bool {
        if !self.syntax.exits.iter().any(|rule| rule.exit == content) {
            return false;
        }
        // Either at the column of the header, or inside the section at the column of its lines.
        while self.open.len() > 1 && self.open.last().is_some_and(|above| above.column > column) {
            self.close();
        }
        let own = self.open.iter().rposition(|open| leaves(self.syntax, content, &open.node));
        let Some(own) = own else { return self.exit_flat(column, content, line) };
        while self.open.len() > own + 1 {
            self.close();
        }
        if let Some(Open { node, .. }) = self.open.last_mut() {
            node.layout.close.push_str(&std::mem::take(&mut self.lead));
            node.layout.close.push_str(line);
        }
        self.close();
        true
    }

    /// A section whose lines stand at its own column, known only by the line that leaves it.
    fn exit_flat(&mut self, column: usize, content: &str, line: &str) -> bool {
        while self.open.last().is_some_and(|above| above.column >= column) {
            self.close();
        }
        let syntax = self.syntax;
        let around = self.open.len();
        let level = self.open.last_mut().unwrap_or(&mut self.top);
        let siblings = &level.node.children;
        let from = level.none.get(content).copied().unwrap_or_default().min(siblings.len());
        let own = siblings
            .iter()
            .enumerate()
            .skip(from)
            .rev()
            .find(|(_, node)| node.layout.close.is_empty() && !node.verbatim && leaves(syntax, content, node));
        let inside = |own: usize| level.depths.iter().skip(own).max().map_or(0, |most| most + 1);
        let own = own.map(|(own, _)| own).filter(|own| around + inside(*own) < DEEPEST);
        // A line that leaves nothing means nothing.
        let Some(own) = own else {
            level.none.insert(content.to_owned(), siblings.len());
            self.lead.push_str(line);
            return true;
        };
        let depth = inside(own);
        let inner = level.node.children.split_off(own + 1);
        level.depths.truncate(own);
        level.none.values_mut().for_each(|seen| *seen = (*seen).min(own + 1));
        level.depths.push(if inner.is_empty() { depth - 1 } else { depth });
        if let Some(node) = level.node.children.last_mut() {
            node.children.extend(inner);
            node.layout.close = std::mem::take(&mut self.lead) + line;
        }
        true
    }

    fn close(&mut self) {
        let Some(done) = self.open.pop() else { return };
        let depth = done.depth();
        self.open.last_mut().unwrap_or(&mut self.top).push(done.node, depth);
    }

    fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.close();
        }
        Tree { nodes: self.top.node.children, trailer: self.lead }
    }
}

/// Whether a line leaves a section.
fn leaves(syntax: &Syntax, exit: &str, node: &Node) -> bool {
    let mut rules = syntax.exits.iter().filter(|rule| rule.exit == exit).peekable();
    rules.peek().is_some() && {
        let words = words(&node.text);
        rules.any(|rule| rule.section.is_match(&[], &words))
    }
}

/// The width of an indentation; a tab reaches to the next multiple of eight, as terminals show it.
fn columns(indent: &str) -> usize {
    indent.chars().fold(0, |width, c| if c == '\t' { (width / 8 + 1) * 8 } else { width + 1 })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(super) fn syntax() -> Syntax {
        serde_saphyr::from_str(
            r#"
comments: ["!"]
ends: ["end"]
exits:
  - {section: "address-family ~", exit: exit-address-family}
  - {section: "~", exit: exit}
verbatim:
  - {start: '^banner (?:\S+) (?<delimiter>\^C|\S)'}
  - {start: '^certificate ', end: quit}
"#,
        )
        .unwrap()
    }

    fn round(text: &str) -> Tree {
        let tree = parse(&syntax(), text);
        assert_eq!(tree.print(), text);
        tree
    }

    #[test]
    fn sections_nest_and_print_back() {
        let tree =
            round("! top\r\nhostname x\r\n!\r\ninterface a\r\n mtu 9\r\n ! in\r\n speed 1  \r\n\r\nend\r\n! after");
        assert_eq!(tree.nodes.len(), 2);
        assert_eq!(tree.nodes[1].children[1].text, "speed 1");
        assert_eq!(tree.outline(), "hostname x\ninterface a\n mtu 9\n speed 1\n");
    }

    #[test]
    fn exits_belong_to_the_layout() {
        let tree =
            round("router bgp 1\n address-family ipv4\n  network a\n exit-address-family\n !\n neighbor b\nexit\n");
        assert_eq!(tree.outline(), "router bgp 1\n address-family ipv4\n  network a\n neighbor b\n");
        let flat = round("router bgp 1\n address-family ipv4\n network a\n exit-address-family\n neighbor b\n");
        assert_eq!(flat.outline(), tree.outline());
    }

    #[test]
    fn a_banner_is_one_node_whatever_it_holds() {
        let tree = round("banner motd ^C\n interface a\n! no comment\n^C\nhostname x\n");
        assert_eq!(tree.nodes.len(), 2);
        assert!(tree.nodes[0].verbatim);
        let tree = round("banner motd #hello#\nhostname x");
        assert_eq!(tree.nodes[1].text, "hostname x");
        let tree = round("banner motd #hello\nhostname x\n");
        assert!(!tree.nodes[0].verbatim);
    }

    #[test]
    fn certificates_keep_their_tab() {
        let tree = round("crypto pki x\n certificate ca 01\n  30820\n  \tquit\nhostname x\n");
        assert_eq!(tree.nodes[0].children.len(), 1);
        assert_eq!(tree.nodes[1].text, "hostname x");
    }

    #[test]
    fn no_text_is_too_deep_or_costs_the_square() {
        round(&(0..3_000).map(|depth| " ".repeat(depth) + "a\n").collect::<String>());
        let many = |line: &str| line.repeat(50_000);
        let deepest = round(&(many("hostname x\n") + &many("exit\n")));
        // Some stand in each other; where that would go on for ever, a line that leaves one means nothing.
        assert_eq!(deepest.outline().lines().count(), 50_000);
        assert!(deepest.outline().lines().all(|line| line.len() < 100));
        round(&(many("hostname x\n") + &many("exit-address-family\n")));
        round(&many("certificate 01\n"));
        // What came after a line that left nothing can be left again.
        let tree = round("a\nexit-address-family\nb\nexit\nexit\naddress-family c\nd\nexit-address-family\n");
        assert_eq!(tree.outline(), "a\n b\naddress-family c\n d\n");
    }

    #[test]
    fn ten_thousand_unclosed_banners_are_read_in_linear_time() {
        let text = "banner motd # x\nbanner motd @ x\n".repeat(5_000).replace("# x", "§ x");
        round(&(text + "banner motd ^C never\n").replace('@', "å"));
        let text = "banner motd ^C x
banner motd q x
"
        .repeat(5_000);
        // Each takes the line of the other kind and the one that closes it.
        assert_eq!(round(&text).nodes.len(), 10_000_usize.div_ceil(3));
        round("");
        round("\n\n!\n");
        round("\u{feff}håll\u{3}\n\t tab\n");
    }
}
