//! Devices over SSH: transport, command line, steps of a safe push.
//!
//! A [`Dialer`] turns an [`Endpoint`] into a [`Device`]: connection (through a jump host where there is
//! one), host key, login, and for an interactive command line the first prompt. Every step has a
//! timeout, every buffer a bound, and every error says what the device had said, secrets masked.

use std::path::PathBuf;
use std::sync::Arc;

use russh::keys::ssh_key::PrivateKey;
use secrecy::SecretString;

use crate::model::Algorithms;

mod algorithms;
mod cli;
mod dial;
mod endpoint;
mod error;
mod exec;
mod fleet;
mod flow;
mod heard;
mod hosts;
mod jump;
mod login;
mod push;
mod redact;
mod screen;
mod shown;

pub use dial::{Dialer, Timeouts};
pub use endpoint::{
    EndpointError, KNOWN_HOSTS, LAB_ENDPOINTS, LAB_KNOWN_HOSTS, LAB_LOGIN, endpoint, host_and_port, lab_endpoints,
};
pub use error::DeviceError;
pub use fleet::{AT_ONCE, each, make_room, read_all, read_one};
pub use hosts::{HostsError, KnownHosts, Verdict, fingerprint, name as host_name};
pub use push::{Device, Inspected};
pub use shown::shown;

/// Where a device is and how to log in.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// What people call it.
    pub device: String,
    /// Name or address to connect to.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User name.
    pub user: String,
    /// Ways to prove it, tried in order.
    pub credentials: Vec<Credential>,
    /// The host in between.
    pub jump: Option<Box<Endpoint>>,
    /// Which algorithms to offer.
    pub algorithms: Algorithms,
    /// Password of the privileged mode, where the device asks for one.
    pub enable: Option<SecretString>,
}

/// One way to prove who logs in.
#[derive(Clone)]
pub enum Credential {
    /// The keys of an SSH agent: the socket, or the one `SSH_AUTH_SOCK` names.
    Agent(Option<PathBuf>),
    /// A private key file in any format that `ssh-keygen` writes, not encrypted; `~/` is the home folder.
    KeyFile(PathBuf),
    /// A private key in memory.
    Key(Arc<PrivateKey>),
    /// A password; also answers keyboard-interactive prompts that ask for one.
    Password(SecretString),
    /// Something that should be there and is not, in words for the account of a refused login.
    Missing(String),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(socket) => f.debug_tuple("Agent").field(socket).finish(),
            Self::KeyFile(path) => f.debug_tuple("KeyFile").field(path).finish(),
            Self::Key(_) => f.write_str("Key(…)"),
            Self::Password(_) => f.write_str("Password(…)"),
            Self::Missing(why) => f.debug_tuple("Missing").field(why).finish(),
        }
    }
}
