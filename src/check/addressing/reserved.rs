//! Addresses are set aside in VLANs that a port of the building is in.

use std::collections::BTreeSet;

use crate::check::{Subject, wiring};
use crate::finding::{Finding, codes};
use crate::model::{PortMode, PortProfile, Role};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !subject.is_whole() {
        return;
    }
    // What may come to each VLAN: hosts at ports, and stations. Behind a trunk to something that is not ours nobody knows.
    let mut used = wiring::at_ports(subject);
    let trunks = subject.wiring.uses.iter().filter(|one| one.port.mode == PortMode::Trunk);
    let open: BTreeSet<usize> = trunks.map(|one| one.device.site).collect();
    let radios = subject.derived.devices.values().filter(|facts| facts.role == Role::Ap);
    for facts in radios {
        let vlans = used.entry(facts.site).or_default();
        let heard = facts.ssids.iter().filter_map(|index| network.ssids.get(*index));
        let named = heard.flat_map(|ssid| std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans));
        vlans.extend(named.filter_map(|name| Some(subject.vlan(&name.value)?.id.value)));
    }
    for (index, site) in network.sites.iter().enumerate().filter(|(index, _)| !open.contains(index)) {
        let Some(used) = used.get(&index) else { continue };
        let lost = site.reservations.iter().find(|kept| {
            let vlan = subject.vlan(&kept.vlan.value).filter(|vlan| vlan.sites.admits(site));
            // Without a profile that leads there, nobody ever meant a port.
            let led =
                |profile: &PortProfile| profile.settings.vlan.as_ref().is_some_and(|it| it.value == kept.vlan.value);
            let devices = !network.profiles.values().any(led)
                || subject.management().is_some_and(|devices| devices.name.value == kept.vlan.value);
            vlan.is_some_and(|vlan| !used.contains(&vlan.id.value)) && !devices
        });
        if let Some(kept) = lost {
            let name = &kept.vlan.value;
            let message = format!(
                "`{}` has an address in `{name}`, and no port of `{}` is in it",
                kept.name.value, site.id.value
            );
            findings.push(
                Finding::warning(codes::RESERVATION, message)
                    .at(kept.vlan.span)
                    .help(format!("give a port a profile that leads to `{name}`, or take the reservation out")),
            );
        }
    }
}
