//! Hosts get their addresses from somebody, or by hand.

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Gateway, Part, Vlan};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let parts = [Part::Network, Part::Vlans, Part::Sites, Part::Flows];
    if !parts.iter().all(|part| network.gaps.whole(*part)) || !network.gaps.sites.is_empty() {
        return;
    }
    let Some(example) = network.vlans.iter().find(|vlan| !vlan.dhcp_relay.is_empty()) else { return };
    for (index, vlan) in network.vlans.iter().enumerate() {
        let routed = matches!(vlan.gateway.value, Gateway::Site | Gateway::Core);
        if !routed || !vlan.dhcp_relay.is_empty() || subject.derived.management == Some(index) {
            continue;
        }
        // Addresses given by hand, or servers that others know by theirs.
        let by_hand = vlan.reserved_hosts.is_some()
            || network.sites.iter().flat_map(|site| &site.reservations).any(|one| one.vlan.value == vlan.name.value)
            || servers_in(subject, vlan);
        if by_hand {
            continue;
        }
        let finding =
            Finding::warning(codes::NO_LEASES, format!("nobody gives hosts of VLAN `{}` an address", vlan.name.value));
        findings.push(
            finding
                .at_saying(vlan.gateway.span, "who routes here relays no DHCP")
                .label(example.name.span, "this one has `dhcp_relay`, for example")
                .help("add `dhcp_relay: [ADDRESS]`; or keep numbers for hosts that have theirs by hand: `reserved_hosts: 10-99`"),
        );
    }
}

/// Whether an address that flows or DHCP relays name lies in the VLAN.
fn servers_in(subject: Subject<'_>, vlan: &Vlan) -> bool {
    let network = subject.network;
    let here = subject.derived.sites.iter().filter_map(|site| site.vlans.get(&vlan.id.value)?.subnet);
    let subnets: Vec<Ipv4Net> = here.collect();
    let ends = network.policy.flows.iter().flat_map(|flow| flow.from.iter().chain(&flow.to));
    let ends = ends.filter_map(|end| match &end.value {
        Endpoint::Net(IpNet::V4(net)) => Some(*net),
        Endpoint::Net(IpNet::V6(_)) | Endpoint::Segment(_) => None,
    });
    ends.into_iter().any(|net| subnets.iter().any(|subnet| subnet.contains(&net)))
}
