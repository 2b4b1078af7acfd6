//! What the two processes say to each other: one line of JSON each, the document after the request.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The first line to the worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Request {
    /// Every file, the rules' helpers too.
    pub(super) files: Vec<PolicyFile>,
    /// What is wanted of them.
    pub(super) ask: Ask,
    /// Paths of files and names of rules to leave out: done already, or stopped.
    pub(super) skip: BTreeSet<String>,
    /// Whether a document follows.
    pub(super) input: bool,
    /// Memory beyond what the document takes, in bytes.
    pub(super) memory: u64,
    /// Processor time for one step, after which the system ends the worker, whoever started it, in seconds.
    pub(super) seconds: u64,
}

/// A file of rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PolicyFile {
    pub(super) path: String,
    pub(super) text: String,
}

/// Which rules are evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ask {
    /// `deny`, `violation` and `warn`, also with a suffix (`deny_ports`), as conftest does.
    #[default]
    Rules,
    /// `test_…`, those whose name matches the pattern.
    Tests { run: Option<String> },
}

/// What the worker is at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// Parsing the file of this path.
    Parse(String),
    /// Putting the files together.
    Compile,
    /// Evaluating the rule of this name.
    Rule(String),
}

/// A line from the worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The document is read, limits hold from here.
    Ready,
    /// A step begins; it ends with the next line.
    Begin(Step),
    /// A file does not parse or does not fit the others.
    Broken { path: String, error: String },
    /// A rule that nobody asks, though it looks so.
    Ignored { error: String },
    /// The rules there are.
    Listed(Vec<Listed>),
    /// What a rule came to.
    Done { rule: String, outcome: Answer, prints: Vec<String> },
    /// Nothing is left to do.
    End,
}

/// A rule and where it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    /// With its package, as in `data.ports.deny`.
    pub(super) name: String,
    /// Path of its file.
    pub(super) path: String,
    /// Line, from 1.
    pub(super) line: usize,
}

/// What an evaluation came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// No value.
    Undefined,
    /// A test without a value, for the statement in this line.
    Unheld(usize),
    /// A test of so many cases, and those that do not hold.
    Cases { failed: Vec<String>, total: usize },
    /// This value; a set is an array.
    Value(Value),
    /// More entries than anybody would read: how many.
    TooMany(usize),
    /// It failed, and why.
    Failed(String),
}
