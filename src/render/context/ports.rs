//! Ports.

use serde::Serialize;

use crate::model::{LagMode, PortMode, Role};

/// A port.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the profile's own independent switches")]
pub struct PortContext {
    /// The platform's name.
    pub name: String,
    /// Key in the site file.
    pub key: String,
    /// Highest speed in Mbit/s.
    pub speed: u32,
    /// Speed in Mbit/s that it must take; absent where it chooses.
    pub fixed_speed: Option<u32>,
    /// Whether anything is written about it.
    pub used: bool,
    /// Name of the profile.
    pub profile: Option<String>,
    /// `access`, `trunk` or `routed`.
    pub mode: PortMode,
    /// Untagged VLAN.
    pub vlan: Option<u16>,
    /// Voice VLAN.
    pub voice: Option<u16>,
    /// Tagged VLANs, sorted, without the untagged one.
    pub tagged: Vec<u16>,
    /// Every VLAN of a trunk, the untagged one included.
    pub allowed: Vec<u16>,
    /// Whether 802.1X guards it.
    pub dot1x: bool,
    /// Details of 802.1X.
    pub login: LoginContext,
    /// Whether it powers what is plugged in.
    pub poe: bool,
    /// Whether it must not power anything, though it could.
    pub poe_off: bool,
    /// Power set aside, in watts.
    pub poe_watts: Option<u32>,
    /// Limits for storms, in percent.
    pub storm: StormContext,
    /// Whether no switch stands behind it; absent where nobody says so.
    pub edge: Option<bool>,
    /// Whether a spanning tree message switches it off; absent where nobody says so.
    pub bpdu_guard: Option<bool>,
    /// Whether the root of the spanning tree may not stand behind it.
    pub root_guard: bool,
    /// Whether DHCP answers and ARP from it are believed; absent where nobody says so.
    pub trusted: Option<bool>,
    /// Most DHCP packets a second.
    pub dhcp_rate: Option<u32>,
    /// Whether ports of this kind cannot reach each other.
    pub isolated: bool,
    /// Whether it is switched off by its profile.
    pub shutdown: bool,
    /// Number of the link aggregation group it belongs to.
    pub lag: Option<u32>,
    /// Rate in Mbit/s that what leaves here is shaped to.
    pub shape_mbit: Option<u32>,
    /// Whether it leads towards the middle of the network.
    pub uplink: bool,
    /// Address of a routed port, with its length.
    pub address: Option<String>,
    /// What stands at the other end.
    pub peer: Option<PeerContext>,
    /// Description.
    pub description: String,
    /// Its place.
    pub place: usize,
}

/// A link aggregation group. What it shares with a port has the same name there.
#[derive(Clone, Debug, Serialize)]
pub struct LagContext {
    /// Its number on this device.
    pub number: u32,
    /// `active`, `passive` (LACP) or `static`.
    pub agreed: LagMode,
    /// The platform's names of its ports.
    pub members: Vec<String>,
    /// `access`, `trunk` or `routed`.
    pub mode: PortMode,
    /// Untagged VLAN.
    pub vlan: Option<u16>,
    /// Never there: a group carries no telephone.
    pub voice: Option<u16>,
    /// Tagged VLANs, sorted, without the untagged one.
    pub tagged: Vec<u16>,
    /// Every VLAN of a trunk, the untagged one included.
    pub allowed: Vec<u16>,
    /// Whether no switch stands behind it; absent where nobody says so.
    pub edge: Option<bool>,
    /// Whether a spanning tree message switches it off; absent where nobody says so.
    pub bpdu_guard: Option<bool>,
    /// Whether the root of the spanning tree may not stand behind it.
    pub root_guard: bool,
    /// Whether DHCP answers and ARP from it are believed; absent where nobody says so.
    pub trusted: Option<bool>,
    /// Most DHCP packets a second.
    pub dhcp_rate: Option<u32>,
    /// Whether ports of this kind cannot reach each other.
    pub isolated: bool,
    /// Whether it leads towards the middle of the network.
    pub uplink: bool,
    /// Address of a routed group, with its length.
    pub address: Option<String>,
    /// What stands at the other end; the first of a pair.
    pub peer: Option<PeerContext>,
    /// Rate in Mbit/s that what leaves here is shaped to.
    pub shape_mbit: Option<u32>,
    /// Limits for storms, in percent.
    pub storm: StormContext,
    /// Description.
    pub description: String,
    /// Place of its first port.
    pub place: usize,
}

/// The far end of a link.
#[derive(Clone, Debug, Serialize)]
pub struct PeerContext {
    /// Name of the device.
    pub device: String,
    /// Its role.
    pub role: Role,
    /// Name of its port.
    pub interface: String,
    /// Its address, on a routed link.
    pub address: Option<String>,
}

/// Details of 802.1X on a port.
#[derive(Clone, Debug, Serialize)]
pub struct LoginContext {
    /// Whether a device that does not answer is looked up by its MAC address.
    pub mab: bool,
    /// VLAN while no RADIUS server answers.
    pub critical: Option<u16>,
    /// VLAN for whoever fails.
    pub guest: Option<u16>,
    /// Whether everything passes while logins are only being watched.
    pub open: bool,
    /// Seconds between logins; absent for what RADIUS says.
    pub reauthenticate: Option<u32>,
}

/// Limits for storms on a port, in percent of its speed.
#[derive(Clone, Debug, Serialize)]
pub struct StormContext {
    /// Broadcast.
    pub broadcast: Option<u32>,
    /// Multicast.
    pub multicast: Option<u32>,
    /// Unknown unicast.
    pub unicast: Option<u32>,
    /// Whether the port switches itself off then.
    pub shutdown: bool,
}
