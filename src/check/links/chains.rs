//! Switches behind switches behind switches.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use foldhash::{HashMap, HashMapExt as _};

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::Role;

/// A fourth switch behind another three fails with each of them.
const DEEPEST: u32 = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut beside: HashMap<*const DeviceFacts, Vec<&DeviceFacts>> = HashMap::new();
    let mut depth: HashMap<*const DeviceFacts, u32> = HashMap::new();
    let mut queue: VecDeque<&DeviceFacts> = VecDeque::new();
    for end in subject.wiring.links.iter().filter(|end| end.joins_switches()) {
        beside.entry(id(end.device)).or_default().push(end.far);
        if end.device.role == Role::Distribution && depth.insert(id(end.device), 0).is_none() {
            queue.push_back(end.device);
        }
    }
    while let Some(device) = queue.pop_front() {
        let next = depth.get(&id(device)).copied().unwrap_or_default() + 1;
        for far in beside.get(&id(device)).into_iter().flatten() {
            let Entry::Vacant(unseen) = depth.entry(id(far)) else { continue };
            unseen.insert(next);
            queue.push_back(far);
            // Only the first that is too far out: those behind it are no mistake of their own.
            if next == DEEPEST + 1 {
                let message = format!("`{}` is the {next}th switch in a row behind the distribution switch", far.name);
                findings.push(
                    Finding::warning(codes::SWITCH_CHAIN, message)
                        .at(far.span)
                        .help("each switch before it can take it down; lead it to the distribution switch itself"),
                );
            }
        }
    }
}

const fn id(device: &DeviceFacts) -> *const DeviceFacts {
    std::ptr::from_ref(device)
}
