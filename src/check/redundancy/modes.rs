//! The switches of a building speak one kind of spanning tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Role;
use crate::model::settings::SpanningTreeMode;
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<usize, &Sp<SpanningTreeMode>> = BTreeMap::new();
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for device in subject.derived.devices.values() {
        if !matches!(device.role, Role::Distribution | Role::Access) {
            continue;
        }
        let Some(mode) = &device.settings.switching.spanning_tree.mode else { continue };
        let known = first.entry(device.site).or_insert(mode);
        if known.value == mode.value {
            continue;
        }
        // The one that was said for fewer: a device's own file comes after the network's.
        let (span, other) =
            if known.span.file == device.span.file { (known.span, mode.span) } else { (mode.span, known.span) };
        if told.insert(span) {
            findings.push(
                Finding::warning(
                    codes::STP_MODES,
                    format!("switches of `{}` speak two kinds of spanning tree", device.site_id),
                )
                .at(span)
                .label(other, "the others")
                .help("a loop between them may go unseen by both; say one mode for the whole building"),
            );
        }
    }
}
