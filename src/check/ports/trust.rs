//! Ports that people can reach are not believed when they answer DHCP.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for one in &subject.wiring.uses {
        let settings = &one.port.settings;
        let Some(trusted) = settings.trusted.as_ref().filter(|trusted| trusted.value) else { continue };
        // Where people plug in: a login, a telephone, or a port that says that no switch is behind it.
        let login = settings.dot1x.enabled.as_ref().filter(|on| on.value).map(|on| on.span);
        let people = login.or(settings.edge.as_ref().filter(|on| on.value).map(|on| on.span));
        let Some(people) = people.or(settings.voice.as_ref().map(|voice| voice.span)) else { continue };
        if told.insert(trusted.span) {
            findings.push(
                Finding::warning(
                    codes::TRUSTED_PORT,
                    "DHCP answers and ARP are believed from a port that people plug into",
                )
                .at(trusted.span)
                .label(people, "a port for people")
                .help("leave `trusted` out; it belongs on ports to servers, and uplinks have it by themselves"),
            );
        }
    }
}
