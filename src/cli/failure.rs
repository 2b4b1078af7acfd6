//! The one funnel from what went wrong to a message, a way out and an exit code.

use std::process::ExitCode;

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: findings of severity error were reported already.
    Findings,
    /// Exit code 2: there are changes, and the caller asked to be told so.
    Changes,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// The work failed: exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into(), help: None }
    }

    /// A rule says no: exit code 3.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into(), help: None }
    }

    /// The command line makes no sense: exit code 64.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 64, message: message.into(), help: None }
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The exit code.
    pub const fn code(&self) -> u8 {
        self.code
    }

    /// What to print, without colour, one or two paragraphs.
    pub fn text(&self) -> (&'static str, &str, Option<&str>) {
        let word = if self.code == 3 { "refused" } else { "error" };
        (word, &self.message, self.help.as_deref())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever read the output has seen enough (`| head`): no failure of the program.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self { code: 0, message: String::new(), help: None };
        }
        Self::failed(error.to_string())
    }
}

/// Prints what clap has to say; help and version are no failures.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let shown = error.print();
    if error.use_stderr() || shown.is_err() { ExitCode::from(64) } else { ExitCode::SUCCESS }
}
