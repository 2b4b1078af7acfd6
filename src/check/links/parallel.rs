//! Two links between the same two switches are one group, or one of them is idle.

use foldhash::{HashMap, HashMapExt as _};

use crate::check::Subject;
use crate::check::wiring::{End, written};
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    type Place = *const DeviceFacts;
    let inwards = || subject.wiring.links.iter().filter(|end| end.joins_switches() && end.leads_inwards());
    let joined = |end: &End<'_>| (id(end.device), id(end.far));
    let mut count: HashMap<(Place, Place), usize> = HashMap::new();
    inwards().for_each(|end| *count.entry(joined(end)).or_default() += 1);
    let mut first: HashMap<(Place, Place), &End<'_>> = HashMap::new();
    for end in inwards().filter(|end| count.get(&joined(end)).is_some_and(|count| *count > 1)) {
        if grouped(subject, end) {
            continue;
        }
        let key = joined(end);
        if let Some(known) = first.get(&key) {
            let (near, far) = (&end.device.name, &end.far.name);
            let message = format!("two links join `{near}` and `{far}`, and the spanning tree leaves one of them idle");
            findings.push(
                Finding::warning(codes::PARALLEL_LINKS, message)
                    .at_saying(end.port.span, "the second")
                    .label(known.port.span, "the first")
                    .help("make them one group: give both `lag: 1`"),
            );
        }
        first.entry(key).or_insert(end);
    }
}

/// Whether either end says that the link belongs to a group.
fn grouped(subject: Subject<'_>, end: &End<'_>) -> bool {
    let lag = |facts: &DeviceFacts, key: &str| {
        let port = written(subject.written(facts)?, key)?;
        port.lag.as_ref().or(port.to_lag.as_ref())
    };
    lag(end.device, &end.port.socket.key).or_else(|| lag(end.far, &end.peer.port)).is_some()
}

const fn id(device: &DeviceFacts) -> *const DeviceFacts {
    std::ptr::from_ref(device)
}
