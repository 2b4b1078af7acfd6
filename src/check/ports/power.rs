//! Power asked for where a port gives none, or less.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::group;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        // A profile serves many switches, and asks for power where there is some; a port asks for itself.
        for port in device.ports.iter().filter(|port| port.settings.is_some()) {
            let Some(asked) = port.settings.as_ref().and_then(|settings| settings.poe.as_ref()) else { continue };
            let Some(group) = group(network, device, &port.port.value).filter(|group| !group.poe) else {
                continue;
            };
            if asked.value && told.insert(asked.span) {
                let message = format!("port `{}` cannot power anything", port.port.value);
                findings.push(
                    Finding::warning(codes::PORT_POWER, message)
                        .at_saying(asked.span, "asked for here")
                        .label(group.interface.span, "these ports of the model have no `poe: true`")
                        .help("plug it into a port that gives power, or leave `poe` out"),
                );
            }
        }
    }
    let ports = subject.wiring.uses.iter().map(|one| (one.device, one.port));
    for (device, port) in ports.chain(subject.wiring.links.iter().map(|end| (end.device, end.port))) {
        let Some(watts) = port.settings.poe_watts.as_ref().filter(|_| port.poe) else { continue };
        let written = network.sites.get(device.site).and_then(|site| site.devices.get(device.device));
        let group = written.and_then(|device| group(network, device, &port.socket.key));
        let Some((group, most)) = group.and_then(|group| Some((group, group.watts?))) else { continue };
        if watts.value > most && told.insert(watts.span) {
            let message = format!(
                "{} W are set aside on port `{}` of `{}`, which gives {most} W",
                watts.value, port.socket.key, device.name
            );
            findings.push(
                Finding::error(codes::PORT_POWER, message)
                    .at(watts.span)
                    .label(port.span, "the port")
                    .label(group.interface.span, "these ports give no more")
                    .help("plug it into a port that gives more, or use an injector"),
            );
        }
    }
}
