//! Ports that forward at once are guarded against a switch behind them.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for settings in subject.wiring.settings() {
        let edge = settings.edge.as_ref().filter(|edge| edge.value);
        let off = settings.bpdu_guard.as_ref().filter(|guard| !guard.value);
        if let (Some(edge), Some(off)) = (edge, off)
            && told.insert(off.span)
        {
            findings.push(
                Finding::warning(
                    codes::BPDU_GUARD,
                    "a small switch behind this port could make a loop, and nothing would stop it",
                )
                .at(off.span)
                .label(edge.span, "it forwards at once")
                .help("leave `bpdu_guard: false` out, or `edge: true` with it"),
            );
        }
    }
}
