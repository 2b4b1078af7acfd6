//! A platform's `lab:` data, compiled once for all its devices.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::grammar::{Grammar, GrammarError};
use super::paths::Schema;
use crate::platform::lab::{Cli, Command, Mode};

/// An interactive command line, ready to read commands.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) cli: Cli,
    /// What a candidate needs to know of its statements.
    pub(super) schema: Arc<Schema>,
    modes: BTreeMap<String, Compiled>,
}

/// One mode, ready to read commands.
#[derive(Debug)]
pub(super) struct Compiled {
    /// What the data says.
    pub(super) mode: Mode,
    /// Its configuration lines.
    pub(super) lines: Grammar,
    /// Its commands that act at once, those of every mode behind its own.
    pub(super) commands: Grammar,
    /// The commands by rule of the grammar.
    pub(super) acts: Vec<Command>,
}

impl Dialect {
    pub(super) fn new(cli: &Cli) -> Result<Self, GrammarError> {
        let mut modes = BTreeMap::new();
        for (name, mode) in &cli.modes {
            let mut acts = mode.commands.clone();
            if below(cli, name) {
                acts.extend(cli.everywhere.iter().cloned());
            }
            let commands = Grammar::new(acts.iter().map(|command| command.line.as_str()), &cli.interfaces)?;
            let lines = Grammar::new(mode.lines.iter().map(String::as_str), &cli.interfaces)?;
            let named = lines.opened().chain(mode.parent.as_deref());
            if let Some(missing) = named.into_iter().find(|name| !cli.modes.contains_key(*name)) {
                return Err(GrammarError {
                    pattern: missing.to_owned(),
                    why: format!("mode `{name}` leads to no mode of this name"),
                });
            }
            modes.insert(name.clone(), Compiled { mode: mode.clone(), lines, commands, acts });
        }
        for name in [&cli.start, &cli.root].into_iter().chain(&cli.guarded) {
            if !modes.contains_key(name) {
                return Err(GrammarError { pattern: name.clone(), why: "there is no mode of this name".to_owned() });
            }
        }
        let candidate = cli.candidate.clone().unwrap_or_default();
        let (kinds, holders, lists) = (candidate.kinds, candidate.holders, candidate.lists);
        let schema = Arc::new(Schema { single: BTreeSet::new(), lists, kinds, holders });
        Ok(Self { cli: cli.clone(), schema, modes })
    }

    /// A mode by name.
    pub(super) fn mode(&self, name: &str) -> Option<&Compiled> {
        self.modes.get(name)
    }

    /// A mode and every mode it may open, one step down.
    pub(super) fn modes_under(&self, name: &str) -> Vec<&Compiled> {
        let opened = self.mode(name).into_iter().flat_map(|compiled| compiled.lines.opened());
        std::iter::once(name).chain(opened).filter_map(|name| self.mode(name)).collect()
    }
}

/// Whether a mode is the configuration's outermost or stands inside it.
fn below(cli: &Cli, name: &str) -> bool {
    let mut at = Some(name);
    // A ring of parents must not hang the program.
    for _ in 0..=cli.modes.len() {
        match at {
            Some(here) if here == cli.root => return true,
            Some(here) => at = cli.modes.get(here).and_then(|mode| mode.parent.as_deref()),
            None => return false,
        }
    }
    false
}
