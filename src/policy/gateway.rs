//! Filters without state, on the switch that routes for a VLAN.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::space::{self, Space};
use super::{Acl, Action, Entry, Matches, Merged, Ports, Protocol, Reason};
use crate::derive::{Derived, DeviceFacts};
use crate::model::{Endpoint, Network, Vlan};
use crate::source::Span;
use crate::value::{Id, VlanId};

/// Every address.
const ANY: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0);

/// A filter for each VLAN the device is the gateway of.
pub(super) fn compile(
    network: &Network,
    derived: &Derived,
    space: &Space,
    device: &DeviceFacts,
) -> BTreeMap<VlanId, Acl> {
    let Some(site) = derived.sites.get(device.site) else { return BTreeMap::new() };
    let vlans = device.gateways.iter().filter_map(|id| site.vlans.get(id).map(|facts| (*id, facts)));
    vlans
        .filter_map(|(id, facts)| {
            let subnet = facts.subnet?;
            let vlan = network.vlans.get(facts.vlan)?;
            let entries = Builder::new(space, device.site, vlan, subnet).build(network);
            Some((id, Acl { vlan: id, subnet, entries }))
        })
        .collect()
}

struct Builder<'a> {
    space: &'a Space,
    site: usize,
    vlan: &'a Vlan,
    subnet: Ipv4Net,
    inside: Vec<Entry>,
    internet: Vec<Entry>,
}

impl<'a> Builder<'a> {
    fn new(space: &'a Space, site: usize, vlan: &'a Vlan, subnet: Ipv4Net) -> Self {
        Self { space, site, vlan, subnet, inside: Vec::new(), internet: Vec::new() }
    }

    fn build(mut self, network: &Network) -> Vec<Entry> {
        self.dhcp();
        for flow in &network.policy.flows {
            let services = space::services(flow);
            let forward: Vec<Protocol> = services.iter().flat_map(opening).collect();
            let answer: Vec<Protocol> = services.iter().flat_map(answering).collect();
            self.permit(
                &flow.from,
                &flow.to,
                flow.scope.value,
                &forward,
                &Reason::Flow(flow.id.value.clone()),
                flow.span,
            );
            self.permit(
                &flow.to,
                &flow.from,
                flow.scope.value,
                &answer,
                &Reason::Answer(flow.id.value.clone()),
                flow.span,
            );
        }
        let Self { space, mut inside, internet, .. } = self;
        if !internet.is_empty() {
            inside.extend(space.inside().iter().map(|net| Entry {
                action: Action::Deny,
                matches: Matches { protocol: Protocol::Ip, source: ANY, destination: *net },
                reason: Reason::Inside,
                log: true,
                span: None,
            }));
        }
        let mut entries = inside;
        entries.extend(internet);
        entries.push(Entry {
            action: Action::Deny,
            matches: Matches { protocol: Protocol::Ip, source: ANY, destination: ANY },
            reason: Reason::Default,
            log: true,
            span: None,
        });
        // The same match twice would be refused by some devices and says nothing by the second time; what
        // is first decides.
        let mut seen = std::collections::BTreeSet::new();
        entries.retain(|entry| seen.insert((entry.matches.protocol, entry.matches.source, entry.matches.destination)));
        entries
    }

    /// Hosts without an address ask by broadcast; those with one renew it at the server.
    fn dhcp(&mut self) {
        if self.vlan.dhcp_relay.is_empty() {
            return;
        }
        let nobody = Ipv4Net::from(Ipv4Addr::UNSPECIFIED);
        let everybody = Ipv4Net::from(Ipv4Addr::BROADCAST);
        let mut pairs = vec![(nobody, everybody), (self.subnet, everybody)];
        for server in &self.vlan.dhcp_relay {
            if let std::net::IpAddr::V4(server) = server.value {
                pairs.push((self.subnet, Ipv4Net::from(server)));
            }
        }
        let protocol = Protocol::Udp { source: Some(Ports(68, 68)), destination: Some(Ports(67, 67)) };
        for (source, destination) in pairs {
            self.inside.push(Entry {
                action: Action::Permit,
                matches: Matches { protocol, source, destination },
                reason: Reason::Dhcp,
                log: false,
                span: self.vlan.dhcp_relay.first().map(|server| server.span),
            });
        }
    }

    /// Permits from whatever of `here` lies in this VLAN to `there`.
    fn permit(
        &mut self,
        here: &[crate::source::Sp<Endpoint>],
        there: &[crate::source::Sp<Endpoint>],
        scope: crate::model::Scope,
        protocols: &[Protocol],
        reason: &Reason,
        span: Span,
    ) {
        let segment: &Id = &self.vlan.segment.value;
        let sources = space::aggregate(here.iter().flat_map(|end| self.space.part(&end.value, segment, self.subnet)));
        if sources.is_empty() {
            return;
        }
        let nets = there.iter().flat_map(|end| self.space.nets(&end.value, scope, self.site).into_owned());
        // Neighbours in the subnet are reached without the gateway.
        let subnet = self.subnet;
        let destinations = space::aggregate(nets.filter(|net| !subnet.contains(net)));
        let to_internet = scope == crate::model::Scope::Any && there.iter().any(|end| space::is_internet(&end.value));
        let entry = |source: Ipv4Net, destination: Ipv4Net, protocol: Protocol| Entry {
            action: Action::Permit,
            matches: Matches { protocol, source, destination },
            reason: reason.clone(),
            log: false,
            span: Some(span),
        };
        for &source in &sources {
            for &destination in &destinations {
                self.inside.extend(protocols.iter().map(|protocol| entry(source, destination, *protocol)));
            }
            if to_internet {
                self.internet.extend(protocols.iter().map(|protocol| entry(source, ANY, *protocol)));
            }
        }
    }
}

/// Packets that open a flow.
fn opening(service: &Merged) -> Vec<Protocol> {
    match service {
        Merged::Any => vec![Protocol::Ip],
        Merged::Echo => vec![Protocol::Echo],
        Merged::Tcp(ports) => ports
            .iter()
            .map(|ports| Protocol::Tcp { source: None, destination: Some(*ports), established: false })
            .collect(),
        Merged::Udp(ports) => {
            ports.iter().map(|ports| Protocol::Udp { source: None, destination: Some(*ports) }).collect()
        }
    }
}

/// Packets that answer it.
fn answering(service: &Merged) -> Vec<Protocol> {
    match service {
        Merged::Any => vec![
            Protocol::Tcp { source: None, destination: None, established: true },
            Protocol::Udp { source: None, destination: None },
            Protocol::Icmp,
        ],
        Merged::Echo => vec![Protocol::EchoReply],
        Merged::Tcp(ports) => ports
            .iter()
            .map(|ports| Protocol::Tcp { source: Some(*ports), destination: None, established: true })
            .collect(),
        Merged::Udp(ports) => {
            ports.iter().map(|ports| Protocol::Udp { source: Some(*ports), destination: None }).collect()
        }
    }
}
