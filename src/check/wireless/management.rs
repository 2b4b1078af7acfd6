//! No wireless network leads into the VLAN that devices are managed in.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let Some(vlan) = subject.management() else { return };
    for ssid in &network.ssids {
        let named = std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans);
        for name in named.filter(|name| name.value == vlan.name.value) {
            let message = format!("`{}` leads stations into the VLAN that devices are managed in", ssid.name.value);
            findings.push(
                Finding::warning(codes::SSID_MANAGEMENT, message)
                    .at(name.span)
                    .label(vlan.name.span, "switches and access points answer logins here")
                    .help("name the VLAN of the people or things that join"),
            );
        }
    }
}
