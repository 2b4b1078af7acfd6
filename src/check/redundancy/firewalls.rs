//! A firewall that nothing stands in for.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, Severity, codes};
use crate::model::Role;
use crate::value::DeviceName;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut covered: BTreeSet<&DeviceName> = BTreeSet::new();
    for one in subject.placed().filter(|one| one.facts.role == Role::Firewall) {
        let pair = one.device.pair.as_ref().map(|pair| &pair.value.with);
        for other in one.device.redundant_with.as_deref().into_iter().chain(pair) {
            covered.insert(&one.facts.name);
            covered.extend(subject.derived.resolve(one.facts.site, &other.value));
        }
    }
    for one in subject.placed().filter(|one| one.facts.role == Role::Firewall && !covered.contains(&one.facts.name)) {
        let message = format!("nothing stands in for `{}`", one.facts.name);
        findings.push(
            Finding { severity: Severity::Note, ..Finding::warning(codes::LONE_FIREWALL, message) }
                .at(one.device.span)
                .help("every building reaches the others through it; a second one makes a pair: pair: { with: firewall-2, kind: ha }"),
        );
    }
}
