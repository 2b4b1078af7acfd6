//! Expiries so far ahead that nobody will be there to decide.

use jiff::ToSpan as _;

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Years after which nothing is temporary.
const YEARS: i64 = 5;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(horizon) = subject.as_of.and_then(|today| today.checked_add(YEARS.years()).ok()) else { return };
    for flow in &subject.network.policy.flows {
        if let Some(expires) = flow.expires.as_ref().filter(|day| day.value > horizon) {
            let message = format!("flow `{}` is to end only on {}", flow.id.value, expires.value);
            let finding = Finding::warning(codes::EXPIRES_FAR, message);
            findings.push(
                finding
                    .at_saying(expires.span, format!("more than {YEARS} years ahead"))
                    .help("mend the year; a flow that is needed for good has no `expires`"),
            );
        }
    }
}
