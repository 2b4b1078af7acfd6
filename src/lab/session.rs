//! One interactive session: mode, path through the configuration, what is asked just now.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::dialect::{Compiled, Dialect};
use super::grammar::{Match, Misfit};
use super::held::Held;
use super::lines::{self, Path, Section};
use super::machine::{Config, Machine};
use crate::platform::lab::Action;

pub(super) mod staged;

/// What a session needs to know of its device beside its state.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// The secret of privileged mode.
    pub(super) enable: Option<SecretString>,
    /// How long a minute of the rollback timer lasts.
    pub(super) minute: Duration,
    /// Who may log in.
    pub(super) user: String,
}

/// An interactive session of a platform with its own command line.
#[derive(Debug)]
pub(super) struct Session {
    dialect: Arc<Dialect>,
    terms: Terms,
    mode: String,
    /// Sections entered: key and mode of each.
    within: Vec<(String, String)>,
    pending: Pending,
    /// What was typed and not committed, where the platform holds it.
    held: Option<Held>,
    /// Rows of a page; 0 does not page.
    pub(super) rows: usize,
    expired_seen: usize,
    /// Characters of the prompt in front of what is typed: the mark under a fault counts them.
    margin: usize,
    /// What the output of the command at hand goes through.
    pipes: Vec<String>,
    /// Lives as long as the session does: what it holds alone is free after that.
    token: Arc<()>,
}

#[derive(Debug)]
enum Pending {
    None,
    /// Any key goes on.
    Door(String),
    /// A secret is asked for; then this mode.
    Secret(String),
    /// Text over several lines, up to the mark.
    Banner {
        text: String,
        mark: String,
    },
    /// A question about a line, which is carried out if the answer is yes.
    Question {
        question: String,
        line: String,
    },
}

/// What a session answers.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// Text, lines ended with `\n`.
    pub(super) text: String,
    /// What happens to the connection.
    pub(super) end: End,
    /// It is not shown in pages.
    pub(super) whole: bool,
}

/// What happens to the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// It goes on.
    #[default]
    Open,
    /// The session is over.
    Close,
    /// The device starts anew.
    Reboot,
}

impl Session {
    pub(super) fn new(dialect: Arc<Dialect>, terms: Terms, machine: &Machine) -> Self {
        let guarded = dialect.cli.guarded.clone().filter(|_| terms.enable.is_some());
        let mode = guarded.unwrap_or_else(|| dialect.cli.start.clone());
        let rows = dialect.cli.rows;
        let door = dialect.cli.door.clone().map_or(Pending::None, Pending::Door);
        Self {
            dialect,
            terms,
            mode,
            within: Vec::new(),
            pending: door,
            held: None,
            rows,
            expired_seen: machine.expired(),
            margin: 0,
            pipes: Vec::new(),
            token: Arc::new(()),
        }
    }

    #[cfg(test)]
    pub(super) fn dialect(&self) -> Arc<Dialect> {
        Arc::clone(&self.dialect)
    }

    #[cfg(test)]
    pub(super) fn terms(&self) -> Terms {
        self.terms.clone()
    }

    /// The prompt to show now.
    pub(super) fn prompt(&self, machine: &Machine) -> String {
        match &self.pending {
            Pending::Secret(_) => return "Password: ".to_owned(),
            Pending::Banner { .. } => return String::new(),
            Pending::Question { question, .. } | Pending::Door(question) => return question.clone(),
            Pending::None => {}
        }
        let template = self.dialect.mode(self.mode_now()).map_or("> ", |compiled| compiled.mode.prompt.as_str());
        let name = self.within.last().and_then(|(key, _)| key.split(' ').next_back()).unwrap_or_default();
        fill_host(template, &machine.host()).replace("{name}", name).replace("{user}", &self.terms.user)
    }

    /// Whether what is typed now must not be echoed.
    pub(super) const fn hides_input(&self) -> bool {
        matches!(self.pending, Pending::Secret(_))
    }

    /// Whether one key is an answer.
    pub(super) fn takes_a_key(&self) -> bool {
        let asked = matches!(self.pending, Pending::Question { .. });
        matches!(self.pending, Pending::Door(_)) || (asked && self.dialect.cli.keys)
    }

    /// Text to push between lines: what happened to the device meanwhile.
    pub(super) fn news(&mut self, machine: &Machine) -> Option<String> {
        if machine.expired() == self.expired_seen {
            return None;
        }
        self.expired_seen = machine.expired();
        let text = &self.dialect.cli.timer.expired;
        (!text.is_empty()).then(|| text.clone())
    }

    /// Puts lines that wait to be committed in force.
    pub(super) fn commit(&mut self, machine: &mut Machine) {
        if let (Some(held), Config::Lines(dialect, root)) = (self.held.take(), machine.running_mut()) {
            let dialect = Arc::clone(dialect);
            machine.changes += held.commit(&dialect, root);
        }
    }

    /// Ctrl-C: drops what was asked; Ctrl-Z: back to the mode after login.
    pub(super) fn interrupt(&mut self, to_top: bool) {
        self.pending = Pending::None;
        if to_top && self.in_configuration() {
            self.top();
        }
    }

    /// Goes to the outermost level of the configuration.
    pub(super) fn return_to_root(&mut self) {
        self.pending = Pending::None;
        self.within.clear();
        self.mode.clone_from(&self.dialect.cli.root);
    }

    fn mode_now(&self) -> &str {
        self.within.last().map_or(self.mode.as_str(), |(_, mode)| mode.as_str())
    }

    fn in_configuration(&self) -> bool {
        !self.within.is_empty() || self.mode == self.dialect.cli.root
    }

    fn top(&mut self) {
        self.within.clear();
        self.mode.clone_from(&self.dialect.cli.start);
    }

    fn path(&self, depth: usize) -> Path {
        self.within.iter().take(depth).map(|(key, _)| key.clone()).collect()
    }

    /// One line was typed.
    pub(super) fn line(&mut self, machine: &mut Machine, typed: &str) -> Reply {
        self.margin = self.prompt(machine).lines().last().map_or(0, |line| line.chars().count());
        match std::mem::replace(&mut self.pending, Pending::None) {
            Pending::Secret(mode) => return self.secret(&mode, typed),
            Pending::Banner { mut text, mark } => {
                text.push('\n');
                text.push_str(typed);
                if typed.contains(&mark) {
                    return self.configure(machine, &text);
                }
                self.pending = Pending::Banner { text, mark };
                return Reply::default();
            }
            Pending::Question { line, .. } => {
                if !matches!(typed.trim(), "" | "y" | "yes") {
                    return Reply::default();
                }
                return self.command(machine, &line, true);
            }
            Pending::Door(_) => return Reply::default(),
            Pending::None => {}
        }
        let line = typed.trim_end();
        if line.trim_start().is_empty() || line.trim_start().starts_with('!') {
            return Reply::default();
        }
        if self.dialect.cli.candidate.is_some() {
            let (command, pipes) = staged::pipes(line);
            self.pipes = pipes.into_iter().map(str::to_owned).collect();
            let reply = self.command(machine, command, false);
            return self.piped(reply);
        }
        self.command(machine, line, false)
    }

    fn secret(&mut self, mode: &str, typed: &str) -> Reply {
        let right = self.terms.enable.as_ref().is_none_or(|secret| secret.expose_secret() == typed);
        if right {
            mode.clone_into(&mut self.mode);
            return Reply::default();
        }
        Reply { text: "% Access denied\n".to_owned(), ..Reply::default() }
    }

    fn command(&mut self, machine: &mut Machine, line: &str, asked: bool) -> Reply {
        let dialect = Arc::clone(&self.dialect);
        let Some(compiled) = dialect.mode(self.mode_now()) else { return self.misfit(line, Misfit::Unknown(0)) };
        let words = line.trim_start();
        if compiled.mode.close.as_deref() == Some(words) {
            self.leave();
            return Reply::default();
        }
        let shift = line.len() - words.len();
        // `do show …` runs a command of the mode after login from inside the configuration.
        if self.in_configuration()
            && let Some(rest) = words.strip_prefix("do ")
            && let Some(start) = dialect.mode(&dialect.cli.start)
        {
            return match start.commands.read(rest, false) {
                Ok(found) => self.act(machine, start, &found, asked),
                Err(misfit) => self.misfit(line, moved(misfit, line.len() - rest.len())),
            };
        }
        let commanded = compiled.commands.read(words, false);
        if let Ok(found) = &commanded {
            let question = compiled.acts.get(found.rule).and_then(|command| command.ask.clone());
            if let Some(question) = question.filter(|_| !asked) {
                self.pending = Pending::Question { question, line: line.to_owned() };
                return Reply::default();
            }
            return self.act(machine, compiled, found, asked);
        }
        if self.in_configuration() && dialect.cli.candidate.is_some() {
            return self.stage(machine, line);
        }
        if self.in_configuration() {
            let reply = self.try_lines(machine, line, asked);
            return match reply {
                Ok(reply) => reply,
                Err(misfit) => {
                    let other = commanded.err().map(|misfit| moved(misfit, shift));
                    self.misfit(line, worst(misfit, other))
                }
            };
        }
        self.misfit(line, commanded.err().map_or(Misfit::Unknown(0), |misfit| moved(misfit, shift)))
    }

    fn configure(&mut self, machine: &mut Machine, line: &str) -> Reply {
        self.try_lines(machine, line, true).unwrap_or_else(|misfit| self.misfit(line, misfit))
    }

    /// Tries the line in this mode, then in those around it, as such devices do.
    fn try_lines(&mut self, machine: &mut Machine, line: &str, asked: bool) -> Result<Reply, Misfit> {
        let dialect = Arc::clone(&self.dialect);
        let words = line.trim_start();
        let shift = line.len() - words.len();
        let mut first: Option<Misfit> = None;
        for depth in (0..=self.within.len()).rev() {
            let mode = depth
                .checked_sub(1)
                .and_then(|n| self.within.get(n))
                .map_or(dialect.cli.root.clone(), |(_, mode)| mode.clone());
            if let Some(mark) = lines::banner_mark(&dialect, &mode, words)
                && !words.contains('\n')
                && !lines::closes(words, &mark)
            {
                let say = format!("Enter TEXT message.  End with the character '{mark}'.\n");
                self.pending = Pending::Banner { text: words.to_owned(), mark };
                return Ok(Reply { text: say, ..Reply::default() });
            }
            if !asked && let Some(question) = Section::question(&dialect, &mode, words) {
                self.pending = Pending::Question { question, line: line.to_owned() };
                return Ok(Reply::default());
            }
            let path = self.path(depth);
            let Config::Lines(_, root) = machine.running_mut() else { return Err(Misfit::Unknown(0)) };
            let tried = match &dialect.cli.holds {
                None => root.apply(&dialect, &path, &mode, words),
                Some(holds) => {
                    let held = self.held.get_or_insert_with(|| Held::new(root));
                    if held.is_full(words.len(), holds.bytes) {
                        return Ok(Reply { text: holds.full.clone(), ..Reply::default() });
                    }
                    held.apply(&dialect, &path, &mode, words)
                }
            };
            match tried {
                Ok(applied) => {
                    self.within.truncate(depth);
                    self.within.extend(applied.entered);
                    machine.changes += usize::from(dialect.cli.holds.is_none());
                    return Ok(Reply { text: applied.say, ..Reply::default() });
                }
                Err(misfit) => first = Some(worst(moved(misfit, shift), first)),
            }
        }
        Err(first.unwrap_or(Misfit::Unknown(0)))
    }

    fn leave(&mut self) -> End {
        if self.within.pop().is_some() {
            return End::Open;
        }
        match self.dialect.mode(&self.mode).and_then(|compiled| compiled.mode.parent.clone()) {
            Some(parent) => {
                self.mode = parent;
                End::Open
            }
            None => End::Close,
        }
    }

    fn act(&mut self, machine: &mut Machine, compiled: &Compiled, found: &Match, asked: bool) -> Reply {
        let Some(command) = compiled.acts.get(found.rule) else { return Reply::default() };
        let number = found.words.iter().rev().find_map(|word| word.text.parse::<u32>().ok());
        let mut reply = Reply::default();
        if let Some(needs) = &command.needs {
            let Config::Lines(_, root) = machine.running() else { return reply };
            if root.find(|text| needs.is_match(text)).is_none() {
                reply.text.clone_from(&command.lacking);
                return reply;
            }
        }
        if let Some(words) = machine.no_room_for(&command.act) {
            reply.text.push_str(words);
            return reply;
        }
        let minutes = number.unwrap_or_default().to_string();
        reply.text.push_str(&super::clock::told(&command.say.replace("{minutes}", &minutes)));
        for action in &command.act {
            if matches!(action, Action::Quit) {
                self.quit(machine, &found.text(), asked, &mut reply);
            } else if self.on_candidate(machine, action, number.unwrap_or_default(), &mut reply) {
                self.one(machine, action, found, &mut reply);
            } else {
                break;
            }
        }
        reply
    }

    fn one(&mut self, machine: &mut Machine, action: &Action, found: &Match, reply: &mut Reply) {
        let texts = &self.dialect.cli.timer;
        let number = found.words.iter().rev().find_map(|word| word.text.parse::<u32>().ok()).unwrap_or_default();
        let say = |done: bool, text: &str| if done { text.to_owned() } else { texts.none.clone() };
        match action {
            Action::Running if let Config::Paths(_, committed) = machine.running() => {
                reply.text.push_str(&self.printed(committed));
            }
            Action::Commit => self.commit(machine),
            Action::Discard => self.held = None,
            Action::Staged => reply.text.push_str(&self.held.as_ref().map_or_else(String::new, Held::text)),
            Action::Sealed => reply.text.push_str(&sealed(&whole(machine.running(), &self.dialect), &self.dialect)),
            Action::Running => reply.text.push_str(&whole(machine.running(), &self.dialect)),
            Action::Bare => reply.text.push_str(&machine.running().text()),
            Action::Startup => reply.text.push_str(&whole(machine.startup(), &self.dialect)),
            Action::Enter(mode) => {
                self.within.clear();
                mode.clone_into(&mut self.mode);
            }
            Action::Leave => reply.end = self.leave(),
            Action::Top => self.top(),
            Action::Close => reply.end = End::Close,
            Action::Enable(mode) if self.terms.enable.is_some() => self.pending = Pending::Secret(mode.clone()),
            Action::Enable(mode) => mode.clone_into(&mut self.mode),
            Action::Rows => self.rows = number as usize,
            Action::Save => machine.save(),
            Action::Checkpoint => machine.checkpoint(),
            Action::Restore => machine.restore(),
            Action::Arm => {
                machine.arm(self.terms.minute.saturating_mul(number));
                reply.text.push_str(&texts.started.replace("{minutes}", &number.to_string()));
            }
            Action::ArmRestart => {
                machine.arm_restart(self.terms.minute.saturating_mul(number));
                reply.text.push_str(&texts.started.replace("{minutes}", &number.to_string()));
            }
            Action::Confirm => {
                let done = machine.confirm();
                reply.text.push_str(&say(done, &texts.confirmed));
            }
            Action::Abort => {
                let done = machine.abort();
                reply.text.push_str(&say(done, &texts.reverted));
            }
            Action::Timer => {
                let minute = self.terms.minute.as_millis().max(1);
                let left = machine.left().map(|left| left.as_millis().div_ceil(minute).to_string());
                let text = left.map_or_else(|| texts.none.clone(), |left| texts.pending.replace("{minutes}", &left));
                reply.text.push_str(&text);
            }
            Action::Resequence => resequence(machine, found),
            Action::Reboot => reply.end = End::Reboot,
            Action::Say(text) => reply.text.push_str(text),
            // These need standard input or a staging area, or were carried out on the candidate before.
            Action::Check
            | Action::Load
            | Action::Run
            | Action::Alone(_)
            | Action::Keep(_)
            | Action::Fail(..)
            | Action::CommitArmed
            | Action::Verify
            | Action::Edit(_)
            | Action::Quit
            | Action::Candidate
            | Action::Recall => {}
        }
    }

    fn misfit(&self, line: &str, misfit: Misfit) -> Reply {
        let errors = &self.dialect.cli.errors;
        let (text, column) = match misfit {
            Misfit::Unknown(column) if column > 0 && !errors.syntax.is_empty() => (&errors.syntax, column),
            Misfit::Unknown(column) => (&errors.unknown, column),
            Misfit::Ambiguous(column) => (&errors.ambiguous, column),
            Misfit::Incomplete => (&errors.incomplete, 0),
        };
        let before = line.get(..column).map_or(0, |text| text.chars().count());
        let caret = format!("{}^", " ".repeat(self.margin + before));
        let rest = line.get(column..).unwrap_or(line).trim();
        let text = text.replace("{caret}", &caret).replace("{rest}", rest).replace("{line}", line.trim());
        Reply { text, ..Reply::default() }
    }
}

/// The whole text of `show running-config`.
pub(super) fn whole(config: &Config, dialect: &Dialect) -> String {
    let print = &dialect.cli.print;
    let body = config.text();
    let header = print.header.replace("{bytes}", &body.len().to_string());
    format!("{header}{body}{}", print.footer)
}

/// The same text with every secret in a form of this print alone.
fn sealed(text: &str, dialect: &Dialect) -> String {
    let seal = |line: &str| {
        let found = dialect.cli.print.sealed.iter().find_map(|pattern| pattern.captures(line)?.name("secret"));
        found.map_or_else(
            || line.to_owned(),
            |secret| {
                let fresh = RandomState::new().hash_one(secret.as_str());
                let (before, after) = (line.get(..secret.start()), line.get(secret.end()..));
                format!("{}{fresh:016x}{}", before.unwrap_or_default(), after.unwrap_or_default())
            },
        )
    };
    text.split_inclusive('\n').map(seal).collect()
}

fn resequence(machine: &mut Machine, found: &Match) {
    // `… resequence NAME 10 10`, or `… NAME resequence 10 10`.
    let mut last = found.words.iter().rev().map(|word| word.text.as_str()).filter(|word| *word != "resequence");
    let (Some(step), Some(start), Some(name)) = (last.next(), last.next(), last.next()) else { return };
    let (Ok(step), Ok(start)) = (step.parse(), start.parse()) else { return };
    let Config::Lines(_, root) = machine.running_mut() else { return };
    let key = root.find(|text| text.ends_with(&format!(" {name}"))).map(|entry| entry.text.clone());
    if let Some(section) = key.and_then(|key| root.at(&[key])) {
        section.resequence(start, step);
    }
    machine.changes += 1;
}

fn moved(misfit: Misfit, by: usize) -> Misfit {
    match misfit {
        Misfit::Unknown(column) => Misfit::Unknown(column + by),
        Misfit::Ambiguous(column) => Misfit::Ambiguous(column + by),
        Misfit::Incomplete => Misfit::Incomplete,
    }
}

/// The fault that stands further right says more.
fn worst(a: Misfit, b: Option<Misfit>) -> Misfit {
    match (a, b) {
        (Misfit::Unknown(x), Some(Misfit::Unknown(y))) if y > x => Misfit::Unknown(y),
        (Misfit::Unknown(_), Some(other @ (Misfit::Incomplete | Misfit::Ambiguous(_)))) => other,
        _ => a,
    }
}

/// Fills `{host}` and `{host:N}` of a prompt.
pub(super) fn fill_host(template: &str, host: &str) -> String {
    let Some((before, rest)) = template.split_once("{host") else { return template.to_owned() };
    let Some((limit, after)) = rest.split_once('}') else { return template.to_owned() };
    let limit = limit.strip_prefix(':').and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
    let host: String = host.chars().take(limit).collect();
    format!("{before}{host}{after}")
}
