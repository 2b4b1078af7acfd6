//! Ports that forward at once are guarded against a switch behind them, and guarded ports forward at once.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for one in &subject.wiring.uses {
        let settings = &one.port.settings;
        let edge = settings.edge.as_ref().filter(|edge| edge.value);
        let guard = settings.bpdu_guard.as_ref().filter(|guard| guard.value);
        let finding = match (edge, guard) {
            (Some(edge), None) => {
                let message = "a small switch behind this port could make a loop, and nothing would stop it";
                let finding = Finding::warning(codes::BPDU_GUARD, message).help("add `bpdu_guard: true`");
                match &settings.bpdu_guard {
                    Some(off) => finding.at(off.span).label(edge.span, "it forwards at once"),
                    None => finding.at_saying(edge.span, "it forwards at once"),
                }
            }
            (None, Some(guard)) => {
                let message = "no switch may stand behind this port, and it waits for one before it forwards";
                let finding = Finding::warning(codes::BPDU_GUARD, message);
                match &settings.edge {
                    Some(off) => finding.at(off.span).label(guard.span, "it is guarded"),
                    None => finding.at(guard.span),
                }
                .help("say `edge: true`: a computer that waits half a minute gets no address")
            }
            _ => continue,
        };
        if let Some(span) = finding.span.filter(|span| told.insert(*span)) {
            findings.push(if span.file == one.port.span.file {
                finding
            } else {
                finding.label(one.port.span, "for example here")
            });
        }
    }
}
