//! Links that are switched off.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for end in subject.wiring.links.iter().filter(|end| end.port.shutdown) {
        let Some(off) = end.port.settings.shutdown.as_ref().filter(|off| told.insert(off.span)) else { continue };
        let message = format!("the link from `{}` to `{}` is switched off", end.device.name, end.far.name);
        findings.push(
            Finding::error(codes::LINK_DOWN, message)
                .at(off.span)
                .label(end.port.span, "the link")
                .help("leave `shutdown` out, or take the link out of the file: what is drawn is what should work"),
        );
    }
}
