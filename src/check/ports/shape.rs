//! Ports whose own words contradict their profile, and trunks that carry nothing.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::check::wiring::written;
use crate::finding::{Finding, codes};
use crate::model::{PortMode, PortSettings};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // What a profile contradicts by itself is a finding of the profile.
    let mut told: BTreeSet<Span> =
        subject.wiring.profiles.iter().filter_map(|settings| Some(contradiction(settings)?.1)).collect();
    let ports = subject.wiring.uses.iter().map(|one| one.port);
    for port in ports.chain(subject.wiring.links.iter().map(|end| end.port)) {
        let Some((message, span)) = contradiction(&port.settings).filter(|(_, span)| told.insert(*span)) else {
            continue;
        };
        findings.push(
            Finding::error(codes::PORT_SHAPE, message)
                .at(span)
                .label(port.span, "the port")
                .help("change `mode`, or leave out what does not belong to it"),
        );
    }
    for one in &subject.wiring.uses {
        let port = one.port;
        let empty = port.mode == PortMode::Trunk && port.tagged.is_empty() && !port.shutdown;
        // Behind the port stands what could not be resolved, for a reason told elsewhere.
        let site = subject.network.sites.get(one.device.site);
        let device = site.and_then(|site| site.devices.get(one.device.device));
        let leads =
            empty && device.and_then(|device| written(device, &port.socket.key)).is_some_and(|line| line.to.is_some());
        if empty && !leads && told.insert(port.span) {
            let but = if port.vlan.is_some() { " but the untagged one" } else { "" };
            let finding = Finding::error(
                codes::PORT_SHAPE,
                format!("trunk `{}` of `{}` carries no VLAN{but}", port.socket.key, one.device.name),
            )
            .at(port.span)
            .help("say which device is behind it (`to:`), or which VLANs it carries (`tagged:`)");
            findings.push(match &port.settings.mode {
                Some(mode) => finding.label(mode.span, "makes it a trunk"),
                None => finding,
            });
        }
    }
}

fn contradiction(settings: &PortSettings) -> Option<(&'static str, Span)> {
    match settings.mode.as_ref().map(|mode| mode.value).unwrap_or_default() {
        PortMode::Access => {
            let tagged = settings.tagged.as_ref().filter(|tagged| !tagged.is_empty())?;
            Some(("an access port has no tagged VLANs; `mode: trunk` has", tagged.span))
        }
        PortMode::Trunk => {
            let voice = settings.voice.as_ref().filter(|voice| voice.value.is_some())?;
            Some(("a trunk has no voice VLAN; tag it instead", voice.span))
        }
        PortMode::Routed => {
            let vlan = settings.vlan.as_ref().map(|vlan| vlan.span);
            let voice = settings.voice.as_ref().filter(|voice| voice.value.is_some()).map(|voice| voice.span);
            Some(("a routed port is in no VLAN", vlan.or(voice)?))
        }
    }
}
