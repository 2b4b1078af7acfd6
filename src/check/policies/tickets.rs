//! What is allowed for a time was decided somewhere.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for flow in &subject.network.policy.flows {
        let Some(expires) = &flow.expires else { continue };
        let empty = flow.ticket.as_ref().filter(|ticket| ticket.trim().is_empty());
        if flow.ticket.is_none() || empty.is_some() {
            let message = format!("flow `{}` is temporary and names no ticket", flow.id.value);
            let finding = Finding::warning(codes::FLOW_TICKET, message);
            findings.push(
                finding
                    .at_saying(expires.span, "allowed until then")
                    .help("add `ticket:` with the case number, so that whoever renews it finds the reason"),
            );
        }
    }
}
