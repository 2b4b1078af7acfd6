//! A screen that is painted, turned into lines that follow each other.
//!
//! Some switches draw their command line at a fixed row: they jump there, write, and scroll by deleting the
//! top row. Nothing they send ends a line, so a reader of lines sees one that never ends. Here jumps to
//! another row become line ends and jumps within a row stay in it. Devices that never jump pass through
//! unchanged, except that an escape sequence comes out whole, however it came in: half of one, left over
//! from an answer, would stand as text in front of the next echo.

/// Longer is no control sequence.
const LONGEST: usize = 64;
const ESC: u8 = 0x1b;

/// What is known of the screen.
pub(super) struct Flow {
    /// The start of an escape sequence.
    held: Vec<u8>,
    /// The last row.
    bottom: usize,
    /// Where the cursor is, from 1; `None` until the device names a row.
    row: Option<usize>,
    /// A column, from 0, to go to before the next character.
    column: Option<usize>,
    /// The row that holds what came out since the last line end.
    written: Option<usize>,
}

impl Flow {
    pub(super) fn new(rows: u32) -> Self {
        let bottom = usize::try_from(rows).unwrap_or(usize::MAX).max(1);
        Self { held: Vec::new(), bottom, row: None, column: None, written: None }
    }

    /// Takes what came in and appends what it means to `out`.
    pub(super) fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut bytes = bytes;
        if self.row.is_none() && self.held.is_empty() {
            // Until the device names a row, all passes unchanged.
            if !bytes.contains(&ESC) {
                return out.extend_from_slice(bytes);
            }
            let plain = bytes.iter().position(|&byte| byte == ESC).unwrap_or(bytes.len());
            out.extend_from_slice(bytes.get(..plain).unwrap_or_default());
            bytes = bytes.get(plain..).unwrap_or_default();
        }
        for &byte in bytes {
            if self.held.is_empty() && byte != ESC {
                self.put(byte, out);
                continue;
            }
            self.held.push(byte);
            if let Some(held) = complete(&self.held).then(|| std::mem::take(&mut self.held)) {
                self.sequence(&held, out);
            }
        }
    }

    fn put(&mut self, byte: u8, out: &mut Vec<u8>) {
        let Some(row) = self.row else { return out.push(byte) };
        match byte {
            b'\n' => {
                self.leave(row, out);
                out.push(byte);
                self.written = None;
                self.row = Some((row + 1).min(self.bottom));
            }
            b'\r' => {
                self.column = Some(0);
                out.push(byte);
            }
            byte if byte < b' ' => out.push(byte),
            byte => {
                self.reach(row, out);
                out.push(byte);
            }
        }
    }

    /// Ends the line that came out when the cursor is on another row.
    fn leave(&mut self, row: usize, out: &mut Vec<u8>) {
        if self.written.is_some_and(|written| written != row) {
            out.extend_from_slice(b"\r\n");
            self.written = None;
        }
    }

    /// Goes where the cursor is, to write there.
    fn reach(&mut self, row: usize, out: &mut Vec<u8>) {
        self.leave(row, out);
        if let Some(column) = self.column.take() {
            out.push(b'\r');
            if column > 0 {
                out.extend_from_slice(format!("\u{1b}[{column}C").as_bytes());
            }
        }
        self.written = Some(row);
    }

    fn sequence(&mut self, held: &[u8], out: &mut Vec<u8>) {
        let (Some(&last), true) = (held.last(), held.starts_with(b"\x1b[")) else {
            return out.extend_from_slice(held);
        };
        let parameters = held.get(2..held.len() - 1).unwrap_or_default();
        let mut numbers = parameters.split(|&byte| byte == b';').map(|text| {
            // As wide as anybody's screen; a larger number is an attack on our memory.
            std::str::from_utf8(text).ok().and_then(|text| text.parse::<usize>().ok()).map(|number| number.min(4096))
        });
        let first = numbers.next().flatten();
        let second = numbers.next().flatten();
        let count = first.unwrap_or(1).max(1);
        if let (b'H' | b'f', false) = (last, parameters.starts_with(b"?")) {
            self.row = Some(count.min(self.bottom));
            self.column = Some(second.unwrap_or(1).max(1) - 1);
            return;
        }
        let Some(row) = self.row else { return out.extend_from_slice(held) };
        match last {
            b'd' => self.row = Some(count.min(self.bottom)),
            b'A' => self.row = Some(row.saturating_sub(count).max(1)),
            b'B' => self.row = Some((row + count).min(self.bottom)),
            b'G' => self.column = Some(count - 1),
            // Rows go and come: what was written moves with its row.
            b'M' => self.written = self.written.map(|at| if at > row { at.saturating_sub(count).max(row) } else { at }),
            b'L' => self.written = self.written.map(|at| if at >= row { at + count } else { at }),
            b'J' if self.written.is_some() => {
                out.extend_from_slice(b"\r\n");
                self.written = None;
            }
            b'K' | b'P' | b'C' | b'D' if self.written == Some(row) => {
                self.reach(row, out);
                out.extend_from_slice(held);
            }
            _ => {}
        }
    }
}

/// Whether a text that starts with ESC is a whole sequence, or is none and never will be.
fn complete(held: &[u8]) -> bool {
    let rest = held.get(2..).unwrap_or_default();
    match held.get(1) {
        None => false,
        Some(b'[') => rest.last().is_some_and(|byte| !(0x20..=0x3f).contains(byte)) || held.len() >= LONGEST,
        // A title, which ends with a bell or with ESC \.
        Some(b']') => rest.ends_with(b"\x07") || rest.ends_with(b"\x1b\\") || held.len() >= 4 * LONGEST,
        Some(b'(' | b')' | b'*' | b'+' | b'#' | b'%') => !rest.is_empty(),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen;
    use super::*;

    /// What is shown, fed whole and one byte at a time.
    fn shown(raw: &str) -> Vec<String> {
        let mut whole = Vec::new();
        Flow::new(24).take(raw.as_bytes(), &mut whole);
        let (mut single, mut flow) = (Vec::new(), Flow::new(24));
        for byte in raw.bytes() {
            flow.take(&[byte], &mut single);
        }
        assert_eq!(whole, single);
        screen::lines(&whole)
    }

    #[test]
    fn ordinary_devices_pass_unchanged() {
        let raw = "a\r\nb\x1b[K\x1b[7m--More--\x1b[0m\r\x1b[Kc\r\n\x1b]0;title\x07sw1#";
        let mut out = Vec::new();
        Flow::new(24).take(raw.as_bytes(), &mut out);
        assert_eq!(out, raw.as_bytes());
    }

    #[test]
    fn a_painted_prompt_with_echo_and_answer_makes_lines() {
        let prompt = "\x1b[1;24r\x1b[24;1H\x1b[2K\x1b[24;1H\x1b[?25h\x1b[24;1Hsw1# \x1b[24;1H\x1b[24;6H";
        let typed = "\x1b[24;6Hshow ver\x1b[24;6H\x1b[?25h\x1b[24;14H\x1b[24;14Hsion\x1b[24;18H";
        let scrolled = "\x1b[1;0H\x1b[1M\x1b[24;1H\x1b[1L\x1b[24;18H\x1b[24;1H\x1b[2K\x1b[24;1H";
        let raw = format!("{prompt}{typed}{scrolled}one\r\ntwo\r\n{prompt}");
        assert_eq!(shown(&raw), ["sw1# show version", "one", "two", "sw1# "]);
    }

    #[test]
    fn a_question_on_the_last_row_is_a_line_of_its_own() {
        let raw = "Switch\r\r\n\x1b[1;13r\x1b[1;1H\x1b[24;1HPress any key to continue\x1b[13;1H\x1b[?25h\x1b[24;27H";
        assert_eq!(shown(raw), ["Switch", "Press any key to continue"]);
    }

    #[test]
    fn a_pager_that_is_erased_leaves_nothing() {
        let raw = "\x1b[24;1Hone\r\n-- MORE --\x1b[24;1H\x1b[2K\x1b[24;1H\x1b[1;24r\x1b[24;1Htwo\r\n";
        assert_eq!(shown(raw), ["one", "two"]);
    }

    #[test]
    fn large_numbers_cost_nothing() {
        assert!(shown("\x1b[1;99999999Hx").concat().len() <= 4097);
        assert_eq!(shown("\x1b[99999999999999999999Hx"), ["x"]);
    }
}
