//! Secrets that are named exist.

use super::Names;
use crate::check::{Subject, said};
use crate::finding::Finding;
use crate::model::settings::list;
use crate::model::{LoginMethod, Part};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.secrets.keys().map(Id::as_str);
    let secrets = Names::new(network, "secret", Part::Network, "inventory/network.yaml", all);
    for settings in said::settings(network) {
        let services = &settings.services;
        let radius = list(&services.radius.servers).iter().map(|server| &server.secret);
        let snmp = [&services.snmp.auth, &services.snmp.privacy, &services.snmp.community];
        for secret in radius.chain(snmp.into_iter().flatten()) {
            secrets.look(secret, findings);
        }
    }
    let routing = network.routing.bgp.iter().flat_map(|bgp| &bgp.neighbours).filter_map(|peer| peer.secret.as_ref());
    let routing = network.routing.ospf.secret.iter().chain(routing);
    let ssids = network.ssids.iter().filter_map(|ssid| ssid.secret.as_ref());
    for secret in network.login.enable.iter().chain(routing).chain(ssids) {
        secrets.look(secret, findings);
    }
    for method in &network.login.methods {
        if let LoginMethod::Password(secret) = &method.value {
            secrets.find(secret.as_str(), method.span, findings);
        }
    }
}
