//! Which addresses the words of the policy mean.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::{Merged, Ports};
use crate::derive::Derived;
use crate::model::{Endpoint, Flow, Gateway, Network, Scope, Service};
use crate::source::Sp;
use crate::value::Id;

/// Name of the built-in segment.
pub(super) const INTERNET: &str = "internet";

/// A subnet of a segment.
struct Member {
    site: usize,
    net: Ipv4Net,
}

/// Every segment's addresses, whole and by site.
pub(super) struct Space {
    members: BTreeMap<Id, Vec<Member>>,
    prefixes: BTreeMap<Id, Vec<Ipv4Net>>,
    whole: BTreeMap<Id, Vec<Ipv4Net>>,
    inside: Vec<Ipv4Net>,
    sites: Vec<Option<Ipv4Net>>,
}

impl Space {
    pub(super) fn new(network: &Network, derived: &Derived) -> Self {
        let mut members: BTreeMap<Id, Vec<Member>> = BTreeMap::new();
        for (site, facts) in derived.sites.iter().enumerate() {
            // What nobody routes for is reached from nowhere.
            for vlan in facts.vlans.values().filter(|vlan| vlan.gateway_kind != Gateway::None) {
                let segment = network.vlans.get(vlan.vlan).map(|vlan| &vlan.segment.value);
                if let (Some(segment), Some(net)) = (segment, vlan.subnet) {
                    members.entry(segment.clone()).or_default().push(Member { site, net });
                }
            }
        }
        let mut prefixes: BTreeMap<Id, Vec<Ipv4Net>> = BTreeMap::new();
        for (name, segment) in &network.policy.segments {
            prefixes.insert(name.clone(), segment.prefixes.iter().filter_map(|net| v4(net.value)).collect());
        }
        let mut whole = BTreeMap::new();
        for name in members.keys().chain(prefixes.keys()) {
            let subnets = members.get(name).into_iter().flatten().map(|member| member.net);
            let others = prefixes.get(name).into_iter().flatten().copied();
            whole.insert(name.clone(), aggregate(subnets.chain(others)));
        }
        let plan = &network.plan;
        let blocks = [plan.ipv4.value, plan.links.value, plan.loopbacks.value];
        // A block nobody filled in is 0.0.0.0/0, and would make the whole world inside.
        let blocks = blocks.into_iter().filter(|net| net.prefix_len() > 0);
        let inside = aggregate(blocks.chain(whole.values().flatten().copied()));
        Self { members, prefixes, whole, inside, sites: derived.sites.iter().map(|site| site.prefix).collect() }
    }

    /// Every segment's addresses.
    pub(super) fn segments(&self) -> BTreeMap<Id, Vec<Ipv4Net>> {
        self.whole.clone()
    }

    /// Everything that is not `internet`.
    pub(super) fn inside(&self) -> &[Ipv4Net] {
        &self.inside
    }

    /// Addresses of a flow's end, seen from one site where the flow stays within a site; `internet` has none.
    pub(super) fn nets(&self, end: &Endpoint, scope: Scope, site: usize) -> Cow<'_, [Ipv4Net]> {
        match (end, scope) {
            (Endpoint::Segment(name), Scope::Any) => Cow::Borrowed(self.whole.get(name).map_or(&[], Vec::as_slice)),
            (Endpoint::Segment(name), Scope::Site) => {
                let all = self.members.get(name).map(Vec::as_slice).unwrap_or_default();
                // Members stand in the order of sites.
                let from = all.partition_point(|member| member.site < site);
                let members = all.get(from..).unwrap_or_default().iter().take_while(|member| member.site == site);
                aggregate(members.map(|member| member.net)).into()
            }
            (Endpoint::Net(net), Scope::Any) => v4(*net).into_iter().collect(),
            (Endpoint::Net(net), Scope::Site) => {
                let prefix = self.sites.get(site).copied().flatten();
                v4(*net).zip(prefix).and_then(|(net, site)| meet(net, site)).into_iter().collect()
            }
        }
    }

    /// Whether an address is one that a flow's end means, seen from one site.
    pub(super) fn holds(&self, end: &Endpoint, scope: Scope, site: usize, address: Ipv4Addr) -> bool {
        let nets = self.nets(end, scope, site);
        // They are sorted and do not overlap: only the last that begins before the address can hold it.
        let after = nets.partition_point(|net| net.network() <= address);
        after.checked_sub(1).and_then(|last| nets.get(last)).is_some_and(|net| net.contains(&address))
    }

    /// The part of `subnet`, a subnet of `segment`, that a flow's end means.
    pub(super) fn part(&self, end: &Endpoint, segment: &Id, subnet: Ipv4Net) -> Vec<Ipv4Net> {
        match end {
            Endpoint::Segment(name) if name == segment => vec![subnet],
            // Another segment may have been given an address of this subnet by hand.
            Endpoint::Segment(name) => {
                let own = self.prefixes.get(name).into_iter().flatten();
                aggregate(own.filter_map(|net| meet(*net, subnet)))
            }
            Endpoint::Net(net) => v4(*net).and_then(|net| meet(net, subnet)).into_iter().collect(),
        }
    }
}

/// Whether a flow's end is the built-in segment.
pub(super) fn is_internet(end: &Endpoint) -> bool {
    matches!(end, Endpoint::Segment(name) if name.as_str() == INTERNET)
}

/// Prefixes without overlap, neighbours joined, sorted.
pub(super) fn aggregate(nets: impl IntoIterator<Item = Ipv4Net>) -> Vec<Ipv4Net> {
    let nets: Vec<Ipv4Net> = nets.into_iter().map(|net| net.trunc()).collect();
    let mut nets = Ipv4Net::aggregate(&nets);
    nets.sort();
    nets
}

/// Where two prefixes overlap, which is the smaller one.
pub(super) fn meet(a: Ipv4Net, b: Ipv4Net) -> Option<Ipv4Net> {
    if a.contains(&b) {
        Some(b)
    } else if b.contains(&a) {
        Some(a)
    } else {
        None
    }
}

fn v4(net: IpNet) -> Option<Ipv4Net> {
    match net {
        IpNet::V4(net) => Some(net.trunc()),
        IpNet::V6(_) => None,
    }
}

/// A flow's services by protocol, ports merged so that no two ranges touch.
pub(super) fn services(flow: &Flow) -> Vec<Merged> {
    let mut tcp = Vec::new();
    let mut udp = Vec::new();
    let mut echo = false;
    for service in &flow.services {
        match service.value {
            // Everything includes the rest.
            Service::Any => return vec![Merged::Any],
            Service::Tcp(from, to) => tcp.push(Ports(from, to)),
            Service::Udp(from, to) => udp.push(Ports(from, to)),
            Service::IcmpEcho => echo = true,
        }
    }
    let mut merged = Vec::new();
    if !tcp.is_empty() {
        merged.push(Merged::Tcp(merge(tcp)));
    }
    if !udp.is_empty() {
        merged.push(Merged::Udp(merge(udp)));
    }
    if echo {
        merged.push(Merged::Echo);
    }
    merged
}

fn merge(mut ports: Vec<Ports>) -> Vec<Ports> {
    ports.sort_unstable();
    let mut merged: Vec<Ports> = Vec::new();
    for next in ports {
        match merged.last_mut() {
            Some(last) if u32::from(next.0) <= u32::from(last.1) + 1 => last.1 = last.1.max(next.1),
            _ => merged.push(next),
        }
    }
    merged
}

/// Whether a flow lets somebody log in over SSH.
pub(super) fn opens_ssh(services: &[Sp<Service>]) -> bool {
    services.iter().any(|service| match service.value {
        Service::Any => true,
        Service::Tcp(from, to) => (from..=to).contains(&22),
        Service::Udp(..) | Service::IcmpEcho => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_ports_become_one_range() {
        let merged = merge(vec![Ports(443, 443), Ports(80, 80), Ports(81, 90), Ports(85, 86), Ports(65535, 65535)]);
        assert_eq!(merged, [Ports(80, 90), Ports(443, 443), Ports(65535, 65535)]);
    }
}
