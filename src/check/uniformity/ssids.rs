//! SSIDs are the same in every organisation.

use crate::check::Subject;
use crate::finding::Finding;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let all = subject.network.ssids.iter().map(|ssid| (format!("SSID `{}`", ssid.name.value), &ssid.sites));
    super::limited(subject.network, all, findings);
}
