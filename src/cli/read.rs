//! `samnet read`: reads running configurations, secrets masked.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;

use super::context::Project;
use super::fleet::{self, Way};
use super::{Context, Failure, Outcome};
use crate::derive::derive;
use crate::device::{self, Credential, DeviceError, Dialer, Endpoint, Timeouts};
use crate::model::Algorithms;
use crate::platform::{Library, Platform};
use crate::secret::{FingerprintKey, Masker, Vault};
use crate::value::DeviceName;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet read aml-stadshuset-sw01
  samnet read --target site:karlbergsskolan --out running
  samnet read --platform NAME --host 10.64.0.9 --user admin --password-env PW --accept-new-host-key

Reading sends only the commands that the platform's data declares for reading; none of them changes
anything. Secrets are replaced by fingerprints (⟪16 digits⟫): equal secrets look equal.")]
pub struct Args {
    #[command(flatten)]
    who: Who,
    /// Write one file per device into this folder; one that says the same already is left alone
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Show secrets
    #[arg(long)]
    raw: bool,
    /// Devices read at once
    #[arg(long, value_name = "N", default_value_t = device::AT_ONCE)]
    at_once: usize,
}

/// Which devices are meant, of the inventory or of none, and how to log in to one of none.
#[derive(Debug, clap::Args)]
pub(super) struct Who {
    /// Devices by name; all of the inventory without any
    #[arg(value_name = "DEVICE", conflicts_with = "host")]
    devices: Vec<String>,
    /// Devices by selector: site:X, org:X, role:X, platform:X, tag:X; comma or, + and, ! not
    #[arg(long, value_name = "SEL", conflicts_with_all = ["devices", "host"])]
    target: Option<String>,
    /// Devices of the running lab
    #[arg(long, conflicts_with = "host")]
    lab: bool,
    /// Longest wait for each step, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: Option<u64>,
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
    /// Environment variable that holds the password of its privileged mode (`enable`); the login's password is tried without one
    #[arg(long, value_name = "VAR", requires = "host")]
    enable_env: Option<String>,
    /// Also offer what old devices need: SHA-1 signatures, CBC
    #[arg(long, requires = "host")]
    legacy: bool,
    /// Write down the host key of a device that has none on file
    #[arg(long)]
    accept_new_host_key: bool,
}

impl Who {
    /// Opens connections with the host keys of the field, or of the lab.
    pub(super) fn dialer(&self, root: &Path) -> Dialer {
        let known_hosts = root.join(if self.lab { device::LAB_KNOWN_HOSTS } else { device::KNOWN_HOSTS });
        let timeouts =
            self.timeout.map_or_else(Timeouts::default, |seconds| Timeouts::all(Duration::from_secs(seconds)));
        Dialer::new(known_hosts, timeouts).accept_new_host_keys(self.accept_new_host_key)
    }

    /// The devices that are meant, each with the way to it.
    ///
    /// # Errors
    /// When the arguments make no sense, or nothing is meant.
    pub(super) fn jobs(&self, context: &mut Context) -> Result<Vec<Job>, Failure> {
        if let Some(host) = &self.host {
            return Ok(vec![stranger(&context.global.directory.clone(), self, host)?]);
        }
        let project = context.project()?;
        known(context, &project, self)
    }

    /// The way out of what went wrong with a device.
    pub(super) fn help(&self, name: &str, error: &DeviceError) -> Option<String> {
        help(self, name, error)
    }
}

/// One device to read, and how to log in to it.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) way: Way,
}

/// What came of it: the configuration, masked unless asked otherwise, or why not, with a way out.
struct Read {
    name: String,
    platform: String,
    outcome: Result<String, (String, Option<String>)>,
}

/// Does it.
///
/// # Errors
/// When the arguments make no sense, nothing is to be read, or a device cannot be read.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let format = context.format(&["text", "json"])?.to_owned();
    let root = context.global.directory.clone();
    let dialer = args.who.dialer(&root);
    let jobs = args.who.jobs(context)?;
    let key = match (args.raw, &args.who.host) {
        (true, _) => None,
        (false, Some(_)) => Some(passing_key(&root)?),
        (false, None) => Some(open_key(&root)?),
    };
    let folder = args.out.as_deref().map(Folder::new).transpose()?;
    let results = read(context, args, &dialer, jobs, key.as_ref(), folder.as_ref())?;
    match (&args.out, format.as_str()) {
        (Some(_), _) => {}
        (None, "json") => json(context, &results)?,
        (None, _) => text(context, &results)?,
    }
    account(context, args, &results)
}

fn stranger(root: &Path, args: &Who, host: &str) -> Result<Job, Failure> {
    let (address, port) = device::host_and_port(host).ok_or_else(|| {
        Failure::usage(format!("`{host}` is no host; write HOST or HOST:PORT, IPv6 as [ADDRESS]:PORT"))
    })?;
    let wanted = args.platform.clone().unwrap_or_default();
    let library = library(root)?;
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
    Ok(Job { name: host.to_owned(), way: Ok((endpoint, platform)) })
}

/// Every platform that is known in a folder, be it a project or not.
pub(super) fn library(root: &Path) -> Result<Library, Failure> {
    Library::load(root).map_err(|error| Failure::failed(format!("failed to load platform data: {error}")))
}

fn from_environment(variable: &str) -> Result<String, Failure> {
    let missing = || Failure::failed(format!("the environment variable {variable} is not set, or is not text"));
    std::env::var(variable).map_err(|_| missing())
}

fn find(library: &Library, name: &str) -> Result<Arc<Platform>, Failure> {
    library.get(name).map(|entry| Arc::clone(&entry.platform)).ok_or_else(|| {
        let names: Vec<&str> = library.names().collect();
        Failure::usage(format!("unknown platform `{name}`")).help(format!("known are {}", names.join(", ")))
    })
}

fn known(context: &mut Context, project: &Project, args: &Who) -> Result<Vec<Job>, Failure> {
    let network = &project.loaded.network;
    let (derived, more) = derive(network);
    let mut findings = project.findings().iter().chain(&more);
    let sound = !findings.any(|finding| finding.severity == crate::finding::Severity::Error);
    if !sound {
        writeln!(context.err, "warning: the inventory has errors; `samnet validate` shows them")?;
    }
    let names: Vec<DeviceName> = if args.devices.is_empty() {
        fleet::meant(network, &derived, args.target.as_deref())?
    } else {
        let name = |text: &String| {
            let name: Option<DeviceName> = text.parse().ok();
            let facts = name.and_then(|name| derived.devices.get(&name)).ok_or_else(|| unknown(text, sound))?;
            match facts.controllers.first() {
                None => Ok(facts.name.clone()),
                Some(controller) => Err(Failure::failed(format!("`{text}` holds no configuration of its own"))
                    .help(format!("`{controller}` configures it"))),
            }
        };
        args.devices.iter().map(name).collect::<Result<_, _>>()?
    };
    let vault = Vault::open(network, &project.root);
    let ways = fleet::ways(project, &derived, &vault, &names, args.lab)?;
    Ok(ways.into_iter().map(|(name, way)| Job { name: name.to_string(), way }).collect())
}

fn unknown(text: &str, sound: bool) -> Failure {
    if !sound {
        let help = "`samnet validate` shows the errors";
        return Failure::failed(format!("no device is called `{text}`, or an error keeps it out")).help(help);
    }
    let help =
        "`samnet show site NAME` lists those of a site; for a device in no inventory use --platform, --host and --user";
    Failure::failed(format!("no device is called `{text}`")).help(help)
}

fn open_key(root: &Path) -> Result<FingerprintKey, Failure> {
    FingerprintKey::open(&root.join(".samnet"))
        .map_err(|error| Failure::failed(format!("failed to open the fingerprint key: {error}")))
}

/// The project's key where there is a project, else one that dies with the program: reading a device in
/// no inventory leaves nothing behind in a folder that is none of ours.
fn passing_key(root: &Path) -> Result<FingerprintKey, Failure> {
    if root.join(".samnet/fingerprint.key").exists() {
        return open_key(root);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random bytes: {error}")))?;
    Ok(FingerprintKey::from_bytes(bytes))
}

fn read(
    context: &Context,
    args: &Args,
    dialer: &Dialer,
    jobs: Vec<Job>,
    key: Option<&FingerprintKey>,
    folder: Option<&Folder>,
) -> Result<Vec<Read>, Failure> {
    let bar = context.bar(jobs.len(), "reading");
    // One for all devices of a platform: its patterns are made ready once.
    let mut maskers: BTreeMap<String, Masker> = BTreeMap::new();
    let mut show = |platform: &Platform, text: String| match key {
        Some(key) => {
            let masker = || Masker::new(platform, key.clone());
            maskers.entry(platform.name.clone()).or_insert_with(masker).mask(&text)
        }
        None => text,
    };
    let (mut reached, mut names) = (Vec::new(), Vec::new());
    for job in &jobs {
        if let Ok((endpoint, platform)) = &job.way {
            reached.push((endpoint.clone(), Arc::clone(platform)));
            names.push((&job.name, platform));
        }
    }
    // A file stands there as soon as its device was read: what stops half-way keeps what it has.
    let done = |at: usize, result: Result<String, DeviceError>| {
        bar.inc(1);
        let Some((name, platform)) = names.get(at) else { return Err(("it was not read".to_owned(), None)) };
        match (result, folder) {
            (Ok(text), Some(folder)) => match folder.save(name, &show(platform, text)) {
                Ok(()) => Ok(String::new()),
                Err(error) => Err((folder.failed(&error), None)),
            },
            (Ok(text), None) => Ok(show(platform, text)),
            (Err(error), _) => Err((error.to_string(), args.who.help(name, &error))),
        }
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut results = runtime.block_on(device::read_all(dialer, reached, args.at_once, done)).into_iter();
    bar.finish_and_clear();
    let outcome = |Job { name, way }| {
        let (platform, outcome) = match way {
            Err(reason) => (String::new(), Err((reason, None))),
            Ok((_, platform)) => {
                let outcome = results.next().unwrap_or_else(|| Err(("it was not read".to_owned(), None)));
                (platform.name.clone(), outcome)
            }
        };
        Read { name, platform, outcome }
    };
    Ok(jobs.into_iter().map(outcome).collect())
}

/// A folder with a file for each device.
struct Folder<'f>(&'f Path);

impl<'f> Folder<'f> {
    fn new(path: &'f Path) -> Result<Self, Failure> {
        let folder = Self(path);
        std::fs::create_dir_all(path).map_err(|error| Failure::failed(folder.failed(&error)))?;
        Ok(folder)
    }

    fn save(&self, device: &str, text: &str) -> std::io::Result<()> {
        let safe = |c: char| if c.is_alphanumeric() || "-._".contains(c) { c } else { '_' };
        let name: String = device.chars().map(safe).collect();
        let path = self.0.join(format!("{name}.cfg"));
        // With --raw it holds secrets, and an old one may be open to all.
        let own = std::fs::metadata(&path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o777 == 0o600);
        if own && std::fs::read(&path).is_ok_and(|have| have == text.as_bytes()) {
            return Ok(());
        }
        // Through a new file of mode 0600: whoever reads it meanwhile finds the old one or the new one.
        let mut file = tempfile::NamedTempFile::new_in(self.0)?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> String {
        format!("failed to write into {}: {error}", self.0.display())
    }
}

fn text(context: &mut Context, results: &[Read]) -> Result<(), Failure> {
    for read in results {
        let Ok(text) = &read.outcome else { continue };
        // One device alone gives its configuration and nothing else, ready for a file or a pipe.
        if results.len() > 1 {
            writeln!(context.out, "==> {} <==", read.name)?;
        }
        context.verbatim(text)?;
        if results.len() > 1 {
            writeln!(context.out)?;
        }
    }
    Ok(())
}

fn json(context: &mut Context, results: &[Read]) -> Result<(), Failure> {
    let entry = |read: &Read| match &read.outcome {
        Ok(text) => serde_json::json!({ "device": read.name, "platform": read.platform, "running": text }),
        Err((reason, _)) => serde_json::json!({ "device": read.name, "platform": read.platform, "error": reason }),
    };
    let devices: Vec<serde_json::Value> = results.iter().map(entry).collect();
    let document = serde_json::json!({ "format": "samnet-read", "version": 1, "devices": devices });
    writeln!(context.out, "{document:#}")?;
    Ok(())
}

/// What failed, and how it ended.
fn account(context: &mut Context, args: &Args, results: &[Read]) -> Result<Outcome, Failure> {
    let failed = results.iter().filter_map(|read| Some((&read.name, read.outcome.as_ref().err()?)));
    let failed: Vec<(&String, &(String, Option<String>))> = failed.collect();
    if let ([(name, (reason, help))], [_]) = (failed.as_slice(), results) {
        let failure = Failure::failed(format!("failed to read {name}: {reason}"));
        return Err(match help {
            Some(help) => failure.help(help),
            None => failure,
        });
    }
    for (name, (reason, help)) in &failed {
        writeln!(context.err, "error: failed to read {name}: {reason}")?;
        if let Some(help) = help {
            writeln!(context.err, "  help: {help}")?;
        }
    }
    if let (Some(folder), false) = (&args.out, context.global.quiet) {
        let count = results.len() - failed.len();
        let what = if count == 1 { "configuration" } else { "configurations" };
        writeln!(context.err, "{count} {what} written to {}", folder.display())?;
    }
    if failed.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(Failure::failed(format!("{} of {} devices could not be read", failed.len(), results.len())))
}

fn help(args: &Who, name: &str, error: &DeviceError) -> Option<String> {
    if let DeviceError::Timeout { .. } | DeviceError::NoPrompt { .. } = error {
        return Some("`--timeout SECONDS` waits longer".into());
    }
    let help = error.help(name)?;
    Some(match (&args.host, error) {
        (Some(_), DeviceError::HostKeyUnknown { .. }) => format!("{help}; or --accept-new-host-key"),
        (Some(_), DeviceError::LoginRefused { .. }) if help.starts_with("see `login`") => {
            "name a --key or a --password-env, or load the key into an agent".into()
        }
        (Some(_), DeviceError::NoCommonAlgorithm { .. }) => "for an old device, add --legacy".into(),
        _ => help,
    })
}
