//! Addresses, names, ports and links: everything that follows from the model.
//!
//! Nothing here depends on what else exists: an address comes from indexes and numbers in the
//! inventory, never from a position in a list, so that adding or removing anything renumbers nothing.

use rayon::prelude::*;

use crate::finding::Finding;
use crate::model::{Network, Role, Site};
use crate::value::Id;
use links::Link;
use work::{Base, FEW, PortId, Work};

pub mod addressing;
mod bgp;
mod controllers;
mod devices;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod gateways;
mod lags;
mod layout;
pub mod levels;
pub mod lifecycle;
mod links;
pub mod naming;
mod pairs;
mod plan;
mod ports;
mod radios;
pub mod select;
mod sites;
mod spread;
#[cfg(test)]
mod tests;
mod work;

pub use facts::{
    BgpFacts, Derived, DeviceFacts, Devices, LagFacts, LagPeer, PairFacts, Peer, PortFacts, PortState, Ports, Power,
    RadioFacts, ReservationFacts, SiteFacts, Socket, VlanFacts,
};
pub use layout::group;
pub use select::Selector;

/// Works out everything that follows from the network, and what contradicts itself.
///
/// A device that cannot be named or addressed is left out, and a finding says why.
#[must_use]
pub fn derive(network: &Network) -> (Derived, Vec<Finding>) {
    let mut findings = Vec::new();
    findings.extend(layout::check(network));
    findings.extend(radios::check(network));
    findings.extend(naming::check(&network.policy.naming));
    let (sites, numbers) = sites::sites(network, &mut findings);
    let mut base = Base::new(network, sites, numbers);
    let mut nodes = devices::run(&mut base, &mut findings);
    let mut work = Work::whole(&base, &mut nodes);
    controllers::run(&mut work);
    pairs::run(&mut work);
    findings.append(&mut work.findings);
    let (links, taken) = ports::apply(&mut base, &mut nodes, &mut findings);
    within_sites(&mut base, &mut nodes, &links, &mut findings);
    let mut work = Work::whole(&base, &mut nodes);
    work.links_taken = taken;
    plan::run(&mut work);
    bgp::run(&mut work);
    findings.append(&mut work.findings);
    findings.par_sort_by(Finding::order);
    let places = || network.sites.par_iter().with_min_len(FEW).with_max_len(2 * FEW).map(places).collect();
    let (devices, places) = rayon::join(|| Devices::of(nodes), places);
    let derived = Derived {
        sites: base.sites,
        devices,
        management: network.vlans.iter().position(|vlan| vlan.name.value == management_name(network)),
        vlans: network.vlans.iter().enumerate().map(|(index, vlan)| (vlan.name.value.clone(), index)).collect(),
        places,
        site_index: network.sites.iter().enumerate().map(|(index, site)| (site.id.value.clone(), index)).collect(),
    };
    (derived, findings)
}

/// Places of a site's devices by role and number; the first of two with one number keeps it.
fn places(site: &Site) -> Vec<(Role, u32, usize)> {
    let devices = site.devices.iter().enumerate();
    let mut places: Vec<_> = devices.map(|(place, device)| (device.role, device.number, place)).collect();
    places.sort_unstable();
    places.dedup_by_key(|(role, number, _)| (*role, *number));
    places
}

/// What no other site has a part in, for all sites at once.
fn within_sites(base: &mut Base<'_>, nodes: &mut [DeviceFacts], links: &[Link], findings: &mut Vec<Finding>) {
    let mut within: Vec<Vec<Link>> = vec![Vec::new(); base.ranges.len()];
    for link in links {
        let site = |end: PortId| nodes.get(end.node).map(|node| node.site);
        let here = site(link.a).filter(|here| site(link.b) == Some(*here));
        if let Some(within) = here.and_then(|here| within.get_mut(here)) {
            within.push(*link);
        }
    }
    let parts = Work::by_site(base, nodes);
    let parts = parts.into_par_iter().zip(within).enumerate().with_min_len(FEW).with_max_len(2 * FEW);
    let made: Vec<_> = parts
        .map(|(site, (mut work, links))| {
            spread::run(&mut work, &links);
            let gateways = gateways::run(&mut work, site);
            let reservations = plan::reservations(&mut work, site);
            (gateways, reservations, work.findings)
        })
        .collect();
    for ((gateways, reservations, found), site) in made.into_iter().zip(&mut base.sites) {
        for (gateway, vlan) in gateways.into_iter().zip(site.vlans.values_mut()) {
            vlan.gateway_device = gateway;
        }
        site.reservations = reservations;
        findings.extend(found);
    }
}

/// Name of the VLAN devices are managed in.
pub(crate) fn management_name(network: &Network) -> Id {
    network.plan.management.as_ref().map_or_else(|| Id::literal("management"), |name| name.value.clone())
}
