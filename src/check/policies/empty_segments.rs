//! Segments that nothing belongs to.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) {
        return;
    }
    let used: BTreeSet<&Id> = network.vlans.iter().map(|vlan| &vlan.segment.value).collect();
    for segment in network.policy.segments.values() {
        let name = &segment.name;
        if segment.prefixes.is_empty() && !used.contains(&name.value) && name.as_str() != "internet" {
            let message = format!("segment `{}` has no addresses", name.value);
            let finding = Finding::warning(codes::SEGMENT_EMPTY, message).at(name.span);
            findings
                .push(finding.help("put a VLAN into it, or give it `prefixes:`; flows from and to it allow nothing"));
        }
    }
}
