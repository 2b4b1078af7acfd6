//! Segments, flows, and how changes are approved and rolled out.

use ipnet::IpNet;

use crate::model::{Endpoint, Flow, Network, Part, Service};
use crate::source::Sp;

pub(super) mod approval;
pub(super) mod classes;
pub(super) mod covered;
pub(super) mod empty_segments;
pub(super) mod expired;
pub(super) mod expiring;
pub(super) mod far;
pub(super) mod flow_segments;
pub(super) mod leases;
pub(super) mod logins;
pub(super) mod mixed;
pub(super) mod names;
pub(super) mod ours;
pub(super) mod owners;
pub(super) mod past_firewall;
pub(super) mod prefixes;
pub(super) mod rollout;
pub(super) mod scope;
pub(super) mod servers;
pub(super) mod tickets;
pub(super) mod tiers;
pub(super) mod wide;
pub(super) mod within;

/// Whether what the policy lets through can be said at all: everything it rests on was read.
fn followable(network: &Network) -> bool {
    let parts = [Part::Network, Part::Vlans, Part::Segments, Part::Flows];
    parts.iter().all(|part| network.gaps.whole(*part)) && !network.policy.flows.is_empty()
}

/// Whether every host asks for it before anything else: names, addresses and the time.
pub(super) fn is_plain(service: &Service) -> bool {
    matches!(service, Service::Udp(53 | 67 | 123, 53 | 67 | 123) | Service::Tcp(53, 53))
}

/// The end of a flow that begins at every address of the plan, and that nobody decided on: what every host needs is no such thing.
fn everywhere<'n>(network: &Network, flow: &'n Flow) -> Option<&'n Sp<Endpoint>> {
    let plan = IpNet::V4(network.plan.ipv4.value);
    let all =
        |end: &&Sp<Endpoint>| matches!(&end.value, Endpoint::Net(net) if net.contains(&plan)) && !is_open(&end.value);
    let plain = flow.services.iter().all(|service| is_plain(&service.value));
    flow.from.iter().find(all).filter(|_| flow.ticket.is_none() && !plain)
}

/// Whether an end of a flow is everywhere.
fn is_open(end: &Endpoint) -> bool {
    match end {
        Endpoint::Segment(name) => name.as_str() == "internet",
        Endpoint::Net(net) => net.prefix_len() == 0,
    }
}
