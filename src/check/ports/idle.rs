//! What to do with a login that nobody asks for.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::source::Span;
use crate::value::Id;

/// Bytes within which two settings stand in one mapping.
const BESIDE: u32 = 120;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // What an unknown profile would have said is missing everywhere below it.
    let unknown = |name: &Id| !subject.network.profiles.contains_key(name);
    let bases = subject.network.profiles.values().filter_map(|profile| profile.extends.as_ref());
    if bases.into_iter().any(|base| unknown(&base.value)) || !subject.network.gaps.whole(Part::Profiles) {
        return;
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for one in &subject.wiring.uses {
        let dot1x = &one.port.settings.dot1x;
        // A port that switches an inherited login off says so; beside the rest of it, it is what changed.
        let off = dot1x.enabled.as_ref().map(|enabled| enabled.span);
        if dot1x.enabled.as_ref().is_some_and(|enabled| enabled.value) {
            continue;
        }
        let said = [
            ("mab", dot1x.mab.as_ref().map(|said| said.span)),
            ("critical_vlan", dot1x.critical_vlan.as_ref().map(|said| said.span)),
            ("guest_vlan", dot1x.guest_vlan.as_ref().map(|said| said.span)),
            ("dynamic_vlans", dot1x.dynamic_vlans.as_ref().map(|said| said.span)),
            ("open", dot1x.open.as_ref().map(|said| said.span)),
            ("reauthenticate", dot1x.reauthenticate.as_ref().map(|said| said.span)),
        ];
        let Some((key, span)) = said.into_iter().find_map(|(key, span)| Some((key, span?))) else { continue };
        let span = match off {
            Some(off)
                if off.file == span.file
                    && off.file != one.port.span.file
                    && off.start.abs_diff(span.start) < BESIDE =>
            {
                off
            }
            Some(_) => continue,
            None => span,
        };
        if told.insert(span) {
            findings.push(
                Finding::warning(
                    codes::LOGIN_IDLE,
                    format!("`{key}` does nothing: no login is asked for on these ports"),
                )
                .at(span)
                .label(one.port.span, "for example here")
                .help("add `enabled: true` to `dot1x`, or leave the rest out"),
            );
        }
    }
}
