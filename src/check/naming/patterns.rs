//! Naming patterns tell things apart; placeholders without a value are derivation's to tell of.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Naming, Network, Role};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let naming = &subject.network.policy.naming;
    let patterns: [(&str, Option<_>, &[&str]); 3] = [
        ("device", Some(&naming.device), &["{n}", "{nn}"]),
        ("vlan", naming.vlan.as_ref(), &["{id}", "{name}", "{title}"]),
        ("object", naming.object.as_ref(), &["{name}"]),
    ];
    descriptions(naming, findings);
    for (what, pattern, telling) in patterns {
        let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { continue };
        let lacks = if !telling.iter().any(|key| pattern.contains(key)) {
            Some(telling.join(" or "))
        } else if what == "device" {
            missing(subject, pattern).map(str::to_owned)
        } else {
            None
        };
        if let Some(lacks) = lacks {
            let message = format!("the naming pattern for `{what}` gives different ones the same name");
            let finding = Finding::error(codes::NAMES_ALIKE, message).at(pattern.span);
            findings.push(finding.help(format!("it has to hold {lacks}")));
        }
    }
}

/// Descriptions that say the same of every port.
fn descriptions(naming: &Naming, findings: &mut Vec<Finding>) {
    let patterns = [("port", naming.port.as_ref(), "{title}"), ("link", Some(&naming.link), "{device}")];
    for (what, pattern, placeholder) in patterns {
        if let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty() && !pattern.contains('{')) {
            let message = format!("the naming pattern for `{what}` says the same of all");
            let finding = Finding::warning(codes::NAMES_ALIKE, message).at(pattern.span);
            findings.push(finding.help(format!("write placeholders in braces, such as `{placeholder}`")));
        }
    }
}

/// The placeholder whose absence gives devices of different sites or roles one name.
fn missing(subject: Subject<'_>, pattern: &str) -> Option<&'static str> {
    const ALL: [&str; 3] = ["{org}", "{site}", "{role}"];
    // One that nothing fills was meant for another.
    let known = ALL.iter().chain(&["{n}", "{nn}"]).fold(pattern.to_owned(), |rest, key| rest.replace(key, ""));
    if known.contains('{') {
        return None;
    }
    let has = ALL.map(|key| pattern.contains(key));
    if has.iter().all(|has| *has) {
        return None;
    }
    let all = different(subject, [true; 3]);
    // Many patterns do without the organisation, as no two of its sites have one name.
    let mut without = (0..ALL.len()).filter(|at| !has.get(*at).copied().unwrap_or_default());
    (different(subject, has) < all).then(|| without.next_back()).flatten().and_then(|at| ALL.get(at).copied())
}

/// How many names there are of what names are made of besides the number.
fn different(subject: Subject<'_>, [org, site, role]: [bool; 3]) -> usize {
    let Network { sites, organisations, policy, .. } = subject.network;
    let word = |role: Role| policy.naming.roles.get(&role).map_or(role.word(), |word| word.as_str());
    let mut names = BTreeSet::new();
    for (place, facts) in sites.iter().zip(&subject.derived.sites) {
        let code = organisations.iter().find(|one| one.id.value == *place.organisation).map(|one| one.code.as_str());
        for device in place.devices.iter().filter(|device| device.name.is_none()) {
            names.insert((
                code.filter(|_| org),
                site.then_some(facts.code.as_str()),
                role.then(|| word(device.role)),
                device.number,
            ));
        }
    }
    names.len()
}
