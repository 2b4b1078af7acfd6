//! One server is none on the day it is away.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // Two buildings have nowhere to put another one.
    if subject.network.sites.len() <= 2 {
        return;
    }
    let mut single = |what: &str, why: &str, span: Span| {
        let finding = Finding::note(codes::SINGLE_SERVER, format!("there is one {what} server"));
        findings.push(
            finding.at_saying(span, why.to_owned()).help("name a second one, in another building if there is one"),
        );
    };
    let mut lists: Vec<Span> = Vec::new();
    for vlan in &subject.network.vlans {
        // One list may serve many VLANs by an alias.
        if let [only] = vlan.dhcp_relay.as_slice()
            && !lists.contains(&only.span)
        {
            lists.push(only.span);
            single("DHCP", "without it no host gets an address", only.span);
        }
    }
    for settings in subject.settings() {
        if let [only] = list(&settings.services.ntp) {
            single("time", "nothing to compare it with", only.span);
        }
        if let [only] = list(&settings.services.radius.servers) {
            single("RADIUS", "without it nobody logs in, to devices or to the network", only.host.span);
        }
    }
}
