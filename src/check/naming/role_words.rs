//! Each role has a word of its own in host names.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Role;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let naming = &subject.network.policy.naming;
    let mut first: BTreeMap<&str, Role> = BTreeMap::new();
    for (role, word) in &naming.roles {
        if let Some(other) = first.insert(word.as_str(), *role) {
            let message =
                format!("`{}` stands for both {} and {} in host names", word.value, other.word(), role.word());
            let finding = Finding::error(codes::NAMES_ALIKE, message).at_saying(word.span, "used again here");
            let label = naming.roles.get(&other).map_or(word.span, |word| word.span);
            findings.push(finding.label(label, "first used here").help("give each role a word of its own"));
        }
    }
    unnamed(subject, findings);
}

/// Roles that are given words, from which on one without is forgotten.
const MOST: usize = 3;

/// A role of the network that has no word, where all others have.
fn unnamed(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let roles = &subject.network.policy.naming.roles;
    let mut bare = subject.placed().filter(|one| !roles.contains_key(&one.facts.role));
    let Some(first) = bare.next().filter(|_| roles.len() >= MOST) else { return };
    if bare.any(|one| one.facts.role != first.facts.role) {
        return;
    }
    let (role, name) = (first.facts.role.word(), &first.facts.name);
    // The role's own word is as short as theirs.
    let longest = roles.values().map(|word| word.chars().count()).max();
    if longest.is_some_and(|longest| role.len() <= longest) {
        return;
    }
    let Some(said) = roles.values().map(|word| word.span).min() else { return };
    let message = format!("the role `{role}` has no word of its own in host names, and all others have");
    findings.push(
        Finding::warning(codes::NAMING_PATTERN, message)
            .at_saying(said, format!("without one, a host is called `{name}`"))
            .label(first.facts.span, "for example this one")
            .help(format!("add `{role}: WORD` to `roles`")),
    );
}
