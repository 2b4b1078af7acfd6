//! SNMP asks who is asking, and hides what it answers.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::{Snmp, SnmpVersion, list};

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
        let empty = snmp.clients.as_ref().filter(|clients| clients.is_empty()).map(|clients| clients.span);
        let open = list(&snmp.clients).iter().find(|client| client.prefix_len() == 0).map(|client| client.span);
        findings.extend(open.or(empty).map(|span| anybody().at(span)));
    }
    let snmp = &subject.network.settings.services.snmp;
    let user = snmp.user.as_ref().map(|user| user.span).or(snmp.community.as_ref().map(|community| community.span));
    let silent = || subject.settings().all(|settings| settings.services.snmp.clients.is_none());
    findings.extend(user.filter(|_| silent()).map(|user| anybody().at_saying(user, "no `clients` beside it")));
    unproved(snmp, findings);
}

/// Nothing says who may ask.
fn anybody() -> Finding {
    Finding::warning(codes::SNMP_WEAK, "anybody may ask devices by SNMP")
        .help("name the prefix that monitoring stands in: `clients: [PREFIX]`")
}

/// Version 3 without a proof of who asks, or without encryption.
fn unproved(snmp: &Snmp, findings: &mut Vec<Finding>) {
    let Some(user) = &snmp.user else { return };
    let lacking = match (&snmp.auth, &snmp.privacy) {
        (None, _) => "no `auth`: anybody may say to be this user",
        (Some(_), None) => "no `privacy`: the answers can be read on the way",
        (Some(_), Some(_)) => return,
    };
    let message = format!("SNMP user `{}` is weakly protected", user.value);
    let finding = Finding::warning(codes::SNMP_WEAK, message).at_saying(user.span, lacking);
    findings.push(finding.help("name a secret for each: `auth: NAME, privacy: NAME`"));
}
