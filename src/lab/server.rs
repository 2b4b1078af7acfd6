//! SSH in front of an emulated device: logins, channels, one listener per device.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, Pty};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::fault::Fault;
use super::unit::Unit;
use super::{exec, terminal};

/// Kept by every task of a lab; the lab has stopped once all are gone.
pub(super) type Alive = mpsc::Sender<()>;

/// Serves one device until the lab stops.
pub(super) async fn serve(unit: Arc<Unit>, listener: TcpListener, mut stop: watch::Receiver<bool>, alive: Alive) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((socket, _)) = accepted else {
            // Out of descriptors or a client gone already: the next one may do better.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        if unit.is_away() {
            continue;
        }
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(Arc::clone(&unit), socket, alive.clone()));
    }
    connections.shutdown().await;
    // The port must be free before the lab hears that this task is gone.
    drop(listener);
    drop(alive);
}

/// One connection. The SSH session runs on a cable that can be cut.
async fn connection(unit: Arc<Unit>, socket: TcpStream, alive: Alive) {
    // Without it every small answer waits for the client's acknowledgement; a failure only costs time.
    socket.set_nodelay(true).ok();
    let (hold, broken) = oneshot::channel();
    let mut epoch = unit.epoch();
    let (cut, mut was_cut) = mpsc::channel(1);
    let client =
        Client { unit: Arc::clone(&unit), channels: BTreeMap::new(), sizes: BTreeMap::new(), asked: false, cut, alive };
    let ssh = async {
        let cable = Cable { socket, broken, is_cut: false };
        if let Ok(session) = russh::server::run_stream(unit.ssh(), cable, client).await {
            // How a client leaves is its own affair.
            session.await.ok();
        }
    };
    tokio::select! {
        () = ssh => {}
        _ = epoch.changed() => {}
        _ = was_cut.recv() => {}
    }
    drop(hold);
}

/// A connection that breaks once nobody holds its other end: to the SSH session as to the client.
struct Cable {
    socket: TcpStream,
    broken: oneshot::Receiver<Infallible>,
    is_cut: bool,
}

impl Cable {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.is_cut = self.is_cut || Pin::new(&mut self.broken).poll(cx).is_ready();
        if self.is_cut { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Cable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// The server's side of one connection.
struct Client {
    unit: Arc<Unit>,
    channels: BTreeMap<ChannelId, Channel<Msg>>,
    sizes: BTreeMap<ChannelId, Size>,
    /// A password was asked for.
    asked: bool,
    cut: mpsc::Sender<()>,
    alive: Alive,
}

/// The client's terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) rows: u32,
}

impl Client {
    fn is_user(&self, user: &str) -> bool {
        self.unit.user == user
    }

    fn password(&self, user: &str, given: &[u8]) -> Auth {
        let right =
            self.unit.password.as_ref().is_some_and(|secret| secret.expose_secret().as_bytes().ct_eq(given).into());
        if self.is_user(user) && right { Auth::Accept } else { Auth::reject() }
    }

    fn key(&self, user: &str, key: &PublicKey) -> Auth {
        let known = self.unit.keys.iter().any(|known| known.key_data() == key.key_data());
        if self.is_user(user) && known { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.password(user, password.as_bytes()))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(self.key(user, offer.public_key))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.key(user, key.public_key))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if self.unit.password.is_none() {
            return Ok(Auth::reject());
        }
        let Some(mut response) = response.filter(|_| self.asked) else {
            self.asked = true;
            let prompts = vec![("Password: ".into(), false)];
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        self.asked = false;
        let given = response.next().unwrap_or_default();
        Ok(self.password(user, &given))
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Self::Error> {
        self.unit.logins.fetch_add(1, Ordering::Relaxed);
        if self.unit.faults().iter().any(|fault| matches!(fault, Fault::CloseAtLogin)) {
            return Err(russh::Error::Disconnect);
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    /// A device is a jump host for loopback only: that is where the rest of the lab is.
    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _from: &str,
        _from_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let target = host.parse().ok().zip(u16::try_from(port).ok()).map(|(ip, port)| SocketAddr::new(ip, port));
        let Some(target) = target.filter(|target| target.ip().is_loopback()) else { return Ok(()) };
        let Ok(mut socket) = TcpStream::connect(target).await else { return Ok(()) };
        reply.accept().await;
        let alive = self.alive.clone();
        let mut epoch = self.unit.epoch();
        tokio::spawn(async move {
            let mut stream = channel.into_stream();
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut stream, &mut socket) => {}
                _ = epoch.changed() => {}
            }
            drop(alive);
        });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.sizes.insert(channel, Size { rows });
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        let Some(opened) = self.channels.remove(&channel) else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let (unit, cut, alive) = (Arc::clone(&self.unit), self.cut.clone(), self.alive.clone());
        let size = self.sizes.get(&channel).copied();
        tokio::spawn(async move {
            terminal::run(&unit, opened, size, &cut).await;
            drop(alive);
        });
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(opened) = self.channels.remove(&channel) else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let command = String::from_utf8_lossy(data).into_owned();
        let (unit, cut, alive) = (Arc::clone(&self.unit), self.cut.clone(), self.alive.clone());
        tokio::spawn(async move {
            exec::run(&unit, opened, &command, &cut).await;
            drop(alive);
        });
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
