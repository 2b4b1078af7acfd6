//! Devices stand in rooms and racks of their building, where it lists them.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Device, Room, Site};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for site in subject.network.sites.iter().filter(|site| !site.rooms.is_empty()) {
        for device in &site.devices {
            look(site, device, findings);
        }
    }
}

fn look(site: &Site, device: &Device, findings: &mut Vec<Finding>) {
    let Some(room) = &device.room else { return };
    let rooms = || site.rooms.iter().map(|room| room.name.as_str());
    let Some(found) = site.rooms.iter().find(|known| known.name.value == room.value) else {
        let message = format!("`{}` has no room `{}`", site.id.value, room.value);
        let finding = Finding::error(codes::UNKNOWN_NAME, message).at(room.span);
        findings.push(
            finding
                .meant(room.as_str(), rooms(), || format!("its rooms are {}", rooms().collect::<Vec<_>>().join(", "))),
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
