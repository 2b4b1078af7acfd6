//! One emulated device's state: running and saved configuration, checkpoint, rollback timer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dialect::Dialect;
use super::lines::Section;
use super::nft::Ruleset;
use super::paths::Candidate;
use super::session::staged;
use super::stage::Stage;
use super::tables::Tables;
use super::uci::Store;

/// What a device runs, in its family's own terms.
#[derive(Clone, Debug)]
pub(super) enum Config {
    /// Sections and lines.
    Lines(Arc<Dialect>, Section),
    /// Statements as paths of words.
    Paths(Arc<Dialect>, Arc<Candidate>),
    /// UCI packages.
    Uci(Store),
    /// An nftables ruleset.
    Nft(Ruleset),
    /// Tables and entries, and where the host name stands among them.
    Tables(Tables, Arc<(String, String)>),
}

impl Config {
    /// The configuration as printed, without what stands before and after.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Lines(dialect, root) => root.print(dialect),
            Self::Paths(_, committed) => committed.commands(),
            Self::Uci(store) => store.text(),
            Self::Nft(ruleset) => ruleset.text(),
            Self::Tables(tables, _) => tables.text(),
        }
    }

    /// Lines the platform's data does not know.
    pub(super) fn foreign(&self) -> Vec<String> {
        match self {
            Self::Lines(_, root) => root.foreign(),
            Self::Paths(dialect, committed) => staged::foreign(dialect, committed),
            Self::Tables(tables, _) => tables.foreign(),
            // Both refuse what they do not know when they are loaded.
            Self::Uci(_) | Self::Nft(_) => Vec::new(),
        }
    }

    /// The host name the configuration sets.
    pub(super) fn host(&self) -> Option<String> {
        match self {
            Self::Lines(_, root) => {
                root.find(|text| text.starts_with("hostname ")).map(|entry| entry.value().trim_matches('"').to_owned())
            }
            Self::Paths(_, committed) => committed.value("system host-name"),
            Self::Uci(store) => store.host(),
            Self::Tables(tables, place) => tables.value(&place.0, &place.1),
            Self::Nft(_) => None,
        }
    }
}

#[derive(Debug)]
struct Checkpoint {
    config: Config,
    /// When the device goes back by itself.
    deadline: Option<Instant>,
    /// It starts again then.
    restarts: bool,
}

/// A device's state. The timer needs no task: whoever looks first after it ran out finds it done.
#[derive(Debug)]
pub(super) struct Machine {
    name: String,
    running: Config,
    startup: Config,
    checkpoint: Option<Checkpoint>,
    /// What is edited before it is committed.
    pub(super) stage: Stage,
    /// The last change that waited was confirmed.
    confirmed: bool,
    /// How often the timer ran out, so that a session can tell its user.
    expired: usize,
    /// Configuration commands taken since the start.
    pub(super) changes: usize,
}

impl Machine {
    pub(super) fn new(name: String, config: Config) -> Self {
        Self {
            name,
            startup: config.clone(),
            running: config,
            checkpoint: None,
            stage: Stage::default(),
            confirmed: false,
            expired: 0,
            changes: 0,
        }
    }

    /// Does what the clock says is due; whether the device starts again.
    pub(super) fn settle(&mut self) -> bool {
        let due = |checkpoint: &mut Checkpoint| checkpoint.deadline.is_some_and(|deadline| deadline <= Instant::now());
        if let Some(checkpoint) = self.checkpoint.take_if(due) {
            self.expired += 1;
            if checkpoint.restarts {
                self.reboot();
                return true;
            }
            let old = std::mem::replace(&mut self.running, checkpoint.config);
            self.stage.remember(old);
        }
        false
    }

    /// How often the timer ran out.
    pub(super) const fn expired(&self) -> usize {
        self.expired
    }

    pub(super) const fn running(&self) -> &Config {
        &self.running
    }

    pub(super) const fn running_mut(&mut self) -> &mut Config {
        &mut self.running
    }

    pub(super) const fn startup(&self) -> &Config {
        &self.startup
    }

    /// The name in prompts.
    pub(super) fn host(&self) -> String {
        self.running.host().unwrap_or_else(|| self.name.clone())
    }

    pub(super) fn save(&mut self) {
        self.startup = self.running.clone();
    }

    /// Remembers the running configuration; one that waits already is kept.
    pub(super) fn checkpoint(&mut self) {
        if self.checkpoint.is_none() {
            self.confirmed = false;
            self.checkpoint = Some(Checkpoint { config: self.running.clone(), deadline: None, restarts: false });
        }
    }

    /// Goes back to the checkpoint after `hold`, unless confirmed.
    pub(super) fn arm(&mut self, hold: Duration) {
        self.checkpoint();
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.deadline = Some(Instant::now() + hold);
        }
    }

    /// Goes back to what was saved last after `hold`, unless it is saved.
    pub(super) fn arm_saved(&mut self, hold: Duration) {
        self.checkpoint =
            Some(Checkpoint { config: self.startup.clone(), deadline: Some(Instant::now() + hold), restarts: false });
    }

    /// Goes back to what was saved last, and ends every session.
    pub(super) fn revert(&mut self) {
        self.reboot();
        self.expired += 1;
    }

    /// Starts again from the saved configuration after `hold`, unless confirmed.
    pub(super) fn arm_restart(&mut self, hold: Duration) {
        self.arm(hold);
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.restarts = true;
        }
    }

    /// Time left on the timer.
    pub(super) fn left(&self) -> Option<Duration> {
        let deadline = self.checkpoint.as_ref()?.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Keeps the change; false where none waited.
    pub(super) fn confirm(&mut self) -> bool {
        let waited = self.checkpoint.take().is_some();
        self.confirmed |= waited;
        waited
    }

    /// Whether a change waits to be confirmed.
    pub(super) const fn waits(&self) -> bool {
        self.checkpoint.is_some()
    }

    /// Whether the last change that waited was confirmed.
    pub(super) const fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Takes the change back; false where none waited.
    pub(super) fn abort(&mut self) -> bool {
        let Some(checkpoint) = self.checkpoint.take() else { return false };
        self.running = checkpoint.config;
        true
    }

    /// Goes back to the saved configuration; a timer runs on.
    pub(super) fn restore(&mut self) {
        self.running = self.startup.clone();
    }

    /// Starts from the saved configuration.
    pub(super) fn reboot(&mut self) {
        self.running = self.startup.clone();
        self.stage.clear();
        self.checkpoint = None;
    }
}
