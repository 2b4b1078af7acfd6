//! Naming patterns hold placeholders that have a value; the one for devices is derivation's to tell of.

use crate::check::Subject;
use crate::derive::naming::fill;
use crate::finding::{Finding, codes};
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let naming = &subject.network.policy.naming;
    let patterns: [(&str, Option<&Sp<String>>, &[&str], bool); 4] = [
        ("link", Some(&naming.link), &["device", "port"], false),
        ("port", naming.port.as_ref(), &["title", "port", "room"], false),
        ("vlan", naming.vlan.as_ref(), &["id", "name", "title"], true),
        ("object", naming.object.as_ref(), &["name"], true),
    ];
    for (what, pattern, keys, telling) in patterns {
        let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { continue };
        let known: Vec<String> = keys.iter().map(|key| format!("{{{key}}}")).collect();
        let known = known.join(", ");
        let said = fill(pattern, |key| keys.contains(&key).then(|| "\u{1}".to_owned()));
        let message = match said {
            Err(key) => format!("the naming pattern for `{what}` has no value for `{{{key}}}`"),
            // Names of many things that are all the same tell nothing apart.
            Ok(text) if telling && !text.contains('\u{1}') => {
                format!("the naming pattern for `{what}` gives all of them the same name")
            }
            Ok(_) => continue,
        };
        let finding = Finding::error(codes::NAMING_PATTERN, message).at(pattern.span);
        findings.push(finding.help(format!("this pattern may hold {known}")));
    }
}
