//! Policy data: segments, flows, naming and change rules, as written.

use std::collections::BTreeMap;

use ipnet::IpNet;

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
    /// Addresses outside the VLAN structure that belong to it (servers, partners); the segment
    /// `internet` is built in and means everything that is no address of the plan.
    pub prefixes: Vec<Sp<IpNet>>,
}

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
    pub scope: Scope,
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
    /// Longest host name allowed.
    pub max_length: Option<Sp<usize>>,
}

/// Who must approve what.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// `allowed_signers` file, relative to the project folder.
    pub signers: Option<Sp<String>>,
    /// Signatures every plan needs unless a rule below asks for more.
    pub signatures: u32,
    /// Whether the plan's author may not be one of the signers.
    pub four_eyes: bool,
    /// More signatures for risk classes.
    pub risk: BTreeMap<String, Sp<u32>>,
    /// Devices changed at once, after the canary.
    pub wave: Option<Sp<u32>>,
    /// Failed devices after which no new one is begun.
    pub failure_budget: Option<Sp<u32>>,
    /// How long a device waits for confirmation before it rolls back by itself, in seconds.
    pub confirm_within: Option<Sp<u64>>,
}
