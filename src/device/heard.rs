//! A stream that remembers the first words of the other side, for when there are no others.
//!
//! A daemon with too many guests, an access list or a web server says why in plain text and hangs up; the
//! SSH library only tells that it did.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::screen;

const KEEP: usize = 256;

/// What was heard so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(Arc<Mutex<Vec<u8>>>);

impl Words {
    /// What stands before the other side's SSH version, on one line; empty when it began like SSH.
    pub(super) fn plain(&self) -> String {
        let raw = self.0.lock().map(|raw| raw.clone()).unwrap_or_default();
        let lines = screen::lines(&raw);
        let said: Vec<&str> =
            lines.iter().map(|line| line.trim()).take_while(|line| !line.starts_with("SSH-")).collect();
        said.join(" / ").trim_end_matches(" / ").to_owned()
    }
}

/// A stream whose first words are remembered.
pub(super) struct Heard<S> {
    inner: S,
    words: Words,
}

impl<S> Heard<S> {
    pub(super) fn new(inner: S, words: Words) -> Self {
        Self { inner, words }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if let (Poll::Ready(Ok(())), Ok(mut words)) = (&polled, self.words.0.lock()) {
            let room = KEEP.saturating_sub(words.len());
            words.extend(buf.filled().iter().skip(before).take(room));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
