//! What the system says when somebody wants the program to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for as long as it exists, so that no signal is lost between two questions.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
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
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next Ctrl-C, `kill`, or end of the terminal.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
