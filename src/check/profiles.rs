//! Port profiles that contradict themselves.

use super::Subject;
use crate::finding::{Finding, codes};
use crate::model::{PortMode, PortProfile};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for profile in subject.network.profiles.values() {
        let said = match profile.mode.value {
            PortMode::Access => access(profile),
            PortMode::Trunk => {
                profile.voice.as_ref().map(|voice| ("a trunk has no voice VLAN; tag it instead", voice.span))
            }
            PortMode::Routed => [&profile.vlan, &profile.voice]
                .into_iter()
                .flatten()
                .next()
                .map(|vlan| ("a routed port is in no VLAN", vlan.span)),
        };
        if let Some((message, span)) = said {
            let title = format!("profile `{}` contradicts itself", profile.name.value);
            findings.push(Finding::error(codes::PROFILE_SHAPE, title).at_saying(span, message));
        }
    }
}

fn access(profile: &PortProfile) -> Option<(&'static str, crate::source::Span)> {
    if let Some(first) = profile.tagged.iter().flatten().next() {
        return Some(("an access port has no tagged VLANs; `mode: trunk` has", first.span));
    }
    (profile.vlan.is_none() && !profile.shutdown).then_some(("an access port needs a `vlan`", profile.name.span))
}
