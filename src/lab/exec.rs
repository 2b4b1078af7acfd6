//! Single commands on the exec channel.

use std::sync::Arc;

use russh::server::Msg;
use russh::{Channel, ChannelMsg};
use tokio::sync::mpsc;

use super::fault::Fault;
use super::session::{End, Session};
use super::unit::Unit;

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
        unit.reboot(std::time::Duration::from_secs(5));
    }
}

fn reads_input(_unit: &Unit, _command: &str) -> bool {
    false
}

/// Runs one command.
pub(super) fn command(unit: &Unit, command: &str, _input: &str) -> Done {
    let Some(dialect) = &unit.dialect else {
        let program = command.split_whitespace().next().unwrap_or_default();
        return Done { err: format!("sh: {program}: not found\n"), code: 127, ..Done::default() };
    };
    let mut machine = unit.machine();
    let mut session = Session::new(Arc::clone(dialect), unit.terms.clone(), &machine);
    let reply = session.line(&mut machine, command);
    Done { out: reply.text, reboot: reply.end == End::Reboot, ..Done::default() }
}
