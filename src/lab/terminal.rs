//! A shell on a channel: echo, line editing, paging, and the faults a session may suffer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use russh::server::Msg;
use russh::{Channel, ChannelMsg};
use tokio::sync::mpsc;

use super::console::Console;
use super::exec;
use super::fault::Fault;
use super::server::Size;
use super::session::{End, Reply, Session, fill_host};
use super::unit::Unit;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const CTRL_Z: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// What a person, or a program in her place, did.
enum Input {
    Line(String),
    Interrupt,
    Top,
    Closed,
}

/// The client went away.
struct Gone;

struct Terminal {
    channel: Channel<Msg>,
    waiting: VecDeque<u8>,
    echo: bool,
    after_return: bool,
    split: bool,
}

/// Runs a shell until somebody leaves.
pub(super) async fn run(unit: &Arc<Unit>, channel: Channel<Msg>, size: Option<Size>, cut: &mpsc::Sender<()>) {
    let split = unit.faults().iter().any(|fault| matches!(fault, Fault::SplitBytes));
    let mut terminal = Terminal { channel, waiting: VecDeque::new(), echo: size.is_some(), after_return: false, split };
    let worked = shell(unit, &mut terminal, size, cut).await;
    if worked.is_ok() {
        // The client may be gone before its own farewell is answered.
        terminal.channel.exit_status(0).await.ok();
        terminal.channel.eof().await.ok();
        terminal.channel.close().await.ok();
    }
}

/// What stands behind a shell: a command line of its own, or single commands.
enum Behind {
    Session(Box<Session>),
    Console(Box<Console>),
    Commands,
}

impl Behind {
    fn prompt(&self, unit: &Unit) -> String {
        match self {
            Self::Session(session) => session.prompt(&unit.machine()),
            Self::Console(console) => console.prompt(&unit.machine()),
            Self::Commands => fill_host("root@{host}:~# ", &unit.machine().host()),
        }
    }

    fn line(&mut self, unit: &Unit, line: &str) -> Reply {
        match self {
            Self::Session(session) => session.line(&mut unit.machine(), line),
            Self::Console(console) => console.line(&mut unit.machine(), line),
            Self::Commands if line.trim() == "exit" => Reply { end: End::Close, ..Reply::default() },
            Self::Commands if line.trim().is_empty() => Reply::default(),
            Self::Commands => {
                let done = exec::command(unit, line.trim(), "");
                Reply {
                    text: done.out + &done.err,
                    end: if done.reboot { End::Reboot } else { End::Open },
                    ..Reply::default()
                }
            }
        }
    }
}

async fn shell(
    unit: &Arc<Unit>,
    terminal: &mut Terminal,
    size: Option<Size>,
    cut: &mpsc::Sender<()>,
) -> Result<(), Gone> {
    if unit.faults().iter().any(|fault| matches!(fault, Fault::Silent)) {
        while terminal.byte().await.is_some() {}
        return Err(Gone);
    }
    let mut behind = match (&unit.dialect, &unit.manual) {
        (_, Some(manual)) => {
            let mut console = Console::new(Arc::clone(manual), unit.terms.minute, &unit.machine());
            if let Some(size) = size.filter(|size| size.rows > 0 && console.rows > 0) {
                console.rows = size.rows as usize;
            }
            Behind::Console(Box::new(console))
        }
        (Some(dialect), None) => {
            let mut session = Session::new(Arc::clone(dialect), unit.terms.clone(), &unit.machine());
            // A terminal of no rows is one that does not say; the platform's own length holds then.
            if let Some(size) = size.filter(|size| size.rows > 0 && session.rows > 0) {
                session.rows = size.rows as usize;
            }
            Behind::Session(Box::new(session))
        }
        (None, None) => Behind::Commands,
    };
    terminal.print(&unit.platform.lab.greeting).await?;
    let mut typed = 0;
    loop {
        if let Behind::Session(session) = &mut behind {
            let news = session.news(&unit.machine());
            if let Some(news) = news {
                terminal.print(&news).await?;
            }
        }
        let mut prompt = behind.prompt(unit);
        if let Some(other) = unit.faults().into_iter().find_map(|fault| match fault {
            Fault::Prompt(text) => Some(text),
            _ => None,
        }) {
            prompt = other;
        }
        terminal.print(&prompt).await?;
        let hidden = matches!(&behind, Behind::Session(session) if session.hides_input());
        let asks = match &behind {
            Behind::Console(console) => console.asks(),
            Behind::Session(session) => session.takes_a_key(),
            Behind::Commands => false,
        };
        let input = if asks { terminal.key().await? } else { terminal.line(hidden, &prompt).await? };
        let line = match input {
            Input::Line(line) => line,
            Input::Closed => return Ok(()),
            input => {
                match &mut behind {
                    Behind::Session(session) => session.interrupt(matches!(input, Input::Top)),
                    Behind::Console(console) => console.interrupt(),
                    Behind::Commands => {}
                }
                continue;
            }
        };
        typed += 1;
        let reply = match faults(unit, terminal, &line, typed, cut).await? {
            Some(answer) => Reply { text: answer, ..Reply::default() },
            None => behind.line(unit, &line),
        };
        let (rows, more) = match &behind {
            Behind::Session(session) => (session.rows, unit.dialect.as_ref().map_or("", |dialect| &dialect.cli.more)),
            Behind::Console(console) => (console.rows, console.more()),
            Behind::Commands => (0, ""),
        };
        terminal.page(&reply.text, if reply.whole { 0 } else { rows }, more).await?;
        match reply.end {
            End::Open => {}
            End::Close => return Ok(()),
            End::Reboot => unit.reboot(Duration::from_secs(5)),
        }
    }
}

/// Lets the device's faults act on one typed line; an answer means the line is not carried out.
async fn faults(
    unit: &Arc<Unit>,
    terminal: &mut Terminal,
    line: &str,
    typed: usize,
    cut: &mpsc::Sender<()>,
) -> Result<Option<String>, Gone> {
    for fault in unit.faults() {
        match fault {
            Fault::Slow(time) => tokio::time::sleep(time).await,
            Fault::Refuse { line: pattern, answer } if pattern.is_match(line) => return Ok(Some(answer)),
            Fault::DropAfter(lines) if typed >= lines => {
                cut.send(()).await.ok();
                return Err(Gone);
            }
            Fault::RebootAfter { lines, away } if typed >= lines => {
                unit.reboot(away);
                return Err(Gone);
            }
            Fault::Log { every, text } if every > 0 && typed.is_multiple_of(every) => {
                terminal.print(&format!("\n{text}\n")).await?;
            }
            _ => {}
        }
    }
    Ok(None)
}

impl Terminal {
    /// The next byte, or nothing once the client is gone.
    async fn byte(&mut self) -> Option<u8> {
        while self.waiting.is_empty() {
            match self.channel.wait().await? {
                ChannelMsg::Data { data } => self.waiting.extend(data.iter()),
                ChannelMsg::Close => return None,
                ChannelMsg::Eof => self.waiting.push_back(CTRL_D),
                _ => {}
            }
        }
        self.waiting.pop_front()
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Gone> {
        if self.split {
            for byte in bytes {
                self.channel.data_bytes(vec![byte]).await.map_err(|_| Gone)?;
            }
            return Ok(());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.channel.data_bytes(bytes).await.map_err(|_| Gone)
    }

    /// Prints text as a terminal needs it: a return before each line feed.
    async fn print(&mut self, text: &str) -> Result<(), Gone> {
        self.send(text.replace('\n', "\r\n").into_bytes()).await
    }

    /// Reads one key, the answer to a question.
    async fn key(&mut self) -> Result<Input, Gone> {
        let Some(byte) = self.byte().await else { return Err(Gone) };
        self.after_return = byte == b'\r';
        let key = char::from(byte).to_string();
        self.print(&format!("{key}\n")).await?;
        Ok(Input::Line(key))
    }

    /// Reads one line, echoing it unless `hidden`.
    async fn line(&mut self, hidden: bool, prompt: &str) -> Result<Input, Gone> {
        let mut line: Vec<u8> = Vec::new();
        let mut echo: Vec<u8> = Vec::new();
        let shows = self.echo && !hidden;
        loop {
            if self.waiting.is_empty() && !echo.is_empty() {
                self.send(std::mem::take(&mut echo)).await?;
            }
            let Some(byte) = self.byte().await else { return Err(Gone) };
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\r' | b'\n' => {
                    if self.echo {
                        echo.extend(b"\r\n");
                    }
                    self.send(echo).await?;
                    return Ok(Input::Line(String::from_utf8_lossy(&line).into_owned()));
                }
                BACKSPACE | DELETE => {
                    let last = String::from_utf8_lossy(&line).chars().next_back();
                    if let Some(last) = last {
                        line.truncate(line.len().saturating_sub(last.len_utf8()));
                        if shows {
                            echo.extend(b"\x08 \x08");
                        }
                    }
                }
                CTRL_U => {
                    line.clear();
                    if shows {
                        echo.extend(b"\r\n");
                        echo.extend(prompt.as_bytes());
                    }
                }
                CTRL_C => {
                    echo.extend(b"^C\r\n");
                    self.send(echo).await?;
                    return Ok(Input::Interrupt);
                }
                CTRL_Z => {
                    echo.extend(b"^Z\r\n");
                    self.send(echo).await?;
                    return Ok(Input::Top);
                }
                CTRL_D if line.is_empty() => return Ok(Input::Closed),
                CTRL_D => {}
                ESCAPE => self.skip_escape().await?,
                byte => {
                    line.push(byte);
                    if shows {
                        echo.push(byte);
                    }
                }
            }
        }
    }

    /// Arrow keys and the like do nothing.
    async fn skip_escape(&mut self) -> Result<(), Gone> {
        if self.byte().await.ok_or(Gone)? != b'[' {
            return Ok(());
        }
        while !self.byte().await.ok_or(Gone)?.is_ascii_alphabetic() {}
        Ok(())
    }

    /// Prints text a page at a time; space shows the next page, return the next line, anything else stops.
    async fn page(&mut self, text: &str, rows: usize, more: &str) -> Result<(), Gone> {
        let page = rows.saturating_sub(1);
        if page == 0 || text.lines().count() <= page {
            return self.print(text).await;
        }
        let mut room = page;
        let mut here = String::new();
        let mut lines = text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            here.push_str(line);
            room = room.saturating_sub(1);
            if room > 0 || lines.peek().is_none() {
                continue;
            }
            here.push_str(more);
            self.print(&std::mem::take(&mut here)).await?;
            let key = self.byte().await.ok_or(Gone)?;
            let width = more.len();
            let wipe = format!("{0}{1}{0}", "\x08".repeat(width), " ".repeat(width));
            self.send(wipe.into_bytes()).await?;
            room = match key {
                b' ' => page,
                b'\r' | b'\n' => 1,
                _ => return Ok(()),
            };
        }
        self.print(&here).await
    }
}
