//! A wireless network has a VLAN wherever it is on air.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) {
        return;
    }
    for ssid in &network.ssids {
        let Some(vlan) = network.vlans.iter().find(|vlan| vlan.name.value == ssid.vlan.value) else { continue };
        let mut lacking = network.sites.iter().filter(|site| ssid.sites.admits(site) && !vlan.sites.admits(site));
        let Some(site) = lacking.next() else { continue };
        let more = lacking.count();
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        let message = format!(
            "SSID `{}` is on air at `{}`{others}, where VLAN `{}` is not",
            ssid.name.value, site.id.value, vlan.name.value
        );
        findings.push(
            Finding::error(codes::SSID_VLAN_ABSENT, message)
                .at_saying(ssid.vlan.span, "stations would land in no VLAN")
                .label(vlan.sites.tags.first().map_or(vlan.name.span, |tag| tag.span), "the VLAN exists only here")
                .help("give both the same `sites:`"),
        );
    }
}
