//! Access ports that lead to a device which needs more than one VLAN.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::{End, written};
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::{PortProfile, PortUse};
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // By the word that makes each of them an access port.
    let mut narrow: BTreeMap<Span, (&End<'_>, Option<&PortProfile>)> = BTreeMap::new();
    let mut lines: BTreeMap<&Id, usize> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.is_too_narrow()) {
        let word = line(subject, end.device, &end.port.socket.key).and_then(|port| port.profile.as_ref());
        let span = word.map_or(end.port.span, |word| word.span);
        if narrow.contains_key(&span) {
            continue;
        }
        let profile = word.and_then(|word| subject.network.profiles.get(&word.value));
        narrow.insert(span, (end, profile));
        if let Some(profile) = profile {
            *lines.entry(&profile.name.value).or_default() += 1;
        }
    }
    if narrow.is_empty() {
        return;
    }
    // A profile that serves nothing but links should have been a trunk.
    let hosts: BTreeSet<&Id> = subject.wiring.uses.iter().filter_map(|one| one.port.profile.as_ref()).collect();
    lines.retain(|name, lines| *lines > 1 && !hosts.contains(name));
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (span, (end, profile)) in narrow {
        let lacking: Vec<u16> =
            end.far.vlans.iter().filter(|vlan| Some(**vlan) != end.port.vlan).map(|vlan| vlan.get()).collect();
        let message = format!(
            "an access port leads to `{}`, which needs VLAN {} as well",
            end.far.name,
            crate::value::collapse(&lacking)
        );
        let finding = Finding::error(codes::LINK_NARROW, message);
        if let Some((profile, more)) = profile.and_then(|it| Some((it, lines.get(&it.name.value)?))) {
            if told.insert(profile.name.span) {
                let here = format!("one VLAN, untagged, on {more} lines, and each leads to a device");
                findings.push(
                    finding
                        .at_saying(profile.name.span, here)
                        .label(end.port.span, "the first of them")
                        .help("add `mode: trunk` to the profile"),
                );
            }
            continue;
        }
        // The line of the far end that draws the link here, and what this line has besides.
        let drawn = line(subject, end.far, &end.peer.port).filter(|far| far.to.is_some());
        let own = line(subject, end.device, &end.port.socket.key).filter(|own| own.to.is_none());
        let finding = match (drawn, own) {
            (Some(far), Some(own)) => {
                let to = far.to_port.as_ref().map_or(far.span, |to| to.span);
                let range = (own.span.end - own.span.start) as usize > end.port.socket.key.len();
                // One link to a port out of a range of others is the odd one.
                let (at, here, label) =
                    if range { (to, "leads to it", span) } else { (span, "one VLAN, untagged", to) };
                let finding = finding.at_saying(at, here);
                finding.label(label, if range { "one VLAN, untagged" } else { "the link that leads here" }).help(
                    "two lines want this port: end the link at another one, or take away what this one says of it",
                )
            }
            _ => finding
                .at_saying(span, "one VLAN, untagged")
                .help("use a profile with `mode: trunk`, or none: a link between devices is a trunk by itself"),
        };
        findings.push(match profile {
            Some(profile) => finding.label(profile.name.span, "the profile"),
            None => finding,
        });
    }
}

/// What a site file says of a port of a device.
fn line<'a>(subject: Subject<'a>, device: &DeviceFacts, key: &str) -> Option<&'a PortUse> {
    written(subject.network.sites.get(device.site)?.devices.get(device.device)?, key)
}
