//! Information of the highest class is not reached from a much lower one without a decision.

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Klassa, Part, Segment};
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) || !network.gaps.whole(Part::Sites) {
        return;
    }
    // One that is temporary and has no ticket is told for that.
    // One that is from everywhere is told for that.
    let undecided =
        |flow: &&Flow| flow.ticket.is_none() && flow.expires.is_none() && super::everywhere(network, flow).is_none();
    for flow in network.policy.flows.iter().filter(undecided) {
        outwards(subject, flow, findings);
        let lowest = flow.from.iter().filter_map(|end| Some((least(subject, &end.value)?, end.span)));
        let lowest = lowest.min_by_key(|(it, _)| level(it.klassa));
        let highest = flow.to.iter().filter_map(|end| Some((segment(subject, &end.value)?, end.span)));
        let highest = highest.max_by_key(|(it, _)| level(it.klassa));
        let (Some((from, source)), Some((to, span))) = (lowest, highest) else { continue };
        if level(to.klassa) == 4 && level(from.klassa) <= 2 {
            let message = format!(
                "flow `{}` lets `{}` (class {}) reach `{}` (class 4) without a ticket",
                flow.id.value,
                from.name.value,
                level(from.klassa),
                to.name.value
            );
            // One of several that may not: whoever it is was added.
            let is_low = |end: &&Sp<Endpoint>| least(subject, &end.value).is_some_and(|it| level(it.klassa) <= 2);
            let added = flow.from.len() > 1 && flow.from.iter().filter(is_low).count() == 1;
            let (at, other) = if added { (source, (span, "to here")) } else { (span, (source, "from here")) };
            findings.push(
                Finding::warning(codes::CLASS_GAP, message)
                    .at(at)
                    .label(other.0, other.1)
                    .label(to.name.span, "its information is of the highest class")
                    .help("add `ticket:` with the case in which it was decided, or let a server stand between them"),
            );
        }
    }
}

/// Information of the highest class that may leave for anywhere.
fn outwards(subject: Subject<'_>, flow: &Flow, findings: &mut Vec<Finding>) {
    let highest = flow.from.iter().filter_map(|end| Some((segment(subject, &end.value)?, end.span)));
    let Some((from, source)) = highest.max_by_key(|(it, _)| level(it.klassa)) else { return };
    let Some(open) = flow.to.iter().find(|end| super::is_open(&end.value)).filter(|_| level(from.klassa) == 4) else {
        return;
    };
    let message = format!(
        "flow `{}` lets `{}` (class 4) reach the whole internet without a ticket",
        flow.id.value, from.name.value
    );
    findings.push(
        Finding::warning(codes::CLASS_GAP, message)
            .at(open.span)
            .label(source, "from here")
            .label(from.name.span, "its information is of the highest class")
            .help("name the one address that is meant, or add `ticket:` with the case in which it was decided"),
    );
}

/// Confidentiality or integrity, whichever is higher; being reached does not make less available.
fn level(klassa: Klassa) -> u8 {
    klassa.confidentiality.max(klassa.integrity)
}

/// The segment of the lowest class that an end of a flow is, lies in or holds.
fn least<'n>(subject: Subject<'n>, end: &Endpoint) -> Option<&'n Segment> {
    let Endpoint::Net(IpNet::V4(net)) = end else { return segment(subject, end) };
    let held = subject.addresses().segments.iter().filter(|(_, nets)| nets.iter().any(|have| net.contains(have)));
    let held = held.filter_map(|(name, _)| subject.network.policy.segments.get(name));
    held.min_by_key(|segment| level(segment.klassa)).or_else(|| segment(subject, end))
}

/// The segment that an end of a flow is, or lies in.
fn segment<'n>(subject: Subject<'n>, end: &Endpoint) -> Option<&'n Segment> {
    let segments = &subject.network.policy.segments;
    match end {
        Endpoint::Segment(name) => segments.get(name),
        Endpoint::Net(IpNet::V4(net)) => {
            let holds = |nets: &[Ipv4Net]| nets.iter().any(|have| have.contains(net));
            let (name, _) = subject.addresses().segments.iter().find(|(_, nets)| holds(nets))?;
            segments.get(name)
        }
        Endpoint::Net(IpNet::V6(_)) => None,
    }
}
