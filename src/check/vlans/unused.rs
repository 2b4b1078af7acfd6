//! VLANs that no port and no wireless network of any building uses.

use std::collections::BTreeSet;

use foldhash::{HashSet, HashSetExt as _};

use crate::check::Subject;
use crate::finding::{Finding, Severity, codes};
use crate::model::settings::list;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !subject.is_whole() || subject.derived.devices.is_empty() {
        return;
    }
    let mut used: BTreeSet<&Id> = BTreeSet::new();
    for ssid in &network.ssids {
        used.extend(std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans).map(|vlan| &vlan.value));
    }
    let ports = subject.wiring.uses.iter().map(|one| one.settings);
    let mut seen = HashSet::new();
    let ports = ports.chain(subject.wiring.links.iter().map(|end| end.settings));
    for settings in ports.filter(|settings| seen.insert(std::ptr::from_ref(*settings))) {
        let dot1x = &settings.dot1x;
        let one = settings.vlan.iter().chain(&dot1x.critical_vlan).chain(&dot1x.guest_vlan);
        used.extend(one.chain(list(&settings.tagged)).chain(list(&dot1x.dynamic_vlans)).map(|vlan| &vlan.value));
        used.extend(settings.voice.iter().filter_map(|voice| voice.value.as_ref()));
    }
    // A profile that was to lead there is told of instead.
    used.extend(super::namesake::astray(network).map(|astray| &astray.meant.name.value));
    let reserved = network.sites.iter().flat_map(|site| &site.reservations);
    used.extend(reserved.map(|reservation| &reservation.vlan.value));
    for (index, vlan) in network.vlans.iter().enumerate() {
        if subject.derived.management == Some(index) || used.contains(&vlan.name.value) {
            continue;
        }
        let message = format!("nothing uses VLAN `{}`: no port, no wireless network, no reservation", vlan.name.value);
        findings.push(Finding { severity: Severity::Note, ..Finding::warning(codes::VLAN_UNUSED, message) }
            .at(vlan.name.span)
            .help("take it out, and keep its id and its block of addresses free for a while; or give a port its profile"));
    }
}
