//! What the system says when somebody wants the program to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for as long as it exists, so that no signal is lost between two questions.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// The end of the terminal, where the program does not outlive it.
    hangup: Option<Signal>,
}

/// Whether whoever started the program has it outlive the terminal (`nohup`).
fn outlives() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

impl Signals {
    /// Begins to listen; from then on none of these ends the process by itself.
    ///
    /// # Errors
    /// When the system has no room for a handler.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if outlives() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    /// The next Ctrl-C, `kill`, or end of the terminal.
    pub(super) async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}
