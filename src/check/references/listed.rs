//! Nothing stands twice in one list: a second thing was probably meant.

use std::collections::BTreeMap;

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for flow in &network.policy.flows {
        once(flow.from.iter().map(|end| (end.value.to_string(), end.span)), findings);
        once(flow.to.iter().map(|end| (end.value.to_string(), end.span)), findings);
        once(flow.services.iter().map(|service| (service.value.to_string(), service.span)), findings);
    }
    let words = |names: &[crate::source::Sp<crate::value::Id>], findings: &mut Vec<Finding>| {
        once(names.iter().map(|name| (name.value.to_string(), name.span)), findings);
    };
    for settings in subject.port_settings() {
        words(list(&settings.dot1x.dynamic_vlans), findings);
        words(list(&settings.tagged), findings);
    }
    for ssid in &network.ssids {
        words(&ssid.dynamic_vlans, findings);
        words(&ssid.sites.tags, findings);
        once(ssid.bands.iter().map(|band| (crate::check::air::name(band.value).to_owned(), band.span)), findings);
    }
    for vlan in &network.vlans {
        words(&vlan.sites.tags, findings);
    }
    for site in &network.sites {
        words(&site.tags, findings);
    }
    once(network.plan.reserved.iter().map(|kept| (kept.prefix.value.to_string(), kept.prefix.span)), findings);
}

fn once(all: impl Iterator<Item = (String, Span)>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for (name, span) in all {
        match first.get(&name) {
            Some(known) => {
                let message = format!("`{name}` stands twice in the list");
                let finding = second(codes::LISTED_TWICE, message, span, *known);
                let finding = Finding { severity: crate::finding::Severity::Warning, ..finding };
                findings.push(finding.help("take one of them out, or write what was meant"));
            }
            None => drop(first.insert(name, span)),
        }
    }
}
