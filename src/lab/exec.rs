//! Single commands on the exec channel.

use std::sync::Arc;
use std::time::Duration;

use russh::server::Msg;
use russh::{Channel, ChannelMsg};
use tokio::sync::mpsc;

use super::console::Console;
use super::fault::Fault;
use super::machine::{Config, Machine};
use super::session::{End, Session};
use super::unit::Unit;
use crate::platform::lab::Action;

/// What a command left behind.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: u32,
    pub(super) reboot: bool,
}

/// Runs one command with what the client sends as its standard input.
pub(super) async fn run(unit: &Arc<Unit>, mut channel: Channel<Msg>, command: &str, cut: &mpsc::Sender<()>) {
    let mut input: Vec<u8> = Vec::new();
    if reads_input(unit, command) {
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Data { data }) => input.extend_from_slice(&data),
                Some(ChannelMsg::Eof) => break,
                Some(ChannelMsg::Close) | None => return,
                Some(_) => {}
            }
        }
    }
    let input = String::from_utf8_lossy(&input).into_owned();
    let mut done = None;
    for fault in unit.faults() {
        match fault {
            Fault::Slow(time) => tokio::time::sleep(time).await,
            Fault::Silent => {
                while channel.wait().await.is_some() {}
                return;
            }
            Fault::Refuse { line, answer }
                if line.is_match(command) || input.lines().any(|text| line.is_match(text)) =>
            {
                done = Some(Done { err: answer, code: 1, ..Done::default() });
            }
            Fault::DropAfter(lines) if lines <= 1 + input.lines().count() => {
                cut.send(()).await.ok();
                return;
            }
            Fault::RebootAfter { lines, away } if lines <= 1 + input.lines().count() => return unit.reboot(away),
            _ => {}
        }
    }
    let done = done.unwrap_or_else(|| self::command(unit, command, &input));
    // The client may have gone; there is nobody else to tell.
    if !done.out.is_empty() {
        channel.data_bytes(done.out.into_bytes()).await.ok();
    }
    if !done.err.is_empty() {
        channel.extended_data_bytes(1, done.err.into_bytes()).await.ok();
    }
    channel.exit_status(done.code).await.ok();
    channel.eof().await.ok();
    channel.close().await.ok();
    if done.reboot {
        unit.reboot(Duration::from_secs(5));
    }
}

fn reads_input(unit: &Unit, command: &str) -> bool {
    unit.platform.lab.exec.iter().find(|exec| exec.command.is_match(command)).is_some_and(|exec| exec.input)
}

/// Runs one command.
pub(super) fn command(unit: &Unit, command: &str, input: &str) -> Done {
    let mut machine = unit.machine();
    let known = unit.platform.lab.exec.iter().find_map(|exec| Some((exec, exec.command.captures(command)?)));
    let mut done = Done::default();
    if let Some((exec, groups)) = known {
        let group = |name| groups.name(name).map_or("", |found: regex::Match<'_>| found.as_str());
        if let Some(words) = machine.no_room_for(&exec.act) {
            return Done { err: words.to_owned(), code: 1, ..done };
        }
        let seconds = group("seconds").parse::<u32>().unwrap_or(60);
        let given = Given { words: group("words"), input, hold: unit.terms.minute.saturating_mul(seconds) / 60 };
        for action in &exec.act {
            act(&mut machine, action, &given, &mut done);
            if done.code != 0 {
                return done;
            }
        }
        done.out.push_str(&super::clock::told(&exec.say));
        return done;
    }
    if let Some(dialect) = &unit.dialect {
        let mut session = Session::new(Arc::clone(dialect), unit.terms.clone(), &machine);
        let reply = session.line(&mut machine, command);
        return Done { out: reply.text, reboot: reply.end == End::Reboot, ..done };
    }
    if let Some(manual) = &unit.manual {
        let reply = Console::new(Arc::clone(manual), unit.terms.minute, &machine).line(&mut machine, command);
        return Done { out: reply.text, reboot: reply.end == End::Reboot, ..done };
    }
    let program = command.split_whitespace().next().unwrap_or_default();
    Done { err: format!("sh: {program}: not found\n"), code: 127, ..done }
}

/// What a command was given.
struct Given<'g> {
    words: &'g str,
    input: &'g str,
    hold: Duration,
}

fn act(machine: &mut Machine, action: &Action, given: &Given<'_>, done: &mut Done) {
    let mut fail = |text: &str, code| {
        done.err.push_str(text);
        done.code = code;
    };
    match action {
        Action::Running | Action::Bare => done.out.push_str(&machine.running().text()),
        Action::Startup => done.out.push_str(&machine.startup().text()),
        Action::Save => machine.save(),
        Action::Checkpoint => machine.checkpoint(),
        Action::Arm => machine.arm(given.hold),
        Action::Alone(text) if machine.waits() => fail(text, 1),
        Action::Confirm | Action::Abort | Action::Alone(_) => {
            // Without a change that waits there is nothing to do, as the scripts that send this want it.
            let _: bool = match action {
                Action::Confirm => machine.confirm(),
                Action::Abort => machine.abort(),
                _ => true,
            };
        }
        Action::Keep(text) => {
            if !machine.confirm() && !machine.is_confirmed() {
                fail(text, 1);
            }
        }
        Action::Commit => {
            if let Config::Uci(store) = machine.running_mut() {
                store.commit();
            }
            // What is committed is in flash.
            machine.save();
        }
        Action::Check => {
            if let Config::Nft(ruleset) = machine.running()
                && let Err(text) = ruleset.clone().apply(given.input)
            {
                fail(&text, 1);
            }
        }
        Action::Load => {
            machine.changes += given.input.lines().count();
            let failed = match machine.running_mut() {
                Config::Nft(ruleset) => ruleset.apply(given.input).err(),
                Config::Uci(store) => given.input.lines().enumerate().find_map(|(n, line)| {
                    let said = store.run(line).err;
                    (!said.is_empty()).then(|| format!("line {}: {said}", n + 1))
                }),
                Config::Lines(..) | Config::Paths(..) | Config::Tables(..) => None,
            };
            if let Some(text) = failed {
                fail(&text, 1);
            }
        }
        Action::Run => run_tool(machine, given.words, done),
        Action::Timer => {
            let left = machine.left().map_or(0, |left| left.as_secs());
            done.out.push_str(&left.to_string());
        }
        Action::Reboot => done.reboot = true,
        Action::Say(text) => done.out.push_str(text),
        Action::Fail(code, text) => fail(text, *code),
        // A single command has no modes, pages or lists, and holds nothing.
        Action::Discard
        | Action::Staged
        | Action::Sealed
        | Action::Enter(_)
        | Action::Leave
        | Action::Top
        | Action::Close
        | Action::Enable(_)
        | Action::Rows
        | Action::Restore
        | Action::ArmRestart
        | Action::Resequence
        | Action::CommitArmed
        | Action::Verify
        | Action::Edit(_)
        | Action::Quit
        | Action::Candidate
        | Action::Recall => {}
    }
}

/// The family's own tool with its arguments.
fn run_tool(machine: &mut Machine, words: &str, done: &mut Done) {
    if let Config::Nft(ruleset) = machine.running() {
        let words: Vec<&str> = words.split_whitespace().collect();
        let text = match words.as_slice() {
            ["list", "ruleset"] => Some(ruleset.text()),
            ["list", "tables"] => Some(ruleset.table_names()),
            ["list", "table", family, name] => ruleset.table_text(family, name),
            _ => None,
        };
        if let Some(text) = text {
            done.out.push_str(&text);
        } else {
            "Error: No such file or directory\n".clone_into(&mut done.err);
            done.code = 1;
        }
        return;
    }
    if let Config::Uci(store) = machine.running_mut() {
        let said = store.run(words);
        done.out.push_str(&said.out);
        done.err.push_str(&said.err);
        done.code = said.code;
    }
}
