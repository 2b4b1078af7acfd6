//! Racks have the units devices are said to stand in, and no two devices stand in one.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Site;
use crate::source::Span;

/// No rack is higher, in units of 44.45 mm (EIA-310).
const HIGHEST: u32 = 60;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        if let (Some(unit), None) = (&device.unit, &device.rack) {
            let message = format!("{}-{} stands in unit {} of no rack", device.role.word(), device.number, unit.value);
            let finding = Finding::error(codes::RACK_SPACE, message).at(unit.span);
            findings.push(finding.help("say which: `rack: A`"));
        }
    }
    for site in subject.network.sites.iter().filter(|site| !site.rooms.is_empty()) {
        racks(site, findings);
    }
}

fn racks(site: &Site, findings: &mut Vec<Finding>) {
    let mut taken: BTreeMap<(&str, &str, u32), Span> = BTreeMap::new();
    for (name, height) in site.rooms.iter().flat_map(|room| &room.racks) {
        if height.value == 0 || (height.value > HIGHEST && height.value != u32::MAX) {
            let message = format!("rack `{name}` has {} units", height.value);
            let finding = Finding::error(codes::RACK_SPACE, message).at(height.span);
            findings.push(finding.help(format!("give its height in units, 42 for most; none has more than {HIGHEST}")));
        }
    }
    for device in &site.devices {
        let (Some(room), Some(rack), Some(unit)) = (&device.room, &device.rack, &device.unit) else { continue };
        let Some(found) = site.rooms.iter().find(|known| known.name.value == room.value) else { continue };
        let Some(height) = found.racks.get(rack.as_str()) else { continue };
        // A height that cannot be is told there.
        if height.value == 0 {
            continue;
        }
        // Each member of a stack takes a unit, upwards.
        let last = unit.value.saturating_add(u32::try_from(device.stack.len()).unwrap_or(u32::MAX));
        if unit.value == 0 || last > height.value {
            let wanted = if unit.value == 0 { 0 } else { last };
            let message = format!("rack `{}` has units 1 to {}, not {wanted}", rack.value, height.value);
            let finding = Finding::error(codes::RACK_SPACE, message).at(unit.span).label(height.span, "its height");
            findings.push(finding.help("units count from the floor, and a stack takes one for each member"));
            continue;
        }
        for number in unit.value..=last {
            if let Some(first) = taken.insert((room.as_str(), rack.as_str(), number), unit.span) {
                let message = format!("two devices stand in unit {number} of rack `{}`", rack.value);
                let finding = Finding::error(codes::RACK_SPACE, message).at_saying(unit.span, "this one as well");
                findings.push(finding.label(first, "first used here"));
                break;
            }
        }
    }
}
