//! The policy lets hosts reach the DHCP servers that their requests are sent on to.

use std::net::IpAddr;

use crate::check::Subject;
use crate::check::needs::{self, Need};
use crate::finding::{Finding, codes};
use crate::model::{Gateway, Service};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) {
        return;
    }
    let mut all = Vec::new();
    for vlan in network.vlans.iter().filter(|vlan| vlan.gateway.value != Gateway::None) {
        for relay in &vlan.dhcp_relay {
            if let IpAddr::V4(host) = relay.value {
                let (from, span) = (&vlan.segment.value, relay.span);
                // DHCP (RFC 2131): servers listen on port 67, renewals go there from the host itself.
                all.push(Need { from, host, what: "DHCP", service: Service::Udp(67, 67), span, port: None });
            }
        }
    }
    // Devices have their addresses from the plan: where no flow lets them lease any, they are not meant to.
    let devices = subject.management().map(|vlan| &vlan.segment.value);
    let (own, mut all): (Vec<Need<'_>>, Vec<Need<'_>>) = all.into_iter().partition(|need| Some(need.from) == devices);
    if own.iter().any(|need| needs::passes(subject, need)) {
        all.extend(own);
    } else if let Some(first) = own.first() {
        let message = "devices have their addresses from the plan, and no flow lets them lease others";
        let finding = Finding::warning(codes::LEASES_CUT_OFF, message).at(first.span);
        findings.push(finding.help("take `dhcp_relay` out of the VLAN of devices"));
    }
    needs::tell(subject, codes::LEASES_CUT_OFF, "hosts", &all, findings);
}
