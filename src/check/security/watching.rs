//! 802.1X that only watches lets everything pass.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.port_settings() {
        if let Some(open) = settings.dot1x.open.as_ref().filter(|open| open.value) {
            let finding =
                Finding::warning(codes::DOT1X_OPEN, "802.1X is asked for, and everything passes").at(open.span);
            findings.push(finding.help("take `open` out once the logins are seen to work"));
        }
    }
}
