//! The policy lets devices do what the inventory asks of them: be logged in to, and reach their services.

use std::net::{IpAddr, Ipv4Addr};

use super::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Part, Service};
use crate::policy;
use crate::source::Span;
use crate::value::Id;

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let parts = [Part::Network, Part::Vlans, Part::Segments, Part::Flows];
    if !parts.iter().all(|part| network.gaps.whole(*part)) || network.policy.flows.is_empty() {
        return;
    }
    let closed = policy::closed(network, subject.derived);
    if let Some(first) = closed.first() {
        let more = closed.len() - 1;
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        findings.push(
            Finding::warning(codes::NO_LOGIN, format!("no flow lets anybody log in to `{}`{others}", first.name))
                .at_saying(first.span, "its rules for logins stay unwritten")
                .help("add a flow to the management segment with tcp 22, from wherever Samnet runs"),
        );
    }
    let Some(vlan) = subject.derived.management.and_then(|index| network.vlans.get(index)) else { return };
    let segment = &vlan.segment.value;
    // What a segment is does not depend on the devices.
    let rules = policy::compile_for(network, subject.derived, []);
    let mut need = |what: &str, host: IpAddr, span: Span, service: Service| {
        if let IpAddr::V4(host) = host
            && !allowed(subject, &rules, segment, host, &service)
        {
            findings.push(
                Finding::warning(
                    codes::SERVICE_CUT_OFF,
                    format!("no flow lets devices reach the {what} server {host}"),
                )
                .at_saying(span, format!("needs {} from `{segment}`", words(&service))),
            );
        }
    };
    let services = &network.settings.services;
    for host in list(&services.ntp) {
        need("time", host.value, host.span, Service::Udp(123, 123));
    }
    for host in list(&services.dns) {
        need("name", host.value, host.span, Service::Udp(53, 53));
    }
    for host in list(&services.syslog) {
        need("log", host.value, host.span, Service::Udp(514, 514));
    }
    for server in list(&services.radius.servers) {
        need("RADIUS", server.host.value, server.host.span, Service::Udp(server.auth_port, server.auth_port));
    }
}

fn allowed(subject: Subject<'_>, rules: &policy::Rules, from: &Id, to: Ipv4Addr, service: &Service) -> bool {
    policy::allowing(subject.network, rules, from, to, service).is_some()
}

fn words(service: &Service) -> String {
    match service {
        Service::Udp(port, _) => format!("udp {port}"),
        Service::Tcp(port, _) => format!("tcp {port}"),
        Service::IcmpEcho => "icmp echo".to_owned(),
        Service::Any => "any".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::derive;
    use crate::derive::fixture::{id, network, sp, texts};
    use crate::model::{Endpoint, Flow, Scope};

    fn flow(from: &str, to: Endpoint, service: Service) -> Flow {
        Flow {
            id: sp(id("f")),
            from: vec![sp(Endpoint::Segment(id(from)))],
            to: vec![sp(to)],
            services: vec![sp(service)],
            scope: Scope::Any,
            purpose: sp(String::new()),
            owner: sp(String::new()),
            ticket: None,
            expires: None,
            span: Span::default(),
        }
    }

    fn found(flows: Vec<Flow>) -> Vec<String> {
        let mut network = network(1);
        network.settings.services.dns = Some(sp(vec![sp("10.64.1.11".parse().unwrap())]));
        network.policy.flows = flows;
        let (derived, _) = derive(&network);
        let library = crate::platform::Library::default();
        let mut findings = Vec::new();
        let subject = Subject { network: &network, derived: &derived, library: &library, as_of: None };
        check(subject, &mut findings);
        texts(&findings)
    }

    #[test]
    fn devices_need_logins_and_services() {
        let names = || flow("management", Endpoint::Net("10.64.1.0/24".parse().unwrap()), Service::Udp(50, 60));
        let logins = || flow("servers", Endpoint::Segment(id("management")), Service::Tcp(22, 22));
        assert_eq!(found(vec![names(), logins()]), Vec::<String>::new());
        assert_eq!(found(vec![logins()]), ["SN-606 no flow lets devices reach the name server 10.64.1.11"]);
        let closed = found(vec![names()]);
        assert_eq!(closed, ["SN-605 no flow lets anybody log in to `aml-hall-core01` and 6 more"]);
    }

    #[test]
    fn a_flow_from_elsewhere_does_not_help() {
        let other = flow("staff", Endpoint::Net("10.64.1.11/32".parse().unwrap()), Service::Udp(53, 53));
        assert!(found(vec![other])[1].starts_with("SN-606"));
    }
}
