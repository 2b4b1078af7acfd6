//! The candidate beside a committed configuration: who edits it, and what was committed before.

use std::sync::{Arc, Weak};

use super::machine::{Config, Machine};
use super::paths::Candidate;

/// How many earlier configurations a device remembers.
const REMEMBERED: usize = 50;

/// The candidate of a device, and its past.
#[derive(Debug, Default)]
pub(super) struct Stage {
    /// What is edited; nothing where it is what runs.
    candidate: Option<Candidate>,
    /// The session that edits alone. It need not say good-bye: once it is gone, so is its hold.
    alone: Option<Weak<()>>,
    /// What was committed before, the newest first.
    past: Vec<Config>,
}

/// Somebody else edits alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Locked;

impl Stage {
    /// Remembers what ran until now.
    pub(super) fn remember(&mut self, config: Config) {
        if matches!(config, Config::Paths(..)) {
            self.past.insert(0, config);
            self.past.truncate(REMEMBERED);
        }
    }

    /// Forgets what is edited.
    pub(super) fn clear(&mut self) {
        self.candidate = None;
        self.alone = None;
    }
}

impl Machine {
    fn check_lock(&mut self, who: &Arc<()>) -> Result<(), Locked> {
        match self.stage.alone.as_ref().map(Weak::upgrade) {
            Some(Some(other)) if !Arc::ptr_eq(&other, who) => Err(Locked),
            // What the session had not committed goes with it.
            Some(None) => {
                self.stage.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Begins to edit.
    pub(super) fn edit(&mut self, who: &Arc<()>, alone: bool) -> Result<(), Locked> {
        let free = self.check_lock(who);
        if alone {
            free?;
            self.stage.alone = Some(Arc::downgrade(who));
        }
        Ok(())
    }

    /// Ends editing; what a session that edits alone did not commit is lost.
    pub(super) fn leave(&mut self, who: &Arc<()>) {
        if self.edits_alone(who) {
            self.stage.clear();
        }
    }

    /// Whether a session edits alone.
    pub(super) fn edits_alone(&self, who: &Arc<()>) -> bool {
        let alone = self.stage.alone.as_ref().and_then(Weak::upgrade);
        alone.is_some_and(|other| Arc::ptr_eq(&other, who))
    }

    /// Whether the candidate is not what runs.
    pub(super) fn is_edited(&self) -> bool {
        let Config::Paths(_, running) = self.running() else { return false };
        self.stage.candidate.as_ref().is_some_and(|candidate| *candidate != **running)
    }

    /// The candidate as it stands.
    pub(super) fn candidate(&self) -> Option<Candidate> {
        let Config::Paths(_, running) = self.running() else { return None };
        Some(self.stage.candidate.clone().unwrap_or_else(|| (**running).clone()))
    }

    /// The candidate, to be changed.
    pub(super) fn candidate_mut(&mut self, who: &Arc<()>) -> Result<Option<&mut Candidate>, Locked> {
        self.check_lock(who)?;
        if self.stage.candidate.is_none() {
            self.stage.candidate = self.candidate();
        }
        self.changes += 1;
        Ok(self.stage.candidate.as_mut())
    }

    /// Makes an earlier configuration the candidate: 0 is what runs. False where nothing is remembered there.
    pub(super) fn recall(&mut self, who: &Arc<()>, number: usize) -> Result<bool, Locked> {
        self.check_lock(who)?;
        self.stage.candidate = None;
        let Some(earlier) = number.checked_sub(1) else { return Ok(true) };
        let Some(Config::Paths(_, earlier)) = self.stage.past.get(earlier) else { return Ok(false) };
        self.stage.candidate = Some((**earlier).clone());
        Ok(true)
    }

    /// Makes the candidate what runs. With `hold` the device goes back unless it is committed again in time.
    pub(super) fn commit(&mut self, who: &Arc<()>, hold: Option<std::time::Duration>) -> Result<(), Locked> {
        self.check_lock(who)?;
        if let Some(hold) = hold {
            self.arm(hold);
        }
        let Config::Paths(dialect, running) = self.running().clone() else { return Ok(()) };
        let new = Config::Paths(dialect, self.stage.candidate.take().map_or(running, Arc::new));
        let old = std::mem::replace(self.running_mut(), new);
        self.stage.remember(old);
        if hold.is_none() {
            // What waited is settled by any later commit.
            self.confirm();
            self.save();
        }
        Ok(())
    }
}
