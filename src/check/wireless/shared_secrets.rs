//! A password that many people type opens nothing else.

use std::collections::BTreeMap;

use crate::check::{Subject, said};
use crate::finding::{Finding, codes};
use crate::model::LoginMethod;
use crate::model::settings::list;
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut others: BTreeMap<&Id, (&'static str, Span)> = BTreeMap::new();
    for settings in said::settings(network) {
        for server in list(&settings.services.radius.servers) {
            others.entry(&server.secret.value).or_insert(("between devices and RADIUS", server.secret.span));
        }
        let snmp = &settings.services.snmp;
        for secret in [&snmp.auth, &snmp.privacy, &snmp.community].into_iter().flatten() {
            others.entry(&secret.value).or_insert(("for SNMP", secret.span));
        }
    }
    for secret in network.login.enable.iter().chain(&network.routing.ospf.secret) {
        others.entry(&secret.value).or_insert(("on devices themselves", secret.span));
    }
    for method in &network.login.methods {
        if let LoginMethod::Password(secret) = &method.value {
            others.entry(secret).or_insert(("to log in to devices", method.span));
        }
    }
    let mut first: BTreeMap<&Id, Span> = BTreeMap::new();
    for ssid in network.ssids.iter().filter(|ssid| ssid.security.needs_secret()) {
        let Some(secret) = &ssid.secret else { continue };
        if let Some((what, span)) = others.get(&secret.value) {
            let message = format!("the password of `{}` is used {what} as well", ssid.name.value);
            findings.push(
                Finding::error(codes::SSID_SHARED_SECRET, message)
                    .at(secret.span)
                    .label(*span, "the other use")
                    .help("give the network a secret of its own: whoever joins it knows its password"),
            );
        } else if let Some(span) = first.get(&secret.value) {
            findings.push(
                Finding::warning(codes::SSID_SHARED_SECRET, format!("`{}` has the password of another network", ssid.name.value))
                    .at_saying(secret.span, "whoever knows one can join both")
                    .label(*span, "first used here")
                    .help("give each network a secret of its own"),
            );
        }
        first.entry(&secret.value).or_insert(secret.span);
    }
}
