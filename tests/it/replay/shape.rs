//! The emulated devices beside the recordings: what a recorded device was told is told to an emulated one of its
//! platform, and the shape of the two answers compared: echo, refusal, pager, what waits at the end.
//!
//! Commands that the emulation does not know say nothing about it and are counted; so do recorded refusals of what it
//! knows, because the recorded device was another model. Known deviations stand in `tests/replay/shape.txt`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use russh::{ChannelMsg, client};
use samnet::device::shown;
use samnet::lab::{Device, Lab, Options};
use samnet::platform::Platform;

use super::recording::{REDACTED, Recording, squeeze};
use super::{PLATFORMS, corpus, files, library, settle_by};

const LIST: &str = "tests/replay/shape.txt";

/// Long enough for a pager, and the host's name where the platform does not take the lab's own.
fn running(platform: &str, host: &str) -> String {
    let many = |line: &dyn Fn(usize) -> String| (100..160).map(line).collect::<String>();
    match platform {
        "juniper_junos" => many(&|n| format!("set vlans V{n} vlan-id {n}\n")),
        "fortinet_fortios" => format!(
            "config system global\n    set hostname \"{host}\"\nend\nconfig firewall address\n{}end\n",
            many(&|n| format!("    edit \"a{n}\"\n        set subnet 10.0.{n}.0 255.255.255.0\n    next\n"))
        ),
        "aruba_aoss" => many(&|n| format!("vlan {n}\n   name \"V{n}\"\n   exit\n")),
        "aruba_instant" => String::new(),
        _ => many(&|n| format!("vlan {n}\n name V{n}\n")),
    }
}

/// Anything but a session to compare: these end it, or the device.
fn ends(command: &str) -> bool {
    let first = [
        "reload",
        "reboot",
        "boot",
        "exit",
        "quit",
        "logout",
        "end",
        "request system",
        "execute reboot",
        "write erase",
    ];
    command.is_empty() || first.iter().any(|word| command.starts_with(word))
}

/// What a device waits for, as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Waits {
    /// A mode, and the prompt without the host's name.
    Prompt(String, String),
    Pager(String),
    Other(String),
}

fn waits(platform: &Platform, text: &str, host: &str) -> Waits {
    let last = shown(text.as_bytes()).pop().unwrap_or_default();
    if let Some((mode, _)) = platform.session.mode_of(&last) {
        return Waits::Prompt(mode.name.clone(), last.replace(host, "{host}"));
    }
    if platform.session.pagers.iter().any(|pager| pager.pattern.is_match(&last)) {
        return Waits::Pager(last.trim().to_owned());
    }
    Waits::Other(last)
}

/// A refusal: which of the platform's failures it is, and its words without the command's.
fn refusal(platform: &Platform, lines: &[String], command: &str) -> Option<(usize, Vec<String>)> {
    let class = lines.iter().find_map(|line| platform.session.failures.iter().position(|have| have.is_match(line)))?;
    let words = |line: &String| match line.trim() {
        "^" => "^".to_owned(),
        text => text.replace(command, "{}"),
    };
    Some((class, lines.iter().map(words).filter(|line| !line.is_empty()).collect()))
}

struct Anybody;

impl client::Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &russh::keys::PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

/// A shell on an emulated device.
struct Shell {
    platform: Arc<Platform>,
    host: String,
    channel: russh::Channel<client::Msg>,
    _handle: client::Handle<Anybody>,
    _lab: Lab,
    mode: String,
}

impl Shell {
    async fn open(platform: &Arc<Platform>, host: &str, user: &str) -> Option<Self> {
        let mut device = Device::new(host, Arc::clone(platform), running(&platform.name, host), user);
        device.password = Some("hemligt".to_owned().into());
        let lab = Lab::start(vec![device], Options::default()).unwrap();
        let config = Arc::new(client::Config { nodelay: true, ..client::Config::default() });
        let mut handle = client::connect(config, lab.address(host)?, Anybody).await.ok()?;
        assert!(handle.authenticate_password(user, "hemligt").await.ok()?.success());
        let channel = handle.channel_open_session().await.ok()?;
        channel.request_pty(false, "vt100", 80, 24, 0, 0, &[]).await.ok()?;
        channel.request_shell(false).await.ok()?;
        let mode = String::new();
        let mut shell =
            Self { platform: Arc::clone(platform), host: host.to_owned(), channel, _handle: handle, _lab: lab, mode };
        let mut greeting = shell.hear(0).await?;
        // A door that any key opens.
        if !matches!(waits(platform, &greeting, host), Waits::Prompt(..)) {
            greeting = shell.type_in("\n").await?;
        }
        let Waits::Prompt(mode, _) = waits(platform, &greeting, host) else { return None };
        shell.mode = mode;
        Some(shell)
    }

    /// What comes until the device waits again; at least so many line ends.
    async fn hear(&mut self, lines: usize) -> Option<String> {
        let mut text = String::new();
        loop {
            let waiting = text.matches('\n').count() >= lines
                && !text.is_empty()
                && !matches!(waits(&self.platform, &text, &self.host), Waits::Other(_));
            let patience = if waiting { Duration::from_millis(2) } else { Duration::from_millis(250) };
            match tokio::time::timeout(patience, self.channel.wait()).await {
                Ok(Some(ChannelMsg::Data { data })) => text.push_str(&String::from_utf8_lossy(&data)),
                Ok(Some(ChannelMsg::Close) | None) => return None,
                Ok(Some(_)) => {}
                Err(_) => return Some(text),
            }
        }
    }

    async fn type_in(&mut self, text: &str) -> Option<String> {
        self.channel.data_bytes(text.as_bytes().to_vec()).await.ok()?;
        self.hear(text.matches('\n').count()).await
    }

    /// Goes to a mode as `samnet` does; false where there is no way.
    async fn go(&mut self, to: &str) -> Option<bool> {
        let platform = Arc::clone(&self.platform);
        let Some(way) = platform.session.route(&self.mode, to) else { return Some(false) };
        for step in way {
            let said = self.type_in(&format!("{}\n", step.send)).await?;
            let Waits::Prompt(mode, _) = waits(&platform, &said, &self.host) else { return Some(false) };
            self.mode = mode;
        }
        Some(self.mode == to)
    }

    /// The answer to one command: everything up to where it waits, and where it goes on from there.
    async fn ask(&mut self, command: &str) -> Option<(String, Waits)> {
        let said = self.type_in(&format!("{command}\n")).await?;
        let first = waits(&self.platform, &said, &self.host);
        let mut now = first.clone();
        for _ in 0..5 {
            let key = match &now {
                Waits::Prompt(mode, _) => {
                    self.mode.clone_from(mode);
                    break;
                }
                Waits::Pager(_) => "q",
                Waits::Other(_) => "\n",
            };
            let more = self.type_in(key).await?;
            now = waits(&self.platform, &more, &self.host);
        }
        Some((said, first))
    }
}

/// Compares one answer; `None` where the emulation does not know the command.
fn compare(
    platform: &Platform,
    command: &str,
    there: (&str, Waits, &[String]),
    here: (&str, Waits),
) -> Option<Result<(), String>> {
    let (recorded, recorded_waits, printed) = there;
    let (said, waits) = here;
    let own: Vec<String> = shown(said.as_bytes()).into_iter().skip(1).collect();
    let own = own.get(..own.len().saturating_sub(1)).unwrap_or_default();
    match (refusal(platform, printed, command), refusal(platform, own, command)) {
        (None, Some(_)) | (Some(_), None) => return None,
        (Some((class, _)), Some((other, _))) if class != other => return None,
        (Some((_, words)), Some((_, own))) if words != own => {
            return Some(Err(format!("it is refused with {own:?}, not {words:?}")));
        }
        _ => {}
    }
    let echo =
        |text: &str| shown(text.as_bytes()).first().is_some_and(|line| squeeze(line).ends_with(&squeeze(command)));
    if echo(recorded) && !echo(said) {
        return Some(Err("it is not echoed".to_owned()));
    }
    Some(match (&recorded_waits, &waits) {
        (Waits::Prompt(_, there), Waits::Prompt(_, here)) if there != here => {
            Err(format!("the prompt is {here:?}, not {there:?}"))
        }
        (Waits::Pager(there), Waits::Pager(here)) if there != here => {
            Err(format!("the pager is {here:?}, not {there:?}"))
        }
        // A page and a half there may be half a page here, and the other way round.
        (Waits::Pager(_), Waits::Prompt(..)) if own.len() >= 24 => Err("nothing is shown in pages".to_owned()),
        (Waits::Other(there), Waits::Prompt(..)) => Err(format!("{there:?} is not asked")),
        (Waits::Prompt(..), Waits::Other(here)) => Err(format!("{here:?} is asked")),
        _ => Ok(()),
    })
}

/// The commands of a recording that the emulation knows, each with what came of the comparison, by the number of its step.
async fn shapes(
    recording: &Recording,
    platform: &Arc<Platform>,
    unknown: &mut usize,
) -> BTreeMap<usize, Result<(), String>> {
    let mut outcomes = BTreeMap::new();
    let last = |text: &str| shown(text.as_bytes()).pop().unwrap_or_default();
    let prompts = std::iter::once(&recording.initial).chain(recording.steps.iter().map(|step| &step.prompt));
    let named = prompts.map(|text| last(text)).find_map(|line| {
        let (_, host) = platform.session.mode_of(&line)?;
        Some((host.to_owned(), line))
    });
    let Some((host, line)) = named.filter(|(host, _)| !host.is_empty()) else { return outcomes };
    let user = line.split_once('@').map_or("admin", |(user, _)| user).trim_start_matches('{').to_owned();
    let Some(mut shell) = Shell::open(platform, &host, &user).await else {
        outcomes.insert(0, Err("the emulated device shows no prompt".to_owned()));
        return outcomes;
    };
    for (at, step) in recording.steps.iter().enumerate() {
        let command = step.send.trim();
        if step.send == REDACTED || ends(command) || command.contains('\n') {
            continue;
        }
        let line = last(&step.prompt);
        let Some((mode, own)) = platform.session.mode_of(&line) else { continue };
        if own != host || shell.mode != mode.name && shell.go(&mode.name).await != Some(true) {
            *unknown += 1;
            continue;
        }
        let there = (step.output.as_str(), waits(platform, &step.output, &host), recording.printed(at));
        let Some(here) = shell.ask(command).await else {
            let Some(again) = Shell::open(platform, &host, &user).await else { break };
            shell = again;
            continue;
        };
        match compare(platform, command, (there.0, there.1, &there.2), (&here.0, here.1)) {
            Some(outcome) => drop(outcomes.insert(at, outcome)),
            None => *unknown += 1,
        }
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn emulated_devices_answer_in_the_shape_of_recorded_ones() {
    let Some(corpus) = corpus() else { return };
    let library = library();
    let mut work = tokio::task::JoinSet::new();
    for (folder, name, _) in PLATFORMS {
        let Some(entry) = library.get(name) else { continue };
        if entry.platform.lab.cli.is_none() && entry.platform.lab.tables.is_none() {
            continue;
        }
        for recording in files(&corpus.join(folder)).iter().filter_map(|file| Recording::read(folder, file)) {
            let platform = Arc::clone(&entry.platform);
            work.spawn(async move {
                let mut unknown = 0;
                let outcomes = shapes(&recording, &platform, &mut unknown).await;
                (recording.id.clone(), outcomes, unknown)
            });
        }
    }
    let (mut all, mut strange) = (Vec::new(), 0);
    while let Some(done) = work.join_next().await {
        let (id, outcomes, unknown) = done.unwrap();
        strange += unknown;
        all.extend(outcomes.into_iter().map(|(at, outcome)| (format!("{id} {at}"), outcome)));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(all.len() > 100, "hardly a recorded command is known to an emulated device: {}", all.len());
    eprintln!("shapes: {strange} recorded commands are unknown to the emulation, or were refused there");
    settle_by(LIST, &all, "shapes");
}
