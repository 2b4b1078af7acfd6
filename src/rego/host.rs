//! The side that starts the worker, measures its time, ends it, and goes on without what had to be stopped.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::Host;
use super::protocol::{Answer, Ask, Listed, Reply, Request, Step};
use crate::export::Export;

/// How long the worker may take to read the document. That is no rule's doing, so it is not in their time.
const LOADING: Duration = Duration::from_mins(2);
/// Most that one worker may answer, in bytes.
const MOST: u64 = 64 << 20;
/// How often somebody is asked whether the answers are still wanted.
const LOOK: Duration = Duration::from_millis(20);
/// How much of what it writes beside its answers is kept, in bytes.
const KEPT: u64 = 64 << 10;

/// Why rules could not be evaluated at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The second process did not start.
    #[error("failed to start a process to evaluate rules in: {0}")]
    Start(#[source] io::Error),
    /// It ended before it had begun.
    #[error("the process that evaluates rules ended early: {0}")]
    Early(String),
    /// Nobody wanted the answers any more.
    #[error("the rules were not waited for")]
    Unwanted,
}

/// Why a step was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It had this long.
    Time(Duration),
    /// It wanted more memory than there is.
    Memory,
    /// It nested too deeply.
    Depth,
    /// It answered more than anybody would read.
    Answer,
    /// The evaluator itself failed.
    Crash(String),
}

/// Everything that was found out.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Files that are no rules, with the evaluator's words.
    pub(super) broken: Vec<(String, String)>,
    /// Rules that nobody asks, though they look so, with the reason.
    pub(super) ignored: Vec<String>,
    /// The rules there are.
    pub(super) listed: Vec<Listed>,
    /// What each came to, and what it printed.
    pub(super) answers: BTreeMap<String, (Answer, Vec<String>)>,
    /// What had to be stopped.
    pub(super) stopped: Vec<(Step, Stop)>,
}

/// Time that is left.
struct Budget {
    left: Duration,
    /// Whether every step has the whole of it, or half of what is left.
    each: bool,
}

impl Budget {
    /// One endless rule must not take all time from the others.
    fn step(&self) -> Duration {
        if self.each { self.left } else { self.left / 2 }
    }

    fn spend(&mut self, time: Duration) {
        if !self.each {
            self.left = self.left.saturating_sub(time);
        }
    }
}

impl Host {
    /// Evaluates what is asked for, with as many workers as it takes, until `stop` is true.
    pub(super) fn run(
        &self,
        request: &Request,
        document: Option<&Export<'_>>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Said, RunError> {
        let mut said = Said::default();
        let mut budget = Budget { left: self.limits.time, each: matches!(request.ask, Ask::Tests { .. }) };
        let mut request = Request {
            input: document.is_some(),
            memory: self.limits.memory,
            // Whoever measures the time comes first.
            seconds: self.limits.time.as_secs() + 2,
            ..request.clone()
        };
        while let Some((step, stop)) = self.once(&request, document, &mut budget, &mut said, stop)? {
            let left_out = match &step {
                Step::Parse(path) => Some(path.clone()),
                Step::Rule(name) => Some(name.clone()),
                Step::Compile => None,
            };
            said.stopped.push((step, stop));
            let Some(left_out) = left_out else { break };
            request.skip.insert(left_out);
            request.skip.extend(said.answers.keys().cloned());
            request.skip.extend(said.broken.iter().map(|(path, _)| path.clone()));
        }
        Ok(said)
    }

    /// One worker, until it is done or a step had to be stopped.
    fn once(
        &self,
        request: &Request,
        document: Option<&Export<'_>>,
        budget: &mut Budget,
        said: &mut Said,
        unwanted: &dyn Fn() -> bool,
    ) -> Result<Option<(Step, Stop)>, RunError> {
        let mut child = self.start()?;
        let (lines, answers) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(out.take(MOST)).lines() {
                    if line.is_err() || lines.send(line.unwrap_or_default()).is_err() {
                        break;
                    }
                }
            });
        }
        let beside = child.stderr.take().map(|err| std::thread::spawn(move || kept(err)));
        // A worker that ended before it read everything is judged by how it ended, below.
        drop(send(&mut child, request, document, unwanted));

        let mut step = None;
        let mut allowed = LOADING;
        let mut since = Instant::now();
        let mut timed_out = false;
        let done = loop {
            if unwanted() {
                drop(child.kill());
                child.wait().map_err(RunError::Start)?;
                return Err(RunError::Unwanted);
            }
            let left = allowed.saturating_sub(since.elapsed());
            match answers.recv_timeout(left.min(LOOK)) {
                Ok(line) => match serde_json::from_str(&line) {
                    Ok(Reply::End) => break true,
                    Ok(reply) => {
                        if step.is_some() {
                            budget.spend(since.elapsed());
                        }
                        since = Instant::now();
                        allowed = budget.step();
                        take(reply, &mut step, said);
                    }
                    Err(_) => break false,
                },
                Err(RecvTimeoutError::Timeout) if left > LOOK => {}
                Err(RecvTimeoutError::Timeout) => {
                    timed_out = true;
                    break false;
                }
                Err(RecvTimeoutError::Disconnected) => break false,
            }
        };
        // What ends by itself is left to: how it ends says why. A worker that only wants to go on answering is not.
        let ended = if timed_out || done { None } else { waited(&mut child) };
        if ended.is_none() {
            // It may have ended in this very moment.
            drop(child.kill());
        }
        let status = child.wait().map_err(RunError::Start)?;
        if done {
            return Ok(None);
        }
        budget.spend(since.elapsed());
        let words = beside.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let stop = match ended {
            _ if timed_out => Stop::Time(allowed),
            None => Stop::Answer,
            Some(_) => reason(status, &words, allowed),
        };
        step.map(|step| Some((step, stop))).ok_or_else(|| RunError::Early(first_line(&words)))
    }

    fn start(&self) -> Result<Child, RunError> {
        let mut command = Command::new(&self.program);
        command.args(["check", "worker"]).env_clear();
        // The allocator would set a gigabyte of address space aside before the limit counts what is held.
        command.env("MIMALLOC_ARENA_RESERVE", "0");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(RunError::Start)
    }
}

/// A pipe into which nothing more goes once nobody wants the answers.
struct Wanted<'s, W>(W, &'s dyn Fn() -> bool);

impl<W: io::Write> io::Write for Wanted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.1)() { Err(io::Error::other("unwanted")) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn send(
    child: &mut Child,
    request: &Request,
    document: Option<&Export<'_>>,
    unwanted: &dyn Fn() -> bool,
) -> io::Result<()> {
    let Some(input) = child.stdin.take() else { return Ok(()) };
    let mut input = BufWriter::with_capacity(1 << 16, Wanted(input, unwanted));
    serde_json::to_writer(&mut input, request)?;
    input.write_all(b"\n")?;
    if let Some(document) = document {
        document.write(&mut input)?;
    }
    input.flush()
}

fn take(reply: Reply, step: &mut Option<Step>, said: &mut Said) {
    match reply {
        Reply::Begin(next) => *step = Some(next),
        Reply::Broken { path, error } => {
            if !said.broken.iter().any(|(known, _)| *known == path) {
                said.broken.push((path, error));
            }
        }
        Reply::Ignored { error } => {
            if !said.ignored.contains(&error) {
                said.ignored.push(error);
            }
        }
        Reply::Listed(listed) => said.listed = listed,
        Reply::Done { rule, outcome, prints } => {
            said.answers.insert(rule, (outcome, prints));
        }
        Reply::Ready | Reply::End => {}
    }
}

/// How a worker ended, if it does so soon.
fn waited(child: &mut Child) -> Option<ExitStatus> {
    for _ in 0..100 {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Ok(ended) => return ended,
            Err(_) => return None,
        }
    }
    None
}

/// The first of what is written, and the rest thrown away, so that the writer is not kept waiting.
fn kept(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    drop(from.by_ref().take(KEPT).read_to_end(&mut bytes));
    drop(io::copy(&mut from, &mut io::sink()));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Why a worker ended by itself. Rust names a failed allocation and an overflown stack before it aborts.
fn reason(status: ExitStatus, words: &str, allowed: Duration) -> Stop {
    const SIGKILL: i32 = 9;
    const SIGSEGV: i32 = 11;
    const SIGXCPU: i32 = 24;
    if words.contains("memory allocation of") || words.contains("capacity overflow") {
        return Stop::Memory;
    }
    if words.contains("overflowed its stack") {
        return Stop::Depth;
    }
    match status.signal() {
        Some(SIGKILL) => Stop::Memory,
        Some(SIGSEGV) => Stop::Depth,
        Some(SIGXCPU) => Stop::Time(allowed),
        _ => Stop::Crash(first_line(words)),
    }
}

fn first_line(words: &str) -> String {
    words.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned()
}
