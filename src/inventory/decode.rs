//! From YAML nodes to typed values: collects every mistake and goes on with what is left.

use serde_json::{Value, json};

use super::schema::Holders;
use super::shape::Schemas;
use crate::finding::{Code, Edit, Finding, Fix, codes, nearest};
use crate::source::yaml::{Entry, Kind, Node, short};
use crate::source::{Sp, Span};
use crate::value::Text;

mod cut;
mod elsewhere;
mod values;

use values::{HOST, IDENTIFIER, NUMBER, TEXT, TRUTH};
pub(super) use values::{net, proposal, ranges, stray_bits};

/// Findings kept of one file: a file of ten million wrong values has one mistake, not ten million.
const MOST_FINDINGS: usize = 100;

/// Where findings of one file are collected.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    /// The key whose value is being read, for messages.
    key: Text,
    /// Between which a number has to lie that is being read.
    pub(super) within: Option<(u32, u32)>,
    /// Lists of keys that are read in no mapping at the moment.
    spare: Vec<Vec<&'static str>>,
    /// The kind of file, by the name of its schema; for one that is only tried there is none.
    kind: &'static str,
    /// Where such files have each key, once somebody asks.
    holders: Option<Holders>,
}

impl Reader {
    /// Begins to read a file of a kind.
    pub(super) fn of(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Takes a finding, unless the file has too many already.
    pub(super) fn push(&mut self, finding: Finding) {
        if !self.full() {
            self.findings.push(finding);
        } else if self.findings.len() == MOST_FINDINGS {
            let message = format!("this file has more than {MOST_FINDINGS} mistakes; the rest is not shown");
            let span = finding.span.unwrap_or_default();
            self.findings.push(Finding::error(codes::TOO_MANY, message).at_saying(span, "the next one stands here"));
        }
    }

    /// Takes back that a mapping lacks a key.
    fn lacks_no_more(&mut self, head: Span, message: &str) {
        let lacks =
            |told: &Finding| told.code == codes::MISSING_KEY && told.span == Some(head) && told.message == message;
        self.findings.retain(|told| !lacks(told));
    }

    /// Whether more findings would not be kept.
    fn full(&self) -> bool {
        self.findings.len() >= MOST_FINDINGS
    }

    /// The value is of another kind than belongs here.
    pub(super) fn wrong(&mut self, node: &Node, wanted: &str) {
        let found = match &node.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Plain(text) => format!("`{}`", short(text)),
            Kind::Quoted(text) if text.trim().is_empty() => "an empty text".to_owned(),
            Kind::Quoted(text) => format!("the text \"{}\"", short(text)),
            Kind::List(_) | Kind::Map(_) => node.word().to_owned(),
        };
        let message = if self.key.is_empty() {
            format!("expected {wanted}, found {found}")
        } else {
            format!("`{}` takes {wanted}, not {found}", self.key)
        };
        // A picture of a whole list or mapping hides the place; its first byte shows it.
        let span = match node.kind {
            Kind::List(_) | Kind::Map(_) => Span { end: node.span.start + 1, ..node.span },
            Kind::Null | Kind::Plain(_) | Kind::Quoted(_) => node.span,
        };
        let finding = Finding::error(codes::WRONG_TYPE, message).at_saying(span, format!("{wanted} belongs here"));
        self.push(finding.fix(unambiguous(node, wanted)));
    }

    /// The value is of the right kind, and still cannot be.
    pub(super) fn illegal(&mut self, span: Span, message: impl Into<String>) {
        self.report(codes::ILLEGAL_VALUE, span, message);
    }

    pub(super) fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(Finding::error(code, message).at(span));
    }

    /// Reads the value of a key.
    pub(super) fn value<T: Decode>(&mut self, key: &Text, node: &Node) -> Option<T> {
        self.value_of(key.clone(), node)
    }

    /// The same for a key that is known to the program.
    pub(super) fn known<T: Decode>(&mut self, key: &'static str, node: &Node) -> Option<T> {
        self.value_of(Text::new_static(key), node)
    }

    fn value_of<T: Decode>(&mut self, key: Text, node: &Node) -> Option<T> {
        let outer = std::mem::replace(&mut self.key, key);
        let value = T::decode(node, self);
        self.key = outer;
        value
    }

    /// A word out of a short list.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else {
            self.wrong(node, "a single word");
            return None;
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = match self.key.as_str() {
            "" => format!("`{}` is not known here", short(text)),
            key => format!("`{key}` cannot be `{}`", short(text)),
        };
        let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(node.span);
        let one_of = format!("it is one of {}", known.join(", "));
        self.push(finding.meant(text, known, || one_of));
        None
    }

    /// A key that is none of the words that belong there.
    pub(super) fn unknown_word(&mut self, code: Code, key: &Sp<Text>, what: &str, known: &[&str]) {
        let finding = Finding::error(code, format!("`{}` is no {what}", short(key))).at(key.span);
        self.push(finding.meant(key, known.iter().copied(), || format!("{what}s are {}", known.join(", "))));
    }

    /// A text that a parser takes or says why not.
    pub(super) fn parsed<T>(
        &mut self,
        node: &Node,
        wanted: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else {
            self.wrong(node, wanted);
            return None;
        };
        if node.is_truth() {
            self.wrong(node, wanted);
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(message) => {
                let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(node.span);
                // Two addresses in one: letters would make a text of it.
                let several = text.split_whitespace().count() > 1 && text.starts_with(|c: char| c.is_ascii_digit());
                self.push(if several { finding.help("is a comma missing between two values?") } else { finding });
                None
            }
        }
    }
}

/// What stands for a value of the wanted kind in another way of writing it.
fn unambiguous(node: &Node, wanted: &str) -> Option<Fix> {
    match (&node.kind, wanted) {
        // YAML 1.1 took these words for true and false, and so do those who learned it.
        (Kind::Plain(text), TRUTH) => match text.to_lowercase().as_str() {
            "yes" | "on" | "true" => Fix::word(node.span, text, "true"),
            "no" | "off" | "false" => Fix::word(node.span, text, "false"),
            _ => None,
        },
        (Kind::Quoted(text), TRUTH) if text == "true" || text == "false" => Fix::unquote(node.span, text),
        (Kind::Quoted(text), NUMBER)
            if text.bytes().all(|byte| byte.is_ascii_digit()) && (!text.starts_with('0') || text == "0") =>
        {
            Fix::unquote(node.span, text)
        }
        (Kind::Plain(text), TEXT | IDENTIFIER | HOST) if node.is_truth() => Fix::quote(node.span, text),
        _ => None,
    }
}

/// What stands without its brackets, in them.
fn bracketed(whole: Span) -> Fix {
    let insert = |at: u32, text: &str| Edit { span: Span { start: at, end: at, ..whole }, text: text.to_owned() };
    Fix { title: "put it in brackets".to_owned(), edits: vec![insert(whole.start, "["), insert(whole.end, "]")] }
}

/// A value that can be read from YAML.
pub(super) trait Decode: Sized {
    /// Reads it, or reports why that cannot be done.
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// JSON Schema (draft 2020-12) of what is read.
    fn schema(schemas: &mut Schemas) -> Value;
}

impl<T: Decode> Decode for Sp<T> {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::decode(node, reader).map(|value| Self::new(value, node.span))
    }

    fn schema(schemas: &mut Schemas) -> Value {
        T::schema(schemas)
    }
}

/// What few records say takes no room in those that do not.
impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::decode(node, reader).map(Self::new)
    }

    fn schema(schemas: &mut Schemas) -> Value {
        T::schema(schemas)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            reader.wrong(node, "a list");
            let told = reader.findings.last_mut().filter(|told| told.span == Some(node.span));
            if let (Kind::Plain(_) | Kind::Quoted(_), Some(told)) = (&node.kind, told)
                && T::decode(node, &mut Reader::default()).is_some()
            {
                told.fix = Some(Box::new(bracketed(node.span)));
            }
            return None;
        };
        let mut list = Self::new();
        let mut split = false;
        for (item, next) in items.iter().zip(items.iter().skip(1).map(Some).chain([None])) {
            if std::mem::take(&mut split) {
                continue;
            }
            let told = reader.findings.len();
            let value = T::decode(item, reader);
            if reader.findings.len() > told
                && let Some(joined) = next.and_then(|next| joined(item, next))
                && let Some(value) = T::decode(&joined, &mut Reader::default())
            {
                reader.findings.truncate(told);
                if let Kind::Plain(text) = &joined.kind {
                    let message = format!("`{}` has a comma in it where a dot belongs", short(text));
                    let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(joined.span);
                    reader.push(finding.help(format!("write `{text}`")));
                }
                split = true;
                list.push(value);
                continue;
            }
            list.extend(value);
            if reader.findings.len() > MOST_FINDINGS {
                break;
            }
        }
        Some(list)
    }

    fn schema(schemas: &mut Schemas) -> Value {
        json!({ "type": "array", "items": T::schema(schemas) })
    }
}

/// Two parts of an address that a comma split.
fn joined(item: &Node, next: &Node) -> Option<Node> {
    let (Kind::Plain(a), Kind::Plain(b)) = (&item.kind, &next.kind) else { return None };
    let digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"./".contains(&byte));
    (digits(a) && digits(b))
        .then(|| Node { span: Span { end: next.span.end, ..item.span }, kind: Kind::Plain(format!("{a}.{b}").into()) })
}

/// `none` stands for nothing where something would be inherited.
impl<T: Decode> Decode for Option<T> {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.kind {
            Kind::Plain(text) if text == "none" => Some(None),
            _ => T::decode(node, reader).map(Some),
        }
    }

    fn schema(schemas: &mut Schemas) -> Value {
        json!({ "anyOf": [{ "const": "none" }, T::schema(schemas)] })
    }
}

/// A list, or a single value that stands for a list of one.
pub(super) struct OneOrMore<T>(pub(super) Vec<T>);

impl<T: Decode> Decode for OneOrMore<T> {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => Vec::decode(node, reader).map(Self),
            _ => T::decode(node, reader).map(|value| Self(vec![value])),
        }
    }

    fn schema(schemas: &mut Schemas) -> Value {
        let one = T::schema(schemas);
        json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

/// The bit of a key's length; all long ones share one.
fn length_bit(key: &str) -> u64 {
    1 << key.len().min(63)
}

/// Keys that most mappings have less of.
const KEYS: usize = 32;

/// A mapping being read: which of its keys are known, and which were asked for.
pub(super) struct Fields<'n> {
    what: &'static str,
    entries: &'n [Entry],
    known: Vec<&'static str>,
    /// Which entries were asked for, one bit each; those beyond have none.
    taken: u64,
    /// How long the keys are that stand there, one bit for each length: most keys that are asked for are absent.
    lengths: u64,
    /// Where the mapping begins, to point at when a key is missing.
    head: Span,
}

impl<'n> Fields<'n> {
    /// Begins to read a mapping; `what` is used in messages ("a VLAN").
    pub(super) fn of(node: &'n Node, what: &'static str, reader: &mut Reader) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            let named = what.trim_matches('`') == reader.key.as_str();
            reader.wrong(node, &if named { "a mapping".to_owned() } else { format!("{what} as a mapping") });
            return None;
        };
        let head = entries.first().map_or(node.span, |entry| entry.key.span);
        let known = reader.spare.pop().unwrap_or_else(|| Vec::with_capacity(KEYS));
        let lengths = entries.iter().fold(0, |lengths, entry| lengths | length_bit(&entry.key));
        Some(Self { what, entries, known, taken: 0, lengths, head })
    }

    /// The value of a key as it stands.
    pub(super) fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        if self.lengths & length_bit(key) == 0 {
            return None;
        }
        let (at, entry) = self.entries.iter().enumerate().find(|(_, entry)| entry.key.value == key)?;
        self.taken |= u32::try_from(at).ok().and_then(|at| 1u64.checked_shl(at)).unwrap_or(0);
        Some(&entry.value)
    }

    /// Whether a key stands there, whatever its value is.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }

    /// Whether every key that stands there was asked for.
    pub(super) fn is_read(&self) -> bool {
        self.taken.count_ones() as usize == self.entries.len()
    }

    /// A value that may be absent.
    pub(super) fn optional<T: Decode>(&mut self, key: &'static str, reader: &mut Reader) -> Option<T> {
        let node = self.node(key)?;
        reader.known(key, node)
    }

    /// A value, or the default where it is absent or wrong.
    pub(super) fn or_default<T: Decode + Default>(&mut self, key: &'static str, reader: &mut Reader) -> T {
        self.optional(key, reader).unwrap_or_default()
    }

    /// Says so where a list is written and holds nothing: to one reader that is "none", to another "all".
    pub(super) fn refuse_empty(&mut self, key: &'static str, help: &str, reader: &mut Reader) {
        if let Some(node) = self.node(key)
            && matches!(&node.kind, Kind::List(items) if items.is_empty())
        {
            let message = format!("`{key}` of {} cannot be empty", self.what);
            let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(node.span);
            reader.push(finding.help(help));
        }
    }

    /// A value that has to be there.
    pub(super) fn required<T: Decode>(&mut self, key: &'static str, reader: &mut Reader) -> Option<T> {
        let Some(node) = self.node(key) else {
            self.missing(key, codes::MISSING_KEY, reader);
            return None;
        };
        reader.known(key, node)
    }

    /// Says so where a key is missing.
    pub(super) fn present(&mut self, key: &'static str, reader: &mut Reader) {
        if self.node(key).is_none() {
            self.missing(key, codes::MISSING_KEY, reader);
        }
    }

    /// Says that a key is missing.
    pub(super) fn missing(&self, key: &str, code: Code, reader: &mut Reader) {
        let finding = Finding::error(code, format!("{} has no `{key}`", self.what))
            .at_saying(self.head, format!("`{key}` is missing"));
        reader.push(finding);
    }

    /// Every key must have been asked for; call it on every way out.
    pub(super) fn finish(mut self, reader: &mut Reader) {
        self.tell(reader);
        self.known.clear();
        reader.spare.push(self.known);
    }

    /// Tells of every key that was not asked for.
    fn tell(&self, reader: &mut Reader) {
        if self.is_read() {
            return;
        }
        let absent = |key: &&str| !self.entries.iter().any(|entry| entry.key.value == *key);
        let beside = self.beside(reader);
        let is_unread = |entry: &&Entry| !self.known.contains(&entry.key.as_str()) && !beside.contains(&entry.key.span);
        for entry in self.entries.iter().filter(is_unread) {
            let name = short(&entry.key);
            // A key that stands there already would stand there twice.
            let free = || self.known.iter().copied().filter(absent);
            // A required key that was mistyped has been told of already.
            let missing = nearest(&entry.key, free()).and_then(|near| {
                let message = format!("{} has no `{near}`", self.what);
                reader.findings.iter_mut().find(|told| told.message == message && told.span == Some(self.head))
            });
            if let Some(told) = missing {
                let renamed = Finding::error(told.code, "").at(entry.key.span).meant(&entry.key, free(), String::new);
                told.span = Some(entry.key.span);
                told.here = "nothing reads this".into();
                told.fix = renamed.fix;
                told.help = Some(format!("is `{name}` meant?").into());
                continue;
            }
            // The one key that nothing reads, where one is missing: that is its name.
            let unread = self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())).count();
            let lack = format!("{} has no `", self.what);
            let mut lacking = reader.findings.iter_mut().filter(|told| {
                told.code == codes::MISSING_KEY && told.span == Some(self.head) && told.message.starts_with(&lack)
            });
            if let (1, Some(told), None) = (unread, lacking.next(), lacking.next())
                && nearest(&entry.key, free()).is_none()
                && !self.is_cut(entry)
            {
                told.span = Some(entry.key.span);
                told.here = "nothing reads this".into();
                told.help = Some(format!("is `{name}` meant to be it?").into());
                continue;
            }
            if self.is_cut(entry) {
                self.cut_at_comma(entry, reader);
                continue;
            }
            let known = if free().next().is_some() { free().collect() } else { self.known.clone() };
            let finding = Finding::error(codes::UNKNOWN_KEY, format!("{} has no key `{name}`", self.what))
                .at_saying(entry.key.span, "nothing reads this")
                .meant(&entry.key, known, || self.has_and(elsewhere::home(&entry.key, reader)));
            reader.push(finding);
        }
    }
}

/// Every entry of the mapping behind a key, whose own keys are names.
pub(super) fn entries<'n>(node: &'n Node, key: &'static str, reader: &mut Reader) -> &'n [Entry] {
    if let Kind::Map(entries) = &node.kind {
        return entries;
    }
    let outer = std::mem::replace(&mut reader.key, Text::new_static(key));
    reader.wrong(node, "a mapping");
    reader.key = outer;
    &[]
}

/// The same where nothing behind the key is none of them: `devices:` is how a list of devices begins.
pub(super) fn some_entries<'n>(node: &'n Node, key: &'static str, reader: &mut Reader) -> &'n [Entry] {
    if node.kind == Kind::Null { &[] } else { entries(node, key, reader) }
}

#[cfg(test)]
mod tests;
