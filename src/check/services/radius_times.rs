//! A login does not wait longer for dead RADIUS servers than the one who logs in.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::source::{Sp, Span};

/// Seconds; stations give up after about as long.
const PATIENCE: u32 = 60;
/// Minutes; a server that is back should be asked again within the hour.
const DEAD: u32 = 60;

/// Seconds; a port that asks again more often keeps its servers busy and gains nothing.
const AGAIN: u32 = 60;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.port_settings() {
        // None at all is never.
        let often = |again: &&Sp<u32>| (1..AGAIN).contains(&again.value);
        let Some(again) = settings.dot1x.reauthenticate.as_ref().filter(often) else { continue };
        let message = format!("every port of this kind logs in again after {} seconds", again.value);
        let finding = Finding::warning(codes::RADIUS_TIMES, message).at(again.span);
        findings.push(finding.help("3600 seconds are usual; without `reauthenticate`, RADIUS says how long"));
    }
    // What all levels come to, told once where it is said.
    let mut told: BTreeSet<(Span, Option<Span>)> = BTreeSet::new();
    for facts in subject.settled() {
        let radius = &facts.settings.services.radius;
        let Some(timeout) = &radius.timeout else { continue };
        let servers = u32::try_from(list(&radius.servers).len()).unwrap_or(u32::MAX);
        let retries = radius.retries.as_ref().map_or(2, |retries| retries.value);
        let longest = timeout.value.saturating_mul(retries.saturating_add(1)).saturating_mul(servers);
        let message = match (timeout.value, servers) {
            (0, _) => "no RADIUS server is given time to answer".to_owned(),
            _ if longest <= PATIENCE => continue,
            (_, 1) => format!("a login may wait {longest} seconds for a dead RADIUS server"),
            _ => format!("a login may wait {longest} seconds for {servers} dead RADIUS servers"),
        };
        if told.insert((timeout.span, radius.retries.as_ref().map(|retries| retries.span))) {
            let finding = Finding::warning(codes::RADIUS_TIMES, message);
            // The one that is further from what is usual.
            let finding = match &radius.retries {
                Some(retries)
                    if timeout.value > 0 && retries.value.saturating_mul(3) > timeout.value.saturating_mul(2) =>
                {
                    finding.at(retries.span).label(timeout.span, "and as long as this each time")
                }
                Some(retries) => finding.at(timeout.span).label(retries.span, "and again as often as this"),
                None => finding.at(timeout.span),
            };
            findings.push(finding.help("3 seconds and 2 retries are usual"));
        }
    }
    for settings in subject.settings() {
        let radius = &settings.services.radius;
        let counted = subject.counts(settings);
        for server in list(&radius.servers).iter().filter(|server| counted && server.auth() == server.acct()) {
            let said = server.acct_port.as_ref().or(server.auth_port.as_ref());
            let message = format!("logins and their accounting go to one port, {}", server.auth());
            let finding = Finding::error(codes::RADIUS_PORTS, message);
            findings.push(finding.at(said.map_or(server.host.span, |port| port.span)).help("1812 and 1813 are usual"));
        }
        if let Some(dead) = radius.dead_minutes.as_ref().filter(|dead| dead.value == 0 || dead.value > DEAD) {
            let message = match dead.value {
                0 => "a dead RADIUS server is asked first at every login".to_owned(),
                minutes => format!("a RADIUS server that is back is not asked for {minutes} minutes"),
            };
            findings.push(Finding::warning(codes::RADIUS_TIMES, message).at(dead.span).help("10 minutes are usual"));
        }
    }
}
