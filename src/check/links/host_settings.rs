//! Links between devices are not told what ports for people are told.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    // An access profile on a link is a finding of its own.
    for end in subject.wiring.links.iter().filter(|end| !end.is_too_narrow() && !end.comes_narrow()) {
        let settings = end.settings;
        let switches = end.joins_switches();
        let on = |said: &Option<crate::source::Sp<bool>>| said.as_ref().filter(|on| on.value).map(|on| on.span);
        let said = [
            (
                "bpdu_guard",
                on(&settings.bpdu_guard).filter(|_| switches),
                "the first spanning tree message switches the link off",
            ),
            ("dot1x", on(&settings.dot1x.enabled), "the device would have to log in, and cannot"),
            (
                "edge",
                on(&settings.edge).filter(|_| switches),
                "the port forwards before it knows whether there is a loop",
            ),
        ];
        let mut wrong = said.into_iter().filter_map(|(key, span, why)| Some((key, span?, why)));
        let Some((key, span, why)) = wrong.next() else { continue };
        if !told.insert(span) {
            continue;
        }
        let message = format!("`{key}` on the link from `{}` to `{}`: {why}", end.device.name, end.far.name);
        let finding = Finding::error(codes::LINK_AS_HOST, message).at(span).label(end.port.span, "the link");
        let finding = wrong.fold(finding, |finding, (key, span, _)| finding.label(span, format!("`{key}` as well")));
        findings.push(finding.help("use a profile that is meant for links, or none"));
    }
}
