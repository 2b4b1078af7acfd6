//! No guard is switched off: not by the network, and not by an organisation or a site where the network switched it on. A
//! single device may: not every device can do what the baseline asks.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Network, Settings};
use crate::source::Sp;

/// What a guard is called, and where a level says whether it is on.
type Guard = (&'static str, fn(&Settings) -> Option<&Sp<bool>>);

const SNOOPING: &str = "DHCP snooping";
const GUARDS: [Guard; 3] = [
    (SNOOPING, |settings| settings.switching.dhcp_snooping.as_ref()),
    ("ARP inspection", |settings| settings.switching.arp_inspection.as_ref()),
    ("accounting of logins", |settings| settings.security.aaa.accounting.as_ref()),
];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    // Inspection without snooping is told of as that.
    let switching = &network.settings.switching;
    let inspected = switching.arp_inspection.as_ref().is_some_and(|on| on.value);
    let told = switching.dhcp_snooping.as_ref().filter(|_| inspected);
    for (what, guard) in GUARDS {
        let Some(on) = guard(&network.settings) else {
            findings.extend(unsaid(subject, what));
            continue;
        };
        if !on.value {
            if told.is_some_and(|told| told.span == on.span) {
                continue;
            }
            let finding = Finding::warning(codes::GUARD_OFF, format!("{what} is switched off everywhere")).at(on.span);
            findings.push(finding.help("switch it on, or accept the warning in the baseline, with a reason"));
            continue;
        }
        for off in others(network).filter_map(guard).filter(|off| !off.value) {
            findings.push(
                Finding::warning(codes::GUARD_OFF, format!("{what} is switched off here alone"))
                    .at(off.span)
                    .label(on.span, "on everywhere else")
                    .help("take the line out, or say in a comment why and until when"),
            );
        }
    }
    let Some(network_minutes) = &network.settings.security.session_minutes else { return };
    for minutes in others(network).filter_map(|settings| settings.security.session_minutes.as_ref()) {
        let longer = minutes.value == 0 || minutes.value > network_minutes.value;
        if longer && network_minutes.value > 0 && minutes.value <= 60 && minutes.value > 0 {
            let message = format!("idle sessions stay open for {} minutes here alone", minutes.value);
            findings.push(
                Finding::warning(codes::GUARD_OFF, message)
                    .at(minutes.span)
                    .label(network_minutes.span, "elsewhere it is less")
                    .help("take the line out, or say in a comment why and until when"),
            );
        }
    }
}

/// DHCP snooping that no level says anything of, where the network says how its switches behave: people's own routers would
/// give out addresses.
fn unsaid(subject: Subject<'_>, what: &str) -> Option<Finding> {
    let says = |settings: &Settings| settings.switching.dhcp_snooping.as_ref().is_some_and(|on| on.value);
    let switching = &subject.network.settings.switching;
    let beside = switching.spanning_tree.mode.as_ref().filter(|_| switching.arp_inspection.is_none())?;
    let silent = subject.is_whole() && !subject.settings().any(says);
    (what == SNOOPING && silent).then(|| {
        Finding::warning(codes::GUARD_OFF, format!("nothing switches {what} on"))
            .at(beside.span)
            .help("add it: `switching: { dhcp_snooping: true }`; where it must be off, say so with `false`")
    })
}

/// What organisations and sites say of settings.
fn others(network: &Network) -> impl Iterator<Item = &Settings> {
    let organisations = network.organisations.iter().map(|organisation| &organisation.settings);
    organisations.chain(network.sites.iter().map(|site| &site.settings))
}
