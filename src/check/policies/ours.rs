//! What others have lies outside our own address plan.

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, Segment, Vlan};
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Network) || !network.gaps.whole(Part::Vlans) {
        return;
    }
    let plan = network.plan.ipv4.value;
    for segment in network.policy.segments.values() {
        for prefix in &segment.prefixes {
            let IpNet::V4(net) = prefix.value else { continue };
            let finding = match holder(subject, segment, net) {
                Some(Holder::Other(vlan, site, subnet)) => {
                    let vlan_name = &vlan.name.value;
                    let message = format!(
                        "segment `{}` claims {net}, and VLAN `{vlan_name}` has {subnet} at site `{site}`",
                        segment.name.value
                    );
                    told(prefix, message).label(vlan.segment.span, "which belongs to another segment")
                }
                None if plan.contains(&net) || net.contains(&plan) => {
                    let message = format!("segment `{}` claims {net}, which lies in our own plan", segment.name.value);
                    told(prefix, message).label(network.plan.ipv4.span, "sites are numbered from here")
                }
                Some(Holder::Own) | None => continue,
            };
            findings.push(finding.help("name addresses that are somebody else's; our own belong to a VLAN's segment"));
        }
    }
}

fn told(prefix: &Sp<IpNet>, message: String) -> Finding {
    Finding::warning(codes::PREFIX_OURS, message).at(prefix.span)
}

/// Who has addresses of a prefix.
enum Holder<'n> {
    /// VLANs of the segment itself.
    Own,
    /// A VLAN of another one, at a site, with its subnet there.
    Other(&'n Vlan, &'n str, Ipv4Net),
}

fn holder<'n>(subject: Subject<'n>, segment: &Segment, net: Ipv4Net) -> Option<Holder<'n>> {
    let network = subject.network;
    let mut own = None;
    for (site, facts) in network.sites.iter().zip(&subject.derived.sites) {
        for here in facts.vlans.values() {
            let Some(subnet) = here.subnet.filter(|subnet| subnet.contains(&net) || net.contains(subnet)) else {
                continue;
            };
            let Some(vlan) = network.vlans.get(here.vlan) else { continue };
            if vlan.segment.value != segment.name.value {
                return Some(Holder::Other(vlan, site.id.as_str(), subnet));
            }
            own = Some(Holder::Own);
        }
    }
    own
}
