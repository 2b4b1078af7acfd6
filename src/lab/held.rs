//! Lines that wait to be committed: tried at once, in force only then.

use super::dialect::Dialect;
use super::grammar::Misfit;
use super::lines::{Applied, Path, Section};

/// What one session typed and has not committed.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// What the configuration would be.
    section: Section,
    /// The lines: path, mode and text of each.
    lines: Vec<(Path, String, String)>,
    bytes: usize,
}

impl Held {
    /// Begins with what runs.
    pub(super) fn new(running: &Section) -> Self {
        Self { section: running.clone(), lines: Vec::new(), bytes: 0 }
    }

    /// Whether a line of this length is one too many.
    pub(super) const fn is_full(&self, line: usize, most: usize) -> bool {
        self.bytes + line + 1 > most
    }

    /// Takes one line.
    pub(super) fn apply(
        &mut self,
        dialect: &Dialect,
        path: &[String],
        mode: &str,
        line: &str,
    ) -> Result<Applied, Misfit> {
        let applied = self.section.apply(dialect, path, mode, line)?;
        if !applied.refused {
            self.bytes += line.len() + 1;
            self.lines.push((path.to_vec(), mode.to_owned(), line.to_owned()));
        }
        Ok(applied)
    }

    /// Makes the lines running, one after the other; gives their number.
    pub(super) fn commit(self, dialect: &Dialect, running: &mut Section) -> usize {
        for (path, mode, line) in &self.lines {
            // Each was taken when it was typed; what somebody else took away meanwhile stays away.
            running.apply(dialect, path, mode, line).ok();
        }
        self.lines.len()
    }

    /// The lines as they were typed.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (path, _, line) in &self.lines {
            text.extend(std::iter::repeat_n(' ', path.len()));
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
