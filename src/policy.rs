//! Compiles segments and flows into rules for every enforcement point.
//!
//! What the compiled rules mean:
//!
//! - A packet no rule permits is dropped. Rules are read from the top, the first match decides.
//! - A segment is the union of its VLANs' subnets at every site and of its own prefixes. The built-in
//!   segment `internet` is every address outside the plan (its block, links and loopbacks) and outside
//!   every segment's prefixes.
//! - Hosts of one subnet reach each other without passing an enforcement point; no rule speaks of that.
//! - A gateway on a switch filters what *enters* from the VLAN and keeps no state, so a flow becomes a
//!   permit at the side that starts it and, at the side that answers, a permit for the answers alone:
//!   TCP with ACK or RST set, UDP and ICMP mirrored.
//! - A firewall keeps state: a flow is one permit for the packets that open it.
//! - A flow with any service is answered by established TCP, UDP and ICMP; other protocols cannot be told
//!   apart from new traffic by a filter without state, so their answers do not pass one.
//! - `scope: site` joins subnets of one site only; a firewall sees it where it is the gateway of one end.
//! - A VLAN with DHCP relays may also speak DHCP: broadcast, and renewal at the relays' servers.
//! - Addresses are IPv4. A flow end written as an IPv6 prefix compiles to nothing, and no platform gives
//!   a VLAN an IPv6 gateway.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::derive::{Derived, DeviceFacts};
use crate::model::{Endpoint, Flow, Network, Role, Service};
use crate::source::Span;
use crate::value::{DeviceName, Id, VlanId};

mod firewall;
mod gateway;
mod space;
#[cfg(test)]
mod tests;

use space::Space;

/// Every rule, by the device that enforces it.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Addresses of every segment, aggregated and sorted; `internet` is not in it.
    pub segments: BTreeMap<Id, Vec<Ipv4Net>>,
    /// Every address inside: the plan, links, loopbacks and all segments' prefixes. The rest is `internet`.
    pub inside: Vec<Ipv4Net>,
    /// Filters on VLAN gateways, by device, then VLAN.
    pub gateways: BTreeMap<DeviceName, BTreeMap<VlanId, Acl>>,
    /// Firewall rules, by device.
    pub firewalls: BTreeMap<DeviceName, Firewall>,
    /// Where logins to each device may come from, by device: sources of flows that reach its management
    /// address on TCP 22.
    pub logins: BTreeMap<DeviceName, Vec<Ipv4Net>>,
}

/// A stateless filter for what enters from one VLAN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// The VLAN.
    pub vlan: VlanId,
    /// Its subnet here.
    pub subnet: Ipv4Net,
    /// Entries, first match decides; the last denies everything.
    pub entries: Vec<Entry>,
}

/// One entry of an [`Acl`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether a matching packet passes.
    pub action: Action,
    /// What it matches.
    pub matches: Matches,
    /// Why it is there.
    pub reason: Reason,
    /// Whether matches are logged.
    pub log: bool,
    /// Place of the flow behind it.
    pub span: Option<Span>,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It passes.
    Permit,
    /// It is dropped.
    Deny,
}

/// Which packets an entry matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    /// Protocol and ports.
    pub protocol: Protocol,
    /// Source; 0.0.0.0/0 for any.
    pub source: Ipv4Net,
    /// Destination; 0.0.0.0/0 for any.
    pub destination: Ipv4Net,
}

/// An inclusive range of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports(pub u16, pub u16);

/// Protocol part of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Every protocol.
    Ip,
    /// TCP; `None` is any port; `established` wants ACK or RST set.
    Tcp {
        /// Source ports.
        source: Option<Ports>,
        /// Destination ports.
        destination: Option<Ports>,
        /// Only packets of a connection that exists.
        established: bool,
    },
    /// UDP; `None` is any port.
    Udp {
        /// Source ports.
        source: Option<Ports>,
        /// Destination ports.
        destination: Option<Ports>,
    },
    /// Every ICMP message.
    Icmp,
    /// ICMP echo request.
    Echo,
    /// ICMP echo reply.
    EchoReply,
}

/// Why an entry is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A flow that starts in the VLAN.
    Flow(Id),
    /// Answers to a flow that ends in the VLAN.
    Answer(Id),
    /// Hosts asking for their address, where the VLAN has DHCP relays.
    Dhcp,
    /// Nothing inside is reached through a permit to `internet`.
    Inside,
    /// Everything else.
    Default,
}

/// Stateful rules of one firewall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firewall {
    /// Packets through it that open a connection.
    pub forward: Vec<Forward>,
    /// Packets to it that open a connection.
    pub input: Vec<Forward>,
}

/// One permit of a [`Firewall`]: from any of the sources to any of the destinations with any of the services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The flow.
    pub flow: Id,
    /// Where the packets come from.
    pub source: Side,
    /// Where they go.
    pub destination: Side,
    /// What is spoken, with ports merged: no two ranges touch.
    pub service: Merged,
    /// Place of the flow.
    pub span: Span,
}

/// Addresses on one side of a [`Forward`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A whole segment.
    Segment(Id),
    /// Everything that is not inside.
    Internet,
    /// These prefixes, aggregated and sorted.
    Nets(Vec<Ipv4Net>),
    /// The device itself, at this address.
    Own(Ipv4Addr),
}

/// Services of one protocol, merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// TCP to any of these ports.
    Tcp(Vec<Ports>),
    /// UDP to any of these ports.
    Udp(Vec<Ports>),
    /// ICMP echo request.
    Echo,
    /// Every protocol.
    Any,
}

/// Compiles the policy for every device that enforces it.
#[must_use]
pub fn compile(network: &Network, derived: &Derived) -> Rules {
    compile_for(network, derived, derived.devices.values())
}

/// Compiles the policy for some of the devices.
#[must_use]
pub fn compile_for<'d>(
    network: &Network,
    derived: &Derived,
    devices: impl IntoIterator<Item = &'d DeviceFacts>,
) -> Rules {
    let space = Space::new(network, derived);
    let mut rules = Rules { segments: space.segments(), inside: space.inside().to_vec(), ..Rules::default() };
    for device in devices {
        let name = &device.name;
        if device.role == Role::Firewall {
            rules.firewalls.insert(name.clone(), firewall::compile(network, derived, &space, device));
        } else if !device.gateways.is_empty() {
            rules.gateways.insert(name.clone(), gateway::compile(network, derived, &space, device));
        }
        rules.logins.insert(name.clone(), firewall::logins(network, &space, device));
    }
    rules
}

/// The devices, by name, that no flow lets anybody log in to.
#[must_use]
pub fn closed<'d>(network: &Network, derived: &'d Derived) -> Vec<&'d DeviceFacts> {
    let space = Space::new(network, derived);
    let flows: Vec<&Flow> = network.policy.flows.iter().filter(|flow| space::opens_ssh(&flow.services)).collect();
    derived.devices.values().filter(|device| !firewall::open(&flows, &space, device)).collect()
}

/// Which parts of a flow would let something through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// The whole segment may start it.
    pub(crate) from: bool,
    /// The host is one that may answer.
    pub(crate) to: bool,
    /// The service is allowed.
    pub(crate) service: bool,
}

/// Holds a flow against what a whole segment would open at an address.
pub(crate) fn fit(rules: &Rules, flow: &Flow, from: &Id, to: Ipv4Addr, service: &Service) -> Fit {
    let holds = |nets: &[Ipv4Net], net: Ipv4Net| nets.iter().any(|have| have.contains(&net));
    let whole = rules.segments.get(from).map(Vec::as_slice).unwrap_or_default();
    let starts = |end: &Endpoint| match end {
        Endpoint::Segment(name) => name == from,
        Endpoint::Net(IpNet::V4(net)) => !whole.is_empty() && whole.iter().all(|part| net.contains(part)),
        Endpoint::Net(IpNet::V6(_)) => false,
    };
    let to = Ipv4Net::from(to);
    let ends = |end: &Endpoint| match end {
        Endpoint::Segment(name) if name.as_str() == space::INTERNET => !holds(&rules.inside, to),
        Endpoint::Segment(name) => rules.segments.get(name).is_some_and(|nets| holds(nets, to)),
        Endpoint::Net(IpNet::V4(net)) => net.contains(&to),
        Endpoint::Net(IpNet::V6(_)) => false,
    };
    Fit {
        from: flow.from.iter().any(|end| starts(&end.value)),
        to: flow.to.iter().any(|end| ends(&end.value)),
        service: flow.services.iter().any(|has| covers(&has.value, service)),
    }
}

/// Whether one service includes another.
pub(crate) fn covers(has: &Service, wanted: &Service) -> bool {
    match (has, wanted) {
        (Service::Any, _) | (Service::IcmpEcho, Service::IcmpEcho) => true,
        (Service::Tcp(from, to), Service::Tcp(first, last)) | (Service::Udp(from, to), Service::Udp(first, last)) => {
            from <= first && last <= to
        }
        _ => false,
    }
}
