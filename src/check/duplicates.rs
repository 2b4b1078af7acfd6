//! Two of a kind with one name, index or code.

use std::collections::BTreeMap;

use super::Subject;
use crate::finding::{Code, Finding, codes};
use crate::model::Role;
use crate::source::{Sp, Span};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let organisations = &network.organisations;
    unique("organisations", organisations.iter().map(|org| text(&org.id)), findings);
    unique("organisations", organisations.iter().map(|org| text(&org.code)), findings);
    unique("VLANs", network.vlans.iter().map(|vlan| text(&vlan.name)), findings);
    unique("SSIDs", network.ssids.iter().map(|ssid| text(&ssid.name)), findings);
    unique("sites", network.sites.iter().map(|site| text(&site.id)), findings);
    unique("flows", network.policy.flows.iter().map(|flow| text(&flow.id)), findings);
    indexes(subject, findings);
    for site in &network.sites {
        let mut first: BTreeMap<(Role, u32), Span> = BTreeMap::new();
        for device in &site.devices {
            let key = (device.role, device.number);
            if let Some(first) = first.get(&key) {
                let message =
                    format!("{}-{} is described twice at `{}`", device.role.word(), device.number, site.id.value);
                findings.push(second(codes::DUPLICATE_DEVICE, message, device.span, *first));
            }
            first.entry(key).or_insert(device.span);
        }
    }
}

fn text<T: std::fmt::Display>(value: &Sp<T>) -> (String, Span) {
    (value.value.to_string(), value.span)
}

/// Says so where a name comes a second time.
fn unique(what: &str, names: impl Iterator<Item = (String, Span)>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for (name, span) in names {
        if let Some(first) = first.get(&name) {
            let message = format!("two {what} are called `{name}`");
            findings.push(second(codes::DUPLICATE_NAME, message, span, *first));
        }
        first.entry(name).or_insert(span);
    }
}

fn second(code: Code, message: String, span: Span, first: Span) -> Finding {
    Finding::error(code, message).at_saying(span, "used again here").label(first, "first used here")
}

/// Indexes of organisations, and of the sites of each.
fn indexes(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut first: BTreeMap<u32, Span> = BTreeMap::new();
    let taken: Vec<u32> = network.organisations.iter().map(|org| org.index.value).collect();
    for organisation in &network.organisations {
        let index = &organisation.index;
        if let Some(first) = first.get(&index.value) {
            let message = format!("two organisations have index {}, and so the same addresses", index.value);
            findings.push(second(codes::DUPLICATE_INDEX, message, index.span, *first).help(free(&taken)));
        }
        first.entry(index.value).or_insert(index.span);
    }
    let mut first: BTreeMap<(&str, u32), Span> = BTreeMap::new();
    for site in &network.sites {
        let key = (site.organisation.as_str(), site.index.value);
        if let Some(first) = first.get(&key) {
            let message = format!("two sites of `{}` have index {}, and so the same addresses", key.0, key.1);
            let taken: Vec<u32> = network
                .sites
                .iter()
                .filter(|other| other.organisation.as_str() == key.0)
                .map(|s| s.index.value)
                .collect();
            findings.push(second(codes::DUPLICATE_INDEX, message, site.index.span, *first).help(free(&taken)));
        }
        first.entry(key).or_insert(site.index.span);
    }
}

fn free(taken: &[u32]) -> String {
    let free: Vec<String> = (0..).filter(|n| !taken.contains(n)).take(3).map(|n| n.to_string()).collect();
    format!("free ones are {}; never take one that stood for something else before", free.join(", "))
}
