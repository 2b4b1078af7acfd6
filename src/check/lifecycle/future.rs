//! No device was installed on a day that has not come.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(today) = subject.as_of else { return };
    let mut told = BTreeSet::new();
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        let Some(installed) = device.installed.as_ref().filter(|day| day.value > today) else { continue };
        // Devices of one key share the date.
        if told.insert(installed.span) {
            let message = format!("{}-{} is installed on {}", device.role.word(), device.number, installed.value);
            let finding = Finding::warning(codes::FUTURE, message).at_saying(installed.span, format!("after {today}"));
            findings.push(finding.help("add the device when it stands there, or mend the year"));
        }
    }
}
