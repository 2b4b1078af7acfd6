//! ARP inspection knows the hosts it lets through, from DHCP or from reservations.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::{Gateway, Vlan};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let inspecting =
        |device: &DeviceFacts| device.settings.switching.arp_inspection.as_ref().is_some_and(|on| on.value);
    let devices = subject.derived.devices.values().filter(|device| inspecting(device));
    let sites: BTreeSet<usize> = devices.clone().map(|device| device.site).collect();
    let first = devices.clone().find_map(|device| {
        let switching = &device.settings.switching;
        Some((switching.arp_inspection.as_ref()?.span, &switching.dhcp_snooping))
    });
    let Some((span, snooping)) = first else { return };
    if snooping.as_ref().is_none_or(|on| !on.value) {
        let message = "ARP is inspected where DHCP is not: every host would be cut off";
        let finding = Finding::error(codes::ARP_INSPECTION, message)
            .at_saying(span, "knows hosts only from DHCP leases that were seen")
            .help("add `dhcp_snooping: true` beside it");
        findings.push(match snooping {
            Some(off) => finding.label(off.span, "switched off here"),
            None => finding,
        });
        return;
    }
    let by_hand = |(index, vlan): &(usize, &Vlan)| {
        let reserved =
            |name| network.sites.iter().flat_map(|site| &site.reservations).any(|one| one.vlan.value == name);
        subject.derived.management != Some(*index)
            && vlan.dhcp_relay.is_empty()
            && vlan.gateway.value != Gateway::None
            && sites.iter().filter_map(|site| network.sites.get(*site)).any(|site| vlan.sites.admits(site))
            && !reserved(vlan.name.value.clone())
    };
    let mut unknown = network.vlans.iter().enumerate().filter(by_hand).map(|(_, vlan)| vlan);
    if let Some(vlan) = unknown.next().filter(|_| subject.is_whole()) {
        let more = unknown.count();
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        findings.push(
            Finding::warning(
                codes::ARP_INSPECTION,
                format!("ARP inspection would cut off the hosts of VLAN `{}`{others}", vlan.name.value),
            )
            .more(more)
            .at_saying(span, "knows hosts from DHCP and from reservations alone")
            .label(vlan.name.span, "has neither a DHCP relay nor reservations")
            .help("list its hosts with their MAC addresses under `reservations:` of their sites"),
        );
    }
}
