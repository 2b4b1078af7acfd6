//! Why a device could not be read or changed, in words that fit "failed to read …: …".

use std::sync::Arc;
use std::time::Duration;

use super::hosts::HostsError;

/// What went wrong between us and a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Nothing answers at the address.
    #[error("no connection to {host} port {port}: {reason}")]
    Unreachable {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// What the system said.
        reason: String,
    },
    /// A step took too long.
    #[error("{step} took longer than {}{}", words(*after), heard(seen))]
    Timeout {
        /// What was going on, such as "key exchange" or `show version`.
        step: String,
        /// How long was waited.
        after: Duration,
        /// The end of what the device had said, secrets masked.
        seen: String,
    },
    /// No key is on file for the host.
    #[error("the host key of {host} is not known; it is {algorithm} {fingerprint}")]
    HostKeyUnknown {
        /// Host as it stands in `known_hosts`.
        host: String,
        /// Kind of key.
        algorithm: String,
        /// `SHA256:…` as `ssh-keygen -l` prints it.
        fingerprint: String,
    },
    /// Another key is on file for the host.
    #[error(
        "the host key of {host} has changed: it is {algorithm} {fingerprint}, and {place} says {expected}; \
         somebody may be listening in, or the device was replaced"
    )]
    HostKeyChanged {
        /// Host as it stands in `known_hosts`.
        host: String,
        /// Kind of the new key.
        algorithm: String,
        /// Fingerprint of the new key.
        fingerprint: String,
        /// File and line of the key on file.
        place: String,
        /// Fingerprint of the key on file.
        expected: String,
    },
    /// The key is marked as revoked.
    #[error("the host key of {host}, {fingerprint}, is revoked in {place}")]
    HostKeyRevoked {
        /// Host as it stands in `known_hosts`.
        host: String,
        /// Fingerprint of the key.
        fingerprint: String,
        /// File and line that revokes it.
        place: String,
    },
    /// The file of known host keys cannot be used.
    #[error(transparent)]
    KnownHosts(#[from] HostsError),
    /// Nothing both sides can do.
    #[error("no {kind} in common; the device offers {theirs}")]
    NoCommonAlgorithm {
        /// What is missing: "key exchange", "cipher", …
        kind: String,
        /// What the device offers.
        theirs: String,
    },
    /// The other side speaks no SSH, or breaks its rules.
    #[error("no SSH conversation with {host} port {port}: {reason}")]
    Protocol {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// What broke.
        reason: String,
    },
    /// No way to log in worked.
    #[error("login as {user} refused; tried {}", list(tried))]
    LoginRefused {
        /// User name.
        user: String,
        /// Each way, with what came of it.
        tried: Vec<String>,
    },
    /// The device hung up before it showed a prompt.
    #[error("the device closed the connection {during}{}", heard(seen))]
    ClosedAtLogin {
        /// When: "before it said anything", "during login", …
        during: String,
        /// The end of what it had said.
        seen: String,
    },
    /// The device shows no prompt that the platform knows.
    #[error("no prompt of {platform} within {}; {}", words(*after), if seen.is_empty() { "it said nothing".into() } else { format!("it said `{}`", seen.escape_debug()) })]
    NoPrompt {
        /// The platform's title.
        platform: String,
        /// How long was waited.
        after: Duration,
        /// The end of what it had said.
        seen: String,
    },
    /// The device asks something the platform has no answer for.
    #[error("`{command}` makes the device ask something nobody answers{}", heard(seen))]
    Question {
        /// What was sent, secrets masked.
        command: String,
        /// The end of what it had said.
        seen: String,
    },
    /// The device refused a line of the script; nothing after it was sent.
    #[error("line {line_no} refused: `{command}`: {answer}")]
    Rejected {
        /// Line of the script, from 1; 0 when the device does not say which.
        line_no: usize,
        /// The line, secrets masked.
        command: String,
        /// What the device said, secrets masked.
        answer: String,
    },
    /// A step that is not a line of the script failed.
    #[error("{step} failed: {answer}")]
    StepFailed {
        /// Which step: "check", "confirm", `show running-config`.
        step: String,
        /// What the device said, secrets masked.
        answer: String,
    },
    /// The connection broke.
    #[error("the connection was lost during {step}{}", heard(seen))]
    Lost {
        /// What was going on.
        step: String,
        /// The end of what the device had said, secrets masked.
        seen: String,
    },
    /// The device said more than anyone can mean.
    #[error("{step} gave more than {limit} bytes")]
    TooMuch {
        /// What was going on.
        step: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The platform's data does not say how.
    #[error("the platform {platform} does not say how to {what}")]
    Unsupported {
        /// Platform name.
        platform: String,
        /// What is missing.
        what: String,
    },
    /// The host in between failed.
    #[error("jump host {host}: {source}")]
    Jump {
        /// Its name.
        host: String,
        /// What went wrong there.
        source: Arc<DeviceError>,
    },
}

impl DeviceError {
    /// The way out, if there is one to name; `name` is what people call the device on the command line.
    #[must_use]
    pub fn help(&self, name: &str) -> Option<String> {
        match self {
            Self::HostKeyUnknown { fingerprint, .. } => Some(format!(
                "compare it with the device's own console, then `samnet trust {name} --fingerprint {fingerprint}`"
            )),
            Self::HostKeyChanged { fingerprint, .. } => {
                Some(format!("only if you know why: `samnet trust {name} --replace --fingerprint {fingerprint}`"))
            }
            Self::NoCommonAlgorithm { .. } => {
                Some("for an old device, set `algorithms: legacy` where it is connected".into())
            }
            Self::ClosedAtLogin { during, .. } if during.starts_with(super::dial::EARLY) => Some(
                "it takes no more connections for the moment, or none from here: read fewer at once, or raise its limit \
                 (with OpenSSH `MaxStartups`)"
                    .into(),
            ),
            Self::LoginRefused { tried, .. } if tried.iter().any(|way| way.contains(super::login::EXPIRED)) => {
                Some("log in by hand and set a new one, then put it where `login` finds it".into())
            }
            Self::LoginRefused { .. } => Some("see `login` in inventory/network.yaml".into()),
            Self::Jump { source, .. } => source.help(name),
            _ => None,
        }
    }

    /// Whether the same thing may work when tried again without anybody doing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::ClosedAtLogin { .. } | Self::Lost { .. } => true,
            Self::Jump { source, .. } => source.is_passing(),
            _ => false,
        }
    }
}

fn words(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

fn heard(seen: &str) -> String {
    if seen.is_empty() { String::new() } else { format!("; it said `{}`", seen.escape_debug()) }
}

fn list(tried: &[String]) -> String {
    if tried.is_empty() { "nothing: no way to log in is given".into() } else { tried.join(", ") }
}
