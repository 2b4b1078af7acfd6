//! Plans: what would change, where, why and how risky it is, in one file that says everything.
//!
//! [`build()`] makes one out of the network, the rendered texts and what was read; [`mod@file`] writes and reads it.
//! A plan never holds a secret: commands carry keyed fingerprints, the intended text carries names.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::diff::{Command, Effect};
use crate::model::{Change, Role, Tier};
use crate::value::{DeviceName, Digest, Id, Text};

pub mod build;
pub mod file;
pub mod risk;
mod touch;

pub use build::{Inputs, Reading, build, managed, steps};
pub use file::{PlanError, Stored};
pub use risk::Risk;

/// The format this program writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// What would change, and everything `apply` needs to change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Format version, see [`FORMAT`].
    pub format: u32,
    /// Version of the program that wrote it.
    pub tool: String,
    /// The network's name.
    pub network: String,
    /// Digest of the inventory and policies it was made from.
    pub inventory: Digest,
    /// Who made it.
    pub author: String,
    /// When it was made.
    pub created: Timestamp,
    /// The selector it was limited to, if any.
    pub target: Option<String>,
    /// Whether it was read from emulated devices, and so will be applied to them.
    pub lab: bool,
    /// Names the key its fingerprints were made with.
    pub fingerprint_key: String,
    /// How the push goes about it.
    pub push: Push,
    /// Every device that was read, changed or not, by name.
    pub devices: Vec<DevicePlan>,
    /// Devices that were wanted but could not be planned, by name.
    pub missing: Vec<Missing>,
}

/// How a push goes about it, from `policies/change.yaml` when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Devices changed at once, after the canary.
    pub wave: u32,
    /// Failed devices after which no new one is begun.
    pub failure_budget: u32,
    /// Seconds a device waits for confirmation before it rolls back by itself.
    pub confirm_within: u64,
}

/// One device's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevicePlan {
    /// Its name.
    pub name: DeviceName,
    /// The organisation whose network it is.
    pub organisation: String,
    /// Its name as people write it.
    pub organisation_name: String,
    /// Site identifier.
    pub site: String,
    /// Site name as people write it.
    pub site_name: String,
    /// What it is there for.
    pub role: Role,
    /// Platform identifier.
    pub platform: String,
    /// Platform as people call it.
    pub platform_title: String,
    /// Where it was read, and where it will be changed.
    pub endpoint: Address,
    /// How it gets back by itself: `native`, `timer`, `watchdog` or `inverse`.
    pub tier: String,
    /// Features that are managed; `None` when the whole text is.
    pub features: Option<BTreeSet<String>>,
    /// Digest of [`DevicePlan::managed`].
    pub running: Digest,
    /// The managed region as it was read, masked.
    pub managed: String,
    /// The whole intended text, with `⟪secret:NAME⟫` where secrets go.
    pub intended: String,
    /// Fingerprint of every secret the intended text names.
    pub secrets: BTreeMap<Id, String>,
    /// What to send, in order.
    pub commands: Vec<Step>,
    /// What takes it back, in order.
    pub rollback: Vec<Step>,
    /// What the commands touch.
    pub touches: Touches,
    /// Estimated interruption.
    pub interruption: Interruption,
    /// Lines outside the managed region.
    pub unmanaged: usize,
    /// Lines that were not understood; they stay as they are.
    pub unknown: Vec<UnknownLine>,
    /// Remarks of the comparison.
    pub warnings: Vec<String>,
    /// Devices that must not change in the same wave.
    pub partners: BTreeSet<DeviceName>,
}

/// Where a device is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Section lines it stands in, masked.
    pub path: Vec<Text>,
    /// The command, masked.
    pub text: Text,
    /// Why.
    pub reason: String,
    /// Risk class.
    pub risk: Risk,
    /// What it does.
    pub effect: Effect,
    /// The feature it belongs to.
    pub feature: Option<String>,
    /// Whether it moves into the section it names.
    pub opens: bool,
}

/// What a device's commands touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touches {
    /// Interface names.
    pub ports: BTreeSet<String>,
    /// Wireless networks by name.
    pub ssids: BTreeSet<String>,
    /// VLAN ids.
    pub vlans: BTreeSet<u16>,
}

/// Estimated interruption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interruption {
    /// Ports whose users lose the network for a moment.
    pub ports: usize,
    /// For how long each, in seconds.
    pub seconds: u32,
    /// Wireless networks that restart.
    pub ssids: usize,
}

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownLine {
    /// Its number in the running configuration, from 1.
    pub line: usize,
    /// The line, masked.
    pub text: String,
}

/// A device that was wanted but could not be planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// Its name.
    pub name: DeviceName,
    /// The organisation whose network it is.
    pub organisation: String,
    /// Site name as people write it.
    pub site_name: String,
    /// Why, a lower-case fragment.
    pub reason: String,
}

impl Plan {
    /// Devices that have something to do.
    pub fn changing(&self) -> impl Iterator<Item = &DevicePlan> {
        self.devices.iter().filter(|device| !device.commands.is_empty())
    }

    /// Whether nothing would change anywhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changing().next().is_none()
    }

    /// A device by name.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&DevicePlan> {
        self.devices.iter().find(|device| device.name.as_str() == name)
    }

    /// Every risk class that occurs, the gravest first.
    #[must_use]
    pub fn risks(&self) -> Vec<Risk> {
        let all: BTreeSet<Risk> = self.changing().flat_map(DevicePlan::risks).collect();
        all.into_iter().rev().collect()
    }
}

impl DevicePlan {
    /// A risk class whose changes `policies/change.yaml` allows only on devices that get back more surely than this
    /// one, and the tier it asks for; the most that is asked, where several are.
    #[must_use]
    pub fn owes<'c>(&self, change: &'c Change) -> Option<(&'c str, Tier)> {
        let risks = self.risks().collect::<BTreeSet<_>>();
        let asked = change.tier.iter().filter(|(class, _)| risks.iter().any(|Risk(risk)| risk == *class));
        let (class, asked) = asked.max_by_key(|(_, asked)| asked.value)?;
        let has = [Tier::Native, Tier::Timer, Tier::Watchdog].into_iter().find(|tier| tier.word() == self.tier);
        (asked.value > has.unwrap_or_default()).then_some((class.as_str(), asked.value))
    }

    /// Every risk class that occurs on this device.
    pub fn risks(&self) -> impl Iterator<Item = Risk> {
        self.commands.iter().filter(|step| step.effect != Effect::Enter).map(|step| step.risk.clone())
    }

    /// The gravest risk class on this device.
    #[must_use]
    pub fn gravest(&self) -> Option<Risk> {
        self.risks().max()
    }
}

impl From<&Step> for Command {
    fn from(step: &Step) -> Self {
        Self {
            path: step.path.clone(),
            text: step.text.clone(),
            reason: step.reason.clone(),
            risk: step.risk.0.as_str().into(),
            effect: step.effect,
            feature: step.feature.clone(),
            opens: step.opens,
        }
    }
}
