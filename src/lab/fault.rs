//! What may go wrong with an emulated device, switched on while it runs.

use std::time::Duration;

/// One thing that goes wrong, until [`crate::lab::Lab::heal`].
#[derive(Clone, Debug)]
pub enum Fault {
    /// Every answer takes this long.
    Slow(Duration),
    /// Lines that match are answered with a text and not carried out.
    Refuse {
        /// The whole line as typed.
        line: regex::Regex,
        /// What the device says.
        answer: String,
    },
    /// The connection breaks once so many lines were typed on it.
    DropAfter(usize),
    /// Logs in and opens a shell, but never shows a prompt or answers.
    Silent,
    /// Closes the connection as soon as somebody logged in.
    CloseAtLogin,
    /// A log line appears in every session after each so many lines typed.
    Log {
        /// Lines between two of them.
        every: usize,
        /// The text, without line end.
        text: String,
    },
    /// Sends every byte in a packet of its own.
    SplitBytes,
    /// The device starts anew from its saved configuration once so many lines were typed, and stays away for a time.
    RebootAfter {
        /// Lines typed on one connection.
        lines: usize,
        /// How long it refuses connections.
        away: Duration,
    },
}
