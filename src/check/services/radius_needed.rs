//! Whoever asks for logins has somebody to ask.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::model::settings::{LoginSource, list};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Network) || !network.gaps.sites.is_empty() {
        return;
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let without = |facts: &&DeviceFacts| list(&facts.settings.services.radius.servers).is_empty();
    for facts in subject.derived.devices.values().filter(without) {
        let logins = list(&facts.settings.security.aaa.login);
        let login = logins.iter().find(|source| source.value == LoginSource::Radius);
        let port = || {
            let mut ports = facts.ports.pieces().map(|(_, port)| port).filter(|port| port.used);
            ports.find_map(|port| port.settings.dot1x.enabled.as_ref().filter(|enabled| enabled.value))
        };
        let sent = || facts.ssids.iter().filter_map(|ssid| network.ssids.get(*ssid));
        let on_air = || sent().find(|ssid| ssid.security.is_enterprise());
        let needs = login
            .map(|source| ("a login to devices", source.span))
            .or_else(|| port().map(|enabled| ("802.1X on ports", enabled.span)))
            .or_else(|| on_air().map(|ssid| ("a wireless network", ssid.security.span)));
        let Some((what, span)) = needs else { continue };
        let emptied = facts.settings.services.radius.servers.as_ref().map(|servers| servers.span);
        let finding = if let Some(emptied) = emptied {
            let message = format!("there is no RADIUS server here, and {what} needs one");
            Finding::error(codes::RADIUS_NEEDED, message).at(emptied).label(span, "asked for here")
        } else {
            let message = format!("there is no RADIUS server, and {what} needs one");
            Finding::error(codes::RADIUS_NEEDED, message).at(span)
        };
        if finding.span.is_some_and(|span| told.insert(span)) {
            findings.push(finding.help("name them: `services: { radius: [{ host: ADDRESS, secret: NAME }] }`"));
        }
    }
}
