//! Models run platforms that exist.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for model in subject.network.models.values() {
        let platform = &model.platform;
        if subject.library.get(platform.as_str()).is_some() {
            continue;
        }
        let known: Vec<&str> = subject.library.names().collect();
        let message = format!("model `{}` runs `{}`, and there is no such platform", model.name.value, platform.value);
        let finding = Finding::error(codes::UNKNOWN_PLATFORM, message).at(platform.span);
        findings.push(finding.meant(platform.as_str(), known.iter().copied(), || {
            format!("there are {}; another one is a folder under templates/", known.join(", "))
        }));
    }
}
