//! VLAN ids that switches keep for themselves.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // IOS keeps 1002–1005 for FDDI and token ring, and refuses to name or remove them.
    for vlan in subject.network.vlans.iter().filter(|vlan| (1002..=1005).contains(&vlan.id.get())) {
        let (id, name) = (vlan.id.value, &vlan.name.value);
        let message = format!("VLAN {id} (`{name}`) is taken on some switches, which keep 1002 to 1005 for themselves");
        findings.push(
            Finding::error(codes::VLAN_RESERVED, message)
                .at(vlan.id.span)
                .help("take an id between 2 and 1001, or above 1005"),
        );
    }
}
