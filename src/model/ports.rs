//! Ports: what they are for, and what stands on them.

use std::sync::Arc;

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

    /// One port's use; what its line says of all its ports is shared, and read as if it stood here.
    #[derive(Clone, Debug)]
    pub struct PortUse {
        /// Key within the model: `12`, `u1`, `2/12` on the second member of a stack.
        pub port: Sp<Text>,
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
        pub description: Option<Sp<String>>,
        /// Place of the port's key.
        pub span: Span,
    }
}

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
