//! An emulated device without a network: what is typed at its command line changes it.

use std::sync::Arc;
use std::time::Duration;

use super::machine::Machine;
use super::session::{Session, Terms};
use super::{Behaviour, Device};
use crate::platform::Platform;

/// A device on the desk.
#[derive(Debug)]
pub struct Desk {
    machine: Machine,
    session: Session,
    platform: Arc<Platform>,
    behaviour: Behaviour,
}

impl Desk {
    /// A device that runs a text, at the outermost level of its configuration.
    ///
    /// # Errors
    /// When its platform has no command line, or the device refuses the text.
    pub fn new(platform: &Arc<Platform>, running: &str) -> Result<Self, String> {
        let device = Device::new("device", Arc::clone(platform), running, "");
        let behaviour = Behaviour::new(platform).map_err(|error| error.to_string())?;
        let config = behaviour.load(&device).map_err(|error| error.to_string())?;
        let machine = Machine::new(device.name, config);
        let dialect = behaviour.dialect.clone().ok_or("the platform has no command line")?;
        let terms = Terms { enable: None, minute: Duration::from_mins(1), user: String::new() };
        let mut session = Session::new(dialect, terms, &machine);
        session.return_to_root();
        Ok(Self { machine, session, platform: Arc::clone(platform), behaviour })
    }

    /// Types a line, and commits it where the device waits for that; the text it brings, where it is a refusal, is the error.
    ///
    /// # Errors
    /// With what the device says, where that is one of the platform's failures.
    pub fn give(&mut self, line: &str) -> Result<String, String> {
        let mut said = self.session.line(&mut self.machine, line).text;
        // Whatever it asks is wanted.
        while self.session.takes_a_key() {
            said.push_str(&self.session.line(&mut self.machine, "y").text);
        }
        self.session.commit(&mut self.machine);
        let refused = said.lines().any(|line| self.platform.session.failures.iter().any(|words| words.is_match(line)));
        if refused { Err(said) } else { Ok(said) }
    }

    /// Goes back to the outermost level of the configuration.
    pub fn return_to_root(&mut self) {
        self.session.return_to_root();
    }

    /// What a device of the same kind prints after it has loaded a text.
    ///
    /// # Errors
    /// When the device refuses the text.
    pub fn other(&self, running: &str) -> Result<String, String> {
        let device = Device::new("device", Arc::clone(&self.platform), running, "");
        self.behaviour.load(&device).map(|config| config.text()).map_err(|error| error.to_string())
    }

    /// The running configuration, without what stands before and after.
    #[must_use]
    pub fn running(&self) -> String {
        self.machine.running().text()
    }
}
