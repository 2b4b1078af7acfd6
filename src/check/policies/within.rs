//! Flows that no packet meets: hosts of one subnet reach each other without asking anybody.

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Part, Scope, Segment, Service};
use crate::policy;

/// What clients ask servers: the web and names.
const CLIENTS: [Service; 3] = [Service::Tcp(80, 80), Service::Tcp(443, 443), Service::Udp(53, 53)];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) {
        return;
    }
    for flow in &network.policy.flows {
        let host = |end: &Endpoint| matches!(end, Endpoint::Net(net) if net.prefix_len() == net.max_prefix_len());
        let ([from], [to]) = (flow.from.as_slice(), flow.to.as_slice()) else { continue };
        if from.value == to.value && host(&to.value) {
            let message = format!("flow `{}` leads from a host to itself", flow.id.value);
            let finding = Finding::warning(codes::FLOW_WITHIN, message).at(to.span).label(from.span, "the same one");
            findings.push(finding.help("name the other end"));
        }
    }
    // Clients of one kind are nobody's servers.
    let asks =
        |flow: &Flow| flow.services.iter().any(|service| CLIENTS.iter().any(|one| policy::covers(&service.value, one)));
    for flow in network.policy.flows.iter().filter(|flow| flow.scope.value == Scope::Any && asks(flow)) {
        let ([from], [to]) = (flow.from.as_slice(), flow.to.as_slice()) else { continue };
        let Endpoint::Segment(name) = &from.value else { continue };
        let serves = |segment: &Segment| {
            let mut others = network.policy.flows.iter().filter(|other| other.id.value != flow.id.value);
            let nets = subject.addresses().segments.get(&segment.name.value);
            others.any(|other| {
                other.to.iter().any(|end| match &end.value {
                    Endpoint::Segment(name) => *name == segment.name.value,
                    Endpoint::Net(IpNet::V4(net)) => nets.is_some_and(|nets| nets.iter().any(|own| own.contains(net))),
                    Endpoint::Net(IpNet::V6(_)) => false,
                })
            })
        };
        let Some(segment) = network.policy.segments.get(name).filter(|it| from.value == to.value && !serves(it)) else {
            continue;
        };
        let message = format!(
            "flow `{}` lets hosts of `{name}` reach each other in all buildings, and nothing else",
            flow.id.value
        );
        let finding = Finding::warning(codes::FLOW_WITHIN, message)
            .at(to.span)
            .label(segment.name.span, "nobody else reaches it");
        findings.push(finding.help("name whom they ask: `to: internet`, or the address of a server"));
    }
    for flow in network.policy.flows.iter().filter(|flow| flow.scope.value == Scope::Site) {
        let ([from], [to]) = (flow.from.as_slice(), flow.to.as_slice()) else { continue };
        let Endpoint::Segment(name) = &from.value else { continue };
        let Some(segment) = network.policy.segments.get(name).filter(|_| from.value == to.value) else { continue };
        let vlans = network.vlans.iter().filter(|vlan| vlan.segment.value == *name).count();
        if vlans <= 1 && segment.prefixes.is_empty() {
            let message = format!("flow `{}` stays within one subnet, where nothing is filtered", flow.id.value);
            findings.push(
                Finding::warning(codes::FLOW_WITHIN, message)
                    .at(to.span)
                    .label(segment.name.span, "one VLAN at each site")
                    .help("take it out; `scope: site` keeps it from crossing to other sites"),
            );
        }
    }
}
