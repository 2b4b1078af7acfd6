//! What rules answered, as findings at the places they name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::host::{Said, Stop};
use super::protocol::{Answer, Listed, Step};
use super::{MEMORY, Rules};
use crate::export::Export;
use crate::finding::{Finding, Severity, codes, nearest};
use crate::source::{Sources, Span};

/// Longest text of a rule that is shown, in characters.
const LONGEST: usize = 400;

/// What a rule of this name says when it says something; `None` for a rule nobody asks.
///
/// `deny`, `violation` and `warn`, alone or with a suffix, as conftest has them.
pub(super) fn severity(name: &str) -> Option<Severity> {
    let is = |word: &str| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    if is("deny") || is("violation") {
        return Some(Severity::Error);
    }
    is("warn").then_some(Severity::Warning)
}

/// Everything that was said, as findings sorted by place.
pub(super) fn findings(said: &Said, rules: &Rules, export: &Export<'_>, sources: &Sources) -> Vec<Finding> {
    let wanted = said.answers.values().flat_map(|(answer, _)| places(answer)).collect();
    let mut verdict =
        Verdict { rules, sources, listed: &said.listed, spans: export.spans(&wanted), findings: Vec::new() };
    for (path, error) in &said.broken {
        verdict.broken(path, error);
    }
    for error in &said.ignored {
        verdict.ignored(error);
    }
    for (step, stop) in &said.stopped {
        verdict.stopped(step, stop, said);
    }
    let doubtful = doubtful(&said.listed, rules, sources);
    for (name, (answer, _)) in &said.answers {
        let is_sound = !doubtful.contains(name.as_str());
        if let Some(rule) = said.listed.iter().find(|rule| rule.name == *name).filter(|_| is_sound) {
            verdict.answer(rule, answer);
        }
    }
    verdict.findings.sort_by(Finding::order);
    merged(verdict.findings, rules)
}

/// Rules of which one body names a field that nothing has; all of a file where what they share does.
fn doubtful<'l>(listed: &'l [Listed], rules: &Rules, sources: &Sources) -> BTreeSet<&'l str> {
    let mut doubtful = BTreeSet::new();
    for span in &rules.doubtful {
        let line = sources.place(*span).line;
        let of_file = listed.iter().filter(|rule| rules.file(&rule.path) == Some(span.file));
        match of_file.clone().find(|rule| body(rule, sources.text(span.file)).contains(&line)) {
            Some(rule) => doubtful.extend([rule.name.as_str()]),
            None => doubtful.extend(of_file.map(|rule| rule.name.as_str())),
        }
    }
    doubtful
}

/// The lines of a rule: its head, and what does not begin at the margin below it.
fn body(rule: &Listed, text: &str) -> RangeInclusive<usize> {
    let is_inner = |line: &&str| line.is_empty() || line.starts_with([' ', '\t', '#', '}']);
    rule.line..=rule.line + text.lines().skip(rule.line).take_while(is_inner).count()
}

/// How a message says that there is more of its kind at its place.
fn like_it(more: usize) -> String {
    format!(", and {more} more like it here")
}

/// One finding for what one rule says several times about one place, such as each port of a range.
fn merged(findings: Vec<Finding>, rules: &Rules) -> Vec<Finding> {
    let mut merged: Vec<(Finding, usize)> = Vec::new();
    // The rule's name stands in front of what it says.
    let rule = |finding: &Finding| finding.message.split(": ").next().unwrap_or_default().to_owned();
    // What names no place of the network points at its rule, and each says something else.
    let placed =
        |finding: &Finding| finding.span.is_some_and(|span| rules.files.iter().all(|file| file.id != span.file));
    for finding in findings {
        match merged.last_mut() {
            Some((last, more))
                if placed(&finding)
                    && (last.span, last.code, &last.help) == (finding.span, finding.code, &finding.help)
                    && rule(last) == rule(&finding) =>
            {
                *more += 1;
            }
            _ => merged.push((finding, 0)),
        }
    }
    let say = |(mut finding, more): (Finding, usize)| {
        if more > 0 {
            finding.message += &like_it(more);
            return finding.more(more);
        }
        finding
    };
    merged.into_iter().map(say).collect()
}

/// Every text that claims to be a place.
fn places(answer: &Answer) -> Vec<&str> {
    let Answer::Value(Value::Array(entries)) = answer else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(entry.get("at").and_then(Value::as_str));
        let related = entry.get("related").and_then(Value::as_array).into_iter().flatten();
        found.extend(related.filter_map(|place| place.get("at").and_then(Value::as_str)));
    }
    found
}

/// A rule's name as people see it.
pub(super) fn shown(name: &str) -> &str {
    name.strip_prefix("data.").unwrap_or(name)
}

/// Where an error of the evaluator says it is, and what it says.
pub(super) fn located(error: &str) -> (Option<(&str, usize, usize)>, String) {
    let place = error.split_once("--> ").and_then(|(_, rest)| {
        let mut parts = rest.lines().next()?.trim_end().rsplitn(3, ':');
        let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((parts.next()?, line, column))
    });
    let words = error.split_once("error: ").map_or(error, |(_, words)| words);
    // What follows is a picture of the line, or a cause that repeats it.
    (place, clean(words.lines().next().unwrap_or_default().trim_end_matches(':')))
}

/// A rule's text on one line, without what a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(end);
        words.push('…');
    }
    words
}

/// What an entry may be.
const HELP: &str = "an entry is a text, or an object with `msg` and perhaps `at`, `help` and `related`";

fn if_not(fits: bool, wanted: &'static str) -> Option<&'static str> {
    (!fits).then_some(wanted)
}

struct Verdict<'a> {
    rules: &'a Rules,
    sources: &'a Sources,
    /// Every rule that was asked, each of its heads on its own.
    listed: &'a [Listed],
    /// Where the texts that claim to be a place point.
    spans: BTreeMap<String, Span>,
    findings: Vec<Finding>,
}

impl Verdict<'_> {
    fn broken(&mut self, path: &str, error: &str) {
        let (place, words) = located(error);
        let span = self.place(place.unwrap_or((path, 0, 0))).or_else(|| self.place((path, 0, 0)));
        let message = if path.is_empty() {
            format!("the rules do not fit together: {words}")
        } else {
            format!("the rule file cannot be used: {words}")
        };
        let finding = Finding::error(codes::RULE_BROKEN, message)
            .help("rules are written in Rego v1; the other rule files were evaluated without this one");
        self.findings.push(Finding { span: span.or_else(|| self.first()), ..finding });
    }

    fn ignored(&mut self, error: &str) {
        let (place, words) = located(error);
        let span = place.and_then(|place| self.place(place)).or_else(|| self.first());
        self.findings.push(Finding { span, ..Finding::error(codes::RULE_BROKEN, words) });
    }

    fn stopped(&mut self, step: &Step, stop: &Stop, said: &Said) {
        let (what, span) = match step {
            Step::Parse(path) => ("reading the rule file".to_owned(), self.place((path, 0, 0))),
            Step::Compile => ("putting the rule files together".to_owned(), self.first()),
            Step::Rule(name) => {
                let rule = said.listed.iter().find(|rule| rule.name == *name);
                (format!("rule `{}`", shown(name)), rule.and_then(|rule| self.rule(rule)))
            }
        };
        let (why, help) = why(stop);
        let more = match step {
            // The others of its name are one set with it.
            Step::Rule(name) if said.listed.iter().filter(|rule| rule.name == *name).nth(1).is_some() => {
                format!("; no `{}` was heard", shown(name))
            }
            _ => String::new(),
        };
        let finding = Finding::error(codes::RULE_STOPPED, format!("{what} was stopped: {why}{more}")).help(help);
        self.findings.push(Finding { span: span.or_else(|| self.first()), ..finding });
    }

    fn answer(&mut self, rule: &Listed, answer: &Answer) {
        match answer {
            // The last two are of tests alone.
            Answer::Undefined | Answer::Unheld(_) | Answer::Cases { .. } => {}
            Answer::Failed(error) => self.failed(rule, error),
            Answer::TooMany(count) => {
                let message = format!("rule `{}` was stopped: it found {count} things", shown(&rule.name));
                let finding = Finding::error(codes::RULE_STOPPED, message)
                    .help("nobody reads so many; tell one for each site, or mend the rule");
                self.findings.push(Finding { span: self.rule(rule), ..finding });
            }
            Answer::Value(Value::Array(entries)) => entries.iter().for_each(|entry| self.entry(rule, entry)),
            Answer::Value(other) => {
                let help = format!("write `{} contains msg if {{ … }}`", last(&rule.name));
                self.shape(rule, &format!("it is {}, and a set is needed", kind(other)), &help);
            }
        }
    }

    fn failed(&mut self, rule: &Listed, error: &str) {
        let (place, words) = located(error);
        let span = place.and_then(|place| self.place(place)).or_else(|| self.rule(rule));
        let message = format!("rule `{}` cannot be evaluated: {words}", shown(&rule.name));
        let finding = Finding::error(codes::RULE_BROKEN, message)
            .help("`samnet check test` tries a rule on small inputs; `samnet show network --schema` describes `input`");
        self.findings.push(Finding { span, ..finding });
    }

    fn entry(&mut self, rule: &Listed, entry: &Value) {
        match entry {
            Value::String(text) if !clean(text).is_empty() => {
                let finding = finding(rule, text);
                self.findings.push(Finding { span: self.rule(self.speaker(rule, text)), ..finding });
            }
            Value::Object(entry) => match entry.get("msg") {
                Some(Value::String(text)) if !clean(text).is_empty() => self.object(rule, text, entry),
                Some(_) => self.shape(rule, "`msg` of an entry is not a text that says something", HELP),
                None => self.shape(rule, "an entry has no `msg`", HELP),
            },
            other => self.shape(rule, &format!("an entry is {}", kind(other)), HELP),
        }
    }

    fn object(&mut self, rule: &Listed, text: &str, entry: &Map<String, Value>) {
        const FIELDS: [&str; 4] = ["msg", "at", "help", "related"];
        let mut finding = finding(rule, text);
        for (field, value) in entry {
            let wanted = match field.as_str() {
                "msg" | "metadata" => continue,
                "at" => if_not(value.is_string() || value.is_null(), "a place taken from `input`"),
                "help" => if_not(value.is_string() || value.is_null(), "a text"),
                "related" => if_not(value.is_array() || value.is_null(), "a list of objects with `at` and `text`"),
                _ => {
                    if let Some(near) = nearest(field, FIELDS) {
                        let help = format!("did you mean `{near}`?");
                        self.shape(rule, &format!("nobody reads the field `{}`", clean(field)), &help);
                    }
                    continue;
                }
            };
            if let Some(wanted) = wanted {
                let what = format!("`{field}` of an entry is {}, and {wanted} is needed", kind(value));
                self.shape(rule, &what, HELP);
            }
        }
        let at = entry.get("at");
        let span = at.and_then(Value::as_str).and_then(|at| self.spans.get(at));
        finding.span = span.copied().or_else(|| self.rule(self.speaker(rule, text)));
        if let (None, Some(at)) = (span, at) {
            finding.here = format!("its `at` is no place in the network: {}", clean(&plain(at))).into();
        }
        if let Some(help) = entry.get("help").and_then(Value::as_str).map(clean).filter(|help| !help.is_empty()) {
            finding = finding.help(help);
        }
        for related in entry.get("related").and_then(Value::as_array).into_iter().flatten() {
            let text = related.get("text").and_then(Value::as_str).map(clean).unwrap_or_default();
            match related.get("at").and_then(Value::as_str).and_then(|at| self.spans.get(at)) {
                Some(span) => finding = finding.label(*span, text),
                None => self.shape(
                    rule,
                    "a related place of an entry is none in the network",
                    "`related` is a list of objects with `at`, taken from `input`, and `text`",
                ),
            }
        }
        self.findings.push(finding);
    }

    fn shape(&mut self, rule: &Listed, what: &str, help: &str) {
        let message = format!("rule `{}` answers what nobody can use: {what}", shown(&rule.name));
        let finding = Finding { span: self.rule(rule), ..Finding::error(codes::RULE_SHAPE, message).help(help) };
        // Ten thousand entries alike are one mistake.
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Of several heads with one name, the one whose texts stand in what was said; nothing else tells which it was.
    fn speaker<'r>(&'r self, rule: &'r Listed, said: &str) -> &'r Listed {
        let heads = || self.listed.iter().filter(|other| other.name == rule.name);
        if heads().nth(1).is_none() {
            return rule;
        }
        let spoken = |head: &Listed| {
            let Some(file) = self.rules.file(&head.path) else { return 0 };
            let text = self.sources.text(file);
            let lines = body(head, text);
            let own = text.lines().skip(lines.start().saturating_sub(1)).take(lines.end() - lines.start() + 1);
            // What is said stands in the head or behind `msg`; other texts are what the rule asks for.
            let speaks = |(at, line): (usize, &'r str)| match at {
                0 => Some(line.split_once(" if ").map_or(line, |(head, _)| head)),
                _ => (line.contains("msg") || line.contains("sprintf")).then_some(line),
            };
            let own = own.enumerate().filter_map(speaks);
            // Every second piece between quotes is a text, and every piece of it between placeholders was said as it stands.
            let texts = own.flat_map(|line| line.split(['"', '`']).skip(1).step_by(2));
            let pieces = texts.flat_map(|text| text.split(['%', '{', '}', '\\']));
            let said = |piece: &str| said.contains(piece.trim_start_matches(['s', 'v', 'd']).trim());
            pieces.filter(|piece| !piece.trim().is_empty() && said(piece)).map(str::len).sum::<usize>()
        };
        // The first of those that are as likely.
        heads().rev().max_by_key(|head| spoken(head)).unwrap_or(rule)
    }

    fn rule(&self, rule: &Listed) -> Option<Span> {
        self.place((&rule.path, rule.line, 1))
    }

    /// Some file of rules, where none is to blame.
    fn first(&self) -> Option<Span> {
        self.rules.files.first().map(|file| Span::file(file.id))
    }

    /// A place in a rule file, to the end of what stands there; line 0 is the file as a whole.
    fn place(&self, (path, line, column): (&str, usize, usize)) -> Option<Span> {
        let file = self.rules.file(path)?;
        let Some(start) = self.sources.line_start(file, line) else { return Some(Span::file(file)) };
        let text = self.sources.text(file).get(start..)?.lines().next().unwrap_or_default();
        let skipped: usize = text.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        let rest = text.get(skipped..)?.trim_end();
        let rest = rest.trim_end_matches('{').trim_end();
        Some(Span::new(file, start + skipped..start + skipped + rest.len()))
    }
}

fn finding(rule: &Listed, text: &str) -> Finding {
    let message = format!("{}: {}", shown(&rule.name), clean(text));
    if severity(last(&rule.name)) == Some(Severity::Warning) {
        Finding::warning(codes::RULE_WARN, message)
    } else {
        Finding::error(codes::RULE_DENY, message)
    }
}

fn why(stop: &Stop) -> (String, String) {
    match stop {
        Stop::Time(allowed) => (
            format!("it was not done after {:.1} s", allowed.as_secs_f64()),
            "make it look at less, or give all rules more time: --rule-timeout SECONDS".to_owned(),
        ),
        Stop::Memory => {
            let most = format!("it wanted more than {} MiB of memory", MEMORY >> 20);
            (most, "make it hold less at once".to_owned())
        }
        Stop::Depth => ("it nests too deeply".to_owned(), "write it flatter".to_owned()),
        Stop::Answer => ("it answered more than anybody reads".to_owned(), "tell less in each entry".to_owned()),
        Stop::Crash(words) => {
            let words = format!("the evaluator failed: {}", clean(words));
            (words, "this is a mistake in the evaluator; write the rule in another way".to_owned())
        }
    }
}

/// Why a step was stopped, in words.
pub(super) fn stop_words(stop: &Stop) -> String {
    why(stop).0
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_asked_by_name_as_conftest_asks_them() {
        for (name, expected) in [
            ("deny", Some(Severity::Error)),
            ("violation", Some(Severity::Error)),
            ("deny_ports", Some(Severity::Error)),
            ("warn", Some(Severity::Warning)),
            ("warn_ports", Some(Severity::Warning)),
            ("denying", None),
            ("allow", None),
        ] {
            assert_eq!(severity(name), expected, "{name}");
        }
    }

    #[test]
    fn an_error_of_the_evaluator_has_a_place() {
        let error = "\n--> a:b.rego:3:5\n  |\n3 | x y\n  |   ^\nerror: expecting `if`";
        assert_eq!(located(error), (Some(("a:b.rego", 3, 5)), "expecting `if`".to_owned()));
        assert_eq!(located("no place"), (None, "no place".to_owned()));
    }

    #[test]
    fn a_text_of_a_rule_is_one_harmless_line() {
        assert_eq!(clean("a\u{1b}[31m\n  b\r\n"), "a [31m b");
        assert_eq!(clean(&"å".repeat(500)).chars().count(), LONGEST + 1);
    }
}
