//! SNMP asks who is asking, and hides what it answers.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::{SnmpVersion, list};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        let snmp = &settings.services.snmp;
        if let Some(version) = snmp.version.as_ref().filter(|version| version.value == SnmpVersion::V2c) {
            let finding = Finding::error(codes::SNMP_WEAK, "SNMP version 2c sends its community in clear");
            findings.push(
                finding
                    .at(version.span)
                    .help("`version: v3` with `user`, `auth` and `privacy` does the same, encrypted"),
            );
        }
        // Only the name is known here, and it says enough.
        if let Some(community) = &snmp.community
            && ["public", "private"].contains(&community.as_str())
        {
            let message = format!("the community is called `{}`, which everybody tries first", community.value);
            findings
                .push(Finding::error(codes::SNMP_WEAK, message).at(community.span).help("change it on every device"));
        }
        let plan = subject.network.plan.ipv4.value;
        let open = list(&snmp.clients).iter().find(|client| client.contains(&plan) || client.prefix_len() == 0);
        findings.extend(open.map(|client| anybody().at(client.span)));
    }
    unasked(subject, findings);
    unproved(subject, findings);
}

/// Devices that answer by SNMP, and no level says whom; told where the list is empty, or at who may ask by name.
fn unasked(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for facts in subject.settled() {
        let snmp = &facts.settings.services.snmp;
        let user = snmp.user.as_ref().map(|user| user.span).or(snmp.community.as_ref().map(|community| community.span));
        let Some(user) = user.filter(|_| list(&snmp.clients).is_empty()) else { continue };
        let (span, here) = match &snmp.clients {
            Some(none) => (none.span, "a list of nobody stops nobody"),
            None => (user, "no `clients` beside it"),
        };
        if told.insert(span) {
            findings.push(anybody().at_saying(span, here));
        }
    }
}

/// Nothing says who may ask.
fn anybody() -> Finding {
    Finding::warning(codes::SNMP_WEAK, "anybody may ask devices by SNMP")
        .help("name the prefix that monitoring stands in: `clients: [PREFIX]`")
}

/// Version 3 without a proof of who asks, or without encryption.
fn unproved(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for facts in subject.settled() {
        let snmp = &facts.settings.services.snmp;
        let Some(user) = &snmp.user else { continue };
        let lacking = match (&snmp.auth, &snmp.privacy) {
            (None, _) => "no `auth`: anybody may say to be this user",
            (Some(_), None) => "no `privacy`: the answers can be read on the way",
            (Some(_), Some(_)) => continue,
        };
        if told.insert(user.span) {
            let message = format!("SNMP user `{}` is weakly protected", user.value);
            let finding = Finding::warning(codes::SNMP_WEAK, message).at_saying(user.span, lacking);
            findings.push(finding.help("name a secret for each: `auth: NAME, privacy: NAME`"));
        }
    }
}
