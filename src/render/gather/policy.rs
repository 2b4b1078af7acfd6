//! Routes, filters and firewall rules, as templates see them.

use super::super::context::{
    AclContext, EntryContext, FirewallContext, ForwardContext, RouteContext, SegmentContext, SideContext,
};
use super::super::places::Places;
use super::{Source, short};
use crate::derive::naming;
use crate::model::{Gateway, Role};
use crate::policy::{Entry, Forward, Merged, Ports, Protocol, Reason, Side};
use crate::value::Id;

impl Source<'_> {
    /// To each firewall it has a routed link to: everything else, and what stands behind that firewall.
    pub(super) fn routes(&self, places: &mut Places) -> Vec<RouteContext> {
        let ports = self.facts.ports.iter().filter_map(|port| {
            let peer = port.state.peer.as_ref()?;
            Some((peer.role, &peer.device, peer.address?, port.span))
        });
        // The address of a group stands at the group, and its ports have none.
        let bundles = self.facts.lags.values().filter_map(|lag| {
            let peer = lag.peers.first()?;
            Some((peer.role, &peer.device, peer.address?, lag.span))
        });
        let mut links: Vec<_> = ports
            .chain(bundles)
            .filter(|(role, ..)| *role == Role::Firewall)
            .filter_map(|(_, device, via, span)| Some((self.derived.devices.get(device)?, via, span)))
            .collect();
        links.sort_by_key(|(firewall, via, _)| (firewall.number, *via));
        let mut routes = Vec::new();
        for (rank, (firewall, via, span)) in links.into_iter().enumerate() {
            let vlans = self.derived.sites.get(firewall.site).map(|site| site.vlans.values());
            let behind = vlans.into_iter().flatten().filter(|vlan| vlan.gateway_kind == Gateway::Firewall);
            let default = "0.0.0.0/0".to_owned();
            let prefixes = std::iter::once(default).chain(behind.filter_map(|vlan| Some(vlan.subnet?.to_string())));
            // The first firewall carries the traffic; the others stand by, in order.
            let distance = u32::try_from(rank).ok().filter(|rank| *rank > 0).map(|rank| rank * 10);
            let place = places.number(span);
            routes.extend(prefixes.map(|prefix| RouteContext { prefix, via: via.to_string(), distance, place }));
        }
        let order = |route: &RouteContext| (route.prefix.parse::<ipnet::Ipv4Net>().ok(), route.distance);
        routes.sort_by_key(order);
        routes
    }

    pub(super) fn acls(&self, places: &mut Places) -> Vec<AclContext> {
        let Some(acls) = self.rules.gateways.get(&self.facts.name) else { return Vec::new() };
        let site = self.derived.sites.get(self.facts.site);
        acls.values()
            .filter_map(|acl| {
                let vlan = self.network.vlans.get(site?.vlans.get(&acl.vlan)?.vlan)?;
                Some(AclContext {
                    vlan: acl.vlan.get(),
                    name: vlan.name.to_string(),
                    entries: acl.entries.iter().map(|item| entry(item, places)).collect(),
                    place: places.number(vlan.name.span),
                })
            })
            .collect()
    }

    pub(super) fn firewall(&self, places: &mut Places) -> Option<FirewallContext> {
        let rules = self.rules.firewalls.get(&self.facts.name)?;
        let sides = rules.forward.iter().chain(&rules.input).flat_map(|rule| [&rule.source, &rule.destination]);
        let named: std::collections::BTreeSet<_> = sides
            .filter_map(|side| match side {
                Side::Segment(name) => Some(name),
                Side::Internet | Side::Nets(_) | Side::Own(_) => None,
            })
            .collect();
        let segments = named
            .into_iter()
            .map(|name| {
                let span = self.network.policy.segments.get(name).map_or(self.facts.span, |found| found.name.span);
                let nets = self.rules.segments.get(name).into_iter().flatten();
                SegmentContext {
                    name: name.to_string(),
                    object: self.object(name),
                    nets: nets.map(|net| short(*net)).collect(),
                    place: places.number(span),
                }
            })
            .collect();
        let mut list = |rules: &[Forward]| rules.iter().map(|rule| self.forward(rule, places)).collect();
        Some(FirewallContext {
            segments,
            inside: self.rules.inside.iter().map(|net| short(*net)).collect(),
            forward: list(&rules.forward),
            input: list(&rules.input),
        })
    }

    fn forward(&self, rule: &Forward, places: &mut Places) -> ForwardContext {
        let pairs = |ports: &[Ports]| ports.iter().map(|Ports(from, to)| (*from, *to)).collect();
        let (protocol, ports) = match &rule.service {
            Merged::Tcp(ports) => ("tcp", pairs(ports)),
            Merged::Udp(ports) => ("udp", pairs(ports)),
            Merged::Echo => ("icmp", Vec::new()),
            Merged::Any => ("any", Vec::new()),
        };
        ForwardContext {
            flow: rule.flow.to_string(),
            object: self.object(&rule.flow),
            source: self.side(&rule.source),
            destination: self.side(&rule.destination),
            protocol,
            ports,
            place: places.number(rule.span),
        }
    }

    fn side(&self, side: &Side) -> SideContext {
        let mut object = None;
        let (kind, segment, nets) = match side {
            Side::Segment(name) => {
                object = self.object(name);
                ("segment", Some(name.to_string()), Vec::new())
            }
            Side::Internet => ("internet", None, Vec::new()),
            Side::Nets(nets) => ("nets", None, nets.iter().map(|net| short(*net)).collect()),
            Side::Own(address) => ("own", None, vec![address.to_string()]),
        };
        SideContext { kind, segment, object, nets }
    }

    /// What a segment or flow is called on firewalls, where the naming rules say it.
    fn object(&self, name: &Id) -> Option<String> {
        let naming = &self.network.policy.naming;
        naming.object.as_ref().map(|_| naming::object(naming, name))
    }
}

fn entry(entry: &Entry, places: &mut Places) -> EntryContext {
    let pair = |ports: Option<Ports>| ports.map(|Ports(from, to)| (from, to));
    let (protocol, source_ports, destination_ports, established, icmp) = match entry.matches.protocol {
        Protocol::Ip => ("ip", None, None, false, None),
        Protocol::Tcp { source, destination, established } => {
            ("tcp", pair(source), pair(destination), established, None)
        }
        Protocol::Udp { source, destination } => ("udp", pair(source), pair(destination), false, None),
        Protocol::Icmp => ("icmp", None, None, false, None),
        Protocol::Echo => ("icmp", None, None, false, Some("echo")),
        Protocol::EchoReply => ("icmp", None, None, false, Some("echo-reply")),
    };
    let (reason, flow) = match &entry.reason {
        Reason::Flow(id) => ("flow", Some(id.to_string())),
        Reason::Answer(id) => ("answer", Some(id.to_string())),
        Reason::Dhcp => ("dhcp", None),
        Reason::Inside => ("inside", None),
        Reason::Default => ("default", None),
    };
    let net = |net: ipnet::Ipv4Net| (net.prefix_len() > 0).then(|| net.to_string());
    EntryContext {
        action: entry.action,
        protocol,
        source: net(entry.matches.source),
        source_ports,
        destination: net(entry.matches.destination),
        destination_ports,
        established,
        icmp,
        log: entry.log,
        reason,
        flow,
        place: entry.span.map(|span| places.number(span)),
    }
}
