//! VLAN 1 carries nothing: every port is in it that nobody set up.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for vlan in subject.network.vlans.iter().filter(|vlan| vlan.id.value.get() == 1) {
        let message = format!("`{}` is VLAN 1, which every unconfigured port is in", vlan.name.value);
        let finding = Finding::warning(codes::VLAN_ONE, message).at(vlan.id.span);
        findings.push(finding.help("give it another id, and leave VLAN 1 empty"));
    }
}
