//! One switch of each building is meant to be the root of its spanning tree: a distribution switch.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::Role;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut sites: BTreeMap<usize, Vec<&DeviceFacts>> = BTreeMap::new();
    for device in subject.derived.devices.values() {
        if matches!(device.role, Role::Distribution | Role::Access) {
            sites.entry(device.site).or_default().push(device);
        }
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for switches in sites.values() {
        // A priority that no switch takes is told there.
        if switches.iter().any(|one| one.stp_priority.is_some_and(|priority| !priority.is_multiple_of(4096))) {
            continue;
        }
        let Some(lowest) = switches.iter().filter_map(|one| one.stp_priority).min() else { continue };
        let mut roots = switches.iter().filter(|one| one.stp_priority == Some(lowest));
        let (first, second) = (roots.next(), roots.next());
        // Where nothing is said, priorities follow from role and number, and are right.
        let said = |one: &DeviceFacts| one.settings.switching.spanning_tree.priority.as_ref().map(|said| said.span);
        // A distribution switch that was given a high one makes another switch the root.
        let given_up = || {
            let access = first.is_some_and(|one| one.role == Role::Access);
            switches.iter().filter(|one| access && one.role == Role::Distribution).find_map(|one| said(one))
        };
        let Some((first, span)) =
            first.and_then(|one| Some((one, said(one).or_else(given_up).or_else(|| said(second?))?)))
        else {
            continue;
        };
        if let Some(distribution) =
            switches.iter().find(|one| one.role == Role::Distribution && said(one) == Some(span))
            && first.role == Role::Access
        {
            let message =
                format!("`{}` gives way to `{}`, and everything goes through that one", distribution.name, first.name);
            let finding = Finding::warning(codes::STP_ROOT, message).at(span).label(first.span, "becomes root");
            if told.insert(span) {
                findings.push(finding.help("leave the priority out: distribution switches have 4096 and 8192"));
            }
            continue;
        }
        let finding = if let Some(second) = second {
            let message = format!(
                "`{}` and `{}` both have priority {lowest}: the older one becomes root",
                first.name, second.name
            );
            Finding::warning(codes::STP_ROOT, message)
                .help("give the one that should be root a lower priority, at the device itself")
        } else if first.role == Role::Access && switches.iter().any(|one| one.role == Role::Distribution) {
            let message = format!("`{}` becomes root of the spanning tree, and everything goes through it", first.name);
            Finding::warning(codes::STP_ROOT, message)
                .help("leave its priority out, or give the distribution switch a lower one")
        } else {
            continue;
        };
        if told.insert(span) {
            findings.push(finding.at(span).label(first.span, "this switch"));
        }
    }
}
