//! Isolation is for hosts, not for what carries others' traffic.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::PortMode;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let ports = subject.wiring.uses.iter().map(|one| (one.settings, one.port));
    for (settings, port) in ports.chain(subject.wiring.links.iter().map(|end| (end.settings, end.port))) {
        let Some(isolated) = settings.isolated.as_ref().filter(|on| on.value) else { continue };
        if port.mode == PortMode::Access || !told.insert(isolated.span) {
            continue;
        }
        let kind = if port.mode == PortMode::Trunk { "trunk" } else { "routed port" };
        findings.push(
            Finding::error(
                codes::ISOLATED_TRUNK,
                format!("a {kind} is isolated: what is behind it would reach no other isolated port"),
            )
            .at(isolated.span)
            .label(port.span, format!("a {kind}"))
            .help("leave `isolated` out here; it belongs on access ports"),
        );
    }
}
