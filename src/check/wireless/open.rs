//! What is confidential is not on air for everybody.

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::check::policies::is_plain;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Part, Security, Ssid, Vlan};
use crate::source::{Sp, Span};
use crate::value::Id;

/// KLASSA: from here on, harm to an organisation or a person is serious.
const CONFIDENTIAL: u8 = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.network.gaps.whole(Part::Segments) {
        return;
    }
    for ssid in &subject.network.ssids {
        let Some(vlan) = subject.vlan(&ssid.vlan.value) else { continue };
        let Some(segment) = subject.segment(vlan) else { continue };
        let (name, class) = (&ssid.name.value, segment.klassa.confidentiality);
        let confidential = class >= CONFIDENTIAL;
        let finding = match ssid.security.value {
            Security::Open | Security::Owe | Security::OweTransition if confidential => {
                let message = format!("anybody may join `{name}`, which leads to information of class {class}");
                Finding::error(codes::SSID_OPEN, message)
                    .help("use wpa3-enterprise, or sae for things that know no more")
            }
            Security::Psk if confidential => {
                let message = format!(
                    "whoever records a login to `{name}` can try passwords at home, and it leads to information of class {class}"
                );
                Finding::warning(codes::SSID_OPEN, message)
                    .help("use sae, or sae-mixed where some things know no more than WPA2")
            }
            Security::Open | Security::Owe | Security::OweTransition
                if !reached(subject, vlan, &segment.name.value).is_empty() =>
            {
                findings.extend(leads_inside(ssid, vlan, &reached(subject, vlan, &segment.name.value)));
                continue;
            }
            Security::Open => {
                let message = format!("all that is sent over `{name}` can be read by whoever is near");
                Finding::warning(codes::SSID_OPEN, message)
                    .help("use owe, or owe-transition for stations that do not know it (RFC 8110)")
            }
            _ => continue,
        };
        let finding = finding.at(ssid.security.span);
        findings.push(if confidential { finding.label(segment.title.span, "its class stands here") } else { finding });
    }
}

/// Anybody may join, and is inside: the network is in the wrong VLAN, or the one flow that leads inside is wrong.
fn leads_inside(ssid: &Ssid, vlan: &Vlan, reached: &[(&Flow, &Sp<Endpoint>, Span)]) -> Option<Finding> {
    let (flow, end, from) = reached.first()?;
    let message = format!("anybody may join `{}`, and reaches `{}` from there", ssid.name.value, end.value);
    let plain = flow.services.iter().all(|service| is_plain(&service.value));
    let finding =
        if plain { Finding::warning(codes::SSID_OPEN, message) } else { Finding::error(codes::SSID_OPEN, message) };
    let finding = match reached {
        // Of several ends one was added, most likely; and a flow that is called after its beginning leads to the wrong end.
        [_] if flow.to.len() > 1 || flow.id.as_str().contains(vlan.segment.as_str()) => finding
            .at_saying(end.span, format!("allowed by the flow `{}`", flow.id.value))
            .label(*from, "from here")
            .label(ssid.vlan.span, "the wireless network leads there"),
        [_] => finding
            .at_saying(*from, format!("allowed by the flow `{}`", flow.id.value))
            .label(ssid.vlan.span, "the wireless network leads there"),
        _ => finding
            .at(ssid.vlan.span)
            .label(vlan.segment.span, "the segment of its VLAN")
            .label(flow.id.span, "allowed by this flow, for example"),
    };
    let finding = finding.label(ssid.security.span, "asks for no login");
    Some(match reached {
        [_] => finding.help(format!("take it out of the flow `{}`; guests reach nothing inside", flow.id.value)),
        _ => {
            finding.help("put it into the VLAN of guests, or use a security with a login; guests reach nothing inside")
        }
    })
}

/// Flows that let a segment reach something inside, beyond what every host needs to be on a network.
fn reached<'n>(subject: Subject<'n>, vlan: &Vlan, from: &Id) -> Vec<(&'n Flow, &'n Sp<Endpoint>, Span)> {
    let nets: &[Ipv4Net] = subject.addresses().segments.get(from).map_or(&[], Vec::as_slice);
    let leases = |net: &IpNet| vlan.dhcp_relay.iter().any(|relay| *net == IpNet::from(relay.value));
    let flows = subject.network.policy.flows.iter().filter_map(|flow| {
        let own = |end: &&Sp<Endpoint>| match &end.value {
            Endpoint::Segment(name) => name == from,
            Endpoint::Net(IpNet::V4(net)) => {
                // Who lets everybody in is told for that.
                let plan = subject.network.plan.ipv4.value;
                nets.iter().any(|have| have.contains(net) || (net.contains(have) && !net.contains(&plan)))
            }
            Endpoint::Net(IpNet::V6(_)) => false,
        };
        let start = flow.from.iter().find(own)?;
        // A server may be asked; all of a segment is no server.
        let more = flow.services.iter().any(|service| !is_plain(&service.value));
        let inside = |end: &&Sp<Endpoint>| match &end.value {
            Endpoint::Segment(name) => name.as_str() != "internet" && name != from,
            Endpoint::Net(net) => more && net.prefix_len() > 8 && !leases(net),
        };
        Some((flow, flow.to.iter().find(inside)?, start.span))
    });
    flows.collect()
}
