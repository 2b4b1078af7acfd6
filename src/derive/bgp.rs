//! BGP neighbours of core routers and firewalls.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::facts::{BgpFacts, DeviceFacts};
use super::work::Work;
use crate::finding::{Finding, codes};
use crate::model::{BgpNeighbour, Role};
use crate::source::Span;

/// Gives every router the neighbours named for it.
pub(super) fn run(work: &mut Work<'_, '_>) {
    let Some(bgp) = &work.network.routing.bgp else { return };
    for asn in std::iter::once(&bgp.asn).chain(bgp.neighbours.iter().map(|neighbour| &neighbour.asn)) {
        if matches!(asn.value, 0 | 23_456 | 65_535 | u32::MAX) {
            let message = format!("{} is no number of an autonomous system: it is kept for the protocol", asn.value);
            let finding = Finding::error(codes::BGP_NEIGHBOUR, message).at(asn.span);
            work.report(finding.help("64512 to 65534 and 4200000000 to 4294967294 are for private use (RFC 6996)"));
        }
    }
    for neighbour in bgp.neighbours.iter().filter(|neighbour| neighbour.asn.value != bgp.asn.value) {
        prefixes(work, neighbour);
    }
    let mut known: BTreeMap<(usize, IpAddr), Span> = BTreeMap::new();
    for (index, neighbour) in bgp.neighbours.iter().enumerate() {
        let wrong = |message: String| Finding::error(codes::BGP_NEIGHBOUR, message);
        // No site is near by: a device is named with its own.
        let Some(node) = work.resolve(usize::MAX, &neighbour.device.value) else {
            if !exists(work, neighbour) {
                let finding = Finding::error(codes::UNKNOWN_NAME, "the router of this neighbour does not exist");
                work.report(finding.at(neighbour.device.span).help("name it with its site: SITE/core-1"));
            }
            continue;
        };
        let Some(facts) = work.nodes.get(node) else { continue };
        if !matches!(facts.role, Role::Core | Role::Firewall) {
            let finding = wrong(format!("`{}` speaks no BGP", facts.name)).at(neighbour.device.span);
            work.report(finding.help("core routers and firewalls do"));
            continue;
        }
        if own(facts, neighbour.address.value) {
            let finding = wrong(format!("{} is an address of `{}` itself", neighbour.address.value, facts.name));
            work.report(finding.at(neighbour.address.span).help("give the neighbour's own address"));
            continue;
        }
        let internal = neighbour.asn.value == bgp.asn.value;
        if let IpAddr::V4(address) = neighbour.address.value
            && !internal
            && work.network.plan.loopbacks.value.contains(&address)
        {
            let finding = wrong(format!("{address} is in the block of our own loopbacks")).at(neighbour.address.span);
            let block = work.network.plan.loopbacks.span;
            work.report(finding.label(block, "this block").help("give the neighbour's own address"));
            continue;
        }
        if let Some(first) = known.insert((node, neighbour.address.value), neighbour.address.span) {
            let finding = wrong(format!("`{}` has neighbour {} twice", facts.name, neighbour.address.value));
            work.report(finding.at(neighbour.address.span).label(first, "first here"));
            continue;
        }
        if let Some(node) = work.nodes.get_mut(node) {
            node.bgp.push(BgpFacts { neighbour: index, internal });
        }
    }
}

/// What is taken from others is not ours, and private addresses that are told to them are somebody's here.
fn prefixes(work: &mut Work<'_, '_>, neighbour: &BgpNeighbour) {
    let network = work.network;
    let plan = network.plan.ipv4.value;
    // Parts of the plan that are kept for others are theirs.
    let kept = |net: &Ipv4Net| network.plan.reserved.iter().any(|kept| kept.prefix.value.contains(net));
    let partners = network.policy.segments.values().flat_map(|segment| &segment.prefixes);
    let partners: Vec<IpNet> = partners.map(|prefix| prefix.value).collect();
    let v4 = |prefix: &IpNet| if let IpNet::V4(net) = prefix { Some(*net) } else { None };
    for prefix in &neighbour.accept {
        let Some(net) = v4(&prefix.value) else { continue };
        if plan.contains(&net) && !kept(&net) {
            let message =
                format!("{net} is taken from `{}`, and holds addresses of our own plan", neighbour.title.value);
            let finding = Finding::error(codes::BGP_NEIGHBOUR, message).at(prefix.span);
            let finding = finding.label(work.network.plan.ipv4.span, "our plan");
            work.report(
                finding.help("take prefixes of others alone: traffic for a building would leave by this neighbour"),
            );
        }
    }
    for prefix in &neighbour.announce {
        let Some(net) = v4(&prefix.value) else { continue };
        let partner = partners.iter().any(|known| known.contains(&IpNet::V4(net)));
        if !plan.contains(&net) && !partner && net.network().is_private() {
            let message =
                format!("{net} is told to `{}`, and is neither in our plan nor in any segment", neighbour.title.value);
            let finding = Finding::warning(codes::BGP_NEIGHBOUR, message).at(prefix.span);
            let finding = finding.label(work.network.plan.ipv4.span, "our plan");
            work.report(finding.help("announce prefixes of the address plan, or public ones that are yours"));
        }
    }
}

/// Whether the inventory has the device, which may have no name or address for a reason told elsewhere.
fn exists(work: &Work<'_, '_>, neighbour: &BgpNeighbour) -> bool {
    let wanted = &neighbour.device.value;
    let site = work.network.sites.iter().find(|site| Some(&site.id.value) == wanted.site.as_ref());
    site.is_some_and(|site| {
        site.devices.iter().any(|device| (device.role, device.number) == (wanted.role, wanted.number))
    })
}

fn own(facts: &DeviceFacts, address: IpAddr) -> bool {
    let ports = facts.ports.iter().filter_map(|port| port.address.map(|net| net.addr()));
    let groups = facts.lags.values().filter_map(|lag| lag.address.map(|net| net.addr()));
    let all = ports.chain(groups).chain(facts.loopback).chain([facts.management]);
    all.into_iter().any(|own| IpAddr::V4(own) == address)
}
