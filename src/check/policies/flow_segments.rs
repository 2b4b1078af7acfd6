//! Flows name segments that exist.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::check::references::segments::{ends, names};
use crate::finding::{Finding, codes};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut segments = names(network).told_as(codes::FLOW_SEGMENT).also("internet");
    let of_vlans: BTreeSet<&Id> = network.vlans.iter().map(|vlan| &vlan.segment.value).collect();
    for vlan in network.vlans.iter().filter(|vlan| network.policy.segments.contains_key(&vlan.segment.value)) {
        segments.look(&vlan.segment);
    }
    for (name, span) in network.policy.flows.iter().flat_map(ends) {
        // What VLANs name as well is told once, for both.
        if network.policy.segments.contains_key(name) || !of_vlans.contains(name) {
            segments.find(name.as_str(), span);
        }
    }
    segments.tell(findings);
}
