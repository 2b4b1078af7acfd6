//! Servers inside the address plan stand in a subnet that exists.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::Ipv4Net;

use crate::check::{Subject, said};
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::model::settings::list;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let parts = [Part::Network, Part::Vlans, Part::Sites, Part::Segments];
    if !parts.iter().all(|part| network.gaps.whole(*part)) || !network.gaps.sites.is_empty() {
        return;
    }
    let plan = network.plan.ipv4.value;
    let mut told: BTreeSet<IpAddr> = BTreeSet::new();
    for (what, host, span) in servers(subject) {
        let IpAddr::V4(address) = host else { continue };
        if !plan.contains(&address) || exists(subject, address.into()) || !told.insert(host) {
            continue;
        }
        let message = format!("the {what} server {host} stands in no subnet of the plan");
        let finding = Finding::warning(codes::SERVER_NOWHERE, message).at_saying(span, "no site has such a VLAN");
        findings.push(finding.help("`samnet show site` lists the subnets of a site"));
    }
}

fn exists(subject: Subject<'_>, host: Ipv4Net) -> bool {
    let site = subject.derived.sites.iter().any(|site| {
        site.prefix.is_none_or(|prefix| prefix.contains(&host))
            && site.vlans.values().any(|vlan| vlan.subnet.is_none_or(|subnet| subnet.contains(&host)))
    });
    // A subnet that differs from the plan may lie in no site's block.
    site || subject.addresses().segments.values().flatten().any(|net| net.contains(&host))
}

/// Every server that devices are pointed at.
fn servers(subject: Subject<'_>) -> impl Iterator<Item = (&'static str, IpAddr, Span)> {
    let levels = said::settings(subject.network).flat_map(|settings| {
        let services = &settings.services;
        let named = [("time", &services.ntp), ("name", &services.dns), ("log", &services.syslog)];
        let named = named.into_iter().flat_map(|(what, hosts)| list(hosts).iter().map(move |host| (what, host)));
        let radius = list(&services.radius.servers).iter().map(|server| ("RADIUS", &server.host));
        named.chain(radius)
    });
    let relays = subject.network.vlans.iter().flat_map(|vlan| vlan.dhcp_relay.iter().map(|host| ("DHCP", host)));
    levels.chain(relays).map(|(what, host)| (what, host.value, host.span))
}
