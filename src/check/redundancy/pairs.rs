//! Pairs of devices that can stand in for each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::{End, written};
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::{DeviceRef, PairKind, Role};
use crate::source::Span;
use crate::value::DeviceName;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (index, site) in network.sites.iter().enumerate() {
        for device in &site.devices {
            let Some(pair) = &device.pair else { continue };
            let fits = match pair.kind.value {
                PairKind::Ha => device.role == Role::Firewall,
                PairKind::Mlag => matches!(device.role, Role::Core | Role::Distribution | Role::Access),
                PairKind::Vrrp => matches!(device.role, Role::Core | Role::Distribution),
            };
            let with = &pair.value.with;
            let other = far(subject, index, with);
            let finding = if !fits {
                let message = format!("no {} makes a pair of this kind", device.role.word());
                Finding::error(codes::PAIR_KIND, message).at(pair.kind.span).help(
                    "`ha` is for firewalls, `mlag` for switches that share groups of links, `vrrp` for switches that route",
                )
            } else if let Some((own, there)) = device
                .partition
                .as_ref()
                .zip(other.and_then(|other| other.partition.as_ref()))
                .filter(|(own, there)| pair.kind.value == PairKind::Ha && own.value != there.value)
            {
                let message =
                    format!("the two of a pair are to have one partition: `{}` or `{}`", own.value, there.value);
                // The later one, as with everything that is said twice.
                let (first, later) =
                    if own.span < there.span { (own.span, there.span) } else { (there.span, own.span) };
                Finding::error(codes::PAIR_KIND, message)
                    .at(later)
                    .label(first, "the other one")
                    .help("they share one configuration, so write the same `partition` for both")
            } else if let Some((own, other)) = device.partition.as_ref().zip(other.filter(|other| {
                pair.kind.value == PairKind::Ha && other.role == device.role && other.partition.is_none()
            })) {
                let message = format!("one of a pair has the partition `{}`, and the other has none", own.value);
                Finding::error(codes::PAIR_KIND, message)
                    .at_saying(other.model.span, "no `partition` here")
                    .label(own.span, "the other one")
                    .help("they share one configuration, so write the same `partition` for both")
            } else if let Some(other) =
                other.filter(|other| other.role == device.role && other.model.value != device.model.value)
            {
                let message = format!(
                    "the two of a pair are different models: `{}` and `{}`",
                    device.model.value, other.model.value
                );
                Finding::warning(codes::PAIR_KIND, message)
                    .at(with.span)
                    .label(device.model.span, "this one")
                    .label(other.model.span, "the other one")
                    .help("what only one of them can do is lost on the day it fails; take two alike")
            } else {
                continue;
            };
            // Both say that they are a pair: one of them tells.
            let twin = other.and_then(|other| other.pair.as_ref()).is_some_and(|twin| told.contains(&twin.span));
            if told.insert(pair.span) && !twin {
                findings.push(finding);
            }
        }
    }
    ports(subject, findings);
    outside(subject, findings);
}

/// Whether a device shares its configuration with the other of its pair.
fn has_one_configuration(facts: &DeviceFacts) -> bool {
    facts.pair.as_ref().is_some_and(|pair| pair.kind == PairKind::Ha)
}

/// Firewalls of a pair have one configuration, so what both are plugged into has one port of both.
fn ports(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut ports: BTreeMap<(&DeviceName, &DeviceName), Vec<&End<'_>>> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| has_one_configuration(end.device)) {
        ports.entry((&end.device.name, &end.far.name)).or_default().push(end);
    }
    let mut told: BTreeSet<&DeviceName> = BTreeSet::new();
    let twin = |end: &End<'_>| end.device.pair.as_ref().and_then(|pair| subject.derived.devices.get(&pair.device));
    for ((name, far), here) in &ports {
        // Both say that they are a pair, and a line between them belongs to neither alone.
        let other = here.first().and_then(|end| twin(end)).filter(|other| **name < other.name && **far != other.name);
        let Some((other, there)) = other.and_then(|other| Some((other, ports.get(&(&other.name, *far))?))) else {
            continue;
        };
        let key = |end: &End<'_>| end.port.socket.key.clone();
        let only =
            |of: &[&'_ End<'_>], not: &[&End<'_>]| of.iter().position(|end| not.iter().all(|it| key(it) != key(end)));
        let (Some(mine), Some(yours)) = (only(here, there), only(there, here)) else { continue };
        let (Some(mine), Some(yours)) = (here.get(mine), there.get(yours)) else { continue };
        // Cables that changed places are one mistake.
        if !told.insert(*name) {
            continue;
        }
        // A port that the other one has in use for something else is not the one that was meant.
        let taken = other.ports.iter().any(|port| port.used && port.socket.key == mine.port.socket.key);
        let (odd, usual) = if taken { (mine, yours) } else { (yours, mine) };
        let message = format!(
            "`{far}` is plugged into port `{}` of `{}`, and port `{}` of `{}`",
            odd.port.socket.key, odd.device.name, usual.port.socket.key, usual.device.name
        );
        let finding = Finding::warning(codes::PAIR_KIND, message).at(line(subject, odd));
        let finding = finding.label(line(subject, usual), "the other one");
        findings.push(finding.help("the two of a pair have one configuration: use the same port of both"));
    }
}

/// A port that one firewall of a pair has for the outside, and the other one has not.
fn outside(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for one in subject.derived.devices.values().filter(|facts| has_one_configuration(facts)) {
        let other = one.pair.as_ref().and_then(|pair| subject.derived.devices.get(&pair.device));
        let Some(other) = other else { continue };
        let has = |key: &str| other.ports.iter().any(|port| port.used && port.socket.key == key);
        // As many on both may be a carrier of its own for each.
        let own = |facts: &DeviceFacts| facts.ports.iter().filter(|port| port.used && port.peer.is_none()).count();
        let mut ports = one.ports.iter().filter(|port| port.used && port.peer.is_none());
        let Some(port) = ports.find(|port| !has(&port.socket.key)).filter(|_| own(other) < own(one)) else { continue };
        let last = subject.written(other).and_then(|device| device.ports.last()).map_or(other.span, |line| line.span);
        let message = format!("port `{}` is in use on `{}`, and not on `{}`", port.socket.key, one.name, other.name);
        findings.push(
            Finding::warning(codes::PAIR_KIND, message)
                .at_saying(last, format!("nothing is said of port `{}` here", port.socket.key))
                .label(port.span, "in use on the other one")
                .help("the two of a pair have one configuration: what leads outside is plugged into both"),
        );
    }
}

/// Where a link is drawn: at this end or the other.
fn line(subject: Subject<'_>, end: &End<'_>) -> Span {
    let drawn = subject.written(end.far).and_then(|far| written(far, &end.far_port.socket.key));
    if drawn.is_some_and(|line| line.to.is_some()) { end.far_port.span } else { end.port.span }
}

fn far<'a>(subject: Subject<'a>, site: usize, to: &DeviceRef) -> Option<&'a crate::model::Device> {
    subject.written(subject.derived.devices.get(subject.derived.resolve(site, to)?)?)
}
