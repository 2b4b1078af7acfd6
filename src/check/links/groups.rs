//! Groups of links are numbered as switches number them.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

/// What the smallest of the platforms counts up to.
const HIGHEST: u32 = 128;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for number in &subject.wiring.files.groups {
        if (1..=HIGHEST).contains(&number.value) || !told.insert(number.span) {
            continue;
        }
        findings.push(
            Finding::error(codes::GROUP, format!("no switch has a group of links number {}", number.value))
                .at(number.span)
                .help(format!("groups are numbered 1 to {HIGHEST}, on each device by itself")),
        );
    }
}
