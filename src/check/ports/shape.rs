//! Ports whose own words contradict their profile, and trunks that carry nothing.

use std::collections::{BTreeMap, BTreeSet};

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
    // Trunks that carry nothing, by the word that makes them trunks.
    let mut empty: BTreeMap<Option<Span>, Vec<Finding>> = BTreeMap::new();
    for one in &subject.wiring.uses {
        let port = one.port;
        let carries_nothing = port.mode == PortMode::Trunk && port.tagged.is_empty() && !port.shutdown;
        // Behind the port stands what could not be resolved, for a reason told elsewhere.
        let line = || subject.written(one.device).and_then(|device| written(device, &port.socket.key));
        if carries_nothing && line().is_none_or(|line| line.to.is_none()) && told.insert(port.span) {
            let but = if port.vlan.is_some() { " but the untagged one" } else { "" };
            let message = format!("trunk `{}` of `{}` carries no VLAN{but}", port.socket.key, one.device.name);
            let finding = Finding::error(codes::PORT_SHAPE, message).at(port.span);
            let mode = port.settings.mode.as_ref().map(|mode| mode.span);
            let help = "say which device is behind it (`to:`), or which VLANs it carries (`tagged:`)";
            empty.entry(mode).or_default().push(finding.help(help));
        }
    }
    for (mode, ports) in empty {
        findings.extend(match (mode, &ports[..]) {
            // What many lines of one profile are was said in the profile.
            (Some(mode), [first, _, ..]) => {
                let message = format!("{}, and {} more", first.message, ports.len() - 1);
                let finding =
                    Finding { message, ..first.clone() }.more(ports.len() - 1).at_saying(mode, "makes them trunks");
                let finding = finding.labels(first.span, "the first of them");
                vec![finding.help("leave `mode` out for hosts; a trunk says which VLANs it carries (`tagged:`)")]
            }
            (Some(mode), _) => ports.into_iter().map(|finding| finding.label(mode, "makes it a trunk")).collect(),
            (None, _) => ports,
        });
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
