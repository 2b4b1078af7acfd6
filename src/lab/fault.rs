//! What may go wrong with an emulated device, switched on while it runs.

use std::time::Duration;

use crate::platform::lab::Action;

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
    /// The device shows another prompt than its own.
    Prompt(String),
    /// Nothing can be written to the device's disk: what saves, keeps a checkpoint or commits is refused with this text.
    FullDisk(String),
    /// Another fault, now and then: looked up again for every line and every login.
    Sometimes {
        /// How often, from 0 to 1.
        chance: f64,
        /// Equal seeds fall alike.
        seed: u64,
        /// The fault.
        fault: Box<Fault>,
    },
}

impl Fault {
    /// Reads what somebody typed: a word, then its numbers and texts.
    ///
    /// # Errors
    /// With what would be right.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let count = |text: &str| text.parse::<u32>().map_err(|_| format!("`{text}` is no number"));
        let lines = |text: &str| count(text).map(|lines| lines as usize);
        Ok(match words.as_slice() {
            ["slow", millis] => Self::Slow(Duration::from_millis(count(millis)?.into())),
            ["refuse", line, answer @ ..] if !answer.is_empty() => Self::Refuse {
                line: regex::Regex::new(line).map_err(|_| format!("`{line}` is no regular expression"))?,
                answer: format!("{}\n", answer.join(" ")),
            },
            ["drop", after] => Self::DropAfter(lines(after)?),
            ["silent"] => Self::Silent,
            ["close"] => Self::CloseAtLogin,
            ["log", every, text @ ..] if !text.is_empty() => {
                Self::Log { every: lines(every)?.max(1), text: text.join(" ") }
            }
            ["split"] => Self::SplitBytes,
            ["reboot", after, seconds] => {
                Self::RebootAfter { lines: lines(after)?, away: Duration::from_secs(count(seconds)?.into()) }
            }
            ["disk"] => Self::FullDisk("Error: no space left on device\n".to_owned()),
            ["disk", answer @ ..] => Self::FullDisk(format!("{}\n", answer.join(" "))),
            ["prompt", text @ ..] if !text.is_empty() => Self::Prompt(text.join(" ")),
            _ => return Err(format!("`{}` is no fault; known are {KINDS}", words.join(" "))),
        })
    }
}

/// What can go wrong, as it is typed.
pub const KINDS: &str = "slow MILLISECONDS, refuse REGEX ANSWER, drop LINES, silent, close, log LINES TEXT, split, \
                         reboot LINES SECONDS, disk [ANSWER], prompt TEXT";

/// Whether the device has to write to its disk for something.
pub(super) const fn writes(action: &Action) -> bool {
    matches!(action, Action::Save | Action::Checkpoint | Action::Arm | Action::Commit | Action::CommitArmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_fault_or_says_what_would_be_right() {
        let read = |text: &str| Fault::read(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(matches!(read("slow 250"), Ok(Fault::Slow(time)) if time == Duration::from_millis(250)));
        assert!(
            matches!(read("refuse ^write no space left"), Ok(Fault::Refuse { answer, .. }) if answer == "no space left\n")
        );
        assert!(matches!(read("reboot 3 2"), Ok(Fault::RebootAfter { lines: 3, .. })));
        assert!(matches!(read("disk"), Ok(Fault::FullDisk(answer)) if answer.contains("no space")));
        assert!(matches!(read("disk % flash is full"), Ok(Fault::FullDisk(answer)) if answer == "% flash is full\n"));
        assert!(read("refuse ( no").unwrap_err().contains("no regular expression"));
        for wrong in ["", "slow", "drop often", "refuse ^write", "log 3", "burn"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
