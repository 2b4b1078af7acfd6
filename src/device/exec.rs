//! One command in a channel of its own: standard input in, both outputs and the exit status out.

use russh::{ChannelMsg, ChannelReadHalf};
use tokio::time::{Instant, timeout, timeout_at};

use super::dial::{Link, Timeouts};
use super::error::DeviceError;

/// More than any configuration; what goes beyond is a device gone wrong.
pub(super) const LIMIT: usize = 64 << 20;

/// What a command said and how it ended.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Standard output.
    pub(super) stdout: Vec<u8>,
    /// Standard error.
    pub(super) stderr: Vec<u8>,
    /// Exit status; `None` when it was killed or the device did not say.
    pub(super) status: Option<u32>,
}

/// Runs a command to its end. `step` is what messages call it.
pub(super) async fn run(
    link: &Link,
    timeouts: &Timeouts,
    command: &str,
    input: Option<&str>,
    step: &str,
) -> Result<Output, DeviceError> {
    tracing::debug!(step, "> {command}");
    let late = |after| DeviceError::Timeout { step: step.to_owned(), after, seen: String::new() };
    let lost = || DeviceError::Lost { step: step.to_owned(), seen: String::new() };
    let opened = timeout(timeouts.channel, link.handle.channel_open_session()).await;
    let channel = opened.map_err(|_| late(timeouts.channel))?.map_err(|_| lost())?;
    channel.exec(true, command).await.map_err(|_| lost())?;
    let (mut read, write) = channel.split();
    let feed = async {
        if let Some(input) = input {
            write.data_bytes(input.as_bytes().to_vec()).await?;
        }
        write.eof().await
    };
    let mut feed = std::pin::pin!(feed);
    let mut done = false;
    let mut output = Output::default();
    let end = Instant::now() + timeouts.command;
    let mut listen = Listen { read: &mut read, accepted: false };
    loop {
        let until = end.min(Instant::now() + timeouts.silence);
        tokio::select! {
            // A command may end without reading all of its input; then what is left is not our failure.
            _ = &mut feed, if !done => done = true,
            next = timeout_at(until, listen.next(&mut output)) => match next {
                Ok(Next::More) => {}
                Ok(Next::Over) => break,
                Ok(Next::Lost) => return Err(lost()),
                Ok(Next::Refused) => {
                    let answer = "the device runs no commands for this user".into();
                    return Err(DeviceError::StepFailed { step: step.to_owned(), answer });
                }
                Err(_) if Instant::now() >= end => return Err(late(timeouts.command)),
                Err(_) => return Err(late(timeouts.silence)),
            },
        }
        if output.stdout.len() + output.stderr.len() > LIMIT {
            return Err(DeviceError::TooMuch { step: step.to_owned(), limit: LIMIT });
        }
    }
    Ok(output)
}

struct Listen<'c> {
    read: &'c mut ChannelReadHalf,
    accepted: bool,
}

enum Next {
    More,
    Over,
    Lost,
    Refused,
}

impl Listen<'_> {
    async fn next(&mut self, output: &mut Output) -> Next {
        match self.read.wait().await {
            Some(ChannelMsg::Data { data }) => output.stdout.extend_from_slice(&data),
            Some(ChannelMsg::ExtendedData { data, .. }) => output.stderr.extend_from_slice(&data),
            Some(ChannelMsg::ExitStatus { exit_status }) => output.status = Some(exit_status),
            Some(ChannelMsg::ExitSignal { error_message, .. }) => {
                output.stderr.extend_from_slice(error_message.as_bytes());
            }
            Some(ChannelMsg::Success) => self.accepted = true,
            Some(ChannelMsg::Failure) if !self.accepted => return Next::Refused,
            Some(ChannelMsg::Close) => return Next::Over,
            // The end of the channel without its closing is the end of the connection.
            None => return if output.status.is_some() { Next::Over } else { Next::Lost },
            Some(_) => {}
        }
        Next::More
    }
}
