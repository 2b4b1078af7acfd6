//! Two links between the same two switches are one group, or one of them is idle.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::check::wiring::{End, written};
use crate::finding::{Finding, codes};
use crate::value::DeviceName;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<(&DeviceName, &DeviceName), &End<'_>> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.joins_switches() && end.leads_inwards()) {
        if grouped(subject, end) {
            continue;
        }
        let key = (&end.device.name, &end.far.name);
        if let Some(known) = first.get(&key) {
            let message =
                format!("two links join `{}` and `{}`, and the spanning tree leaves one of them idle", key.0, key.1);
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
    let lag = |facts: &crate::derive::DeviceFacts, key: &str| {
        let device = subject.network.sites.get(facts.site)?.devices.get(facts.device)?;
        let port = written(device, key)?;
        port.lag.as_ref().or(port.to_lag.as_ref())
    };
    lag(end.device, &end.port.socket.key).or_else(|| lag(end.far, &end.peer.port)).is_some()
}
