//! Switches behind switches behind switches.

use std::collections::{BTreeMap, VecDeque};

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::Role;
use crate::value::DeviceName;

/// A fourth switch behind another three fails with each of them.
const DEEPEST: u32 = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut beside: BTreeMap<&DeviceName, Vec<&DeviceFacts>> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.joins_switches()) {
        beside.entry(&end.device.name).or_default().push(end.far);
    }
    let mut depth: BTreeMap<&DeviceName, u32> = BTreeMap::new();
    let mut queue: VecDeque<&DeviceName> = VecDeque::new();
    for name in beside.keys() {
        if subject.derived.devices.get(*name).is_some_and(|device| device.role == Role::Distribution) {
            depth.insert(name, 0);
            queue.push_back(name);
        }
    }
    while let Some(name) = queue.pop_front() {
        let next = depth.get(name).copied().unwrap_or_default() + 1;
        for far in beside.get(name).into_iter().flatten() {
            if !depth.contains_key(&far.name) {
                depth.insert(&far.name, next);
                queue.push_back(&far.name);
                // Only the first that is too far out: those behind it are no mistake of their own.
                if next == DEEPEST + 1 {
                    let message =
                        format!("`{}` is the {next}th switch in a row behind the distribution switch", far.name);
                    findings.push(
                        Finding::warning(codes::SWITCH_CHAIN, message)
                            .at(far.span)
                            .help("each switch before it can take it down; lead it to the distribution switch itself"),
                    );
                }
            }
        }
    }
}
