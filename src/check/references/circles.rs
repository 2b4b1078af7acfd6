//! No profile extends itself, by way of others either.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::PortProfile;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let profiles = &subject.network.profiles;
    let base =
        |profile: &PortProfile| Some((profile.extends.as_ref()?.span, profiles.get(&profile.extends.as_ref()?.value)?));
    let mut told: Vec<Span> = Vec::new();
    for profile in profiles.values() {
        let mut way = Vec::new();
        let mut next = base(profile);
        while let Some((span, other)) = next {
            if told.contains(&span) || way.iter().any(|(known, _)| *known == span) {
                break;
            }
            way.push((span, other.name.as_str()));
            if other.name.value == profile.name.value {
                let names: Vec<&str> = way.iter().map(|(_, name)| *name).collect();
                let message = format!("profile `{}` extends itself: {}", profile.name.value, names.join(", then "));
                let mut finding = Finding::error(codes::CIRCLE, message).help("one of them has to stand on its own");
                for (nth, (span, name)) in way.iter().enumerate() {
                    finding =
                        if nth == 0 { finding.at(*span) } else { finding.label(*span, format!("back to `{name}`")) };
                }
                told.extend(way.iter().map(|(span, _)| *span));
                findings.push(finding);
                break;
            }
            next = base(other);
        }
    }
}
