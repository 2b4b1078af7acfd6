//! Addresses, names, ports and links: everything that follows from the model.
//!
//! Nothing here depends on what else exists: an address comes from indexes and numbers in the
//! inventory, never from a position in a list, so that adding or removing anything renumbers nothing.

use crate::finding::Finding;
use crate::model::Network;
use crate::value::Id;
use work::Work;

mod addressing;
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
    BgpFacts, Derived, DeviceFacts, Devices, LagFacts, LagPeer, PairFacts, Peer, PortFacts, PortState, Power,
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
    let mut work = Work::new(network, sites, numbers);
    devices::run(&mut work);
    controllers::run(&mut work);
    pairs::run(&mut work);
    let links = ports::apply(&mut work);
    spread::run(&mut work, &links);
    gateways::run(&mut work);
    plan::run(&mut work);
    bgp::run(&mut work);

    let (sites, nodes, more) = work.finish();
    findings.extend(more);
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    let mut derived = Derived {
        sites,
        devices: Devices::of(nodes.into_iter().map(|node| node.facts).collect()),
        management: network.vlans.iter().position(|vlan| vlan.name.value == management_name(network)),
        vlans: network.vlans.iter().enumerate().map(|(index, vlan)| (vlan.name.value.clone(), index)).collect(),
        ..Derived::default()
    };
    for (index, site) in network.sites.iter().enumerate() {
        derived.site_index.insert(site.id.value.clone(), index);
        for (place, device) in site.devices.iter().enumerate() {
            derived.places.entry((index, device.role, device.number)).or_insert(place);
        }
    }
    (derived, findings)
}

/// Name of the VLAN devices are managed in.
fn management_name(network: &Network) -> Id {
    network.plan.management.as_ref().map_or_else(|| Id::literal("management"), |name| name.value.clone())
}
