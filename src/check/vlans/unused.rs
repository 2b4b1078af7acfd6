//! VLANs that no port and no wireless network of any building uses.

use std::collections::BTreeSet;

use foldhash::{HashSet, HashSetExt as _};

use crate::check::{Subject, wiring};
use crate::finding::{Finding, Severity, codes};
use crate::model::settings::list;
use crate::source::{Sp, Span};
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
    tagged(subject, findings);
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

/// Other sites from which on the one without ports in a VLAN of its kind is odd.
const OTHERS: usize = 2;

/// Tags that bring a VLAN to a building where no port is in it, though ports are in all others of that kind.
fn tagged(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let ports = wiring::at_ports(subject);
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for vlan in subject.network.vlans.iter().filter(|vlan| !vlan.sites.tags.is_empty()) {
        let sites = subject.network.sites.iter().enumerate().filter(|(_, site)| vlan.sites.admits(site));
        // A building without ports for hosts says nothing.
        let sites = sites.filter_map(|(index, site)| Some((site, ports.get(&index)?)));
        let (with, without): (Vec<_>, Vec<_>) = sites.partition(|(_, used)| used.contains(&vlan.id.value));
        let &[(site, _)] = without.as_slice() else { continue };
        let brings = |tag: &&Sp<Id>| vlan.sites.tags.iter().any(|wanted| wanted.value == tag.value);
        let Some(tag) = site.tags.iter().find(brings).filter(|_| with.len() >= OTHERS) else { continue };
        if told.insert(tag.span) {
            let name = &vlan.name.value;
            let message = format!(
                "the tag `{}` brings VLAN `{name}` to `{}`, and no port there is in it",
                tag.value, site.id.value
            );
            findings.push(
                Finding::note(codes::VLAN_UNUSED, message)
                    .at(tag.span)
                    .label(vlan.name.span, "ports of all other sites with the tag are in it")
                    .help("take the tag out where the building is no such one; where only stations use the VLAN, all is well"),
            );
        }
    }
}
