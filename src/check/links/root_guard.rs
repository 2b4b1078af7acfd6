//! Root guard looks outwards, never towards the root.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for end in subject.wiring.links.iter().filter(|end| end.joins_switches() && end.leads_inwards()) {
        let Some(guard) = end.port.settings.root_guard.as_ref().filter(|on| on.value) else { continue };
        if told.insert(guard.span) {
            let message = format!(
                "the uplink of `{}` refuses the root of the spanning tree, which is `{}`",
                end.device.name, end.far.name
            );
            findings.push(
                Finding::error(codes::ROOT_GUARD, message)
                    .at(guard.span)
                    .label(end.port.span, "the uplink")
                    .help("the switch would cut itself off; root guard belongs at the other end of the link"),
            );
        }
    }
}
