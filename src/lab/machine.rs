//! One emulated device's state: running and saved configuration, checkpoint, rollback timer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dialect::Dialect;
use super::fault;
use super::lines::Section;
use super::nft::Ruleset;
use super::paths::Candidate;
use super::session::staged;
use super::stage::Stage;
use super::tables::Tables;
use super::uci::Store;
use crate::platform::lab::Action;

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
    config: Arc<Config>,
    /// When the device goes back by itself.
    deadline: Option<Instant>,
    /// It starts again then.
    restarts: bool,
}

/// A device's state. The timer needs no task: whoever looks first after it ran out finds it done.
#[derive(Debug)]
pub(super) struct Machine {
    name: String,
    /// Shared with the saved one and the checkpoint until it changes: most devices never do.
    running: Arc<Config>,
    startup: Arc<Config>,
    checkpoint: Option<Checkpoint>,
    /// What is edited before it is committed.
    pub(super) stage: Stage,
    /// The last change that waited was confirmed.
    confirmed: bool,
    /// How often the timer ran out, so that a session can tell its user.
    expired: usize,
    /// Configuration commands taken since the start.
    pub(super) changes: usize,
    /// What it says instead of writing to its disk, which is full.
    full: Option<String>,
}

impl Machine {
    pub(super) fn new(name: String, config: Config) -> Self {
        let config = Arc::new(config);
        Self {
            name,
            startup: Arc::clone(&config),
            running: config,
            checkpoint: None,
            stage: Stage::default(),
            confirmed: false,
            expired: 0,
            changes: 0,
            full: None,
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
            self.stage.remember(Arc::unwrap_or_clone(old));
        }
        false
    }

    /// How often the timer ran out.
    pub(super) const fn expired(&self) -> usize {
        self.expired
    }

    pub(super) fn running(&self) -> &Config {
        &self.running
    }

    /// What runs, to be changed.
    pub(super) fn running_mut(&mut self) -> &mut Config {
        Arc::make_mut(&mut self.running)
    }

    pub(super) fn startup(&self) -> &Config {
        &self.startup
    }

    /// The name in prompts.
    pub(super) fn host(&self) -> String {
        self.running.host().unwrap_or_else(|| self.name.clone())
    }

    pub(super) fn save(&mut self) {
        if self.full.is_none() {
            self.startup = Arc::clone(&self.running);
        }
    }

    /// Whether its disk is full, and what it says then.
    pub(super) fn set_full(&mut self, words: Option<String>) {
        self.full = words;
    }

    /// What it says instead of doing these, where its disk is full and one of them has to write there.
    pub(super) fn no_room_for(&self, actions: &[Action]) -> Option<&str> {
        self.full.as_deref().filter(|_| actions.iter().any(fault::writes))
    }

    /// Remembers the running configuration; one that waits already is kept.
    pub(super) fn checkpoint(&mut self) {
        if self.checkpoint.is_none() {
            self.confirmed = false;
            self.checkpoint = Some(Checkpoint { config: Arc::clone(&self.running), deadline: None, restarts: false });
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
        self.checkpoint = Some(Checkpoint {
            config: Arc::clone(&self.startup),
            deadline: Some(Instant::now() + hold),
            restarts: false,
        });
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
        self.running = Arc::clone(&self.startup);
    }

    /// Starts from the saved configuration.
    pub(super) fn reboot(&mut self) {
        self.running = Arc::clone(&self.startup);
        self.stage.clear();
        self.checkpoint = None;
    }
}
