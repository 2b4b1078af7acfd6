//! `samnet apply`: pushes an approved plan.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::context::Project;
use super::signals::Signals;
use super::{Context, Failure, Outcome, approve, fleet, guard, plan};
use crate::apply::{self, Event, Outcome as DeviceOutcome, RunResult, Setup, Stage, Stop, Wave, session};
use crate::derive::Derived;
use crate::journal::{self, Approver, Journal};
use crate::plan::Stored;
use crate::secret::Vault;
use crate::value::DeviceName;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet apply plan.json
  samnet apply plan.json --target site:karlbergsskolan --yes

Nothing is sent unless the plan is as it was made and has the signatures it needs. Each device is read
first and refused if it is no longer what the plan saw; the others go on. A change is kept only after a new
login has shown that the device runs what was intended, and taken back otherwise.

A run that was killed is taken up by the same command: devices that are done are kept and saved, devices
that went back are changed again.

Ctrl-C (or SIGTERM, or a closed terminal) once finishes the devices in hand and begins no other; twice takes
those back.

Exit code 0: every device is as intended. 1: something failed or was left out. 3: a rule refused the plan
or a device, and nothing failed.")]
pub struct Args {
    /// The plan to apply
    #[arg(value_name = "PLAN", value_hint = ValueHint::FilePath)]
    plan: PathBuf,
    /// Only these of its devices: a name, site:X, org:X, role:X, platform:X, tag:X; comma or, + and, ! not
    #[arg(long, value_name = "SEL")]
    target: Option<String>,
    /// Do not ask before it begins
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Applies a plan.
///
/// # Errors
/// When the plan is refused, the run cannot begin, or a device fails or is refused.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let stored = Arc::new(fleet::load_plan(&args.plan)?);
    let project = context.project()?;
    // Rules that cannot be read must not pass for rules that ask for nothing.
    let derived = fleet::legible(&project)?;
    let network = &project.loaded.network;
    let key = plan::open_key(&project.root)?;
    let signers = if approval_needed(&stored, &project) {
        approve::signers(&project.root, &network.policy.change)?
    } else {
        crate::approval::Signers::default()
    };
    let verdict = approve::verdict(&stored, &args.plan, &network.policy.change, &signers)?;
    let state = project.root.join(".samnet");
    let journal = Journal::new(&state);
    apply::admit(&stored, network, &key, &verdict).map_err(|refusal| {
        let (plan, operator, reason) = (stored.id.clone(), fleet::who(&project.root), refusal.to_string());
        // A journal that cannot be written is no reason to let the plan through, and hides no reason.
        let noted = journal.append(Timestamp::now(), journal::Event::Refused { plan, operator, reason });
        let unnoted = noted.err().map(|error| format!("\nthis refusal could not be journalled: {error}"));
        Failure::refused(format!("{refusal}{}", unnoted.unwrap_or_default())).help(refusal.help())
    })?;
    let target = match &args.target {
        Some(text) => Some(fleet::meant(network, &derived, Some(text))?.into_iter().collect::<BTreeSet<_>>()),
        None => None,
    };
    let wanted = |name: &DeviceName| target.as_ref().is_none_or(|target| target.contains(name));
    let names: Vec<DeviceName> =
        stored.plan.changing().map(|device| device.name.clone()).filter(|name| wanted(name)).collect();
    if names.is_empty() {
        writeln!(context.out, "plan {} has nothing to change on these devices", stored.id.short())?;
        return Ok(Outcome::Done);
    }
    if stored.plan.inventory != project.loaded.digest() {
        let said = "the inventory has changed since this plan was made; what is pushed is what the plan says";
        writeln!(context.err, "note: {said}")?;
    }
    if journal::verify(&journal).is_ok_and(|report| !report.faults.is_empty()) {
        writeln!(context.err, "warning: the journal is not sound; `samnet audit verify` says what is wrong")?;
    }
    tell_unfinished(context, &journal)?;
    if !agreed(context, args, names.len())? {
        return Err(Failure::refused("you said no; nothing was sent"));
    }
    let approved: Vec<Approver> =
        verdict.good.iter().map(|good| Approver { principal: good.principal.clone(), key: good.key.clone() }).collect();
    let dial = dial(&project, &derived, &stored, &names)?;
    let setup = Setup {
        stored: Arc::clone(&stored),
        library: Arc::new(project.library.clone()),
        vault: Arc::new(Vault::open(network, &project.root)),
        key,
        state,
        approved,
        operator: fleet::who(&project.root),
        target,
        dial: Arc::new(dial),
        clock: Timestamp::now,
    };
    let by: Vec<String> = setup.approved.iter().map(|by| by.principal.clone()).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(watched(context, &stored, &by, setup))?;
    summary(context, &stored, &result)
}

fn approval_needed(stored: &Stored, project: &Project) -> bool {
    crate::approval::needed(&stored.plan, &project.loaded.network.policy.change).signatures > 0
}

fn dial(
    project: &Project,
    derived: &Derived,
    stored: &Stored,
    names: &[DeviceName],
) -> Result<session::Network, Failure> {
    let vault = Vault::open(&project.loaded.network, &project.root);
    let endpoints = fleet::ways(project, derived, &vault, names, stored.plan.lab)?;
    Ok(session::Network { dialer: fleet::dialer(&project.root, stored.plan.lab), endpoints })
}

fn tell_unfinished(context: &mut Context, journal: &Journal) -> Result<(), Failure> {
    let open = journal.unfinished().map_err(|error| Failure::failed(format!("failed to read the journal: {error}")))?;
    for entry in open {
        if let journal::Event::Intent { run, device, .. } = &entry.event {
            writeln!(
                context.err,
                "run {run} began to change {device} and has not ended; where it was killed, the device is read again now, \
                 and kept, changed or refused"
            )?;
        }
    }
    Ok(())
}

fn agreed(context: &mut Context, args: &Args, devices: usize) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::refused("nobody is there to say yes").help("--yes begins without asking"));
    }
    let word = if devices == 1 { "device" } else { "devices" };
    write!(context.err, "change {devices} {word}? [y/N] ")?;
    context.err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Runs, shows events as they come, and listens for signals.
async fn watched(
    context: &mut Context,
    stored: &Stored,
    approved: &[String],
    setup: Setup<session::Network>,
) -> Result<RunResult, Failure> {
    let (events, mut seen) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(Stop::No);
    let mut view = View::new(context.interactive(), context.global.quiet);
    let mut signals = Signals::listen()?;
    let mut running = tokio::spawn(apply::run(setup, events, stopped));
    let result = loop {
        tokio::select! {
            // Events first, so that none is lost when the run ends.
            biased;
            // Whoever watched may have left; the devices in hand must not be dropped for that.
            Some(event) = seen.recv() => drop(view.show(context, stored, approved, &event)),
            () = signals.next() => {
                let next = after(*stop.borrow());
                drop(view.say(context, told(next)));
                stop.send_replace(next);
            }
            ended = &mut running => break ended,
        }
    };
    view.end();
    let result = result.map_err(|error| Failure::failed(format!("the run ended unexpectedly: {error}")))?;
    result.map_err(|error| match error {
        apply::RunError::Lock(crate::journal::LockError::Held { .. }) => Failure::refused(error.to_string()),
        other => Failure::failed(format!("failed to apply: {other}")),
    })
}

const fn after(asked: Stop) -> Stop {
    match asked {
        Stop::No => Stop::Finish,
        Stop::Finish | Stop::RollBack => Stop::RollBack,
    }
}

const fn told(next: Stop) -> &'static str {
    match next {
        Stop::RollBack => "taking the devices in hand back",
        _ => "finishing the devices in hand, beginning no other; Ctrl-C again takes those back",
    }
}

/// A bar per wave on a terminal, plain lines elsewhere.
struct View {
    bar: Option<indicatif::ProgressBar>,
    interactive: bool,
    quiet: bool,
    waves: Vec<Wave>,
}

impl View {
    const fn new(interactive: bool, quiet: bool) -> Self {
        Self { bar: None, interactive, quiet, waves: Vec::new() }
    }

    fn say(&self, context: &mut Context, line: &str) -> Result<(), Failure> {
        match &self.bar {
            Some(bar) => bar.println(guard::shown(line)),
            None => writeln!(context.err, "{line}")?,
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn show(
        &mut self,
        context: &mut Context,
        stored: &Stored,
        approved: &[String],
        event: &Event,
    ) -> Result<(), Failure> {
        match event {
            Event::Started { run, waves } => {
                self.waves.clone_from(waves);
                let by = if approved.is_empty() { "nobody needed".to_owned() } else { approved.join(", ") };
                let line = format!("Run {run:04} of plan {} · approved by {by}", stored.id.short());
                if !self.quiet {
                    self.say(context, &line)?;
                }
            }
            Event::Wave(number) => {
                self.end();
                let Some(wave) = self.waves.get(*number).filter(|_| !self.quiet) else { return Ok(()) };
                let title = format!("wave {} of {}  {}", number + 1, self.waves.len(), wave.title);
                if self.interactive {
                    let style = indicatif::ProgressStyle::with_template("  {prefix:24} {bar:16} {pos}/{len}  {msg}");
                    let bar = indicatif::ProgressBar::new(wave.devices.len() as u64).with_prefix(title);
                    self.bar = Some(style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style)));
                } else {
                    let count = wave.devices.len();
                    let word = if count == 1 { "device" } else { "devices" };
                    writeln!(context.err, "{title}  {count} {word}")?;
                }
            }
            Event::Stage(device, stage) => {
                if let Some(bar) = &self.bar {
                    bar.set_message(guard::shown(&format!("{device} {}", doing(stage))));
                }
                if let (Stage::RollingBack(why), None, false) = (stage, &self.bar, self.quiet) {
                    writeln!(context.err, "  {device}  rolling back: {why}")?;
                }
            }
            // They are told together, when all is over.
            Event::Done(_, DeviceOutcome::Skipped(_), _) => {}
            Event::Done(device, outcome, took) => {
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
                let line = format!("  {device}  {}  {}", done(outcome), seconds(*took));
                if !self.quiet {
                    self.say(context, &line)?;
                }
            }
        }
        Ok(())
    }
}

fn doing(stage: &Stage) -> String {
    match stage {
        Stage::Connecting => "logging in".to_owned(),
        Stage::Checking => "reading".to_owned(),
        Stage::Preparing => "taking a checkpoint".to_owned(),
        Stage::Sending { sent, of } => format!("sending {sent}/{of}"),
        Stage::Verifying => "waiting for new login".to_owned(),
        Stage::Confirming => "confirming".to_owned(),
        Stage::Saving => "saving".to_owned(),
        Stage::RollingBack(_) => "rolling back".to_owned(),
    }
}

const fn done(outcome: &DeviceOutcome) -> &'static str {
    match outcome {
        DeviceOutcome::Confirmed => "confirmed, saved",
        DeviceOutcome::Already => "was as intended, saved",
        DeviceOutcome::Stale { .. } => "refused: no longer what the plan saw",
        DeviceOutcome::Refused(_) => "refused",
        DeviceOutcome::RolledBack(_) => "rolled back: the device is as it was",
        DeviceOutcome::Failed(_) => "failed: the device is as it was",
        DeviceOutcome::Unsaved(_) => "NOT SAVED",
        DeviceOutcome::InBetween(_) => "IN BETWEEN: look at it now",
        DeviceOutcome::Skipped(_) => "not begun",
    }
}

fn seconds(took: Duration) -> String {
    if took.is_zero() { String::new() } else { format!("{:.1} s", took.as_secs_f64()) }
}

/// So many devices that were not begun are told by name.
const FEW: usize = 8;

/// What did not go as planned, device by device, and how it ended.
fn summary(context: &mut Context, stored: &Stored, result: &RunResult) -> Result<Outcome, Failure> {
    let id = stored.id.short();
    for (name, device) in &result.devices {
        match &device.outcome {
            DeviceOutcome::Stale { added, removed } => stale(context, id, name, added, removed)?,
            DeviceOutcome::Confirmed | DeviceOutcome::Already | DeviceOutcome::Skipped(_) => {}
            other => {
                writeln!(context.err, "\n{name}: {}", done(other))?;
                other.detail().lines().try_for_each(|line| writeln!(context.err, "  {line}"))?;
            }
        }
    }
    for lost in &result.unjournalled {
        writeln!(context.err, "\nNOT IN THE JOURNAL: {lost}")?;
    }
    if let Some(why) = &result.stopped {
        writeln!(context.err, "\nthe run stopped: {why}")?;
        let left = result.devices.iter().filter(|(_, device)| matches!(device.outcome, DeviceOutcome::Skipped(_)));
        let left: Vec<&str> = left.map(|(name, _)| name.as_str()).collect();
        let shown = left.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
        match left.len() {
            0 => {}
            many @ 1..=FEW => writeln!(context.err, "  not begun ({many}): {shown}")?,
            many => writeln!(context.err, "  not begun ({many}): {shown} and {} more", many - FEW)?,
        }
    }
    let tally: BTreeMap<String, usize> = result.tally();
    let tally: Vec<String> = tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
    writeln!(context.out, "run {} of plan {id}: {}", result.run, tally.join(", "))?;
    let left = result.devices.values().filter(|device| !device.outcome.is_done()).count();
    let of = result.devices.len();
    match result.exit_code() {
        0 => Ok(Outcome::Done),
        3 => Err(Failure::refused(format!("{left} of {of} devices; the others are as intended"))
            .help("make a new plan for those that were refused")),
        _ => Err(Failure::failed(format!("{left} of {of} devices are not as intended"))
            .help(format!("samnet report {} tells the whole run; samnet apply takes it up again", result.run))),
    }
}

fn stale(
    context: &mut Context,
    plan: &str,
    name: &DeviceName,
    added: &[String],
    removed: &[String],
) -> Result<(), Failure> {
    let red = anstyle::AnsiColor::Red.on_default();
    let green = anstyle::AnsiColor::Green.on_default();
    writeln!(context.err, "\nrefused: {name} is not what plan {plan} saw")?;
    writeln!(context.err, "\n  since the plan was made, on the device:")?;
    for line in removed {
        writeln!(context.err, "   {red}- {line}{red:#}")?;
    }
    for line in added {
        writeln!(context.err, "   {green}+ {line}{green:#}")?;
    }
    writeln!(context.err, "\n  nothing was sent to {name}; the other devices are not affected by this")?;
    Ok(())
}
