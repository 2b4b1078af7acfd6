//! Rules with state, on the common firewall, and where logins may come from.

use ipnet::Ipv4Net;

use super::space::{self, Space};
use super::{Firewall, Forward, Side};
use crate::derive::{Derived, DeviceFacts};
use crate::model::{Endpoint, Flow, Gateway, Network, Scope};
use crate::source::Sp;

/// Every flow the firewall may see, in the policy's order.
pub(super) fn compile(network: &Network, derived: &Derived, space: &Space, device: &DeviceFacts) -> Firewall {
    let mut rules = Firewall::default();
    let behind: Vec<Ipv4Net> = derived.sites.get(device.site).map_or_else(Vec::new, |site| {
        let own = site.vlans.values().filter(|vlan| vlan.gateway_kind == Gateway::Firewall);
        own.filter_map(|vlan| vlan.subnet).collect()
    });
    for flow in &network.policy.flows {
        let services = space::services(flow);
        let (sources, destinations) = match flow.scope.value {
            Scope::Any => (sides(space, &flow.from), sides(space, &flow.to)),
            Scope::Site => match within_site(space, flow, device.site, &behind) {
                Some((from, to)) => (vec![from], vec![to]),
                None => continue,
            },
        };
        for source in &sources {
            for destination in &destinations {
                // `internet` to itself does not pass through anybody's firewall.
                if matches!((source, destination), (Side::Internet, Side::Internet)) {
                    continue;
                }
                rules.forward.extend(services.iter().map(|service| Forward {
                    flow: flow.id.value.clone(),
                    source: source.clone(),
                    destination: destination.clone(),
                    service: service.clone(),
                    span: flow.span,
                }));
            }
        }
        if reaches(space, flow, device) {
            for source in &sources {
                rules.input.extend(services.iter().map(|service| Forward {
                    flow: flow.id.value.clone(),
                    source: source.clone(),
                    destination: Side::Own(device.management),
                    service: service.clone(),
                    span: flow.span,
                }));
            }
        }
    }
    rules
}

/// Where logins to a device may come from.
pub(super) fn logins(network: &Network, space: &Space, device: &DeviceFacts) -> Vec<Ipv4Net> {
    let flows = network.policy.flows.iter().filter(|flow| space::opens_ssh(&flow.services));
    let flows = flows.filter(|flow| reaches(space, flow, device));
    let ends = flows.flat_map(|flow| flow.from.iter().map(move |end| (&end.value, flow.scope.value)));
    space::aggregate(ends.flat_map(|(end, scope)| space.nets(end, scope, device.site).into_owned()))
}

/// Whether a flow ends at the device's management address.
fn reaches(space: &Space, flow: &Flow, device: &DeviceFacts) -> bool {
    flow.to.iter().any(|end| space.holds(&end.value, flow.scope.value, device.site, device.management))
}

/// Whether one of these flows lets anybody reach a device.
pub(super) fn open(flows: &[&Flow], space: &Space, device: &DeviceFacts) -> bool {
    flows.iter().any(|flow| {
        reaches(space, flow, device)
            && flow.from.iter().any(|end| !space.nets(&end.value, flow.scope.value, device.site).is_empty())
    })
}

/// The ends of a flow: each segment by itself, all plain prefixes together.
fn sides(space: &Space, ends: &[Sp<Endpoint>]) -> Vec<Side> {
    let mut sides = Vec::new();
    let mut nets = Vec::new();
    for end in ends {
        match &end.value {
            Endpoint::Segment(name) if name.as_str() == space::INTERNET => sides.push(Side::Internet),
            Endpoint::Segment(name) => sides.push(Side::Segment(name.clone())),
            net @ Endpoint::Net(_) => nets.extend(space.nets(net, Scope::Any, 0).iter()),
        }
    }
    if !nets.is_empty() {
        sides.push(Side::Nets(space::aggregate(nets)));
    }
    sides
}

/// A flow that stays within the firewall's own site, if it passes the firewall there.
fn within_site(space: &Space, flow: &Flow, site: usize, behind: &[Ipv4Net]) -> Option<(Side, Side)> {
    let nets = |ends: &[Sp<Endpoint>]| {
        space::aggregate(ends.iter().flat_map(|end| space.nets(&end.value, Scope::Site, site).into_owned()))
    };
    let (from, to) = (nets(&flow.from), nets(&flow.to));
    let passes = from.iter().chain(&to).any(|net| behind.iter().any(|own| space::meet(*own, *net).is_some()));
    (passes && !from.is_empty() && !to.is_empty()).then_some((Side::Nets(from), Side::Nets(to)))
}
