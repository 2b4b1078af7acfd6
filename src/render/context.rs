//! What a template sees: one device and everything about it, resolved, plain and serialisable.
//!
//! This is the interface between the program and the templates, and what `samnet show device --format
//! json` prints. Addresses are text (`10.0.0.1/24` with a length, `10.0.0.1` without), VLANs are numbers,
//! secrets are names. An object with a `place` can be given to the filter `at`.

use serde::Serialize;

use crate::model::{Band, PortMode, Role, Security};
use crate::policy::Action;

/// Everything a template may write about one device.
#[derive(Clone, Debug, Serialize)]
pub struct Context {
    /// Version of this structure; rises when a name in it changes its meaning.
    pub version: u32,
    /// The device itself.
    pub device: DeviceContext,
    /// The site it stands at.
    pub site: SiteContext,
    /// The organisation the site belongs to.
    pub organisation: OrganisationContext,
    /// The network as a whole.
    pub network: NetworkContext,
    /// Longest texts the platform takes.
    pub limits: LimitsContext,
    /// Services every device uses.
    pub services: ServicesContext,
    /// How the device is managed.
    pub management: ManagementContext,
    /// Loopback address, for devices that route.
    pub loopback: Option<String>,
    /// VLANs that live on the device, by id.
    pub vlans: Vec<VlanContext>,
    /// Every port of the model, in the model's order.
    pub ports: Vec<PortContext>,
    /// Radios of an access point.
    pub radios: Vec<RadioContext>,
    /// Wireless networks it sends.
    pub ssids: Vec<SsidContext>,
    /// Routes that lead to the firewalls, for routers that have links to them.
    pub routes: Vec<RouteContext>,
    /// Filters for the VLANs it is the gateway of, by VLAN id.
    pub acls: Vec<AclContext>,
    /// Rules of a firewall.
    pub firewall: Option<FirewallContext>,
    /// Where logins to it may come from: sources of flows that reach it on TCP 22.
    pub logins: Vec<String>,
}

/// The device itself.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceContext {
    /// Host name.
    pub name: String,
    /// Word of the role: `core`, `firewall`, `distribution`, `access`, `ap`.
    pub role: Role,
    /// Number within role and site.
    pub number: u32,
    /// Name of the model.
    pub model: String,
    /// Name of the platform.
    pub platform: String,
    /// Where in the building.
    pub room: Option<String>,
    /// Place of its key in the site file.
    pub place: usize,
}

/// The site.
#[derive(Clone, Debug, Serialize)]
pub struct SiteContext {
    /// Identifier.
    pub id: String,
    /// Short form in names.
    pub code: String,
    /// Name as people write it.
    pub name: String,
    /// Street address.
    pub address: Option<String>,
    /// Kinds of building.
    pub tags: Vec<String>,
    /// Its part of the address plan.
    pub prefix: Option<String>,
    /// Place of the site.
    pub place: usize,
}

/// The organisation.
#[derive(Clone, Debug, Serialize)]
pub struct OrganisationContext {
    /// Identifier.
    pub id: String,
    /// Short form in names.
    pub code: String,
    /// Name as people write it.
    pub name: String,
}

/// The network as a whole.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkContext {
    /// Display name.
    pub name: String,
    /// DNS domain.
    pub domain: String,
    /// IANA name of the time zone.
    pub timezone: String,
    /// Place of the domain, and so of what follows from the network alone.
    pub place: usize,
}

/// Longest texts the platform takes, in characters.
#[derive(Clone, Debug, Serialize)]
pub struct LimitsContext {
    /// Host name.
    pub hostname: usize,
    /// VLAN name.
    pub vlan_name: usize,
    /// Interface description.
    pub description: usize,
}

/// An address with its place.
#[derive(Clone, Debug, Serialize)]
pub struct HostContext {
    /// The address.
    pub host: String,
    /// Its place.
    pub place: usize,
}

/// Services every device uses.
#[derive(Clone, Debug, Serialize)]
pub struct ServicesContext {
    /// Time servers.
    pub ntp: Vec<HostContext>,
    /// Name servers.
    pub dns: Vec<HostContext>,
    /// Log collectors.
    pub syslog: Vec<HostContext>,
    /// RADIUS servers, in order of preference.
    pub radius: Vec<RadiusContext>,
    /// SNMPv3 polling.
    pub snmp: Option<SnmpContext>,
    /// Text before login, a line each.
    pub banner: Option<BannerContext>,
}

/// A RADIUS server.
#[derive(Clone, Debug, Serialize)]
pub struct RadiusContext {
    /// Its address.
    pub host: String,
    /// Port for authentication.
    pub auth_port: u16,
    /// Port for accounting.
    pub acct_port: u16,
    /// Name of the shared secret.
    pub secret: String,
    /// Its place.
    pub place: usize,
}

/// SNMPv3 polling.
#[derive(Clone, Debug, Serialize)]
pub struct SnmpContext {
    /// User name.
    pub user: String,
    /// Name of the authentication secret.
    pub auth: String,
    /// Name of the privacy secret.
    pub privacy: String,
    /// Contact.
    pub contact: Option<String>,
    /// Its place.
    pub place: usize,
}

/// Text before login.
#[derive(Clone, Debug, Serialize)]
pub struct BannerContext {
    /// Its lines.
    pub lines: Vec<String>,
    /// Its place.
    pub place: usize,
}

/// How the device is managed.
#[derive(Clone, Debug, Serialize)]
pub struct ManagementContext {
    /// VLAN it is managed in, where the site has it.
    pub vlan: Option<u16>,
    /// Its address, without a length.
    pub address: String,
    /// Its address, with the length of the subnet.
    pub interface: String,
    /// Default gateway of the subnet.
    pub gateway: Option<String>,
    /// Whether the device is that gateway.
    pub is_gateway: bool,
    /// Place of the address, or of the device.
    pub place: usize,
}

/// A VLAN that lives on the device.
#[derive(Clone, Debug, Serialize)]
pub struct VlanContext {
    /// 802.1Q id.
    pub id: u16,
    /// Identifier in the inventory.
    pub name: String,
    /// What people read; the identifier where nothing is written.
    pub title: String,
    /// Its segment.
    pub segment: String,
    /// Its subnet at this site.
    pub subnet: Option<String>,
    /// Its gateway with the length of the subnet, where this device is the gateway.
    pub gateway: Option<String>,
    /// DHCP servers that requests are relayed to.
    pub relays: Vec<HostContext>,
    /// Place of the VLAN.
    pub place: usize,
}

/// A port.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the profile's own independent switches")]
pub struct PortContext {
    /// The platform's name.
    pub name: String,
    /// Key in the site file.
    pub key: String,
    /// Speed in Mbit/s.
    pub speed: u32,
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
    /// Whether it powers what is plugged in.
    pub poe: bool,
    /// Whether it is switched off by its profile.
    pub shutdown: bool,
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

/// A radio.
#[derive(Clone, Debug, Serialize)]
pub struct RadioContext {
    /// The platform's name.
    pub name: String,
    /// `2.4` or `5`.
    pub band: Band,
    /// Channel from the model's plan, by the device's number.
    pub channel: Option<u32>,
    /// Width in MHz.
    pub width: u32,
    /// Its place.
    pub place: usize,
}

/// A wireless network.
#[derive(Clone, Debug, Serialize)]
pub struct SsidContext {
    /// Name on air.
    pub name: String,
    /// How stations prove themselves.
    pub security: Security,
    /// Whether that is by RADIUS.
    pub enterprise: bool,
    /// VLAN stations land in.
    pub vlan: Option<u16>,
    /// Name of the shared secret.
    pub secret: Option<String>,
    /// Whether stations are kept apart.
    pub client_isolation: bool,
    /// Limit per station in Mbit/s.
    pub rate_limit_mbit: Option<u32>,
    /// Bands it is sent on.
    pub bands: Vec<Band>,
    /// Place of the entry.
    pub place: usize,
}

/// A route that leads to a firewall.
#[derive(Clone, Debug, Serialize)]
pub struct RouteContext {
    /// Where to; `0.0.0.0/0` for everything else.
    pub prefix: String,
    /// Next hop.
    pub via: String,
    /// Administrative distance where it is a spare.
    pub distance: Option<u32>,
    /// Place of the link it takes.
    pub place: usize,
}

/// A filter for what enters from one VLAN.
#[derive(Clone, Debug, Serialize)]
pub struct AclContext {
    /// VLAN id.
    pub vlan: u16,
    /// Identifier of the VLAN.
    pub name: String,
    /// Entries, first match decides.
    pub entries: Vec<EntryContext>,
    /// Place of the VLAN.
    pub place: usize,
}

/// One entry of a filter.
#[derive(Clone, Debug, Serialize)]
pub struct EntryContext {
    /// `permit` or `deny`.
    pub action: Action,
    /// `ip`, `tcp`, `udp` or `icmp`.
    pub protocol: &'static str,
    /// Source; absent for any.
    pub source: Option<String>,
    /// First and last source port; absent for any.
    pub source_ports: Option<(u16, u16)>,
    /// Destination; absent for any.
    pub destination: Option<String>,
    /// First and last destination port; absent for any.
    pub destination_ports: Option<(u16, u16)>,
    /// Whether only packets of a TCP connection that exists match.
    pub established: bool,
    /// `echo` or `echo-reply`, for these alone.
    pub icmp: Option<&'static str>,
    /// Whether matches are logged.
    pub log: bool,
    /// `flow`, `answer`, `dhcp`, `inside` or `default`.
    pub reason: &'static str,
    /// The flow behind it.
    pub flow: Option<String>,
    /// Its place.
    pub place: Option<usize>,
}

/// Rules of a firewall.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallContext {
    /// Segments that the rules name, by name.
    pub segments: Vec<SegmentContext>,
    /// Everything that is not `internet`, sorted.
    pub inside: Vec<String>,
    /// Packets through it that open a connection.
    pub forward: Vec<ForwardContext>,
    /// Packets to it that open a connection.
    pub input: Vec<ForwardContext>,
}

/// A segment's addresses.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentContext {
    /// Name.
    pub name: String,
    /// Prefixes without overlap, sorted; a single address has no length.
    pub nets: Vec<String>,
    /// Its place.
    pub place: usize,
}

/// One permit of a firewall.
#[derive(Clone, Debug, Serialize)]
pub struct ForwardContext {
    /// The flow.
    pub flow: String,
    /// Where packets come from.
    pub source: SideContext,
    /// Where they go.
    pub destination: SideContext,
    /// `tcp`, `udp`, `icmp` or `any`.
    pub protocol: &'static str,
    /// Ports, a pair of first and last each.
    pub ports: Vec<(u16, u16)>,
    /// Place of the flow.
    pub place: usize,
}

/// One side of a permit.
#[derive(Clone, Debug, Serialize)]
pub struct SideContext {
    /// `segment`, `internet`, `nets` or `own`.
    pub kind: &'static str,
    /// Name of the segment.
    pub segment: Option<String>,
    /// Prefixes, where no segment is meant; a single address has no length.
    pub nets: Vec<String>,
}
