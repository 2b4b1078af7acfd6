//! Phrases: patterns over the words of a configuration line, the language of platform rules.
//!
//! Words of a phrase: a literal · `a|b` either word · `*` one word that is part of the line's identity ·
//! `?a|b` either word, as a value · `_` one word that is a value · `~` any number of words, values · `#` a number, part of the identity ·
//! `<name>` one word, identity, and a name of that kind · `<name:numbers>` a number list such as
//! `10,20-22`, each number a name, also behind letters (`Ethernet<port:numbers>`) · `<name:ports>` the same for ports
//! such as `1-4,A1` · `<name:words>` the rest of the line, values, each word a name · `/…/` a word matching a
//! regular expression, whose named groups are
//! names. `section > line` asks for the section around the line; a leading `> ` asks for the top level.
//!
//! Rules are many and lines are many, so a [`Table`] looks up by the first word, or by the last where the
//! first may be any; the second word, and the section around the line, rule out most of what is left.

use foldhash::HashMap;
use serde::{Deserialize, Deserializer, de::Error as _};
use smallvec::SmallVec;

use super::Pattern;
use crate::value::Text;

/// The words of a line; nearly always few enough to need no memory of their own.
pub(crate) type Words<'t> = SmallVec<[&'t str; 12]>;

/// Cuts a line at its blanks.
pub(crate) fn words(line: &str) -> Words<'_> {
    let mut words = Words::new();
    let mut start = 0;
    for (at, byte) in line.bytes().enumerate() {
        if byte.is_ascii_whitespace() {
            if let Some(word) = line.get(start..at).filter(|word| !word.is_empty()) {
                words.push(word);
            }
            start = at + 1;
        }
    }
    if let Some(word) = line.get(start..).filter(|word| !word.is_empty()) {
        words.push(word);
    }
    words
}

/// The sections around a line, as phrases are asked with them.
pub(crate) fn above<S: AsRef<str>>(path: &[S]) -> SmallVec<[&str; 6]> {
    path.iter().map(AsRef::as_ref).collect()
}

/// A pattern over one line and, where it says so, the sections around it.
#[derive(Clone, Debug)]
pub struct Phrase {
    top: bool,
    sections: Vec<Vec<Word>>,
    words: Vec<Word>,
    source: String,
}

#[derive(Clone, Debug)]
enum Word {
    Literal(String),
    Either(Vec<String>),
    Choice(Vec<String>),
    One,
    Value,
    Rest,
    Number,
    Name(String),
    Numbers(String, String),
    Names(String),
    Ports(String),
    Regex(Pattern),
}

impl Word {
    /// The words that it may be, where they are given.
    fn given(&self) -> Option<Vec<&str>> {
        match self {
            Self::Literal(word) => Some(vec![word]),
            Self::Either(words) => Some(words.iter().map(String::as_str).collect()),
            _ => None,
        }
    }
}

/// What a phrase found in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// The words that make the line's identity, values left out.
    pub key: String,
    /// Names by kind, in order.
    pub names: Vec<(Text, Text)>,
    /// What stood at `*`, `#`, `<…>` and at the groups of `/…/`, in order.
    pub parts: Vec<String>,
    /// Words before the first value.
    pub head: usize,
}

/// Why a phrase is none; fits "failed to read the phrase …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PhraseError(String);

impl Phrase {
    /// Reads a phrase.
    ///
    /// # Errors
    /// When it is empty or a regular expression in it is illegal.
    pub fn new(source: &str) -> Result<Self, PhraseError> {
        let mut rest = source.trim();
        let top = rest.strip_prefix("> ").is_some_and(|after| {
            rest = after;
            true
        });
        let mut parts = rest.split(" > ").map(words_of).collect::<Result<Vec<_>, _>>()?;
        let words = parts.pop().unwrap_or_default();
        if words.is_empty() || parts.iter().any(Vec::is_empty) {
            return Err(PhraseError(format!("`{source}` has an empty part")));
        }
        Ok(Self { top, sections: parts, words, source: source.to_owned() })
    }

    /// The phrase as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Matches a line's words inside the sections around it, outermost first.
    #[must_use]
    pub fn matches(&self, path: &[&str], line: &[&str]) -> Option<Match> {
        // Most lines fit most phrases not at all: what is found is written down only when all of it fits.
        if !self.is_match(path, line) {
            return None;
        }
        let mut found = Match::default();
        fits(&self.words, line, &mut State { found: &mut found, valued: false }).then_some(found)
    }

    /// Whether the phrase matches, without saying how.
    #[must_use]
    pub fn is_match(&self, path: &[&str], line: &[&str]) -> bool {
        self.deep(path) && self.near(path) && fits(&self.words, line, &mut Unseen) && self.placed(path)
    }

    /// Whether the phrase may match, whatever stands around the line: a look at its first word.
    #[must_use]
    pub fn may_match(&self, line: &str) -> bool {
        self.words.first().is_none_or(|word| may_begin(word, line))
    }

    /// Whether a line's second word may be the one asked for: in large tables it rules nearly all out.
    #[inline]
    fn seconds(&self, line: &[&str]) -> bool {
        match (self.words.first(), self.words.get(1)) {
            // These take in more than a word.
            (Some(Word::Rest | Word::Names(_)), _) => true,
            (_, Some(Word::Literal(want))) => line.get(1).is_some_and(|have| have == want),
            (_, Some(Word::Either(wants))) => line.get(1).is_some_and(|have| wants.iter().any(|want| want == have)),
            _ => true,
        }
    }

    /// Whether there are as many sections as are asked for.
    fn deep(&self, path: &[&str]) -> bool {
        if self.top { path.len() == self.sections.len() } else { path.len() >= self.sections.len() }
    }

    /// Whether the section right around the line may be the one asked for: its first word decides nearly always, and costs
    /// no list of words.
    fn near(&self, path: &[&str]) -> bool {
        let first = self.sections.last().and_then(|section| section.first());
        first.zip(path.last()).is_none_or(|(word, header)| may_begin(word, header))
    }

    fn placed(&self, path: &[&str]) -> bool {
        self.sections.iter().rev().zip(path.iter().rev()).all(|(section, header)| {
            section.first().is_none_or(|word| may_begin(word, header)) && fits(section, &words(header), &mut Unseen)
        })
    }

    fn first(&self) -> Option<Vec<&str>> {
        self.words.first()?.given()
    }

    /// The last word, where it is given and the first is not.
    fn last(&self) -> Option<Vec<&str>> {
        self.words.last()?.given()
    }

    /// The first word of the section right around the line, where it is given.
    fn around(&self) -> Option<Vec<&str>> {
        self.sections.last()?.first()?.given()
    }
}

impl<'de> Deserialize<'de> for Phrase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(|error| D::Error::custom(format!("not a phrase: {error}")))
    }
}

fn words_of(text: &str) -> Result<Vec<Word>, PhraseError> {
    text.split_ascii_whitespace().map(word_of).collect()
}

fn word_of(text: &str) -> Result<Word, PhraseError> {
    let name = text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
    let pattern = text.strip_prefix('/').and_then(|inner| inner.strip_suffix('/'));
    Ok(match text {
        "*" => Word::One,
        "_" => Word::Value,
        "~" => Word::Rest,
        "#" => Word::Number,
        _ if text.ends_with(":numbers>") => match text.trim_end_matches(":numbers>").split_once('<') {
            Some((prefix, name)) => Word::Numbers(prefix.to_owned(), name.to_owned()),
            None => Word::Literal(text.to_owned()),
        },
        _ if name.is_some_and(|name| name.ends_with(":words")) => {
            Word::Names(name.unwrap_or_default().trim_end_matches(":words").to_owned())
        }
        _ if name.is_some_and(|name| name.ends_with(":ports")) => {
            Word::Ports(name.unwrap_or_default().trim_end_matches(":ports").to_owned())
        }
        _ if name.is_some() => Word::Name(name.unwrap_or_default().to_owned()),
        _ if pattern.is_some_and(|inner| !inner.is_empty()) => {
            let inner = pattern.unwrap_or_default();
            let pattern = Pattern::new(format!("^(?:{inner})$"));
            Word::Regex(pattern.map_err(|error| PhraseError(format!("`{inner}` is {error}")))?)
        }
        _ if text.len() > 1 && text.starts_with('?') => {
            Word::Choice(text.trim_start_matches('?').split('|').map(str::to_owned).collect())
        }
        _ if text.contains('|') => Word::Either(text.split('|').map(str::to_owned).collect()),
        _ => Word::Literal(text.to_owned()),
    })
}

/// Whether a line may begin with a word of a phrase; only literal words rule anything out.
fn may_begin(word: &Word, line: &str) -> bool {
    match word {
        Word::Literal(want) => begins(line, want),
        Word::Either(wants) => wants.iter().any(|want| begins(line, want)),
        _ => true,
    }
}

/// Whether a line begins with a word.
fn begins(line: &str, word: &str) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(word) && line.as_bytes().get(word.len()).is_none_or(u8::is_ascii_whitespace)
}

/// What a match writes down as it goes.
trait Record {
    /// A place to go back to.
    type Mark;
    fn key(&mut self, word: &str);
    fn part(&mut self, word: &str);
    fn value(&mut self);
    fn name(&mut self, kind: &str, name: &str);
    fn mark(&self) -> Self::Mark;
    fn back(&mut self, mark: Self::Mark);
}

/// Writes nothing down.
struct Unseen;

impl Record for Unseen {
    type Mark = ();
    fn key(&mut self, _: &str) {}
    fn part(&mut self, _: &str) {}
    fn value(&mut self) {}
    fn name(&mut self, _: &str, _: &str) {}
    fn mark(&self) {}
    fn back(&mut self, (): ()) {}
}

struct State<'m> {
    found: &'m mut Match,
    valued: bool,
}

impl Record for State<'_> {
    type Mark = (Match, bool);

    fn key(&mut self, word: &str) {
        if self.found.key.is_empty() {
            self.found.key.reserve(48);
        } else {
            self.found.key.push(' ');
        }
        self.found.key.push_str(word);
        if !self.valued {
            self.found.head += 1;
        }
    }

    fn part(&mut self, word: &str) {
        self.key(word);
        self.found.parts.push(word.to_owned());
    }

    fn value(&mut self) {
        self.valued = true;
    }

    fn name(&mut self, kind: &str, name: &str) {
        self.found.names.push((kind.into(), name.into()));
    }

    fn mark(&self) -> Self::Mark {
        (self.found.clone(), self.valued)
    }

    fn back(&mut self, (found, valued): Self::Mark) {
        *self.found = found;
        self.valued = valued;
    }
}

fn fits<R: Record>(pattern: &[Word], line: &[&str], state: &mut R) -> bool {
    let Some((word, after)) = pattern.split_first() else {
        return line.is_empty();
    };
    if matches!(word, Word::Rest) {
        state.value();
        // Shortest tail first: what follows `~` is anchored at the end of the line.
        let least = after.iter().filter(|word| !matches!(word, Word::Rest)).count();
        let Some(skip) = line.len().checked_sub(least) else { return false };
        if least == after.len() {
            return fits(after, line.get(skip..).unwrap_or_default(), state);
        }
        for start in 0..=skip {
            let saved = state.mark();
            if fits(after, line.get(start..).unwrap_or_default(), state) {
                return true;
            }
            state.back(saved);
        }
        return false;
    }
    if let Word::Names(kind) = word {
        state.value();
        for name in line {
            state.name(kind, name);
        }
        return after.is_empty() && !line.is_empty();
    }
    let Some((have, rest)) = line.split_first() else { return false };
    match word {
        Word::Literal(want) if want == have => state.key(have),
        Word::Either(wants) if wants.iter().any(|want| want == have) => state.part(have),
        Word::Choice(wants) if wants.iter().any(|want| want == have) => state.value(),
        Word::One => state.part(have),
        Word::Value => state.value(),
        Word::Number if !have.is_empty() && have.bytes().all(|b| b.is_ascii_digit()) => state.part(have),
        Word::Name(kind) => {
            state.part(have);
            state.name(kind, have);
        }
        Word::Numbers(prefix, kind) => match have.strip_prefix(prefix.as_str()).map(crate::value::number_ranges) {
            Some(Ok(numbers)) => {
                state.value();
                for number in numbers {
                    state.name(kind, &number.to_string());
                }
            }
            _ => return false,
        },
        Word::Ports(kind) => match crate::value::port_ranges(have) {
            Ok(ports) => {
                state.value();
                for port in ports {
                    state.name(kind, &port);
                }
            }
            Err(_) => return false,
        },
        Word::Regex(regex) => {
            let Some(groups) = regex.captures(have) else { return false };
            state.part(have);
            let named = regex.capture_names().flatten();
            for (name, group) in named.filter_map(|name| Some((name, groups.name(name)?))) {
                state.name(name, group.as_str());
            }
        }
        _ => return false,
    }
    fits(after, rest, state)
}

/// Phrases with what each stands for, found by a line's first word; the first that matches wins.
#[derive(Clone, Debug)]
pub struct Table<T> {
    entries: Vec<(Phrase, T)>,
    first: Index,
    last: Index,
    others: Vec<usize>,
    /// What sections begin with that lines of the others stand in; `None` where that may be anything.
    around: Option<Vec<String>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T> Table<T> {
    /// The phrases as they were written, in order.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(phrase, _)| phrase.source.as_str())
    }

    /// A table of phrases, in order of precedence.
    #[must_use]
    pub fn new(entries: Vec<(Phrase, T)>) -> Self {
        let (mut first, mut last) = (Index::default(), Index::default());
        let mut others = Vec::new();
        for (at, (phrase, _)) in entries.iter().enumerate() {
            let (index, words) = match (phrase.first(), phrase.last()) {
                (Some(words), _) => (&mut first, words),
                (None, Some(words)) => (&mut last, words),
                (None, None) => {
                    others.push(at);
                    continue;
                }
            };
            for word in words {
                index.add(word, at);
            }
        }
        let mut around = Some(Vec::new());
        for (phrase, _) in others.iter().filter_map(|at| entries.get(*at)) {
            around = around.zip(phrase.around()).map(|(mut all, words)| {
                all.extend(words.into_iter().map(str::to_owned));
                all
            });
        }
        Self { entries, first, last, others, around }
    }

    /// The first phrase that matches, with what it found.
    #[must_use]
    pub fn find(&self, path: &[&str], line: &[&str]) -> Option<(&T, Match)> {
        self.candidates(path, line).find_map(|(phrase, value)| Some((value, phrase.matches(path, line)?)))
    }

    /// What the first phrase that matches stands for.
    #[must_use]
    pub fn get(&self, path: &[&str], line: &[&str]) -> Option<&T> {
        self.candidates(path, line).find(|(phrase, _)| phrase.is_match(path, line)).map(|(_, value)| value)
    }

    /// Whether a phrase matches.
    #[must_use]
    pub fn is_match(&self, path: &[&str], line: &[&str]) -> bool {
        self.get(path, line).is_some()
    }

    /// Whether a phrase may match, whatever stands around the line: a look at its first and its last word.
    #[must_use]
    pub fn may_match(&self, line: &str) -> bool {
        !self.others.is_empty() || self.is_marked(line)
    }

    /// The same for a line in its sections.
    #[must_use]
    pub fn may_match_in(&self, path: &[&str], line: &str) -> bool {
        (!self.others.is_empty() && self.stands(path)) || self.is_marked(line)
    }

    fn is_marked(&self, line: &str) -> bool {
        let words = || line.split_ascii_whitespace();
        (!self.first.is_empty() && words().next().is_some_and(|word| self.first.may_hold(word)))
            || (!self.last.is_empty() && words().next_back().is_some_and(|word| self.last.may_hold(word)))
    }

    /// Whether a line in these sections may be one of the others.
    fn stands(&self, path: &[&str]) -> bool {
        let Some(around) = &self.around else { return true };
        path.last().is_some_and(|header| around.iter().any(|word| begins(header, word)))
    }

    /// Every phrase that matches, in order.
    pub fn all<'a>(&'a self, path: &'a [&'a str], line: &'a [&'a str]) -> impl Iterator<Item = (&'a T, Match)> {
        self.candidates(path, line).filter_map(move |(phrase, value)| Some((value, phrase.matches(path, line)?)))
    }

    /// What every phrase that matches stands for, in order.
    pub fn values<'a>(&'a self, path: &'a [&'a str], line: &'a [&'a str]) -> impl Iterator<Item = &'a T> {
        self.candidates(path, line).filter(move |(phrase, _)| phrase.is_match(path, line)).map(|(_, value)| value)
    }

    /// Whether no phrase is in the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every phrase in order of precedence.
    pub fn iter(&self) -> impl Iterator<Item = (&Phrase, &T)> {
        self.entries.iter().map(|(phrase, value)| (phrase, value))
    }

    fn candidates<'t, 'l>(&'t self, path: &[&str], line: &'l [&'l str]) -> Candidates<'t, 'l, T> {
        let others: &[usize] = if self.stands(path) { &self.others } else { &[] };
        let lists = [self.first.get(line.first()), self.last.get(line.last()), others];
        Candidates { entries: &self.entries, lists, line }
    }
}

/// Where the phrases stand that ask for a word.
#[derive(Clone, Debug, Default)]
struct Index {
    places: HashMap<String, Vec<usize>>,
    /// One of these is set for every word that is here: most words are not, and are not looked for.
    marks: [u64; 4],
}

impl Index {
    fn add(&mut self, word: &str, at: usize) {
        let (slot, mark) = mark(word);
        if let Some(marks) = self.marks.get_mut(slot) {
            *marks |= mark;
        }
        self.places.entry(word.to_owned()).or_default().push(at);
    }

    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn may_hold(&self, word: &str) -> bool {
        let (slot, mark) = mark(word);
        self.marks.get(slot).is_some_and(|marks| marks & mark != 0)
    }

    fn get(&self, word: Option<&&str>) -> &[usize] {
        let word = word.filter(|word| self.may_hold(word));
        word.and_then(|word| self.places.get(*word)).map_or(&[], Vec::as_slice)
    }
}

/// Which of 256 marks stands for a word: quickly found, and another for most others.
fn mark(word: &str) -> (usize, u64) {
    let bytes = word.as_bytes();
    let at = |place: usize| bytes.get(place).copied().unwrap_or_default();
    let mixed = at(0).wrapping_mul(31) ^ at(bytes.len() / 2).wrapping_mul(113) ^ at(bytes.len().wrapping_sub(1));
    let mixed = mixed.wrapping_add(at(1).wrapping_mul(7))
        ^ (bytes.len() << 4).to_le_bytes().first().copied().unwrap_or_default();
    (usize::from(mixed >> 6), 1 << (mixed & 63))
}

/// Phrases that a line's words lead to, in order of precedence.
struct Candidates<'t, 'l, T> {
    entries: &'t [(Phrase, T)],
    lists: [&'t [usize]; 3],
    line: &'l [&'l str],
}

impl<'t, T> Iterator for Candidates<'t, '_, T> {
    type Item = &'t (Phrase, T);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let list = match &mut self.lists {
                [list, last, others] if last.is_empty() && others.is_empty() => list,
                lists => {
                    let left = lists.iter_mut().filter(|list| !list.is_empty());
                    left.min_by_key(|list| list.first().copied())?
                }
            };
            let (at, rest) = list.split_first()?;
            *list = rest;
            let entry = self.entries.get(*at)?;
            if entry.0.seconds(self.line) {
                return Some(entry);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Table<()> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let phrases = Vec::<Phrase>::deserialize(deserializer)?;
        Ok(Self::new(phrases.into_iter().map(|phrase| (phrase, ())).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(phrase: &str, path: &[&str], line: &str) -> Option<Match> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        Phrase::new(phrase).unwrap().matches(path, &words)
    }

    #[test]
    fn the_key_leaves_values_out() {
        let found = matched("neighbor * remote-as _", &[], "neighbor 10.0.0.1 remote-as 65001").unwrap();
        assert_eq!(found.key, "neighbor 10.0.0.1 remote-as");
        assert_eq!(found.parts, ["10.0.0.1"]);
        assert_eq!(found.head, 3);
        let found = matched("ip access-group _ in|out", &[], "ip access-group A in").unwrap();
        assert_eq!((found.key.as_str(), found.head), ("ip access-group in", 2));
    }

    #[test]
    fn rest_may_stand_in_the_middle() {
        assert!(matched("ip address ~ secondary", &[], "ip address 10.0.0.1 255.0.0.0 secondary").is_some());
        assert!(matched("ip address ~ secondary", &[], "ip address 10.0.0.1 255.0.0.0").is_none());
        assert!(matched("ip address ~", &[], "ip address").is_some());
    }

    #[test]
    fn sections_are_asked_for() {
        assert!(matched("interface * > mtu _", &["interface eth0"], "mtu 1500").is_some());
        assert!(matched("interface * > mtu _", &["router x"], "mtu 1500").is_none());
        assert!(matched("> mtu _", &["router x"], "mtu 1500").is_none());
        assert!(matched("> a > b", &["a"], "b").is_some());
        assert!(matched("> a > b", &["x", "a"], "b").is_none());
    }

    #[test]
    fn number_lists_are_names() {
        let found = matched("allowed <vlan:numbers>", &[], "allowed 10,20-21").unwrap();
        let names: Vec<_> = found.names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["10", "20", "21"]);
        assert!(matched("allowed <vlan:numbers>", &[], "allowed none").is_none());
        let found = matched("interface Ethernet<port:numbers>", &[], "interface Ethernet1-2").unwrap();
        assert_eq!((found.names.len(), found.head), (2, 1));
        assert!(matched("interface Ethernet<port:numbers>", &[], "interface Ethernet1/1").is_none());
        let found = matched("interface /Vlan(?<vlan>\\d+)/", &[], "interface Vlan10").unwrap();
        assert_eq!(found.names, [("vlan".into(), "10".into())]);
    }

    #[test]
    fn the_rest_of_a_line_may_be_names() {
        let found = matched("set member|users <one:words>", &[], "set member a b").unwrap();
        assert_eq!(found.names, [("one".into(), "a".into()), ("one".into(), "b".into())]);
        assert_eq!((found.key.as_str(), found.head), ("set member", 2));
        assert!(matched("set member <one:words>", &[], "set member").is_none());
    }

    #[test]
    fn port_lists_are_names_and_choices_are_values() {
        let found = matched("untagged <port:ports>", &[], "untagged 1-2,A1").unwrap();
        let names: Vec<_> = found.names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!((names.as_slice(), found.head), (["1", "2", "A1"].as_slice(), 1));
        assert!(matched("authenticator <port:ports>", &[], "authenticator active").is_none());
        assert_eq!(matched("?tagged|untagged *", &[], "tagged 5").unwrap().key, "5");
        assert!(matched("?tagged|untagged *", &[], "forbid 5").is_none());
    }

    #[test]
    fn the_first_phrase_in_a_table_wins() {
        let table = Table::new(vec![
            (Phrase::new("a *").unwrap(), 1),
            (Phrase::new("* b").unwrap(), 2),
            (Phrase::new("a b").unwrap(), 3),
        ]);
        assert_eq!(table.find(&[], &["a", "b"]).unwrap().0, &1);
        assert_eq!(table.find(&[], &["c", "b"]).unwrap().0, &2);
        assert!(table.find(&[], &["c"]).is_none());
    }

    #[test]
    fn an_empty_phrase_is_refused() {
        assert!(Phrase::new("  ").is_err());
        assert!(Phrase::new("/(/").is_err());
    }
}
