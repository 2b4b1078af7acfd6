//! Segments that nothing belongs to, and addresses that no flow is about.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::check::references::segments::ends;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) {
        return;
    }
    let flows = network.gaps.whole(Part::Flows) && !network.policy.flows.is_empty();
    let named: BTreeSet<&Id> = network.policy.flows.iter().flat_map(ends).map(|(name, _)| name).collect();
    let used: BTreeSet<&Id> = network.vlans.iter().map(|vlan| &vlan.segment.value).collect();
    for segment in network.policy.segments.values() {
        let name = &segment.name;
        if segment.prefixes.is_empty() && !used.contains(&name.value) && name.as_str() != "internet" {
            let message = format!("segment `{}` has no addresses", name.value);
            let finding = Finding::warning(codes::SEGMENT_EMPTY, message).at(name.span);
            findings
                .push(finding.help("put a VLAN into it, or give it `prefixes:`; flows from and to it allow nothing"));
        } else if flows && !used.contains(&name.value) && !named.contains(&name.value) {
            let message = format!("no flow begins or ends in segment `{}`", name.value);
            let finding = Finding::note(codes::IDLE, message).at(name.span);
            findings.push(finding.help("a flow lost it, or it can go: its addresses count as outside then"));
        }
    }
}
