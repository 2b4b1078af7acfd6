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
    needs::tell(subject, codes::LEASES_CUT_OFF, "hosts", &all, findings);
}
