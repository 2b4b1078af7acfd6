//! Whoever asks for logins has somebody to ask.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::model::settings::{LoginSource, list};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Network) || !network.gaps.sites.is_empty() {
        return;
    }
    // A level that takes the servers away, or none that names any.
    let emptied = subject
        .settings()
        .find_map(|settings| settings.services.radius.servers.as_ref().filter(|servers| servers.value.is_empty()));
    let named = subject.settings().any(|settings| !list(&settings.services.radius.servers).is_empty());
    let ports = subject.port_settings().filter_map(|port| port.dot1x.enabled.as_ref());
    let ports = ports.filter(|enabled| enabled.value).map(|enabled| ("802.1X on ports", enabled.span));
    let ssids = network.ssids.iter().filter(|ssid| ssid.security.is_enterprise());
    let ssids = ssids.map(|ssid| ("a wireless network", ssid.security.span));
    let logins = subject.settings().flat_map(|settings| list(&settings.security.aaa.login));
    let logins =
        logins.filter(|source| source.value == LoginSource::Radius).map(|source| ("a login to devices", source.span));
    let Some((what, span)) = ports.chain(ssids).chain(logins).min_by_key(|(_, span)| *span) else { return };
    let finding = match (emptied, named) {
        (Some(emptied), _) => {
            let message = format!("there is no RADIUS server here, and {what} needs one");
            Finding::error(codes::RADIUS_NEEDED, message).at(emptied.span).label(span, "asked for here")
        }
        (None, false) => {
            let message = format!("there is no RADIUS server, and {what} needs one");
            Finding::error(codes::RADIUS_NEEDED, message).at(span)
        }
        (None, true) => return,
    };
    findings.push(finding.help("name them: `services: { radius: [{ host: ADDRESS, secret: NAME }] }`"));
}
