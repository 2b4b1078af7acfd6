//! Tests of rules: every `test_…` is evaluated by itself, as `opa test` does.

use serde_json::Value;

use super::host::{RunError, Said};
use super::protocol::{Answer, Ask, Listed, Step};
use super::verdict::{clean, located, stop_words};
use super::{Host, Rules};
use crate::source::Sources;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It held.
    Pass,
    /// It was false or undefined.
    Fail,
    /// It could not be evaluated, or was stopped.
    Error,
    /// It is named `todo_test_…`.
    Skipped,
}

/// One test, or a file that holds none because it is broken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Case {
    /// Its name with its package, as in `data.ports_test.test_guest`; a file has none.
    pub name: Option<String>,
    /// Path of its file.
    pub path: String,
    /// Line, from 1; 0 for a file as a whole.
    pub line: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it could not be evaluated.
    pub message: Option<String>,
    /// What it printed.
    pub output: Vec<String>,
}

/// Runs the tests of these files whose names match the pattern, in the order of files and lines.
///
/// # Errors
/// When no process can be started to evaluate them.
pub fn test(rules: &Rules, sources: &Sources, run: Option<&str>, host: &Host) -> Result<Vec<Case>, RunError> {
    let ask = Ask::Tests { run: run.map(str::to_owned) };
    let said = host.run(&rules.request(sources, ask), None, &|| false)?;
    let mut cases: Vec<Case> = said.broken.iter().map(|(path, error)| broken(path, error)).collect();
    cases.extend(said.ignored.iter().map(|error| broken("", error)));
    for (step, stop) in &said.stopped {
        let path = match step {
            Step::Parse(path) => path.clone(),
            Step::Compile => String::new(),
            Step::Rule(_) => continue,
        };
        cases.push(file(path, 0, format!("reading it was stopped: {}", stop_words(stop))));
    }
    cases.extend(said.listed.iter().enumerate().filter_map(|(at, rule)| {
        let twice = said.listed.iter().take(at).find(|other| other.name == rule.name);
        let (mut outcome, mut message, output) = judged(&said, &rule.name);
        if matches!(said.answers.get(&rule.name), Some((Answer::Cases { .. }, _))) {
            // Each of its heads says some of its cases.
            return (twice.is_none()).then(|| case(rule, outcome, message, output));
        }
        if let Some(first) = twice {
            // Two definitions of one name are one rule that holds where either does.
            (outcome, message) = (Outcome::Error, Some(format!("a test of this name stands in line {}", first.line)));
        }
        Some(case(rule, outcome, message, output))
    }));
    cases.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Ok(cases)
}

fn case(rule: &Listed, outcome: Outcome, message: Option<String>, output: Vec<String>) -> Case {
    Case { name: Some(rule.name.clone()), path: rule.path.clone(), line: rule.line, outcome, message, output }
}

fn broken(path: &str, error: &str) -> Case {
    let (place, words) = located(error);
    let (path, line) = place.map_or((path, 0), |(path, line, _)| (path, line));
    file(path.to_owned(), line, words)
}

fn file(path: String, line: usize, message: String) -> Case {
    Case { name: None, path, line, outcome: Outcome::Error, message: Some(message), output: Vec::new() }
}

fn judged(said: &Said, name: &str) -> (Outcome, Option<String>, Vec<String>) {
    if let Some((_, stop)) = said.stopped.iter().find(|(step, _)| *step == Step::Rule(name.to_owned())) {
        return (Outcome::Error, Some(format!("stopped: {}", stop_words(stop))), Vec::new());
    }
    let Some((answer, prints)) = said.answers.get(name) else { return (Outcome::Skipped, None, Vec::new()) };
    let output = prints.iter().map(|line| clean(line)).collect();
    match answer {
        Answer::Undefined | Answer::Value(Value::Bool(false)) => (Outcome::Fail, None, output),
        Answer::Unheld(line) => (Outcome::Fail, Some(format!("line {line} does not hold")), output),
        Answer::Cases { total: 0, .. } => (Outcome::Fail, Some("it has no cases".to_owned()), output),
        Answer::Cases { failed, .. } if failed.is_empty() => (Outcome::Pass, None, output),
        Answer::Cases { failed, total } => {
            let names = failed.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ");
            (Outcome::Fail, Some(format!("{} of {total} cases: {names}", failed.len())), output)
        }
        Answer::Value(_) | Answer::TooMany(_) => (Outcome::Pass, None, output),
        Answer::Failed(error) => {
            let (place, words) = located(error);
            let place = place.map(|(path, line, _)| format!(" ({path}:{line})")).unwrap_or_default();
            (Outcome::Error, Some(format!("{words}{place}")), output)
        }
    }
}
