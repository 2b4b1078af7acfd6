//! Command grammar: patterns of words to one tree per mode, with abbreviations as network devices take them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What one place of a pattern takes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(String),
    Word,
    Line,
    Text,
    Quoted,
    Banner,
    Number(u64, u64),
    Address,
    Prefix,
    Mask,
    Vlans,
    Ports,
    Interface,
    Mac,
    Net,
    Port,
}

/// What a word of a packet-filter statement stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A word of the language, or any word.
    Plain,
    /// An address, a network, a range, a set of them.
    Net,
    /// A port, a range, a set of them.
    Port,
}

#[derive(Clone, Debug)]
struct Edge {
    token: Token,
    value: bool,
    to: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    edges: Vec<Edge>,
    end: Option<usize>,
}

/// What a pattern says beside its words.
#[expect(clippy::struct_excessive_bools, reason = "they are the notation's own independent marks")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    /// On unless negated.
    pub(super) default_on: bool,
    /// Shows its negation.
    pub(super) shows_off: bool,
    /// The mode of the section it opens.
    pub(super) opens: Option<String>,
    /// Names VLANs, so that one line may stand for several.
    pub(super) list: bool,
    /// Only negated, for every line that begins so.
    pub(super) begins: bool,
    /// Names ports: a line for each.
    pub(super) ports: bool,
    /// These lines are printed as one.
    pub(super) gathers: bool,
    /// Takes text over several lines.
    banner: bool,
}

/// The commands of one mode.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    nodes: Vec<Node>,
    rules: Vec<Rule>,
    interfaces: Vec<String>,
}

/// One typed word and how it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The word in full.
    pub(super) text: String,
    /// Whether a new value overwrites.
    pub(super) value: bool,
    /// Whether it is a VLAN list.
    pub(super) vlans: bool,
    /// Whether it is a list of ports.
    pub(super) ports: bool,
}

/// A command that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Index of the pattern in the list the grammar was built from.
    pub(super) rule: usize,
    /// The words in full.
    pub(super) words: Vec<Word>,
    /// Whether trailing values were left out, as negations may.
    pub(super) truncated: bool,
}

impl Match {
    /// The line as the device prints it.
    pub(super) fn text(&self) -> String {
        join(self.words.iter())
    }

    /// What the line is known by: its words without the values.
    pub(super) fn key(&self) -> String {
        join(self.words.iter().filter(|word| !word.value))
    }

    /// The ports it names, if any.
    pub(super) fn ports(&self) -> Vec<String> {
        let word = self.words.iter().find(|word| word.ports);
        word.and_then(|word| crate::value::port_ranges(&word.text).ok()).unwrap_or_default()
    }

    /// The same for one of its ports.
    pub(super) fn of_port(&self, port: &str) -> Self {
        let mut one = self.clone();
        for word in one.words.iter_mut().filter(|word| word.ports) {
            port.clone_into(&mut word.text);
        }
        one
    }

    /// Whether values stand between the other words, so that a negation has to repeat them.
    pub(super) fn value_inside(&self) -> bool {
        let last_plain = self.words.iter().rposition(|word| !word.value).unwrap_or(0);
        self.words.iter().take(last_plain).any(|word| word.value)
    }
}

fn join<'w>(words: impl Iterator<Item = &'w Word>) -> String {
    words.map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Why a command was not understood; columns count bytes from the start of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// No command fits from this column on.
    Unknown(usize),
    /// A word is missing at the end.
    Incomplete,
    /// The word at this column abbreviates several.
    Ambiguous(usize),
}

/// A pattern that cannot be read; fits "failed to read the grammar: …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}`: {why}")]
pub struct GrammarError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

impl Grammar {
    /// Reads the patterns of one mode.
    pub(super) fn new<'p>(
        patterns: impl IntoIterator<Item = &'p str>,
        interfaces: &[String],
    ) -> Result<Self, GrammarError> {
        let mut grammar = Self { nodes: vec![Node::default()], rules: Vec::new(), interfaces: interfaces.to_vec() };
        for pattern in patterns {
            grammar.add(pattern)?;
        }
        Ok(grammar)
    }

    /// What a pattern says beside its words.
    pub(super) fn rule(&self, index: usize) -> Option<&Rule> {
        self.rules.get(index)
    }

    /// Whether a pattern takes text over several lines.
    pub(super) fn takes_banner(&self, index: usize) -> bool {
        self.rule(index).is_some_and(|rule| rule.banner)
    }

    /// The modes its sections open.
    pub(super) fn opened(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter_map(|rule| rule.opens.as_deref())
    }

    fn add(&mut self, pattern: &str) -> Result<(), GrammarError> {
        let wrong = |why: &str| GrammarError { pattern: pattern.to_owned(), why: why.to_owned() };
        let mut words: Vec<&str> = pattern.split_whitespace().collect();
        let mut rule = Rule::default();
        if let [.., "->", mode] = words.as_slice() {
            rule.opens = Some((*mode).to_owned());
            words.truncate(words.len() - 2);
        }
        if words.first() == Some(&"+") {
            rule.default_on = true;
            rule.shows_off = true;
            words.remove(0);
        } else if words.first() == Some(&"*") {
            rule.shows_off = true;
            words.remove(0);
        } else if words.first() == Some(&"~") {
            rule.begins = true;
            words.remove(0);
        }
        rule.banner = words.iter().any(|word| word.ends_with("<banner>"));
        rule.list = words.contains(&"<vlans>");
        rule.gathers = words.contains(&"<ports+>");
        rule.ports = rule.gathers || words.contains(&"<ports>");
        let index = self.rules.len();
        self.rules.push(rule);
        let mut rest = words.as_slice();
        let sequences = alternatives(&mut rest).map_err(wrong)?;
        if !rest.is_empty() {
            return Err(wrong("a bracket is closed that was not opened"));
        }
        for sequence in sequences {
            let mut node = 0;
            for word in sequence {
                let (value, bare) = word.strip_prefix('=').map_or((false, word), |bare| (true, bare));
                let token = token(bare).ok_or_else(|| wrong(&format!("`{bare}` is no kind of word")))?;
                node = self.child(node, token, value);
            }
            let Some(last) = self.nodes.get_mut(node) else { continue };
            if node == 0 {
                return Err(wrong("it has no words"));
            }
            last.end.get_or_insert(index);
        }
        Ok(())
    }

    fn child(&mut self, node: usize, token: Token, value: bool) -> usize {
        let next = self.nodes.len();
        let Some(here) = self.nodes.get_mut(node) else { return node };
        if let Some(edge) = here.edges.iter().find(|edge| edge.token == token && edge.value == value) {
            return edge.to;
        }
        here.edges.push(Edge { token, value, to: next });
        self.nodes.push(Node::default());
        next
    }

    /// Reads what was typed. With `shortened`, values at the end may be missing.
    pub(super) fn read(&self, line: &str, shortened: bool) -> Result<Match, Misfit> {
        let mut alive: Vec<(usize, Vec<Word>)> = vec![(0, Vec::new())];
        let mut done: Vec<(usize, Vec<Word>)> = Vec::new();
        for (column, word) in columns(line) {
            let rest = line.get(column..).unwrap_or(word).trim_end();
            let mut exact = Vec::new();
            let mut parameters = Vec::new();
            let mut abbreviated: Vec<(usize, Vec<Word>, String)> = Vec::new();
            for (node, path) in &alive {
                for edge in self.edges(*node) {
                    let with = |text: String| {
                        let mut path = path.clone();
                        path.push(Word {
                            text,
                            value: edge.value,
                            vlans: edge.token == Token::Vlans,
                            ports: edge.token == Token::Ports,
                        });
                        path
                    };
                    match &edge.token {
                        Token::Literal(full) if full.eq_ignore_ascii_case(word) => {
                            exact.push((edge.to, with(full.clone())));
                        }
                        Token::Literal(full) => {
                            let start = full.get(..word.len());
                            if start.is_some_and(|start| start.eq_ignore_ascii_case(word)) {
                                abbreviated.push((edge.to, with(full.clone()), full.clone()));
                            }
                        }
                        Token::Line | Token::Banner => done.push((edge.to, with(rest.to_owned()))),
                        Token::Text => done.push((edge.to, with(quoted(rest)))),
                        token => {
                            if let Some(text) = self.parameter(token, word) {
                                parameters.push((edge.to, with(text)));
                            }
                        }
                    }
                }
            }
            let taken = if !exact.is_empty() {
                exact
            } else if !parameters.is_empty() {
                parameters
            } else {
                let mut words: Vec<&String> = abbreviated.iter().map(|(_, _, full)| full).collect();
                words.sort();
                words.dedup();
                if words.len() > 1 && done.is_empty() {
                    return Err(Misfit::Ambiguous(column));
                }
                abbreviated.into_iter().map(|(to, path, _)| (to, path)).collect()
            };
            if taken.is_empty() {
                return self.best(done, shortened).ok_or(Misfit::Unknown(column));
            }
            alive = taken;
        }
        // A pattern that names every word beats one that swallows the rest of the line.
        self.best(alive, shortened).or_else(|| self.best(done, shortened)).ok_or(Misfit::Incomplete)
    }

    /// The longest pattern the words begin with, without abbreviations: what each of its words stands for.
    /// Where none fits, no words are taken and as many places given as the furthest pattern understood.
    pub(super) fn longest(&self, words: &[&str]) -> (usize, Vec<Slot>) {
        let mut best: Option<Vec<Slot>> = None;
        let mut furthest: Vec<Slot> = Vec::new();
        let mut alive: Vec<(usize, Vec<Slot>)> = vec![(0, Vec::new())];
        for word in words {
            let mut next = Vec::new();
            for (node, path) in &alive {
                let exact = self.edges(*node).iter().find(|edge| edge.token == Token::Literal((*word).to_owned()));
                let fits = |edge: &&Edge| !matches!(edge.token, Token::Literal(_));
                let mut edges: Vec<&Edge> = exact.into_iter().collect();
                if edges.is_empty() {
                    edges.extend(self.edges(*node).iter().filter(fits));
                }
                for edge in edges {
                    let mut path = path.clone();
                    path.push(match edge.token {
                        Token::Net => Slot::Net,
                        Token::Port => Slot::Port,
                        _ => Slot::Plain,
                    });
                    if self.nodes.get(edge.to).is_some_and(|node| node.end.is_some()) {
                        best = Some(path.clone());
                    }
                    next.push((edge.to, path));
                }
            }
            if let Some((_, path)) = next.first() {
                furthest.clone_from(path);
            }
            alive = next;
        }
        match best {
            Some(slots) => (slots.len(), slots),
            None => (0, furthest),
        }
    }

    fn best(&self, paths: Vec<(usize, Vec<Word>)>, shortened: bool) -> Option<Match> {
        let mut found: Vec<Match> = Vec::new();
        for (node, words) in paths {
            if words.is_empty() {
                continue;
            }
            let end = self.nodes.get(node).and_then(|node| node.end);
            let end = end.filter(|rule| shortened || !self.rule(*rule).is_some_and(|rule| rule.begins));
            if let Some(rule) = end {
                found.push(Match { rule, words, truncated: false });
            } else if shortened && let Some(rule) = self.end_behind_values(node) {
                found.push(Match { rule, words, truncated: true });
            }
        }
        found.into_iter().min_by_key(|found| (found.truncated, found.rule))
    }

    fn end_behind_values(&self, node: usize) -> Option<usize> {
        self.edges(node).iter().filter(|edge| edge.value).find_map(|edge| {
            self.nodes.get(edge.to).and_then(|node| node.end).or_else(|| self.end_behind_values(edge.to))
        })
    }

    fn edges(&self, node: usize) -> &[Edge] {
        self.nodes.get(node).map_or(&[], |node| &node.edges)
    }

    fn parameter(&self, token: &Token, word: &str) -> Option<String> {
        let same = || Some(word.to_owned());
        match token {
            Token::Word | Token::Net | Token::Port => same(),
            Token::Quoted => Some(quoted(word)),
            Token::Number(low, high) => {
                let number: u64 = word.parse().ok()?;
                (*low..=*high).contains(&number).then(|| number.to_string())
            }
            Token::Address => word.parse::<Ipv4Addr>().ok().map(|address| address.to_string()),
            Token::Prefix => prefix(word).then_some(()).and_then(|()| same()),
            Token::Mask => word.parse::<Ipv4Addr>().is_ok_and(contiguous).then(|| word.to_owned()),
            Token::Vlans => {
                let legal =
                    crate::value::number_ranges(word).is_ok_and(|ids| ids.iter().all(|id| (1..=4094).contains(id)));
                legal.then(|| word.to_owned())
            }
            Token::Ports => {
                let ports = crate::value::port_ranges(word).ok()?;
                let named = |port: &String| port.ends_with(|last: char| last.is_ascii_digit());
                (!ports.is_empty() && ports.iter().all(named)).then(|| word.to_owned())
            }
            Token::Mac => {
                let digits = word.chars().filter(char::is_ascii_hexdigit).count();
                (digits == 12 && word.chars().all(|c| c.is_ascii_hexdigit() || ".:-".contains(c)))
                    .then(|| word.to_owned())
            }
            Token::Interface => self.interface(word),
            Token::Literal(_) | Token::Line | Token::Text | Token::Banner => None,
        }
    }

    /// `gi1/0/1` in full; where the platform lists no types, any word is a name.
    fn interface(&self, word: &str) -> Option<String> {
        if self.interfaces.is_empty() {
            return Some(word.to_owned());
        }
        let digits = word.find(|c: char| c.is_ascii_digit())?;
        let (kind, number) = word.split_at(digits);
        if kind.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || "/.:".contains(c)) {
            return None;
        }
        let full = self.interfaces.iter().find(|full| full.eq_ignore_ascii_case(kind)).or_else(|| {
            let starts = |full: &&String| full.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind));
            self.interfaces.iter().find(starts)
        })?;
        Some(format!("{full}{number}"))
    }
}

/// Whether a mask has no holes.
fn contiguous(mask: Ipv4Addr) -> bool {
    let bits = u32::from(mask);
    bits.leading_ones() + bits.trailing_zeros() >= 32
}

fn prefix(word: &str) -> bool {
    let Some((address, length)) = word.split_once('/') else { return false };
    let Ok(length) = length.parse::<u8>() else {
        // Some devices write the mask out.
        return address.parse::<Ipv4Addr>().is_ok() && length.parse::<Ipv4Addr>().is_ok_and(contiguous);
    };
    (address.parse::<Ipv4Addr>().is_ok() && length <= 32) || (address.parse::<Ipv6Addr>().is_ok() && length <= 128)
}

/// The words of a line with the columns they start at.
pub(super) fn columns(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_whitespace().map(|word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
}

/// A text in quotes, whether it was typed in them or not.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.trim_matches('"'))
}

fn token(word: &str) -> Option<Token> {
    let Some(kind) = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
        return Some(Token::Literal(word.to_owned()));
    };
    Some(match kind {
        "word" => Token::Word,
        "line" => Token::Line,
        "text" => Token::Text,
        "quoted" => Token::Quoted,
        "banner" => Token::Banner,
        "address" => Token::Address,
        "prefix" => Token::Prefix,
        "mask" => Token::Mask,
        "vlans" => Token::Vlans,
        "ports" | "ports+" => Token::Ports,
        "interface" => Token::Interface,
        "mac" => Token::Mac,
        "net" => Token::Net,
        "port" => Token::Port,
        range => {
            let (low, high) = range.split_once('-')?;
            Token::Number(low.parse().ok()?, high.parse().ok()?)
        }
    })
}

/// Every sequence of words a pattern allows, up to the end or an unmatched closing mark.
fn alternatives<'p>(rest: &mut &[&'p str]) -> Result<Vec<Vec<&'p str>>, &'static str> {
    let mut all = Vec::new();
    let mut here: Vec<Vec<&'p str>> = vec![Vec::new()];
    while let Some((word, after)) = rest.split_first() {
        match *word {
            "(" | "[" => {
                *rest = after;
                let mut inner = alternatives(rest)?;
                let close = if *word == "(" { ")" } else { "]" };
                match rest.split_first() {
                    Some((found, after)) if *found == close => *rest = after,
                    _ => return Err("a bracket is not closed"),
                }
                if close == "]" {
                    inner.push(Vec::new());
                }
                here = here
                    .iter()
                    .flat_map(|start| inner.iter().map(move |end| start.iter().chain(end).copied().collect()))
                    .collect();
                if here.len() > 4096 {
                    return Err("it allows more than 4,096 sequences");
                }
            }
            ")" | "]" => break,
            "|" => {
                all.append(&mut here);
                here.push(Vec::new());
                *rest = after;
            }
            _ => {
                for sequence in &mut here {
                    sequence.push(word);
                }
                *rest = after;
            }
        }
    }
    all.append(&mut here);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar() -> Grammar {
        let patterns = [
            "show ( running-config | startup-config ) [ brief ]",
            "show clock",
            "configure terminal [ revert timer <1-120> ]",
            "description =<line>",
            "ip access-group =<word> ( in | out )",
            "switchport access vlan =<1-4094>",
            "+ ip domain lookup",
            "interface <interface> -> config-if",
        ];
        Grammar::new(patterns, &["GigabitEthernet".to_owned(), "Vlan".to_owned()]).unwrap()
    }

    #[test]
    fn abbreviations_are_completed() {
        let grammar = grammar();
        assert_eq!(grammar.read("sh run", false).unwrap().text(), "show running-config");
        assert_eq!(grammar.read("conf t rev ti 5", false).unwrap().text(), "configure terminal revert timer 5");
        assert_eq!(grammar.read("int gi1/0/1", false).unwrap().text(), "interface GigabitEthernet1/0/1");
    }

    #[test]
    fn the_fault_is_named_with_its_column() {
        let grammar = grammar();
        assert_eq!(grammar.read("show bogus", false), Err(Misfit::Unknown(5)));
        assert_eq!(grammar.read("bogus", false), Err(Misfit::Unknown(0)));
        assert_eq!(grammar.read("show", false), Err(Misfit::Incomplete));
        assert_eq!(grammar.read("i", false), Err(Misfit::Ambiguous(0)));
        assert_eq!(grammar.read("switchport access vlan 5000", false), Err(Misfit::Unknown(23)));
        assert_eq!(grammar.read("show clock please", false), Err(Misfit::Unknown(11)));
    }

    #[test]
    fn values_are_no_part_of_the_key() {
        let grammar = grammar();
        let line = grammar.read("ip access-group GUEST in", false).unwrap();
        assert_eq!((line.key().as_str(), line.value_inside()), ("ip access-group in", true));
        let line = grammar.read("description  to   core", false).unwrap();
        assert_eq!(line.text(), "description to   core");
        assert_eq!(line.key(), "description");
    }

    #[test]
    fn a_negation_may_leave_out_the_values_at_the_end() {
        let grammar = grammar();
        assert!(grammar.read("switchport access vlan", true).unwrap().truncated);
        assert_eq!(grammar.read("switchport access", true), Err(Misfit::Incomplete));
        assert_eq!(grammar.read("switchport access vlan", false), Err(Misfit::Incomplete));
    }

    #[test]
    fn what_a_pattern_says_beside_its_words_is_kept() {
        let grammar = grammar();
        let line = grammar.read("interface Vlan10", false).unwrap();
        assert_eq!(grammar.rule(line.rule).unwrap().opens.as_deref(), Some("config-if"));
        let line = grammar.read("ip domain lookup", false).unwrap();
        assert!(grammar.rule(line.rule).unwrap().default_on);
    }

    #[test]
    fn a_bad_pattern_is_refused() {
        assert!(Grammar::new(["show ( a"], &[]).is_err());
        assert!(Grammar::new(["show <nothing>"], &[]).is_err());
        assert!(Grammar::new(["show a )"], &[]).is_err());
    }
}
