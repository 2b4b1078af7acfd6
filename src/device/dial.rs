//! Connections: TCP or a jump host, key exchange, host key, login; each step with its timeout.

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::keys::ssh_key::PublicKey;
use russh::{ChannelStream, Disconnect};
use tokio::io::{AsyncRead, AsyncWrite};
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
    /// Trying again, where a device hangs up before the key exchange: its SSH server may be full for the moment.
    pub busy: Duration,
    /// Key exchange and host key.
    pub handshake: Duration,
    /// All ways to log in together. Where a directory server does not answer, many devices wait a minute for it.
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
            busy: seconds(20),
            handshake: seconds(15),
            // What OpenSSH's daemon grants by default (LoginGraceTime).
            login: seconds(120),
            channel: seconds(10),
            prompt: seconds(20),
            // A large configuration takes old hardware this long to build.
            silence: seconds(60),
            command: seconds(600),
        }
    }
}

impl Timeouts {
    /// How long the other side may be silent.
    fn longest(&self) -> Duration {
        self.login.max(self.silence).max(self.prompt)
    }

    /// The same for every step.
    #[must_use]
    pub const fn all(limit: Duration) -> Self {
        Self {
            connect: limit,
            busy: limit,
            handshake: limit,
            login: limit,
            channel: limit,
            prompt: limit,
            silence: limit,
            command: limit,
        }
    }
}

/// A connection on which nothing comes is asked whether it is alive.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// When a device that takes no more connections hangs up.
pub(super) const EARLY: &str = "during the key exchange";
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

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
        let outcome = self.reach(endpoint, || Judge::Look { seen: Arc::clone(&seen) }).await.err();
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
            let judge = || Judge::Check {
                hosts: self.hosts.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                accept_new: self.accept_new,
            };
            let link = self.reach(endpoint, judge).await?;
            self.log_in(endpoint, link).await
        })
    }

    async fn log_in(&self, endpoint: &Endpoint, mut link: Link) -> Result<Link, DeviceError> {
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
    }

    /// Transport, tried again for a while where the device hangs up before the key exchange. OpenSSH does so to those
    /// beyond `MaxStartups`, others to those beyond their number of sessions. Nobody has tried to log in by then, so
    /// that no account is locked by it.
    async fn reach(&self, endpoint: &Endpoint, judge: impl Fn() -> Judge + Send) -> Result<Link, DeviceError> {
        let begun = tokio::time::Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut tries = 1_usize;
        loop {
            let error = match self.transport(endpoint, Client { judge: judge() }).await {
                Err(DeviceError::ClosedAtLogin { seen, .. }) => seen,
                ended => return ended,
            };
            // Those who were sent away together must not come back together.
            let wait = pause.mul_f64(1.0 + lot());
            if begun.elapsed() + wait > self.timeouts.busy {
                let times = match tries {
                    1 => String::new(),
                    tries => format!(", {tries} times within {} s", begun.elapsed().as_secs()),
                };
                return Err(DeviceError::ClosedAtLogin { during: format!("{EARLY}{times}"), seen: error });
            }
            let (host, port) = (&endpoint.host, endpoint.port);
            tracing::info!(
                "{host} port {port} closed the connection {EARLY}, `{error}`; again in {} ms",
                wait.as_millis()
            );
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            tries += 1;
        }
    }

    async fn transport(&self, endpoint: &Endpoint, client: Client) -> Result<Link, DeviceError> {
        let config = self.config(endpoint)?;
        let (handle, over) = match &endpoint.jump {
            None => {
                let stream = self.tcp(&endpoint.host, endpoint.port).await?;
                (self.exchange(endpoint, config, stream, client).await?, None)
            }
            Some(jump) => {
                let outer = self.jumps.get(jump, self.link(jump)).await?;
                let stream = self.tunnel(&outer, jump, endpoint).await?;
                (self.exchange(endpoint, config, stream, client).await?, Some(outer))
            }
        };
        Ok(Link { handle, _over: over })
    }

    fn config(&self, endpoint: &Endpoint) -> Result<Arc<client::Config>, DeviceError> {
        let known = self.hosts.algorithms(&endpoint.host, endpoint.port)?;
        Ok(Arc::new(client::Config {
            preferred: algorithms::preferred(endpoint.algorithms, &known),
            nodelay: true,
            keepalive_interval: Some(KEEPALIVE),
            // A daemon that asks a directory about a login answers nothing meanwhile; the steps have limits of their own.
            keepalive_max: usize::try_from(self.timeouts.longest().as_secs() / KEEPALIVE.as_secs()).unwrap_or(0) + 1,
            ..client::Config::default()
        }))
    }

    async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        endpoint: &Endpoint,
        config: Arc<client::Config>,
        stream: S,
        client: Client,
    ) -> Result<Handle<Client>, DeviceError> {
        let words = Words::default();
        let work = client::connect_stream(config, Heard::new(stream, words.clone()), client);
        let after = self.timeouts.handshake;
        match tokio::time::timeout(after, work).await {
            Ok(Ok(handle)) => Ok(handle),
            Ok(Err(Trouble::HostKey(error))) => Err(*error),
            Ok(Err(Trouble::Looked)) => Err(protocol(endpoint, "ended on purpose")),
            Ok(Err(Trouble::Library(error))) => Err(translate(endpoint, error, &words)),
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

/// Any number from 0 to 1.
fn lot() -> f64 {
    let bytes = RandomState::new().hash_one(()).to_le_bytes();
    f64::from(bytes[0]) / f64::from(u8::MAX)
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
            DeviceError::ClosedAtLogin { during: EARLY.into(), seen: words.plain() }
        }
        russh::Error::IO(error) if closed(&error) => {
            DeviceError::ClosedAtLogin { during: EARLY.into(), seen: words.plain() }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A daemon that waits for a directory answers nothing meanwhile, not even whether it is alive.
    #[test]
    fn no_connection_is_given_up_before_the_step_that_waits_on_it() {
        assert!(Timeouts::default().login > Duration::from_mins(1), "a directory that is down costs a minute");
        let endpoint = Endpoint {
            device: "device".into(),
            host: "device".into(),
            port: 22,
            user: "samnet".into(),
            credentials: Vec::new(),
            jump: None,
            algorithms: crate::model::Algorithms::Modern,
            enable: None,
        };
        for timeouts in
            [Timeouts::default(), Timeouts::all(Duration::from_secs(3)), Timeouts::all(Duration::from_hours(1))]
        {
            let config = Dialer::new(PathBuf::from("none"), timeouts).config(&endpoint).unwrap();
            let times = u32::try_from(config.keepalive_max).unwrap() + 1;
            assert!(KEEPALIVE * times > timeouts.login.max(timeouts.silence).max(timeouts.prompt), "{timeouts:?}");
        }
    }
}
