//! Segments, flows, and how changes are approved and rolled out.

use crate::model::{Endpoint, Network, Part};

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

/// Whether an end of a flow is everywhere.
fn is_open(end: &Endpoint) -> bool {
    match end {
        Endpoint::Segment(name) => name.as_str() == "internet",
        Endpoint::Net(net) => net.prefix_len() == 0,
    }
}
