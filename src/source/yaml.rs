//! YAML text to a tree of values that know their place.
//!
//! Built on the event parser underneath `serde-saphyr` rather than on its deserialiser: the inventory
//! needs the place of *keys*, both places of a duplicate key, the difference between `80` and `"80"`,
//! and every mistake of a file, where a deserialiser stops at the first. What a scalar means is
//! decided by whoever reads it, so `no` is a word until somebody asks for true or false.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError};
use serde_json::{Number, Value};
use smol_str::SmolStr;

use super::{FileId, Sp, Span};

mod unseen;
mod usual;

use unseen::Unseen;

/// Collections inside collections; an inventory needs about eight.
const MAX_DEPTH: usize = 64;
/// Values that aliases may add to a file. A bomb of nine levels asks for 10⁹.
const MAX_ALIASED: usize = 100_000;

/// Said where several keys of one mapping stand there twice.
const AS_ONE: &str = ", and others with it: two entries are read as one; is a `- ` or a key missing in front?";

/// Quotes as word processors set them, which are letters to YAML.
pub const TYPOGRAPHIC: [char; 8] = ['“', '”', '„', '‟', '»', '«', '’', '‘'];

/// One value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands; the definition, where an alias refers to it.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar written without quotes.
    Plain(SmolStr),
    /// A quoted or block scalar: always text.
    Quoted(SmolStr),
    /// `[a, b]` or `- a`.
    List(Vec<Node>),
    /// `{a: b}` or `a: b`, in file order, every key once.
    Map(Vec<Entry>),
}

/// One key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Sp<SmolStr>,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// What people call such a value.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Plain(_) | Kind::Quoted(_) => "a single value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// Whether it is true or false to readers of YAML 1.2 (core schema), which is no text.
    #[must_use]
    pub fn is_truth(&self) -> bool {
        matches!(&self.kind, Kind::Plain(text) if matches!(plain(text), Value::Bool(_)))
    }

    /// The value as readers of YAML 1.2 see it (core schema), without places.
    #[must_use]
    pub fn json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Quoted(text) => text.as_str().into(),
            Kind::Plain(text) => plain(text),
            Kind::List(items) => items.iter().map(Self::json).collect(),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.value.to_string(), entry.value.json())).collect())
            }
        }
    }

    fn size(&self) -> usize {
        match &self.kind {
            Kind::Null | Kind::Plain(_) | Kind::Quoted(_) => 1,
            Kind::List(items) => items.iter().fold(1, |sum, item| sum + item.size()),
            Kind::Map(entries) => entries.iter().fold(1, |sum, entry| sum + 1 + entry.value.size()),
        }
    }
}

/// What a scalar without quotes stands for.
fn plain(text: &str) -> Value {
    let number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    match text {
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        "null" | "~" | "" => Value::Null,
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => whole.into(),
            (_, Ok(real)) if number => Number::from_f64(real).map_or_else(|| text.into(), Value::Number),
            _ => text.into(),
        },
    }
}

/// What is wrong with the YAML itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// What, a lower-case fragment.
    pub message: String,
    /// For a duplicate key, where it stands first.
    pub first: Option<Span>,
}

/// Kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Not YAML; nothing after it was read.
    Syntax,
    /// A key a second time in one mapping; the first value was kept.
    DuplicateKey,
    /// YAML, but of a sort that is not read.
    Refused,
    /// A blank that is no space, where only a space can be meant; it was read as one.
    Blank,
    /// A character that nobody sees; it was passed over.
    Unseen,
}

/// A file as a tree; `root` is absent when nothing usable could be read.
#[derive(Debug, Default)]
pub struct Document {
    /// The outermost value; `None` for a file without one, or a broken one.
    pub root: Option<Node>,
    /// What is wrong with the YAML itself.
    pub problems: Vec<Problem>,
}

/// Reads one YAML document. A leading byte order mark is passed over.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Document {
    let unseen = unseen::find(text);
    if !unseen.is_empty() {
        return parse_seen(file, text, &unseen);
    }
    if let Some(root) = usual::read(file, text) {
        return Document { root: Some(root), problems: Vec::new() };
    }
    let document = parse_any(file, text, false);
    match conflict(file, text).filter(|_| !document.problems.is_empty()) {
        Some(problem) => Document { root: None, problems: vec![problem] },
        None => document,
    }
}

/// Reads a text as it looks, without the characters in it that nobody sees; each of them is a problem.
fn parse_seen(file: FileId, text: &str, unseen: &[Unseen]) -> Document {
    let told = unseen.iter().map(|one| Problem {
        kind: if unseen::is_blank(one.what) { ProblemKind::Blank } else { ProblemKind::Unseen },
        span: Span::new(file, one.at.clone()),
        message: said_of(one.what),
        first: None,
    });
    let mut problems: Vec<Problem> = told.collect();
    let document = parse_any(file, &unseen::spaced(text, unseen), true);
    // Where the text breaks off, or a line may belong somewhere else, they are why.
    let broken = document.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax);
    let unclear = broken || unseen.iter().any(|one| one.leads);
    problems.extend(document.problems.into_iter().filter(|problem| problem.kind != ProblemKind::Syntax));
    Document { root: document.root.filter(|_| !unclear), problems }
}

/// What is said of a character that nobody sees.
fn said_of(what: char) -> String {
    let number = u32::from(what);
    if unseen::is_blank(what) {
        format!("this blank looks like a space and is another character, U+{number:04X}")
    } else if unseen::is_turn(what) {
        format!(
            "a character that turns the direction of writing, U+{number:04X}: the line does not say what it looks like"
        )
    } else {
        format!("a character that nobody sees, U+{number:04X}")
    }
}

/// Where a version control system left the marks of a conflict in a text: the first, also where others are gone.
fn conflict(file: FileId, text: &str) -> Option<Problem> {
    let is_mark = |line: &str| {
        line == "=======" || ["<<<<<<< ", "||||||| ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark))
    };
    let mut at = 0;
    let mut starts = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    });
    let (start, mark) = starts.find(|(_, line)| is_mark(line))?;
    let message = "a merge conflict was left here; keep what is right of both sides, and take its marks out";
    let span = Span::new(file, start..start + mark.len());
    Some(Problem { kind: ProblemKind::Syntax, span, message: message.to_owned(), first: None })
}

/// Reads what may be written in any way that YAML has.
fn parse_any(file: FileId, text: &str, only_seen: bool) -> Document {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: false,
    };
    let mut builder = Builder {
        file,
        text,
        only_seen,
        shift: text.len() - body.len(),
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        aliased: 0,
        document: Document::default(),
        documents: 0,
        unusable: false,
    };
    for event in Parser::new_from_str_with_options(body, options) {
        match event {
            Ok((event, span)) => {
                let span = builder.span(span);
                if builder.event(event, span).is_none() {
                    break;
                }
            }
            Err(error) => {
                builder.syntax(&error);
                break;
            }
        }
    }
    // Half a tree would make a second finding out of every reference into the other half.
    if builder.unusable {
        builder.document.root = None;
    }
    builder.document
}

/// A collection that has begun and not ended.
enum Open {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        seen: BTreeMap<SmolStr, Span>,
        key: Option<Key>,
        merged: Vec<Entry>,
        /// The problem that told of a key that stands in it a second time.
        repeated: Option<usize>,
    },
}

/// A key whose value is still to come.
struct Key {
    name: Sp<SmolStr>,
    /// A repeated or unusable key: its value is read and dropped.
    dropped: bool,
    /// `<<` without quotes: what its value holds belongs to the mapping.
    merges: bool,
}

struct Frame {
    open: Open,
    start: Span,
    anchor: usize,
    /// Where the last value in it ends.
    last: u32,
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    /// Whether characters without width are left out of its values.
    only_seen: bool,
    /// Bytes before the parser's text.
    shift: usize,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    /// Values that aliases added so far.
    aliased: usize,
    document: Document,
    documents: usize,
    unusable: bool,
}

impl Builder<'_> {
    /// Takes one event; `None` ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 1 {
                    return Some(());
                }
                self.problem(ProblemKind::Refused, span, "a second document begins here; a file holds one");
                None
            }
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id) else {
                    self.refuse(span, "this alias stands inside the value it refers to");
                    return None;
                };
                self.aliased += node.size();
                if self.aliased > MAX_ALIASED {
                    self.refuse(span, format!("aliases expand to more than {MAX_ALIASED} values"));
                    return None;
                }
                let node = node.clone();
                self.take(node);
                Some(())
            }
            Event::UnresolvedAlias(name) => {
                self.refuse(span, format!("`*{name}` refers to no anchor above it"));
                None
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text = if self.only_seen { Cow::Owned(unseen::seen(&text)) } else { text };
                let text_tag = match tag.as_deref() {
                    None => false,
                    Some(tag) if tag.is_yaml_core_schema_tag("str") => true,
                    Some(tag) => {
                        self.refuse(span, format!("the tag `{tag}` is not read"));
                        false
                    }
                };
                if style == ScalarStyle::Plain && text.starts_with(TYPOGRAPHIC) {
                    self.refuse(span, "typographic quotes are letters to YAML; use the plain quotes of the keyboard");
                }
                let kind = match style {
                    ScalarStyle::Plain if text_tag => Kind::Quoted(text.into()),
                    ScalarStyle::Plain if matches!(&*text, "" | "~" | "null" | "Null" | "NULL") => Kind::Null,
                    ScalarStyle::Plain => Kind::Plain(text.into()),
                    _ => Kind::Quoted(text.into()),
                };
                let node = Node { span, kind };
                if anchor != 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                self.take(node);
                Some(())
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.no_tag(tag.as_deref(), span);
                self.stack.push(Frame { open: Open::List(Vec::new()), start: span, anchor, last: span.end });
                Some(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.no_tag(tag.as_deref(), span);
                let open = Open::Map {
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: None,
                    merged: Vec::new(),
                    repeated: None,
                };
                self.stack.push(Frame { open, start: span, anchor, last: span.end });
                Some(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Frame { open, start, anchor, last } = self.stack.pop()?;
                let span = self.closed(start, span, last);
                let kind = match open {
                    Open::List(items) => Kind::List(items),
                    Open::Map { mut entries, mut seen, merged, .. } => {
                        for entry in merged {
                            if seen.insert(entry.key.value.clone(), entry.key.span).is_none() {
                                entries.push(entry);
                            }
                        }
                        Kind::Map(entries)
                    }
                };
                let node = Node { span, kind };
                if anchor != 0 {
                    self.aliased += node.size();
                    self.anchors.insert(anchor, node.clone());
                }
                self.take(node);
                Some(())
            }
            // Comments are switched off; whatever a later parser adds is no value.
            _ => Some(()),
        }
    }

    /// Puts a finished value where it belongs: the root, a list, a key or a key's value.
    fn take(&mut self, node: Node) {
        let is_merge = |frame: &Frame| matches!(&frame.open, Open::Map { key: Some(key), .. } if key.merges);
        if self.stack.last().is_some_and(is_merge) && !is_mergeable(&node) {
            self.refuse(node.span, "`<<` takes a mapping or a list of mappings");
        }
        let Some(frame) = self.stack.last_mut() else {
            self.document.root.get_or_insert(node);
            return;
        };
        // An alias's value stands elsewhere.
        frame.last = frame.last.max(if node.span.start >= frame.start.start { node.span.end } else { 0 });
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map { entries, key, merged, .. } => match key.take() {
                Some(Key { dropped: true, .. }) => {}
                Some(Key { merges: true, .. }) => merged.extend(mappings(node)),
                Some(Key { name, .. }) => entries.push(Entry { key: name, value: node }),
                None => self.take_key(node),
            },
        }
    }

    /// A finished value that stands where a key belongs.
    fn take_key(&mut self, node: Node) {
        let Some(Frame { open: Open::Map { seen, key, repeated, .. }, .. }) = self.stack.last_mut() else { return };
        let merges = matches!(&node.kind, Kind::Plain(name) if name == "<<");
        let (Kind::Plain(name) | Kind::Quoted(name)) = node.kind else {
            *key = Some(Key { name: Sp::new(SmolStr::default(), node.span), dropped: true, merges });
            self.refuse(node.span, "a key has to be a single word");
            return;
        };
        let first = seen.get(&name).copied();
        if first.is_none() {
            seen.insert(name.clone(), node.span);
        }
        let message = format!("the key `{}` stands here a second time", short(&name));
        *key = Some(Key { name: Sp::new(name, node.span), dropped: first.is_some(), merges });
        if first.is_some() {
            if let Some(told) = repeated.and_then(|told| self.document.problems.get_mut(told)) {
                // Several keys twice are two entries in one.
                if !told.message.ends_with(AS_ONE) {
                    told.message.push_str(AS_ONE);
                }
                return;
            }
            *repeated = Some(self.document.problems.len());
            let kind = ProblemKind::DuplicateKey;
            self.document.problems.push(Problem { kind, span: node.span, message, first });
        }
    }

    fn no_tag(&mut self, tag: Option<&granit_parser::Tag>, span: Span) {
        if let Some(tag) = tag {
            self.refuse(span, format!("the tag `{tag}` is not read"));
        }
    }

    fn refuse(&mut self, span: Span, message: impl Into<String>) {
        self.problem(ProblemKind::Refused, span, message);
        self.unusable = true;
    }

    fn problem(&mut self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        self.document.problems.push(Problem { kind, span, message: message.into(), first: None });
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()) + self.shift;
        let message = match self.text.get(..at).and_then(|before| before.rsplit('\n').next()) {
            // The parser's own words ("while scanning for the next token") do not help here.
            Some(indent) if indent.trim().is_empty() && indent.contains('\t') => {
                "a tab cannot indent YAML; use spaces".to_owned()
            }
            _ => match mark(self.text, at, '*') {
                Some(name) if error.info().contains("unknown anchor") => {
                    format!("`*{}` refers to no anchor above it", short(name))
                }
                _ => said(error.info()),
            },
        };
        let end = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |c| at + c.len_utf8());
        self.problem(ProblemKind::Syntax, Span::new(self.file, at..end), message);
        self.unusable = true;
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let start = span.start.byte_offset().unwrap_or(0) + self.shift;
        let end = span.end.byte_offset().unwrap_or(0) + self.shift;
        Span::new(self.file, start..end.max(start))
    }

    /// From the start of a collection to its closing mark, or to its last value where it has none.
    fn closed(&self, start: Span, end: Span, last: u32) -> Span {
        let end = if end.end > end.start { end.end } else { last };
        Span { file: self.file, start: start.start, end: end.max(start.end) }
    }
}

/// The name behind a mark at a place: `*` of an alias, `&` of an anchor.
pub(crate) fn mark(text: &str, at: usize, mark: char) -> Option<&str> {
    let rest = text.get(at..)?.strip_prefix(mark)?;
    let end = rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

/// Whether a merge key takes the value.
fn is_mergeable(node: &Node) -> bool {
    match &node.kind {
        Kind::Map(_) => true,
        Kind::List(items) => items.iter().all(|item| matches!(item.kind, Kind::Map(_))),
        Kind::Null | Kind::Plain(_) | Kind::Quoted(_) => false,
    }
}

/// What `<<: *other` or `<<: [*one, *other]` brings; the mapping's own keys go before, then the earlier ones.
fn mappings(node: Node) -> Vec<Entry> {
    match node.kind {
        Kind::Map(entries) => entries,
        Kind::List(items) => items.into_iter().flat_map(mappings).collect(),
        Kind::Null | Kind::Plain(_) | Kind::Quoted(_) => Vec::new(),
    }
}

/// The parser's message as a fragment of ours.
fn said(info: impl AsRef<str>) -> String {
    let info = info.as_ref().trim().trim_end_matches('.');
    let info = info.strip_prefix("while parsing a node, ").unwrap_or(info);
    let plain = match info {
        "illegal placement of ':' indicator" => "a key begins inside brackets or quotes that are not closed",
        "\"-\" is only valid inside a block" => "a list begins inside brackets that are not closed",
        "misplaced bracket" => "a bracket is closed that was not opened",
        "mapping values are not allowed in this context" => "a second `: ` stands where a text belongs",
        "while parsing a block collection, did not find expected '-' indicator" => {
            "this line is in another column than the list it belongs to"
        }
        "while parsing a block mapping, did not find expected key" => {
            "this line is in another column than the keys it belongs to"
        }
        "did not find expected <document start>" => {
            "something stands behind what was closed already: a key is missing in front of it"
        }
        "simple key expected ':'" => "a key without `: ` behind it",
        "invalid trailing content after double-quoted scalar" => "text behind a closing quote",
        other => other,
    };
    plain.to_owned()
}

/// A text cut to what fits in a message.
#[must_use]
pub fn short(text: &str) -> String {
    const MOST: usize = 40;
    let mut cut: String = text.chars().take(MOST).map(|c| if c.is_control() { '·' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> (Sources, Document) {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        (sources, parse(file, text))
    }

    fn at(sources: &Sources, span: Span) -> &str {
        sources.text(span.file).get(span.range()).unwrap()
    }

    fn problems(text: &str) -> Vec<(ProblemKind, usize, usize, String)> {
        let (sources, document) = read(text);
        let place = |span| sources.place(span);
        document
            .problems
            .iter()
            .map(|found| (found.kind, place(found.span).line, place(found.span).column, found.message.clone()))
            .collect()
    }

    #[test]
    fn a_blank_that_is_no_space_is_told_where_it_stands() {
        let found =
            |text| problems(text).into_iter().map(|(kind, line, column, _)| (kind, line, column)).collect::<Vec<_>>();
        assert_eq!(found("a:\n  b: 1\n\u{a0}\u{a0}c: 2\n  d: 3\n"), [(ProblemKind::Blank, 3, 1)]);
        assert_eq!(found("a:\n  b: 1\n  c:\u{a0}2\n  d: 3\n"), [(ProblemKind::Blank, 3, 5)]);
        assert_eq!(found("a: två\u{a0}ord\n"), []);
    }

    #[test]
    fn a_text_with_characters_that_nobody_sees_is_read_as_it_looks() {
        let looks = parse(FileId::default(), "a: { b: staff, c: 2 }\n").root.unwrap().json();
        let (_, document) = read("a: { \u{a0}b: sta\u{200b}ff,\u{a0}c:\u{a0}2\u{feff} }\n");
        assert_eq!(document.problems.len(), 5, "{:?}", document.problems);
        assert_eq!(document.root.unwrap().json(), looks);
        // What line it belongs to nobody knows.
        assert_eq!(parse(FileId::default(), "a:\n  b: 1\n \u{200b} c: 2\n").root, None);
    }

    #[test]
    fn every_value_and_key_knows_its_bytes() {
        let (sources, document) = read("# först\nnamn: Åmål\nlista: [1, \"80\"]\n\n# slut\n");
        let Some(Node { kind: Kind::Map(entries), span }) = document.root else { panic!("no mapping") };
        assert_eq!(at(&sources, span), "namn: Åmål\nlista: [1, \"80\"]");
        let shown: Vec<_> = entries.iter().map(|e| (at(&sources, e.key.span), at(&sources, e.value.span))).collect();
        assert_eq!(shown, [("namn", "Åmål"), ("lista", "[1, \"80\"]")]);
        let Some(Entry { value: Node { kind: Kind::List(items), .. }, .. }) = entries.get(1) else { panic!("no list") };
        let kinds: Vec<_> = items.iter().map(|item| item.kind.clone()).collect();
        assert_eq!(kinds, [Kind::Plain("1".into()), Kind::Quoted("80".into())]);
    }

    #[test]
    fn a_byte_order_mark_and_crlf_shift_nothing() {
        let (sources, document) = read("\u{feff}a: 1\r\nb: två\r\n");
        assert_eq!(document.problems, []);
        let Some(Node { kind: Kind::Map(entries), .. }) = document.root else { panic!("no mapping") };
        let shown: Vec<_> = entries.iter().map(|e| (at(&sources, e.key.span), at(&sources, e.value.span))).collect();
        assert_eq!(shown, [("a", "1"), ("b", "två")]);
    }

    #[test]
    fn a_duplicate_key_is_told_with_both_places_and_the_first_value_kept() {
        let (sources, document) = read("a: 1\nb: 2\na: 3\n");
        let [problem] = &document.problems[..] else { panic!("{:?}", document.problems) };
        assert_eq!(problem.kind, ProblemKind::DuplicateKey);
        assert_eq!(sources.place(problem.span).line, 3);
        assert_eq!(sources.place(problem.first.unwrap()).line, 1);
        let Some(Node { kind: Kind::Map(entries), .. }) = document.root else { panic!("no mapping") };
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn an_alias_bomb_is_refused_before_it_grows() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let refs = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb += &format!("a{level}: &a{level} [{refs}]\n");
        }
        let (_, document) = read(&bomb);
        assert!(document.root.is_none());
        assert_eq!(document.problems.len(), 1);
        assert!(document.problems[0].message.contains("aliases expand"), "{}", document.problems[0].message);
    }

    #[test]
    fn a_conflict_of_two_versions_is_one_problem() {
        let text = "a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n";
        let document = parse(FileId::default(), text);
        assert!(document.root.is_none());
        let [problem] = document.problems.as_slice() else { panic!("{:?}", document.problems) };
        assert_eq!(text.get(problem.span.start as usize..problem.span.end as usize), Some("<<<<<<< HEAD"));
        assert!(problem.message.starts_with("a merge conflict"), "{}", problem.message);
        for left in ["a: 1\n<<<<<<< HEAD\nb: 2\n", "a: 1\n=======\nb: 3\n", "a: 1\n>>>>>>> other\n"] {
            let document = parse(FileId::default(), left);
            assert!(document.problems[0].message.starts_with("a merge conflict"), "{left}");
        }
        // Text that only looks alike is the parser's.
        assert!(parse(FileId::default(), "a: |\n  <<<<<<< HEAD\n  x\n").problems.is_empty());
    }

    #[test]
    fn an_alias_inside_its_own_anchor_ends() {
        assert_eq!(problems("a: &a [1, *a]\n")[0].0, ProblemKind::Refused);
    }

    #[test]
    fn aliases_and_merge_keys_bring_values_that_the_mapping_may_override() {
        let (_, document) = read("base: &b {x: 1, y: 2}\nown: {<<: *b, x: 3}\n");
        let Some(Node { kind: Kind::Map(entries), .. }) = document.root else { panic!("no mapping") };
        let Kind::Map(own) = &entries[1].value.kind else { panic!("no mapping") };
        let shown: Vec<_> = own.iter().map(|e| (e.key.value.as_str(), e.value.kind.clone())).collect();
        assert_eq!(shown, [("x", Kind::Plain("3".into())), ("y", Kind::Plain("2".into()))]);
    }

    #[test]
    fn a_merge_key_takes_mappings_alone_and_is_one_only_without_quotes() {
        for wrong in ["3", "null", "x", "[{a: 1}, 7]", "[[{a: 1}]]"] {
            let found = problems(&format!("own: {{<<: {wrong}, x: 3}}\n"));
            assert_eq!(found.len(), 1, "{wrong}: {found:?}");
            assert_eq!(found[0].3, "`<<` takes a mapping or a list of mappings", "{wrong}");
        }
        assert_eq!(problems("own: {<<: [{a: 1}, {b: 2}], x: 3}\n"), []);
        let root = parse(FileId::default(), "own: {\"<<\": {a: 1}}\n").root.unwrap();
        assert_eq!(root.json(), serde_json::json!({ "own": { "<<": { "a": 1 } } }));
    }

    #[test]
    fn a_key_that_is_no_word_is_told_once() {
        for wrong in ["null: x", "~: x", "? [a]\n: x", "? {a: b}\n: x"] {
            assert_eq!(problems(&format!("a: 1\n{wrong}\n")).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn only_the_first_document_is_read() {
        let found = problems("a: 1\n---\nb: 2\n");
        assert_eq!((found[0].0, found[0].1), (ProblemKind::Refused, 2));
        assert_eq!(problems("---\na: 1\n"), []);
    }

    #[test]
    fn a_tab_is_named() {
        let found = problems("a:\n\tb: 1\n");
        assert_eq!((found[0].0, found[0].1), (ProblemKind::Syntax, 2));
        assert!(found[0].3.contains("tab"), "{}", found[0].3);
    }

    #[test]
    fn tags_and_deep_nesting_are_refused() {
        assert_eq!(problems("a: !!binary aGVq\n")[0].0, ProblemKind::Refused);
        assert_eq!(problems("a: !!str 12\n"), []);
        assert_eq!(problems(&"[".repeat(100_000))[0].0, ProblemKind::Syntax);
    }

    #[test]
    fn ten_megabytes_of_one_line_are_read() {
        let (_, document) = read(&"x".repeat(10_000_000));
        assert_eq!(document.problems, []);
        let list = format!("[{}]", "1, ".repeat(1_000_000));
        let (_, document) = read(&list);
        assert!(matches!(document.root, Some(Node { kind: Kind::List(items), .. }) if items.len() == 1_000_000));
    }
}
