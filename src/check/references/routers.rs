//! BGP is spoken by routers that exist.

use crate::check::Subject;
use crate::finding::{About, Finding, codes, nearest};
use crate::model::{Device, Part, Role};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for neighbour in network.routing.bgp.iter().flat_map(|bgp| &bgp.neighbours) {
        let device = &neighbour.device;
        let Some(id) = &device.site else {
            let message = format!("{}-{} could be any site's", device.role.word(), device.number);
            let finding = Finding::error(codes::UNKNOWN_NAME, message).at(device.span);
            let is_it = |other: &Device| other.role == device.role && other.number == device.number;
            let site = network.sites.iter().find(|site| site.devices.iter().any(is_it));
            let site = site.map_or("SITE", |site| site.id.as_str());
            findings.push(finding.help(format!("name its site: `{site}/{}-{}`", device.role.word(), device.number)));
            continue;
        };
        let site = subject.derived.site(id).and_then(|index| network.sites.get(index));
        let Some(site) = site else {
            if network.gaps.whole(Part::Sites) && !network.gaps.sites.contains(id.as_str()) {
                let finding = Finding::error(codes::UNKNOWN_NAME, format!("there is no site `{id}`")).at(device.span);
                let finding = finding.about(About::Unknown { kind: "site", name: id.as_str().into(), places: 1 });
                let near = nearest(id.as_str(), network.sites.iter().map(|site| site.id.as_str()));
                findings.push(finding.help(
                    near.map_or_else(
                        || "a router is `site/core-1`".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    ),
                ));
            }
            continue;
        };
        let exists = site.devices.iter().any(|other| other.role == device.role && other.number == device.number);
        if !exists && !network.gaps.sites.contains(id.as_str()) {
            let message = format!("there is no {}-{} at site `{id}`", device.role.word(), device.number);
            findings
                .push(Finding::error(codes::UNKNOWN_NAME, message).at_saying(device.span, "nothing would speak BGP"));
        } else if exists && !matches!(device.role, Role::Core | Role::Firewall) {
            let message =
                format!("BGP is spoken by core routers and firewalls, not by {}-{}", device.role.word(), device.number);
            findings.push(Finding::error(codes::UNKNOWN_NAME, message).at_saying(device.span, "another role"));
        }
    }
}
