//! Logins that are only being watched.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for settings in subject.wiring.settings() {
        let dot1x = &settings.dot1x;
        let enabled = dot1x.enabled.as_ref().filter(|on| on.value);
        let open = dot1x.open.as_ref().filter(|open| open.value);
        if let (Some(enabled), Some(open)) = (enabled, open)
            && told.insert(open.span)
        {
            findings.push(
                Finding::warning(codes::LOGIN_OPEN, "logins are asked for, and everything passes without one")
                    .at_saying(open.span, "monitor mode")
                    .label(enabled.span, "802.1X")
                    .help("once the log shows that everybody who should pass does, take `open` out"),
            );
        }
    }
}
