//! Devices are managed over encrypted protocols only.

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::{Protocol, list};
use crate::model::{Endpoint, Service};
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        for protocol in list(&settings.security.protocols) {
            let (word, instead) = match protocol.value {
                Protocol::Telnet => ("telnet", "ssh"),
                Protocol::Http => ("http", "https"),
                Protocol::Ssh | Protocol::Https => continue,
            };
            let message = format!("{word} sends passwords in clear");
            let finding = Finding::error(codes::CLEAR_TEXT, message).at(protocol.span);
            findings.push(finding.help(format!("`{instead}` does the same, encrypted")));
        }
    }
    flows(subject, findings);
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        let port = device.connect.as_ref().and_then(|connect| connect.port.as_ref());
        if let Some(port) = port.filter(|port| port.value == TELNET) {
            let finding = Finding::warning(codes::CLEAR_TEXT, "telnet answers on port 23, and Samnet speaks SSH");
            findings.push(finding.at(port.span).help("leave `port` out: SSH has 22"));
        }
    }
}

/// The port that is telnet's (RFC 854).
const TELNET: u16 = 23;

/// Whether telnet is among a few ports; who allows most of them is told for that.
fn is_telnet(service: &Service) -> bool {
    matches!(service, Service::Tcp(first, last) if (*first..=*last).contains(&TELNET) && last - first < 100)
}

/// Flows that let people log in to devices in clear.
fn flows(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let Some(vlan) = subject.management() else { return };
    let nets = subject.addresses().segments.get(&vlan.segment.value);
    let managed = |end: &Sp<Endpoint>| match &end.value {
        Endpoint::Segment(name) => *name == vlan.segment.value,
        Endpoint::Net(IpNet::V4(net)) if net.prefix_len() > 0 => {
            nets.is_some_and(|nets| nets.iter().any(|own| own.contains(net) || net.contains(own)))
        }
        Endpoint::Net(_) => false,
    };
    for flow in network.policy.flows.iter().filter(|flow| flow.to.iter().any(managed)) {
        let Some(telnet) = flow.services.iter().find(|service| is_telnet(&service.value)) else {
            continue;
        };
        let message =
            format!("flow `{}` lets telnet through to devices, which sends passwords in clear", flow.id.value);
        let finding = Finding::warning(codes::CLEAR_TEXT, message).at(telnet.span);
        findings.push(finding.help("`tcp 22` does the same, encrypted"));
    }
}
