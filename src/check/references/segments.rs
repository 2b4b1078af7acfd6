//! VLANs belong to segments that exist.

use std::collections::BTreeSet;

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
use crate::model::{Endpoint, Flow, Network, Part};
use crate::source::Sp;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut segments = names(network);
    let of_vlans: BTreeSet<&Id> = network.vlans.iter().map(|vlan| &vlan.segment.value).collect();
    for vlan in &network.vlans {
        segments.look(&vlan.segment);
    }
    // What flows alone name is told in the words of flows.
    for (name, span) in network.policy.flows.iter().flat_map(ends) {
        if of_vlans.contains(name) || network.policy.segments.contains_key(name) {
            segments.find(name.as_str(), span);
        }
    }
    segments.tell(findings);
}

pub(in crate::check) fn names(network: &Network) -> Names<'_> {
    let all = network.policy.segments.values().map(|segment| (segment.name.as_str(), segment.name.span));
    Names::new(network, "segment", Part::Segments, "policies/segments.yaml", all)
}

/// The segments a flow names, but for the built-in one.
pub(in crate::check) fn ends(flow: &Flow) -> impl Iterator<Item = (&Id, crate::source::Span)> {
    flow.from.iter().chain(&flow.to).filter_map(|end: &Sp<Endpoint>| match &end.value {
        Endpoint::Segment(name) if name.as_str() != "internet" => Some((name, end.span)),
        Endpoint::Segment(_) | Endpoint::Net(_) => None,
    })
}
