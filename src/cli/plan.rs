//! `samnet plan`: says what would change.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueHint;

use super::{Context, Failure, Outcome, fleet};
use crate::derive::Derived;
use crate::plan::{self, Address, Inputs, Reading, Stored};
use crate::secret::{FingerprintKey, Sealed, Vault};
use crate::value::DeviceName;
use crate::{approval, rego, report};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet plan --out plan.json                       read every device, say what would change, keep the plan
  samnet plan --target site:karlbergsskolan+role:access
  samnet plan --offline --running running/          compare with files, one DEVICE.cfg each
  samnet plan --show plan.json --device aml-karlberg-sw01   every command, in order, with the reason

What `samnet validate` calls an error, your own rules included, becomes no plan, unless a baseline accepted it.

A plan changes nothing. It is for the people who approve it (samnet approve) and for samnet apply, which
sends what it says and nothing else. Secrets stand in it as fingerprints, ⟪16 digits⟫.

Formats: human, json (the plan itself). Exit code 1 when a device could not be read; with
--detailed-exitcode, 2 when there are changes.")]
pub struct Args {
    /// Only these devices: a name, site:X, org:X, role:X, platform:X, tag:X; comma or, + and, ! not
    #[arg(long, value_name = "SEL")]
    target: Option<String>,
    /// Keep the plan in this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Connect to nothing: compare with files
    #[arg(long, requires = "running", conflicts_with = "lab")]
    offline: bool,
    /// Folder of running configurations, as `samnet read --out` writes them
    #[arg(long, value_name = "DIR", requires = "offline", value_hint = ValueHint::DirPath)]
    running: Option<PathBuf>,
    /// Read the devices of the running lab
    #[arg(long)]
    lab: bool,
    /// Errors that this file of `validate --write-baseline` knows do not stop the plan
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    /// Time for all rules in policies/checks together, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = rego::TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    rule_timeout: u64,
    /// End with exit code 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Who makes the plan [default: git's user.email, else USER@HOST]
    #[arg(long, value_name = "WHO")]
    author: Option<String>,
    /// Show a plan that was kept, and make none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "out", "offline", "lab", "author"], value_hint = ValueHint::FilePath)]
    show: Option<PathBuf>,
    /// Show one device's commands
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
}

/// Makes a plan, or shows one.
///
/// # Errors
/// When the inventory has errors, no device is meant, or a file cannot be read or written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let json = context.format(&["human", "json"])? == "json";
    let stored = match &args.show {
        Some(path) => fleet::load_plan(path)?,
        None => make(context, args)?,
    };
    if let Some(path) = &args.out {
        stored.save(path).map_err(|error| Failure::failed(format!("failed to write the plan: {error}")))?;
    }
    if json {
        write!(context.out, "{}", stored.text())?;
    } else if let Some(name) = &args.device {
        let device = stored.plan.device(name).ok_or_else(|| {
            Failure::failed(format!("plan {} has no device `{name}`", stored.id.short()))
                .help("samnet plan --show FILE names those that change")
        })?;
        write!(context.out, "{}", report::plan::device(device))?;
    } else {
        let change = context.project()?.loaded.network.policy.change;
        let needed = approval::needed(&stored.plan, &change);
        write!(context.out, "{}", report::plan::terminal(&stored, &needed))?;
        let path = args.out.as_ref().or(args.show.as_ref());
        next(context, path.map(PathBuf::as_path), &stored)?;
    }
    let (missing, read) = (stored.plan.missing.len(), stored.plan.devices.len());
    if args.show.is_none() && missing > 0 {
        let failure = Failure::failed(format!("{missing} of {} devices could not be planned", missing + read));
        return Err(if read > 0 { failure.help("the plan covers the others") } else { failure });
    }
    let changes = args.detailed_exitcode && !stored.plan.is_empty();
    Ok(if changes { Outcome::Changes } else { Outcome::Done })
}

/// What to do with it.
fn next(context: &mut Context, path: Option<&Path>, stored: &Stored) -> Result<(), Failure> {
    let Some(first) = stored.plan.changing().next().filter(|_| !context.global.quiet) else { return Ok(()) };
    let Some(path) = path.map(Path::display) else {
        writeln!(context.out, "\n  samnet plan --out plan.json keeps it, to be approved and applied")?;
        return Ok(());
    };
    let device = format!("samnet plan --show {path} --device {}", first.name);
    let wide = device.chars().count();
    writeln!(context.out, "\n  {device}  every command, in order, with the reason")?;
    writeln!(context.out, "  {:wide$}  for review", format!("samnet report {path} --html plan.html"))?;
    writeln!(context.out, "  samnet approve {path}")?;
    Ok(())
}

fn make(context: &mut Context, args: &Args) -> Result<Stored, Failure> {
    let mut project = context.project()?;
    let gate = fleet::Gate { rules: Some(args.rule_timeout), baseline: args.baseline.as_deref(), lab: false };
    let derived = fleet::sound(&mut project, gate)?;
    let network = &project.loaded.network;
    let names = fleet::meant(network, &derived, args.target.as_deref())?;
    let vault = Vault::open(network, &project.root);
    fleet::warn(context, &project, &vault.findings())?;
    let key = open_key(&project.root)?;
    let readings = match &args.running {
        Some(folder) => files(folder, &names, &derived)?,
        None => fleet::read(context, &project, &derived, &vault, &names, args.lab)?,
    };
    let author = args.author.clone().unwrap_or_else(|| fleet::who(&project.root));
    let sealed = |name: &DeviceName| -> Result<_, Failure> {
        let record = Sealed::open(&project.root.join(".samnet"), args.lab, name.as_str(), key.clone());
        let record =
            record.map_err(|error| Failure::failed(format!("failed to open the record of sealed secrets: {error}")))?;
        Ok((name.clone(), Arc::new(record)))
    };
    let plan = plan::build(&Inputs {
        network,
        derived: &derived,
        library: &project.library,
        vault: &vault,
        key: &key,
        sealed: names.iter().map(sealed).collect::<Result<_, _>>()?,
        inventory: &project.loaded.digest(),
        author: &author,
        created: jiff::Timestamp::now(),
        target: args.target.as_deref(),
        lab: args.lab,
        readings,
    });
    Ok(Stored::new(plan))
}

pub(super) fn open_key(root: &Path) -> Result<FingerprintKey, Failure> {
    FingerprintKey::open(&root.join(".samnet"))
        .map_err(|error| Failure::failed(format!("failed to open the fingerprint key: {error}")))
}

/// Running configurations from files: `DEVICE.cfg`, `.conf` or `.txt`.
fn files(
    folder: &Path,
    names: &[DeviceName],
    derived: &Derived,
) -> Result<BTreeMap<DeviceName, Result<Reading, String>>, Failure> {
    if !folder.is_dir() {
        return Err(Failure::failed(format!("{} is no folder", folder.display())));
    }
    let read = |name: &DeviceName| -> Result<Reading, String> {
        let candidates = ["cfg", "conf", "txt"].map(|kind| folder.join(format!("{name}.{kind}")));
        let path = candidates.iter().find(|path| path.exists());
        let path = path.ok_or_else(|| format!("no {name}.cfg in {}", folder.display()))?;
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let facts = derived.devices.get(name);
        let address = facts.map(|facts| Address { host: facts.host.to_string(), port: facts.port });
        let address = address.ok_or_else(|| "no device is called so".to_owned())?;
        Ok(Reading { address, text: String::from_utf8_lossy(&bytes).into_owned() })
    };
    Ok(names.iter().map(|name| (name.clone(), read(name))).collect())
}
