//! The policy lets somebody log in to every device.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::policy;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    if !super::followable(subject.network) {
        return;
    }
    let closed = policy::closed(subject.network, subject.derived);
    if let Some(first) = closed.first() {
        let more = closed.len() - 1;
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        findings.push(
            Finding::warning(codes::NO_LOGIN, format!("no flow lets anybody log in to `{}`{others}", first.name))
                .at_saying(first.span, "its rules for logins stay unwritten")
                .help("add a flow to the management segment with tcp 22, from wherever Samnet runs"),
        );
    }
}
