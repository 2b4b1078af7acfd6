//! `samnet lab`: emulated devices of the whole inventory.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;

use super::context::Project;
use super::signals::Signals;
use super::{Context, Failure, Outcome, fleet};
use crate::device;
use crate::lab::before::Before;
use crate::lab::project::{self, State};
use crate::lab::{self, Fault, Lab, Options};
use crate::model::SecretSource;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  samnet lab up                  serve every device until Ctrl-C\n  samnet plan --lab --out p.json  in another window: read them, say what would change\n  samnet lab down                stop it from there"
)]
pub struct Args {
    /// What to do with the lab
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serves every device of the inventory on loopback, until Ctrl-C
    #[command(
        after_help = "Examples:\n  samnet lab up\n  samnet lab up --intended --port 0\n\nDevices log in with the inventory's own user and password; missing `file:` secrets below .samnet/ are made up."
    )]
    Up(Up),
    /// Stops the running lab of this project
    #[command(after_help = "Example:\n  samnet lab down")]
    Down,
    /// Says whether a lab runs, and where its devices answer
    #[command(after_help = "Examples:\n  samnet lab status\n  samnet lab status --format json")]
    Status,
    /// Lets something go wrong with a device of the running lab, or heals it
    #[command(
        after_help = "What can go wrong: slow MILLISECONDS, refuse REGEX ANSWER, drop LINES, silent, close, log LINES TEXT, split,
reboot LINES SECONDS, disk [ANSWER] (it is full), prompt TEXT, key (another host key); `heal` ends all of it.

Examples:
  samnet lab fault aml-karlberg-sw01 slow 500
  samnet lab fault aml-karlberg-sw01 refuse '^vlan ' '% VLAN table is full'
  samnet lab fault aml-karlberg-sw01 disk '%Error: no space left on device'
  samnet lab fault aml-karlberg-sw01 drop 12 --chance 0.1 --seed 7
  samnet lab fault aml-karlberg-sw01 heal"
    )]
    Fault(Trouble),
}

#[derive(Debug, clap::Args)]
struct Trouble {
    /// The device
    #[arg(value_name = "DEVICE")]
    device: String,
    /// What goes wrong, and its numbers and texts
    #[arg(value_name = "WHAT", required = true)]
    what: Vec<String>,
    /// How often it happens, from 0 to 1, drawn for every line and login [default: always]
    #[arg(long, value_name = "P", value_parser = chance)]
    chance: Option<f64>,
    /// What the draws begin with; equal seeds fall alike
    #[arg(long, value_name = "N", default_value_t = 1, requires = "chance")]
    seed: u64,
}

fn chance(text: &str) -> Result<f64, String> {
    let chance = text.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
    chance.ok_or_else(|| "write a number from 0 to 1".to_owned())
}

#[derive(Debug, clap::Args)]
struct Up {
    /// Start with what the devices ran before, from inventory/lab.yaml [default where it exists]
    #[arg(long, conflicts_with = "intended")]
    before: bool,
    /// Start with what the inventory says
    #[arg(long)]
    intended: bool,
    /// Port of the first device, the others follow; 0 takes free ones
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    port: u16,
    /// Address to listen on; anyone who reaches it can try to log in
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
}

/// Does it.
///
/// # Errors
/// When the inventory has errors, a lab runs already, or its devices cannot be served.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Up(up) => start(context, up),
        Command::Down => stop(context),
        Command::Status => status(context),
        Command::Fault(trouble) => fault(context, trouble),
    }
}

/// How often a running lab has to be asked to stop before giving up on it.
const PATIENCE: Duration = Duration::from_secs(10);

fn control(root: &Path) -> PathBuf {
    root.join(project::FOLDER).join("control")
}

/// Asks the running lab something; `None` where none runs.
fn ask(root: &Path, question: &str) -> Option<String> {
    let address: SocketAddr = std::fs::read_to_string(control(root)).ok()?.trim().parse().ok()?;
    let mut stream = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    writeln!(stream, "{question}").ok()?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).ok()?;
    answer.strip_prefix("samnet lab ").map(|answer| answer.trim().to_owned())
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("failed to set up the lab: {error}"))
}

fn start(context: &mut Context, up: &Up) -> Result<Outcome, Failure> {
    let mut project = context.project()?;
    let root = project.root.clone();
    if ask(&root, "status").is_some() {
        return Err(Failure::failed("a lab of this project runs already").help("samnet lab status, samnet lab down"));
    }
    let intended = up.intended || !(up.before || Before::exists(&root));
    let state = if intended { State::Intended } else { State::Before };
    let derived = fleet::sound(&mut project, fleet::Gate { lab: true, ..fleet::Gate::default() })?;
    let network = &project.loaded.network;
    let made = project::create_missing_secrets(&root, network).map_err(failed)?;
    let devices = project::devices(&root, network, &derived, &project.library, state).map_err(|error| {
        let unset = network.secrets.values().filter_map(|source| match &source.value {
            SecretSource::Env(name) if std::env::var_os(name).is_none() => Some(format!("{name}=…")),
            _ => None,
        });
        let unset: Vec<String> = unset.collect();
        let failure = failed(error);
        if unset.is_empty() {
            return failure;
        }
        failure.help(format!("in a lab any values do: export {}", unset.join(" ")))
    })?;
    let options = Options {
        bind: up.bind,
        first_port: up.port,
        seed: Some(project::seed(&root).map_err(failed)?),
        ..Options::default()
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let lab = Lab::start(devices, options).map_err(|error| {
            let help = match error {
                lab::LabError::Files { .. } => "raise the limit: `ulimit -n`, or LimitNOFILE where systemd starts it",
                _ => "--port 0 takes free ports",
            };
            Failure::failed(format!("failed to start the lab: {error}")).help(help)
        })?;
        project::write_places(&root, &lab).map_err(failed)?;
        let served = serve(context, &project, &lab, state, made.len(), &root).await;
        project::remove_places(&root);
        lab.stop().await;
        served
    })?;
    if !context.global.quiet {
        writeln!(context.err, "the lab has stopped")?;
    }
    Ok(Outcome::Done)
}

/// Waits for Ctrl-C, the end of the terminal, or `samnet lab down`.
async fn serve(
    context: &mut Context,
    project: &Project,
    lab: &Lab,
    state: State,
    made: usize,
    root: &Path,
) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    std::fs::write(control(root), format!("{}\n", listener.local_addr()?))?;
    introduce(context, project, lab, state, made)?;
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            () = signals.next() => return Ok(()),
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                if answer(stream, lab).await {
                    return Ok(());
                }
            }
        }
    }
}

/// Answers one question; true where it was to stop.
async fn answer(stream: tokio::net::TcpStream, lab: &Lab) -> bool {
    use tokio::io::AsyncBufReadExt as _;
    let mut stream = tokio::io::BufReader::new(stream);
    let mut question = String::new();
    let read = tokio::time::timeout(Duration::from_secs(2), stream.read_line(&mut question)).await;
    if !matches!(read, Ok(Ok(_))) {
        return false;
    }
    let stops = question.trim() == "down";
    let said = match question.trim().strip_prefix("fault ") {
        Some(asked) => hurt(lab, asked).map_or_else(|why| format!("refuses: {why}"), |()| "does so".to_owned()),
        None if stops => "stops".to_owned(),
        None => format!("serves {} pid {}", lab.addresses().count(), std::process::id()),
    };
    // Who asked may have left; the lab stops all the same.
    stream.write_all(format!("samnet lab {said}\n").as_bytes()).await.ok();
    stops
}

/// Lets something go wrong, as it was asked for.
fn hurt(lab: &Lab, asked: &str) -> Result<(), String> {
    let (device, what, chance): (String, Vec<String>, Option<(f64, u64)>) =
        serde_json::from_str(asked).map_err(|error| error.to_string())?;
    if lab.address(&device).is_none() {
        return Err(format!("no device is called `{device}`"));
    }
    match what.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["heal"] => lab.heal(&device),
        ["key"] => lab.change_host_key(&device).map_err(|error| error.to_string())?,
        _ => {
            let fault = Fault::read(&what)?;
            lab.fault(
                &device,
                match chance {
                    Some((chance, seed)) => Fault::Sometimes { chance, seed, fault: Box::new(fault) },
                    None => fault,
                },
            );
        }
    }
    Ok(())
}

fn fault(context: &mut Context, trouble: &Trouble) -> Result<Outcome, Failure> {
    let root = context.global.directory.clone();
    let asked = (&trouble.device, &trouble.what, trouble.chance.map(|chance| (chance, trouble.seed)));
    let asked = serde_json::to_string(&asked).map_err(|error| Failure::failed(error.to_string()))?;
    let answer = ask(&root, &format!("fault {asked}"))
        .ok_or_else(|| Failure::failed("no lab of this project runs").help("samnet lab up starts one"))?;
    if let Some(why) = answer.strip_prefix("refuses: ") {
        return Err(Failure::failed(why).help(format!("{}, key, heal", lab::FAULTS)));
    }
    if !context.global.quiet {
        writeln!(context.out, "{}: {}", trouble.device, trouble.what.join(" "))?;
    }
    Ok(Outcome::Done)
}

fn introduce(context: &mut Context, project: &Project, lab: &Lab, state: State, made: usize) -> Result<(), Failure> {
    let derived = fleet::legible(project)?;
    let mut kinds: BTreeMap<&str, (usize, u16, u16)> = BTreeMap::new();
    for (name, address) in lab.addresses() {
        let facts = derived.devices.iter().find(|(have, _)| have.as_str() == name).map(|(_, facts)| facts);
        let platform = facts.map_or("", |facts| facts.platform.as_str());
        let title = project.library.get(platform).map_or(platform, |entry| entry.platform.title.as_str());
        let port = address.port();
        let kind = kinds.entry(title).or_insert((0, port, port));
        *kind = (kind.0 + 1, kind.1.min(port), kind.2.max(port));
    }
    let (count, bind) = (lab.addresses().count(), lab.addresses().next().map(|(_, address)| address.ip()));
    let what = match state {
        State::Before => "as they were before (inventory/lab.yaml)",
        State::Intended => "as the inventory says",
    };
    let bind = bind.map_or_else(String::new, |ip| ip.to_string());
    writeln!(context.out, "Lab of {} · {count} devices on {bind}, {what}\n", project.loaded.network.name.value)?;
    for (title, (count, from, to)) in kinds {
        writeln!(context.out, "  {title:<22} {count:>4}   ports {from}–{to}")?;
    }
    if made > 0 {
        writeln!(context.out, "\n  made up {made} secrets below .samnet/, as the inventory has no values for them")?;
    }
    let user = project.loaded.network.login.user.as_ref().map_or("", |user| user.value.as_str());
    let example = lab.addresses().next();
    writeln!(context.out, "\n  samnet lab status                 every device and its port")?;
    writeln!(context.out, "  samnet read --lab DEVICE          what it runs")?;
    writeln!(context.out, "  samnet plan --lab --out plan.json what would change")?;
    if let Some((_, address)) = example {
        let (ip, port) = (address.ip(), address.port());
        let (folder, hosts) = (project::FOLDER, device::LAB_KNOWN_HOSTS);
        writeln!(context.out, "  ssh -i {folder}/login -o UserKnownHostsFile={hosts} -p {port} {user}@{ip}")?;
    }
    writeln!(context.out, "\nCtrl-C stops it.")?;
    context.out.flush()?;
    Ok(())
}

fn stop(context: &mut Context) -> Result<Outcome, Failure> {
    let root = context.global.directory.clone();
    if ask(&root, "down").is_none() {
        // One that was killed leaves its files behind.
        project::remove_places(&root);
        return Err(Failure::failed("no lab of this project runs").help("samnet lab up starts one"));
    }
    let asked = Instant::now();
    while control(&root).exists() && asked.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    if control(&root).exists() {
        return Err(Failure::failed(format!("the lab did not stop within {} s", PATIENCE.as_secs())));
    }
    writeln!(context.out, "the lab has stopped")?;
    Ok(Outcome::Done)
}

fn status(context: &mut Context) -> Result<Outcome, Failure> {
    let format = context.format(&["human", "json"])?;
    let root = context.global.directory.clone();
    let Some(answer) = ask(&root, "status") else {
        if format == "json" {
            writeln!(context.out, "{}", serde_json::json!({ "version": 1, "running": false, "devices": {} }))?;
            return Ok(Outcome::Done);
        }
        return Err(Failure::failed("no lab of this project runs").help("samnet lab up starts one"));
    };
    let places = device::lab_endpoints(&root).map_err(|error| Failure::failed(error.to_string()))?;
    if format == "json" {
        let devices: BTreeMap<_, _> = places
            .iter()
            .map(|(name, (host, port))| (name, serde_json::json!({ "host": host, "port": port })))
            .collect();
        let document = serde_json::json!({ "version": 1, "running": true, "devices": devices });
        writeln!(context.out, "{document:#}")?;
        return Ok(Outcome::Done);
    }
    writeln!(context.out, "The lab runs ({answer}).\n")?;
    let width = places.keys().map(String::len).max().unwrap_or_default();
    for (name, (host, port)) in &places {
        writeln!(context.out, "  {name:<width$}  {host}:{port}")?;
    }
    Ok(Outcome::Done)
}
