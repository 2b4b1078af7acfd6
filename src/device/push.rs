//! A device one is logged in to: reading it, and the steps of a safe push.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use russh::{ChannelMsg, ChannelStream, client};
use tokio::time::timeout;

use super::cli::{Answers, Cli};
use super::dial::{Link, Timeouts};
use super::redact::Redactor;
use super::{Credential, DeviceError, Endpoint, exec, screen};
use crate::diff::ScriptLine;
use crate::platform::Platform;
use crate::platform::session::{ChannelKind, Fill, Read, Step, Tier};

/// A device one is logged in to.
///
/// Steps go in this order: [`begin`](Self::begin), [`load`](Self::load), then over a *new* connection
/// [`running`](Self::running) and [`confirm`](Self::confirm), [`save`](Self::save). Dropped in between, the
/// device goes back by itself where its [`tier`](Self::tier) does.
pub struct Device {
    driver: Driver,
    link: Link,
    platform: Arc<Platform>,
    timeouts: Timeouts,
    redactor: Redactor,
    checked: bool,
    /// How long the device is to wait for a confirmation, where it begins to wait only once the script is loaded.
    hold: Duration,
    /// What steps call the attempt by.
    attempt: String,
}

/// What a device says of itself.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// In the order of the platform's `inspect`: the value, or what was said instead.
    pub told: Vec<Result<String, String>>,
    /// All of it, to guess by what it really is.
    pub whole: String,
}

enum Driver {
    Cli(Box<Cli<ChannelStream<client::Msg>>>),
    Exec,
}

/// Whether a short text refuses what was asked, in any device's words.
fn refuses(text: &str) -> bool {
    const WORDS: [&str; 8] = [
        "invalid",
        "unknown command",
        "unrecognized",
        "incomplete",
        "ambiguous",
        "syntax error",
        "not found",
        "denied",
    ];
    let says = |line: &str| {
        let line = line.trim().to_lowercase();
        line == "^" || WORDS.iter().any(|word| line.contains(word))
    };
    screen::is_short(text.lines()) && text.lines().any(says)
}

impl Device {
    pub(super) async fn open(
        link: Link,
        endpoint: &Endpoint,
        platform: Arc<Platform>,
        timeouts: Timeouts,
    ) -> Result<Self, DeviceError> {
        let mut passwords = endpoint.credentials.iter().filter_map(|credential| match credential {
            Credential::Password(password) => Some(password.clone()),
            _ => None,
        });
        let redactor = Redactor::new(Arc::clone(&platform), passwords.clone().chain(endpoint.enable.clone()));
        let driver = match platform.session.channel {
            ChannelKind::Exec => Driver::Exec,
            ChannelKind::Cli => {
                let opened = timeout(timeouts.channel, shell(&link, &platform)).await;
                let late = || DeviceError::Timeout {
                    step: "opening a shell".into(),
                    after: timeouts.channel,
                    seen: String::new(),
                };
                let (stream, early) = opened.map_err(|_| late())??;
                let answers = Answers {
                    user: endpoint.user.clone(),
                    password: passwords.next(),
                    enable: endpoint.enable.clone(),
                };
                let cli = Cli::open(stream, &early, Arc::clone(&platform), answers, redactor.clone(), timeouts).await?;
                Driver::Cli(Box::new(cli))
            }
        };
        let (hold, attempt) = (Duration::ZERO, fresh());
        Ok(Self { driver, link, platform, timeouts, redactor, checked: false, hold, attempt })
    }

    /// Who takes a change back when nobody confirms it.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.platform.transaction.tier
    }

    /// Goes on with an attempt that has a name: what one session began under it, another can confirm.
    #[must_use]
    pub fn attempting(mut self, attempt: &str) -> Self {
        attempt.clone_into(&mut self.attempt);
        self
    }

    /// The name the device has for itself, where its prompt tells.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.driver {
            Driver::Cli(cli) => Some(cli.host()).filter(|host| !host.is_empty()),
            Driver::Exec => None,
        }
    }

    /// What the device says of itself.
    ///
    /// # Errors
    /// When the device falls silent or hangs up.
    pub async fn inspect(&mut self) -> Result<Inspected, DeviceError> {
        let platform = Arc::clone(&self.platform);
        let (mut told, mut whole) = (Vec::new(), String::new());
        for asked in &platform.session.inspect {
            let said = match &mut self.driver {
                Driver::Cli(cli) => {
                    cli.home().await?;
                    cli.ask(&asked.send).await?.join("\n")
                }
                Driver::Exec => {
                    let step = format!("`{}`", asked.send);
                    let output = exec::run(&self.link, &self.timeouts, &asked.send, None, &step).await?;
                    screen::decode(&output.stdout).into_owned()
                }
            };
            let value = asked.find.captures(&said).and_then(|found| Some(found.name("value")?.as_str().to_owned()));
            told.push(value.ok_or_else(|| self.redactor.head(&said)));
            whole.push_str(&said);
            whole.push('\n');
        }
        Ok(Inspected { told, whole })
    }

    /// Whether a push could begin: what the platform asks before it, sent as reads only.
    ///
    /// # Errors
    /// [`DeviceError::StepFailed`] with what is missing, or when the device falls silent or hangs up.
    pub async fn prerequisites(&mut self) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        let fill = self.fill(Duration::ZERO);
        self.steps("prerequisite", &platform.transaction.require, &fill, None).await
    }

    /// The running configuration: nothing but what the device prints as such, secrets and all. Sends only
    /// what the platform declares for reading.
    ///
    /// # Errors
    /// When the device refuses a command, falls silent or hangs up.
    pub async fn running(&mut self) -> Result<String, DeviceError> {
        let platform = Arc::clone(&self.platform);
        let read = &platform.session.read;
        let mut best = self.printed(&read.commands, read).await;
        for command in &read.otherwise {
            // No configuration is so short; a refusal in words that nobody listed is.
            let short = match &best {
                Ok(text) => screen::is_short(text.lines()),
                Err(error) => matches!(error, DeviceError::StepFailed { .. }),
            };
            if !short {
                break;
            }
            match self.printed(std::slice::from_ref(command), read).await {
                Ok(text) if best.as_ref().map_or(0, String::len) < text.len() => best = Ok(text),
                Ok(_) | Err(DeviceError::StepFailed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // Words of refusal that the platform's data does not list: of another platform, mostly.
        match best {
            Ok(text) if matches!(self.driver, Driver::Cli(_)) && refuses(&text) => {
                let step = format!("`{}`", read.commands.join("`, `"));
                let answer = format!("what came is no configuration: {}", self.redactor.head(&text));
                Err(DeviceError::StepFailed { step, answer })
            }
            best => best,
        }
    }

    /// What commands print, one after the other, without talk.
    async fn printed(&mut self, commands: &[String], read: &Read) -> Result<String, DeviceError> {
        let mut text = String::new();
        for command in commands {
            let lines = match &mut self.driver {
                Driver::Cli(cli) => {
                    cli.home().await?;
                    cli.fetch(command).await?
                }
                Driver::Exec => {
                    let step = format!("`{command}`");
                    let output = exec::run(&self.link, &self.timeouts, command, None, &step).await?;
                    let said = screen::decode(&output.stderr);
                    if read.absent.as_ref().is_some_and(|absent| absent.is_match(said.trim())) {
                        continue;
                    }
                    self.judge(&output, &step)?;
                    let said = screen::decode(&output.stdout);
                    let first = said.lines().find(|line| !line.trim().is_empty());
                    if let (Some(begins), Some(first)) = (&read.begins, first)
                        && !begins.is_match(first)
                    {
                        let answer = format!("what came is no configuration: {}", self.redactor.head(&said));
                        return Err(DeviceError::StepFailed { step, answer });
                    }
                    said.lines().map(|line| line.to_owned().into()).collect::<Vec<Cow<'_, str>>>()
                }
            };
            text.reserve(lines.iter().map(|line| line.len() + 1).sum());
            let talk = |line: &&Cow<'_, str>| read.strip.iter().any(|strip| strip.is_match(line));
            let mut kept = lines.iter().filter(|line| !talk(line)).skip_while(|line| line.trim().is_empty()).peekable();
            while let Some(line) = kept.next() {
                if kept.peek().is_some() || !line.trim().is_empty() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        Ok(text)
    }

    /// Has the device check a script without applying it, where it can.
    ///
    /// # Errors
    /// [`DeviceError::Rejected`] with the line at fault, where the device names it.
    pub async fn check(&mut self, lines: &[ScriptLine]) -> Result<(), DeviceError> {
        self.redactor.learn(lines);
        let platform = Arc::clone(&self.platform);
        let fill = self.fill(Duration::ZERO);
        self.steps("check", &platform.transaction.check, &fill, Some(lines)).await?;
        self.checked = true;
        Ok(())
    }

    /// Takes a checkpoint and starts the device's timer, where its tier has one: unless [`confirm`](Self::confirm)
    /// comes within `hold`, the device goes back. Some devices count minutes, rounded up.
    ///
    /// # Errors
    /// When a prerequisite does not hold; then nothing has changed.
    pub async fn begin(&mut self, hold: Duration) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        self.hold = hold;
        let fill = self.fill(hold);
        self.steps("prerequisite", &platform.transaction.require, &fill, None).await?;
        self.steps("checkpoint", &platform.transaction.begin, &fill, None).await
    }

    /// Sends a script and what the platform puts after it; `on_line` is told how many lines are done.
    /// A script that [`check`](Self::check) has not seen is checked first.
    ///
    /// # Errors
    /// [`DeviceError::Rejected`] for a line the device refuses; nothing after it was sent.
    pub async fn load(
        &mut self,
        lines: &[ScriptLine],
        on_line: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), DeviceError> {
        self.sendable(lines)?;
        if !self.checked {
            self.check(lines).await?;
        }
        self.checked = false;
        let platform = Arc::clone(&self.platform);
        let load = &platform.transaction.load;
        let fill = self.fill(self.hold);
        if let Driver::Exec = self.driver {
            let Some(command) = &load.command else { return Err(self.unsupported("load a script")) };
            self.feed(command, "load", lines).await?;
            on_line(lines.len());
            return self.steps("commit", &platform.transaction.end, &fill, None).await;
        }
        for portion in self.portions(lines, load.portion)? {
            if let Err(error) = self.portion(lines, portion, &fill, on_line).await {
                self.discard(&fill).await;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Types one portion of a script and commits it.
    async fn portion(
        &mut self,
        lines: &[ScriptLine],
        portion: Range<usize>,
        fill: &Fill,
        on_line: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        let before = portion.start;
        let Driver::Cli(cli) = &mut self.driver else { return Err(self.unsupported("type a script")) };
        let Some(mode) = &platform.transaction.load.mode else { return Err(self.unsupported("load a script")) };
        let sent = lines.get(portion).unwrap_or_default();
        cli.push(sent, mode, &mut |done| on_line(before + done)).await.map_err(|error| match error {
            DeviceError::Rejected { line_no, command, answer } => {
                DeviceError::Rejected { line_no: before + line_no, command, answer }
            }
            other => other,
        })?;
        // What follows may belong to the mode: a candidate is lost to who leaves it before the commit.
        if platform.transaction.end.is_empty() {
            cli.home().await?;
        }
        self.steps("commit", &platform.transaction.end, fill, None).await
    }

    fn fill(&self, hold: Duration) -> Fill {
        Fill { hold, id: self.attempt.clone() }
    }

    /// Drops what was typed and is not in force. Where that fails, the session is of no more use: what is typed next
    /// would be committed together with it.
    async fn discard(&mut self, fill: &Fill) {
        let platform = Arc::clone(&self.platform);
        if platform.transaction.discard.is_empty() {
            return;
        }
        let dropped = self.steps("discard", &platform.transaction.discard, fill, None).await;
        if let (Err(_), Driver::Cli(cli)) = (dropped, &mut self.driver) {
            cli.give_up();
        }
    }

    /// The lines in portions that the device takes at once, each of whole outermost sections; one portion of nothing
    /// where there are no lines.
    fn portions(&self, lines: &[ScriptLine], most: Option<usize>) -> Result<Vec<Range<usize>>, DeviceError> {
        let most = most.unwrap_or(usize::MAX);
        let mut starts: Vec<usize> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if line.depth == 0 || at == 0 {
                starts.push(at);
            }
        }
        let mut portions: Vec<Range<usize>> = Vec::new();
        let mut room = 0;
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(lines.len());
            let section = lines.get(*start..end).unwrap_or_default();
            let bytes: usize = section.iter().map(|line| line.text.len() + 1).sum();
            if bytes > most {
                let command = section.first().map(|line| self.redactor.mask(&line.text)).unwrap_or_default();
                let answer = format!("not sent: this section has {bytes} bytes, and the device takes {most} at once");
                return Err(DeviceError::Rejected { line_no: start + 1, command, answer });
            }
            match portions.last_mut() {
                Some(last) if bytes <= room => last.end = end,
                _ => {
                    portions.push(*start..end);
                    room = most;
                }
            }
            room -= bytes;
        }
        if portions.is_empty() {
            portions.push(0..lines.len());
        }
        Ok(portions)
    }

    /// Keeps the change and stops the timer. Works from any session, also long after the load.
    ///
    /// # Errors
    /// When the device has gone back already, or refuses.
    pub async fn confirm(&mut self) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        let fill = self.fill(Duration::ZERO);
        self.steps("confirm", &platform.transaction.confirm, &fill, None).await
    }

    /// Takes the change back at once.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] for [`Tier::Inverse`], where the caller loads the rollback script instead.
    pub async fn abort(&mut self) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        if platform.transaction.abort.is_empty() {
            return Err(self.unsupported("take a change back"));
        }
        let fill = self.fill(Duration::ZERO);
        self.steps("abort", &platform.transaction.abort, &fill, None).await
    }

    /// Makes the change survive a restart.
    ///
    /// # Errors
    /// When the device refuses or does not say that it has.
    pub async fn save(&mut self) -> Result<(), DeviceError> {
        let platform = Arc::clone(&self.platform);
        let fill = self.fill(Duration::ZERO);
        self.steps("save", &platform.transaction.save, &fill, None).await
    }

    /// Logs out. Dropping the device closes the connection too, less politely.
    pub async fn close(mut self) {
        if let Driver::Cli(cli) = &mut self.driver {
            let left = timeout(Duration::from_secs(1), cli.leave()).await;
            // A device that does not take the line is hung up on.
            drop(left);
        }
        self.link.end().await;
    }

    async fn steps(
        &mut self,
        name: &str,
        steps: &[Step],
        fill: &Fill,
        script: Option<&[ScriptLine]>,
    ) -> Result<(), DeviceError> {
        for step in steps {
            let text = step.text(fill);
            let said = match &mut self.driver {
                Driver::Cli(cli) => {
                    match &step.mode {
                        _ if step.stay => {}
                        Some(mode) => cli.enter(mode).await?,
                        None => cli.home().await?,
                    }
                    // What is expected decides; words that look like a refusal may be the answer hoped for.
                    let judged = step.expect.is_some() || step.refuse.is_some();
                    let said = if judged { cli.ask(&text).await } else { cli.command(&text).await };
                    match said {
                        Err(DeviceError::Lost { .. } | DeviceError::Timeout { .. }) if step.hangs_up => return Ok(()),
                        said => said?.join("\n"),
                    }
                }
                Driver::Exec => {
                    if let Some(lines) = script.filter(|_| step.script) {
                        self.feed(&text, name, lines).await?
                    } else {
                        let output = exec::run(&self.link, &self.timeouts, &text, None, name).await?;
                        self.judge(&output, name)?;
                        screen::decode(&output.stdout).into_owned()
                    }
                }
            };
            let missing = step.expect.as_ref().is_some_and(|expect| !expect.is_match(&said));
            let unwanted = step.refuse.as_ref().is_some_and(|refuse| refuse.is_match(&said));
            if missing || unwanted {
                let answer = step.otherwise.clone().unwrap_or_else(|| self.redactor.tail(&said));
                return Err(DeviceError::StepFailed { step: name.to_owned(), answer });
            }
        }
        Ok(())
    }

    /// Runs a command with a script on its standard input; gives its output.
    async fn feed(&self, command: &str, name: &str, lines: &[ScriptLine]) -> Result<String, DeviceError> {
        let mut input = String::new();
        for line in lines {
            input.push_str(&line.text);
            input.push('\n');
        }
        let output = exec::run(&self.link, &self.timeouts, command, Some(&input), name).await?;
        let Err(error) = self.judge(&output, name) else { return Ok(screen::decode(&output.stdout).into_owned()) };
        let said = screen::decode(&output.stderr);
        let located = self.platform.transaction.load.located.as_ref().and_then(|located| located.captures(&said));
        let number = located.and_then(|found| found.name("line")?.as_str().parse::<usize>().ok());
        match (number.and_then(|number| owner(lines, number)), error) {
            (Some((line_no, text)), DeviceError::StepFailed { answer, .. }) => {
                Err(DeviceError::Rejected { line_no, command: self.redactor.mask(text), answer })
            }
            (_, error) => Err(error),
        }
    }

    /// Whether a command succeeded: its exit status and what it said on standard error.
    fn judge(&self, output: &exec::Output, step: &str) -> Result<(), DeviceError> {
        let said = screen::decode(&output.stderr);
        let failures = &self.platform.session.failures;
        let complained = said.lines().any(|line| failures.iter().any(|failure| failure.is_match(line)));
        let answer = match output.status {
            Some(0) if !complained => return Ok(()),
            _ if !said.trim().is_empty() => self.redactor.head(&said),
            // Whatever runs in place of the command may know only one output.
            Some(status) => match self.redactor.head(&screen::decode(&output.stdout)) {
                said if said.is_empty() => format!("exit status {status}"),
                said => format!("exit status {status}, {said}"),
            },
            None => "it was killed, or the device did not say how it ended".into(),
        };
        Err(DeviceError::StepFailed { step: step.to_owned(), answer })
    }

    /// A line is one line: a control character in it would be a key pressed, a line end another command.
    /// Only a text that the device takes as a whole, and standard input, may have line ends.
    fn sendable(&self, lines: &[ScriptLine]) -> Result<(), DeviceError> {
        for (at, line) in lines.iter().enumerate() {
            let whole = match &self.driver {
                Driver::Cli(cli) => cli.is_block(&line.text),
                Driver::Exec => true,
            };
            let fine = |c: char| !c.is_control() || c == '\t' || (c == '\n' && whole);
            if let Some(bad) = line.text.chars().find(|c| !fine(*c)) {
                return Err(DeviceError::Rejected {
                    line_no: at + 1,
                    command: self.redactor.mask(&line.text).escape_debug().to_string(),
                    answer: format!("not sent: it holds the control character {}", bad.escape_debug()),
                });
            }
        }
        Ok(())
    }

    fn unsupported(&self, what: &str) -> DeviceError {
        DeviceError::Unsupported { platform: self.platform.name.clone(), what: what.to_owned() }
    }
}

/// The line of the script that holds the line of standard input with a number from 1, if there is one.
fn owner(lines: &[ScriptLine], number: usize) -> Option<(usize, &str)> {
    let mut before = 0;
    lines.iter().enumerate().find_map(|(at, line)| {
        before += line.text.split('\n').count();
        (number >= 1 && number <= before).then_some((at + 1, line.text.as_str()))
    })
}

/// A name for an attempt that nobody named: not secret, only never the same twice.
fn fresh() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::time::SystemTime::now()))
}

/// Opens a terminal with a shell; what the device says before it agrees is kept.
async fn shell(link: &Link, platform: &Platform) -> Result<(ChannelStream<client::Msg>, Vec<u8>), DeviceError> {
    let closed =
        || DeviceError::ClosedAtLogin { during: "after login, when a shell was asked for".into(), seen: String::new() };
    let mut channel = link.handle.channel_open_session().await.map_err(|_| closed())?;
    let terminal = &platform.session.terminal;
    // Echo on (RFC 4254, 8): the driver counts on it.
    let modes = [(russh::Pty::ECHO, 1)];
    let asked = channel.request_pty(true, &terminal.kind, terminal.columns, terminal.rows, 0, 0, &modes).await;
    asked.map_err(|_| closed())?;
    channel.request_shell(true).await.map_err(|_| closed())?;
    let mut early = Vec::new();
    let mut replies = 0;
    while replies < 2 {
        match channel.wait().await {
            Some(ChannelMsg::Success) => replies += 1,
            // Some devices give no terminal, yet a shell that works.
            Some(ChannelMsg::Failure) if replies == 0 => replies += 1,
            Some(ChannelMsg::Failure) => {
                let answer = "the device gives this user no shell".into();
                return Err(DeviceError::StepFailed { step: "opening a shell".into(), answer });
            }
            Some(ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. }) => early.extend_from_slice(&data),
            Some(ChannelMsg::Close) | None => return Err(closed()),
            Some(_) => {}
        }
    }
    Ok((channel.into_stream(), early))
}

#[cfg(test)]
mod tests {
    use super::refuses;

    #[test]
    fn a_short_refusal_in_any_words_is_no_configuration() {
        for text in
            ["^\n% Invalid input detected at '^' marker.\n", "error: syntax error: show\n", "Permission denied\n"]
        {
            assert!(refuses(text), "{text}");
        }
        let banner = "hostname a\nbanner motd ^CAccess denied to others^C\nvlan 1\ninterface a\ninterface b\n";
        for text in ["", "hostname a\nvlan 10\n", banner] {
            assert!(!refuses(text), "{text}");
        }
    }
}
