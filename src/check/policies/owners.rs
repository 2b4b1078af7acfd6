//! One owner spelt in two ways.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes, is_slip};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let policy = &subject.network.policy;
    let segments = policy.segments.values().map(|segment| &segment.owner);
    let mut owners: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for owner in segments.chain(policy.flows.iter().map(|flow| &flow.owner)) {
        owners.entry(&owner.value).or_default().push(owner.span);
    }
    for (owner, places) in &owners {
        let &[here] = places.as_slice() else { continue };
        let Some((other, first)) = owners.iter().find(|(other, _)| is_slip(owner, other)) else { continue };
        // Of two that stand once each, the later one is told.
        if matches!(first[..], [only] if only > here) {
            continue;
        }
        let message = format!("owner `{owner}` is spelt `{other}` elsewhere");
        let finding = Finding::warning(codes::OWNER_SPELT, message).at(here);
        let finding = finding.labels(first.iter().min().copied(), "for example here");
        findings.push(finding.help("spell an owner in one way, so that all that is theirs is found"));
    }
}
