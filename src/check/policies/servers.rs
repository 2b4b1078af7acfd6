//! The policy lets devices reach the servers they use.

use std::net::{IpAddr, Ipv4Addr};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Service;
use crate::model::settings::list;
use crate::policy;
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) {
        return;
    }
    let Some(vlan) = subject.derived.management.and_then(|index| network.vlans.get(index)) else { return };
    let segment = &vlan.segment.value;
    let rules = subject.addresses();
    let mut need = |what: &str, host: IpAddr, span: Span, service: Service| {
        if let IpAddr::V4(host) = host
            && !allowed(subject, rules, segment, host, &service)
        {
            findings.push(
                Finding::warning(
                    codes::SERVICE_CUT_OFF,
                    format!("no flow lets devices reach the {what} server {host}"),
                )
                .at_saying(span, format!("needs {service} from `{segment}`")),
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
