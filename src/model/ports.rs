//! Ports: what they are for, and what stands on them.

use std::sync::{Arc, LazyLock};

use serde::Serialize;

use super::record::{layer, record};
use super::site::DeviceRef;
use crate::source::{Sp, Span};
use crate::value::{Id, Text};

layer! {
    /// What can be said of a port, in a profile or at the port itself.
    pub struct PortSettings {
        /// What people read, used in the port's description.
        pub title: Option<Sp<String>>,
        /// `access`, `trunk` or `routed`; access where nothing is said.
        pub mode: Option<Sp<PortMode>>,
        /// Untagged VLAN of an access port, or native VLAN of a trunk, by name.
        pub vlan: Option<Sp<Id>>,
        /// Voice VLAN for a telephone in front of the computer, by name; `none` takes an inherited one away.
        pub voice: Option<Sp<Option<Id>>>,
        /// Tagged VLANs of a trunk, by name; absent means what the device behind the port needs.
        pub tagged: Option<Sp<Vec<Sp<Id>>>>,
        /// Who may use the port; `true` and `false` alone switch it on and off.
        pub dot1x: Dot1x,
        /// Whether the port may power a device.
        pub poe: Option<Sp<bool>>,
        /// Power set aside for the device, in watts.
        pub poe_watts: Option<Sp<u32>>,
        /// Whether the port is switched off.
        pub shutdown: Option<Sp<bool>>,
        /// Speed in Mbit/s, where the port must not choose it by itself.
        pub speed: Option<Sp<u32>>,
        /// Share of broadcast, multicast and unknown unicast that a port lets through.
        pub storm_control: StormControl,
        /// Whether no switch stands behind the port, so that it forwards at once.
        pub edge: Option<Sp<bool>>,
        /// Whether a spanning tree message from outside switches the port off.
        pub bpdu_guard: Option<Sp<bool>>,
        /// Whether the root of the spanning tree may not stand behind the port.
        pub root_guard: Option<Sp<bool>>,
        /// Whether DHCP answers and ARP from the port are believed.
        pub trusted: Option<Sp<bool>>,
        /// Most DHCP packets a second.
        pub dhcp_rate: Option<Sp<u32>>,
        /// Whether ports of this kind cannot reach each other.
        pub isolated: Option<Sp<bool>>,
    }

    /// Who may use a port: IEEE 802.1X, with the MAC address as a fallback.
    pub struct Dot1x {
        /// Whether a login is asked for at all.
        pub enabled: Option<Sp<bool>>,
        /// Whether a device that does not answer is looked up by its MAC address.
        pub mab: Option<Sp<bool>>,
        /// VLAN while no RADIUS server answers, by name.
        pub critical_vlan: Option<Sp<Id>>,
        /// VLAN for whoever fails, by name.
        pub guest_vlan: Option<Sp<Id>>,
        /// VLANs that RADIUS may put a device in, by name.
        pub dynamic_vlans: Option<Sp<Vec<Sp<Id>>>>,
        /// Whether everything passes while logins are only being watched.
        pub open: Option<Sp<bool>>,
        /// Seconds between logins; what RADIUS says where nothing is said.
        pub reauthenticate: Option<Sp<u32>>,
    }

    /// Share of broadcast, multicast and unknown unicast that a port lets through, in percent.
    pub struct StormControl {
        /// Broadcast.
        pub broadcast: Option<Sp<u32>>,
        /// Multicast.
        pub multicast: Option<Sp<u32>>,
        /// Unknown unicast.
        pub unicast: Option<Sp<u32>>,
        /// What happens then: `drop` or `shutdown`.
        pub action: Option<Sp<StormAction>>,
    }
}

record! {
    /// What a port is for; says nothing of which port.
    #[derive(Clone, Debug)]
    pub struct PortProfile {
        /// Identifier.
        pub name: Sp<Id>,
        /// The profile it refines, by name.
        pub extends: Option<Sp<Id>>,
        /// What it says.
        pub settings: PortSettings,
    }

    /// What ports are used for: all of a line, or one of them where each leads elsewhere. What the line says of all
    /// its ports is shared, and read as if it stood here.
    #[derive(Clone, Debug)]
    pub struct PortUse {
        /// Which ports.
        pub ports: PortKeys,
        /// The device at the other end.
        pub to: Option<Box<Sp<DeviceRef>>>,
        /// The port at the other end.
        pub to_port: Option<Box<Sp<Text>>>,
        /// The line.
        pub line: Arc<PortLine>,
    }

    /// What one line of a site file says of each of its ports.
    #[derive(Clone, Debug, Default)]
    pub struct PortLine {
        /// The profile, if one is named.
        pub profile: Option<Sp<Id>>,
        /// What is said here and not by the profile.
        pub settings: Option<Arc<PortSettings>>,
        /// Number of the link aggregation group the port belongs to.
        pub lag: Option<Sp<u32>>,
        /// Number of the group at the other end; the same where nothing is said.
        pub to_lag: Option<Sp<u32>>,
        /// How the group is agreed on; LACP where nothing is said.
        pub lag_mode: Option<Sp<LagMode>>,
        /// Words for the description, where the naming rule must not decide.
        pub description: Option<Sp<Text>>,
        /// Place of the key that names the ports.
        pub span: Span,
    }
}

/// Ports by their keys within the model: `12`, `u1`, `2/12` on the second member of a stack. A range is kept as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortKeys {
    /// What stands before the numbers: nothing, `u` or `2/u`.
    prefix: Text,
    /// First and last number.
    first: (u32, u32),
    /// The same of what follows with a gap.
    more: Option<Box<[(u32, u32)]>>,
}

impl PortKeys {
    /// Ports whose keys share what stands before their numbers; `None` where there are none.
    pub fn new(prefix: Text, numbers: impl IntoIterator<Item = u32>) -> Option<Self> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for number in numbers {
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let (first, more) = runs.split_first()?;
        Some(Self { prefix, first: *first, more: (!more.is_empty()).then(|| more.into()) })
    }

    /// One port, whatever its key; a key without a number is read as one with the number 0.
    #[must_use]
    pub fn one(key: &str) -> Self {
        let digits = key.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (prefix, number) = key.split_at(digits);
        let number = number.parse().unwrap_or(0);
        Self { prefix: prefix.into(), first: (number, number), more: None }
    }

    /// What stands before the numbers.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// First and last number of each run, in the order in which they are written.
    pub fn runs(&self) -> impl Iterator<Item = (u32, u32)> {
        std::iter::once(self.first).chain(self.more.iter().flatten().copied())
    }

    /// Every number, in the order in which they are written.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.runs().flat_map(|(first, last)| first..=last)
    }

    /// Every key, in the order in which they are written.
    pub fn iter(&self) -> impl Iterator<Item = Text> {
        self.numbers().map(|number| self.key(number))
    }

    /// The first key.
    #[must_use]
    pub fn first(&self) -> Text {
        self.key(self.first.0)
    }

    /// The last key.
    #[must_use]
    pub fn last(&self) -> Text {
        self.key(self.more.as_deref().and_then(<[_]>::last).map_or(self.first.1, |(_, last)| *last))
    }

    /// Whether it is one port.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.more.is_none() && self.first.0 == self.first.1
    }

    /// Whether a key is among them.
    #[must_use]
    pub fn hold(&self, key: &str) -> bool {
        let Some(number) = key.strip_prefix(self.prefix.as_str()).filter(|number| is_number(number)) else {
            return false;
        };
        let Ok(number) = number.parse() else { return false };
        self.runs().any(|(first, last)| (first..=last).contains(&number))
    }

    fn key(&self, number: u32) -> Text {
        let known =
            usize::try_from(number).ok().and_then(|number| NUMBERS.get(number)).filter(|_| self.prefix.is_empty());
        known.cloned().unwrap_or_else(|| smol_str::format_smolstr!("{}{number}", self.prefix))
    }
}

/// Whether a text is a number as keys have it.
fn is_number(text: &str) -> bool {
    text == "0" || (!text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The keys that most ports have.
static NUMBERS: LazyLock<Vec<Text>> =
    LazyLock::new(|| (0..=64).map(|number| smol_str::format_smolstr!("{number}")).collect());

impl std::ops::Deref for PortUse {
    type Target = PortLine;

    fn deref(&self) -> &PortLine {
        &self.line
    }
}

impl std::ops::DerefMut for PortUse {
    fn deref_mut(&mut self) -> &mut PortLine {
        Arc::make_mut(&mut self.line)
    }
}

/// How a port carries VLANs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PortMode {
    /// One untagged VLAN.
    #[default]
    Access,
    /// Several tagged VLANs.
    Trunk,
    /// No VLAN: an IP interface.
    Routed,
}

/// What a port does against a storm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StormAction {
    /// Drops what is too much.
    #[default]
    Drop,
    /// Switches itself off.
    Shutdown,
}

/// How a link aggregation group is agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LagMode {
    /// LACP, asking for it (IEEE 802.1AX).
    #[default]
    Active,
    /// LACP, only answering.
    Passive,
    /// Without LACP.
    Static,
}
