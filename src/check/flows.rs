//! Flows name segments that exist, and say so when their time is over.

use super::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Part};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for flow in &network.policy.flows {
        for end in flow.from.iter().chain(&flow.to) {
            let Endpoint::Segment(name) = &end.value else { continue };
            let known = name.as_str() == "internet" || network.policy.segments.contains_key(name);
            if known || !network.gaps.whole(Part::Segments) {
                continue;
            }
            let segments = network.policy.segments.keys().map(crate::value::Id::as_str).chain(["internet"]);
            let message = format!("flow `{}` names the segment `{name}`, which does not exist", flow.id.value);
            let finding = Finding::error(codes::FLOW_SEGMENT, message).at(end.span);
            findings.push(finding.meant(name.as_str(), segments, || {
                "segments are named in policies/segments.yaml; an address may stand here as well".to_owned()
            }));
        }
        if let (Some(expires), Some(today)) = (&flow.expires, subject.as_of)
            && expires.value < today
        {
            let message = format!("flow `{}` expired on {} and is still allowed", flow.id.value, expires.value);
            findings.push(Finding::warning(codes::FLOW_EXPIRED, message).at(expires.span).help(format!(
                "ask {} whether it is still needed; then move the date or take the flow out",
                flow.owner.value
            )));
        }
    }
}
