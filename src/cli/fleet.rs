//! What `plan` and `apply` share: which devices are meant, how to reach them, who is at the keyboard.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::context::Project;
use super::{Context, Failure};
use crate::check::Told;
use crate::derive::{Derived, DeviceFacts, Selector, derive};
use crate::device::{self, Dialer, Endpoint, Timeouts};
use crate::finding::{Baseline, Finding, any_error};
use crate::model::Network;
use crate::plan::{Address, PlanError, Reading, Stored};
use crate::platform::Platform;
use crate::review::{Rendering, Review, Scope};
use crate::secret::Vault;
use crate::value::DeviceName;

/// How to log in to a device, or why that is not known.
pub(super) type Way = Result<(Endpoint, Arc<Platform>), String>;

/// Reads a plan file.
pub(super) fn load_plan(path: &Path) -> Result<Stored, Failure> {
    Stored::load(path).map_err(|error| match error {
        PlanError::Newer { .. } => Failure::refused(error.to_string()),
        PlanError::Altered { .. } => {
            Failure::refused(error.to_string()).help("what was approved is not what stands there; make a new plan")
        }
        _ => Failure::failed(format!("failed to read the plan: {error}")),
    })
}

/// What else an inventory is judged by before it becomes a plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate<'a> {
    /// Seconds for the project's own rules; without, they are not asked.
    pub(super) rules: Option<u64>,
    /// What was accepted before.
    pub(super) baseline: Option<&'a Path>,
    /// Whether what the lab ran before matters.
    pub(super) lab: bool,
}

/// What follows from an inventory in which `validate` finds no error, or none that a baseline does not know.
///
/// What expires when is for `validate` alone, so that a plan depends on the inventory and on no day.
pub(super) fn sound(project: &mut Project, gate: Gate<'_>) -> Result<Derived, Failure> {
    let host = gate.rules.map(|seconds| super::check::host(Duration::from_secs(seconds))).transpose()?;
    let scope = |told: Told| Scope {
        as_of: None,
        rendering: Rendering::Usual,
        rules: host.as_ref(),
        lab: gate.lab,
        lab_text: None,
        told,
    };
    let Review { derived, mut findings, unasked } = project.review(scope(Told::Once));
    if let Some(error) = unasked {
        return Err(Failure::failed(error.to_string()));
    }
    if let Some(path) = gate.baseline {
        let baseline = super::validate::read_baseline(path)?;
        findings = unknown(&baseline, project, findings);
        // What it knows may hide what it does not.
        if !any_error(&findings) {
            let Review { findings: hidden, unasked, .. } = project.review(scope(Told::All));
            if let Some(error) = unasked {
                return Err(Failure::failed(error.to_string()));
            }
            findings = unknown(&baseline, project, hidden);
        }
    }
    if any_error(&findings) { Err(unsound()) } else { Ok(derived) }
}

/// The findings that a baseline does not know.
fn unknown(baseline: &Baseline, project: &Project, findings: Vec<Finding>) -> Vec<Finding> {
    let news = baseline.news(&project.loaded.sources, &findings);
    findings.into_iter().zip(news).filter(|(_, new)| *new).map(|(finding, _)| finding).collect()
}

/// What follows from an inventory that could be read: enough for what was planned and approved before.
pub(super) fn legible(project: &Project) -> Result<Derived, Failure> {
    let (derived, more) = derive(&project.loaded.network);
    if any_error(project.findings()) || any_error(&more) { Err(unsound()) } else { Ok(derived) }
}

fn unsound() -> Failure {
    // How many there are, without those that follow from others, is for `validate` to say.
    Failure::failed("the inventory has errors").help("samnet validate shows them")
}

/// Says that a selector means no device, and which of its words no device has.
fn nobody(network: &Network, derived: &Derived, target: Option<&str>) -> Failure {
    let stranger = target.and_then(|text| text.parse::<Selector>().ok()?.stranger(network, derived));
    match stranger {
        Some((word, Some(near))) => {
            Failure::failed(format!("no device is meant: there is no `{word}`")).help(format!("did you mean `{near}`?"))
        }
        Some((word, None)) => Failure::failed(format!("no device is meant: there is no `{word}`"))
            .help("samnet show site NAME lists those of a site"),
        None => Failure::failed("no device is meant").help("samnet show site NAME lists those of a site"),
    }
}

/// The devices a selector means, by name.
pub(super) fn meant(network: &Network, derived: &Derived, target: Option<&str>) -> Result<Vec<DeviceName>, Failure> {
    let names: Vec<DeviceName> = match target {
        None => derived.configured().map(|facts| facts.name.clone()).collect(),
        Some(text) => {
            let selector: Selector = text.parse().map_err(|error| Failure::usage(format!("{error}")))?;
            let admitted = derived.devices.values().filter(|facts| selector.admits(network, facts));
            let (own, led): (Vec<_>, Vec<_>) = admitted.partition(|facts| facts.is_configured());
            if let (true, Some(one)) = (own.is_empty(), led.first())
                && let Some(controller) = one.controllers.first()
            {
                let message = format!("`{}` holds no configuration of its own", one.name);
                return Err(Failure::failed(message).help(format!("`{controller}` configures it")));
            }
            own.into_iter().map(|facts| facts.name.clone()).collect()
        }
    };
    if names.is_empty() {
        return Err(nobody(network, derived, target));
    }
    Ok(names)
}

/// The devices a selector means, by name, with those that a controller configures.
pub(super) fn standing(network: &Network, derived: &Derived, target: Option<&str>) -> Result<Vec<DeviceName>, Failure> {
    let selector = target.map(str::parse::<Selector>).transpose();
    let selector = selector.map_err(|error| Failure::usage(format!("{error}")))?;
    let admitted = |facts: &&DeviceFacts| selector.as_ref().is_none_or(|selector| selector.admits(network, facts));
    let names: Vec<DeviceName> = derived.devices.values().filter(admitted).map(|facts| facts.name.clone()).collect();
    if names.is_empty() {
        return Err(nobody(network, derived, target));
    }
    Ok(names)
}

/// Prints warnings that stop nothing.
pub(super) fn warn(context: &mut Context, project: &Project, findings: &[Finding]) -> Result<(), Failure> {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    for finding in findings {
        let place = finding.span.map(|span| format!("{}: ", project.loaded.sources.place(span))).unwrap_or_default();
        writeln!(context.err, "{style}warning{style:#}[{}]: {place}{}", finding.code, finding.message)?;
        if let Some(help) = &finding.help {
            writeln!(context.err, "  help: {help}")?;
        }
    }
    Ok(())
}

/// How to log in to each device: in the field, or in the lab.
pub(super) fn ways(
    project: &Project,
    derived: &Derived,
    vault: &Vault,
    names: &[DeviceName],
    lab: bool,
) -> Result<BTreeMap<DeviceName, Way>, Failure> {
    let network = &project.loaded.network;
    let emulated = lab.then(|| device::lab_endpoints(&project.root)).transpose();
    let emulated = emulated.map_err(|error| Failure::failed(error.to_string()).help("samnet lab up starts the lab"))?;
    let way = |name: &DeviceName| -> Way {
        let mut endpoint = device::endpoint(network, derived, name, vault).map_err(|error| error.to_string())?;
        if let Some(emulated) = &emulated {
            let place = emulated.get(name.as_str()).ok_or_else(|| "the running lab does not have it".to_owned())?;
            endpoint = endpoint.in_lab(&project.root, &place.0, place.1);
        }
        let facts = derived.devices.get(name).ok_or_else(|| "no device is called so".to_owned())?;
        let entry = project.library.get(facts.platform.as_str());
        let entry = entry.ok_or_else(|| format!("no platform is called `{}`", facts.platform))?;
        Ok((endpoint, Arc::clone(&entry.platform)))
    };
    Ok(names.iter().map(|name| (name.clone(), way(name))).collect())
}

/// Opens connections with the host keys of the field, or of the lab.
pub(super) fn dialer(root: &Path, lab: bool) -> Dialer {
    let hosts = if lab { device::LAB_KNOWN_HOSTS } else { device::KNOWN_HOSTS };
    Dialer::new(root.join(hosts), Timeouts::default())
}

/// Reads devices, many at once, with a bar for whoever watches.
pub(super) fn read(
    context: &Context,
    project: &Project,
    derived: &Derived,
    vault: &Vault,
    names: &[DeviceName],
    lab: bool,
) -> Result<BTreeMap<DeviceName, Result<Reading, String>>, Failure> {
    let bar = context.bar(names.len(), "reading");
    let mut readings = BTreeMap::new();
    let mut reached = Vec::new();
    let mut jobs = Vec::new();
    for (name, way) in ways(project, derived, vault, names, lab)? {
        match way {
            Ok((endpoint, platform)) => {
                reached.push((name, Address { host: endpoint.host.clone(), port: endpoint.port }));
                jobs.push((endpoint, platform));
            }
            Err(reason) => {
                readings.insert(name, Err(reason));
            }
        }
    }
    let dialer = dialer(&project.root, lab);
    let runtime = tokio::runtime::Runtime::new()?;
    let done = |_, result| {
        bar.inc(1);
        result
    };
    let results = runtime.block_on(device::read_all(&dialer, jobs, device::AT_ONCE, done));
    bar.finish_and_clear();
    for ((name, address), result) in reached.into_iter().zip(results) {
        let reading = result.map(|text| Reading { address, text }).map_err(|error| match error.help(name.as_str()) {
            Some(help) => format!("{error}\nhelp: {help}"),
            None => error.to_string(),
        });
        readings.insert(name, reading);
    }
    Ok(readings)
}

/// Who is at the keyboard: git's `user.email`, else `USER@HOST`.
pub(super) fn who(root: &Path) -> String {
    let said = |program: &str, arguments: &[&str]| -> Option<String> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root).stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.output().ok().filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    said("git", &["config", "user.email"]).unwrap_or_else(|| {
        let user =
            std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned());
        format!("{user}@{}", host.ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned()))
    })
}
