//! Both ends of a link can take one speed.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::End;
use crate::derive::DeviceFacts;
use crate::derive::group;
use crate::finding::{Finding, codes};
use crate::model::{Network, PortGroup};
use crate::source::Span;

/// A link that cannot come up.
struct Clash<'a> {
    end: &'a End<'a>,
    near: &'a PortGroup,
    far: &'a PortGroup,
}

/// From so many links on, it is the model that lacks a speed, not each of the links.
const MANY: usize = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut clashes: Vec<Clash<'_>> = Vec::new();
    // Each link has two ends and is told once, from the end that is nearer to people.
    for end in subject.wiring.links.iter().filter(|end| end.leads_inwards()) {
        let forced = end.port.settings.speed.as_ref().map(|speed| speed.value);
        // Most have one; which groups of ports they belong to matters for the others.
        let (here, there) = (&end.port.socket.speeds, &end.far_port.socket.speeds);
        if forced.is_none() && here.iter().any(|speed| there.contains(speed)) {
            continue;
        }
        let Some((near, far)) = ends(subject.network, end) else { continue };
        // A speed that the port itself cannot take is told there.
        if forced.is_some_and(|forced| !can(near, forced)) {
            continue;
        }
        let fits = |speed: &u32| forced.is_none_or(|forced| forced == *speed) && can(far, *speed);
        // Copper negotiates down by itself.
        let copper = near.speed.max(far.speed) <= 1000;
        if !copper && !near.speeds.iter().chain([&near.speed]).any(fits) {
            clashes.push(Clash { end, near, far });
        }
    }
    while !clashes.is_empty() {
        let mut counts: BTreeMap<Span, usize> = BTreeMap::new();
        for span in clashes.iter().flat_map(|clash| [clash.near.interface.span, clash.far.interface.span]) {
            *counts.entry(span).or_default() += 1;
        }
        // Of both ends, the one whose other links come up is right.
        let works: BTreeSet<Span> = counts.iter().filter(|(_, count)| **count >= MANY).map(|(span, _)| *span).collect();
        let works: BTreeSet<Span> = if works.len() > 1 { working(subject, &works) } else { BTreeSet::new() };
        let many = counts.into_iter().filter(|(_, count)| *count >= MANY);
        let Some((span, _)) = many.max_by_key(|(span, count)| (*count, !works.contains(span))) else { break };
        let of_model = |clash: &Clash<'_>| [clash.near.interface.span, clash.far.interface.span].contains(&span);
        let (same, rest): (Vec<_>, Vec<_>) = clashes.into_iter().partition(of_model);
        clashes = rest;
        if let Some(first) = same.first() {
            let finding = said(first, &format!(", and {} more links", same.len() - 1));
            findings.push(finding.at(span).label(first.end.port.span, "one of the links").more(same.len() - 1));
        }
    }
    // Links of one device that cannot come up are of the wrong device.
    let mut devices: BTreeMap<Span, Vec<&Clash<'_>>> = BTreeMap::new();
    for clash in &clashes {
        for facts in [clash.end.device, clash.end.far] {
            let site = subject.network.sites.get(facts.site);
            if let Some(device) = site.and_then(|site| site.devices.get(facts.device)) {
                devices.entry(device.model.span).or_default().push(clash);
            }
        }
    }
    let busiest = devices.iter().max_by_key(|(span, links)| (links.len(), std::cmp::Reverse(**span)));
    if let Some((span, links)) = busiest.filter(|(_, links)| links.len() > 1 && links.len() == clashes.len())
        && let Some(first) = links.first()
    {
        let finding = said(first, &format!(", and {} more links", links.len() - 1));
        let some = links.iter().take(3).map(|clash| clash.end.port.span);
        let finding = finding.at_saying(*span, "its ports do not fit").more(links.len() - 1);
        findings.push(finding.labels(some, "a link of it"));
        return;
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for clash in clashes.iter().filter(|clash| told.insert(clash.end.port.span)) {
        let finding = said(clash, "").at(clash.end.port.span);
        let finding =
            finding.label(clash.near.interface.span, "this end").label(clash.far.interface.span, "the other end");
        findings.push(finding);
    }
}

/// Which of some groups of ports have links that come up.
fn working(subject: Subject<'_>, groups: &BTreeSet<Span>) -> BTreeSet<Span> {
    let links = subject.wiring.links.iter().filter(|end| end.leads_inwards());
    let up = links.filter(|end| {
        let (here, there) = (&end.port.socket.speeds, &end.far_port.socket.speeds);
        end.port.settings.speed.is_none() && here.iter().any(|speed| there.contains(speed))
    });
    up.filter_map(|end| ends(subject.network, end))
        .flat_map(|(near, far)| [near.interface.span, far.interface.span])
        .filter(|span| groups.contains(span))
        .collect()
}

fn said(clash: &Clash<'_>, more: &str) -> Finding {
    let message = format!(
        "`{}` and `{}` have no speed in common: {} and {}{more}",
        clash.end.device.name,
        clash.end.far.name,
        speeds(clash.near),
        speeds(clash.far)
    );
    Finding::error(codes::LINK_SPEED, message)
        .help("plug it into ports that fit, or list every speed the ports can take: `speeds: [1000, 10000]`")
}

fn ends<'a>(network: &'a Network, end: &End<'_>) -> Option<(&'a PortGroup, &'a PortGroup)> {
    let of =
        |facts: &DeviceFacts, key: &str| group(network, network.sites.get(facts.site)?.devices.get(facts.device)?, key);
    Some((of(end.device, &end.port.socket.key)?, of(end.far, &end.peer.port)?))
}

fn can(group: &PortGroup, speed: u32) -> bool {
    group.speed == speed || group.speeds.contains(&speed)
}

fn speeds(group: &PortGroup) -> String {
    let mut all: Vec<u32> = group.speeds.iter().copied().chain([group.speed]).collect();
    all.sort_unstable();
    all.dedup();
    let words: Vec<String> = all.iter().map(u32::to_string).collect();
    format!("{} Mbit/s", words.join(", "))
}
