//! Devices named from site files exist.

use crate::check::Subject;
use crate::finding::{Finding, codes, nearest};
use crate::model::{DeviceRef, Part, Site};
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for (index, site) in subject.network.sites.iter().enumerate() {
        for device in &site.devices {
            let pair = device.pair.as_ref().map(|pair| &pair.with);
            let ports = device.ports.iter().filter_map(|port| port.to.as_deref());
            for other in ports.chain(&device.redundant_with).chain(pair) {
                reference(subject, index, site, other, findings);
            }
        }
    }
}

/// A device named from a site file.
fn reference(subject: Subject<'_>, from: usize, site: &Site, to: &Sp<DeviceRef>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let name = || format!("{}-{}", to.role.word(), to.number);
    let place = match &to.site {
        None => Some(from),
        Some(id) => {
            let found = subject.derived.site(id);
            if found.is_none() && network.gaps.whole(Part::Sites) && !network.gaps.sites.contains(id.as_str()) {
                let finding = Finding::error(codes::UNKNOWN_NAME, format!("there is no site `{id}`")).at(to.span);
                let sites = network.sites.iter().map(|site| site.id.as_str());
                findings.push(match nearest(id.as_str(), sites) {
                    Some(near) => finding.help(format!("did you mean `{near}/{}`?", name())),
                    None => finding.help("another site's device is `site/core-1`"),
                });
            }
            found
        }
    };
    let Some(place) = place.filter(|place| !subject.derived.exists(*place, to)) else { return };
    let Some(there) = network.sites.get(place) else { return };
    if network.gaps.sites.contains(there.id.as_str()) {
        return;
    }
    let name = name();
    let same: Vec<u32> =
        there.devices.iter().filter(|device| device.role == to.role).map(|device| device.number).collect();
    let help = match (same.iter().min(), same.iter().max()) {
        (Some(first), Some(last)) if first == last => format!("there is {}-{first}", to.role.word()),
        (Some(first), Some(last)) => format!("there are {}-{first} to {}-{last}", to.role.word(), to.role.word()),
        _ if to.site.is_none() => format!("a device of another site is `site/{name}`"),
        _ => format!("`{}` has no device of that role", there.id.value),
    };
    let where_to =
        if there.id.value == site.id.value { "this site".to_owned() } else { format!("site `{}`", there.id.value) };
    findings
        .push(Finding::error(codes::UNKNOWN_NAME, format!("there is no {name} at {where_to}")).at(to.span).help(help));
}
