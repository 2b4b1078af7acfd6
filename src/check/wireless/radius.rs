//! Networks with a login by RADIUS have a server to ask.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Part, Role};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Network) {
        return;
    }
    let mut without = subject.derived.devices.values().filter(|device| {
        device.role == Role::Ap && list(&device.settings.services.radius.servers).is_empty()
    });
    let enterprise = |index: &&usize| network.ssids.get(**index).is_some_and(|ssid| ssid.security.is_enterprise());
    let lost = without.find_map(|device| Some((device, network.ssids.get(*device.ssids.iter().find(enterprise)?)?)));
    let Some((device, ssid)) = lost else { return };
    let servers = &device.settings.services.radius.servers;
    let message = format!("`{}` asks RADIUS who may join, and `{}` knows no server", ssid.name.value, device.name);
    let finding = Finding::error(codes::SSID_RADIUS, message)
        .help("name the servers: services: { radius: [{ host: ADDRESS, secret: NAME }] }");
    findings.push(match servers {
        Some(empty) => finding.at_saying(empty.span, "none here").label(ssid.security.span, "needs one"),
        None => finding.at(ssid.security.span),
    });
}
