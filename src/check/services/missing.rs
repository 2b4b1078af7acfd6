//! Devices have servers for what cannot be done without them.

use crate::check::{Subject, said};
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::model::Settings;
use crate::model::settings::list;

type Has = fn(&Settings) -> bool;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Network) || !network.gaps.sites.is_empty() || network.sites.is_empty() {
        return;
    }
    let needs: [(&str, &str, Has); 3] = [
        ("ntp", "logs, logins and certificates need the time", |all| !list(&all.services.ntp).is_empty()),
        ("dns", "names in configurations need a name server", |all| !list(&all.services.dns).is_empty()),
        ("syslog", "what a device logs is gone when it restarts", |all| !list(&all.services.syslog).is_empty()),
    ];
    for (key, why, has) in needs {
        if said::settings(network).any(has) {
            continue;
        }
        let finding = Finding::warning(codes::NO_SERVER, format!("no device has any server of `{key}`"));
        findings.push(
            finding.at_saying(network.name.span, why).help(format!("add it: `services: {{ {key}: [ADDRESS] }}`")),
        );
    }
}
