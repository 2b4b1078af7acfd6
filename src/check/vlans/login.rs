//! VLANs that a login may lead to exist where the port is.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Part, Vlan};
use crate::source::{Sp, Span};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if ![Part::Vlans, Part::Profiles, Part::Sites].iter().all(|part| network.gaps.whole(*part)) {
        return;
    }
    // A VLAN that is missing where a port or a wireless network needs it has a finding of its own.
    let mut lacking: BTreeSet<&Id> = BTreeSet::new();
    for ssid in &network.ssids {
        let Some(vlan) = subject.vlan(&ssid.vlan.value) else { continue };
        if network.sites.iter().any(|site| ssid.sites.admits(site) && !vlan.sites.admits(site)) {
            lacking.insert(&vlan.name.value);
        }
    }
    for one in &subject.wiring.uses {
        if one.port.vlan.is_none()
            && let Some(vlan) = &one.port.settings.vlan
        {
            lacking.insert(&vlan.value);
        }
    }
    let mut first: BTreeSet<Span> = BTreeSet::new();
    for one in &subject.wiring.uses {
        let Some(site) = network.sites.get(one.device.site) else { continue };
        let dot1x = &one.port.settings.dot1x;
        let mut look = |what: &str, name: &Sp<Id>, grave: bool| {
            let absent = |vlan: &&Vlan| !vlan.sites.admits(site) && !lacking.contains(&vlan.name.value);
            let Some(vlan) = subject.vlan(&name.value).filter(absent) else { return };
            if !first.insert(name.span) {
                return;
            }
            let message = format!("{what} `{}` does not exist at site `{}`", name.value, site.id.value);
            let finding = if grave {
                Finding::error(codes::LOGIN_VLAN_ABSENT, message)
            } else {
                Finding::warning(codes::LOGIN_VLAN_ABSENT, message)
            };
            findings.push(
                finding
                    .at(name.span)
                    .label(one.port.span, "a port there is used in this way")
                    .label(vlan.name.span, "the VLAN exists only where `sites` says")
                    .help("name a VLAN that exists at every site with such ports, or refine the profile at that site"),
            );
        };
        // A switch that is told to use a VLAN it does not have shuts the port out.
        if let Some(vlan) = &dot1x.critical_vlan {
            look("the critical VLAN", vlan, true);
        }
        if let Some(vlan) = &dot1x.guest_vlan {
            look("the guest VLAN", vlan, true);
        }
        for vlan in list(&dot1x.dynamic_vlans) {
            look("the dynamic VLAN", vlan, false);
        }
    }
}
