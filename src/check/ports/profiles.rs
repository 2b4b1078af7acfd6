//! Port profiles that contradict themselves.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::levels::settled;
use crate::finding::{Finding, codes};
use crate::model::{PortMode, PortProfile, PortSettings};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let bases: BTreeSet<&Id> = network.profiles.values().filter_map(|it| Some(&it.extends.as_ref()?.value)).collect();
    let used: BTreeSet<&Id> = subject.wiring.files.profiles.iter().map(|named| &named.value).collect();
    for profile in network.profiles.values() {
        let name = &profile.name.value;
        // What only others extend need not be whole.
        if bases.contains(name) && !used.contains(name) {
            continue;
        }
        let settings = settled(subject.network, profile);
        let said = match settings.mode.as_ref().map(|mode| mode.value).unwrap_or_default() {
            PortMode::Access => access(profile, &settings),
            PortMode::Trunk => {
                settings.voice.as_ref().map(|voice| ("a trunk has no voice VLAN; tag it instead", voice.span))
            }
            PortMode::Routed => settings
                .vlan
                .as_ref()
                .map(|vlan| vlan.span)
                .or(settings.voice.as_ref().map(|vlan| vlan.span))
                .map(|span| ("a routed port is in no VLAN", span)),
        };
        if let Some((message, span)) = said {
            let title = format!("profile `{}` contradicts itself", profile.name.value);
            findings.push(Finding::error(codes::PROFILE_SHAPE, title).at_saying(span, message));
        }
    }
}

fn access(profile: &PortProfile, settings: &PortSettings) -> Option<(&'static str, crate::source::Span)> {
    if let Some(first) = settings.tagged.iter().flat_map(|list| &list.value).next() {
        return Some(("an access port has no tagged VLANs; `mode: trunk` has", first.span));
    }
    (settings.vlan.is_none() && settings.shutdown.as_ref().is_none_or(|off| !off.value))
        .then_some(("an access port needs a `vlan`", profile.name.span))
}
