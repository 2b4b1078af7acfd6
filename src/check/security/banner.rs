//! The text before login warns, and neither invites nor tells what the device is.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Words that an intruder could call an invitation, in the languages spoken here.
const INVITING: [&str; 4] = ["welcome", "välkommen", "willkommen", "bienvenue"];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for banner in subject.settings().filter_map(|settings| settings.services.banner.as_ref()) {
        let text = banner.to_lowercase();
        let finding = if text.trim().is_empty() {
            let message = "the text before login says nothing";
            Finding::warning(codes::BANNER, message).at_saying(banner.span, "nobody is warned")
        } else if let Some(word) = INVITING.iter().find(|word| text.contains(**word)) {
            let message = format!("the text before login says `{word}`");
            Finding::warning(codes::BANNER, message).at_saying(banner.span, "an invitation is no warning")
        } else {
            continue;
        };
        findings.push(finding.help("say who may log in and that it is recorded, and nothing of the device"));
    }
}
