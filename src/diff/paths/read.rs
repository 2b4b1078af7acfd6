//! Statements as paths of words: one tree, whichever way the device printed them.

use std::collections::HashMap;

use crate::config::{self, PathItem, PathWord, Table, Tree, phrase::Match};
use crate::diff::Options;
use crate::platform::rules::{Paths, Rules};
use crate::value::{Text, ipv6_as_printed};

/// Longest path, in words; what is longer keeps its end as one word.
const LONGEST: usize = 256;

/// A blank inside a word, while several words are one line.
const BLANK: &str = "\u{e000}";

/// One word of a path, with the words that may follow it.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a place, not states of a machine")]
pub(super) struct Place {
    pub(super) parent: usize,
    /// What it is compared by.
    pub(super) word: Text,
    /// What is typed, where that differs.
    raw: Option<Text>,
    /// Words that follow, in order.
    pub(super) children: Vec<usize>,
    /// A managed statement ends here.
    pub(super) ends: bool,
    /// A managed statement ends here or below.
    pub(super) live: bool,
    /// A statement outside the managed region ends here or below.
    pub(super) foreign: bool,
    /// A name or a value follows; alone it is half a statement.
    pub(super) half: bool,
    /// What follows are names of things of one kind.
    pub(super) names: bool,
    /// A block opens here, so that it is a whole statement.
    pub(super) whole: bool,
    /// Switched off, with all below it.
    pub(super) inactive: bool,
    /// Locked against changes.
    pub(super) protected: bool,
    /// Whether one word at a time may follow, where that was asked.
    single: Option<bool>,
}

/// A statement as it was written.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Where it ends; several where it carries a list, or parts on one line.
    pub(super) leaves: Vec<usize>,
    /// How it is typed as a whole, where that is not the path to its one end.
    pub(super) written: Option<String>,
}

/// A configuration in comparable form, with what was left out.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Every place; the first is the root.
    pub(super) places: Vec<Place>,
    index: HashMap<(usize, Text), usize>,
    /// Managed statements, in order.
    pub(super) statements: Vec<Statement>,
    /// Ends of statements outside the managed region.
    pub(super) outside: Vec<usize>,
    /// Lines no rule knows.
    pub(super) unknown: Vec<(usize, Text)>,
}

impl Config {
    pub(super) fn place(&self, at: usize) -> Option<&Place> {
        self.places.get(at)
    }

    /// The place that a word leads to.
    pub(super) fn child(&self, parent: usize, word: &Text) -> Option<usize> {
        self.index.get(&(parent, word.clone())).copied()
    }

    /// From the outermost word to a place, both included.
    pub(super) fn route(&self, at: usize) -> Vec<usize> {
        let mut route = Vec::new();
        let mut here = at;
        while here != 0 {
            route.push(here);
            here = self.place(here).map_or(0, |place| place.parent);
        }
        route.reverse();
        route
    }

    /// The words that lead to a place.
    pub(super) fn words(&self, at: usize) -> Vec<&str> {
        self.route(at).into_iter().filter_map(|here| self.place(here)).map(|place| place.word.as_str()).collect()
    }

    /// The words that lead to a place, as they are typed.
    pub(super) fn typed(&self, at: usize) -> String {
        let raw = |place: &Place| place.raw.as_ref().unwrap_or(&place.word).to_string();
        let words: Vec<String> = self.route(at).into_iter().filter_map(|here| self.place(here)).map(raw).collect();
        words.join(" ")
    }

    /// One word as it is typed.
    pub(super) fn typed_word(&self, at: usize) -> &str {
        self.place(at).map_or("", |place| place.raw.as_ref().unwrap_or(&place.word))
    }

    /// Words below a place under which managed statements stand.
    pub(super) fn living(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let children = self.place(at).map_or(&[][..], |place| place.children.as_slice());
        children.iter().copied().filter(|&child| self.place(child).is_some_and(|place| place.live))
    }

    /// Every end of a managed statement at or below a place.
    pub(super) fn ends(&self, at: usize) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut waiting = vec![at];
        while let Some(here) = waiting.pop() {
            if self.place(here).is_some_and(|place| place.ends) {
                ends.push(here);
            }
            waiting.extend(self.living(here));
        }
        ends
    }

    fn find(&self, words: &[PathWord]) -> Option<usize> {
        let mut at = 0;
        for word in words {
            at = self.child(at, &canonical(word).unwrap_or_else(|| word.text.as_str().into()))?;
        }
        Some(at)
    }

    fn step(&mut self, rules: &Rules, parent: usize, word: &PathWord) -> usize {
        let canon = canonical(word).unwrap_or_else(|| word.text.as_str().into());
        if let Some(at) = self.child(parent, &canon) {
            return at;
        }
        for rival in self.rivals(rules, parent, &canon) {
            self.cut(rival);
        }
        let at = self.places.len();
        let raw = (word.raw != canon.as_str()).then(|| Text::from(word.raw.as_str()));
        self.places.push(Place { parent, word: canon.clone(), raw, ..Place::default() });
        if let Some(place) = self.places.get_mut(parent) {
            place.children.push(at);
        }
        self.index.insert((parent, canon), at);
        at
    }

    /// Words in whose place a new one comes: of several values the last stands.
    fn rivals(&mut self, rules: &Rules, parent: usize, word: &str) -> Vec<usize> {
        let Some(place) = self.place(parent).filter(|place| parent != 0 && !place.children.is_empty()) else {
            return Vec::new();
        };
        let single = place.single.unwrap_or_else(|| lookup(rules, &rules.single, &self.words(parent)).is_some());
        let rivals = rules.paths.exclusive.get(place.word.as_str());
        let rivals: Vec<usize> = match rivals.filter(|words| !single && words.iter().any(|rival| rival == word)) {
            Some(words) => words.iter().filter_map(|rival| self.child(parent, &rival.as_str().into())).collect(),
            None if single => place.children.clone(),
            None => Vec::new(),
        };
        if let Some(place) = self.places.get_mut(parent) {
            place.single = Some(single);
        }
        rivals
    }

    fn mark(&mut self, at: usize, set: impl Fn(&mut Place)) {
        for here in self.route(at) {
            if let Some(place) = self.places.get_mut(here) {
                set(place);
            }
        }
    }

    /// Takes a place and all below it away.
    fn cut(&mut self, at: usize) {
        let Some((parent, word)) = self.place(at).map(|place| (place.parent, place.word.clone())) else { return };
        self.index.remove(&(parent, word));
        if let Some(above) = self.places.get_mut(parent) {
            above.children.retain(|&child| child != at);
        }
        let mut waiting = vec![at];
        while let Some(here) = waiting.pop() {
            if let Some(place) = self.places.get_mut(here) {
                waiting.append(&mut place.children);
                *place = Place::default();
            }
        }
    }
}

/// An address as it is printed everywhere.
fn canonical(word: &PathWord) -> Option<Text> {
    ipv6_as_printed(&word.text).map(Text::from)
}

/// Asks a table about what stands below a prefix that starts a configuration anew, and about the whole path.
pub(super) fn lookup<'t, T>(rules: &Rules, table: &'t Table<T>, words: &[&str]) -> Option<(&'t T, Match)> {
    if table.is_empty() {
        return None;
    }
    let levels: Vec<&[&str]> = std::iter::successors(Some(words), |words| below(&rules.paths, words)).collect();
    let mut fallback = None;
    // What stands inside says more than what it stands in, and a phrase of words more than one for anything.
    for words in levels.into_iter().rev() {
        match table.find(&[], words) {
            Some(found) if found.1.key.is_empty() => fallback = Some(found),
            Some(found) => return Some(found),
            None => {}
        }
    }
    fallback
}

/// What stands below a prefix that starts a configuration anew.
pub(super) fn below<'w, 'p>(paths: &Paths, words: &'w [&'p str]) -> Option<&'w [&'p str]> {
    let taken = paths.within.iter().find_map(|prefix| prefix.of(words))?;
    words.get(taken..)
}

/// Brings a tree into comparable form.
pub(super) fn read(rules: &Rules, tree: &Tree, options: &Options) -> Config {
    let mut reader = Reader { rules, options, config: Config::default(), line: 0 };
    reader.config.places.push(Place::default());
    for node in &tree.nodes {
        reader.line = node.line;
        if node.odd {
            reader.unknown(&node.text);
        } else if node.children.is_empty() && node.layout.close.is_empty() && reader.command(&node.text) {
            // Read as what it is.
        } else {
            reader.block(node, &mut Vec::new());
        }
    }
    let mut config = reader.config;
    // What a later command took away is no statement.
    let live = |at: &usize| config.places.get(*at).is_some_and(|place| place.ends);
    config.statements.retain(|statement| statement.leaves.iter().any(live));
    let foreign = |at: &usize| config.places.get(*at).is_some_and(|place| place.foreign);
    config.outside.retain(foreign);
    config
}

struct Reader<'r> {
    rules: &'r Rules,
    options: &'r Options,
    config: Config,
    line: usize,
}

/// What a word is to its statement, as far as its printing tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Unknown,
    /// A value follows.
    Half,
    /// A name follows.
    Kind,
    /// The last word before a block.
    Whole,
}

/// A word of a path that is being read.
type Step = (PathWord, Part);

/// Tags before a statement.
#[derive(Clone, Copy, Default)]
struct Tags {
    inactive: bool,
    protected: bool,
    delete: bool,
}

impl Reader<'_> {
    fn unknown(&mut self, text: &str) {
        self.config.unknown.push((self.line, text.into()));
    }

    /// Reads a line that is a command; false where it is none.
    fn command(&mut self, text: &str) -> bool {
        let mut items = config::path_items(text).into_iter();
        let Some(PathItem::Word(verb)) = items.next() else { return false };
        let rest: Vec<PathItem> = items.collect();
        let plain = |items: &[PathItem]| -> Vec<PathWord> {
            let each = items.iter().filter_map(|item| match item {
                PathItem::Word(word) => Some(word.clone()),
                PathItem::List(_) => None,
            });
            self.strip(each.collect())
        };
        match verb.raw.as_str() {
            "set" => self.statement(Vec::new(), rest, false, Tags::default()),
            "delete" => {
                let found = self.config.find(&plain(&rest));
                if let Some(at) = found.filter(|&at| at != 0) {
                    self.config.cut(at);
                }
            }
            "deactivate" | "activate" | "protect" | "unprotect" => {
                let found = self.config.find(&plain(&rest)).filter(|&at| at != 0);
                if let Some(place) = found.and_then(|at| self.config.places.get_mut(at)) {
                    match verb.raw.as_str() {
                        "deactivate" => place.inactive = true,
                        "activate" => place.inactive = false,
                        "protect" => place.protected = true,
                        _ => place.protected = false,
                    }
                }
            }
            "insert" | "move" => {
                let words = plain(&rest);
                if !self.moved(&words) {
                    self.unknown(text);
                }
            }
            "annotate" => {}
            "rename" | "copy" | "replace" => self.unknown(text),
            _ => return false,
        }
        true
    }

    /// Puts an element before or after another.
    fn moved(&mut self, words: &[PathWord]) -> bool {
        let is = |word: &PathWord| matches!(word.raw.as_str(), "before" | "after" | "top" | "bottom");
        let Some(split) = words.iter().rposition(is) else { return false };
        let (path, rest) = words.split_at(split);
        let Some(at) = self.config.find(path).filter(|&at| at != 0) else { return false };
        let parent = self.config.place(at).map_or(0, |place| place.parent);
        let where_ = rest.first().map_or("", |word| word.raw.as_str());
        let anchor = rest.last().and_then(|word| self.config.child(parent, &word.text.as_str().into()));
        let Some(place) = self.config.places.get_mut(parent) else { return false };
        place.children.retain(|&child| child != at);
        let anchor = anchor.and_then(|anchor| place.children.iter().position(|&child| child == anchor));
        let to = match (where_, anchor) {
            ("top", _) => 0,
            ("before", Some(anchor)) => anchor,
            ("after", Some(anchor)) => anchor + 1,
            _ => place.children.len(),
        };
        place.children.insert(to, at);
        true
    }

    fn block(&mut self, node: &config::Node, path: &mut Vec<Step>) {
        self.line = node.line;
        if node.odd {
            return self.unknown(&node.text);
        }
        let mut items = config::path_items(&node.text);
        let tags = tags(&mut items);
        if tags.delete {
            return;
        }
        if node.children.is_empty() {
            return self.statement(path.clone(), items, true, tags);
        }
        let before = path.len();
        let last = items.len().saturating_sub(1);
        for (at, item) in items.into_iter().enumerate() {
            match item {
                PathItem::Word(word) => path.push((word, if at < last { Part::Kind } else { Part::Whole })),
                PathItem::List(words) => path.extend(words.into_iter().map(|word| (word, Part::Unknown))),
            }
        }
        for child in &node.children {
            self.block(child, path);
        }
        let words = self.strip(path.iter().map(|(word, _)| word.clone()).collect());
        self.tag(&words, tags);
        path.truncate(before);
    }

    fn tag(&mut self, words: &[PathWord], tags: Tags) {
        if !tags.inactive && !tags.protected {
            return;
        }
        let found = self.config.find(words).filter(|&at| at != 0);
        if let Some(place) = found.and_then(|at| self.config.places.get_mut(at)) {
            place.inactive |= tags.inactive;
            place.protected |= tags.protected;
        }
    }

    fn strip(&self, words: Vec<PathWord>) -> Vec<PathWord> {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        match self.rules.paths.strip.iter().find_map(|prefix| prefix.of(&texts)) {
            Some(taken) => words.into_iter().skip(taken).collect(),
            None => words,
        }
    }

    /// Takes in one statement; `block` says that it stood in braces, so that its first word is its name.
    fn statement(&mut self, path: Vec<Step>, items: Vec<PathItem>, block: bool, tags: Tags) {
        let outer = path.len();
        let mut list: Option<(usize, Vec<PathWord>)> = None;
        let mut steps = path;
        let own = items.len();
        for item in items {
            match item {
                PathItem::Word(word) => steps.push((word, Part::Unknown)),
                PathItem::List(words) if list.is_none() => list = Some((steps.len(), words)),
                PathItem::List(words) => steps.extend(words.into_iter().map(|word| (word, Part::Unknown))),
            }
        }
        if block
            && own > 1
            && let Some((_, part)) = steps.get_mut(outer)
        {
            *part = Part::Half;
        }
        let all = steps.len();
        let parts: Vec<Part> = steps.iter().map(|(_, part)| *part).collect();
        let words = self.strip(steps.into_iter().map(|(word, _)| word).collect());
        let taken = all - words.len();
        let parts = parts.get(taken..).unwrap_or_default();
        let words = shortened(words);
        if words.is_empty() && list.is_none() {
            return;
        }
        let mut written = None;
        let mut variants: Vec<Vec<PathWord>> = Vec::new();
        match list.filter(|(_, values)| !values.is_empty()) {
            Some((at, values)) => {
                let (head, tail) = words.split_at(at.saturating_sub(taken).min(words.len()));
                let raw = |words: &[PathWord]| words.iter().map(|word| word.raw.as_str()).collect::<Vec<_>>().join(" ");
                let whole = format!("{} [ {} ] {}", raw(head), raw(&values), raw(tail));
                written = Some(whole.trim_end().to_owned());
                variants.extend(values.into_iter().map(|value| [head, &[value], tail].concat()));
            }
            None => match self.inline(&words) {
                Some(inline) => {
                    let raws: Vec<&str> = words.iter().map(|word| word.raw.as_str()).collect();
                    written = Some(raws.join(" "));
                    variants = inline;
                }
                None => variants.push(words),
            },
        }
        let mut leaves = Vec::new();
        for words in variants {
            leaves.extend(self.leaf(words, parts, tags));
        }
        if !leaves.is_empty() {
            self.config.statements.push(Statement { leaves, written });
        }
    }

    /// The parts of a statement that has several on one line.
    fn inline(&self, words: &[PathWord]) -> Option<Vec<Vec<PathWord>>> {
        let inline = &self.rules.paths.inline;
        let known = (0..words.len()).filter(|&at| words.get(at).is_some_and(|word| inline.contains_key(&word.text)));
        known.into_iter().find_map(|at| Self::inline_from(inline.get(&words.get(at)?.text)?, words, at))
    }

    fn inline_from(forms: &[String], words: &[PathWord], at: usize) -> Option<Vec<Vec<PathWord>>> {
        let (head, mut rest) = words.split_at(at + 1);
        let mut parts = Vec::new();
        while let Some(word) = rest.first() {
            let form = forms.iter().find(|form| form.split(' ').next() == Some(word.text.as_str()))?;
            let (part, more) = rest.split_at_checked(form.split(' ').count())?;
            parts.push([head, part].concat());
            rest = more;
        }
        (parts.len() > 1).then_some(parts)
    }

    /// Takes in one path; gives its end where it is managed.
    fn leaf(&mut self, words: Vec<PathWord>, parts: &[Part], tags: Tags) -> Option<usize> {
        let rules = self.rules;
        let words = self.form(words);
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        if lookup(rules, &rules.volatile, &texts).is_some() {
            return None;
        }
        if lookup(rules, &rules.kept, &texts).is_some() {
            let at = words.iter().fold(0, |at, word| self.config.step(rules, at, word));
            self.config.mark(at, |place| place.foreign = true);
            return None;
        }
        let own = lookup(rules, &rules.owns, &texts).map(|(feature, _)| feature);
        let default = lookup(rules, &rules.defaults, &texts).is_some();
        let ignored = own.is_none() && lookup(rules, &rules.ignored, &texts).is_some();
        if own.is_none() && !ignored && !default && !rules.owns.is_empty() {
            let raws: Vec<&str> = words.iter().map(|word| word.raw.as_str()).collect();
            let text = raws.join(" ");
            self.unknown(&text);
        }
        if default {
            return None;
        }
        let managed = match &self.options.features {
            None => true,
            Some(features) => own.is_some_and(|feature| features.contains(feature)),
        };
        let mut at = 0;
        for (place, word) in words.iter().enumerate() {
            at = self.config.step(rules, at, word);
            let part = parts.get(place).copied().unwrap_or(Part::Unknown);
            if let Some(here) = self.config.places.get_mut(at) {
                here.names |= part == Part::Kind || rules.paths.named.contains(&word.text);
                here.half |= part == Part::Half || here.names;
                here.whole |= part == Part::Whole;
            }
        }
        if !managed {
            self.config.mark(at, |place| place.foreign = true);
            self.config.outside.push(at);
            return None;
        }
        self.config.mark(at, |place| place.live = true);
        if let Some(place) = self.config.places.get_mut(at) {
            place.ends = true;
        }
        if tags.inactive || tags.protected {
            // The statement is switched off, not one of its values.
            let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            let single = (0..texts.len()).find(|&end| {
                texts.get(..end).is_some_and(|head| !head.is_empty() && lookup(rules, &rules.single, head).is_some())
            });
            let words = words.get(..single.unwrap_or(words.len())).unwrap_or_default();
            self.tag(words, tags);
        }
        Some(at)
    }

    /// The canonical spelling of a whole statement.
    fn form(&self, words: Vec<PathWord>) -> Vec<PathWord> {
        if !self.rules.forms.any() {
            return words;
        }
        let texts: Vec<String> = words.iter().map(|word| word.text.replace(' ', BLANK)).collect();
        let Some(changed) = self.rules.forms.apply(&[], &texts.join(" ")) else { return words };
        let texts: Vec<String> = changed.split(' ').map(|word| word.replace(BLANK, " ")).collect();
        let same = texts.len() == words.len();
        let word = |(at, text): (usize, String)| match words.get(at) {
            Some(word) if same => PathWord { raw: word.raw.clone(), text },
            _ => PathWord { raw: text.clone(), text },
        };
        texts.into_iter().enumerate().map(word).collect()
    }
}

/// A path that is no longer than paths are.
fn shortened(mut words: Vec<PathWord>) -> Vec<PathWord> {
    if words.len() > LONGEST {
        let rest: Vec<String> = words.drain(LONGEST..).map(|word| word.raw).collect();
        let text = rest.join(" ");
        words.push(PathWord { raw: text.clone(), text });
    }
    words
}

fn tags(items: &mut Vec<PathItem>) -> Tags {
    let mut tags = Tags::default();
    while items.len() > 1 {
        match items.first() {
            Some(PathItem::Word(word)) if word.raw == "inactive:" => tags.inactive = true,
            Some(PathItem::Word(word)) if word.raw == "protect:" => tags.protected = true,
            Some(PathItem::Word(word)) if word.raw == "delete:" => tags.delete = true,
            Some(PathItem::Word(word)) if matches!(word.raw.as_str(), "replace:" | "active:" | "unprotect:") => {}
            _ => break,
        }
        items.remove(0);
    }
    tags
}
