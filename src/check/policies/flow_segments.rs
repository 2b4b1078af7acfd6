//! Flows name segments that exist.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Part};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Segments) {
        return;
    }
    for flow in &network.policy.flows {
        for end in flow.from.iter().chain(&flow.to) {
            let Endpoint::Segment(name) = &end.value else { continue };
            if name.as_str() == "internet" || network.policy.segments.contains_key(name) {
                continue;
            }
            let segments = network.policy.segments.keys().map(Id::as_str).chain(["internet"]);
            let message = format!("flow `{}` names the segment `{name}`, which does not exist", flow.id.value);
            let finding = Finding::error(codes::FLOW_SEGMENT, message).at(end.span);
            findings.push(finding.meant(name.as_str(), segments, || {
                "segments are named in policies/segments.yaml; an address may stand here as well".to_owned()
            }));
        }
    }
}
