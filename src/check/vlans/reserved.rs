//! VLAN ids that switches keep for themselves.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for vlan in &subject.network.vlans {
        let (id, name) = (vlan.id.get(), &vlan.name.value);
        // IOS keeps 1002–1005 for FDDI and token ring, and refuses to name or remove them.
        if (1002..=1005).contains(&id) {
            let message = format!("VLAN {id} (`{name}`) is taken on some switches, which keep 1002 to 1005 for themselves");
            findings.push(
                Finding::error(codes::VLAN_RESERVED, message)
                    .at(vlan.id.span)
                    .help("take an id between 2 and 1001, or above 1005"),
            );
        } else if id == 1 {
            findings.push(
                Finding::warning(codes::VLAN_RESERVED, format!("VLAN 1 carries `{name}`, and every unconfigured port"))
                    .at(vlan.id.span)
                    .help("take another id: switches put ports nobody configured, and their own protocols, in VLAN 1"),
            );
        }
    }
}
