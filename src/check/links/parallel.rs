//! Two links between the same two switches are one group, or one of them is idle.

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use crate::check::Subject;
use crate::check::wiring::End;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let inwards = || subject.wiring.links.iter().filter(|end| end.joins_switches() && end.leads_inwards());
    let joined = |end: &End<'_>| (id(end.device), id(end.far));
    let mut count: HashMap<(Place, Place), usize> = HashMap::new();
    inwards().for_each(|end| *count.entry(joined(end)).or_default() += 1);
    let mut first: HashMap<(Place, Place), (&End<'_>, Option<Group>)> = HashMap::new();
    let mut groups: HashSet<(Place, Place, Group)> = HashSet::new();
    for end in inwards().filter(|end| count.get(&joined(end)).is_some_and(|count| *count > 1)) {
        let (key, group) = (joined(end), end.port.lag);
        // The links of a group are one.
        if group.is_some_and(|group| !groups.insert((key.0, key.1, group))) {
            continue;
        }
        let Some((known, other)) = first.get(&key) else {
            first.insert(key, (end, group));
            continue;
        };
        let (near, far) = (&end.device.name, &end.far.name);
        let what = if group.is_some() && other.is_some() { "two groups of links" } else { "two links" };
        let message = format!("{what} join `{near}` and `{far}`, and the spanning tree leaves one of them idle");
        findings.push(
            Finding::warning(codes::PARALLEL_LINKS, message)
                .at_saying(end.port.span, "the second")
                .label(known.port.span, "the first")
                .help(match (group, other) {
                    (None, None) => "make them one group: give both `lag: 1`",
                    _ => "make them one group: give all of them one `lag`",
                }),
        );
    }
}

type Place = *const DeviceFacts;

/// The number of a group at the near end.
type Group = u32;

const fn id(device: &DeviceFacts) -> *const DeviceFacts {
    std::ptr::from_ref(device)
}
