//! Whoever reaches the internet by name reaches somebody who knows names.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Endpoint, Flow, Service};
use crate::policy::covers;
use crate::source::Span;
use crate::value::Id;

/// DNS (RFC 1035), and over TLS (RFC 7858).
const NAMES: [Service; 2] = [Service::Udp(53, 53), Service::Tcp(853, 853)];
/// What begins with a name: the web.
const WEB: Service = Service::Tcp(443, 443);

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) {
        return;
    }
    let flows = &network.policy.flows;
    let allows = |flow: &Flow, service: &Service| flow.services.iter().any(|has| covers(&has.value, service));
    let begins = |flow: &Flow, segment: &Id| {
        flow.from.iter().any(|end| matches!(&end.value, Endpoint::Segment(name) if name == segment))
    };
    // Single hosts that ask outside do so for the others of their segment.
    let meets = |flow: &Flow, segment: &Id| {
        let nets = || subject.addresses().segments.get(segment).into_iter().flatten();
        flow.from.iter().any(|end| match &end.value {
            Endpoint::Net(IpNet::V4(net)) => nets().any(|own| own.contains(net) || net.contains(own)),
            Endpoint::Net(IpNet::V6(_)) => true,
            Endpoint::Segment(_) => false,
        })
    };
    // Name servers within a segment need nobody's leave there.
    let servers: BTreeSet<IpAddr> =
        subject.settings().flat_map(|settings| list(&settings.services.dns)).map(|host| host.value).collect();
    let holds = |segment: &Id| {
        let nets = subject.addresses().segments.get(segment).into_iter().flatten();
        nets.into_iter().any(|net| servers.iter().any(|host| matches!(host, IpAddr::V4(host) if net.contains(host))))
    };
    let asks = |segment: &Id| {
        let asked = |flow: &Flow| NAMES.iter().any(|service| allows(flow, service));
        flows.iter().any(|flow| asked(flow) && (begins(flow, segment) || meets(flow, segment)))
    };
    let is_there = |segment: &Id| subject.addresses().segments.get(segment).is_some_and(|nets| !nets.is_empty());
    // Whom a network without a login lets in has nobody to ask inside.
    let guests: BTreeSet<&Id> = network
        .ssids
        .iter()
        .filter(|ssid| ssid.security.value.is_open())
        .filter_map(|ssid| Some(&subject.vlan(&ssid.vlan.value)?.segment.value))
        .collect();
    let mut unserved: Vec<(&Id, Span)> = Vec::new();
    for segment in network.policy.segments.values().filter(|segment| is_there(&segment.name.value)) {
        let name = &segment.name.value;
        let browses = |flow: &&Flow| {
            begins(flow, name) && allows(flow, &WEB) && flow.to.iter().any(|end| super::is_open(&end.value))
        };
        let Some(web) = flows.iter().find(browses).filter(|_| !asks(name) && !holds(name)) else { continue };
        // The flow by which most others ask has lost them.
        let common = flows.iter().filter(|flow| allows(flow, &NAMES[0])).max_by_key(|flow| flow.from.len());
        let Some((flow, from)) = common.and_then(|flow| {
            Some((flow, flow.from.first().filter(|_| flow.from.len() > 2 && !guests.contains(name))?))
        }) else {
            // Names are asked by UDP, and by TCP only where an answer is long.
            let half = flows.iter().filter(|flow| begins(flow, name)).flat_map(|flow| &flow.services);
            let half = half.filter(|service| covers(&service.value, &Service::Tcp(53, 53)));
            unserved.push((name, half.map(|service| service.span).next().unwrap_or(web.id.span)));
            continue;
        };
        let message = format!("hosts of `{name}` reach the internet, and nobody who tells them its names");
        findings.push(
            Finding::warning(codes::NAMELESS, message)
                .at_saying(from.span, format!("`{name}` is not among them"))
                .label(web.id.span, "by this flow")
                .help(format!("add `{name}` to the flow `{}`", flow.id.value)),
        );
    }
    // One flow that all of them would need.
    unserved.sort_by_key(|(_, span)| *span);
    let names: Vec<String> = unserved.iter().map(|(name, _)| format!("`{name}`")).collect();
    let Some(((_, span), others)) = unserved.split_first() else { return };
    let message = format!("hosts of {} reach the internet, and nobody who tells them its names", names.join(", "));
    let finding = Finding::warning(codes::NAMELESS, message).at(*span);
    let finding = finding.labels(others.iter().map(|(_, other)| *other).filter(|other| other != span), "and here");
    findings.push(finding.help("add a flow with udp 53 to the name servers"));
}
