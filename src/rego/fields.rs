//! Fields that the document does not have: to Rego they are merely undefined, so the rule never says anything.
//!
//! Not a type check: a variable may hold anything. But a rule that asks for `input.segment`, or a field one letter
//! away from one that exists and that nothing in the file makes, is a rule with a typing error.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::finding::{Finding, codes, nearest};
use crate::source::{FileId, Span};
use crate::{export, inventory};

/// The sets that are asked for.
const ANSWERS: [&str; 3] = ["deny", "violation", "warn"];

/// What fields there are.
pub(super) struct Known {
    /// Directly below `input`.
    top: BTreeSet<&'static str>,
    /// Keys whose value has names for keys.
    named: BTreeSet<&'static str>,
    /// Anywhere in the document.
    all: BTreeSet<String>,
}

impl Known {
    pub(super) fn new() -> Self {
        let keys = export::keys();
        let mut all: BTreeSet<String> = keys.all.iter().map(|key| (*key).to_owned()).collect();
        all.extend(inventory::schema::keys());
        Self { top: keys.top, named: keys.named, all }
    }

    /// What a file of rules asks for that is not there.
    ///
    /// `elsewhere` says whether another file has a word.
    pub(super) fn unknown(&self, file: FileId, text: &str, elsewhere: impl Fn(&str) -> bool) -> Vec<Finding> {
        let Read { chains, made, sets, names } = read(text);
        let mut findings: Vec<Finding> = Vec::new();
        for (name, range) in sets {
            // An answer may have a suffix of its own: `deny_ports`.
            let is_answer = ANSWERS
                .iter()
                .any(|answer| name.strip_prefix(answer).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')));
            let unused = names.get(name) == Some(&1) && !elsewhere(name);
            let near = nearest(name, ANSWERS).filter(|_| !is_answer && unused);
            if let Some(near) = near {
                let message = format!("nobody asks for `{name}`, so this rule never says anything");
                let finding = Finding::warning(codes::RULE_SHAPE, message).at(Span::new(file, range));
                findings.push(finding.help(format!("did you mean `{near}`?")));
            }
        }
        for chain in chains {
            let mut parts = chain.iter().filter_map(|range| Some((text.get(range.clone())?, range)));
            let Some((head, _)) = parts.next() else { continue };
            let mut before = head;
            for (part, range) in parts {
                let span = Span::new(file, range.clone());
                let asked = std::mem::replace(&mut before, part);
                if head == "input" && asked == "input" {
                    if !self.top.contains(part) {
                        let message = format!("the document has no `{part}`, so nothing of this rule is ever true");
                        let finding = Finding::warning(codes::RULE_FIELD, message).at(span);
                        let known = || self.top.iter().copied().collect::<Vec<_>>().join(", ");
                        findings.push(finding.meant(part, self.top.iter().copied(), || format!("it has {}", known())));
                        break;
                    }
                    continue;
                }
                if self.named.contains(asked) || self.all.contains(part) || made.contains(part) {
                    continue;
                }
                if let Some(near) = nearest(part, self.all.iter().map(String::as_str)) {
                    let message = format!("nothing in the document has a field `{part}`, so this is never true");
                    let finding = Finding::warning(codes::RULE_FIELD, message).at(span);
                    findings
                        .push(finding.help(format!("did you mean `{near}`? `samnet show network --schema` lists all")));
                    break;
                }
            }
        }
        // A chain in the brackets of another is met twice.
        findings.dedup_by(|a, b| a.span == b.span);
        findings
    }
}

/// What stands in a file of rules.
#[derive(Default)]
struct Read<'t> {
    /// Names joined by dots, each by its place.
    chains: Vec<Vec<Range<usize>>>,
    /// Names that the file itself gives to something: every text in quotes, and every name at the start of a line.
    made: BTreeSet<&'t str>,
    /// Names of sets, each by its place at the start of a line: `deny contains …`.
    sets: Vec<(&'t str, Range<usize>)>,
    /// How often each name stands there, outside of quotes.
    names: BTreeMap<&'t str, usize>,
}

fn read(text: &str) -> Read<'_> {
    let mut read = Read::default();
    let mut at = 0;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut line = true;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(c) = rest.chars().next() else { break };
        match c {
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            '"' | '`' => {
                let end = closing(rest, c);
                read.made.extend(rest.get(1..end.saturating_sub(1)));
                at += end;
            }
            '\n' => {
                line = true;
                at += 1;
                continue;
            }
            _ if c.is_ascii_alphabetic() || c == '_' => {
                let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                let name = rest.get(..length).unwrap_or_default();
                *read.names.entry(name).or_default() += 1;
                if line {
                    read.made.insert(name);
                    if rest.get(length..).is_some_and(|rest| rest.trim_start().starts_with("contains ")) {
                        read.sets.push((name, at..at + length));
                    }
                }
                if line && (name == "import" || name == "package") {
                    at += rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                let chain = chain(text, at..at + length);
                let end = chain.last().map_or(at + length, |last| last.end);
                let called = text.get(end..).is_some_and(|rest| rest.starts_with('('));
                if name != "data" && !called && chain.len() > 1 {
                    read.chains.push(chain.clone());
                }
                // What stands in square brackets between the parts is looked at by itself.
                at += length;
                if let Some(last) =
                    chain.last().filter(|_| !text.get(at..end).is_some_and(|between| between.contains('[')))
                {
                    at = last.end;
                }
            }
            _ => at += c.len_utf8(),
        }
        line = false;
    }
    read
}

/// Where a text in quotes ends.
fn closing(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote || (c == '\n' && quote == '"') {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// A name and the fields asked of it: `a.b`, `a[x].b`.
fn chain(text: &str, first: Range<usize>) -> Vec<Range<usize>> {
    let mut chain = vec![first.clone()];
    let mut at = first.end;
    while let Some(rest) = text.get(at..) {
        if rest.starts_with('[') {
            let mut depth = 0_usize;
            let end = rest.char_indices().find(|(_, c)| {
                match c {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 || *c == '\n'
            });
            match end {
                Some((end, ']')) => at += end + 1,
                _ => return chain,
            }
            continue;
        }
        let Some(name) = rest.strip_prefix('.') else { return chain };
        let length = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        if length == 0 {
            return chain;
        }
        chain.push(at + 1..at + 1 + length);
        at += 1 + length;
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn unknown(text: &str) -> Vec<String> {
        let file = Sources::new().add("a.rego", text);
        let found = Known::new().unknown(file, text, |word| word == "shared");
        found.iter().filter_map(|finding| text.get(finding.span?.range()).map(str::to_owned)).collect()
    }

    #[test]
    fn a_field_that_is_nearly_one_is_told_and_what_the_file_makes_is_not() {
        assert_eq!(unknown("package a\ndeny contains 1 if input.segment\n"), ["segment"]);
        assert_eq!(unknown("package a\nden contains 1 if input.segments\n"), ["den"]);
        assert_eq!(unknown("package a\nworn contains 1 if input.segments\ndeny contains 2 if worn[1]\n"), [""; 0]);
        assert_eq!(
            unknown("package a\ndeny_a contains 1 if input.segments\nwarn_1 contains 2 if input.sites\n"),
            [""; 0]
        );
        assert_eq!(unknown("package a\nx if { some p in input.devices; p.roll == \"ap\" }\n"), ["roll"]);
        assert_eq!(unknown("package a\nx if { input.devices[i].ports[_].proffile }\n"), ["proffile"]);
        assert_eq!(unknown("package a\nx if { y := {\"roll\": 1}; y.roll == 1; input.profiles.roll }\n"), [""; 0]);
        assert_eq!(
            unknown("package a\n# input.segment\nx if strings.any_prefix_match(input.flows, \"input.segment\")\n"),
            [""; 0]
        );
    }
}
