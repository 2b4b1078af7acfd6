//! Devices with fewer links than their like, one of which most likely was forgotten.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashSet;

use crate::check::Subject;
use crate::check::wiring::{End, Placed};
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::Role;
use crate::value::DeviceName;

/// The devices that each device has links to.
type Ways<'a> = BTreeMap<&'a DeviceName, BTreeSet<&'a DeviceName>>;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut ways = Ways::new();
    let parties: HashSet<&DeviceName> =
        subject.claims().flat_map(|claim| [&claim.one.facts.name, &claim.other.name]).collect();
    let matters = |end: &&End<'_>| end.device.role == Role::Distribution || parties.contains(&end.device.name);
    for end in subject.wiring.links.iter().filter(matters) {
        ways.entry(&end.device.name).or_default().insert(&end.far.name);
    }
    buildings(subject, &ways, findings);
    cores(subject, findings);
    pairs(subject, &ways, findings);
}

/// Distribution switches with one way to the core where nearly all have two, or with none.
fn buildings(subject: Subject<'_>, ways: &Ways<'_>, findings: &mut Vec<Finding>) {
    let devices = &subject.derived.devices;
    if devices.values().all(|device| device.role != Role::Core) {
        return;
    }
    let is_core = |name: &&&DeviceName| devices.get(name).is_some_and(|device| device.role == Role::Core);
    let cores = |one: &Placed<'_>| ways.get(&one.facts.name).into_iter().flatten().filter(is_core).count();
    let switches = || subject.placed().filter(|one| one.facts.role == Role::Distribution);
    let (full, fewer): (Vec<_>, Vec<_>) = switches().map(|one| (cores(&one), one)).partition(|(cores, _)| *cores > 1);
    for (cores, one) in &fewer {
        let name = &one.facts.name;
        // In a building with two, one may lead to the other.
        let beside = ways.get(name).into_iter().flatten().filter_map(|far| devices.get(far));
        let message = match cores {
            0 if beside.clone().any(|far| far.role == Role::Distribution) => continue,
            0 => format!("no link leads from `{name}` to a core router"),
            _ if fewer.len() * 4 > full.len() => continue,
            _ => format!("`{name}` has a link to one core router, where nearly all others have two"),
        };
        let finding = Finding::warning(codes::FEWER_WAYS, message).at(one.device.span);
        findings.push(finding.help(match other(subject, one) {
            Some(other) => format!("draw the other link: {other}"),
            None if *cores == 0 => {
                let core = subject.placed().find(|one| one.facts.role == Role::Core);
                let name = core.map_or_else(String::new, |core| {
                    format!(": {{ to: {}/core-{}, port: … }}", core.facts.site_id, core.facts.number)
                });
                format!("draw its links to the core routers{name}")
            }
            None => "draw a link to another core router".to_owned(),
        }));
    }
}

/// Core routers that no link joins to another, where others are joined, or there are two of them. That may be meant.
fn cores(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let is_core = |facts: &DeviceFacts| facts.role == Role::Core;
    let between = subject.wiring.links.iter().filter(|end| is_core(end.device) && is_core(end.far));
    let joined: BTreeSet<&DeviceName> = between.map(|end| &end.device.name).collect();
    let apart = subject.placed().filter(|one| is_core(one.facts) && !joined.contains(&one.facts.name));
    let apart: Vec<Placed<'_>> = apart.collect();
    let help = "draw it, unless each neighbour has a link to both: else one passes through a building to the other";
    match apart.as_slice() {
        [one, other] if joined.is_empty() && one.facts.site == other.facts.site => {
            let message = format!("no link joins `{}` and `{}`", one.facts.name, other.facts.name);
            let finding = Finding::note(codes::FEWER_WAYS, message).at(one.device.span);
            findings.push(finding.label(other.facts.span, "the other core router").help(help));
        }
        // Where none is joined to another, they are meant to be like that.
        _ if joined.is_empty() => {}
        apart => findings.extend(apart.iter().map(|one| {
            let message = format!("no link joins the core router `{}` and another one", one.facts.name);
            let finding = Finding::note(codes::FEWER_WAYS, message).at(one.device.span);
            finding.help("draw it; a switch of a building is `distribution` or `access`")
        })),
    }
}

/// The link that a switch lacks beside the one it has: to the other core router, at the port with the same key.
fn other(subject: Subject<'_>, one: &Placed<'_>) -> Option<String> {
    let mut links = subject.wiring.links.iter().filter(|end| end.device.name == one.facts.name);
    let end = links.find(|end| end.far.role == Role::Core)?;
    let mut devices = subject.derived.devices.values();
    let other = devices.find(|it| it.role == Role::Core && it.site == end.far.site && it.name != end.far.name)?;
    Some(format!("{{ to: {}/core-{}, port: {} }}", other.site_id, other.number, end.peer.port))
}

/// Devices that stand in for each other, one of which reaches less than the other.
fn pairs(subject: Subject<'_>, ways: &Ways<'_>, findings: &mut Vec<Finding>) {
    let nowhere = BTreeSet::new();
    let mut told: BTreeSet<&DeviceName> = BTreeSet::new();
    for one in subject.placed().filter(|one| one.facts.role != Role::Core) {
        let pair = one.device.pair.as_ref().map(|pair| &pair.value.with);
        let Some(claim) = one.device.redundant_with.as_deref().or(pair) else { continue };
        let Some(other) = subject.derived.resolve(one.facts.site, &claim.value) else { continue };
        let Some(other) = subject.derived.devices.get(other).filter(|other| other.role == one.facts.role) else {
            continue;
        };
        let (a, b) = (one.facts, other);
        let far = |of: &DeviceName, without: &DeviceName| -> BTreeSet<&DeviceName> {
            ways.get(of).unwrap_or(&nowhere).iter().copied().filter(|name| *name != without).collect()
        };
        let (of_a, of_b) = (far(&a.name, &b.name), far(&b.name, &a.name));
        let (less, more) = match () {
            () if of_a.len() < of_b.len() && of_a.is_subset(&of_b) => (a, b),
            () if of_b.len() < of_a.len() && of_b.is_subset(&of_a) => (b, a),
            () => continue,
        };
        let Some(lacks) = of_a.symmetric_difference(&of_b).next() else { continue };
        if told.insert(&less.name) {
            let message = format!(
                "`{}` has a link to `{lacks}`, and `{}`, which stands in for it, has none",
                more.name, less.name
            );
            findings.push(
                Finding::warning(codes::FEWER_WAYS, message)
                    .at(less.span)
                    .label(more.span, "the other one")
                    .help("draw the link, from either end"),
            );
        }
    }
}
