//! Policy data: segments, flows, naming and change rules, as written.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;

use super::record::record;
use crate::source::{Sp, Span};
use crate::value::Id;

/// What `policies/` says.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Zero-trust segments by name.
    pub segments: BTreeMap<Id, Segment>,
    /// Allowed flows, sorted by file, then order in the file. Everything else is denied.
    pub flows: Vec<Flow>,
    /// Naming rules.
    pub naming: Naming,
    /// Who must approve what.
    pub change: Change,
}

record! {
    /// A zero-trust zone.
    #[derive(Clone, Debug)]
    pub struct Segment {
        /// Identifier.
        pub name: Sp<Id>,
        /// What people read.
        pub title: Sp<String>,
        /// Information class.
        pub klassa: Klassa,
        /// Who answers for it.
        pub owner: Sp<String>,
        /// Routing table (VRF) of its own, where a platform has them.
        pub vrf: Option<Sp<Id>>,
        /// Addresses outside the VLAN structure that belong to it (servers, partners); the segment
        /// `internet` is built in and means everything that is no address of the plan.
        pub prefixes: Vec<Sp<IpNet>>,
    }
}

record! {
    /// Information class after KLASSA, 1 (low) to 4 (high).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
    pub struct Klassa {
        /// Confidentiality.
        pub confidentiality: u8,
        /// Integrity.
        pub integrity: u8,
        /// Availability.
        pub availability: u8,
    }
}

record! {
    /// One allowed communication.
    #[derive(Clone, Debug)]
    pub struct Flow {
        /// Identifier, the name of the rule on every device.
        pub id: Sp<Id>,
        /// Who starts it.
        pub from: Vec<Sp<Endpoint>>,
        /// Who answers.
        pub to: Vec<Sp<Endpoint>>,
        /// What is spoken.
        pub services: Vec<Sp<Service>>,
        /// Within a site, or anywhere.
        pub scope: Sp<Scope>,
        /// Why it is needed.
        pub purpose: Sp<String>,
        /// Who answers for it.
        pub owner: Sp<String>,
        /// Case number, if any.
        pub ticket: Option<Sp<String>>,
        /// The day it ends. It goes on being rendered; the end is a change planned ahead.
        pub expires: Option<Sp<jiff::civil::Date>>,
        /// Place of the whole entry.
        pub span: Span,
    }
}

record! {
    /// What names of one kind must look like.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct NameRule {
        /// Regular expression that the whole name has to match.
        pub pattern: Option<Sp<String>>,
        /// What every name begins with.
        pub prefix: Option<Sp<String>>,
        /// Longest name allowed, in characters.
        pub max_length: Option<Sp<usize>>,
        /// Words that are no names.
        pub reserved: Vec<Sp<String>>,
    }
}

/// Rules by kind of name.
pub type NameRules = BTreeMap<NameKind, NameRule>;

/// Kinds of name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NameKind {
    /// Host names of devices.
    Device,
    /// Identifiers of sites.
    Site,
    /// Names of VLANs.
    Vlan,
    /// Names on air.
    Ssid,
    /// Names of zero-trust segments.
    Segment,
    /// Names of port profiles.
    Profile,
    /// Names of flows, and so of rules on firewalls.
    Flow,
}

impl NameKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Device, Self::Site, Self::Vlan, Self::Ssid, Self::Segment, Self::Profile, Self::Flow];

    /// The word in the inventory.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Site => "site",
            Self::Vlan => "vlan",
            Self::Ssid => "ssid",
            Self::Segment => "segment",
            Self::Profile => "profile",
            Self::Flow => "flow",
        }
    }
}

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// A segment; `internet` is built in.
    Segment(Id),
    /// An address or prefix inside some segment.
    Net(IpNet),
}

/// Where a flow may run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Between any two places.
    #[default]
    Any,
    /// Only between subnets of one site.
    Site,
}

/// A protocol and its ports: `tcp 443`, `udp 53`, `tcp 8000-8010`, `icmp echo`, `any`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// TCP to ports from..=to.
    Tcp(u16, u16),
    /// UDP to ports from..=to.
    Udp(u16, u16),
    /// ICMP echo request (and its reply).
    IcmpEcho,
    /// Every protocol.
    Any,
}

record! {
    /// Naming rules.
    #[derive(Clone, Debug, Default)]
    pub struct Naming {
        /// Pattern for device names: `{org}`, `{site}`, `{role}`, `{n}`, `{nn}` (two digits).
        pub device: Sp<String>,
        /// Word for each role in names.
        pub roles: BTreeMap<crate::model::Role, Sp<String>>,
        /// What a letter outside a–z becomes in a host name (lower case); letters not listed lose their accents.
        pub letters: BTreeMap<char, Sp<String>>,
        /// Pattern for descriptions of ports that face another device: `{device}`, `{port}`.
        pub link: Sp<String>,
        /// Words that a generated site code leaves out ("skolan", "kommunhuset" stay; articles go).
        pub drop: Vec<Sp<String>>,
        /// Longest host name allowed, in characters.
        pub max_length: Option<Sp<usize>>,
        /// Pattern for descriptions of other ports: `{title}`, `{port}`, `{room}`.
        pub port: Option<Sp<String>>,
        /// Pattern for names of VLANs on devices: `{id}`, `{name}`, `{title}`.
        pub vlan: Option<Sp<String>>,
        /// Pattern for names of firewall objects: `{name}` of the segment or flow.
        pub object: Option<Sp<String>>,
        /// What names of each kind must look like.
        pub rules: NameRules,
    }
}

record! {
    /// Who must approve what.
    #[derive(Clone, Debug, Default)]
    pub struct Change {
        /// `allowed_signers` file, relative to the project folder.
        pub signers: Option<Sp<String>>,
        /// Signatures every plan needs unless a rule below asks for more.
        pub signatures: Sp<u32>,
        /// Whether the plan's author may not be one of the signers.
        pub four_eyes: Sp<bool>,
        /// More signatures for risk classes.
        pub risk: BTreeMap<String, Sp<u32>>,
        /// The least a device must do to get back by itself, for changes of a risk class: `native`, `timer`, `watchdog` or
        /// `inverse`.
        pub tier: BTreeMap<String, Sp<Tier>>,
        /// Devices changed at once, after the canary.
        pub wave: Option<Sp<u32>>,
        /// Failed devices after which no new one is begun.
        pub failure_budget: Option<Sp<u32>>,
        /// How long a device waits for confirmation before it rolls back by itself, in seconds.
        pub confirm_within: Option<Sp<u64>>,
    }
}

/// Who takes a change back when nobody confirms it, the safest last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Nobody: we send the inverse change.
    #[default]
    Inverse,
    /// A process we leave on the device that restores a backup unless told to stop.
    Watchdog,
    /// A timed reload or restore that the device offers.
    Timer,
    /// The device's own confirmed commit.
    Native,
}

impl Tier {
    /// Whether the device goes back by itself when the connection is lost.
    #[must_use]
    pub const fn reverts_alone(self) -> bool {
        !matches!(self, Self::Inverse)
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Timer => "timer",
            Self::Watchdog => "watchdog",
            Self::Inverse => "inverse",
        }
    }
}

impl fmt::Display for Endpoint {
    /// As it stands in the inventory: a single address without a length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(name) => name.fmt(f),
            Self::Net(net) if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
            Self::Net(net) => net.fmt(f),
        }
    }
}

impl fmt::Display for Service {
    /// As it stands in the inventory: `tcp 443`, `udp 5000-5010`, `icmp echo`, `any`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, from, to) = match self {
            Self::Tcp(from, to) => ("tcp", from, to),
            Self::Udp(from, to) => ("udp", from, to),
            Self::IcmpEcho => return f.write_str("icmp echo"),
            Self::Any => return f.write_str("any"),
        };
        if from == to { write!(f, "{word} {from}") } else { write!(f, "{word} {from}-{to}") }
    }
}
