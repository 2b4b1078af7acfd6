//! Connections: TCP or a jump host, key exchange, host key, login; each step with its timeout.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::keys::ssh_key::PublicKey;
use russh::{ChannelStream, Disconnect};
use tokio::net::TcpStream;

use super::heard::{Heard, Words};
use super::hosts::{self, KnownHosts, Verdict};
use super::jump::Jumps;
use super::{Device, DeviceError, Endpoint, algorithms, login};
use crate::platform::Platform;

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// TCP connection, for each address of the host.
    pub connect: Duration,
    /// Key exchange and host key.
    pub handshake: Duration,
    /// All ways to log in together.
    pub login: Duration,
    /// Opening a channel, a terminal, a shell.
    pub channel: Duration,
    /// First prompt.
    pub prompt: Duration,
    /// Silence while a command runs.
    pub silence: Duration,
    /// A whole command, however much it says.
    pub command: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(10),
            handshake: seconds(15),
            login: seconds(20),
            channel: seconds(10),
            prompt: seconds(20),
            // A large configuration takes old hardware this long to build.
            silence: seconds(60),
            command: seconds(600),
        }
    }
}

impl Timeouts {
    /// The same for every step.
    #[must_use]
    pub const fn all(limit: Duration) -> Self {
        Self {
            connect: limit,
            handshake: limit,
            login: limit,
            channel: limit,
            prompt: limit,
            silence: limit,
            command: limit,
        }
    }
}

/// Opens connections to devices.
#[derive(Clone, Debug)]
pub struct Dialer {
    hosts: KnownHosts,
    timeouts: Timeouts,
    accept_new: bool,
    jumps: Jumps,
}

/// A logged-in connection, with the one it runs through.
pub(super) struct Link {
    pub(super) handle: Handle<Client>,
    /// Kept because the outer connection dies with it.
    _over: Option<Arc<Link>>,
}

/// What the SSH library calls back: the host key is judged here.
pub(super) struct Client {
    judge: Judge,
}

enum Judge {
    /// Against the file.
    Check { hosts: KnownHosts, host: String, port: u16, accept_new: bool },
    /// Only to see it; the connection ends there.
    Look { seen: Arc<Mutex<Option<PublicKey>>> },
}

/// Why the SSH library gave up.
#[derive(Debug)]
pub(super) enum Trouble {
    Library(russh::Error),
    HostKey(Box<DeviceError>),
    Looked,
}

impl From<russh::Error> for Trouble {
    fn from(error: russh::Error) -> Self {
        Self::Library(error)
    }
}

impl client::Handler for Client {
    type Error = Trouble;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Trouble> {
        // No certificate algorithm is offered, so none can come.
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        match &self.judge {
            Judge::Look { seen } => {
                if let Ok(mut seen) = seen.lock() {
                    *seen = Some(key.clone());
                }
                Err(Trouble::Looked)
            }
            Judge::Check { hosts, host, port, accept_new } => {
                judge(hosts, host, *port, *accept_new, key).map_err(|error| Trouble::HostKey(Box::new(error)))?;
                Ok(true)
            }
        }
    }
}

fn judge(hosts: &KnownHosts, host: &str, port: u16, accept_new: bool, key: &PublicKey) -> Result<(), DeviceError> {
    let verdict = hosts.check(host, port, key)?;
    let name = hosts::name(host, port);
    let place = |line: usize| format!("{}:{line}", hosts.path().display());
    let fingerprint = hosts::fingerprint(key);
    let algorithm = key.algorithm().to_string();
    match verdict {
        Verdict::Known => Ok(()),
        Verdict::Unknown if accept_new => Ok(hosts.add(host, port, key)?),
        Verdict::Unknown => Err(DeviceError::HostKeyUnknown { host: name, algorithm, fingerprint }),
        Verdict::Changed { line, expected } => {
            Err(DeviceError::HostKeyChanged { host: name, algorithm, fingerprint, place: place(line), expected })
        }
        Verdict::Revoked { line } => Err(DeviceError::HostKeyRevoked { host: name, fingerprint, place: place(line) }),
    }
}

impl Dialer {
    /// Connections whose host keys are on file at `known_hosts`, which need not exist.
    #[must_use]
    pub fn new(known_hosts: PathBuf, timeouts: Timeouts) -> Self {
        Self { hosts: KnownHosts::new(known_hosts), timeouts, accept_new: false, jumps: Jumps::default() }
    }

    /// Whether the first key that an unknown host shows is written down instead of refused. A changed key never is.
    #[must_use]
    pub fn accept_new_host_keys(mut self, accept: bool) -> Self {
        self.accept_new = accept;
        self
    }

    /// The file of known host keys.
    #[must_use]
    pub const fn hosts(&self) -> &KnownHosts {
        &self.hosts
    }

    /// Connects, logs in and waits for the first prompt where there is one.
    ///
    /// # Errors
    /// Any [`DeviceError`]; nothing stays open.
    pub async fn connect(&self, endpoint: &Endpoint, platform: Arc<Platform>) -> Result<Device, DeviceError> {
        let link = self.link(endpoint).await?;
        Device::open(link, endpoint, platform, self.timeouts).await
    }

    /// The host key that a device shows, without logging in. A jump host on the way must be known.
    ///
    /// # Errors
    /// When there is no connection or no key exchange.
    pub async fn host_key(&self, endpoint: &Endpoint) -> Result<PublicKey, DeviceError> {
        let seen = Arc::new(Mutex::new(None));
        let client = Client { judge: Judge::Look { seen: Arc::clone(&seen) } };
        let outcome = self.transport(endpoint, client).await.err();
        let key = seen.lock().ok().and_then(|mut seen| seen.take());
        match (key, outcome) {
            (Some(key), _) => Ok(key),
            (None, Some(error)) => Err(error),
            (None, None) => Err(protocol(endpoint, "no host key was shown")),
        }
    }

    /// Transport and login; boxed because a jump host needs the same first.
    fn link<'d>(
        &'d self,
        endpoint: &'d Endpoint,
    ) -> Pin<Box<dyn Future<Output = Result<Link, DeviceError>> + Send + 'd>> {
        Box::pin(async move {
            let judge = Judge::Check {
                hosts: self.hosts.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                accept_new: self.accept_new,
            };
            let mut link = self.transport(endpoint, Client { judge }).await?;
            let after = self.timeouts.login;
            let outcome = tokio::time::timeout(after, login::login(&mut link.handle, endpoint)).await;
            match outcome {
                Ok(Ok(())) => Ok(link),
                Ok(Err(error)) => {
                    link.end().await;
                    Err(error)
                }
                Err(_) => Err(DeviceError::Timeout { step: "login".into(), after, seen: String::new() }),
            }
        })
    }

    async fn transport(&self, endpoint: &Endpoint, client: Client) -> Result<Link, DeviceError> {
        let known = self.hosts.algorithms(&endpoint.host, endpoint.port)?;
        let config = Arc::new(client::Config {
            preferred: algorithms::preferred(endpoint.algorithms, &known),
            nodelay: true,
            keepalive_interval: Some(Duration::from_secs(15)),
            keepalive_max: 3,
            ..client::Config::default()
        });
        let (handle, over) = match &endpoint.jump {
            None => {
                let stream = self.tcp(&endpoint.host, endpoint.port).await?;
                let words = Words::default();
                let work = client::connect_stream(config, Heard::new(stream, words.clone()), client);
                (self.exchange(endpoint, work, &words).await?, None)
            }
            Some(jump) => {
                let outer = self.jumps.get(jump, self.link(jump)).await?;
                let stream = self.tunnel(&outer, jump, endpoint).await?;
                let words = Words::default();
                let work = client::connect_stream(config, Heard::new(stream, words.clone()), client);
                let inner = self.exchange(endpoint, work, &words).await?;
                (inner, Some(outer))
            }
        };
        Ok(Link { handle, _over: over })
    }

    async fn exchange(
        &self,
        endpoint: &Endpoint,
        work: impl Future<Output = Result<Handle<Client>, Trouble>>,
        words: &Words,
    ) -> Result<Handle<Client>, DeviceError> {
        let after = self.timeouts.handshake;
        match tokio::time::timeout(after, work).await {
            Ok(Ok(handle)) => Ok(handle),
            Ok(Err(Trouble::HostKey(error))) => Err(*error),
            Ok(Err(Trouble::Looked)) => Err(protocol(endpoint, "ended on purpose")),
            Ok(Err(Trouble::Library(error))) => Err(translate(endpoint, error, words)),
            Err(_) => Err(DeviceError::Timeout { step: "key exchange".into(), after, seen: words.plain() }),
        }
    }

    async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, DeviceError> {
        let unreachable = |reason: String| DeviceError::Unreachable { host: host.to_owned(), port, reason };
        let after = self.timeouts.connect;
        let late = || unreachable(format!("no answer within {} ms", after.as_millis()));
        let addresses = tokio::time::timeout(after, tokio::net::lookup_host((host, port)))
            .await
            .map_err(|_| unreachable("the name was not resolved in time".into()))?
            .map_err(|error| unreachable(error.to_string()))?;
        let mut last = unreachable("the name has no address".into());
        for address in addresses {
            match tokio::time::timeout(after, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Without it each of our small writes may wait 40 ms for an acknowledgement.
                    stream.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
                    return Ok(stream);
                }
                Ok(Err(error)) => last = unreachable(plain(&error)),
                Err(_) => last = late(),
            }
        }
        Err(last)
    }

    async fn tunnel(
        &self,
        outer: &Link,
        jump: &Endpoint,
        endpoint: &Endpoint,
    ) -> Result<ChannelStream<client::Msg>, DeviceError> {
        let after = self.timeouts.connect;
        let port = u32::from(endpoint.port);
        let open = outer.handle.channel_open_direct_tcpip(endpoint.host.as_str(), port, "127.0.0.1", 0);
        match tokio::time::timeout(after, open).await {
            Ok(Ok(channel)) => Ok(channel.into_stream()),
            Ok(Err(error)) => Err(DeviceError::Unreachable {
                host: endpoint.host.clone(),
                port: endpoint.port,
                reason: format!("the jump host {} cannot reach it ({error})", jump.host),
            }),
            Err(_) => Err(DeviceError::Unreachable {
                host: endpoint.host.clone(),
                port: endpoint.port,
                reason: format!("no answer through {} within {} ms", jump.host, after.as_millis()),
            }),
        }
    }
}

impl Link {
    /// Says goodbye; the connection closes in any case.
    pub(super) async fn end(self) {
        let bye = self.handle.disconnect(Disconnect::ByApplication, "", "");
        // A device that does not take the goodbye is left to find out.
        drop(tokio::time::timeout(Duration::from_secs(1), bye).await);
    }
}

fn protocol(endpoint: &Endpoint, reason: &str) -> DeviceError {
    DeviceError::Protocol { host: endpoint.host.clone(), port: endpoint.port, reason: reason.to_owned() }
}

fn translate(endpoint: &Endpoint, error: russh::Error, words: &Words) -> DeviceError {
    match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => DeviceError::NoCommonAlgorithm {
            kind: match kind {
                russh::AlgorithmKind::Kex => "key exchange".into(),
                russh::AlgorithmKind::Key => "host key algorithm".into(),
                russh::AlgorithmKind::Cipher => "cipher".into(),
                russh::AlgorithmKind::Compression => "compression".into(),
                russh::AlgorithmKind::Mac => "message authentication code".into(),
            },
            theirs: theirs.join(", "),
        },
        russh::Error::Disconnect | russh::Error::HUP => {
            DeviceError::ClosedAtLogin { during: "during the key exchange".into(), seen: words.plain() }
        }
        russh::Error::IO(error) if closed(&error) => {
            DeviceError::ClosedAtLogin { during: "during the key exchange".into(), seen: words.plain() }
        }
        russh::Error::Version => protocol(endpoint, "the other side does not speak SSH 2"),
        other => protocol(endpoint, &other.to_string()),
    }
}

fn closed(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    matches!(error.kind(), Kind::UnexpectedEof | Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted)
}

/// The system's words without the number behind them.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_ascii_lowercase()
}
