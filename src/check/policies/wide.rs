//! Flows that allow more than anybody can mean.

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Service};
use crate::source::{Sp, Span};

/// Prefixes of this length or shorter hold 16 million addresses and more.
const WIDEST: u8 = 8;
/// Ports of one service, from which on it is no service; telephones take 16,384 for what is spoken.
const PORTS: u16 = 20_000;

/// Ports below are those of one service each (RFC 6335, section 6).
const WELL_KNOWN: u16 = 1024;
/// Ports of such services that one flow may mean.
const FEW: u32 = 64;
/// Ports between two ranges that are one in parts.
const GAP: u16 = 1_000;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for flow in &subject.network.policy.flows {
        let id = &flow.id.value;
        let any = flow.services.iter().find(|service| service.value == Service::Any);
        let open = |ends: &[Sp<Endpoint>]| ends.iter().any(|end| super::is_open(&end.value));
        if let Some(any) = any {
            let finding = if open(&flow.from) || open(&flow.to) {
                let message = format!("flow `{id}` allows everything from or to the internet");
                Finding::error(codes::FLOW_TOO_WIDE, message)
            } else {
                let message = format!("flow `{id}` allows everything, whatever is spoken");
                Finding::warning(codes::FLOW_TOO_WIDE, message)
            };
            findings.push(finding.at(any.span).help("name what is spoken: `tcp 443`"));
            continue;
        }
        if let Some((said, message)) = many_ports(flow) {
            let finding = if open(&flow.from) || open(&flow.to) {
                Finding::error(codes::FLOW_TOO_WIDE, message)
            } else {
                Finding::warning(codes::FLOW_TOO_WIDE, message)
            };
            findings.push(
                finding.at(said).help("name the ports that are spoken; a digit may be wrong, or `-` stand for a comma"),
            );
            continue;
        }
        if let Some(from) = flow.from.iter().find(|end| super::is_open(&end.value))
            && let Some(to) = flow.to.iter().find(|end| has_vlans(subject, &end.value))
        {
            let whole = if super::is_open(&to.value) { "the internet again" } else { "all of a segment" };
            let message = format!("flow `{id}` lets everybody outside reach {whole}");
            let finding = Finding::warning(codes::FLOW_TOO_WIDE, message).at(from.span).label(to.span, "all of this");
            findings.push(finding.help("turn `from` and `to` round, or name the one address that is meant"));
            continue;
        }
        // What is meant for everybody was decided by somebody.
        if let Some(from) = flow.from.iter().find(|end| super::is_open(&end.value)).filter(|_| flow.ticket.is_none())
            && let Some(to) = flow.to.iter().find(|end| inside(subject, &end.value))
        {
            let message = format!("flow `{id}` lets everybody outside reach {} without a ticket", to.value);
            let finding =
                Finding::warning(codes::FLOW_TOO_WIDE, message).at(from.span).label(to.span, "what is reached");
            findings.push(finding.help("name who may, or say where it was decided: `ticket: …`"));
            continue;
        }
        if let Some(end) = super::everywhere(subject.network, flow) {
            let message = format!("flow `{id}` is from everywhere within, guests and telephones included");
            let finding = Finding::warning(codes::FLOW_TOO_WIDE, message).at(end.span);
            findings.push(
                finding.label(subject.network.plan.ipv4.span, "all addresses").help("name the segments that need it"),
            );
            continue;
        }
        let wide = |end: &&Sp<Endpoint>| matches!(&end.value, Endpoint::Net(net) if net.prefix_len() <= WIDEST);
        if let Some(end) = flow.from.iter().chain(&flow.to).find(wide) {
            let finding = Finding::warning(codes::FLOW_TOO_WIDE, format!("flow `{id}` is for half the world"));
            findings.push(finding.at(end.span).help("name a segment; `internet` is every address outside"));
        }
    }
}

/// Whether an end is an address out of our own plan.
fn inside(subject: Subject<'_>, end: &Endpoint) -> bool {
    let plan = &subject.network.plan;
    match end {
        Endpoint::Net(IpNet::V4(net)) => plan.ipv4.contains(net),
        Endpoint::Net(IpNet::V6(net)) => plan.ipv6.as_ref().is_some_and(|plan| plan.contains(net)),
        Endpoint::Segment(_) => false,
    }
}

/// Whether an end is the internet, or a segment that VLANs belong to.
fn has_vlans(subject: Subject<'_>, end: &Endpoint) -> bool {
    match end {
        Endpoint::Segment(name) => {
            super::is_open(end) || subject.network.vlans.iter().any(|vlan| vlan.segment.value == *name)
        }
        Endpoint::Net(_) => super::is_open(end),
    }
}

/// The range of a flow that has more ports than a service does, with those that it touches; or one that begins among the ports
/// of services of their own and goes far beyond.
fn many_ports(flow: &Flow) -> Option<(Span, String)> {
    let tcp = |service: &Service| match service {
        Service::Tcp(from, to) => Some((*from, *to)),
        _ => None,
    };
    let udp = |service: &Service| match service {
        Service::Udp(from, to) => Some((*from, *to)),
        _ => None,
    };
    let of = |protocol: &str, range: &dyn Fn(&Service) -> Option<(u16, u16)>| {
        let said = flow.services.iter().filter_map(|service| Some((range(&service.value)?, service.span)));
        let mut said: Vec<((u16, u16), Span)> = said.collect();
        said.sort_unstable();
        let mut whole: Vec<((u16, u16), Span)> = Vec::new();
        for ((from, to), span) in said {
            let to = to.max(from);
            match whole.last_mut() {
                Some(((_, end), _)) if from <= *end => *end = to.max(*end),
                // Nearly all ports in several parts are one range as well.
                Some(((first, end), _))
                    if from <= end.saturating_add(GAP) && *end - *first > GAP && to - from > GAP =>
                {
                    *end = to;
                }
                _ => whole.push(((from, to), span)),
            }
        }
        let size = |(from, to): (u16, u16)| u32::from(to.saturating_sub(from)) + 1;
        let (widest, span) = whole.into_iter().max_by_key(|(range, _)| size(*range))?;
        let odd = size(widest) > u32::from(PORTS) || widest.0 < WELL_KNOWN && size(widest) > FEW;
        odd.then(|| {
            let (id, ports) = (&flow.id.value, size(widest));
            (span, format!("flow `{id}` opens {ports} ports of {protocol}, from {} on", widest.0))
        })
    };
    of("TCP", &tcp).or_else(|| of("UDP", &udp))
}
