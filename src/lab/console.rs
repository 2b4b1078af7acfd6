//! One interactive session of a device of tables and entries.

use std::sync::Arc;
use std::time::Duration;

use super::grammar::{Grammar, GrammarError};
use super::machine::{Config, Machine};
use super::session::{End, Reply, fill_host};
use super::tables::{Cursor, Law, Tables, closes};
use crate::platform::lab::tables::Console as Data;
use crate::platform::lab::{Action, Command};

/// A platform's data, made ready once for all its devices.
#[derive(Debug)]
pub(super) struct Manual {
    pub(super) data: Data,
    commands: Grammar,
    law: Arc<Law>,
}

impl Manual {
    pub(super) fn new(data: &Data) -> Result<Self, GrammarError> {
        let commands = Grammar::new(data.commands.iter().map(|command| command.line.as_str()), &[])?;
        Ok(Self { data: data.clone(), commands, law: Arc::new(Law::of(data)) })
    }

    /// What a device with this text runs.
    pub(super) fn load(&self, text: &str) -> Tables {
        Tables::load_shared(&self.law, &format!("{}{text}", self.data.factory))
    }
}

/// An interactive session.
#[derive(Debug)]
pub(super) struct Console {
    manual: Arc<Manual>,
    minute: Duration,
    cursor: Cursor,
    /// Lines of a statement whose quotes are still open.
    open: String,
    /// A command that waits for a yes.
    asked: Option<usize>,
    /// Rows of a page; 0 does not page.
    pub(super) rows: usize,
    expired_seen: usize,
}

impl Console {
    pub(super) fn new(manual: Arc<Manual>, minute: Duration, machine: &Machine) -> Self {
        let rows = manual.data.rows;
        Self {
            manual,
            minute,
            cursor: Cursor::default(),
            open: String::new(),
            asked: None,
            rows,
            expired_seen: machine.expired(),
        }
    }

    /// What stands at the bottom of a full page.
    pub(super) fn more(&self) -> &str {
        &self.manual.data.more
    }

    /// The prompt to show now.
    pub(super) fn prompt(&self, machine: &Machine) -> String {
        if !self.open.is_empty() {
            return "> ".to_owned();
        }
        if let Some(command) = self.asked.and_then(|at| self.manual.data.commands.get(at)) {
            return command.ask.clone().unwrap_or_default();
        }
        match self.cursor.place() {
            Some(place) => format!("{} ({place}) # ", machine.host()),
            None => format!("{} # ", machine.host()),
        }
    }

    /// Whether it waits for a key that answers a question.
    pub(super) const fn asks(&self) -> bool {
        self.asked.is_some()
    }

    /// Ctrl-C: drops what was typed and asked.
    pub(super) fn interrupt(&mut self) {
        self.open.clear();
        self.asked = None;
    }

    /// One line was typed.
    pub(super) fn line(&mut self, machine: &mut Machine, typed: &str) -> Reply {
        if machine.expired() != self.expired_seen {
            // The device went back, and every session with what was running.
            return Reply { end: End::Close, ..Reply::default() };
        }
        self.heard(machine);
        if let Some(at) = self.asked.take() {
            return if typed.trim() == "y" { self.act(machine, at) } else { Reply::default() };
        }
        if !self.open.is_empty() {
            self.open.push('\n');
        }
        self.open.push_str(typed);
        if !closes(&self.open) {
            return Reply::default();
        }
        let line = std::mem::take(&mut self.open);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Reply::default();
        }
        if let Ok(found) = self.manual.commands.read(line, false) {
            if self.manual.data.commands.get(found.rule).is_some_and(|command| command.ask.is_some()) {
                self.asked = Some(found.rule);
                return Reply::default();
            }
            return self.act(machine, found.rule);
        }
        let Config::Tables(tables, _) = machine.running() else { return Reply::default() };
        let (shown, filter) = line.split_once(" | grep ").map_or((line, None), |(shown, filter)| (shown, Some(filter)));
        let words: Vec<&str> = shown.split_whitespace().collect();
        let printed = match words.as_slice() {
            ["show" | "sh", "full-configuration", words @ ..] => Some(tables.show(&self.cursor, words, true)),
            ["show" | "sh", words @ ..] => {
                let header = words.is_empty() && self.cursor.place().is_none();
                let header = if header { self.manual.data.header.as_str() } else { "" };
                Some(tables.show(&self.cursor, words, false).map(|text| format!("{header}{text}")))
            }
            ["get", words @ ..] => Some(tables.get(words)),
            _ => None,
        };
        match printed {
            Some(Ok(text)) => {
                let whole = filter.is_some();
                Reply {
                    text: filter.map_or(text.clone(), |filter| grep(&text, filter)) + "\n",
                    whole,
                    ..Reply::default()
                }
            }
            Some(Err(said)) => refused(&said),
            None => self.change(machine, line),
        }
    }

    fn change(&mut self, machine: &mut Machine, line: &str) -> Reply {
        let Config::Tables(tables, _) = machine.running_mut() else { return Reply::default() };
        match tables.take(&mut self.cursor, line) {
            Ok(false) => Reply::default(),
            Ok(true) => {
                machine.changes += 1;
                self.keep(machine);
                Reply::default()
            }
            Err(said) => refused(&said),
        }
    }

    fn act(&self, machine: &mut Machine, at: usize) -> Reply {
        let Some(Command { act, say, .. }) = self.manual.data.commands.get(at) else { return Reply::default() };
        if let Some(words) = machine.no_room_for(act) {
            return Reply { text: words.to_owned(), ..Reply::default() };
        }
        let mut reply = Reply { text: fill_host(say, &machine.host()), ..Reply::default() };
        for action in act {
            match action {
                Action::Save => {
                    machine.save();
                    machine.confirm();
                }
                Action::Abort => {
                    machine.revert();
                    reply.end = End::Close;
                }
                Action::Close => reply.end = End::Close,
                Action::Reboot => reply.end = End::Reboot,
                Action::Say(text) => reply.text.push_str(text),
                _ => {}
            }
        }
        reply
    }

    /// After a change: the device saves, or begins to wait for somebody to say so.
    fn keep(&self, machine: &mut Machine) {
        let Some(saving) = &self.manual.data.saving else { return machine.save() };
        let Config::Tables(tables, _) = machine.running() else { return };
        let how = tables.value(&saving.table, &saving.value);
        if how.is_none_or(|how| how == saving.automatic) {
            machine.save();
            machine.confirm();
        } else {
            self.wait(machine);
        }
    }

    /// Any input moves the end of the wait.
    fn heard(&self, machine: &mut Machine) {
        if machine.left().is_some() {
            self.wait(machine);
        }
    }

    fn wait(&self, machine: &mut Machine) {
        let Some(saving) = &self.manual.data.saving else { return };
        let Config::Tables(tables, _) = machine.running() else { return };
        if tables.value(&saving.table, &saving.value).as_deref() == Some(&saving.revert) {
            let seconds = tables.value(&saving.table, &saving.timeout).and_then(|said| said.parse().ok());
            let hold = self.minute.saturating_mul(seconds.unwrap_or(saving.seconds)) / 60;
            machine.arm_saved(hold);
        }
    }
}

fn refused(said: &str) -> Reply {
    Reply { text: format!("{said}\n\n"), ..Reply::default() }
}

/// The lines that match.
fn grep(text: &str, filter: &str) -> String {
    let mut invert = false;
    let mut fold = false;
    let mut pattern = filter.trim();
    while let Some(rest) = pattern.strip_prefix('-') {
        let (flags, more) = rest.split_once(' ').unwrap_or((rest, ""));
        invert |= flags.contains('v');
        fold |= flags.contains('i');
        pattern = more.trim_start();
    }
    let pattern = pattern.trim_matches('"');
    let Ok(pattern) = regex::RegexBuilder::new(pattern).case_insensitive(fold).build() else { return String::new() };
    let kept = text.split_inclusive('\n').filter(|line| pattern.is_match(line.trim_end_matches('\n')) != invert);
    kept.collect()
}
