//! Emulated devices: every device of a network on loopback, with real SSH and a command line that remembers.
//!
//! A platform's behaviour comes from the `lab:` part of its data and from what its configuration family
//! means; nothing here knows how `diff` thinks, so that neither can hide the other's mistakes.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::kex;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{PrivateKey, PublicKey};
use secrecy::SecretString;
use sha2::Digest as _;
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, watch};

use crate::platform::{Family, Platform};

pub mod before;
mod clock;
mod console;
mod desk;
mod dialect;
mod exec;
mod fault;
mod grammar;
mod held;
mod lines;
mod machine;
mod nft;
pub mod paths;
pub mod project;
mod server;
mod session;
mod stage;
pub mod tables;
mod terminal;
mod uci;
mod unit;

#[cfg(test)]
mod tests;

pub use desk::Desk;
pub use fault::{Fault, KINDS as FAULTS};
pub use grammar::GrammarError;

use console::Manual;
use dialect::Dialect;
use machine::{Config, Machine};
use nft::Statements;
use unit::{Unit, Wake};

/// A device to emulate.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its name, the key in every call below.
    pub name: String,
    /// The platform it runs.
    pub platform: Arc<Platform>,
    /// The configuration it starts with, running and saved.
    pub running: String,
    /// Who may log in.
    pub user: String,
    /// The password, for password and keyboard-interactive logins.
    pub password: Option<SecretString>,
    /// Public keys that may log in.
    pub keys: Vec<PublicKey>,
    /// The secret of privileged mode; without one every login is privileged.
    pub enable: Option<SecretString>,
}

impl Device {
    /// A device nobody can log in to yet.
    pub fn new(
        name: impl Into<String>,
        platform: Arc<Platform>,
        running: impl Into<String>,
        user: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            platform,
            running: running.into(),
            user: user.into(),
            password: None,
            keys: Vec::new(),
            enable: None,
        }
    }
}

/// How a lab is served.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The address to listen on.
    pub bind: IpAddr,
    /// The port of the first device, the others following in order of name; 0 takes free ones.
    pub first_port: u16,
    /// What host keys are derived from; `None` makes new ones.
    pub seed: Option<[u8; 32]>,
    /// How long a minute of a device's rollback timer lasts.
    pub minute: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), first_port: 0, seed: None, minute: Duration::from_mins(1) }
    }
}

/// Why a lab cannot start; fits "failed to start the lab: …".
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The platform's data does not say how to act.
    #[error("{device}: platform `{platform}` has nothing to act by under `lab:`")]
    NoData {
        /// The device.
        device: String,
        /// Its platform.
        platform: String,
    },
    /// The platform's command grammar cannot be read.
    #[error("platform `{platform}`: {source}")]
    Grammar {
        /// The platform.
        platform: String,
        /// What is wrong.
        source: GrammarError,
    },
    /// The starting configuration cannot be loaded.
    #[error("{device}: {message}")]
    Configuration {
        /// The device.
        device: String,
        /// What the device would say.
        message: String,
    },
    /// A port cannot be listened on.
    #[error("{device}: {address}: {source}")]
    Listen {
        /// The device.
        device: String,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// More devices than the system lets a process have sockets.
    #[error("{devices} devices listen on as many sockets, and this system lets a process open {room}")]
    Files {
        /// Devices to serve.
        devices: usize,
        /// Sockets there is room for.
        room: usize,
    },
    /// More devices than ports above the first.
    #[error("there are not enough ports above {0}")]
    Ports(u16),
    /// Two devices of one name.
    #[error("there are two devices named `{0}`")]
    Twice(String),
    /// A host key cannot be made.
    #[error("failed to make a host key: {0}")]
    Key(#[from] russh::keys::ssh_key::Error),
}

/// Connections to all devices together that there should be room for, beside one to each.
const GUESTS: usize = 2_000;

/// Emulated devices, running until [`Lab::stop`] or until dropped.
#[derive(Debug)]
pub struct Lab {
    units: BTreeMap<String, (SocketAddr, Arc<Unit>)>,
    stop: watch::Sender<bool>,
    gone: mpsc::Receiver<()>,
}

impl Lab {
    /// Starts every device. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When a platform's data is no use, a configuration cannot be loaded, or a port is taken.
    pub fn start(devices: Vec<Device>, options: Options) -> Result<Self, LabError> {
        let seed = match options.seed {
            Some(seed) => seed,
            None => new_seed()?,
        };
        let mut behaviours: BTreeMap<String, Behaviour> = BTreeMap::new();
        let mut sorted: BTreeMap<String, Device> = BTreeMap::new();
        for device in devices {
            let name = device.name.clone();
            if sorted.insert(name.clone(), device).is_some() {
                return Err(LabError::Twice(name));
            }
        }
        // A listener for each, and guests: a few here and there, or many at once.
        let room = crate::device::make_room(sorted.len().saturating_mul(2).saturating_add(GUESTS));
        if room < sorted.len() {
            return Err(LabError::Files { devices: sorted.len(), room });
        }
        let (stop, stopped) = watch::channel(false);
        let (alive, gone) = mpsc::channel(1);
        let mut units = BTreeMap::new();
        let mut port = options.first_port;
        for (name, mut device) in sorted {
            if !behaviours.contains_key(&device.platform.name) {
                behaviours.insert(device.platform.name.clone(), Behaviour::new(&device.platform)?);
            }
            let behaviour = behaviours.get(&device.platform.name).ok_or_else(|| no_data(&device))?;
            let wake = behaviour.wake(&mut device)?;
            let (dialect, manual) = (behaviour.dialect.clone(), behaviour.manual.clone());
            let key = host_key(&seed, &name)?;
            let ssh = Arc::new(ssh_config(&device.platform, key));
            let unit = Arc::new(Unit::new(device, dialect, manual, wake, ssh, options.minute));
            let wanted = SocketAddr::new(options.bind, port);
            let listen = |source| LabError::Listen { device: name.clone(), address: wanted, source };
            let socket = if wanted.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(listen)?;
            socket.set_reuseaddr(true).map_err(listen)?;
            socket.bind(wanted).map_err(listen)?;
            let listener = socket.listen(1024).map_err(listen)?;
            let address = listener.local_addr().map_err(listen)?;
            tokio::spawn(server::serve(Arc::clone(&unit), listener, stopped.clone(), alive.clone()));
            units.insert(name, (address, unit));
            if port != 0 {
                port = port.checked_add(1).ok_or(LabError::Ports(options.first_port))?;
            }
        }
        Ok(Self { units, stop, gone })
    }

    /// What a device of a platform prints after it has loaded a text.
    ///
    /// # Errors
    /// With what the device says where it refuses the text.
    pub fn load_text(platform: &Arc<Platform>, text: &str) -> Result<String, String> {
        let device = Device::new("device", Arc::clone(platform), text, "");
        let behaviour = Behaviour::new(platform).map_err(|error| error.to_string())?;
        match behaviour.load(&device) {
            Ok(config) => Ok(config.text()),
            Err(LabError::Configuration { message, .. }) => Err(message),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Every device and where it listens, by name.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.units.iter().map(|(name, (address, _))| (name.as_str(), *address))
    }

    /// Where a device listens.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.units.get(name).map(|(address, _)| *address)
    }

    /// A device's host key.
    pub fn host_key(&self, name: &str) -> Option<PublicKey> {
        self.unit(name)?.host_key()
    }

    /// A device's running configuration, without what stands before and after.
    pub fn running(&self, name: &str) -> Option<String> {
        Some(self.unit(name)?.machine().running().text())
    }

    /// A device's saved configuration, without what stands before and after.
    pub fn startup(&self, name: &str) -> Option<String> {
        Some(self.unit(name)?.machine().startup().text())
    }

    /// Lines of a device's running configuration that its platform's `lab:` data does not know.
    pub fn foreign(&self, name: &str) -> Vec<String> {
        self.unit(name).map(|unit| unit.machine().running().foreign()).unwrap_or_default()
    }

    /// Whether a rollback timer runs on a device.
    pub fn timer(&self, name: &str) -> Option<Duration> {
        self.unit(name)?.machine().left()
    }

    /// How many configuration commands a device took since the start.
    pub fn changes(&self, name: &str) -> usize {
        self.unit(name).map_or(0, |unit| unit.machine().changes)
    }

    /// How many logins a device accepted since the start.
    pub fn logins(&self, name: &str) -> usize {
        self.unit(name).map_or(0, |unit| unit.logins.load(Ordering::Relaxed))
    }

    /// Lets something go wrong with a device, beside what does already.
    pub fn fault(&self, name: &str, fault: Fault) {
        if let Some(unit) = self.unit(name) {
            unit.set_fault(fault);
        }
    }

    /// Ends a device's faults.
    pub fn heal(&self, name: &str) {
        if let Some(unit) = self.unit(name) {
            unit.heal();
        }
    }

    /// Starts a device anew from its saved configuration; it refuses connections for a time.
    pub fn reboot(&self, name: &str, away: Duration) {
        if let Some(unit) = self.unit(name) {
            unit.reboot(away);
        }
    }

    /// Ends every connection to a device.
    pub fn disconnect(&self, name: &str) {
        if let Some(unit) = self.unit(name) {
            unit.disconnect();
        }
    }

    /// Gives a device another host key.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn change_host_key(&self, name: &str) -> Result<(), LabError> {
        let Some(unit) = self.unit(name) else { return Ok(()) };
        let key = host_key(&new_seed()?, name)?;
        unit.set_ssh(Arc::new(ssh_config(&unit.platform, key)));
        Ok(())
    }

    /// Stops every device and waits until nothing of the lab is left.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for (_, unit) in self.units.values() {
            unit.disconnect();
        }
        // Every task holds a sender; nothing is ever sent.
        self.gone.recv().await;
    }

    fn unit(&self, name: &str) -> Option<&Arc<Unit>> {
        self.units.get(name).map(|(_, unit)| unit)
    }
}

/// Reads a configuration whatever it says.
type Reader = Box<dyn Fn(&str) -> Config + Send>;

/// A platform's `lab:` data, compiled once for all its devices.
#[derive(Debug)]
struct Behaviour {
    dialect: Option<Arc<Dialect>>,
    manual: Option<Arc<Manual>>,
    statements: Arc<Statements>,
}

impl Behaviour {
    fn new(platform: &Platform) -> Result<Self, LabError> {
        let wrong = |source| LabError::Grammar { platform: platform.name.clone(), source };
        let dialect = platform.lab.cli.as_ref().map(Dialect::new).transpose().map_err(wrong)?.map(Arc::new);
        let statements = Arc::new(Statements::new(&platform.lab.statements).map_err(wrong)?);
        let manual = platform.lab.tables.as_ref().map(Manual::new).transpose().map_err(wrong)?.map(Arc::new);
        Ok(Self { dialect, manual, statements })
    }

    /// What makes a device's state, and takes its starting configuration for that. One that may be refused is read at once.
    fn wake(&self, device: &mut Device) -> Result<Wake, LabError> {
        let name = device.name.clone();
        if let Some(read) = self.reader(device.platform.family) {
            let text = std::mem::take(&mut device.running);
            return Ok(Box::new(move || Mutex::new(Machine::new(name, read(&text)))));
        }
        let config = self.load(device)?;
        Ok(Box::new(move || Mutex::new(Machine::new(name, config))))
    }

    /// Reads a configuration, for families whose devices start with whatever they understand of it.
    fn reader(&self, family: Family) -> Option<Reader> {
        match (family, self.dialect.clone()) {
            (Family::Indent, Some(dialect)) => {
                Some(Box::new(move |text| Config::Lines(Arc::clone(&dialect), lines::Section::load(&dialect, text))))
            }
            (Family::Braces | Family::Set, Some(dialect)) if dialect.cli.candidate.is_some() => {
                Some(Box::new(move |text| {
                    Config::Paths(Arc::clone(&dialect), Arc::new(session::staged::load(&dialect, text)))
                }))
            }
            (Family::Edit, None) => {
                let manual = self.manual.clone()?;
                Some(Box::new(move |text| Config::Tables(manual.load(text), Arc::new(manual.data.host.clone()))))
            }
            _ => None,
        }
    }

    /// Reads a device's starting configuration.
    fn load(&self, device: &Device) -> Result<Config, LabError> {
        let wrong = |message: String| LabError::Configuration { device: device.name.clone(), message };
        if let Some(read) = self.reader(device.platform.family) {
            return Ok(read(&device.running));
        }
        match (device.platform.family, &self.dialect) {
            (Family::Uci, None) if !device.platform.lab.exec.is_empty() => {
                uci::Store::load(&device.running).map(Config::Uci).map_err(wrong)
            }
            (Family::Nft, None) if !device.platform.lab.exec.is_empty() => {
                let mut ruleset = nft::Ruleset::new(Arc::clone(&self.statements));
                ruleset.apply(&device.running).map_err(wrong)?;
                Ok(Config::Nft(ruleset))
            }
            _ => Err(no_data(device)),
        }
    }
}

fn no_data(device: &Device) -> LabError {
    LabError::NoData { device: device.name.clone(), platform: device.platform.name.clone() }
}

/// Bytes nobody can guess.
fn new_seed() -> Result<[u8; 32], russh::keys::ssh_key::Error> {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), russh::keys::Algorithm::Ed25519)?;
    Ok(sha2::Sha256::digest(key.to_bytes()?.as_slice()).into())
}

/// The host key that follows from a seed and a name.
fn host_key(seed: &[u8; 32], name: &str) -> Result<PrivateKey, LabError> {
    let mut hash = sha2::Sha256::new();
    hash.update(seed);
    hash.update(name.as_bytes());
    let pair = Ed25519Keypair::from_seed(&hash.finalize().into());
    Ok(PrivateKey::new(KeypairData::Ed25519(pair), name)?)
}

/// How emulated devices agree on keys, best first: what network systems of recent years have in common. None that is emulated
/// offers ML-KEM, which a client of ours asks for first.
const KEX: &[kex::Name] = &[
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G14_SHA256,
    kex::DH_G16_SHA512,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];

fn ssh_config(platform: &Platform, key: PrivateKey) -> russh::server::Config {
    let version = platform.lab.banner.as_deref().unwrap_or("lab");
    russh::server::Config {
        server_id: russh::SshId::Standard(format!("SSH-2.0-{version}").into()),
        auth_rejection_time: Duration::from_millis(100),
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: 6,
        inactivity_timeout: Some(Duration::from_hours(1)),
        keys: vec![key],
        nodelay: true,
        preferred: russh::Preferred { kex: KEX.into(), ..russh::Preferred::default() },
        ..russh::server::Config::default()
    }
}
