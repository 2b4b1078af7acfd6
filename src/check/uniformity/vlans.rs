//! VLANs are the same in every organisation.

use crate::check::Subject;
use crate::finding::Finding;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let all = subject.network.vlans.iter().map(|vlan| (format!("VLAN `{}`", vlan.name.value), &vlan.sites));
    super::limited(subject.network, all, findings);
}
