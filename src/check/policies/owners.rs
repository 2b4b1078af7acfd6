//! One owner spelt in two ways.

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::check::Subject;
use crate::finding::{Finding, codes, is_slip};
use crate::source::Span;

/// Bytes that one letter more or less may be.
const SLIP: usize = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let policy = &subject.network.policy;
    let segments = policy.segments.values().map(|segment| &segment.owner);
    let mut owners: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for owner in segments.chain(policy.flows.iter().map(|flow| &flow.owner)) {
        owners.entry(&owner.value).or_default().push(owner.span);
    }
    // A slip changes no digit, and hardly the length.
    let digits = |owner: &str| owner.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut alike: HashMap<(String, usize), Vec<&str>> = HashMap::default();
    for owner in owners.keys() {
        alike.entry((digits(owner), owner.len())).or_default().push(owner);
    }
    for (owner, places) in &owners {
        let &[here] = places.as_slice() else { continue };
        let number = digits(owner);
        let near = (owner.len().saturating_sub(SLIP)..=owner.len() + SLIP)
            .filter_map(|length| alike.get(&(number.clone(), length)))
            .flatten()
            .filter(|other| is_slip(owner, other))
            .min();
        let Some((other, first)) = near.and_then(|other| Some((other, owners.get(other)?))) else { continue };
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
