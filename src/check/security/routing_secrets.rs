//! Routers prove to others who they are.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for neighbour in subject.network.routing.bgp.iter().flat_map(|bgp| &bgp.neighbours) {
        if neighbour.secret.is_none() {
            let message = format!("the BGP session with {} has no secret", neighbour.title.value);
            let finding = Finding::warning(codes::ROUTING_SECRET, message).at(neighbour.address.span);
            findings.push(finding.help("agree on one with them: `secret: NAME` (RFC 2385)"));
        }
    }
}
