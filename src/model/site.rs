//! Organisations, buildings and devices.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::Algorithms;
use super::ports::{PortProfile, PortUse};
use super::record::record;
use super::settings::Settings;
use super::wireless::RadioPlans;
use crate::source::{Sp, Span};
use crate::value::{DeviceName, Id, MacAddress, Text};

record! {
    /// A municipality.
    #[derive(Clone, Debug)]
    pub struct Organisation {
        /// Identifier; also the folder under `inventory/sites/`.
        pub id: Sp<Id>,
        /// Number in the address plan.
        pub index: Sp<u32>,
        /// Short code in device names.
        pub code: Sp<Id>,
        /// Name as people write it ("Åmåls kommun").
        pub name: Sp<String>,
        /// What its devices use instead of what the network says.
        pub settings: Settings,
        /// Refinements of port profiles, by the name of the profile.
        pub profiles: BTreeMap<Id, PortProfile>,
    }

    /// Which sites something applies to.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SiteFilter {
        /// Sites with any of these tags; absent means every site.
        pub tags: Vec<Sp<Id>>,
        /// Sites of any of these organisations; absent means every organisation.
        pub organisations: Vec<Sp<Id>>,
        /// Not sites with any of these tags.
        pub except_tags: Vec<Sp<Id>>,
    }

    /// A building.
    #[derive(Clone, Debug)]
    pub struct Site {
        /// Identifier, unique in the network; the name of the file where nothing is said.
        pub id: Sp<Id>,
        /// The organisation it belongs to; the name of the folder where nothing is said.
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
        /// What its devices use instead of what network and organisation say.
        pub settings: Settings,
        /// Refinements of port profiles, by the name of the profile.
        pub profiles: BTreeMap<Id, PortProfile>,
        /// Rooms with their racks; where any are listed, devices stand in one of them.
        pub rooms: Vec<Room>,
        /// Subnets that differ from the address plan, by the name of their VLAN.
        pub subnets: BTreeMap<Id, Sp<Ipv4Net>>,
        /// Addresses set aside for hosts.
        pub reservations: Vec<Reservation>,
        /// Its devices, in file order.
        pub devices: Vec<Device>,
        /// Place of the whole site.
        pub span: Span,
    }

    /// A room of a building.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Room {
        /// Its name, as devices refer to it.
        pub name: Sp<String>,
        /// Racks in it: name and height in units.
        pub racks: BTreeMap<String, Sp<u32>>,
    }

    /// An address set aside for one host.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Reservation {
        /// The VLAN, by name.
        pub vlan: Sp<Id>,
        /// Number of the host within the VLAN's subnet.
        pub host: Sp<u32>,
        /// What stands there.
        pub name: Sp<String>,
        /// Its MAC address.
        pub mac: Option<Sp<MacAddress>>,
    }

    /// A site's connection to the core.
    #[derive(Clone, Debug, Default)]
    pub struct Wan {
        /// What it is: `fibre` (own), `leased` or `vpn`.
        pub kind: Sp<WanKind>,
        /// Who runs it, when leased.
        pub carrier: Option<Sp<String>>,
        /// Rate in Mbit/s, when limited; what leaves the site is shaped to it.
        pub mbit: Option<Sp<u32>>,
        /// The carrier's name for the line.
        pub circuit: Option<Sp<String>>,
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
        /// Name of the model; of the first member of a stack.
        pub model: Sp<Text>,
        /// Further members of a stack, by model, the second first.
        pub stack: Vec<Sp<Text>>,
        /// The uplink module in it (in every member of a stack), by name.
        pub module: Option<Sp<Text>>,
        /// The day it was installed.
        pub installed: Option<Sp<jiff::civil::Date>>,
        /// Serial number.
        pub serial: Option<Sp<Text>>,
        /// Name given outright, where the naming rule must not decide.
        pub name: Option<Box<Sp<DeviceName>>>,
        /// Where in the building.
        pub room: Option<Sp<Text>>,
        /// The rack in that room.
        pub rack: Option<Sp<Text>>,
        /// The lowest unit it takes in the rack, counted from the floor.
        pub unit: Option<Sp<u32>>,
        /// Management address given outright.
        pub address: Option<Sp<Ipv4Addr>>,
        /// How to reach it, where it differs from address and port 22.
        pub connect: Option<Box<Connect>>,
        /// What it uses instead of what network, organisation and site say.
        pub settings: Option<Arc<Settings>>,
        /// Refinements of port profiles, by the name of the profile.
        pub profiles: BTreeMap<Id, PortProfile>,
        /// What stands on its ports, in file order; what leads to several devices is one for each.
        pub ports: Vec<PortUse>,
        /// Radios that differ from the model's plan.
        pub radios: RadioPlans,
        /// Features Samnet owns on it; absent means all the platform's templates write.
        pub managed: Vec<Sp<Id>>,
        /// Its MAC address, by which a controller knows an access point.
        pub mac: Option<Sp<MacAddress>>,
        /// Whose access points a controller configures; absent means those of its own site.
        pub serves: Option<Box<Sp<SiteFilter>>>,
        /// Another device that must not change in the same wave.
        pub redundant_with: Option<Box<Sp<DeviceRef>>>,
        /// The device it makes a pair with.
        pub pair: Option<Box<Sp<Pair>>>,
        /// The part of it that is ours, by its name on the device, where it is shared out to several (a virtual domain of a firewall).
        pub partition: Option<Box<Sp<Id>>>,
    }

    /// Two devices that stand in for each other.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Pair {
        /// The other one.
        pub with: Sp<DeviceRef>,
        /// How they do it: `mlag`, `ha` or `vrrp`.
        pub kind: Sp<PairKind>,
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
}

impl std::fmt::Display for DeviceRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(site) = &self.site {
            write!(f, "{site}/")?;
        }
        write!(f, "{}-{}", self.role.word(), self.number)
    }
}

impl Device {
    /// The first use of each line, for what all ports of a line share.
    pub fn lines(&self) -> impl Iterator<Item = &PortUse> {
        let mut last = None;
        self.ports.iter().filter(move |port| {
            let line = Arc::as_ptr(&port.line);
            last.replace(line) != Some(line)
        })
    }
}

impl SiteFilter {
    /// Whether a site passes.
    #[must_use]
    pub fn admits(&self, site: &Site) -> bool {
        let tagged = |tags: &[Sp<Id>]| tags.iter().any(|tag| site.tags.iter().any(|have| have.value == tag.value));
        (self.tags.is_empty() || tagged(&self.tags))
            && !tagged(&self.except_tags)
            && (self.organisations.is_empty()
                || self.organisations.iter().any(|organisation| organisation.value == site.organisation.value))
    }

    /// Whether every site passes.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.tags.is_empty() && self.organisations.is_empty() && self.except_tags.is_empty()
    }
}

/// Kinds of site connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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

/// How two devices stand in for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PairKind {
    /// Link aggregation over both (MLAG, VSX, vPC).
    Mlag,
    /// One works, the other waits, with shared state (firewalls).
    Ha,
    /// A shared gateway address (RFC 9568).
    Vrrp,
}

/// What a device is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// What configures access points: a wireless LAN controller, or the conductor of a cluster of them.
    Controller,
    /// A wireless access point.
    Ap,
}

impl Role {
    /// Every role, in the order of the network from the middle out.
    pub const ALL: [Self; 6] =
        [Self::Core, Self::Firewall, Self::Distribution, Self::Access, Self::Controller, Self::Ap];

    /// The word in the inventory.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Firewall => "firewall",
            Self::Distribution => "distribution",
            Self::Access => "access",
            Self::Controller => "controller",
            Self::Ap => "ap",
        }
    }
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
