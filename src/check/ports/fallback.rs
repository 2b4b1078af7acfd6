//! What happens on the day that no RADIUS server answers.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, Severity, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for one in &subject.wiring.uses {
        let dot1x = &one.port.settings.dot1x;
        let Some(enabled) = dot1x.enabled.as_ref().filter(|on| on.value) else { continue };
        if dot1x.critical_vlan.is_some() || !told.insert(enabled.span) {
            continue;
        }
        let message = "nobody new gets in through these ports while no RADIUS server answers";
        findings.push(
            Finding { severity: Severity::Note, ..Finding::warning(codes::LOGIN_FALLBACK, message) }
                .at(enabled.span)
                .label(one.port.span, "for example here")
                .help("name a VLAN for that day: dot1x: { critical_vlan: NAME }"),
        );
    }
}
