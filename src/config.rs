//! Configuration text to tree and back, one parser per family.
//!
//! [`parse`] never fails: a line it cannot place stays in the tree as it stands, marked
//! [`Node::odd`]. Printing a parsed tree gives the same bytes back, because every node carries the
//! layout it was written with (blank lines, comments, indentation, line ends).

use crate::value::Text;
use serde::Deserialize;
use smol_str::SmolStr;

mod pattern;
pub mod phrase;

mod braces;
mod edit;
mod indent;
mod nft;
mod sections;
mod set;
mod uci;
mod words;

pub use edit::{EditWord, edit_words, protect_word, quote_word, release_words};
pub(crate) use indent::pieces::{Piece, pieces};
pub use pattern::Pattern;
pub use phrase::{Phrase, Table};
pub(crate) use phrase::{above, words};
pub use sections::Sections;
pub use words::{PathItem, PathWord, path_items};

/// A configuration syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Sections in braces; read as `set` lines too, where a text has those.
    Braces,
    /// Sections by indentation.
    Indent,
    /// `set` lines with the whole path; read in braces too, where a text has those.
    Set,
    /// `config type 'name'` with options and lists.
    Uci,
    /// nftables rulesets.
    Nft,
    /// Tables of entries: `config … edit … set … next … end`.
    Edit,
}

/// What a parser of a family must know about a platform.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Syntax {
    /// What a comment line starts with, after its indentation.
    pub comments: Vec<String>,
    /// Lines without meaning that end the text (`end`).
    pub ends: Vec<String>,
    /// Lines that close a section; they belong to its layout, not to its content.
    pub exits: Vec<Exit>,
    /// What a line ends with that goes on in the next, deeper one.
    pub continues: Vec<Pattern>,
    /// Blocks whose lines are text, not configuration.
    pub verbatim: Vec<Verbatim>,
}

/// How sections of one kind are left.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Headers of the sections meant.
    pub section: Phrase,
    /// The line that leaves one.
    pub exit: String,
}

/// A block that runs to a delimiter named in its first line, or to a fixed last line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verbatim {
    /// Matches the first line; a group `delimiter` names what ends the block.
    pub start: Pattern,
    /// The trimmed last line, where no delimiter is named.
    #[serde(default)]
    pub end: Option<String>,
    /// Delimiters that are only how the device *shows* one and cannot be typed.
    #[serde(default)]
    pub shown: Vec<String>,
    /// Delimiters to type instead; the first that the text does not hold is taken.
    #[serde(default)]
    pub typed: Vec<String>,
}

/// A whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Top-level lines and sections, in order.
    pub nodes: Vec<Node>,
    /// Whatever follows the last line: comments, blank lines, end marks.
    pub trailer: String,
}

/// One line, with the lines of its section below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The line without indentation and line end. Verbatim blocks hold their inner line ends.
    pub text: Text,
    /// Line in the source, from 1; 0 for a node that was made, not read.
    pub line: usize,
    /// Lines of the section.
    pub children: Vec<Node>,
    /// The parser could not place this line.
    pub odd: bool,
    /// The text is a verbatim block.
    pub verbatim: bool,
    /// How the line was written.
    pub layout: Layout,
}

/// What surrounds a line in its source and carries no meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Comments and blank lines before it.
    pub lead: String,
    /// Its indentation; like the tail, mostly too short to need memory of its own.
    pub indent: SmolStr,
    /// Blanks and line end after it.
    pub tail: SmolStr,
    /// The line that closes its section, with all that belongs to it.
    pub close: String,
}

impl Node {
    /// A node that was made, not read.
    #[must_use]
    pub fn new(text: impl Into<Text>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn print(&self, out: &mut String) {
        out.push_str(&self.layout.lead);
        out.push_str(&self.layout.indent);
        out.push_str(&self.text);
        out.push_str(&self.layout.tail);
        for child in &self.children {
            child.print(out);
        }
        out.push_str(&self.layout.close);
    }

    fn outline(&self, depth: usize, out: &mut String) {
        out.extend(std::iter::repeat_n(' ', depth));
        out.push_str(&self.text);
        out.push('\n');
        for child in &self.children {
            child.outline(depth + 1, out);
        }
    }
}

impl Tree {
    /// The text as it was read, byte for byte.
    #[must_use]
    pub fn print(&self) -> String {
        let mut out = String::new();
        for node in &self.nodes {
            node.print(&mut out);
        }
        out.push_str(&self.trailer);
        out
    }

    /// The lines alone, one blank of indentation per level, without comments and layout.
    #[must_use]
    pub fn outline(&self) -> String {
        let mut out = String::new();
        for node in &self.nodes {
            node.outline(0, &mut out);
        }
        out
    }

    /// Visits every node with the headers above it, outermost first.
    pub fn walk<'t>(&'t self, mut visit: impl FnMut(&[&'t str], &'t Node)) {
        fn each<'t>(nodes: &'t [Node], path: &mut Vec<&'t str>, visit: &mut impl FnMut(&[&'t str], &'t Node)) {
            for node in nodes {
                visit(path, node);
                path.push(&node.text);
                each(&node.children, path, visit);
                path.pop();
            }
        }
        each(&self.nodes, &mut Vec::new(), &mut visit);
    }
}

/// Reads text of a family; lines that cannot be placed are kept and marked.
#[must_use]
pub fn parse(family: Family, syntax: &Syntax, text: &str) -> Tree {
    match family {
        Family::Braces => braces::parse(syntax, text),
        Family::Indent => indent::parse(syntax, text),
        Family::Uci => uci::parse(text),
        Family::Nft => nft::parse(text),
        Family::Set => set::parse(syntax, text),
        Family::Edit => edit::parse(text),
    }
}

/// The words of a UCI statement, quotes and escapes taken away.
#[must_use]
pub fn uci_words(statement: &str) -> Vec<String> {
    uci::words(statement)
}

/// Decodes what a device or a file holds: UTF-8 where it is, else one character per byte (ISO 8859-1).
///
/// Older devices print descriptions in the encoding of whoever typed them; one wrong byte must not
/// cost the other lines.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// The same of bytes that nobody needs any more.
#[must_use]
pub fn decode_owned(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|wrong| decode(wrong.as_bytes()))
}

/// The lines of a text, line ends included; the source of layout for every parser.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line))
}

/// Splits a line into indentation, content and tail (trailing blanks and line end).
fn split(line: &str) -> (&str, &str, &str) {
    let content = line.trim_start_matches([' ', '\t']);
    let indent = line.get(..line.len() - content.len()).unwrap_or_default();
    let trimmed = content.trim_end_matches([' ', '\t', '\r', '\n']);
    let tail = content.get(trimmed.len()..).unwrap_or_default();
    (indent, trimmed, tail)
}
