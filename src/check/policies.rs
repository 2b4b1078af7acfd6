//! Segments and flows.

use crate::model::{Network, Part};

pub(super) mod expired;
pub(super) mod flow_segments;
pub(super) mod logins;
pub(super) mod servers;

/// Whether what the policy lets through can be said at all: everything it rests on was read.
fn followable(network: &Network) -> bool {
    let parts = [Part::Network, Part::Vlans, Part::Segments, Part::Flows];
    parts.iter().all(|part| network.gaps.whole(*part)) && !network.policy.flows.is_empty()
}
