//! How many DHCP packets a second a port takes.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// More than any switch counts up to.
const HIGHEST: u32 = 2048;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.port_settings() {
        let Some(rate) = settings.dhcp_rate.as_ref().filter(|rate| rate.value == 0 || rate.value > HIGHEST) else {
            continue;
        };
        let message = format!("a port takes {} DHCP packets a second", rate.value);
        findings.push(
            Finding::error(codes::DHCP_RATE, message)
                .at(rate.span)
                .help(format!("switches count from 1 to {HIGHEST}; a computer needs a handful, 30 leave room")),
        );
    }
}
