//! The policy lets devices reach the servers they use.

use std::net::IpAddr;

use crate::check::Subject;
use crate::check::needs::{self, Need};
use crate::finding::{Finding, codes};
use crate::model::Service;
use crate::model::settings::list;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) {
        return;
    }
    let Some(vlan) = subject.derived.management.and_then(|index| network.vlans.get(index)) else { return };
    let mut all = Vec::new();
    let mut need = |what: &'static str, host: IpAddr, span: Span, port: u16| {
        if let IpAddr::V4(host) = host {
            all.push(Need { from: &vlan.segment.value, host, what, service: Service::Udp(port, port), span });
        }
    };
    let services = &network.settings.services;
    for host in list(&services.ntp) {
        need("time", host.value, host.span, 123);
    }
    for host in list(&services.dns) {
        need("name", host.value, host.span, 53);
    }
    for host in list(&services.syslog) {
        need("log", host.value, host.span, 514);
    }
    for server in list(&services.radius.servers) {
        need("RADIUS", server.host.value, server.host.span, server.auth_port);
        if network.settings.security.aaa.accounting.as_ref().is_some_and(|on| on.value) {
            need("RADIUS accounting", server.host.value, server.host.span, server.acct_port);
        }
    }
    needs::tell(subject, codes::SERVICE_CUT_OFF, "devices", &all, findings);
}
