//! A wireless network is on air somewhere, and has a VLAN there.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::source::Sp;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) {
        return;
    }
    for ssid in &network.ssids {
        let excluded = |tag: &Sp<Id>| ssid.sites.except_tags.iter().any(|other| other.value == tag.value);
        if let (Some(except), Some(tag), true) =
            (ssid.sites.except_tags.first(), ssid.sites.tags.first(), ssid.sites.tags.iter().all(excluded))
        {
            let message = format!("`{}` is on air nowhere: the tags it asks for are excluded", ssid.name.value);
            findings.push(
                Finding::error(codes::SSID_VLAN_ABSENT, message)
                    .at(except.span)
                    .label(tag.span, "asked for here")
                    .help("take the tag out of one of the two"),
            );
            continue;
        }
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
                .more(more)
                .at_saying(ssid.vlan.span, "stations would land in no VLAN")
                .label(vlan.sites.tags.first().map_or(vlan.name.span, |tag| tag.span), "the VLAN exists only here")
                .help("give both the same `sites:`"),
        );
    }
}
