//! Bridge priorities that a switch takes.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        let Some(priority) = &settings.switching.spanning_tree.priority else { continue };
        // IEEE 802.1Q 13.26: four bits of priority, in steps of 4096.
        if priority.value.is_multiple_of(4096) && priority.value <= 61440 {
            continue;
        }
        let near = match priority.value / 4096 * 4096 {
            61441.. => "4096 for the one that is to be root, 61440 for one that is never".to_owned(),
            near => format!("{near} for example"),
        };
        findings.push(
            Finding::error(codes::STP_PRIORITY, format!("no switch takes {} as its priority", priority.value))
                .at(priority.span)
                .help(format!("it is a multiple of 4096 up to 61440, {near}; the lowest becomes root")),
        );
    }
}
