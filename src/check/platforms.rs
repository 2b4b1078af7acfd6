//! Models run platforms that exist, and devices are managed by features their platform has.

use super::Subject;
use crate::finding::{Finding, codes, nearest};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let known: Vec<&str> = subject.library.iter().map(|(name, _)| name).collect();
    for model in subject.network.models.values() {
        let platform = &model.platform;
        if subject.library.get(platform.as_str()).is_some() {
            continue;
        }
        let message = format!("model `{}` runs `{}`, and there is no such platform", model.name.value, platform.value);
        let finding = Finding::error(codes::UNKNOWN_PLATFORM, message).at(platform.span);
        findings.push(match nearest(platform.as_str(), known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("there are {}; another one is a folder under templates/", known.join(", "))),
        });
    }
}
