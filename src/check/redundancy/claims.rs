//! Devices that are said to stand in for each other and would fail together.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashSet;

use crate::check::Subject;
use crate::check::wiring::{Claim, Placed};
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::{Device, Role};
use crate::source::Sp;
use crate::value::{DeviceName, Text};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let claims: Vec<Claim<'_>> = subject.claims().collect();
    let parties: HashSet<&DeviceName> =
        claims.iter().flat_map(|claim| [&claim.one.facts.name, &claim.other.name]).collect();
    unclaimed(subject, &parties, findings);
    if parties.is_empty() {
        return;
    }
    let mut inwards: BTreeMap<&DeviceName, BTreeSet<&DeviceName>> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.leads_inwards() && parties.contains(&end.device.name)) {
        inwards.entry(&end.device.name).or_default().insert(&end.far.name);
    }
    // Sites where those that stand in for each other stand in different rooms.
    let different = |claim: &&Claim<'_>| {
        let rooms = room(claim.one.device).zip(subject.written(claim.other).and_then(room));
        is_central(claim.one.facts.role)
            && claim.one.facts.site == claim.other.site
            && rooms.is_some_and(|(one, other)| one.value != other.value)
    };
    let apart: BTreeSet<usize> = claims.iter().filter(different).map(|claim| claim.one.facts.site).collect();
    let mut told: BTreeSet<(&DeviceName, &DeviceName)> = BTreeSet::new();
    for Claim { one, paired, with: claim, other } in claims {
        let (a, b) = (&one.facts.name, &other.name);
        // A pair with itself is a finding of derivation.
        let itself = a == b;
        if (itself && paired) || !told.insert((a.min(b), a.max(b))) {
            continue;
        }
        if itself {
            findings.push(
                Finding::error(codes::REDUNDANCY, format!("`{a}` is said to stand in for itself"))
                    .at(claim.span)
                    .help("name the other device"),
            );
        } else if !paired && one.facts.role != other.role {
            let message = format!(
                "`{a}` and `{b}` do not stand in for each other: their roles are `{}` and `{}`",
                one.facts.role.word(),
                other.role.word()
            );
            findings.push(
                Finding::warning(codes::REDUNDANCY, message)
                    .at(claim.span)
                    .label(other.span, "the other one")
                    .help("name a device of the same role"),
            );
        } else if let Some(both) = single(&inwards, one.facts, other).filter(|both| choice(subject, both)) {
            findings.push(
                Finding::warning(
                    codes::REDUNDANCY,
                    format!("`{a}` and `{b}` both hang on `{both}` alone, and fail with it"),
                )
                .at(claim.span)
                .label(other.span, "the other one")
                .help("lead one of them to another device as well"),
            );
        } else if is_central(one.facts.role)
            && let Some((here, there)) = room(one.device).zip(subject.written(other).and_then(room))
            && here.value == there.value
            && apart.contains(&one.facts.site)
        {
            // The one that does not stand where those of its number do.
            let stray = |facts: &DeviceFacts| {
                let mut beside =
                    rooms(subject, facts).filter(|(role, number, _)| *role != facts.role && *number == facts.number);
                beside.any(|(.., room)| room.value != here.value)
            };
            let (at, with) = if stray(other) && !stray(one.facts) { (there, here) } else { (here, there) };
            findings.push(
                Finding::warning(codes::REDUNDANCY, format!("`{a}` and `{b}` stand in one room, and fail with it"))
                    .at(at.span)
                    .label(with.span, "the other one")
                    .help("others here that stand in for each other stand in different rooms"),
            );
        }
    }
}

/// Core routers of one site that every building hangs on, and nothing says that one stands in for the other: a wave could
/// change both.
fn unclaimed(subject: Subject<'_>, parties: &HashSet<&DeviceName>, findings: &mut Vec<Finding>) {
    let cores = subject.placed().filter(|one| one.facts.role == Role::Core && !parties.contains(&one.facts.name));
    let mut sites: BTreeMap<usize, Vec<Placed<'_>>> = BTreeMap::new();
    for core in cores {
        sites.entry(core.facts.site).or_default().push(core);
    }
    for cores in sites.values() {
        let [one, other, ..] = cores.as_slice() else { continue };
        let ways = |core: &Placed<'_>| -> BTreeSet<&DeviceName> {
            let links = subject.wiring.links.iter().filter(|end| end.device.name == core.facts.name);
            links.map(|end| &end.far.name).collect()
        };
        // Of two that share no neighbour, neither can do the other's work.
        if ways(one).is_disjoint(&ways(other)) {
            continue;
        }
        let message =
            format!("nothing says that `{}` and `{}` stand in for each other", one.facts.name, other.facts.name);
        findings.push(
            Finding::warning(codes::REDUNDANCY, message)
                .at(one.device.model.span)
                .label(other.facts.span, "the other one")
                .help(format!(
                    "add `redundant_with: {}-{}`, so that one wave never changes both",
                    other.facts.role.word(),
                    other.facts.number
                )),
        );
    }
}

/// Whether every building needs such a device: switches of a floor may stand side by side.
const fn is_central(role: Role) -> bool {
    matches!(role, Role::Core | Role::Firewall)
}

fn room(device: &Device) -> Option<&Sp<Text>> {
    device.room.as_ref()
}

/// Where the core routers and firewalls of a device's site stand.
fn rooms<'a>(subject: Subject<'a>, facts: &DeviceFacts) -> impl Iterator<Item = (Role, u32, &'a Sp<Text>)> {
    let devices = subject.network.sites.get(facts.site).into_iter().flat_map(|site| &site.devices);
    devices
        .filter(|device| is_central(device.role))
        .filter_map(|device| Some((device.role, device.number, room(device)?)))
}

/// Whether there is another device that one of them could be led to.
fn choice(subject: Subject<'_>, both: &DeviceName) -> bool {
    let Some(both) = subject.derived.devices.get(both) else { return false };
    let site = subject.network.sites.get(both.site).into_iter().flat_map(|site| &site.devices);
    site.filter(|device| device.role == both.role).nth(1).is_some()
}

/// The one device that both depend on.
fn single<'a>(
    inwards: &BTreeMap<&'a DeviceName, BTreeSet<&'a DeviceName>>,
    a: &DeviceFacts,
    b: &DeviceFacts,
) -> Option<&'a DeviceName> {
    // What joins the two is no way out.
    let ways = |of: &DeviceFacts, without: &DeviceFacts| -> Vec<&'a DeviceName> {
        inwards.get(&of.name).into_iter().flatten().copied().filter(|name| **name != without.name).collect()
    };
    match (ways(a, b).as_slice(), ways(b, a).as_slice()) {
        ([one], [other]) if one == other => Some(one),
        _ => None,
    }
}
