//! Addresses are set aside in VLANs that a port of the building is in.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Subject, wiring};
use crate::finding::{Finding, codes};
use crate::model::{PortMode, Reservation, Role, Site};
use crate::value::Id;

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
    let mut lost: BTreeMap<&Id, Vec<(&Site, &Reservation)>> = BTreeMap::new();
    let mut kept: BTreeMap<&Id, usize> = BTreeMap::new();
    // Without a profile that leads there, nobody ever meant a port.
    let led: BTreeSet<&Id> =
        network.profiles.values().filter_map(|it| Some(&it.settings.vlan.as_ref()?.value)).collect();
    for (index, site) in network.sites.iter().enumerate().filter(|(index, _)| !open.contains(index)) {
        let Some(used) = used.get(&index) else { continue };
        let mut told: BTreeSet<&Id> = BTreeSet::new();
        for one in &site.reservations {
            let name = &one.vlan.value;
            let vlan = subject.vlan(name).filter(|vlan| vlan.sites.admits(site) && led.contains(name));
            let devices = subject.management().is_some_and(|devices| devices.name.value == *name);
            let Some(vlan) = vlan.filter(|_| !devices && told.insert(name)) else { continue };
            if used.contains(&vlan.id.value) {
                *kept.entry(name).or_default() += 1;
            } else {
                lost.entry(name).or_default().push((site, one));
            }
        }
    }
    for (name, lost) in lost {
        // Where many do so, it is how things are done there.
        let usual = kept.get(name).copied().unwrap_or_default();
        if lost.len() > 1 && lost.len() * RARE > usual {
            continue;
        }
        for (site, one) in lost {
            let message =
                format!("`{}` has an address in `{name}`, and no port of `{}` is in it", one.name.value, site.id.value);
            findings.push(
                Finding::warning(codes::RESERVATION, message)
                    .at(one.vlan.span)
                    .help(format!("give a port a profile that leads to `{name}`, or take the reservation out")),
            );
        }
    }
}

/// Buildings that set addresses aside and have a port in the VLAN, for each one without, from which on several of those are odd.
const RARE: usize = 10;
