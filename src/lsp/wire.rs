//! Messages on a byte stream: a header with the length, an empty line, JSON.

use std::io::{BufRead, Read as _, Write};

use lsp_server::{ErrorCode, Message};

/// Longest header line, in bytes.
const LONGEST_HEADER: u64 = 4096;
/// Largest message, in bytes: a file of the largest size that is read, each byte of it escaped.
const LARGEST: u64 = 512 << 20;

/// Why no message could be read; a lower-case fragment.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The stream broke off or could not be read.
    #[error("the stream from the editor broke off: {0}")]
    Read(#[from] std::io::Error),
    /// What came is no header of a message.
    #[error("what came is no message of the language server protocol: {0}")]
    Header(String),
}

/// What came.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// No message, and why; what follows may be one.
    Junk(ErrorCode, String),
}

/// Reads the next message; `None` at the end of the stream.
///
/// # Errors
/// When the stream breaks off within a message, or holds something else than messages.
pub(super) fn read(input: &mut impl BufRead) -> Result<Option<Incoming>, WireError> {
    let Some(length) = header(input)? else { return Ok(None) };
    // The length is somebody's word: memory is taken as bytes come, not as they are promised.
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Err(WireError::Read(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let value: serde_json::Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) => {
            return Ok(Some(Incoming::Junk(ErrorCode::ParseError, format!("a message is not JSON: {error}"))));
        }
    };
    let junk = |error| Incoming::Junk(ErrorCode::InvalidRequest, format!("this is no message: {error}"));
    Ok(Some(serde_json::from_value(value).map_or_else(junk, Incoming::Message)))
}

/// Reads header lines up to the empty one; the length of what follows.
fn header(input: &mut impl BufRead) -> Result<Option<u64>, WireError> {
    let mut length = None;
    let mut first = true;
    loop {
        let mut line = Vec::new();
        input.take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
        if line.is_empty() && first {
            return Ok(None);
        }
        first = false;
        let line = String::from_utf8_lossy(&line);
        let Some(line) = line.strip_suffix('\n') else {
            return Err(WireError::Header("a header line does not end".to_owned()));
        };
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(WireError::Header("a header line has no colon".to_owned()));
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok();
        }
    }
    match length {
        None => Err(WireError::Header("no Content-Length".to_owned())),
        Some(length) if length > LARGEST => Err(WireError::Header(format!("a message of {length} bytes"))),
        Some(length) => Ok(Some(length)),
    }
}

/// Writes one message.
///
/// # Errors
/// When the stream cannot be written.
pub(super) fn write(output: &mut dyn Write, message: &Message) -> std::io::Result<()> {
    message.clone().write(&mut Whole(output))
}

/// Writes what no [`Message`] can say: an answer to nobody knows what.
///
/// # Errors
/// When the stream cannot be written.
pub(super) fn write_value(output: &mut dyn Write, value: &serde_json::Value) -> std::io::Result<()> {
    let text = value.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

/// `Message::write` wants a sized writer.
struct Whole<'w>(&'w mut dyn Write);

impl Write for Whole<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        match read(&mut std::io::BufReader::new(bytes)) {
            Ok(Some(Incoming::Message(message))) => format!("{message:?}"),
            Ok(Some(Incoming::Junk(_, why))) => why,
            Ok(None) => "end".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_message_is_read_and_what_is_none_is_refused() {
        assert!(said(b"Content-Length: 17\r\n\r\n{\"method\":\"exit\"}").contains("exit"));
        assert!(said(b"content-type: x\r\ncontent-length:17\n\n{\"method\":\"exit\"}").contains("exit"));
        assert_eq!(said(b""), "end");
        assert!(said(b"hello").contains("does not end"));
        assert!(said(b"hello\r\n\r\n").contains("no colon"));
        assert!(said(b"Content-Type: x\r\n\r\n").contains("no Content-Length"));
        assert!(said(b"Content-Length: -1\r\n\r\n").contains("no Content-Length"));
        assert!(said(b"Content-Length: 99999999999999\r\n\r\n").contains("99999999999999 bytes"));
        assert!(said(b"Content-Length: 500000000\r\n\r\n{").contains("broke off"));
        assert!(said(b"Content-Length: 2\r\n\r\n{]").contains("not JSON"));
        assert!(said(&[b'x'; 9000]).contains("does not end"));
    }

    #[test]
    fn json_that_is_no_message_is_told_of() {
        assert!(said(b"Content-Length: 2\r\n\r\n[]").contains("no message"));
        assert!(said(b"Content-Length: 0\r\n\r\n").contains("not JSON"));
    }
}
