//! Devices named from site files exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{MOST_LABELS, Subject};
use crate::finding::{About, Finding, Fix, codes, nearest, surely};
use crate::model::{DeviceRef, Part, Role, Site};
use crate::source::{Sp, Span};
use crate::value::collapse;

/// Devices that are named and do not exist: site, role and number, with the places that name them.
type Missing = BTreeMap<(usize, Role, u32), BTreeSet<Span>>;

/// Sites that do not exist, with the devices that are named there.
type Lost<'n> = BTreeMap<&'n str, BTreeMap<Span, &'n DeviceRef>>;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let (mut missing, mut lost) = (Missing::new(), Lost::new());
    for (site, other) in &subject.wiring.files.named {
        reference(subject, *site, other, &mut missing, &mut lost);
    }
    for (id, places) in &lost {
        findings.extend(site(subject, id, places));
    }
    if missing.is_empty() {
        return;
    }
    let mut named: BTreeSet<(usize, Role, u32)> = BTreeSet::new();
    for (index, site) in subject.network.sites.iter().enumerate() {
        for to in site.devices.iter().flat_map(|device| &device.ports).filter_map(|port| port.to.as_ref()) {
            let there = to.site.as_ref().map_or(Some(index), |id| subject.derived.site(id));
            named.extend(there.map(|there| (there, to.role, to.number)));
        }
    }
    let mut told: BTreeMap<Span, usize> = BTreeMap::new();
    for ((index, role, number), places) in &missing {
        let Some(site) = subject.network.sites.get(*index) else { continue };
        let name = format!("{}-{number}", role.word());
        // A device of that role which nobody names most likely has the wrong number.
        let mut idle =
            site.devices.iter().filter(|it| it.role == *role && !named.contains(&(*index, *role, it.number)));
        let first = places.first().copied().unwrap_or_default();
        if let (Some(only), None, true) = (idle.next(), idle.next(), places.len() > 1) {
            let message = format!("{} places name {name} of `{}`, and there is none", places.len(), site.id.value);
            findings.push(
                Finding::error(codes::UNKNOWN_NAME, message)
                    .at_saying(only.span, "nothing names this one")
                    .label(first, "the first of those places")
                    .help(format!("call it {name}, or name it there as it is")),
            );
            continue;
        }
        if places.len() > 1 {
            findings.push(gone(site, *role, *number, places));
            continue;
        }
        for place in places {
            // Several devices named by one word are one mistake.
            let at = told.entry(*place).or_default();
            *at += 1;
            if *at == 1 {
                findings.push(one(site, *role, *number, *place));
            }
        }
    }
}

/// A site that does not exist, once for all devices that are named there.
fn site(subject: Subject<'_>, id: &str, places: &BTreeMap<Span, &DeviceRef>) -> Option<Finding> {
    let (span, to) = places.first_key_value()?;
    let more = match places.len() {
        1 => String::new(),
        many => format!(", and {many} places name devices there"),
    };
    let finding = Finding::error(codes::UNKNOWN_NAME, format!("there is no site `{id}`{more}")).at(*span);
    let finding = finding.about(About::Unknown { kind: "site", name: id.into(), places: places.len() });
    let finding = finding.labels(places.keys().skip(1).take(MOST_LABELS).copied(), "named here as well");
    let sites = subject.network.sites.iter().map(|site| site.id.as_str());
    Some(match (nearest(id, sites), places.len()) {
        (Some(near), 1) => {
            let local = format!("{}-{}", to.role.word(), to.number);
            let sites = subject.network.sites.iter().map(|site| site.id.as_str());
            // A range of devices is written in another way, and is left as it is.
            let sure = surely(id, sites).filter(|sure| *sure == near);
            let fix = sure.and_then(|sure| Fix::word(*span, &format!("{id}/{local}"), &format!("{sure}/{local}")));
            finding.help(format!("did you mean `{near}/{local}`?")).fix(fix)
        }
        (Some(near), _) => finding.help(format!("did you mean `{near}`? a site is called as its file is")),
        (None, 1) => finding.help("another site's device is `site/core-1`"),
        (None, _) => finding.help(format!("a site is a file of its name: bring {id}.yaml back, or name another site")),
    })
}

/// A device named from a site file.
fn reference<'n>(subject: Subject<'n>, from: usize, to: &'n Sp<DeviceRef>, missing: &mut Missing, lost: &mut Lost<'n>) {
    let network = subject.network;
    let place = match &to.site {
        None => Some(from),
        Some(id) => {
            let found = subject.derived.site(id);
            if found.is_none() && network.gaps.whole(Part::Sites) && !network.gaps.sites.contains(id.as_str()) {
                lost.entry(id.as_str()).or_default().insert(to.span, to);
            }
            found
        }
    };
    let Some(place) = place.filter(|place| !subject.derived.exists(*place, to)) else { return };
    let Some(there) = network.sites.get(place) else { return };
    if network.gaps.sites.contains(there.id.as_str()) {
        return;
    }
    missing.entry((place, to.role, to.number)).or_default().insert(to.span);
}

/// A device that several places name: somebody took it out, or gave it another key.
fn gone(there: &Site, role: Role, number: u32, places: &BTreeSet<Span>) -> Finding {
    let name = format!("{}-{number}", role.word());
    let message = format!("{} places name {name} of `{}`, and there is none", places.len(), there.id.value);
    let finding = Finding::error(codes::UNKNOWN_NAME, message);
    // Where other sites name it, its own one is where it is missing: beside the nearest of its kind.
    let elsewhere = places.iter().any(|place| place.file != there.span.file);
    let near = there.devices.iter().filter(|device| device.role == role).min_by_key(|it| it.number.abs_diff(number));
    let finding = match near.or(there.devices.first()).filter(|_| elsewhere) {
        Some(near) => finding.at_saying(near.span, format!("{name} would stand beside this one")),
        None => finding.at(if elsewhere { there.name.span } else { places.first().copied().unwrap_or_default() }),
    };
    let others = places.iter().skip(usize::from(!elsewhere)).take(MOST_LABELS).copied();
    finding.labels(others, "named here").help(format!("bring {name} back, or let these links lead to another device"))
}

/// One place that names a device which does not exist.
fn one(there: &Site, role: Role, number: u32, span: Span) -> Finding {
    let name = format!("{}-{number}", role.word());
    let here = there.span.file == span.file;
    let mut same: Vec<u32> =
        there.devices.iter().filter(|device| device.role == role).map(|device| device.number).collect();
    same.sort_unstable();
    let gap = same.windows(2).any(|pair| matches!(pair, [a, b] if a + 1 < *b));
    let help = match (same.first(), same.last()) {
        (Some(first), Some(last)) if first == last => format!("there is {}-{first}", role.word()),
        (Some(_), Some(_)) if gap => {
            let numbers: Vec<u16> = same.iter().filter_map(|number| u16::try_from(*number).ok()).collect();
            format!("there are {}-[{}]", role.word(), collapse(&numbers))
        }
        (Some(first), Some(last)) => format!("there are {}-{first} to {}-{last}", role.word(), role.word()),
        _ if here => format!("a device of another site is `site/{name}`"),
        _ => format!("`{}` has no device of that role", there.id.value),
    };
    let at = if here { "this site".to_owned() } else { format!("site `{}`", there.id.value) };
    Finding::error(codes::UNKNOWN_NAME, format!("there is no {name} at {at}")).at(span).help(help)
}
