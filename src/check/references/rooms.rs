//! Devices stand in rooms and racks of their building, where it lists them.

use std::collections::BTreeMap;

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::model::{Device, Role, Room, Site};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for site in network.sites.iter().filter(|site| !site.rooms.is_empty()) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        let mut twice = false;
        for room in &site.rooms {
            if let Some(first) = first.insert(room.name.as_str(), room.name.span) {
                twice = true;
                let message = format!("`{}` has two rooms `{}`", site.id.value, room.name.value);
                let finding = second(codes::DUPLICATE_NAME, message, room.name.span, first);
                findings.push(finding.help("name the other room, or list this one once with all its racks"));
            }
        }
        if let Some(finding) = joined(site) {
            findings.push(finding);
            continue;
        }
        // Where one room stands twice, a missing one most likely is the other's.
        for device in site.devices.iter().filter(|_| !twice) {
            look(site, device, findings);
        }
    }
    homeless(subject, findings);
}

/// A room whose name goes on over two lines, and begins and ends with those of two rooms that devices stand in: a dash is
/// missing between them.
fn joined(site: &Site) -> Option<Finding> {
    let known = |name: &str| site.rooms.iter().any(|room| room.name.value == name);
    let unknown =
        || site.devices.iter().filter_map(|device| Some(&device.room.as_ref()?.value)).filter(|name| !known(name));
    site.rooms.iter().find_map(|room| {
        let whole = room.name.as_str();
        // On one line the name takes as many bytes as it has, and two more in quotes: nobody lost a dash there.
        let written = (room.name.span.end - room.name.span.start) as usize;
        (written > whole.len() + 2).then_some(())?;
        let first =
            unknown().find(|name| whole.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(' ')))?;
        let last = unknown().find(|name| whole.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with(' ')))?;
        let at = u32::try_from(last.len()).ok().and_then(|length| room.name.span.end.checked_sub(length))?;
        let message = format!("`{whole}` is one room here, and devices stand in `{first}` and in `{last}`");
        let span = Span { start: at, ..room.name.span };
        Some(Finding::error(codes::UNKNOWN_NAME, message).at(span).help("a dash is missing in front of this one"))
    })
}

/// Switches without a room, where whoever is sent there is told the room of all others.
fn homeless(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let switches = |site: &'_ Site| site.devices.iter().filter(|device| device.role != Role::Ap).count();
    let lost = |site: &'_ Site| site.devices.iter().filter(|it| it.role != Role::Ap && it.room.is_none()).count();
    let (all, without) =
        network.sites.iter().fold((0, 0), |(all, without), site| (all + switches(site), without + lost(site)));
    for site in network.sites.iter().filter(|site| !network.gaps.sites.contains(site.id.as_str())) {
        // Where nobody writes it down, nobody forgot it: neither in a building, nor in all those with one switch.
        let forgotten = if switches(site) > 1 { lost(site) * 2 < switches(site) } else { without * 10 < all };
        if !forgotten {
            continue;
        }
        let Some(device) = site.devices.iter().find(|device| device.role != Role::Ap && device.room.is_none()) else {
            continue;
        };
        let message = format!("nothing says in which room {}-{} stands", device.role.word(), device.number);
        let finding = Finding::note(codes::ROOM_UNKNOWN, message).at(device.span);
        findings.push(finding.help("add `room: NAME`"));
    }
}

fn look(site: &Site, device: &Device, findings: &mut Vec<Finding>) {
    let Some(room) = &device.room else { return };
    let rooms = || site.rooms.iter().map(|room| room.name.as_str());
    let Some(found) = site.rooms.iter().find(|known| known.name.value == room.value) else {
        let message = format!("`{}` has no room `{}`", site.id.value, room.value);
        let mut finding = Finding::error(codes::UNKNOWN_NAME, message).at(room.span);
        let used = |known: &&Room| {
            site.devices.iter().any(|it| it.room.as_ref().is_some_and(|it| it.value == known.name.value))
        };
        let mut idle = site.rooms.iter().filter(|known| !used(known));
        if let (Some(only), None) = (idle.next(), idle.next()) {
            finding = finding.label(only.name.span, "nothing stands here");
        }
        findings.push(
            finding
                .meant(room.as_str(), rooms(), || format!("its rooms are {}", rooms().collect::<Vec<_>>().join(", ")))
                .unless_idle(|name| site.rooms.iter().filter(used).any(|room| room.name.as_str() == name)),
        );
        return;
    };
    if let Some(rack) = device.rack.as_ref().filter(|rack| !found.racks.contains_key(rack.as_str())) {
        let message = format!("room `{}` has no rack `{}`", room.value, rack.value);
        let finding = Finding::error(codes::UNKNOWN_NAME, message).at(rack.span);
        findings.push(finding.meant(rack.as_str(), found.racks.keys().map(String::as_str), || racks(found)));
    }
}

fn racks(room: &Room) -> String {
    match room.racks.len() {
        0 => "list it: `rooms: [{ name: …, racks: { A: 42 } }]`".to_owned(),
        _ => format!("its racks are {}", room.racks.keys().cloned().collect::<Vec<_>>().join(", ")),
    }
}
