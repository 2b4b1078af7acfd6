//! The typed network: plain data that knows neither YAML nor vendors, each value with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

use crate::source::Sp;
use crate::value::{Id, SecretName, VlanId};
use record::record;

pub mod hardware;
pub mod policy;
pub mod ports;
pub mod record;
pub mod routing;
pub mod settings;
pub mod site;
pub mod wireless;

pub use hardware::{DeviceModel, PortGroup, PortModule};
pub use policy::{
    Change, Endpoint, Flow, Klassa, NameKind, NameRule, NameRules, Naming, Policy, Scope, Segment, Service, Tier,
};
pub use ports::{
    Dot1x, LagMode, PortKeys, PortLine, PortMode, PortProfile, PortSettings, PortUse, StormAction, StormControl,
};
pub use record::{Layer, Record};
pub use routing::{Bgp, BgpNeighbour, Ospf, Routing};
pub use settings::{Radius, Services, Settings, Snmp, Switching};
pub use site::{
    Connect, Device, DeviceRef, Organisation, Pair, PairKind, Reservation, Role, Room, Site, SiteFilter, Wan, WanKind,
};
pub use wireless::{Band, Day, Radio, RadioPlan, Schedule, Security, Ssid, Wireless};

record! {
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
        /// What every device uses.
        pub settings: Settings,
        /// How routers exchange routes.
        pub routing: Routing,
        /// When devices of each role are replaced.
        pub lifecycle: Lifecycle,
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
        /// Prefixes that nothing is numbered from.
        pub reserved: Vec<Reserved>,
    }

    /// A prefix that nothing is numbered from.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Reserved {
        /// The prefix.
        pub prefix: Sp<Ipv4Net>,
        /// What it is kept for.
        pub purpose: Sp<String>,
    }

    /// Years after which a device of each role is replaced, where its model says nothing.
    #[derive(Clone, Debug, Default)]
    pub struct Lifecycle {
        /// Years by role.
        pub years: BTreeMap<Role, Sp<u32>>,
        /// Months before the day from which `validate` speaks of it.
        pub warn_months: Option<Sp<u32>>,
    }

    /// How Samnet logs in; a device may override each part.
    #[derive(Clone, Debug, Default)]
    pub struct Login {
        /// User name on the devices.
        pub user: Option<Sp<String>>,
        /// Ways to prove it, tried in order: `agent`, `key: FILE`, `password: SECRET`.
        pub methods: Vec<Sp<LoginMethod>>,
        /// A jump host `[user@]host[:port]` in front of the devices.
        pub jump: Option<Sp<String>>,
        /// Secret for privileged mode, by name, where a platform asks.
        pub enable: Option<Sp<SecretName>>,
        /// Which algorithms to offer: `modern` or `legacy`.
        pub algorithms: Sp<Algorithms>,
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
        /// Where hosts find their default gateway: `site`, `core`, `firewall` or `none`.
        pub gateway: Sp<Gateway>,
        /// DHCP servers that requests are relayed to.
        pub dhcp_relay: Vec<Sp<IpAddr>>,
        /// First and last host number kept for reservations, as `10-49`.
        pub reserved_hosts: Option<Sp<HostRange>>,
        /// Which sites have it; absent means all.
        pub sites: SiteFilter,
    }

    /// A subnet's place in a site's prefix.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct SubnetSlot {
        /// Offset from the start of the site's prefix, in networks of 256 addresses.
        pub block: u32,
        /// Prefix length of the subnet.
        pub prefix: u8,
    }
}

/// Host numbers within a subnet, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostRange {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
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

/// One way to prove who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// The running SSH agent.
    Agent,
    /// A private key file; `~` is the home folder.
    Key(String),
    /// A password, by secret name; also answers keyboard-interactive prompts.
    Password(SecretName),
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

/// Who routes for a VLAN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gateway {
    /// The site's distribution switch.
    #[default]
    Site,
    /// A core router of the site.
    Core,
    /// The common firewall.
    Firewall,
    /// Nobody: the VLAN stays within the site.
    None,
}
