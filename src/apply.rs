//! Pushes an approved plan: waves of devices, one worker each, events for whoever watches.
//!
//! [`admit()`] decides whether the plan as a whole may be applied; [`run`] pushes it. What is decided device
//! by device (stale, locked, unreachable) never stops the others. Every act is journalled before it is
//! begun and its outcome after it, so that a run that was killed can be told apart from one that was not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::journal::{self, Approver, Journal, JournalError, Lock, LockError};
use crate::plan::{DevicePlan, Plan, Stored};
use crate::platform::{Library, Platform};
use crate::secret::{FingerprintKey, Vault};
use crate::value::{DeviceName, Digest};

pub mod admit;
mod change;
pub mod session;
pub mod waves;

pub use admit::{Refusal, admit};
pub use session::{Dial, Session, SessionError};
pub use waves::Wave;

/// What came of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Changed, seen over a new login, kept, saved.
    Confirmed,
    /// It was as intended before anything was sent; saved.
    Already,
    /// It is no longer what the plan saw; nothing was sent.
    Stale {
        /// Lines that were not there when the plan was made, masked.
        added: Vec<String>,
        /// Lines that were, masked.
        removed: Vec<String>,
    },
    /// A rule says no; nothing was sent.
    Refused(String),
    /// The change failed and the device was read again: it is as it was.
    RolledBack(String),
    /// It failed before anything was sent.
    Failed(String),
    /// Changed and kept, but a restart would lose it.
    Unsaved(String),
    /// The change failed and the device could not be shown to be as it was.
    InBetween(String),
    /// It was never begun.
    Skipped(String),
}

impl Outcome {
    /// One word, for the journal and for counting.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Already => "already",
            Self::Stale { .. } => "stale",
            Self::Refused(_) => "refused",
            Self::RolledBack(_) => "rolled-back",
            Self::Failed(_) => "failed",
            Self::Unsaved(_) => "unsaved",
            Self::InBetween(_) => "in-between",
            Self::Skipped(_) => "skipped",
        }
    }

    /// Whether the device now runs what the plan intends.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Already)
    }

    /// Whether a rule kept the device from being begun.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Stale { .. } | Self::Refused(_))
    }

    /// Whether something went wrong, which counts against the failure budget.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::RolledBack(_) | Self::Failed(_) | Self::Unsaved(_) | Self::InBetween(_))
    }

    /// Why, in words; empty when there is nothing to say.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Confirmed | Self::Already => String::new(),
            Self::Stale { added, removed } => {
                let lines = removed.iter().map(|line| format!("- {line}"));
                lines.chain(added.iter().map(|line| format!("+ {line}"))).collect::<Vec<_>>().join("\n")
            }
            Self::Refused(why)
            | Self::RolledBack(why)
            | Self::Failed(why)
            | Self::Unsaved(why)
            | Self::InBetween(why)
            | Self::Skipped(why) => why.clone(),
        }
    }
}

/// Where a device is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Logging in.
    Connecting,
    /// Reading what runs and comparing it with what the plan saw.
    Checking,
    /// Taking the checkpoint and starting the timer.
    Preparing,
    /// Sending.
    Sending {
        /// Lines sent so far.
        sent: usize,
        /// Lines in all.
        of: usize,
    },
    /// Waiting for a new login, and reading over it.
    Verifying,
    /// Keeping the change.
    Confirming,
    /// Making it survive a restart.
    Saving,
    /// Taking it back, for this reason.
    RollingBack(String),
}

/// What happens during a run, for whoever watches.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run has its number and its order.
    Started {
        /// The run's number.
        run: u64,
        /// Waves, in order.
        waves: Vec<Wave>,
    },
    /// A wave begins.
    Wave(usize),
    /// A device goes on.
    Stage(DeviceName, Stage),
    /// A device is done.
    Done(DeviceName, Outcome, Duration),
}

/// What the operator asked for since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Nothing: go on.
    #[default]
    No,
    /// Finish the devices in hand and begin no other.
    Finish,
    /// Take the devices in hand back.
    RollBack,
}

/// What a run works with.
pub struct Setup<D> {
    /// The plan.
    pub stored: Arc<Stored>,
    /// Platforms.
    pub library: Arc<Library>,
    /// Secrets.
    pub vault: Arc<Vault>,
    /// The key the plan's fingerprints were made with.
    pub key: FingerprintKey,
    /// The state folder.
    pub state: PathBuf,
    /// Who approved the plan.
    pub approved: Vec<Approver>,
    /// Who runs it.
    pub operator: String,
    /// Devices to change; `None` for all of the plan.
    pub target: Option<BTreeSet<DeviceName>>,
    /// How devices are reached.
    pub dial: Arc<D>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// One device's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceResult {
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// The run's number.
    pub run: u64,
    /// The plan's id.
    pub plan: Digest,
    /// Every device of the run.
    pub devices: BTreeMap<DeviceName, DeviceResult>,
    /// Why no further device was begun, if so.
    pub stopped: Option<String>,
    /// Outcomes that could not be journalled, which nobody may overlook.
    pub unjournalled: Vec<String>,
}

impl RunResult {
    /// 0 when every device is as intended, 1 when something failed or was left out, 3 when only refusals stand in the way.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let outcomes = || self.devices.values().map(|result| &result.outcome);
        let failed = outcomes().any(Outcome::is_failure) || !self.unjournalled.is_empty();
        if failed || outcomes().any(|outcome| matches!(outcome, Outcome::Skipped(_))) {
            return 1;
        }
        if outcomes().any(Outcome::is_refusal) { 3 } else { 0 }
    }

    /// How many devices have each outcome.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<String, usize> {
        let mut tally = BTreeMap::new();
        for result in self.devices.values() {
            *tally.entry(result.outcome.word().to_owned()).or_insert(0) += 1;
        }
        tally
    }
}

/// Why a run could not begin; fits "failed to apply: …".
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another run is at it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be written, so nothing is done.
    #[error("the journal cannot be used, so nothing was sent: {0}")]
    Journal(#[from] JournalError),
    /// The plan cannot be kept beside the journal.
    #[error("failed to keep the plan: {0}")]
    Plan(String),
}

/// What every worker of a run shares.
struct Shared<D> {
    setup: Setup<D>,
    journal: Journal,
    run: u64,
    events: mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<Stop>,
    /// Devices whose intent an earlier run journalled without an outcome, with what it called the change there.
    unfinished: BTreeMap<DeviceName, Option<String>>,
    unjournalled: Mutex<Vec<String>>,
}

/// Pushes a plan that [`admit()`] let through.
///
/// # Errors
/// When the run cannot begin: another one is at work, or the journal cannot be written.
pub async fn run<D: Dial>(
    setup: Setup<D>,
    events: mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<Stop>,
) -> Result<RunResult, RunError> {
    let _lock = Lock::project(&setup.state)?;
    let journal = Journal::new(&setup.state);
    let run = journal.next_run()?;
    let unfinished = journal.unfinished()?.into_iter().filter_map(|entry| match entry.event {
        journal::Event::Intent { device, attempt, .. } => Some((device, attempt)),
        _ => None,
    });
    let unfinished = unfinished.collect();
    keep(&setup)?;
    let stored = Arc::clone(&setup.stored);
    let chosen: Vec<&DevicePlan> = stored
        .plan
        .changing()
        .filter(|device| setup.target.as_ref().is_none_or(|target| target.contains(&device.name)))
        .collect();
    let waves = waves::plan(&chosen, stored.plan.push.wave);
    let started = journal::Event::RunStarted {
        run,
        plan: stored.id.clone(),
        network: stored.plan.network.clone(),
        author: stored.plan.author.clone(),
        approved: setup.approved.clone(),
        operator: setup.operator.clone(),
        devices: chosen.iter().map(|device| device.name.clone()).collect(),
    };
    journal.append((setup.clock)(), started)?;
    let shared = Arc::new(Shared { setup, journal, run, events, stop, unfinished, unjournalled: Mutex::default() });
    shared.tell(Event::Started { run, waves: waves.clone() });
    let mut result =
        RunResult { run, plan: stored.id.clone(), devices: BTreeMap::new(), stopped: None, unjournalled: Vec::new() };
    for (number, wave) in waves.iter().enumerate() {
        shared.tell(Event::Wave(number));
        if wave.canary {
            canary(&shared, &stored.plan, wave, &mut result).await;
        } else {
            let names = wave.devices.iter().filter(|name| !result.devices.contains_key(*name));
            together(&shared, names.cloned().collect(), &mut result).await;
        }
        result.stopped = result.stopped.take().or_else(|| reason_to_stop(&shared, &stored.plan, wave, &result));
        if result.stopped.is_some() {
            break;
        }
    }
    let why = result.stopped.clone().unwrap_or_default();
    for device in chosen {
        if !result.devices.contains_key(&device.name) {
            let outcome = Outcome::Skipped(format!("not begun: {why}"));
            shared.tell(Event::Done(device.name.clone(), outcome.clone(), Duration::ZERO));
            result.devices.insert(device.name.clone(), DeviceResult { outcome, took: Duration::ZERO });
        }
    }
    let finished = journal::Event::RunFinished { run, tally: result.tally() };
    if let Err(error) = shared.journal.append((shared.setup.clock)(), finished) {
        shared.lost(format!("the end of run {run}: {error}"));
    }
    result.unjournalled.append(&mut shared.unjournalled.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(result)
}

/// One device alone; when a rule refuses it, the next takes its place.
async fn canary<D: Dial>(shared: &Arc<Shared<D>>, plan: &Plan, wave: &Wave, result: &mut RunResult) {
    let order = waves::order(plan.changing().filter(|device| shared.wants(&device.name)).collect());
    let mut next = wave.devices.first().cloned();
    while let Some(name) = next {
        together(shared, vec![name.clone()], result).await;
        if !result.devices.get(&name).is_some_and(|done| done.outcome.is_refusal()) {
            return;
        }
        let left = order.iter().find(|device| !result.devices.contains_key(&device.name));
        next = left.filter(|_| *shared.stop.borrow() == Stop::No).map(|device| device.name.clone());
    }
}

async fn together<D: Dial>(shared: &Arc<Shared<D>>, names: Vec<DeviceName>, result: &mut RunResult) {
    let mut set = JoinSet::new();
    let mut begun = BTreeSet::new();
    for name in names {
        let shared = Arc::clone(shared);
        begun.insert(name.clone());
        set.spawn(async move {
            let started = Instant::now();
            let outcome = shared.device(&name).await;
            (name, DeviceResult { outcome, took: started.elapsed() })
        });
    }
    while let Some(done) = set.join_next().await {
        if let Ok((name, device)) = done {
            shared.tell(Event::Done(name.clone(), device.outcome.clone(), device.took));
            begun.remove(&name);
            result.devices.insert(name, device);
        }
    }
    // A worker that panicked leaves its device in an unknown state, and that is what is said.
    for name in begun {
        let outcome = Outcome::InBetween("the worker of this device ended unexpectedly".to_owned());
        shared.tell(Event::Done(name.clone(), outcome.clone(), Duration::ZERO));
        result.devices.insert(name, DeviceResult { outcome, took: Duration::ZERO });
    }
}

fn reason_to_stop<D>(shared: &Shared<D>, plan: &Plan, wave: &Wave, result: &RunResult) -> Option<String> {
    let failures = result.devices.values().filter(|device| device.outcome.is_failure()).count();
    let budget = plan.push.failure_budget.max(1);
    if *shared.stop.borrow() != Stop::No {
        return Some("the operator stopped the run".to_owned());
    }
    if wave.canary && failures > 0 {
        return Some("the first device failed".to_owned());
    }
    (failures as u64 >= u64::from(budget)).then(|| format!("{failures} of {budget} allowed failures used"))
}

/// Keeps the plan beside the journal, so that a run can be reported on when its file is gone.
fn keep<D>(setup: &Setup<D>) -> Result<(), RunError> {
    let folder = setup.state.join("plans");
    let failed = |error: String| RunError::Plan(error);
    std::fs::create_dir_all(&folder).map_err(|error| failed(error.to_string()))?;
    setup.stored.save(&folder.join(format!("{}.json", setup.stored.id))).map_err(|error| failed(error.to_string()))
}

impl<D> Shared<D> {
    fn tell(&self, event: Event) {
        // Nobody watching is no reason to stop.
        drop(self.events.send(event));
    }

    fn wants(&self, name: &DeviceName) -> bool {
        self.setup.target.as_ref().is_none_or(|target| target.contains(name))
    }

    fn lab(&self) -> bool {
        self.setup.stored.plan.lab
    }

    fn lost(&self, what: String) {
        self.unjournalled.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn platform(&self, name: &str) -> Option<Arc<Platform>> {
        self.setup.library.get(name).map(|entry| Arc::clone(&entry.platform))
    }
}

impl<D: Dial> Shared<D> {
    /// What a device calls the change of this run: the same in each of its sessions, and never that of another run of this
    /// journal, whose timer may still be on its way.
    fn attempt(&self, name: &DeviceName) -> String {
        let mut whole = Digest::of(format!("{}\n{}\n{name}", self.setup.stored.id, self.run).as_bytes()).to_string();
        whole.retain(|c| c.is_ascii_hexdigit());
        whole.chars().rev().take(16).collect()
    }

    /// Locks, journals the intent, changes, journals the outcome.
    async fn device(&self, name: &DeviceName) -> Outcome {
        let Some(device) = self.setup.stored.plan.device(name.as_str()) else {
            return Outcome::Failed("the plan does not have it".to_owned());
        };
        let _lock = match Lock::device(&self.setup.state, name.as_str()) {
            Ok(lock) => lock,
            Err(error @ LockError::Held { .. }) => return Outcome::Refused(error.to_string()),
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        let intent = journal::Event::Intent {
            run: self.run,
            device: name.clone(),
            from: device.running.clone(),
            commands: device.commands.len(),
            attempt: Some(self.attempt(name)),
        };
        if let Err(error) = self.journal.append((self.setup.clock)(), intent) {
            return Outcome::Failed(format!("nothing was sent, since the journal cannot be written: {error}"));
        }
        let started = Instant::now();
        let outcome = match self.platform(&device.platform) {
            Some(platform) => change::change(self, device, &platform).await,
            None => Outcome::Failed(format!("no platform is called `{}`", device.platform)),
        };
        let done = journal::Event::Outcome {
            run: self.run,
            device: name.clone(),
            outcome: outcome.word().to_owned(),
            detail: outcome.detail(),
            millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        if let Err(error) = self.journal.append((self.setup.clock)(), done) {
            self.lost(format!("{name} {}: {error}", outcome.word()));
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
