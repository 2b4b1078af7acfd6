//! The process that evaluates rules: reads a request and a document, limits itself, answers line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use regorus::{Engine, Value};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{
    Resource, Rlimit, Signal, getpid, getrlimit, kill_process, set_parent_process_death_signal, setrlimit,
};
use rustix::time::{ClockId, clock_gettime};

use super::protocol::{Answer, Ask, Listed, PolicyFile, Reply, Request, Step};
use super::{probe, scan};

/// Most entries one rule may answer with.
const MOST: usize = 10_000;

/// A test that took longer is not evaluated once more to see what it stumbled over.
const SOON: Duration = Duration::from_millis(500);

/// Why a worker could not begin.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// A pipe failed.
    #[error("failed to speak with the program that started this: {0}")]
    Pipe(#[from] io::Error),
    /// What came is no request or no document.
    #[error("this is no request to evaluate rules: {0}")]
    Request(#[from] serde_json::Error),
    /// The system refused a limit.
    #[error("failed to limit what rules may use: {0}")]
    Limit(#[from] rustix::io::Errno),
}

/// Evaluates what is asked for on `input`, and answers on `output`. Limits the whole process it runs in.
///
/// # Errors
/// When the request cannot be read, the limits cannot be set, or nobody hears the answers.
pub fn work(mut input: impl BufRead, output: impl Write + AsFd) -> Result<(), WorkError> {
    follow(&output)?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    drop(line);
    let document: Option<Value> = request.input.then(|| super::document::read(input)).transpose()?;
    confine(request.memory)?;
    let mut worker = Worker { output, skip: request.skip, seconds: request.seconds };
    worker.say(&Reply::Ready)?;
    worker.run(request.files, &request.ask, document)?;
    worker.say(&Reply::End)?;
    Ok(())
}

/// Ends this process when the one that started it is gone, or no longer listens: nobody else would.
fn follow(output: &impl AsFd) -> Result<(), WorkError> {
    // The system sends it to whom the starting thread leaves behind; that thread waits for the answers.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Who started this may have been gone before that.
    let output = output.as_fd().try_clone_to_owned()?;
    std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
        // A pipe says nothing to its writer until nobody reads it.
        let mut pipe = [PollFd::new(&output, PollFlags::empty())];
        let ended = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        loop {
            match poll(&mut pipe, None) {
                Ok(_) if pipe.iter().any(|pipe| pipe.revents().intersects(ended)) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
        // Refused for no process that exists.
        let _gone = kill_process(getpid(), Signal::KILL);
    })?;
    Ok(())
}

/// From here on this process gets no more memory than this, writes no file and leaves no image of itself.
fn confine(memory: u64) -> Result<(), WorkError> {
    let limit = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Core, limit(0))?;
    setrlimit(Resource::Fsize, limit(0))?;
    setrlimit(Resource::As, limit(held().saturating_add(memory)))?;
    Ok(())
}

/// Gives this process so much more processor time, beyond what it has used up.
fn grant(seconds: u64) -> Result<(), WorkError> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let Rlimit { maximum, .. } = getrlimit(Resource::Cpu);
    let most = used.saturating_add(seconds).min(maximum.unwrap_or(u64::MAX));
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(most), maximum })?)
}

/// Bytes of address space this process has already (`proc_pid_statm(5)`, in pages of 4 KiB or more).
fn held() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    pages.map_or(1 << 30, |pages| pages.saturating_mul(rustix::param::page_size() as u64))
}

/// Files that can be evaluated.
struct Sound {
    engine: Engine,
    files: Vec<PolicyFile>,
    /// The rules that are asked.
    listed: Vec<Listed>,
    /// Those among them that would be misunderstood, and why.
    refused: BTreeMap<String, String>,
}

struct Worker<W> {
    output: W,
    skip: BTreeSet<String>,
    /// Processor time for a step.
    seconds: u64,
}

impl<W: Write> Worker<W> {
    fn say(&mut self, reply: &Reply) -> Result<(), WorkError> {
        if matches!(reply, Reply::Begin(_)) {
            grant(self.seconds)?;
        }
        serde_json::to_writer(&mut self.output, reply)?;
        self.output.write_all(b"\n")?;
        Ok(self.output.flush()?)
    }

    fn run(&mut self, files: Vec<PolicyFile>, ask: &Ask, document: Option<Value>) -> Result<(), WorkError> {
        let mut whole = Vec::new();
        for file in files {
            if self.skip.contains(&file.path) {
                continue;
            }
            self.say(&Reply::Begin(Step::Parse(file.path.clone())))?;
            if let Some(error) = scan::too_deep(&file.path, &file.text) {
                self.say(&Reply::Broken { path: file.path, error })?;
                continue;
            }
            match empty_engine().add_policy(file.path.clone(), file.text.clone()) {
                Ok(_) => whole.push(file),
                Err(error) => self.say(&Reply::Broken { path: file.path, error: said(&error) })?,
            }
        }
        let Some(Sound { mut engine, files, listed, refused }) = self.sound(whole, ask)? else { return Ok(()) };
        self.say(&Reply::Listed(listed.clone()))?;
        if let Some(document) = document {
            engine.set_input(document);
        }
        let tests = matches!(ask, Ask::Tests { .. });
        let mut done = BTreeSet::new();
        for rule in &listed {
            let Listed { name, .. } = rule;
            if self.skip.contains(name) || is_left_for_later(name) || !done.insert(name.clone()) {
                continue;
            }
            self.say(&Reply::Begin(Step::Rule(name.clone())))?;
            let since = Instant::now();
            let mut outcome = match refused.get(name) {
                Some(error) => Answer::Failed(error.clone()),
                None => evaluate(&mut engine, name),
            };
            let prints = engine.take_prints().unwrap_or_default();
            if tests {
                let is_soon = since.elapsed() < SOON;
                outcome = explained(&mut engine, &files, &listed, rule, outcome, is_soon);
            }
            self.say(&Reply::Done { rule: name.clone(), outcome, prints })?;
        }
        Ok(())
    }

    /// An engine of all files that can be relied on, and what is asked of it.
    fn sound(&mut self, mut files: Vec<PolicyFile>, ask: &Ask) -> Result<Option<Sound>, WorkError> {
        loop {
            self.say(&Reply::Begin(Step::Compile))?;
            let Some((mut engine, fit)) = self.compile(files)? else { return Ok(None) };
            files = fit;
            let listed = listed(&mut engine, ask);
            let mut refused = BTreeMap::new();
            let mut broken = BTreeSet::new();
            for odd in scan::odd(engine.get_modules()) {
                let is_here = |rule: &&Listed| rule.path == odd.path && u32::try_from(rule.line) == Ok(odd.rule);
                if odd.ignored {
                    self.say(&Reply::Ignored { error: odd.error })?;
                } else if let Some(rule) = listed.iter().find(is_here) {
                    refused.entry(rule.name.clone()).or_insert(odd.error);
                } else if broken.insert(odd.path.clone()) {
                    // What others ask of such a rule is not to be relied on either.
                    self.say(&Reply::Broken { path: odd.path, error: odd.error })?;
                }
            }
            if broken.is_empty() {
                return Ok(Some(Sound { engine, files, listed, refused }));
            }
            files.retain(|file| !broken.contains(&file.path));
        }
    }

    /// An engine of all files that fit together. A file that does not is told and left out.
    fn compile(&mut self, mut files: Vec<PolicyFile>) -> Result<Option<(Engine, Vec<PolicyFile>)>, WorkError> {
        loop {
            let mut engine = empty_engine();
            for file in &files {
                // It parsed a moment ago.
                drop(engine.add_policy(file.path.clone(), file.text.clone()));
            }
            let Err(error) = engine.eval_query("true".to_owned(), false) else {
                return Ok(Some((engine, files)));
            };
            let error = said(&error);
            let culprit = files.iter().position(|file| error.contains(&format!("--> {}:", file.path)));
            let Some(culprit) = culprit else {
                // Nothing says which file it is, so none can be left out.
                self.say(&Reply::Broken { path: String::new(), error })?;
                return Ok(None);
            };
            let file = files.remove(culprit);
            self.say(&Reply::Broken { path: file.path, error })?;
            self.say(&Reply::Begin(Step::Compile))?;
        }
    }
}

/// An engine without rules.
pub(super) fn empty_engine() -> Engine {
    let mut engine = Engine::new();
    // What a rule prints must not mix with the answers.
    engine.set_gather_prints(true);
    // A function that fails is a mistake in the rule; undefined, it would make the rule hold in silence.
    engine.set_strict_builtin_errors(true);
    super::builtins::add(&mut engine);
    engine
}

fn said(error: &impl std::fmt::Display) -> String {
    // With `#`, the causes as well.
    format!("{error:#}")
}

/// The rules that are asked for, in the order of the files.
fn listed(engine: &mut Engine, ask: &Ask) -> Vec<Listed> {
    let pattern = match ask {
        Ask::Tests { run: Some(pattern) } => regex::Regex::new(pattern).ok(),
        _ => None,
    };
    let packages = engine.get_policy_package_components().unwrap_or_default();
    let mut found = Vec::new();
    for (module, package) in engine.get_modules().iter().zip(packages) {
        let package: String = package.components.iter().map(|part| step(part)).collect();
        for rule in &module.policy {
            let span = rule.span();
            let Some(head) = head(span.text()) else { continue };
            let wanted = match ask {
                Ask::Rules => super::verdict::severity(head).is_some(),
                Ask::Tests { .. } => head.starts_with("test_") || head.starts_with("todo_test_"),
            };
            let name = format!("data{package}.{head}");
            if wanted && pattern.as_ref().is_none_or(|pattern| pattern.is_match(&name)) {
                let line = usize::try_from(span.line).unwrap_or(0);
                found.push(Listed { name, path: span.source.get_path().clone(), line });
            }
        }
    }
    found
}

/// One step of a path: `.word`, or `["anything else"]`.
fn step(part: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if part.chars().all(plain) && !part.starts_with(|c: char| c.is_ascii_digit()) {
        format!(".{part}")
    } else {
        format!("[{}]", serde_json::Value::from(part))
    }
}

/// The name a rule defines; `None` for a function, a default, or a rule below a name.
fn head(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let below = rest.starts_with(['(', '.']) || rest.starts_with("[\"") || rest.starts_with("[`");
    (name != "default" && !name.is_empty() && !below).then_some(name)
}

/// What a test came to, and why it does not hold.
fn explained(
    engine: &mut Engine,
    files: &[PolicyFile],
    listed: &[Listed],
    rule: &Listed,
    outcome: Answer,
    is_soon: bool,
) -> Answer {
    let package = rule.name.rsplit_once('.').map_or("", |(package, _)| package);
    let heads = listed.iter().filter(|other| other.name == rule.name);
    let modules = engine.get_modules();
    let found = heads.filter_map(|head| {
        let module = modules.iter().find(|module| module.package.span.source.get_path() == &head.path)?;
        let stands = |rule: &&regorus::unstable::Ref<regorus::unstable::Rule>| {
            usize::try_from(rule.span().line) == Ok(head.line)
        };
        Some((&**module, &**module.policy.iter().find(stands)?))
    });
    let heads: Vec<_> = found.collect();
    let Some((module, first)) = heads.first() else { return outcome };
    let value = match &outcome {
        Answer::Value(value) => Some(value),
        Answer::Undefined => None,
        _ => return outcome,
    };
    if heads.iter().any(|(_, rule)| probe::index(rule).is_some()) {
        return probe::cases(files, package, &heads, value);
    }
    if is_soon && heads.len() == 1 && value.is_none() {
        return probe::fails(files, package, module, first).map_or(outcome, Answer::Unheld);
    }
    outcome
}

fn is_left_for_later(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.starts_with("todo_test_"))
}

fn evaluate(engine: &mut Engine, rule: &str) -> Answer {
    match engine.eval_rule(rule.to_owned()) {
        Ok(Value::Undefined) => Answer::Undefined,
        Ok(Value::Set(entries)) if entries.len() > MOST => Answer::TooMany(entries.len()),
        Ok(Value::Array(entries)) if entries.len() > MOST => Answer::TooMany(entries.len()),
        Ok(value) => serde_json::to_value(&value).map_or_else(|error| Answer::Failed(said(&error)), Answer::Value),
        Err(error) => Answer::Failed(said(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_rules() {
        for (text, name) in [
            ("deny contains msg if {", Some("deny")),
            ("deny[msg] {", Some("deny")),
            ("warn_ports := []", Some("warn_ports")),
            ("deny(x) := 1", None),
            ("deny.a := 1", None),
            ("deny[\"a\"] := 1", None),
            ("default deny := []", None),
        ] {
            assert_eq!(head(text), name, "{text}");
        }
        assert_eq!(format!("data{}{}", step("a_1"), step("1.0 \"x")), r#"data.a_1["1.0 \"x"]"#);
    }
}
