//! `samnet trust`: accepts a device's SSH host key.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use russh::keys::ssh_key::PublicKey;

use super::{Context, Failure, Outcome};
use crate::derive::derive;
use crate::device::{self, Dialer, Endpoint, Timeouts, Verdict};
use crate::secret::Vault;
use crate::value::DeviceName;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet trust aml-stadshuset-sw01
  samnet trust aml-stadshuset-sw01 --fingerprint SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDKzGnpzIZ…
  samnet trust 10.64.0.9:2222 --yes

Fetches the key that the device shows, without logging in, and writes it to .samnet/known_hosts. Compare
the fingerprint with the device's own console first: `show ip ssh`, `ssh-keygen -lf /etc/ssh/…_key.pub`.")]
pub struct Args {
    /// Devices by name, or hosts (HOST[:PORT]) in no inventory
    #[arg(value_name = "DEVICE", required = true)]
    devices: Vec<String>,
    /// Accept only this key; asks nothing
    #[arg(long, value_name = "SHA256:…")]
    fingerprint: Option<String>,
    /// Strike out the key on file when it is another
    #[arg(long)]
    replace: bool,
    /// Accept without asking, whatever the key
    #[arg(long, conflicts_with = "fingerprint")]
    yes: bool,
    /// Longest wait for each step, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: Option<u64>,
}

/// Does it.
///
/// # Errors
/// When a device shows no key, shows another than expected, or nobody accepts it.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    if args.fingerprint.is_some() && args.devices.len() > 1 {
        return Err(Failure::usage("--fingerprint goes with one device"));
    }
    let root = context.global.directory.clone();
    let timeouts = args.timeout.map_or_else(Timeouts::default, |seconds| Timeouts::all(Duration::from_secs(seconds)));
    let dialer = Dialer::new(root.join(device::KNOWN_HOSTS), timeouts);
    let endpoints = args.devices.iter().map(|name| resolve(context, name)).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Runtime::new()?;
    for endpoint in &endpoints {
        let shown = runtime.block_on(dialer.host_key(endpoint));
        let key = shown
            .map_err(|error| Failure::failed(format!("failed to get the host key of {}: {error}", endpoint.device)))?;
        decide(context, args, &dialer, endpoint, &key)?;
    }
    Ok(Outcome::Done)
}

/// A device of the inventory, or a host as it stands.
fn resolve(context: &Context, name: &str) -> Result<Endpoint, Failure> {
    if let Some(name) = name.parse::<DeviceName>().ok().filter(|_| context.global.directory.join("inventory").is_dir())
    {
        let project = context.project()?;
        let (derived, _) = derive(&project.loaded.network);
        if derived.devices.contains_key(&name) {
            let vault = Vault::open(&project.loaded.network, &project.root);
            return device::endpoint(&project.loaded.network, &derived, &name, &vault)
                .map_err(|error| Failure::failed(format!("failed to reach {name}: {error}")));
        }
    }
    let (host, port) = device::host_and_port(name)
        .ok_or_else(|| Failure::failed(format!("`{name}` is neither a device of the inventory nor a host")))?;
    Ok(Endpoint {
        device: name.to_owned(),
        host,
        port,
        user: String::new(),
        credentials: Vec::new(),
        jump: None,
        algorithms: crate::model::Algorithms::Legacy,
        enable: None,
    })
}

fn decide(
    context: &mut Context,
    args: &Args,
    dialer: &Dialer,
    endpoint: &Endpoint,
    key: &PublicKey,
) -> Result<(), Failure> {
    let hosts = dialer.hosts();
    let name = &endpoint.device;
    let fingerprint = device::fingerprint(key);
    let failed = |error: device::HostsError| Failure::failed(error.to_string());
    let verdict = hosts.check(&endpoint.host, endpoint.port, key).map_err(failed)?;
    let place = |line: usize| format!("{}:{line}", hosts.path().display());
    if !context.global.quiet {
        let host = device::host_name(&endpoint.host, endpoint.port);
        writeln!(context.err, "{name} ({host}) shows {} {fingerprint}", key.algorithm())?;
    }
    if args.fingerprint.as_ref().is_some_and(|wanted| *wanted != fingerprint) {
        return Err(Failure::failed(format!("{name} shows another key than --fingerprint names: {fingerprint}"))
            .help("somebody may stand in between; nothing was written"));
    }
    match verdict {
        Verdict::Known => {
            writeln!(context.out, "{name} is known already")?;
            return Ok(());
        }
        Verdict::Revoked { line } => {
            return Err(Failure::failed(format!("the key of {name} is revoked in {}", place(line))));
        }
        Verdict::Changed { line, expected } if !args.replace => {
            return Err(Failure::failed(format!("{} says {expected} for {name}", place(line)))
                .help(format!("only if you know why: `samnet trust {name} --replace --fingerprint {fingerprint}`")));
        }
        Verdict::Changed { line, expected } if !context.global.quiet => {
            writeln!(context.err, "on file is {expected}, in {}", place(line))?;
        }
        Verdict::Unknown | Verdict::Changed { .. } => {}
    }
    if args.fingerprint.is_none() && !args.yes {
        confirm(context, name, &fingerprint)?;
    }
    if args.replace {
        hosts.replace(&endpoint.host, endpoint.port, key).map_err(failed)?;
    } else {
        hosts.add(&endpoint.host, endpoint.port, key).map_err(failed)?;
    }
    writeln!(context.out, "{name} is trusted from now on, {} has its key", hosts.path().display())?;
    Ok(())
}

fn confirm(context: &mut Context, name: &str, fingerprint: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::refused(format!("nobody is there to accept the key of {name}"))
            .help(format!("`samnet trust {name} --fingerprint {fingerprint}` once you have compared it")));
    }
    write!(context.err, "Is that what the device's own console says? Type yes: ")?;
    context.err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    Err(Failure::refused(format!("the key of {name} was not accepted; nothing was written")))
}
