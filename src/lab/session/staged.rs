//! The part of a session that edits a candidate: statements, pipes behind commands, commits.

use std::sync::Arc;

use super::super::dialect::Dialect;
use super::super::grammar::Misfit;
use super::super::machine::{Config, Machine};
use super::super::paths::{Candidate, Refusal, Step, quoted, split, spread};
use super::{Pending, Reply, Session};
use crate::platform::lab::Action;

/// Stands for a blank inside quotes while words are told apart; as long as the blank.
const BLANK: char = '\u{1f}';

/// A command and what its output is sent through.
pub(super) fn pipes(line: &str) -> (&str, Vec<&str>) {
    let mut open = false;
    let mut cuts = Vec::new();
    for (at, letter) in line.char_indices() {
        open ^= letter == '"';
        if letter == '|' && !open {
            cuts.push(at);
        }
    }
    let end = |n: usize| cuts.get(n).copied().unwrap_or(line.len());
    let parts = (0..cuts.len()).filter_map(|n| line.get(end(n) + 1..end(n + 1))).map(str::trim).collect();
    (line.get(..end(0)).unwrap_or(line).trim_end(), parts)
}

/// Reads a configuration as the device would that was given these lines one by one.
pub(in super::super) fn load(dialect: &Dialect, text: &str) -> Candidate {
    let mut candidate = Candidate::of(Arc::clone(&dialect.schema));
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if enter(dialect, &mut candidate, line).is_err() {
            // What the grammar does not know stands there all the same, so that it can be told.
            candidate.enter(line).ok();
        }
    }
    candidate
}

/// Lines of a configuration that the platform's grammar does not know.
pub(in super::super) fn foreign(dialect: &Dialect, candidate: &Candidate) -> Vec<String> {
    let text = candidate.commands();
    let known = |line: &&str| line.strip_prefix("set ").is_some_and(|path| statement(dialect, path).is_err());
    text.lines().filter(known).map(str::to_owned).collect()
}

/// Why a line was not taken.
enum No {
    Misfit(Misfit),
    Refused(Refusal),
}

/// The words of a statement, in full, with what takes another's place marked.
fn statement(dialect: &Dialect, path: &str) -> Result<Vec<Step>, Misfit> {
    let (mut open, mut escaped) = (false, false);
    let blind: String = path
        .chars()
        .map(|letter| {
            open ^= letter == '"' && !escaped;
            escaped = open && letter == '\\' && !escaped;
            if open && letter == ' ' { BLANK } else { letter }
        })
        .collect();
    let compiled = dialect.mode(&dialect.cli.root).ok_or(Misfit::Unknown(0))?;
    let found = compiled.lines.read(&blind, false)?;
    let words = found.words.into_iter();
    Ok(words.map(|word| (split(&word.text.replace(BLANK, " ")).concat(), word.value)).collect())
}

fn enter(dialect: &Dialect, candidate: &mut Candidate, line: &str) -> Result<(), No> {
    let (verb, path) = line.split_once(' ').unwrap_or((line, ""));
    let path = path.trim_start();
    let shift = line.len() - path.len();
    let moved = |misfit| No::Misfit(super::moved(misfit, shift));
    match verb {
        "set" if path.contains(" [ ") => {
            for path in spread(&split(path)) {
                let words: Vec<String> = path.iter().map(|word| quoted(word)).collect();
                candidate.set(&statement(dialect, &words.join(" ")).map_err(moved)?);
            }
            Ok(())
        }
        "set" => {
            candidate.set(&statement(dialect, path).map_err(moved)?);
            Ok(())
        }
        "delete" | "activate" | "deactivate" => match statement(dialect, path) {
            Ok(_) | Err(Misfit::Incomplete) => candidate.enter(line).map_err(No::Refused),
            Err(misfit) => Err(moved(misfit)),
        },
        "insert" | "rename" => candidate.enter(line).map_err(No::Refused),
        _ => Err(No::Misfit(Misfit::Unknown(0))),
    }
}

fn said(text: &str) -> Reply {
    Reply { text: text.to_owned(), ..Reply::default() }
}

impl Session {
    /// One line that changes the candidate.
    pub(super) fn stage(&mut self, machine: &mut Machine, line: &str) -> Reply {
        let dialect = Arc::clone(&self.dialect);
        let Some(texts) = &dialect.cli.candidate else { return Reply::default() };
        let candidate = match machine.candidate_mut(&self.token) {
            Ok(Some(candidate)) => candidate,
            Ok(None) => return self.misfit(line, Misfit::Unknown(0)),
            Err(_) => return said(&texts.locked),
        };
        match enter(&dialect, candidate, line.trim_start()) {
            Ok(()) => Reply::default(),
            Err(No::Misfit(misfit)) => self.misfit(line, super::moved(misfit, line.len() - line.trim_start().len())),
            Err(No::Refused(Refusal::NotFound(_))) => said(&texts.missing),
            Err(No::Refused(Refusal::Incomplete(_))) => self.misfit(line, Misfit::Incomplete),
            Err(No::Refused(Refusal::Taken(_))) => said(&texts.taken),
            Err(No::Refused(Refusal::Unknown(_))) => self.misfit(line, Misfit::Unknown(line.len())),
        }
    }

    /// What a command that concerns the candidate does; false where it is refused and nothing of it follows.
    pub(super) fn on_candidate(
        &mut self,
        machine: &mut Machine,
        action: &Action,
        number: u32,
        reply: &mut Reply,
    ) -> bool {
        let dialect = Arc::clone(&self.dialect);
        let Some(texts) = &dialect.cli.candidate else { return true };
        let done = match action {
            Action::Edit(alone) => machine.edit(&self.token, *alone),
            Action::Candidate => {
                if let (Config::Paths(_, running), Some(candidate)) = (machine.running(), machine.candidate()) {
                    let compares = self.pipes.iter().any(|pipe| pipe == "compare");
                    reply.text.push_str(&if compares { candidate.changes(running) } else { self.printed(&candidate) });
                }
                Ok(())
            }
            Action::Recall => match machine.recall(&self.token, number as usize) {
                Ok(true) => Ok(()),
                Ok(false) => {
                    reply.text.push_str(&texts.forgotten);
                    return false;
                }
                Err(locked) => Err(locked),
            },
            Action::Verify => {
                let done = machine.edit(&self.token, false);
                // A candidate that is what runs settles what waits; another says nothing about it.
                if !machine.is_edited() && machine.confirm() {
                    machine.save();
                }
                done
            }
            Action::Commit => machine.commit(&self.token, None),
            Action::CommitArmed => {
                let hold = self.terms.minute.saturating_mul(number);
                let done = machine.commit(&self.token, Some(hold));
                if done.is_ok() {
                    reply.text.push_str(&self.dialect.cli.timer.started.replace("{minutes}", &number.to_string()));
                }
                done
            }
            _ => Ok(()),
        };
        if done.is_err() {
            reply.text.push_str(&texts.locked);
        }
        done.is_ok()
    }

    /// Leaves the candidate: asks first where something would be lost.
    pub(super) fn quit(&mut self, machine: &mut Machine, line: &str, asked: bool, reply: &mut Reply) {
        let dialect = Arc::clone(&self.dialect);
        let Some(texts) = &dialect.cli.candidate else { return };
        let loses = machine.edits_alone(&self.token) && machine.is_edited();
        if loses && !asked {
            reply.text.push_str(&texts.unsaved);
            self.pending = Pending::Question { question: texts.discard.clone(), line: line.to_owned() };
            return;
        }
        if loses {
            reply.text.push_str(&texts.discarded);
        }
        machine.leave(&self.token);
        reply.text.push_str(&texts.left);
        reply.end = self.leave();
    }

    /// A configuration as the pipes behind the command ask for it.
    pub(super) fn printed(&self, candidate: &Candidate) -> String {
        let print = &self.dialect.cli.print;
        if self.pipes.iter().any(|pipe| pipe == "display set") {
            return format!("{}{}", print.header, candidate.commands());
        }
        candidate.braces()
    }

    /// Sends output through the pipes.
    pub(super) fn piped(&self, mut reply: Reply) -> Reply {
        for pipe in &self.pipes {
            let (word, rest) = pipe.split_once(' ').unwrap_or((pipe, ""));
            let rest = rest.trim().trim_matches('"');
            let keep =
                |want: bool| reply.text.split_inclusive('\n').filter(|line| line.contains(rest) == want).collect();
            match word {
                "no-more" => reply.whole = true,
                "match" => reply.text = keep(true),
                "except" => reply.text = keep(false),
                "count" => reply.text = format!("Count: {} lines\n", reply.text.lines().count()),
                "display" | "compare" => {}
                _ => return self.misfit(word, Misfit::Unknown(0)),
            }
        }
        reply
    }
}
