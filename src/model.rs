//! The typed network: plain data that knows neither YAML nor vendors, each value with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::source::{Sp, Span};
use crate::value::{DeviceName, Id, VlanId};

pub mod policy;

pub use policy::{Change, Endpoint, Flow, Klassa, Naming, Policy, Scope, Segment, Service};

/// Everything one project folder says.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Display name.
    pub name: Sp<String>,
    /// DNS domain of device names.
    pub domain: Sp<String>,
    /// IANA time zone name.
    pub timezone: Sp<String>,
    /// The organisation that runs the network for the others.
    pub host: Option<Sp<Id>>,
    /// How addresses follow from indexes.
    pub plan: AddressPlan,
    /// Network-wide services.
    pub services: Services,
    /// How Samnet logs in to devices.
    pub login: Login,
    /// Where each named secret comes from.
    pub secrets: BTreeMap<Id, Sp<SecretSource>>,
    /// The member organisations, in file order.
    pub organisations: Vec<Organisation>,
    /// The VLAN structure, in file order.
    pub vlans: Vec<Vlan>,
    /// The standardised wireless networks, in file order.
    pub ssids: Vec<Ssid>,
    /// Port profiles by name.
    pub profiles: BTreeMap<Id, PortProfile>,
    /// Device models by name.
    pub models: BTreeMap<String, DeviceModel>,
    /// Sites, sorted by organisation, then identifier.
    pub sites: Vec<Site>,
    /// Zero trust, naming and change rules.
    pub policy: Policy,
    /// What could not be read.
    pub gaps: Gaps,
}

/// What could not be read in full, so that nothing is called missing on its account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Parts with a mistake in their file.
    pub parts: BTreeSet<Part>,
    /// Sites with a mistake in their file, by the name of the file.
    pub sites: BTreeSet<String>,
}

impl Gaps {
    /// Whether a part was read in full.
    #[must_use]
    pub fn whole(&self, part: Part) -> bool {
        !self.parts.contains(&part)
    }
}

/// The parts of a project that have a file of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Organisations, address plan, services, secrets.
    Network,
    /// The VLAN structure.
    Vlans,
    /// Wireless networks.
    Ssids,
    /// Port profiles.
    Profiles,
    /// Device models.
    Models,
    /// The folder of sites as a whole.
    Sites,
    /// Zero-trust segments.
    Segments,
    /// Flows.
    Flows,
    /// Naming rules.
    Naming,
    /// Change rules.
    Change,
}

/// The deterministic address plan; adding or removing anything renumbers nothing else.
#[derive(Clone, Debug, Default)]
pub struct AddressPlan {
    /// The block everything is cut from.
    pub ipv4: Sp<Ipv4Net>,
    /// Optional IPv6 block, /32 or shorter; sites get a /48, VLANs a /64 numbered by VLAN id.
    pub ipv6: Option<Sp<Ipv6Net>>,
    /// Length of the prefix each organisation gets, by its index.
    pub organisation_prefix: Sp<u8>,
    /// Length of the prefix each site gets inside its organisation's, by its index.
    pub site_prefix: Sp<u8>,
    /// Block for point-to-point links (/31 each, by site).
    pub links: Sp<Ipv4Net>,
    /// Block for loopbacks (/32 each).
    pub loopbacks: Sp<Ipv4Net>,
    /// First host number of each role within a management subnet: device n of the role gets base + n.
    pub hosts: BTreeMap<Role, Sp<u32>>,
    /// Name of the VLAN devices are managed in; `management` when absent.
    pub management: Option<Sp<Id>>,
}

/// Services every device uses.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Time servers.
    pub ntp: Vec<Sp<IpAddr>>,
    /// Name servers.
    pub dns: Vec<Sp<IpAddr>>,
    /// Log collectors.
    pub syslog: Vec<Sp<IpAddr>>,
    /// RADIUS servers, in order of preference.
    pub radius: Vec<Radius>,
    /// SNMPv3 user, if polling is wanted.
    pub snmp: Option<Snmp>,
    /// Text shown before login; may span lines.
    pub banner: Option<Sp<String>>,
}

/// One RADIUS server.
#[derive(Clone, Debug)]
pub struct Radius {
    /// Its address.
    pub host: Sp<IpAddr>,
    /// UDP port for authentication (RFC 2865: 1812).
    pub auth_port: u16,
    /// UDP port for accounting (RFC 2866: 1813).
    pub acct_port: u16,
    /// The shared secret, by name.
    pub secret: Sp<Id>,
}

/// SNMPv3 polling.
#[derive(Clone, Debug)]
pub struct Snmp {
    /// User name.
    pub user: Sp<String>,
    /// Authentication secret, by name.
    pub auth: Sp<Id>,
    /// Privacy secret, by name.
    pub privacy: Sp<Id>,
    /// The site's `location` is sent as well; this is the contact.
    pub contact: Option<Sp<String>>,
}

/// How Samnet logs in; a device may override each part.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// User name on the devices.
    pub user: Option<Sp<String>>,
    /// Ways to prove it, tried in order.
    pub methods: Vec<Sp<LoginMethod>>,
    /// A jump host `[user@]host[:port]` in front of the devices.
    pub jump: Option<Sp<String>>,
    /// Secret for privileged mode, by name, where a platform asks.
    pub enable: Option<Sp<Id>>,
    /// Which algorithms to offer.
    pub algorithms: Algorithms,
}

/// One way to prove who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// The running SSH agent.
    Agent,
    /// A private key file; `~` is the home folder.
    Key(String),
    /// A password, by secret name; also answers keyboard-interactive prompts.
    Password(Id),
}

/// SSH algorithm profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithms {
    /// Nothing that rests on SHA-1 or CBC.
    #[default]
    Modern,
    /// Also what old switches need: group14-sha1, ssh-rsa, CBC.
    Legacy,
}

/// Where a secret's value is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file, relative to the project folder; one trailing newline is dropped.
    File(String),
    /// A program and its arguments, run without a shell; its standard output is the value.
    Exec(Vec<String>),
}

/// A municipality.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Identifier.
    pub id: Sp<Id>,
    /// Number in the address plan.
    pub index: Sp<u32>,
    /// Short code in device names.
    pub code: Sp<Id>,
    /// Name as people write it ("Åmåls kommun").
    pub name: Sp<String>,
}

/// One VLAN of the uniform structure.
#[derive(Clone, Debug)]
pub struct Vlan {
    /// The 802.1Q id, the same everywhere.
    pub id: Sp<VlanId>,
    /// Identifier in the inventory.
    pub name: Sp<Id>,
    /// What people read ("Vårdlarm och medicinskåp").
    pub title: Option<Sp<String>>,
    /// The zero-trust segment it belongs to.
    pub segment: Sp<Id>,
    /// Where its subnet lies within each site's prefix.
    pub subnet: Sp<SubnetSlot>,
    /// Where hosts find their default gateway.
    pub gateway: Sp<Gateway>,
    /// DHCP servers that requests are relayed to.
    pub dhcp_relay: Vec<Sp<IpAddr>>,
    /// Which sites have it; empty means all.
    pub sites: SiteFilter,
}

/// A subnet's place in a site's prefix: `block` counts /24s from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubnetSlot {
    /// Offset in /24 units.
    pub block: u32,
    /// Prefix length of the subnet.
    pub prefix: u8,
}

/// Who routes for a VLAN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gateway {
    /// The site's distribution switch.
    #[default]
    Site,
    /// The common firewall.
    Firewall,
    /// Nobody: the VLAN stays within the site.
    None,
}

/// Which sites something applies to.
#[derive(Clone, Debug, Default)]
pub struct SiteFilter {
    /// Sites with any of these tags; empty means every site.
    pub tags: Vec<Sp<Id>>,
}

impl SiteFilter {
    /// Whether a site passes.
    #[must_use]
    pub fn admits(&self, site: &Site) -> bool {
        self.tags.is_empty() || self.tags.iter().any(|tag| site.tags.iter().any(|have| have.value == tag.value))
    }
}

/// A standardised wireless network.
#[derive(Clone, Debug)]
pub struct Ssid {
    /// The name on air, at most 32 bytes (IEEE 802.11).
    pub name: Sp<String>,
    /// How stations prove themselves.
    pub security: Sp<Security>,
    /// The VLAN stations land in, by name.
    pub vlan: Sp<Id>,
    /// The pre-shared secret, by name, where `security` needs one.
    pub secret: Option<Sp<Id>>,
    /// Whether stations are kept apart.
    pub client_isolation: bool,
    /// Limit per station in Mbit/s.
    pub rate_limit_mbit: Option<u32>,
    /// Bands it is sent on; empty means both.
    pub bands: Vec<Sp<Band>>,
    /// Which sites have it; empty means all.
    pub sites: SiteFilter,
    /// Place of the whole entry.
    pub span: Span,
}

/// Wireless security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// 802.1X with WPA3.
    Wpa3Enterprise,
    /// 802.1X, WPA2 and WPA3 side by side.
    Wpa2Wpa3Enterprise,
    /// Password with SAE (WPA3-Personal).
    Sae,
    /// Password, WPA2 and WPA3 side by side.
    SaeMixed,
    /// Password with WPA2, for old things.
    Psk,
    /// Open with opportunistic encryption (RFC 8110).
    Owe,
    /// Open, unencrypted.
    Open,
}

impl Security {
    /// Whether stations are checked by RADIUS.
    #[must_use]
    pub const fn is_enterprise(self) -> bool {
        matches!(self, Self::Wpa3Enterprise | Self::Wpa2Wpa3Enterprise)
    }

    /// Whether a shared password is needed.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        matches!(self, Self::Sae | Self::SaeMixed | Self::Psk)
    }
}

/// A radio band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Band {
    /// 2.4 GHz.
    #[serde(rename = "2.4")]
    Ghz2,
    /// 5 GHz.
    #[serde(rename = "5")]
    Ghz5,
}

/// What a port is for; says nothing of which port.
#[derive(Clone, Debug)]
pub struct PortProfile {
    /// Identifier.
    pub name: Sp<Id>,
    /// What people read.
    pub title: Option<Sp<String>>,
    /// Untagged VLAN of an access port, or native VLAN of a trunk, by name.
    pub vlan: Option<Sp<Id>>,
    /// Voice VLAN, by name.
    pub voice: Option<Sp<Id>>,
    /// Access or trunk.
    pub mode: Sp<PortMode>,
    /// Tagged VLANs of a trunk, by name; `None` means "what is behind the port needs".
    pub tagged: Option<Vec<Sp<Id>>>,
    /// Whether 802.1X with MAC fallback guards the port.
    pub dot1x: bool,
    /// Whether the port may power devices.
    pub poe: bool,
    /// Whether it is switched off.
    pub shutdown: bool,
}

/// How a port carries VLANs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
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

/// A device model: which platform it runs and which ports it has.
#[derive(Clone, Debug)]
pub struct DeviceModel {
    /// Name as sold.
    pub name: Sp<String>,
    /// Platform it runs, a folder under `templates/`.
    pub platform: Sp<Id>,
    /// Groups of ports, in order.
    pub ports: Vec<PortGroup>,
    /// Radios, for access points.
    pub radios: Vec<Radio>,
    /// Years until it should be replaced.
    pub lifetime_years: Option<u32>,
}

/// A run of ports with one naming scheme.
#[derive(Clone, Debug)]
pub struct PortGroup {
    /// Prefix of the port's key in a site file: empty for `1`, `u` for `u1`.
    pub prefix: String,
    /// Numbers in the group.
    pub numbers: Vec<u32>,
    /// Interface name with `{n}` for the number.
    pub interface: Sp<String>,
    /// Speed in Mbit/s.
    pub speed: u32,
    /// Whether the ports can power devices.
    pub poe: bool,
    /// Power each port can give, in watts.
    pub watts: Option<u32>,
}

/// One radio of an access point.
#[derive(Clone, Debug)]
pub struct Radio {
    /// The platform's name for it (`radio0`).
    pub name: Sp<String>,
    /// Its band.
    pub band: Band,
    /// Channel plan: access point n of a site takes entry (n − 1) modulo the length.
    pub channels: Vec<u32>,
    /// Channel width in MHz.
    pub width: u32,
}

/// A building.
#[derive(Clone, Debug)]
pub struct Site {
    /// Identifier, unique in the network.
    pub id: Sp<Id>,
    /// The organisation it belongs to.
    pub organisation: Sp<Id>,
    /// Number in the organisation's part of the address plan.
    pub index: Sp<u32>,
    /// Name as people write it ("Karlbergsskolan").
    pub name: Sp<String>,
    /// Short form in device names; derived from the name when absent.
    pub code: Option<Sp<Id>>,
    /// Kinds: `school`, `care`, …
    pub tags: Vec<Sp<Id>>,
    /// Street address.
    pub address: Option<Sp<String>>,
    /// How it reaches the core.
    pub wan: Wan,
    /// Its devices, in file order.
    pub devices: Vec<Device>,
    /// Place of the whole site.
    pub span: Span,
}

/// A site's connection to the core.
#[derive(Clone, Debug, Default)]
pub struct Wan {
    /// What it is.
    pub kind: Sp<WanKind>,
    /// Who runs it, when leased.
    pub carrier: Option<Sp<String>>,
    /// Rate in Mbit/s, when limited.
    pub mbit: Option<Sp<u32>>,
}

/// Kinds of site connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WanKind {
    /// Fibre the organisation owns.
    #[default]
    Fibre,
    /// A leased line.
    Leased,
    /// A tunnel over somebody else's network.
    Vpn,
}

/// What a device is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Central router.
    Core,
    /// The common firewall.
    Firewall,
    /// A site's routing switch.
    Distribution,
    /// A switch people plug into.
    Access,
    /// A wireless access point.
    Ap,
}

impl Role {
    /// Every role, in the order of the network from the middle out.
    pub const ALL: [Self; 5] = [Self::Core, Self::Firewall, Self::Distribution, Self::Access, Self::Ap];

    /// The word in the inventory.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Firewall => "firewall",
            Self::Distribution => "distribution",
            Self::Access => "access",
            Self::Ap => "ap",
        }
    }
}

/// One device. A key like `ap-[1-12]` in YAML has become twelve of these.
#[derive(Clone, Debug)]
pub struct Device {
    /// What it is there for.
    pub role: Role,
    /// Its number within role and site; part of its name and address, so never reused in passing.
    pub number: u32,
    /// Place of its key in the site file.
    pub span: Span,
    /// Name of the model.
    pub model: Sp<String>,
    /// The day it was installed.
    pub installed: Option<Sp<jiff::civil::Date>>,
    /// Name given outright, where the naming rule must not decide.
    pub name: Option<Sp<DeviceName>>,
    /// Where in the building.
    pub room: Option<Sp<String>>,
    /// Management address given outright.
    pub address: Option<Sp<Ipv4Addr>>,
    /// How to reach it, where it differs from address and port 22.
    pub connect: Connect,
    /// What stands on its ports, in file order, ranges already expanded.
    pub ports: Vec<PortUse>,
    /// Features Samnet owns on it; empty means all the platform knows.
    pub managed: Vec<Sp<Id>>,
    /// Other devices that must not change in the same wave, by local name.
    pub redundant_with: Option<Sp<DeviceRef>>,
}

/// How to reach a device when the defaults do not fit.
#[derive(Clone, Debug, Default)]
pub struct Connect {
    /// Host name or address to connect to.
    pub host: Option<Sp<String>>,
    /// TCP port.
    pub port: Option<Sp<u16>>,
    /// User name.
    pub user: Option<Sp<String>>,
    /// Algorithm profile.
    pub algorithms: Option<Sp<Algorithms>>,
}

/// A device named from a site file: `access-1`, or `site/access-1` for another site's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceRef {
    /// The other site, if not this one.
    pub site: Option<Id>,
    /// Role.
    pub role: Role,
    /// Number.
    pub number: u32,
}

/// One port's use.
#[derive(Clone, Debug)]
pub struct PortUse {
    /// Key within the model: `12`, `u1`.
    pub port: Sp<String>,
    /// The profile, if one is named.
    pub profile: Option<Sp<Id>>,
    /// The device at the other end.
    pub to: Option<Sp<DeviceRef>>,
    /// The port at the other end.
    pub to_port: Option<Sp<String>>,
    /// Words for the description, where the naming rule must not decide.
    pub description: Option<Sp<String>>,
}
