//! `samnet demo`: the whole main job in a copy of the example, against the built-in lab.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Parser as _;
use include_dir::{Dir, include_dir};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};

use super::context::Project;
use super::{Cli, Context, Failure, Outcome, fleet};
use crate::lab::project::State;
use crate::lab::{Lab, Options, project};

static INVENTORY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/inventory");
static POLICIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// Who signs the demo's plan; the example's change rules ask for two.
const SIGNERS: [&str; 2] = ["natverk@demo.example", "sakerhet@demo.example"];

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  samnet demo
  samnet demo --dir /tmp/dalsland     keep the copy there

Copies the example of four municipalities, serves its devices on loopback as each municipality had them
before, and does with the ordinary commands what a network specialist does: validate, plan, approve (with
two throw-away keys), apply, plan again, audit, report. Needs no root, no network and no packages, and
touches nothing outside its folder.")]
pub struct Args {
    /// Folder for the copy; it must not exist, or be empty [default: a new one below the system's temporary folder]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

/// Does the whole job.
///
/// # Errors
/// When a step fails, or Ctrl-C was pressed.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let root = scratch(args.dir.as_deref())?;
    let runtime = tokio::runtime::Runtime::new()?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    runtime.spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            flag.store(true, Ordering::SeqCst);
        }
    });
    let mut demo = Demo { context, root, interrupted };
    let outcome = demo.play(&runtime);
    demo.close(began, &outcome)?;
    outcome
}

struct Demo<'a> {
    context: &'a mut Context,
    root: PathBuf,
    interrupted: Arc<AtomicBool>,
}

impl Demo<'_> {
    fn play(&mut self, runtime: &tokio::runtime::Runtime) -> Result<Outcome, Failure> {
        self.say("The inventory of four municipalities, copied here to be played with.")?;
        copy(&INVENTORY, &self.root.join("inventory"))?;
        copy(&POLICIES, &self.root.join("policies"))?;
        let keys = self.signers()?;
        self.step(&["validate"])?;
        self.say("Every device, emulated on loopback over real SSH, as each municipality had it before:\nother VLAN numbers, other wireless names, old device names, no filters.")?;
        let lab = self.lab(runtime)?;
        let changed = self.change(&keys);
        // The devices go whatever happened; the folder stays.
        runtime.block_on(lab.stop());
        project::remove_places(&self.root);
        changed
    }

    fn change(&mut self, keys: &[PathBuf]) -> Result<Outcome, Failure> {
        self.say("What would change; nothing is changed by asking.")?;
        self.step(&["plan", "--lab", "--out", "plan.json"])?;
        self.say("One device of it, every command with its reason (the first lines).")?;
        self.excerpt()?;
        self.say("Two people sign, here with throw-away keys; the plan's author is not one of them.")?;
        for key in keys {
            self.step(&["approve", "plan.json", "--key", &key.display().to_string()])?;
        }
        self.say("The push: one device alone first, then in waves. Each keeps its change only after a new login.")?;
        self.step(&["apply", "plan.json", "--yes"])?;
        self.say("A second plan: every device is read again, and nothing is left to do.")?;
        let second = self.step(&["plan", "--lab", "--detailed-exitcode"])?;
        self.say("The journal is whole, and the report is for whoever was not there.")?;
        self.step(&["audit", "verify"])?;
        self.step(&["report", "1", "--html", "report.html"])?;
        match second {
            Outcome::Done => Ok(Outcome::Done),
            Outcome::Changes | Outcome::Findings => Err(Failure::failed("the second plan was not empty")),
        }
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.alive()?;
        let style = anstyle::Style::new().bold();
        for line in std::iter::once("").chain(text.lines()) {
            writeln!(self.context.out, "{style}{line}{style:#}")?;
        }
        Ok(())
    }

    /// Runs a command as if it had been typed in the folder.
    fn step(&mut self, words: &[&str]) -> Result<Outcome, Failure> {
        self.alive()?;
        let style = anstyle::AnsiColor::Cyan.on_default();
        let root = self.root.display().to_string();
        writeln!(self.context.out, "{style}$ samnet {}{style:#}", words.join(" ").replace(&format!("{root}/"), ""))?;
        self.context.out.flush()?;
        let mut line = vec!["samnet", "-C", &root];
        let color = match self.context.global.color {
            super::Color::Auto => "auto",
            super::Color::Always => "always",
            super::Color::Never => "never",
        };
        line.extend(["--color", color]);
        // Files of a command line stand relative to where it is typed; here that is the folder.
        let full: Vec<String> = words.iter().map(|word| self.placed(word)).collect();
        line.extend(full.iter().map(String::as_str));
        let cli = Cli::try_parse_from(line).map_err(|error| Failure::usage(error.to_string()))?;
        let mut context = Context::new(cli.global);
        let outcome = super::run(&mut context, &cli.command);
        context.out.flush()?;
        match outcome {
            Ok(Outcome::Findings) => Err(Failure::failed(format!("samnet {} found errors", words.join(" ")))),
            other => other,
        }
    }

    fn placed(&self, word: &str) -> String {
        match word {
            "plan.json" | "report.html" => self.root.join(word).display().to_string(),
            other => other.to_owned(),
        }
    }

    /// The first lines of one switch's part of the plan.
    fn excerpt(&mut self) -> Result<(), Failure> {
        let path = self.root.join("plan.json");
        let stored = fleet::load_plan(&path)?;
        let Some(device) = stored.plan.changing().find(|device| device.role == crate::model::Role::Access) else {
            return Ok(());
        };
        let style = anstyle::AnsiColor::Cyan.on_default();
        let name = &device.name;
        writeln!(self.context.out, "{style}$ samnet plan --show plan.json --device {name} | head -n 24{style:#}")?;
        for line in crate::report::plan::device(device).lines().take(24) {
            writeln!(self.context.out, "{line}")?;
        }
        Ok(())
    }

    fn lab(&mut self, runtime: &tokio::runtime::Runtime) -> Result<Lab, Failure> {
        let style = anstyle::AnsiColor::Cyan.on_default();
        writeln!(self.context.out, "{style}$ samnet lab up{style:#}")?;
        let mut project = Project::open(&self.root)?;
        let derived = fleet::sound(&mut project, fleet::Gate { lab: true, ..fleet::Gate::default() })?;
        let failed = |error: &dyn std::fmt::Display| Failure::failed(format!("failed to start the lab: {error}"));
        let network = &project.loaded.network;
        project::create_missing_secrets(&self.root, network).map_err(|error| failed(&error))?;
        let devices = project::devices(&self.root, network, &derived, &project.library, State::Before);
        let devices = devices.map_err(|error| failed(&error))?;
        let _entered = runtime.enter();
        let lab = Lab::start(devices, Options::default()).map_err(|error| failed(&error))?;
        project::write_places(&self.root, &lab).map_err(|error| failed(&error))?;
        writeln!(self.context.out, "{} devices are up", derived.configured().count())?;
        Ok(lab)
    }

    /// Two throw-away keys, and their lines in the copy's `allowed_signers`.
    fn signers(&mut self) -> Result<Vec<PathBuf>, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::failed(format!("failed to make a key: {error}"));
        let folder = self.root.join(".samnet/demo");
        std::fs::create_dir_all(&folder)?;
        let allowed = self.root.join("policies/allowed_signers");
        let mut lines = std::fs::read_to_string(&allowed)?;
        let mut paths = Vec::new();
        for who in SIGNERS {
            let mut key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519)
                .map_err(|error| failed(&error))?;
            key.set_comment(who);
            let path = folder.join(who.split('@').next().unwrap_or(who));
            key.write_openssh_file(&path, LineEnding::LF).map_err(|error| failed(&error))?;
            let public = key.public_key().to_openssh().map_err(|error| failed(&error))?;
            lines.push_str(&format!("{who} namespaces=\"samnet-plan\" {public}\n"));
            paths.push(path);
        }
        std::fs::write(&allowed, lines)?;
        Ok(paths)
    }

    fn alive(&self) -> Result<(), Failure> {
        if self.interrupted.load(Ordering::SeqCst) {
            return Err(Failure::failed("interrupted"));
        }
        Ok(())
    }

    fn close(&mut self, began: Instant, outcome: &Result<Outcome, Failure>) -> Result<(), Failure> {
        let root = self.root.display();
        let style = anstyle::Style::new().bold();
        if outcome.is_ok() {
            writeln!(self.context.out, "\n{style}Done in {:.0} s.{style:#}", began.elapsed().as_secs_f64())?;
            writeln!(self.context.out, "  report   {root}/report.html")?;
            writeln!(self.context.out, "  plan     {root}/plan.json, signed in plan.json.sigs/")?;
            writeln!(self.context.out, "  journal  {root}/.samnet/journal/")?;
        }
        writeln!(self.context.out, "  folder   {root}")?;
        if outcome.is_ok() {
            writeln!(
                self.context.out,
                "\n  To go on: samnet -C {root} lab up --intended, change the inventory there, plan --lab again"
            )?;
        }
        Ok(())
    }
}

/// A folder of its own: the one asked for, when nothing stands in it, or a new one.
fn scratch(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(folder) = asked else {
        let folder = tempfile::Builder::new().prefix("samnet-demo-").tempdir()?;
        return Ok(folder.keep());
    };
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(Failure::failed(format!("{} is not empty", folder.display())).help("name a new folder"));
    }
    Ok(std::path::absolute(folder)?)
}

fn copy(from: &Dir<'_>, to: &Path) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(to)?;
        from.extract(to)
    };
    write().map_err(|error| Failure::failed(format!("failed to write {}: {error}", to.display())))
}
