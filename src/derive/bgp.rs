//! BGP neighbours of core routers and firewalls.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::facts::{BgpFacts, DeviceFacts};
use super::work::Work;
use crate::finding::{Finding, codes};
use crate::model::{BgpNeighbour, Role};
use crate::source::Span;

/// Gives every router the neighbours named for it.
pub(super) fn run(work: &mut Work<'_, '_>) {
    let Some(bgp) = &work.network.routing.bgp else { return };
    let mut known: BTreeMap<(usize, IpAddr), Span> = BTreeMap::new();
    for (index, neighbour) in bgp.neighbours.iter().enumerate() {
        let wrong = |message: String| Finding::error(codes::BGP_NEIGHBOUR, message);
        // No site is near by: a device is named with its own.
        let Some(node) = work.resolve(usize::MAX, &neighbour.device.value) else {
            if !exists(work, neighbour) {
                let finding = Finding::error(codes::UNKNOWN_NAME, "the router of this neighbour does not exist");
                work.report(finding.at(neighbour.device.span).help("name it with its site: datacentre/core-1"));
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
        if let Some(first) = known.insert((node, neighbour.address.value), neighbour.address.span) {
            let finding = wrong(format!("`{}` has neighbour {} twice", facts.name, neighbour.address.value));
            work.report(finding.at(neighbour.address.span).label(first, "first here"));
            continue;
        }
        let internal = neighbour.asn.value == bgp.asn.value;
        if let Some(node) = work.nodes.get_mut(node) {
            node.bgp.push(BgpFacts { neighbour: index, internal });
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
