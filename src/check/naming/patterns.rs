//! Naming patterns tell things apart; placeholders without a value are derivation's to tell of.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let naming = &subject.network.policy.naming;
    let patterns: [(&str, Option<_>, &[&str]); 3] = [
        ("device", Some(&naming.device), &["{n}", "{nn}"]),
        ("vlan", naming.vlan.as_ref(), &["{id}", "{name}", "{title}"]),
        ("object", naming.object.as_ref(), &["{name}"]),
    ];
    for (what, pattern, telling) in patterns {
        let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { continue };
        if !telling.iter().any(|key| pattern.contains(key)) {
            let message = format!("the naming pattern for `{what}` gives different ones the same name");
            let finding = Finding::error(codes::NAMES_ALIKE, message).at(pattern.span);
            findings.push(finding.help(format!("it has to hold {}", telling.join(" or "))));
        }
    }
}
