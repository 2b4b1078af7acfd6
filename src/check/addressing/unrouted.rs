//! Who talks with others has somebody who routes.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Gateway, Part, Role, Vlan};
use crate::source::{Sp, Span};
use crate::value::VlanId;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if ![Part::Network, Part::Vlans, Part::Flows].iter().all(|part| network.gaps.whole(*part)) {
        return;
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let is_whole = network.gaps.sites.is_empty();
    for core in subject.derived.devices.values().filter(|facts| is_whole && facts.role == Role::Core) {
        let here = |id: &VlanId| subject.derived.sites.get(core.site)?.vlans.get(id);
        // A VLAN that no port is in yet has nobody to route for.
        let is_used = |id: &&VlanId| {
            let site = subject.derived.devices.by_site().iter().filter(|other| other.site == core.site);
            site.into_iter().any(|other| other.vlans.contains(id))
        };
        let apart = core.gateways.iter().filter(|id| !core.vlans.contains(id)).filter(is_used);
        for vlan in apart.filter_map(here).filter_map(|here| network.vlans.get(here.vlan)) {
            if told.insert(vlan.gateway.span) {
                let message =
                    format!("no port of `{}` carries VLAN `{}`, whose gateway it is", core.name, vlan.name.value);
                let finding =
                    Finding::error(codes::UNROUTED, message).at(vlan.gateway.span).label(core.span, "the gateway");
                findings.push(finding.help(
                    "let a trunk lead from it to the VLAN (`tagged:`), or name another gateway: `firewall` or `site`",
                ));
            }
        }
    }
    // A relay without a gateway is told by itself.
    for vlan in network.vlans.iter().filter(|vlan| vlan.gateway.value == Gateway::None && vlan.dhcp_relay.is_empty()) {
        let Some((flow, span)) = network.policy.flows.iter().find_map(|flow| Some((flow, meets(subject, vlan, flow)?)))
        else {
            continue;
        };
        let message = format!("nothing routes for VLAN `{}`, and flows lead out of it or into it", vlan.name.value);
        findings.push(
            Finding::error(codes::UNROUTED, message)
                .at_saying(vlan.gateway.span, "stays within the site")
                .label(span, format!("the flow `{}`, for example", flow.id.value))
                .help("give the VLAN a gateway: `site`, `core` or `firewall`"),
        );
    }
}

/// Where a flow names the VLAN, and something else at its other end.
fn meets(subject: Subject<'_>, vlan: &Vlan, flow: &Flow) -> Option<Span> {
    let inside = |end: &Sp<Endpoint>| is_in(subject, vlan, &end.value);
    let (from, to) = (flow.from.iter().find(|end| inside(end)), flow.to.iter().find(|end| inside(end)));
    match (from, to) {
        (Some(_), Some(_)) | (None, None) => None,
        (Some(end), None) | (None, Some(end)) => Some(end.span),
    }
}

fn is_in(subject: Subject<'_>, vlan: &Vlan, end: &Endpoint) -> bool {
    match end {
        // Where several VLANs make up a segment, the flow may be for the others.
        Endpoint::Segment(name) => {
            *name == vlan.segment.value
                && subject.network.vlans.iter().filter(|other| other.segment.value == *name).count() == 1
        }
        Endpoint::Net(IpNet::V4(net)) => subject
            .derived
            .sites
            .iter()
            .filter_map(|site| site.vlans.get(&vlan.id.value)?.subnet)
            .any(|subnet| subnet.contains(net)),
        Endpoint::Net(IpNet::V6(_)) => false,
    }
}
