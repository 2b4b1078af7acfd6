//! A small SSH server with a small command line, and as many bad habits as a test asks for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Preferred};
use tokio::net::TcpListener;

/// How a server behaves.
#[derive(Clone)]
pub(super) struct Habits {
    /// Takes this password for the user `admin`.
    pub(super) password: Option<&'static str>,
    /// Asks these, interactively; the first answer must be the password.
    pub(super) questions: Vec<(&'static str, bool)>,
    /// Takes these keys.
    pub(super) keys: Vec<PublicKey>,
    /// What the device does at its command line.
    pub(super) shell: Shell,
    /// Algorithms it offers.
    pub(super) preferred: Preferred,
    /// Kind of its host key.
    pub(super) host_key: Algorithm,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shell {
    /// What it should.
    Good,
    /// Hangs up right after the login.
    HangsUpAtLogin,
    /// Hangs up when a shell is asked for.
    GoneWhenAsked,
    /// Says nothing, ever.
    Mute,
    /// Greets, and shows no prompt.
    NoPrompt,
    /// Takes its time before the first prompt.
    Slow(Duration),
    /// Hangs up in the middle of the configuration.
    DropsInRead,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            password: Some("hemligt"),
            questions: Vec::new(),
            keys: Vec::new(),
            shell: Shell::Good,
            preferred: Preferred::DEFAULT,
            host_key: Algorithm::Ed25519,
        }
    }
}

/// A running server; stops when dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) key: PublicKey,
    /// Every line that was typed.
    pub(super) heard: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) const RUNNING: &str = "hostname sw1\r\n!\r\nsnmp-server community hemligt123 RO\r\n!\r\ninterface Vlan10\r\n description % Invalid input\r\n!\r\nend\r\n";

impl Server {
    pub(super) async fn start(habits: Habits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), habits.host_key.clone()).unwrap();
        let public = key.public_key().clone();
        let mut methods = MethodSet::empty();
        if habits.password.is_some() && habits.questions.is_empty() {
            methods.push(MethodKind::Password);
        }
        if !habits.questions.is_empty() {
            methods.push(MethodKind::KeyboardInteractive);
        }
        methods.push(MethodKind::PublicKey);
        let config = Arc::new(Config {
            keys: vec![key],
            methods,
            auth_rejection_time: Duration::from_millis(5),
            preferred: habits.preferred.clone(),
            nodelay: true,
            ..Config::default()
        });
        let heard = Arc::new(Mutex::new(Vec::new()));
        let address = listener.local_addr().unwrap();
        let log = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let peer = Peer { habits: habits.clone(), line: Vec::new(), heard: Arc::clone(&log) };
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, socket, peer).await {
                        session.await.ok();
                    }
                });
            }
        });
        Self { address, key: public, heard, task }
    }

    /// Listens and treats every connection as `act` says, below SSH.
    pub(super) async fn raw(act: impl Fn(tokio::net::TcpStream) + Send + 'static) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                act(socket);
            }
        });
        address
    }
}

struct Peer {
    habits: Habits,
    line: Vec<u8>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Handler for Peer {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let right = user == "admin" && self.habits.questions.is_empty() && self.habits.password == Some(password);
        Ok(if right { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey_offered(&mut self, _user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        let known = self.habits.keys.iter().any(|key| key.key_data() == offer.public_key.key_data());
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(&mut self, _user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let known = self.habits.keys.iter().any(|known| known.key_data() == key.public_key.key_data());
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let answers: Vec<String> =
            response.into_iter().flatten().map(|answer| String::from_utf8_lossy(&answer).into_owned()).collect();
        match answers.first() {
            None => {
                let prompts: Vec<_> =
                    self.habits.questions.iter().map(|(text, echo)| ((*text).into(), *echo)).collect();
                Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() })
            }
            Some(first) if Some(first.as_str()) == self.habits.password => Ok(Auth::Accept),
            Some(_) => Ok(Auth::reject()),
        }
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Self::Error> {
        if self.habits.shell == Shell::HangsUpAtLogin { Err(russh::Error::Disconnect) } else { Ok(()) }
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        assert!(columns >= 511, "lines would wrap");
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        if self.habits.shell == Shell::GoneWhenAsked {
            return Err(russh::Error::Disconnect);
        }
        session.channel_success(channel)?;
        match self.habits.shell {
            Shell::Mute => {}
            Shell::NoPrompt => session.data(channel, "Welcome to this device\r\n".as_bytes().to_vec())?,
            Shell::Slow(wait) => {
                let handle = session.handle();
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    handle.data(channel, b"\r\nsw1#".to_vec()).await.ok();
                });
            }
            _ => session.data(channel, "\r\nsw1#".as_bytes().to_vec())?,
        }
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        if matches!(self.habits.shell, Shell::Mute | Shell::NoPrompt) {
            return Ok(());
        }
        for &byte in data {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
            self.heard.lock().unwrap().push(line.clone());
            let said = if line.starts_with("show running-config") { RUNNING } else { "" };
            session.data(channel, format!("{line}\r\n").into_bytes())?;
            if self.habits.shell == Shell::DropsInRead && !said.is_empty() {
                session.data(channel, b"hostname sw1\r\n!\r\n".to_vec())?;
                return Err(russh::Error::Disconnect);
            }
            session.data(channel, format!("{said}sw1#").into_bytes())?;
        }
        Ok(())
    }
}
