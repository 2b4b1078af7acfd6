//! What a device said, as people read it.

use super::flow::Flow;
use super::screen;
use crate::platform::session::Terminal;

/// The lines that a device's bytes leave on a terminal: escape sequences obeyed or dropped, carriage returns
/// and backspaces carried out.
#[must_use]
pub fn shown(raw: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    Flow::new(Terminal::default().rows).take(raw, &mut out);
    screen::lines(&out)
}
