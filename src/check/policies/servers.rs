//! The policy lets devices reach the servers they use.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::check::addressing::servers::{Astray, astray};
use crate::check::needs::{self, Need};
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Endpoint, Flow, Scope, Service, Vlan};
use crate::policy;
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) {
        return;
    }
    let Some(vlan) = subject.management() else { return };
    let mut all = Vec::new();
    let mut need = |what: &'static str, host: &Sp<IpAddr>, number: u16, port: Option<Span>| {
        if let IpAddr::V4(address) = host.value {
            let service = Service::Udp(number, number);
            all.push(Need { from: &vlan.segment.value, host: address, what, service, span: host.span, port });
        }
    };
    // Within the subnet of devices nothing is filtered, and routers answer by themselves.
    let managed = subject.addresses().segments.get(&vlan.segment.value);
    let near = |host: &Sp<IpAddr>| match host.value {
        IpAddr::V4(host) => {
            managed.is_some_and(|nets| nets.iter().any(|net| net.contains(&host)))
                || network.plan.loopbacks.value.contains(&host)
        }
        IpAddr::V6(_) => false,
    };
    for settings in subject.settings() {
        let services = &settings.services;
        let common = std::ptr::eq(settings, &raw const network.settings);
        let mut need = |what, host, number, port| {
            if common || !near(host) {
                need(what, host, number, port);
            }
        };
        let counted = subject.counts(settings);
        for (what, hosts, port) in
            [("time", &services.ntp, 123), ("name", &services.dns, 53), ("log", &services.syslog, 514)]
        {
            for host in list(hosts) {
                need(what, host, port, None);
            }
        }
        for server in list(&services.radius.servers) {
            let said = |port: &Option<Sp<u16>>| port.as_ref().map(|port| port.span);
            need("RADIUS", &server.host, server.auth(), said(&server.auth_port));
            if counted {
                need("RADIUS accounting", &server.host, server.acct(), said(&server.acct_port));
            }
        }
    }
    needs::tell(subject, codes::SERVICE_CUT_OFF, "devices", &all, findings);
    polling(subject, vlan, &all, findings);
    halves(subject, vlan, findings);
}

/// Flows of others that name some of the servers that devices use together, and not all: the rest was left behind.
fn halves(subject: Subject<'_>, management: &Vlan, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let services = &network.settings.services;
    let devices = |ends: &[Sp<Endpoint>]| {
        ends.iter().any(|end| matches!(&end.value, Endpoint::Segment(name) if *name == management.segment.value))
    };
    let net = |host: &Sp<IpAddr>| IpNet::from(host.value);
    let holds = |end: &Sp<Endpoint>, host: IpNet| match (&end.value, host) {
        (Endpoint::Net(net), _) => net.contains(&host),
        (Endpoint::Segment(name), IpNet::V4(host)) => {
            subject.addresses().segments.get(name).is_some_and(|nets| nets.iter().any(|net| net.contains(&host)))
        }
        (Endpoint::Segment(_), IpNet::V6(_)) => false,
    };
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (what, hosts, port) in [("name", &services.dns, 53), ("time", &services.ntp, 123)] {
        let hosts = list(hosts);
        let service = Service::Udp(port, port);
        let speaks = |flow: &Flow| flow.services.iter().any(|has| has.value == service);
        for flow in network.policy.flows.iter().filter(|flow| speaks(flow)) {
            for (ends, others) in [(&flow.from, &flow.to), (&flow.to, &flow.from)] {
                let named = |host: &&Sp<IpAddr>| ends.iter().find(|end| end.value == Endpoint::Net(net(host)));
                let Some(end) = hosts.iter().find_map(|host| named(&host)).filter(|_| !devices(others)) else {
                    continue;
                };
                let is_from = std::ptr::eq(ends, &raw const flow.from);
                // Another flow between the same may have the rest.
                let elsewhere = |host: IpNet| {
                    network.policy.flows.iter().filter(|other| speaks(other)).any(|other| {
                        let (here, there) = if is_from { (&other.from, &other.to) } else { (&other.to, &other.from) };
                        let same = others.iter().all(|end| there.iter().any(|it| it.value == end.value));
                        same && here.iter().any(|end| holds(end, host))
                    })
                };
                // One that hardly any flow names has not been let in yet.
                let is_named = |host: &&Sp<IpAddr>| {
                    let names = |end: &Sp<Endpoint>| end.value == Endpoint::Net(net(host));
                    network.policy.flows.iter().filter(|flow| flow.from.iter().chain(&flow.to).any(names)).count() > 1
                };
                // Of two servers that speak with each other each is at one end.
                let at_other = |host: &&Sp<IpAddr>| others.iter().any(|end| holds(end, net(host)));
                let left = hosts.iter().filter(is_named).find(|host| !at_other(host) && !elsewhere(net(host)));
                let Some(left) = left else { continue };
                if told.insert(end.span) {
                    let message = format!("flow `{}` leaves out the {what} server {}", flow.id.value, left.value);
                    let finding = Finding::warning(codes::SERVICE_CUT_OFF, message).at(end.span);
                    findings.push(
                        finding.label(left.span, "this one as well").help(format!("add {} beside it", left.value)),
                    );
                }
            }
        }
    }
}

/// Whoever may ask devices by SNMP is let through to them.
fn polling(subject: Subject<'_>, management: &Vlan, needs: &[Need<'_>], findings: &mut Vec<Finding>) {
    let known = &subject.addresses().segments;
    let meets = |end: &Endpoint, client: Ipv4Net| {
        let near = |net: &Ipv4Net| net.contains(&client) || client.contains(net);
        match end {
            Endpoint::Segment(name) => known.get(name).is_some_and(|nets| nets.iter().any(near)),
            Endpoint::Net(IpNet::V4(net)) => near(net),
            Endpoint::Net(IpNet::V6(_)) => false,
        }
    };
    let managed: Vec<Ipv4Net> = known.get(&management.segment.value).into_iter().flatten().copied().collect();
    let in_it = |end: &Sp<Endpoint>| match &end.value {
        Endpoint::Segment(name) => *name == management.segment.value,
        Endpoint::Net(IpNet::V4(net)) => managed.iter().any(|known| net.contains(known)),
        Endpoint::Net(IpNet::V6(_)) => false,
    };
    let flows = || {
        let everywhere = subject.network.policy.flows.iter().filter(|flow| flow.scope.value == Scope::Any);
        everywhere.filter(|flow| flow.to.iter().any(in_it))
    };
    // Where no flow leads to the devices at all, nobody logs in either, and that is told.
    if !subject.network.policy.flows.iter().any(|flow| flow.to.iter().any(in_it)) {
        return;
    }
    let asks = Service::Udp(161, 161);
    for client in subject.settings().flat_map(|settings| list(&settings.services.snmp.clients)) {
        let from = |flow: &&Flow| flow.from.iter().any(|end| meets(&end.value, client.value));
        let allows = |flow: &Flow| flow.services.iter().any(|has| policy::covers(&has.value, &asks));
        // Who stands beside all devices passes no filter; what nobody has is told as that.
        let within = matches!(managed[..], [only] if only.contains(&client.value));
        let nowhere = matches!(astray(subject, client.value), Some(Astray::Nowhere | Astray::Foreign));
        if within || nowhere || flows().filter(from).any(allows) {
            continue;
        }
        let message = format!("no flow lets {} ask devices by SNMP", client.value);
        let finding = Finding::warning(codes::SERVICE_CUT_OFF, message);
        let wanted = format!("needs {asks} to `{}`", management.segment.value);
        // Where nobody at all may ask, a flow to the devices lacks it.
        let near =
            flows().find(from).filter(|_| !flows().any(allows)).and_then(|flow| Some((flow, flow.services.first()?)));
        if let Some((flow, said)) = near {
            let finding =
                finding.at_saying(said.span, format!("`{asks}` is not among them")).label(client.span, wanted);
            findings.push(finding.help(format!("add `{asks}` to the flow `{}`", flow.id.value)));
            continue;
        }
        let asked = flows().find(|flow| allows(flow)).and_then(|flow| flow.from.first());
        // Whoever may ask stands where the servers are, and the flow begins elsewhere.
        let known = needs.iter().any(|need| client.value.contains(&need.host));
        let finding = finding.help("name those whom a flow lets through, or add a flow");
        findings.push(match asked {
            Some(from) if known => finding.at_saying(from.span, "these may ask").label(client.span, wanted),
            Some(from) => finding.at_saying(client.span, wanted).label(from.span, "these may ask"),
            None => finding.at_saying(client.span, wanted),
        });
    }
}
