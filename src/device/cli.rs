//! An interactive command line, driven by a platform's data.
//!
//! One line is sent, then everything is read until the device waits again. A prompt counts only after
//! the echo of the line: what stood in the buffer before it (a login banner, a prompt that a log message
//! made the device print again) is not an answer. A line that merely looks like a prompt, with another
//! host name or without an echo, counts after a short silence.
//!
//! Some devices ask at their command line who is there, after the SSH login or instead of it; they are told
//! what the login said, the password once.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::dial::Timeouts;
use super::error::DeviceError;
use super::exec::LIMIT;
use super::flow::Flow;
use super::login;
use super::redact::Redactor;
use super::screen;
use crate::diff::ScriptLine;
use crate::platform::{Pattern, Platform};

/// How long a doubtful prompt must stay the last thing said.
const SETTLE: Duration = Duration::from_millis(400);
/// A device that has said nothing for so long may wait for somebody to press Enter.
const NUDGE: Duration = Duration::from_secs(2);
/// How often that is tried.
const NUDGES: usize = 3;
/// Beyond this a line is no prompt, question or pager.
const LONGEST: usize = 2048;
/// An echo not found within so many bytes will not come.
const ECHO_WITHIN: usize = 64 << 10;
/// A device that asks more often within one command goes round in circles.
const QUESTIONS: usize = 10;
/// Pages of one output; with 24 rows, more than `LIMIT` bytes.
const PAGES: usize = 1 << 20;

/// Sections that stand in each other, at most.
const DEEPEST: usize = 8;

/// What a device may ask for at its command line.
#[derive(Clone, Default)]
pub(super) struct Answers {
    pub(super) user: String,
    pub(super) password: Option<SecretString>,
    /// The password of the privileged mode; the one above where this is not given.
    pub(super) enable: Option<SecretString>,
}

/// A command line on some stream of bytes.
pub(super) struct Cli<S> {
    stream: S,
    flow: Flow,
    platform: Arc<Platform>,
    answers: Answers,
    redactor: Redactor,
    timeouts: Timeouts,
    /// What came in last.
    heard: Vec<u8>,
    /// Everything said since the last line was sent.
    raw: Vec<u8>,
    /// The device's name for itself.
    host: String,
    mode: String,
    /// Set once a command did not end with a prompt: nobody knows what the next line would be typed into.
    broken: bool,
}

/// What the device said to one line: it stands in the buffer until the next one is sent.
struct Reply {
    /// Where it stands.
    said: Range<usize>,
    /// The line, where no echo of it could be told: the first line of the answer may be one.
    typed: String,
    /// It ended with the question that was waited for, not with a prompt.
    asked: bool,
}

impl Reply {
    fn of(echo: &Echo, prompt: usize, sent: &Sent<'_>, asked: bool) -> Self {
        let typed = if echo.end.is_none() { screen::squeeze(sent.echo) } else { String::new() };
        Self { said: echo.end.unwrap_or(0)..prompt, typed, asked }
    }
}

/// What the buffer ends with.
enum Ending {
    Prompt {
        mode: String,
        host: String,
        at: usize,
    },
    Asked {
        at: usize,
    },
    Pager {
        at: usize,
        key: String,
    },
    Question {
        answer: String,
    },
    User,
    Password,
    /// A new password is asked for, before anything else.
    Expired,
    Nothing,
}

/// One line sent, as the reading needs to know it.
struct Sent<'s> {
    /// What the echo must look like; empty for a password.
    echo: &'s str,
    /// For messages.
    step: &'s str,
    asks: Option<&'s Pattern>,
    /// Nobody has logged in at the command line yet.
    login: bool,
}

impl<'s> Sent<'s> {
    fn line(echo: &'s str, step: &'s str) -> Self {
        Self { echo, step, asks: None, login: false }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Cli<S> {
    /// Waits for the first prompt, goes to the home mode and prepares the session. `early` is what the
    /// device had said already.
    pub(super) async fn open(
        stream: S,
        early: &[u8],
        platform: Arc<Platform>,
        answers: Answers,
        redactor: Redactor,
        timeouts: Timeouts,
    ) -> Result<Self, DeviceError> {
        let mut flow = Flow::new(platform.session.terminal.rows);
        let mut raw = Vec::new();
        flow.take(early, &mut raw);
        let mut cli = Self {
            stream,
            flow,
            platform,
            answers,
            redactor,
            timeouts,
            heard: Vec::with_capacity(32 << 10),
            raw,
            host: String::new(),
            mode: String::new(),
            broken: false,
        };
        cli.first_prompt().await?;
        let platform = Arc::clone(&cli.platform);
        cli.home().await?;
        for line in &platform.session.prepare {
            // Not every release knows every line; the pager, say, is answered anyway.
            match cli.command(line).await {
                Ok(_) | Err(DeviceError::StepFailed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        cli.home().await?;
        Ok(cli)
    }

    /// The device's name for itself.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Goes to the mode in which steps run.
    pub(super) async fn home(&mut self) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        self.go(&platform.session.home).await
    }

    /// Sends one line and gives what it printed; a refusal is [`DeviceError::StepFailed`].
    pub(super) async fn command(&mut self, line: &str) -> Result<Vec<String>, DeviceError> {
        let step = format!("`{}`", self.redactor.mask(line));
        let reply = self.exchange(line, &Sent::line(line, &step)).await?;
        let lines = self.lines(&reply);
        match self.failure(&lines) {
            Some(answer) => Err(DeviceError::StepFailed { step, answer }),
            None => Ok(lines.into_iter().map(Cow::into_owned).collect()),
        }
    }

    /// Goes to a mode by name.
    pub(super) async fn enter(&mut self, mode: &str) -> Result<(), DeviceError> {
        self.go(mode).await
    }

    /// Sends one line and gives what it printed, whatever that says.
    pub(super) async fn ask(&mut self, line: &str) -> Result<Vec<String>, DeviceError> {
        let step = format!("`{}`", self.redactor.mask(line));
        let reply = self.exchange(line, &Sent::line(line, &step)).await?;
        Ok(self.lines(&reply).into_iter().map(Cow::into_owned).collect())
    }

    /// Sends a command whose output is text of its own, in which a refusal's words may stand.
    pub(super) async fn fetch(&mut self, line: &str) -> Result<Vec<Cow<'_, str>>, DeviceError> {
        let step = format!("`{}`", self.redactor.mask(line));
        let reply = self.exchange(line, &Sent::line(line, &step)).await?;
        let lines = self.lines(&reply);
        // A refusal is short; a configuration with "% Authorised users only" in its banner is not.
        let short = screen::is_short(lines.iter().map(AsRef::as_ref));
        match short.then(|| self.failure(&lines)).flatten() {
            Some(answer) => Err(DeviceError::StepFailed { step, answer }),
            None => Ok(lines),
        }
    }

    /// Types a script, line by line, and stops at the first that is refused.
    pub(super) async fn push(
        &mut self,
        lines: &[ScriptLine],
        mode: &str,
        on_line: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), DeviceError> {
        self.redactor.learn(lines);
        self.go(mode).await?;
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            let unit = lines.get(at..at + self.unit(lines.get(at..).unwrap_or_default())).unwrap_or_default();
            let text = unit.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
            let shown = self.redactor.mask(&line.text);
            let step = format!("line {}, `{shown}`", at + 1);
            let echo = text.rsplit('\n').next().unwrap_or(&text);
            let reply = self.exchange(&text, &Sent::line(echo, &step)).await?;
            if let Some(answer) = self.failure(&self.lines(&reply)) {
                return Err(DeviceError::Rejected { line_no: at + 1, command: shown, answer });
            }
            at += unit.len().max(1);
            on_line(at);
        }
        Ok(())
    }

    /// Takes the session out of use.
    pub(super) const fn give_up(&mut self) {
        self.broken = true;
    }

    /// Ends the session; nothing is waited for.
    pub(super) async fn leave(&mut self) {
        let platform = Arc::clone(&self.platform);
        if let Some(line) = platform.session.leave.as_ref().filter(|_| !self.broken) {
            let said = self.stream.write_all(format!("{line}\n").as_bytes()).await;
            // The connection is closed next in any case.
            drop(said.and(self.stream.flush().await));
        }
    }

    /// How many of the lines make one text that the device answers only as a whole.
    fn unit(&self, lines: &[ScriptLine]) -> usize {
        let Some((first, rest)) = lines.split_first() else { return 0 };
        let Some((after, mark)) = self.opening(&first.text) else { return 1 };
        if after.contains(mark) {
            return 1;
        }
        rest.iter().position(|line| line.text.contains(mark)).map_or(1, |more| more + 2)
    }

    /// Whether a text of several lines is one that the device takes as a whole: opened on its first line
    /// and closed on its last.
    pub(super) fn is_block(&self, text: &str) -> bool {
        self.opening(text).is_some_and(|(after, mark)| {
            let closes = after.find(mark).map(|at| after.get(at..).unwrap_or_default());
            closes.is_some_and(|rest| !rest.trim_end().contains('\n'))
        })
    }

    /// What follows the mark that opens a text of several lines, and the mark that closes it.
    fn opening<'t>(&'t self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let first = text.split('\n').next()?;
        let found = self.platform.session.blocks.iter().find_map(|block| block.captures(first))?;
        if let Some(end) = found.name("end") {
            return Some((text.get(end.end()..)?, end.as_str()));
        }
        // The block closes with a fixed line, which the syntax names.
        let verbatim = &self.platform.rules.syntax.verbatim;
        let end = verbatim.iter().filter(|rule| rule.start.is_match(first)).find_map(|rule| rule.end.as_deref())?;
        Some((text.get(first.len()..)?, end))
    }

    async fn go(&mut self, to: &str) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        let from = self.mode.clone();
        let Some(way) = platform.session.route(&from, to) else {
            let what = format!("get from mode {from} to {to}");
            return Err(DeviceError::Unsupported { platform: platform.name.clone(), what });
        };
        for step in way {
            let name = format!("`{}`", step.send);
            let asks = step.asks.as_ref();
            let mut reply = self.exchange(&step.send, &Sent { asks, ..Sent::line(&step.send, &name) }).await?;
            if reply.asked {
                // Where users log in with a password, it often is the same.
                let Some(secret) = self.answers.enable.clone().or_else(|| self.answers.password.clone()) else {
                    self.broken = true;
                    let answer = "the device asks for the privileged password, and none is given".into();
                    return Err(DeviceError::StepFailed { step: name, answer });
                };
                let sent = Sent { asks, ..Sent::line("", &name) };
                reply = self.exchange(secret.expose_secret(), &sent).await?;
                if reply.asked {
                    self.broken = true;
                    let answer = "the privileged password was not accepted".into();
                    return Err(DeviceError::StepFailed { step: name, answer });
                }
            }
            for _ in 0..if step.again { DEEPEST } else { 0 } {
                if self.mode == step.from && self.failure(&self.lines(&reply)).is_none() {
                    reply = self.exchange(&step.send, &Sent::line(&step.send, &name)).await?;
                }
            }
            if self.mode != step.to {
                let lines = self.lines(&reply);
                let answer = self.failure(&lines).unwrap_or_else(|| self.words(&lines));
                return Err(DeviceError::StepFailed { step: name, answer });
            }
        }
        Ok(())
    }

    async fn first_prompt(&mut self) -> Result<(), DeviceError> {
        const STEP: &str = "login";
        let end = Instant::now() + self.timeouts.prompt;
        let sent = Sent { login: true, ..Sent::line("", STEP) };
        let mut floor = 0;
        let (mut questions, mut nudges) = (0, 0);
        // A line of a banner may look like a question until the rest of it comes.
        let mut settled = false;
        let mut told = false;
        loop {
            let mut wait = None;
            match self.ending(floor, &sent) {
                // Whether it was one the echo of the next line shows.
                Ending::Prompt { mode, host, .. } => {
                    self.mode = mode;
                    self.host = host;
                    return Ok(());
                }
                Ending::Pager { at, key } => {
                    self.raw.truncate(at);
                    self.send(&key, STEP).await?;
                }
                Ending::Question { answer } if questions < QUESTIONS => {
                    floor = self.raw.len();
                    questions += 1;
                    self.send(&answer, STEP).await?;
                }
                Ending::User | Ending::Password if !settled => wait = Some(SETTLE),
                Ending::User if questions < QUESTIONS => {
                    floor = self.raw.len();
                    questions += 1;
                    let line = format!("{}\n", self.answers.user);
                    self.send(&line, STEP).await?;
                }
                Ending::Expired => return Err(self.expired()),
                Ending::Password => {
                    floor = self.raw.len();
                    let line = self.password(told)?;
                    told = true;
                    self.send(line.expose_secret(), STEP).await?;
                }
                Ending::Nothing if nudges < NUDGES && self.waits_in_silence() => {
                    wait = Some(NUDGE.min(self.timeouts.prompt / 4));
                }
                _ => {}
            }
            let until = wait.map_or(end, |wait| end.min(Instant::now() + wait));
            settled = false;
            match timeout_at(until, self.hear()).await {
                Ok(Ok(n)) if n > 0 && self.raw.len() <= LIMIT => {}
                Ok(Ok(n)) if n > 0 => return Err(too_much(STEP)),
                Ok(_) => {
                    let during = "before it showed a prompt".into();
                    return Err(DeviceError::ClosedAtLogin { during, seen: self.seen() });
                }
                Err(_) if wait == Some(SETTLE) && Instant::now() < end => settled = true,
                Err(_) if wait.is_some() && Instant::now() < end => {
                    // A line end of the device's own may have come after its prompt.
                    if let Some((mode, host)) = self.prompt_above() {
                        self.mode = mode;
                        self.host = host;
                        return Ok(());
                    }
                    nudges += 1;
                    self.send("\n", STEP).await?;
                }
                Err(_) => {
                    let platform = self.platform.title.clone();
                    return Err(DeviceError::NoPrompt { platform, after: self.timeouts.prompt, seen: self.seen() });
                }
            }
        }
    }

    /// The password as it is typed; told a second time it would count as one more failure, and accounts lock.
    fn password(&self, told: bool) -> Result<SecretString, DeviceError> {
        let refused = |word: &str| DeviceError::LoginRefused {
            user: self.answers.user.clone(),
            tried: vec![format!("password, asked at the command line{word}")],
        };
        match &self.answers.password {
            Some(_) if told => Err(refused("")),
            Some(password) => Ok(format!("{}\n", password.expose_secret()).into()),
            None => Err(refused(" (none is given)")),
        }
    }

    /// A password that has to be changed first: no program may choose one.
    fn expired(&self) -> DeviceError {
        DeviceError::LoginRefused {
            user: self.answers.user.clone(),
            tried: vec![format!("password ({})", login::EXPIRED)],
        }
    }

    /// Whether the last line is empty: nothing asks anything, and Enter chooses nothing.
    fn waits_in_silence(&self) -> bool {
        let from = self.raw.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        screen::last(self.raw.get(from..).unwrap_or_default()).trim().is_empty()
    }

    /// The prompt that is the last line with anything on it, although the cursor is below.
    fn prompt_above(&self) -> Option<(String, String)> {
        let lines = screen::lines(&self.raw);
        let line = lines.iter().rev().find(|line| !line.trim().is_empty())?;
        let (mode, host) = self.platform.session.mode_of(line)?;
        Some((mode.name.clone(), host.to_owned()))
    }

    /// Waits for more, and says how many bytes came.
    async fn hear(&mut self) -> std::io::Result<usize> {
        self.heard.clear();
        let n = self.stream.read_buf(&mut self.heard).await?;
        self.flow.take(&self.heard, &mut self.raw);
        Ok(n)
    }

    /// Sends a text and reads until the device waits again.
    async fn exchange(&mut self, text: &str, sent: &Sent<'_>) -> Result<Reply, DeviceError> {
        if self.broken {
            return Err(DeviceError::Lost { step: sent.step.to_owned(), seen: String::new() });
        }
        self.raw.clear();
        // Until the prompt is back, a failure leaves the session in nobody knows what.
        self.broken = true;
        let typed = format!("{}\n", self.typed(text));
        tracing::debug!(
            host = self.host,
            mode = self.mode,
            "> {}",
            if sent.echo.is_empty() { "***".into() } else { self.redactor.mask(text) }
        );
        self.send(&typed, sent.step).await?;
        let end = Instant::now() + self.timeouts.command;
        let mut echo = Echo::default();
        let mut floor = 0;
        let (mut questions, mut pages) = (0, 0);
        loop {
            self.find_echo(sent.echo, &mut echo);
            let after = floor.max(echo.end.unwrap_or(0));
            let ending = self.ending(after, sent);
            let mut doubtful = false;
            match ending {
                Ending::Prompt { mode, host, at } => {
                    let sure = echo.end.is_some() && self.is_host(&host, text);
                    if sure || echo.settled {
                        if !self.host.starts_with(&host) {
                            self.host = host;
                        }
                        self.mode = mode;
                        self.broken = false;
                        let reply = Reply::of(&echo, at, sent, false);
                        self.trace(&reply);
                        return Ok(reply);
                    }
                    doubtful = true;
                }
                Ending::Asked { at } if echo.end.is_some() => {
                    self.broken = false;
                    return Ok(Reply::of(&echo, at, sent, true));
                }
                Ending::Pager { at, key } if pages < PAGES => {
                    // Cut out, so that it is neither seen twice nor part of the text.
                    self.raw.truncate(at);
                    pages += 1;
                    self.send(&key, sent.step).await?;
                }
                Ending::Question { answer } if echo.end.is_some() => {
                    questions += 1;
                    if questions > QUESTIONS {
                        return Err(DeviceError::Question { command: sent.step.to_owned(), seen: self.seen() });
                    }
                    floor = self.raw.len();
                    self.send(&answer, sent.step).await?;
                }
                _ => {}
            }
            let silent = if doubtful { SETTLE } else { self.timeouts.silence };
            let until = end.min(Instant::now() + silent);
            match timeout_at(until, self.hear()).await {
                Ok(Ok(n)) if n > 0 && self.raw.len() <= LIMIT => echo.settled = false,
                Ok(Ok(n)) if n > 0 => return Err(too_much(sent.step)),
                Ok(_) => return Err(DeviceError::Lost { step: sent.step.to_owned(), seen: self.seen() }),
                Err(_) if doubtful && Instant::now() < end => echo.settled = true,
                Err(_) => return Err(self.late(sent, Instant::now() >= end)),
            }
        }
    }

    fn trace(&self, reply: &Reply) {
        if tracing::enabled!(tracing::Level::DEBUG) {
            for line in self.lines(reply) {
                tracing::debug!(host = self.host, "< {}", self.redactor.mask(&line));
            }
        }
    }

    async fn send(&mut self, text: &str, step: &str) -> Result<(), DeviceError> {
        let step = step.to_owned();
        let work = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await
        };
        match tokio::time::timeout(self.timeouts.silence, work).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(DeviceError::Lost { step, seen: self.seen() }),
            Err(_) => Err(DeviceError::Timeout { step, after: self.timeouts.silence, seen: self.seen() }),
        }
    }

    /// The keys to press for a text: those with a meaning of their own are quoted.
    fn typed(&self, text: &str) -> String {
        let Some(quote) = &self.platform.session.quote else { return text.to_owned() };
        let mut typed = String::with_capacity(text.len());
        for c in text.chars() {
            if quote.characters.contains(c) {
                typed.push_str(&quote.with);
            }
            typed.push(c);
        }
        typed
    }

    /// Looks for the echo among the complete lines; once found it stays.
    fn find_echo(&self, command: &str, echo: &mut Echo) {
        if echo.end.is_some() || self.raw.len() > ECHO_WITHIN {
            return;
        }
        let newlines = self.raw.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at);
        let newlines: Vec<usize> = newlines.collect();
        if newlines.len() == echo.lines {
            return;
        }
        echo.lines = newlines.len();
        let wanted = screen::squeeze(command);
        // Line by line as they are needed: the echo comes first, and much may have come behind it.
        let mut ends: Vec<(String, bool, usize)> = Vec::new();
        let (mut start, mut rest) = (0, newlines.into_iter());
        let mut line_at = |number: usize| {
            while ends.len() <= number {
                let at = rest.next()?;
                let raw = self.raw.get(start..at).unwrap_or_default();
                start = at + 1;
                let line = screen::last(raw);
                if let Some(line) = self.quiet(&line) {
                    let joined = screen::unwrapped(raw).map(|raw| screen::last(&raw));
                    let joined = joined.as_deref().and_then(|line| self.quiet(line));
                    let whole = [Some(line), joined.map(|line| self.without_prompt(line))];
                    // What looks like a prompt may be part of what was typed.
                    let found =
                        whole.iter().flatten().any(|line| screen::squeeze(line) == wanted && !wanted.is_empty());
                    ends.push((screen::squeeze(self.without_prompt(line)), found, at + 1));
                }
            }
            ends.get(number).cloned()
        };
        for first in 0.. {
            if line_at(first).is_none() {
                return;
            }
            // A terminal narrower than the line breaks the echo.
            let mut have = String::new();
            for number in first.. {
                let Some((part, found, end)) = line_at(number) else { break };
                have.push_str(&part);
                if have == wanted || found {
                    echo.end = Some(end);
                    return;
                }
                if have.is_empty() || !wanted.starts_with(&have) {
                    break;
                }
            }
        }
    }

    /// What stands last in the buffer from `from` on; lines that the device interjected do not count.
    fn ending(&self, from: usize, sent: &Sent<'_>) -> Ending {
        let session = &self.platform.session;
        let mut end = self.raw.len();
        let mut interjected = false;
        for _ in 0..16 {
            let Some(part) = self.raw.get(from..end) else { return Ending::Nothing };
            let at = from + part.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
            let Some(part) = self.raw.get(at..end).filter(|part| part.len() <= LONGEST) else { return Ending::Nothing };
            let line = screen::last(part);
            let complete = end < self.raw.len();
            let quiet = self.quiet(&line);
            interjected |= quiet.is_none_or(|quiet| quiet.len() < line.len());
            match quiet {
                Some(line) if !line.trim().is_empty() && (!complete || interjected) => {
                    if let Some((mode, host)) = session.mode_of(line) {
                        return Ending::Prompt { mode: mode.name.clone(), host: host.to_owned(), at };
                    }
                    if sent.asks.is_some_and(|asks| asks.is_match(line)) {
                        return Ending::Asked { at };
                    }
                    if let Some(pager) = session.pagers.iter().find(|pager| pager.pattern.is_match(line)) {
                        return Ending::Pager { at, key: pager.key.clone() };
                    }
                    if let Some(question) = session.questions.iter().find(|asked| asked.pattern.is_match(line)) {
                        return Ending::Question { answer: question.answer.clone() };
                    }
                    if sent.login && login::asks_name(line) {
                        return Ending::User;
                    }
                    if sent.login && line.trim_end().ends_with(':') && login::asks_new_password(line) {
                        return Ending::Expired;
                    }
                    if sent.login && line.trim_end().ends_with(':') && login::asks_password(line) {
                        // The last lines alone: a banner may speak of passwords that expire one day.
                        let lines = screen::lines(&self.raw);
                        let last = lines.get(lines.len().saturating_sub(4)..).unwrap_or_default();
                        let expired = login::says_expired(&last.join("\n"));
                        return if expired { Ending::Expired } else { Ending::Password };
                    }
                    return Ending::Nothing;
                }
                Some(line) if !line.trim().is_empty() => return Ending::Nothing,
                Some(_) | None => {}
            }
            if at <= from {
                return Ending::Nothing;
            }
            end = at - 1;
        }
        Ending::Nothing
    }

    /// A line without what the device interjected; `None` when nothing is left of it.
    fn quiet<'l>(&self, line: &'l str) -> Option<&'l str> {
        let noise = |text: &str| self.platform.session.noise.iter().any(|noise| noise.is_match(text));
        if noise(line) {
            return None;
        }
        // A log message may follow a prompt on the same line.
        let rest = self.without_prompt(line);
        if rest.len() < line.len() && !rest.is_empty() && noise(rest.trim_start()) {
            return line.get(..line.len() - rest.len());
        }
        Some(line)
    }

    /// What follows a prompt at the start of a line.
    fn without_prompt<'l>(&self, line: &'l str) -> &'l str {
        let mark = |byte: &u8| matches!(byte, b'#' | b'>' | b'$' | b'%' | b']');
        let start = line.as_bytes().get(..line.len().min(100)).unwrap_or_default();
        // Without a way out in between: most lines have none, and this takes many bytes at a time.
        if !start.iter().fold(false, |any, byte| any | mark(byte)) {
            return line;
        }
        for (at, _) in start.iter().enumerate().filter(|(_, byte)| mark(byte)) {
            let (prompt, rest) = line.split_at(at + 1);
            let spaced = format!("{prompt} ");
            if [prompt, spaced.as_str()].iter().any(|text| self.platform.session.mode_of(text).is_some()) {
                return rest.strip_prefix(' ').unwrap_or(rest);
            }
        }
        line
    }

    /// Whether a prompt's name is the device's: as learned, cut short, or what the line just sent made it.
    fn is_host(&self, host: &str, line: &str) -> bool {
        host == self.host
            || (host.len() >= 8 && self.host.starts_with(host))
            || (!host.is_empty() && line.split_whitespace().any(|word| word.trim_matches(['"', '\'']) == host))
    }

    /// The lines between the echo and the prompt.
    fn lines(&self, reply: &Reply) -> Vec<Cow<'_, str>> {
        let raw = self.raw.get(reply.said.clone()).unwrap_or_default();
        let whole = match screen::decode(raw) {
            Cow::Borrowed(text) => screen::rows(text),
            Cow::Owned(text) => screen::rows(&text).into_iter().map(|line| line.into_owned().into()).collect(),
        };
        let kept = whole.into_iter().filter_map(|line| {
            let length = self.quiet(&line)?.len();
            Some(match line {
                Cow::Borrowed(line) => line.get(..length)?.into(),
                Cow::Owned(mut line) => {
                    line.truncate(length);
                    line.into()
                }
            })
        });
        let mut lines: Vec<Cow<'_, str>> = kept.collect();
        let typed = &reply.typed;
        if lines.first().is_some_and(|line| !typed.is_empty() && screen::squeeze(line).contains(typed)) {
            lines.remove(0);
        }
        lines
    }

    /// What the device said, if it was a refusal.
    fn failure(&self, lines: &[Cow<'_, str>]) -> Option<String> {
        let failures = &self.platform.session.failures;
        let refused = lines.iter().any(|line| failures.iter().any(|failure| failure.is_match(line)));
        refused.then(|| self.words(lines))
    }

    fn words(&self, lines: &[Cow<'_, str>]) -> String {
        let said: Vec<&str> =
            lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty() && *line != "^").collect();
        let skip = said.len().saturating_sub(6);
        let text = said.get(skip..).unwrap_or_default().join(" / ");
        if text.is_empty() { "the device did not say why".into() } else { self.redactor.tail(&text) }
    }

    fn seen(&self) -> String {
        let from = self.raw.len().saturating_sub(4 * LONGEST);
        let lines = screen::lines(self.raw.get(from..).unwrap_or_default());
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
        let skip = lines.len().saturating_sub(3);
        self.redactor.tail(&lines.get(skip..).unwrap_or_default().join("\n"))
    }

    fn late(&self, sent: &Sent<'_>, whole: bool) -> DeviceError {
        let after = if whole { self.timeouts.command } else { self.timeouts.silence };
        let last = self.raw.rsplit(|&byte| byte == b'\n').next().map(screen::last).unwrap_or_default();
        let waits = last.trim_end().ends_with(['?', ':', ']', ')']) && last.len() <= LONGEST;
        if waits && !whole {
            return DeviceError::Question { command: sent.step.to_owned(), seen: self.seen() };
        }
        DeviceError::Timeout { step: sent.step.to_owned(), after, seen: self.seen() }
    }
}

fn too_much(step: &str) -> DeviceError {
    DeviceError::TooMuch { step: step.to_owned(), limit: LIMIT }
}

/// Where the echo of a line ended.
#[derive(Default)]
struct Echo {
    end: Option<usize>,
    /// Complete lines looked at so far.
    lines: usize,
    /// A doubtful prompt stayed the last thing said.
    settled: bool,
}

#[cfg(test)]
mod tests;
