//! VLANs of sensitive information that are routed at the site, where others of the same sites stand behind the firewall.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Gateway, Part, Vlan};

/// KLASSA: from here on, harm to an organisation or a person is serious.
const SENSITIVE: u8 = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) || !network.gaps.whole(Part::Segments) {
        return;
    }
    // A VLAN of all sites has no firewall at most of them.
    let limited = |vlan: &&Vlan| !vlan.sites.is_everywhere();
    for vlan in network.vlans.iter().filter(limited).filter(|vlan| vlan.gateway.value == Gateway::Site) {
        let Some(segment) = subject.segment(vlan) else { continue };
        let class = segment.klassa.confidentiality.max(segment.klassa.integrity);
        if class < SENSITIVE {
            continue;
        }
        let behind = |other: &&Vlan| {
            other.gateway.value == Gateway::Firewall
                && network.sites.iter().all(|site| other.sites.admits(site) == vlan.sites.admits(site))
        };
        let Some(other) = network.vlans.iter().find(behind) else { continue };
        let (name, other_name) = (&vlan.name.value, &other.name.value);
        let message = format!("VLAN `{name}` is routed past the firewall that `{other_name}` stands behind");
        findings.push(
            Finding::warning(codes::PAST_FIREWALL, message)
                .at(vlan.gateway.span)
                .label(other.gateway.span, "at the same sites")
                .label(segment.name.span, format!("its information is of class {class}"))
                .help("`gateway: firewall`, or a segment of a lower class"),
        );
    }
}
