//! A device that plays a recording over SSH.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{Algorithm, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;

use super::recording::{REDACTED, Recording};

/// How what is said is cut into writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Writes {
    /// One byte each.
    Bytes,
    /// Pieces of random length, from this seed.
    Pieces(u64),
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// Every line that was typed.
    pub(super) heard: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `refusal` is what the device says to a command that the recording does not know.
    pub(super) async fn start(recording: Arc<Recording>, refusal: &'static str, writes: Writes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut methods = MethodSet::empty();
        methods.push(MethodKind::Password);
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
        let config = Arc::new(Config {
            keys: vec![key],
            methods,
            auth_rejection_time: Duration::from_millis(5),
            nodelay: true,
            ..Config::default()
        });
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let player = Player {
                    recording: Arc::clone(&recording),
                    refusal,
                    writes,
                    typed: Vec::new(),
                    tail: String::new(),
                    at: 0,
                    heard: Arc::clone(&log),
                };
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, socket, player).await {
                        session.await.ok();
                    }
                });
            }
        });
        Self { address, heard, task }
    }
}

struct Player {
    recording: Arc<Recording>,
    refusal: &'static str,
    writes: Writes,
    typed: Vec<u8>,
    /// What stands after the last line end.
    tail: String,
    /// The step after the one that was played last.
    at: usize,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Player {
    fn say(&mut self, channel: ChannelId, text: &str, session: &mut Session) -> Result<(), russh::Error> {
        self.tail.push_str(text);
        if let Some(newline) = self.tail.rfind('\n') {
            self.tail.drain(..=newline);
        }
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let size = match &mut self.writes {
                Writes::Bytes => 1,
                Writes::Pieces(seed) => {
                    // xorshift64; which numbers does not matter, that they are the same every time does.
                    *seed ^= *seed << 13;
                    *seed ^= *seed >> 7;
                    *seed ^= *seed << 17;
                    usize::try_from(*seed % 40).unwrap() + 1
                }
            };
            let (piece, after) = rest.split_at(size.min(rest.len()));
            session.data(channel, piece.to_vec())?;
            rest = after;
        }
        Ok(())
    }

    /// The step that a text plays: first those that wait at this prompt, and of these the next one.
    fn find(&self, typed: &str) -> Option<usize> {
        let steps = &self.recording.steps;
        let here = |at: usize| self.tail.trim().ends_with(steps[at].prompt.trim());
        let asked = ["assword:", "sername:", "ogin:"].iter().any(|word| self.tail.trim_end().ends_with(word));
        let fits = |at: usize| {
            let send = &steps[at].send;
            if asked { typed.ends_with('\n') && here(at) } else { send == typed && send != REDACTED }
        };
        let order = || (self.at..steps.len()).chain(0..self.at);
        order().find(|&at| fits(at) && here(at)).or_else(|| order().find(|&at| fits(at)))
    }
}

impl Handler for Player {
    type Error = russh::Error;

    async fn auth_password(&mut self, _user: &str, _password: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
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
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        let initial = self.recording.initial.clone();
        self.say(channel, &initial, session)
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        for &byte in data {
            self.typed.push(byte);
            let typed = String::from_utf8_lossy(&self.typed).into_owned();
            // A key of a pager comes without a line end.
            let found = if byte == b'\n' || typed.len() == 1 { self.find(&typed) } else { None };
            if found.is_none() && byte != b'\n' {
                continue;
            }
            self.typed.clear();
            self.heard.lock().unwrap().push(typed.clone());
            if let Some(at) = found {
                self.at = at + 1;
                let output = self.recording.steps[at].output.clone();
                self.say(channel, &output, session)?;
            } else {
                let (line, tail) = (typed.trim_end().to_owned(), self.tail.clone());
                let refusal = if line.is_empty() { String::new() } else { self.refusal.replace("{}", &line) };
                self.say(channel, &format!("{line}\r\n{refusal}{tail}"), session)?;
            }
        }
        Ok(())
    }
}
