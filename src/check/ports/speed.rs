//! Speeds given to a port are speeds it has.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::group;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let ports = subject.wiring.uses.iter().map(|one| (one.settings, one.device, one.port));
    let links = subject.wiring.links.iter().map(|end| (end.settings, end.device, end.port));
    for (settings, device, port) in ports.chain(links) {
        let Some(speed) = &settings.speed else { continue };
        let written = subject.written(device);
        let Some(group) = written.and_then(|device| group(network, device, &port.socket.key)) else { continue };
        let takes = group.speed == speed.value || group.speeds.contains(&speed.value);
        // Ports for copper take the slower speeds of copper as well, which models need not list.
        let copper = group.speed <= 1000 && matches!(speed.value, 10 | 100);
        let finding = if !takes && !copper {
            let message = format!("port `{}` of `{}` cannot do {} Mbit/s", port.socket.key, device.name, speed.value);
            Finding::error(codes::PORT_SPEED, message)
                .label(group.interface.span, "these ports of the model")
                .help("leave `speed` out, and the port takes what both ends can; or give one the model lists")
        } else if copper && group.speed > speed.value {
            let message = format!("a port that could do {} Mbit/s is held at {}", group.speed, speed.value);
            Finding::warning(codes::PORT_SPEED, message)
                .label(port.span, "the port")
                .help("a far end that still negotiates falls back to half duplex then; leave `speed` out if you can")
        } else {
            continue;
        };
        if told.insert(speed.span) {
            findings.push(finding.at(speed.span));
        }
    }
}
