//! A VLAN named like a segment belongs to that one.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) || !network.gaps.whole(Part::Segments) {
        return;
    }
    for vlan in network.vlans.iter().filter(|vlan| vlan.name.value != vlan.segment.value) {
        let segments = &network.policy.segments;
        let named = segments.get(&vlan.name.value).filter(|_| segments.contains_key(&vlan.segment.value));
        let Some(named) = named else { continue };
        // Where another VLAN makes up the segment, the name says little.
        if network.vlans.iter().any(|other| other.segment.value == named.name.value) {
            continue;
        }
        let message = format!(
            "VLAN `{}` is in segment `{}`, and the segment of its own name is empty",
            vlan.name.value, vlan.segment.value
        );
        findings.push(
            Finding::error(codes::SEGMENT_MIXED, message)
                .at(vlan.segment.span)
                .label(named.name.span, "no VLAN is in this one")
                .help(format!("`segment: {}`, or take the empty segment out", vlan.name.value)),
        );
    }
}
