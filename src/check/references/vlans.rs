//! VLANs that are named exist: for devices, wireless networks and ports.

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
use crate::model::Part;
use crate::model::settings::list;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.vlans.iter().map(|vlan| (vlan.name.as_str(), vlan.name.span));
    let mut vlans = Names::new(network, "VLAN", Part::Vlans, "inventory/vlans.yaml", all);
    let ssids = network.ssids.iter().flat_map(|ssid| std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans));
    for vlan in network.plan.management.iter().chain(ssids) {
        vlans.look(vlan);
    }
    let reservations = network.sites.iter().flat_map(|site| &site.reservations);
    for reservation in reservations {
        vlans.look(&reservation.vlan);
    }
    for settings in subject.port_settings() {
        let dot1x = &settings.dot1x;
        let one = settings.vlan.iter().chain(&dot1x.critical_vlan).chain(&dot1x.guest_vlan);
        for vlan in one.chain(list(&settings.tagged)).chain(list(&dot1x.dynamic_vlans)) {
            vlans.look(vlan);
        }
        let voice = settings.voice.as_ref().and_then(|voice| Some((voice.value.as_ref()?, voice.span)));
        if let Some((voice, span)) = voice {
            vlans.find(voice.as_str(), span);
        }
    }
    vlans.tell(findings);
}
