//! Nobody is pointed at more servers than there are places for on the platform.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<(Span, &str)> = BTreeSet::new();
    for device in subject.derived.configured() {
        let Some(entry) = subject.library.get(device.platform.as_str()) else { continue };
        let (title, most) = (entry.platform.title.as_str(), entry.platform.limits.servers);
        let services = &device.settings.services;
        let radius = list(&services.radius.servers).iter().map(|server| server.host.span);
        let kinds: [(&str, Option<usize>, Vec<Span>); 4] = [
            ("time", most.ntp, list(&services.ntp).iter().map(|server| server.span).collect()),
            ("name", most.dns, list(&services.dns).iter().map(|server| server.span).collect()),
            ("log", most.syslog, list(&services.syslog).iter().map(|server| server.span).collect()),
            ("RADIUS", most.radius, radius.collect()),
        ];
        for (kind, most, places) in kinds {
            let Some((most, first)) = most.and_then(|most| Some((most, *places.get(most)?))) else { continue };
            if told.insert((first, title)) {
                let message = format!(
                    "{title} has places for {most} {kind} servers, so {} of these do nothing on `{}`",
                    places.len() - most,
                    device.name,
                );
                findings.push(
                    Finding::warning(codes::UNWRITTEN, message)
                        .at_saying(first, "this one and what follows")
                        .help("name the most important ones first, and say fewer `services:` at these devices"),
                );
            }
        }
    }
}
