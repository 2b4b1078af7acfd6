//! A server stands once in its list.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        let services = &settings.services;
        for hosts in [&services.ntp, &services.dns, &services.syslog] {
            once(list(hosts).iter(), findings);
        }
        once(list(&services.radius.servers).iter().map(|server| &server.host), findings);
    }
    let mut lists: Vec<Span> = Vec::new();
    for vlan in &subject.network.vlans {
        // One list may serve many VLANs by an alias.
        let Some(first) = vlan.dhcp_relay.first().filter(|first| !lists.contains(&first.span)) else { continue };
        lists.push(first.span);
        once(vlan.dhcp_relay.iter(), findings);
    }
}

fn once<'n>(hosts: impl Iterator<Item = &'n Sp<IpAddr>>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<IpAddr, Span> = BTreeMap::new();
    for host in hosts {
        if let Some(first) = first.get(&host.value) {
            let message = format!("{} stands twice in the list", host.value);
            let finding = second(codes::SERVER_TWICE, message, host.span, *first);
            findings.push(finding.help("another server was probably meant"));
        }
        first.entry(host.value).or_insert(host.span);
    }
}
