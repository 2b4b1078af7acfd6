//! What a template sees: one device and everything about it, resolved, plain and serialisable.
//!
//! This is the interface between the program and the templates, and what `samnet show device --format
//! json` prints. Addresses are text (`10.0.0.1/24` with a length, `10.0.0.1` without), VLANs are numbers,
//! secrets are names. An object with a `place` can be given to the filter `at`.

use serde::Serialize;

use crate::model::Role;
use crate::policy::Action;

mod ports;
mod routing;
mod settings;
mod wireless;

pub use ports::{LagContext, LoginContext, PeerContext, PortContext, StormContext};
pub use routing::{BgpContext, NeighbourContext, OspfContext};
pub use settings::{
    BannerContext, HostContext, RadiusContext, Said, SecurityContext, ServicesContext, SnmpContext, SwitchingContext,
    WirelessContext,
};
pub use wireless::{AccessPointContext, RadioContext, ScheduleContext, ServedSiteContext, SsidContext};

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
    /// How the device guards itself.
    pub security: SecurityContext,
    /// How it behaves as a switch.
    pub switching: SwitchingContext,
    /// How it behaves as an access point.
    pub wireless: WirelessContext,
    /// How the device is managed.
    pub management: ManagementContext,
    /// Loopback address, for devices that route.
    pub loopback: Option<String>,
    /// VLANs that live on the device, by id.
    pub vlans: Vec<VlanContext>,
    /// Every port of the model, in the model's order.
    pub ports: Vec<PortContext>,
    /// Its link aggregation groups, by number.
    pub lags: Vec<LagContext>,
    /// Radios of an access point.
    pub radios: Vec<RadioContext>,
    /// Access points that it configures: those of a controller, or one by itself.
    pub access_points: Vec<AccessPointContext>,
    /// Sites that they stand at, by identifier.
    pub served: Vec<ServedSiteContext>,
    /// Wireless networks it sends, or its access points do.
    pub ssids: Vec<SsidContext>,
    /// Routes that lead to the firewalls, for routers that have links to them.
    pub routes: Vec<RouteContext>,
    /// OSPF between core and sites.
    pub ospf: OspfContext,
    /// BGP towards others, for routers that speak it.
    pub bgp: Option<BgpContext>,
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
    /// Word of the role: `core`, `firewall`, `distribution`, `access`, `controller`, `ap`.
    pub role: Role,
    /// Number within role and site.
    pub number: u32,
    /// Name of the model.
    pub model: String,
    /// Name of the platform.
    pub platform: String,
    /// The part of the device that is ours, where it is shared out.
    pub partition: Option<String>,
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
    /// The block that every address of the plan is cut from.
    pub plan: String,
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
    /// Its name on devices, by the naming rules; the identifier where they say nothing.
    pub label: String,
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
    /// Its name on firewalls, where the naming rules give one.
    pub object: Option<String>,
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
    /// Its name on firewalls, where the naming rules give one.
    pub object: Option<String>,
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
    /// Its name on firewalls, where the naming rules give one.
    pub object: Option<String>,
    /// Prefixes, where no segment is meant; a single address has no length.
    pub nets: Vec<String>,
}
