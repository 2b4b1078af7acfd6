//! Flows whose time is over.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for flow in &subject.network.policy.flows {
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
