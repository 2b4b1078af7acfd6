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
}
