//! `samnet read`: reads running configurations, secrets masked.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;

use super::context::Project;
use super::{Context, Failure, Outcome};
use crate::derive::{Selector, derive};
use crate::device::{self, Credential, DeviceError, Dialer, Endpoint, Timeouts};
use crate::model::Algorithms;
use crate::platform::{Library, Platform};
use crate::secret::{FingerprintKey, Masker, Vault};
use crate::value::DeviceName;

/// Arguments as typed.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet read aml-stadshuset-sw01
  samnet read --target site:karlbergsskolan --out running
  samnet read --platform cisco_iosxe --host 10.64.0.9 --user admin --password-env PW --accept-new-host-key

Reading sends only the commands that the platform's data declares for reading; none of them changes
anything. Secrets are replaced by fingerprints (⟪16 digits⟫): equal secrets look equal.")]
pub struct Args {
    /// Devices by name; all of the inventory without any
    #[arg(value_name = "DEVICE", conflicts_with = "host")]
    devices: Vec<String>,
    /// Devices by selector: site:X, org:X, role:X, platform:X, tag:X; comma or, + and, ! not
    #[arg(long, value_name = "SEL", conflicts_with_all = ["devices", "host"])]
    target: Option<String>,
    /// Write one file per device into this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Read the devices of the running lab
    #[arg(long, conflicts_with = "host")]
    lab: bool,
    /// Show secrets
    #[arg(long)]
    raw: bool,
    /// Longest wait for each step, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: Option<u64>,
    /// Devices read at once
    #[arg(long, value_name = "N", default_value_t = device::AT_ONCE)]
    at_once: usize,
    /// Platform of a device in no inventory
    #[arg(long, value_name = "P", requires = "host")]
    platform: Option<String>,
    /// Address of a device in no inventory
    #[arg(long, value_name = "HOST[:PORT]", requires_all = ["platform", "user"])]
    host: Option<String>,
    /// User name on that device
    #[arg(long, value_name = "U", requires = "host")]
    user: Option<String>,
    /// Private key file for that device; the SSH agent without one
    #[arg(long, value_name = "F", requires = "host", conflicts_with = "password_env", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,
    /// Environment variable that holds the password for that device
    #[arg(long, value_name = "VAR", requires = "host")]
    password_env: Option<String>,
    /// Environment variable that holds the password of its privileged mode
    #[arg(long, value_name = "VAR", requires = "host")]
    enable_env: Option<String>,
    /// Also offer what old devices need: SHA-1 signatures, CBC
    #[arg(long, requires = "host")]
    legacy: bool,
    /// Write down the host key of a device that has none on file
    #[arg(long)]
    accept_new_host_key: bool,
}

/// One device to read, resolved.
struct Job {
    name: String,
    platform: Arc<Platform>,
    endpoint: Endpoint,
}

/// Does it.
///
/// # Errors
/// When the arguments make no sense, nothing is to be read, or a device cannot be read.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let format = context.format(&["text", "json"])?.to_owned();
    let root = context.global.directory.clone();
    let known_hosts = root.join(if args.lab { device::LAB_KNOWN_HOSTS } else { device::KNOWN_HOSTS });
    let timeouts = args.timeout.map_or_else(Timeouts::default, |seconds| Timeouts::all(Duration::from_secs(seconds)));
    let dialer = Dialer::new(known_hosts, timeouts).accept_new_host_keys(args.accept_new_host_key);
    let (jobs, key) = if let Some(host) = &args.host {
        (vec![stranger(&root, args, host)?], passing_key(&root, args.raw)?)
    } else {
        let project = context.project()?;
        let jobs = known(context, &project, args)?;
        let key = if args.raw { None } else { Some(open_key(&root)?) };
        (jobs, key)
    };
    let results = read(context, &dialer, &jobs, args.at_once)?;
    let shown: Vec<Result<String, &DeviceError>> = jobs
        .iter()
        .zip(&results)
        .map(|(job, result)| match (result, &key) {
            (Ok(text), Some(key)) => Ok(Masker::new(&job.platform, key.clone()).mask(text)),
            (Ok(text), None) => Ok(text.clone()),
            (Err(error), _) => Err(error),
        })
        .collect();
    match (&args.out, format.as_str()) {
        (Some(folder), _) => save(folder, &jobs, &shown)?,
        (None, "json") => json(context, &jobs, &shown)?,
        (None, _) => text(context, &jobs, &shown)?,
    }
    account(context, args, &jobs, &shown)
}

fn stranger(root: &Path, args: &Args, host: &str) -> Result<Job, Failure> {
    let (address, port) = device::host_and_port(host).ok_or_else(|| {
        Failure::usage(format!("`{host}` is no host; write HOST or HOST:PORT, IPv6 as [ADDRESS]:PORT"))
    })?;
    let wanted = args.platform.clone().unwrap_or_default();
    let library =
        Library::load(root).map_err(|error| Failure::failed(format!("failed to load platform data: {error}")))?;
    let platform = find(&library, &wanted)?;
    let credential = match (&args.key, &args.password_env) {
        (Some(path), _) => Credential::KeyFile(path.clone()),
        (None, Some(variable)) => Credential::Password(from_environment(variable)?.into()),
        (None, None) => Credential::Agent(None),
    };
    let endpoint = Endpoint {
        device: host.to_owned(),
        host: address,
        port,
        user: args.user.clone().unwrap_or_default(),
        credentials: vec![credential],
        jump: None,
        algorithms: if args.legacy { Algorithms::Legacy } else { Algorithms::Modern },
        enable: args.enable_env.as_deref().map(from_environment).transpose()?.map(Into::into),
    };
    Ok(Job { name: host.to_owned(), platform, endpoint })
}

fn from_environment(variable: &str) -> Result<String, Failure> {
    let missing = || Failure::failed(format!("the environment variable {variable} is not set, or is not text"));
    std::env::var(variable).map_err(|_| missing())
}

fn find(library: &Library, name: &str) -> Result<Arc<Platform>, Failure> {
    library.get(name).map(|entry| Arc::clone(&entry.platform)).ok_or_else(|| {
        let names: Vec<&str> = library.iter().map(|(name, _)| name).collect();
        Failure::usage(format!("unknown platform `{name}`")).help(format!("known are {}", names.join(", ")))
    })
}

fn known(context: &mut Context, project: &Project, args: &Args) -> Result<Vec<Job>, Failure> {
    let network = &project.loaded.network;
    let (derived, more) = derive(network);
    let findings = project.findings().iter().chain(&more);
    let errors = findings.filter(|finding| finding.severity == crate::finding::Severity::Error).count();
    if errors > 0 {
        writeln!(context.err, "warning: the inventory has {errors} errors; `samnet validate` shows them")?;
    }
    let names: Vec<DeviceName> = match &args.target {
        Some(target) => {
            let selector: Selector = target.parse().map_err(|error| Failure::usage(format!("{error}")))?;
            selector.devices(network, &derived).into_iter().cloned().collect()
        }
        None if args.devices.is_empty() => derived.devices.keys().cloned().collect(),
        None => args
            .devices
            .iter()
            .map(|text| {
                let name: Option<DeviceName> = text.parse().ok();
                let name = name.filter(|name| derived.devices.contains_key(name));
                name.ok_or_else(|| unknown(text))
            })
            .collect::<Result<_, _>>()?,
    };
    if names.is_empty() {
        let help = "`samnet show devices` lists those of the inventory";
        return Err(Failure::failed("no device is meant").help(help));
    }
    let vault = Vault::open(network, &project.root);
    let lab = args.lab.then(|| device::lab_endpoints(&project.root)).transpose();
    let lab = lab.map_err(|error| Failure::failed(error.to_string()))?;
    names
        .iter()
        .map(|name| {
            let failed = |reason: String| Failure::failed(format!("failed to reach {name}: {reason}"));
            let mut endpoint =
                device::endpoint(network, &derived, name, &vault).map_err(|error| failed(error.to_string()))?;
            if let Some(lab) = &lab {
                let place = lab.get(name.as_str()).ok_or_else(|| failed("the running lab does not have it".into()))?;
                endpoint = endpoint.in_lab(&place.0, place.1);
            }
            let wanted = derived.devices.get(name).map(|facts| facts.platform.to_string()).unwrap_or_default();
            let platform = find(&project.library, &wanted).map_err(|_| failed(format!("no platform `{wanted}`")))?;
            Ok(Job { name: name.to_string(), platform, endpoint })
        })
        .collect()
}

fn unknown(text: &str) -> Failure {
    let help = "`samnet show devices` lists them; for a device in no inventory use --platform, --host and --user";
    Failure::failed(format!("no device is called `{text}`")).help(help)
}

fn open_key(root: &Path) -> Result<FingerprintKey, Failure> {
    FingerprintKey::open(&root.join(".samnet"))
        .map_err(|error| Failure::failed(format!("failed to open the fingerprint key: {error}")))
}

/// The project's key where there is a project, else one that dies with the program: reading a device in
/// no inventory leaves nothing behind in a folder that is none of ours.
fn passing_key(root: &Path, raw: bool) -> Result<Option<FingerprintKey>, Failure> {
    if raw {
        return Ok(None);
    }
    if root.join(".samnet/fingerprint.key").exists() {
        return open_key(root).map(Some);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random bytes: {error}")))?;
    Ok(Some(FingerprintKey::from_bytes(bytes)))
}

fn read(
    context: &Context,
    dialer: &Dialer,
    jobs: &[Job],
    at_once: usize,
) -> Result<Vec<Result<String, DeviceError>>, Failure> {
    let bar = if context.interactive() && jobs.len() > 1 {
        indicatif::ProgressBar::new(jobs.len() as u64)
    } else {
        indicatif::ProgressBar::hidden()
    };
    let devices = jobs.iter().map(|job| (job.endpoint.clone(), Arc::clone(&job.platform))).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    let results = runtime.block_on(device::read_all(dialer, devices, at_once, |_, _| bar.inc(1)));
    bar.finish_and_clear();
    Ok(results)
}

type Shown<'e> = [Result<String, &'e DeviceError>];

fn text(context: &mut Context, jobs: &[Job], shown: &Shown<'_>) -> Result<(), Failure> {
    for (job, text) in jobs.iter().zip(shown) {
        let Ok(text) = text else { continue };
        // One device alone gives its configuration and nothing else, ready for a file or a pipe.
        if jobs.len() > 1 {
            writeln!(context.out, "==> {} <==", job.name)?;
        }
        context.out.write_all(text.as_bytes())?;
        if jobs.len() > 1 {
            writeln!(context.out)?;
        }
    }
    Ok(())
}

fn json(context: &mut Context, jobs: &[Job], shown: &Shown<'_>) -> Result<(), Failure> {
    let devices: Vec<serde_json::Value> = jobs
        .iter()
        .zip(shown)
        .map(|(job, text)| {
            let mut entry = serde_json::json!({ "device": job.name, "platform": job.platform.name });
            let (key, value) = match text {
                Ok(text) => ("running", text.clone()),
                Err(error) => ("error", error.to_string()),
            };
            if let Some(entry) = entry.as_object_mut() {
                entry.insert(key.to_owned(), value.into());
            }
            entry
        })
        .collect();
    let document = serde_json::json!({ "format": "samnet-read", "version": 1, "devices": devices });
    writeln!(context.out, "{document:#}")?;
    Ok(())
}

fn save(folder: &Path, jobs: &[Job], shown: &Shown<'_>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("failed to write into {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (job, text) in jobs.iter().zip(shown) {
        let Ok(text) = text else { continue };
        let name: String =
            job.name.chars().map(|c| if c.is_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect();
        // Through a new file of mode 0600: with --raw it holds secrets, and an old one may be open to all.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.persist(folder.join(format!("{name}.cfg"))).map_err(|error| failed(error.error))?;
    }
    Ok(())
}

/// What failed, and how it ended.
fn account(context: &mut Context, args: &Args, jobs: &[Job], shown: &Shown<'_>) -> Result<Outcome, Failure> {
    let failed: Vec<(&Job, &DeviceError)> =
        jobs.iter().zip(shown).filter_map(|(job, result)| result.as_ref().err().map(|error| (job, *error))).collect();
    if let ([(job, error)], [_]) = (failed.as_slice(), jobs) {
        let failure = Failure::failed(format!("failed to read {}: {error}", job.name));
        return Err(match help(args, job, error) {
            Some(help) => failure.help(help),
            None => failure,
        });
    }
    for (job, error) in &failed {
        writeln!(context.err, "error: failed to read {}: {error}", job.name)?;
        if let Some(help) = help(args, job, error) {
            writeln!(context.err, "  help: {help}")?;
        }
    }
    if let (Some(folder), false) = (&args.out, context.global.quiet) {
        writeln!(context.err, "{} configurations written to {}", jobs.len() - failed.len(), folder.display())?;
    }
    if failed.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(Failure::failed(format!("{} of {} devices could not be read", failed.len(), jobs.len())))
}

fn help(args: &Args, job: &Job, error: &DeviceError) -> Option<String> {
    let help = error.help(&job.name)?;
    Some(match (&args.host, error) {
        (Some(_), DeviceError::HostKeyUnknown { .. }) => format!("{help}; or --accept-new-host-key"),
        (Some(_), DeviceError::LoginRefused { .. }) => {
            "name a --key or a --password-env, or load the key into an agent".into()
        }
        (Some(_), DeviceError::NoCommonAlgorithm { .. }) => "for an old device, add --legacy".into(),
        _ => help,
    })
}
