//! Indented configuration in comparable form: one entry per meaning, whatever the spelling.

use std::borrow::Cow;
use std::collections::BTreeSet;

use foldhash::HashMap;

use super::{places, turned, variables};
use crate::config::{self, Node, Tree, Verbatim};
use crate::diff::Options;
use crate::platform::rules::{Ordered, Rules};
use crate::value::{Text, collapse, ipv6_as_printed, number_ranges};

/// One line or section, ready to compare.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a line, not states of a machine")]
pub(super) struct Item {
    /// What is typed to get it.
    pub(super) text: Text,
    /// What it is compared by.
    pub(super) canon: Text,
    /// What phrases are asked with, where that is not what is typed: words without their quotes.
    pub(super) plain: Option<Text>,
    /// Line in the source.
    pub(super) line: usize,
    /// The lines of its section.
    pub(super) children: Vec<Item>,
    /// Whether it opens a section.
    pub(super) opens: bool,
    /// Whether the device may hide it because it holds anyway.
    pub(super) default: bool,
    /// Only here for the managed lines in its section.
    pub(super) context: bool,
    /// Only leads to what stands below it.
    pub(super) frame: bool,
    /// A name space of its own.
    pub(super) scope: bool,
    /// Lines of its section stand outside the managed region.
    pub(super) partial: bool,
    /// What makes up a list-valued line.
    pub(super) list: Option<Box<ListValue>>,
    /// Identity of a verbatim block.
    pub(super) block: Option<Text>,
    /// Index of the rule that made a group of this and other top-level lines.
    pub(super) group: Option<usize>,
}

impl Item {
    /// The line as phrases see it.
    pub(super) fn said(&self) -> &str {
        self.plain.as_deref().unwrap_or(&self.text)
    }
}

/// A line whose value is a set of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListValue {
    /// Index of the rule.
    pub(super) rule: usize,
    /// The line up to its list.
    pub(super) head: Text,
    /// The numbers.
    pub(super) numbers: BTreeSet<u16>,
}

/// What a line is to the lists.
enum Listed {
    /// A list by itself.
    Whole(ListValue),
    /// More of an earlier line: long lists wrap.
    Joined,
    /// No list.
    No,
}

/// A configuration in comparable form, with what was left out.
#[derive(Debug, Default)]
pub(super) struct Normal {
    /// Lines and sections of the managed region.
    pub(super) items: Vec<Item>,
    /// How many lines stand outside it.
    pub(super) unmanaged: usize,
    /// Lines no rule knows.
    pub(super) unknown: Vec<(usize, Text)>,
    /// Lines outside the managed region, with the sections around them.
    pub(super) outside: Vec<(Vec<Text>, Text)>,
}

/// Brings a tree into comparable form.
pub(super) fn normalise(rules: &Rules, tree: Tree, options: &Options) -> Normal {
    whole(Reader { rules, options, quoted: false, normal: Normal::default() }, tree)
}

/// The same where words may stand in quotes.
pub(super) fn normalise_quoted(rules: &Rules, tree: Tree, options: &Options) -> Normal {
    whole(Reader { rules, options, quoted: true, normal: Normal::default() }, tree)
}

fn whole(mut reader: Reader<'_>, tree: Tree) -> Normal {
    let mut items = reader.section(tree.nodes, &[], None);
    places::without_derived(reader.rules, &mut items);
    variables::set(reader.rules, &mut items);
    turned::settle(reader.rules, &mut items);
    reader.normal.items = items;
    reader.normal
}

/// What a top-level line is compared by.
pub(super) fn canonical<'t>(rules: &Rules, text: &'t str) -> Cow<'t, str> {
    let spelled = if is_plain(text) {
        Cow::Borrowed(text)
    } else {
        let reader = Reader { rules, options: &Options::default(), quoted: false, normal: Normal::default() };
        Cow::Owned(reader.spelling(&[], text))
    };
    let formed = rules.forms.apply(&[], &spelled).map_or(spelled, Cow::Owned);
    with_addresses(&formed).map_or(formed, Cow::Owned)
}

/// Whether no blanks of a line may mean nothing.
fn is_plain(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let plain = !(matches!(byte, b'\n' | b'\t') || byte == b' ' && before == b' ');
        before = byte;
        plain
    })
}

impl Normal {
    /// Counts what of sections that were set aside is unmanaged or unknown.
    pub(super) fn survey(&mut self, rules: &Rules, tree: Tree, options: &Options) {
        let mut reader = Reader { rules, options, quoted: false, normal: std::mem::take(self) };
        reader.section(tree.nodes, &[], None);
        *self = reader.normal;
        self.unknown.sort();
    }
}

struct Reader<'r> {
    rules: &'r Rules,
    options: &'r Options,
    /// Words may stand in quotes.
    quoted: bool,
    normal: Normal,
}

/// Who owns the section a line stands in.
type Owner<'r> = Option<&'r str>;

impl<'r> Reader<'r> {
    fn section(&mut self, nodes: Vec<Node>, above: &[&str], owner: Owner<'r>) -> Vec<Item> {
        if nodes.is_empty() {
            return Vec::new();
        }
        let mut merged = Merged { items: Vec::with_capacity(nodes.len()), ..Merged::default() };
        let ordered = ordered(self.rules, above);
        for node in nodes {
            let mut node = self.nested(&node, above).unwrap_or(node);
            let flat = !node.children.is_empty()
                && self.rules.flat.may_match(&node.text)
                && self.rules.flat.is_match(above, &config::words(&node.text));
            let beside = if flat { std::mem::take(&mut node.children) } else { Vec::new() };
            self.node(node, above, owner, ordered, &mut merged);
            for node in beside {
                self.node(node, above, owner, ordered, &mut merged);
            }
        }
        let mut items = merged.finish();
        self.implied(above, &mut items);
        items
    }

    /// A line with its section's header in front, as that section with the one line in it.
    fn nested(&self, node: &Node, above: &[&str]) -> Option<Node> {
        let may = self.rules.nested.iter().any(|phrase| phrase.may_match(&node.text));
        if !may || node.verbatim || !node.children.is_empty() {
            return None;
        }
        let words = config::words(&node.text);
        let head = (1..words.len()).rev().find(|&head| {
            let header = words.get(..head).unwrap_or_default();
            self.rules.nested.iter().any(|phrase| phrase.is_match(above, header))
        })?;
        let (header, rest) = words.split_at_checked(head)?;
        let line = Node { line: node.line, ..Node::new(rest.join(" ")) };
        let header = self.rules.renamed.apply(above, header).unwrap_or_else(|| header.join(" "));
        Some(Node { line: node.line, children: vec![line], ..Node::new(header) })
    }

    /// Lines that say nothing beside a line that says it as well are as good as hidden.
    fn implied(&self, above: &[&str], items: &mut [Item]) {
        if self.rules.implied.is_empty() {
            return;
        }
        let said: BTreeSet<String> = items
            .iter()
            .filter(|item| self.rules.implied.may_match(&item.canon))
            .filter_map(|item| Some(multiplied(&self.rules.implied.apply(above, &config::words(&item.canon))?)))
            .collect();
        if said.is_empty() {
            return;
        }
        let key = |line: &str| self.rules.single.find(above, &config::words(line)).map(|((), found)| found.key);
        let keys: BTreeSet<String> = said.iter().filter_map(|line| key(line)).collect();
        for item in items {
            if said.contains(item.canon.as_str()) {
                item.default = true;
            } else if item.default && key(&item.canon).is_some_and(|key| keys.contains(&key)) {
                // What is implied has taken the place of what holds anyway.
                item.default = false;
            }
        }
    }

    fn node(&mut self, node: Node, above: &[&str], owner: Owner<'r>, ordered: bool, merged: &mut Merged) {
        let rules = self.rules;
        let Node { line, odd, verbatim, children: below, text, .. } = node;
        let mut item = if let Some(block) = verbatim.then(|| block(rules, &text, line)).flatten() {
            block
        } else {
            self.read(above, text, line)
        };
        if self.quoted && odd {
            self.normal.unknown.push((line, item.text));
            return;
        }
        let said = item.plain.as_ref().unwrap_or(&item.text).clone();
        let words = config::words(&said);
        if rules.volatile.is_match(above, &words) {
            return;
        }
        let own = rules.owns.get(above, &words).map(String::as_str).or(owner);
        let ignored = own.is_none() && rules.ignored.is_match(above, &words);
        let default = rules.defaults.is_match(above, &words);
        let managed = match &self.options.features {
            None => true,
            Some(features) => own.is_some_and(|feature| features.contains(feature)),
        };
        let known = own.is_some() || ignored || default || rules.owns.is_empty();
        if let Some(canon) = rules.forms.apply(above, &item.canon) {
            item.canon = canon.into();
        }
        if item.block.is_none()
            && let Some(canon) = with_addresses(&item.canon).filter(|_| !rules.freetext.is_match(above, &words))
        {
            item.canon = canon.into();
        }
        if rules.sets.is_match(above, &words) {
            item.canon = sorted(&words).into();
        }
        let opens = !below.is_empty() || rules.sections.is_match(above, &words);
        item.frame = opens && rules.frames.is_match(above, &words);
        item.scope = opens && rules.references.scopes.is_match(above, &words);
        // Nearly every line is its own canonical form.
        let canon = item.canon.clone();
        let other = (canon != said).then(|| config::words(&canon));
        let words = other.as_deref().unwrap_or(&words);
        let range = rules.ranges.find(above, words).map(|((), found)| found);
        let (left_out, children) = if below.is_empty() {
            (false, Vec::new())
        } else {
            let inner = [above, &[item.canon.as_str()]].concat();
            (self.left_out(&below, &inner, own), self.section(below, &inner, own))
        };
        if item.frame && children.is_empty() {
            return;
        }
        // A header is known by what is known inside it.
        if !known && (odd || children.is_empty()) {
            self.normal.unknown.push((line, item.text.clone()));
        }
        item.partial = children.iter().any(|child| child.partial || child.context) || left_out;
        if !managed {
            if children.is_empty() {
                if !default {
                    self.normal.unmanaged += 1;
                    let said = item.plain.unwrap_or(item.text);
                    let path = above.iter().copied().map(Text::from).collect();
                    self.normal.outside.push((path, said));
                }
                return;
            }
            item.context = true;
        }
        item.opens = opens;
        item.default = default && children.is_empty();
        item.children = children;

        if let Some(found) = range {
            let (head, rest) = words.split_at(found.head.min(words.len()));
            let Some((list, tail)) = rest.split_first() else { return };
            let letters = list.trim_end_matches(|c: char| c.is_ascii_digit() || c == ',' || c == '-');
            for (_, name) in &found.names {
                // A number of a list, or a whole name such as `A1`.
                let number = name.bytes().all(|byte| byte.is_ascii_digit());
                let own = if number { format!("{letters}{name}").into() } else { name.clone() };
                let text = Text::from([head, &[own.as_str()], tail].concat().join(" "));
                merged.add(Item { canon: text.clone(), text, ..item.clone() }, ordered);
            }
            return;
        }
        match self.list(above, &item.canon, words, merged) {
            Listed::Whole(list) => {
                item.canon = list.text(rules).into();
                item.text.clone_from(&item.canon);
                item.list = Some(list.into());
            }
            Listed::Joined => return,
            Listed::No => {}
        }
        if self.each(above, &item, ordered, merged) || self.spread(above, &item, ordered, merged) {
            return;
        }
        let alone = above.is_empty() && item.children.is_empty() && item.block.is_none();
        if let Some((rule, head)) = alone.then(|| grouped(rules, &item.canon)).flatten() {
            merged.group(rule, &head, item);
            return;
        }
        merged.add(item, ordered);
    }

    /// A line with a list of ports as one line each.
    fn each(&self, above: &[&str], item: &Item, ordered: bool, merged: &mut Merged) -> bool {
        if !item.children.is_empty() || item.block.is_some() {
            return false;
        }
        let Some((at, ports)) = list_of_ports(self.rules, above, &item.canon) else { return false };
        for port in ports {
            let (text, canon) = (with_word(&item.text, at, &port).into(), with_word(&item.canon, at, &port).into());
            merged.add(Item { text, canon, ..item.clone() }, ordered);
        }
        true
    }

    /// A line with several values as one line each.
    fn spread(&self, above: &[&str], item: &Item, ordered: bool, merged: &mut Merged) -> bool {
        if !self.rules.spread.may_match(&item.canon) || !item.children.is_empty() || item.block.is_some() {
            return false;
        }
        let words = config::words(&item.canon);
        let found = self.rules.spread.find(above, &words).map(|((), found)| found);
        // A phrase that names nothing tells which lines stay as they are.
        let Some(found) = found.filter(|found| !found.names.is_empty()) else { return false };
        for (_, value) in &found.names {
            let text = Text::from([words.get(..found.head).unwrap_or_default(), &[value.as_str()]].concat().join(" "));
            merged.add(Item { canon: text.clone(), text, ..item.clone() }, ordered);
        }
        true
    }

    /// Whether a line directly below was left out as unmanaged (the recursion has counted it already).
    fn left_out(&self, nodes: &[Node], above: &[&str], owner: Owner<'r>) -> bool {
        let Some(features) = &self.options.features else { return false };
        nodes.iter().any(|node| {
            let plain = self.quoted.then(|| super::super::edit::plain(&node.text));
            let words = config::words(plain.as_deref().unwrap_or(&node.text));
            let own = self.rules.owns.get(above, &words).map(String::as_str).or(owner);
            !own.is_some_and(|feature| features.contains(feature))
                && !self.rules.volatile.is_match(above, &words)
                && !self.rules.defaults.is_match(above, &words)
        })
    }

    fn read(&self, above: &[&str], text: Text, line: usize) -> Item {
        if self.quoted {
            let plain = Some(super::super::edit::plain(&text)).filter(|plain| *plain != text).map(Text::from);
            return Item { canon: plain.clone().unwrap_or_else(|| text.clone()), plain, text, line, ..Item::default() };
        }
        let text = if is_plain(&text) { text } else { self.spelling(above, &text).into() };
        Item { canon: text.clone(), text, line, ..Item::default() }
    }

    /// Inner blanks collapsed, unless they are part of the text.
    fn spelling(&self, above: &[&str], text: &str) -> String {
        if is_plain(text) {
            return text.to_owned();
        }
        if text.contains('\n') {
            // A line that goes on in the next; a list goes on where it was broken.
            let whole = text.lines().map(str::trim).fold(String::new(), |mut whole, line| {
                if !whole.is_empty() && !whole.ends_with(',') {
                    whole.push(' ');
                }
                whole.push_str(line);
                whole
            });
            return self.spelling(above, &whole);
        }
        let words = config::words(text);
        if self.rules.freetext.is_match(above, &words) { text.to_owned() } else { words.join(" ") }
    }

    /// Reads a list-valued line.
    fn list(&self, above: &[&str], canon: &str, words: &[&str], merged: &mut Merged) -> Listed {
        self.list_value(above, canon, words, merged).unwrap_or(Listed::No)
    }

    fn list_value(&self, above: &[&str], canon: &str, words: &[&str], merged: &mut Merged) -> Option<Listed> {
        let mut lists = self.rules.lists.iter().enumerate().filter(|(_, rule)| rule.line.may_match(canon));
        let (at, rule, found) = lists.find_map(|(at, rule)| Some((at, rule, rule.line.matches(above, words)?)))?;
        let head = Text::from(words.get(..found.head)?.join(" "));
        let value = words.get(found.head..)?;
        let is = |word: &str, want: &Option<String>| want.as_deref() == Some(word);
        let join = |merged: &mut Merged, more: BTreeSet<u16>| match merged.list(&head) {
            Some(item) => {
                let list = item.list.as_mut()?;
                list.numbers.extend(more);
                item.canon = list.text(self.rules).into();
                item.text.clone_from(&item.canon);
                Some(Listed::Joined)
            }
            None => Some(Listed::Whole(ListValue { rule: at, head: head.clone(), numbers: more })),
        };
        match value {
            [word] if is(word, &rule.none) => {
                Some(Listed::Whole(ListValue { rule: at, head, numbers: BTreeSet::new() }))
            }
            [word] if is(word, &rule.all) => {
                Some(Listed::Whole(ListValue { rule: at, head, numbers: (1..=LAST).collect() }))
            }
            [word, rest @ ..] if is(word, &rule.add) && !rest.is_empty() => join(merged, numbers(rest)?),
            [] => None,
            _ if rule.merges => join(merged, numbers(value)?),
            _ => Some(Listed::Whole(ListValue { rule: at, head, numbers: numbers(value)? })),
        }
    }
}

/// Every number a list can hold: VLANs.
const LAST: u16 = 4094;

impl ListValue {
    pub(super) fn is_everything(&self) -> bool {
        (1..=LAST).all(|number| self.numbers.contains(&number))
    }

    fn text(&self, rules: &Rules) -> String {
        let rule = rules.lists.get(self.rule);
        if let Some(all) = rule.and_then(|rule| rule.all.as_deref()).filter(|_| self.is_everything()) {
            return format!("{} {all}", self.head);
        }
        if self.numbers.is_empty() {
            let none = rule.and_then(|rule| rule.none.as_deref()).unwrap_or_default();
            return format!("{} {none}", self.head).trim_end().to_owned();
        }
        let numbers: Vec<u16> = self.numbers.iter().copied().collect();
        format!("{} {}", self.head, rule.map_or_else(|| collapse(&numbers), |rule| rule.print(&numbers)))
    }
}

/// The line with `5*4` as `20`.
fn multiplied(line: &str) -> String {
    let word = |word: &str| {
        let (one, other) = word.split_once('*')?;
        let product = one.parse::<u32>().ok()?.checked_mul(other.parse().ok()?)?;
        Some(product.to_string())
    };
    line.split(' ').map(|text| word(text).unwrap_or_else(|| text.to_owned())).collect::<Vec<_>>().join(" ")
}

/// The line with its IPv6 addresses as they are printed everywhere, where it has some in another form: devices print capital
/// letters, people type small ones.
fn with_addresses(line: &str) -> Option<String> {
    if !line.contains(':') {
        return None;
    }
    let word = |word: &'_ str| ipv6_as_printed(word).filter(|printed| printed != word);
    line.split(' ').any(|text| word(text).is_some()).then(|| {
        let words = line.split(' ').map(|text| word(text).unwrap_or_else(|| text.to_owned()));
        words.collect::<Vec<_>>().join(" ")
    })
}

/// A line with the words of its value in order, each once.
fn sorted(words: &[&str]) -> String {
    let (head, values) = words.split_at(words.len().min(2));
    let values: BTreeSet<&str> = values.iter().copied().collect();
    head.iter().copied().chain(values).collect::<Vec<_>>().join(" ")
}

/// The list of ports in a line that stands for one line each, with its place among the words.
pub(super) fn list_of_ports(rules: &Rules, above: &[&str], line: &str) -> Option<(usize, Vec<Text>)> {
    // Most lines are no such list, and need not be cut into words.
    let bare = line.strip_prefix(&rules.negation).and_then(|rest| rest.strip_prefix(' ')).unwrap_or(line);
    if !rules.each.may_match(bare) {
        return None;
    }
    let words = config::words(line);
    let (words, negated) = rules.positive(&words);
    let ((), found) = rules.each.find(above, words)?;
    Some((found.head + usize::from(negated), found.names.into_iter().map(|(_, port)| port).collect()))
}

/// A line with another word in one place.
pub(super) fn with_word(line: &str, at: usize, word: &str) -> String {
    let mut rest = line;
    for _ in 0..at {
        rest = rest.trim_start();
        rest = rest.get(rest.find(' ').unwrap_or(rest.len())..).unwrap_or_default();
    }
    let rest = rest.trim_start();
    let before = line.get(..line.len() - rest.len()).unwrap_or_default();
    let after = rest.get(rest.find(' ').unwrap_or(rest.len())..).unwrap_or_default();
    format!("{before}{word}{after}")
}

/// The numbers of a list: `10,20-22`, also broken at its commas, or `10 20-22`.
fn numbers(words: &[&str]) -> Option<BTreeSet<u16>> {
    let words = words.iter().map(|word| word.trim_matches(',')).filter(|word| !word.is_empty());
    let text = words.collect::<Vec<_>>().join(",");
    number_ranges(&text).ok()?.into_iter().map(|number| u16::try_from(number).ok()).collect()
}

/// Whether the lines of a section have an order.
pub(super) fn ordered(rules: &Rules, path: &[&str]) -> bool {
    order_of(rules, path).is_some()
}

/// The rule for a section whose lines have an order.
pub(super) fn ordered_rule<'r>(rules: &'r Rules, path: &[Text]) -> Option<&'r Ordered> {
    order_of(rules, &config::above(path))
}

fn order_of<'r>(rules: &'r Rules, path: &[&str]) -> Option<&'r Ordered> {
    let (header, above) = path.split_last()?;
    let words = config::words(header);
    rules.ordered.iter().find(|rule| rule.section.is_match(above, &words))
}

fn grouped(rules: &Rules, canon: &str) -> Option<(usize, String)> {
    if rules.grouped.is_empty() {
        return None;
    }
    let words = config::words(canon);
    rules.grouped.iter().enumerate().find_map(|(at, rule)| {
        let found = rule.lines.matches(&[], &words)?;
        Some((at, words.get(..found.head)?.join(" ")))
    })
}

/// A banner and the like: compared by its text, whatever its delimiter.
fn block(rules: &Rules, text: &str, line: usize) -> Option<Item> {
    let text = Text::from(text.replace("\r\n", "\n"));
    let first = Text::from(text.lines().next().unwrap_or_default().trim_end());
    let opened = |rule: &Verbatim| rule.start.is_match(if rule.end.is_some() { &first } else { &text });
    let rule: &Verbatim = rules.syntax.verbatim.iter().find(|rule| opened(rule))?;
    let found = rule.start.captures(if rule.end.is_some() { &first } else { &text })?;
    let Some(delimiter) = found.name("delimiter") else {
        return Some(Item { canon: text.clone(), text, line, block: Some(first.clone()), ..Item::default() });
    };
    let name = Text::from(text.get(..delimiter.start())?.trim_end());
    let after = text.get(delimiter.end()..)?;
    let body = after.split(delimiter.as_str()).next().unwrap_or_default();
    let mut typed = delimiter.as_str();
    if rule.shown.iter().any(|shown| shown == typed) {
        // What the device shows in the place of a control character cannot be typed.
        typed = rule.typed.iter().map(String::as_str).find(|other| !body.contains(other)).unwrap_or(typed);
    }
    Some(Item {
        text: format!("{name} {typed}{body}{typed}").into(),
        canon: format!("{name}\n{body}").into(),
        line,
        block: Some(name),
        ..Item::default()
    })
}

/// So many lines are found by looking through them.
const FEW: usize = 16;

/// Lines of one section, repeated sections and lines made one.
#[derive(Default)]
struct Merged {
    items: Vec<Item>,
    at: HashMap<Text, usize>,
    lists: HashMap<Text, usize>,
    /// Sections that came more than once; their lines are made one when all are there.
    again: BTreeSet<usize>,
}

impl Merged {
    /// The lines, each once.
    fn finish(mut self) -> Vec<Item> {
        for at in self.again {
            let Some(item) = self.items.get_mut(at) else { continue };
            let mut inner = Self::default();
            for child in std::mem::take(&mut item.children) {
                inner.add(child, false);
            }
            item.children = inner.finish();
        }
        self.items
    }

    fn add(&mut self, item: Item, ordered: bool) {
        if let Some(list) = &item.list {
            // The last of several whole lists stands.
            if let Some(&at) = self.lists.get(&list.head) {
                if let Some(old) = self.items.get_mut(at) {
                    *old = item;
                }
                return;
            }
            self.lists.insert(list.head.clone(), self.items.len());
        }
        // In an ordered section the same remark may stand twice.
        if ordered && item.children.is_empty() {
            self.items.push(item);
            return;
        }
        if let Some(at) = self.position(&item.canon, ordered)
            && let Some(old) = self.items.get_mut(at)
        {
            old.opens |= item.opens;
            old.partial |= item.partial;
            old.context &= item.context;
            if !item.children.is_empty() {
                old.children.extend(item.children);
                self.again.insert(at);
            }
            return;
        }
        self.push(item, ordered);
    }

    /// Where the line stands already. Few lines are looked through; an index of them would cost more.
    fn position(&self, canon: &str, ordered: bool) -> Option<usize> {
        if ordered || !self.at.is_empty() {
            return self.at.get(canon).copied();
        }
        self.items.iter().position(|item| item.canon == canon)
    }

    fn push(&mut self, item: Item, ordered: bool) {
        if ordered || !self.at.is_empty() {
            self.at.insert(item.canon.clone(), self.items.len());
        } else if self.items.len() == FEW {
            let all = self.items.iter().enumerate().chain([(FEW, &item)]);
            // The first of equal ones, as when they are looked through.
            for (at, item) in all {
                self.at.entry(item.canon.clone()).or_insert(at);
            }
        }
        self.items.push(item);
    }

    fn list(&mut self, head: &str) -> Option<&mut Item> {
        let at = *self.lists.get(head)?;
        self.items.get_mut(at)
    }

    fn group(&mut self, rule: usize, head: &str, item: Item) {
        let key = Text::from(format!("{head} …"));
        let at = self.position(&key, false).unwrap_or_else(|| {
            let (text, line) = (head.into(), item.line);
            self.push(Item { text, canon: key, line, group: Some(rule), ..Item::default() }, false);
            self.items.len() - 1
        });
        let Some(group) = self.items.get_mut(at) else { return };
        let rest = |text: &str| Text::from(text.get(head.len()..).unwrap_or_default().trim_start());
        group.children.push(Item { text: rest(&item.text), canon: rest(&item.canon), ..item });
    }
}
