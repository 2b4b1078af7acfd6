//! Link aggregation groups that can come up.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::check::wiring::written;
use crate::finding::{Finding, codes};
use crate::model::LagMode;
use crate::source::Span;

/// What the smallest of the platforms counts up to.
const HIGHEST: u32 = 128;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for port in network.sites.iter().flat_map(|site| &site.devices).flat_map(|device| &device.ports) {
        for number in port.lag.iter().chain(&port.to_lag) {
            if (1..=HIGHEST).contains(&number.value) || !told.insert(number.span) {
                continue;
            }
            findings.push(
                Finding::error(codes::GROUP, format!("no switch has a group of links number {}", number.value))
                    .at(number.span)
                    .help(format!("groups are numbered 1 to {HIGHEST}, on each device by itself")),
            );
        }
    }
    for end in &subject.wiring.links {
        let mode = |facts: &crate::derive::DeviceFacts, key: &str| {
            let device = network.sites.get(facts.site)?.devices.get(facts.device)?;
            written(device, key)?.lag_mode.as_ref()
        };
        let Some(near) = mode(end.device, &end.port.key) else { continue };
        let Some(far) = mode(end.far, &end.peer.port) else { continue };
        let message = match (near.value, far.value) {
            (LagMode::Passive, LagMode::Passive) => "both ends of the group wait for the other one to ask",
            (LagMode::Static, other) | (other, LagMode::Static) if other != LagMode::Static => {
                "one end of the group speaks LACP and the other one does not"
            }
            _ => continue,
        };
        let (first, second) = if near.span < far.span { (near, far) } else { (far, near) };
        if told.insert(second.span) {
            findings.push(
                Finding::error(codes::GROUP, format!("{message}: `{}` and `{}`", end.device.name, end.far.name))
                    .at(second.span)
                    .label(first.span, "the other end")
                    .help("let both be `active`, which is what they are where nothing is said"),
            );
        }
    }
}
