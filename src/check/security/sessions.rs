//! Sessions that nobody uses are closed.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Minutes; CIS benchmarks ask for 10.
const MOST: u32 = 60;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for minutes in subject.settings().filter_map(|settings| settings.security.session_minutes.as_ref()) {
        let message = match minutes.value {
            0 => "idle sessions are never closed".to_owned(),
            value if value > MOST => format!("idle sessions stay open for {value} minutes"),
            _ => continue,
        };
        let finding = Finding::warning(codes::SESSIONS, message).at(minutes.span);
        findings.push(finding.help("10 to 15 minutes are usual"));
    }
}
