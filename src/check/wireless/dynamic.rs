//! VLANs that RADIUS may choose for a station: only where RADIUS is asked, and where they exist.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for ssid in &network.ssids {
        let Some(first) = ssid.dynamic_vlans.first() else { continue };
        if !ssid.security.is_enterprise() {
            findings.push(
                Finding::error(
                    codes::SSID_DYNAMIC,
                    format!("nobody chooses a VLAN for stations of `{}`", ssid.name.value),
                )
                .at_saying(first.span, "RADIUS would choose one of these")
                .label(ssid.security.span, "but this security does not ask RADIUS")
                .help("use wpa3-enterprise, or leave `dynamic_vlans` out"),
            );
            continue;
        }
        for name in ssid.dynamic_vlans.iter().filter(|_| network.gaps.whole(Part::Sites)) {
            let Some(vlan) = subject.vlan(&name.value) else { continue };
            let Some(site) = network.sites.iter().find(|site| ssid.sites.admits(site) && !vlan.sites.admits(site))
            else {
                continue;
            };
            let message = format!(
                "stations of `{}` may be put in `{}`, which `{}` does not have",
                ssid.name.value, name.value, site.id.value
            );
            findings.push(
                Finding::error(codes::SSID_DYNAMIC, message)
                    .at(name.span)
                    .label(vlan.name.span, "exists only where its `sites` says")
                    .help("take it out of `dynamic_vlans`, or give both the same `sites:`"),
            );
        }
    }
}
