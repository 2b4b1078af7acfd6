//! Flows whose time is over soon.

use jiff::ToSpan as _;

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Days in which an owner can be asked and a change be planned.
const DAYS: i64 = 90;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(today) = subject.as_of else { return };
    let Ok(horizon) = today.checked_add(DAYS.days()) else { return };
    for flow in &subject.network.policy.flows {
        if let Some(expires) = flow.expires.as_ref().filter(|day| (today..=horizon).contains(&day.value)) {
            let message = format!("flow `{}` ends on {}", flow.id.value, expires.value);
            let finding = Finding::warning(codes::FLOW_ENDS_SOON, message).at(expires.span);
            findings.push(finding.help(format!("ask {} whether it is still needed then", flow.owner.value)));
        }
    }
}
