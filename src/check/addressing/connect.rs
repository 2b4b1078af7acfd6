//! Samnet logs in to a device at an address of its own.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::servers::{Astray, astray};
use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let said = subject.placed().filter_map(|one| {
        let host = one.device.connect.as_ref()?.host.as_ref()?;
        Some((one.facts, host, host.parse::<Ipv4Addr>().ok()?))
    });
    let said: Vec<_> = said.collect();
    if said.is_empty() {
        return;
    }
    let addresses = |facts: &DeviceFacts| std::iter::once(facts.management).chain(facts.loopback).collect::<Vec<_>>();
    let owners: BTreeMap<Ipv4Addr, &DeviceFacts> = subject
        .derived
        .devices
        .values()
        .flat_map(|facts| addresses(facts).into_iter().map(move |address| (address, facts)))
        .collect();
    for (facts, host, address) in said {
        match owners.get(&address).filter(|owner| owner.name != facts.name) {
            Some(owner) => {
                let message = format!("`{}` would be logged in to at the address of `{}`", facts.name, owner.name);
                findings.push(
                    Finding::error(codes::DUPLICATE_ADDRESS, message)
                        .at_saying(host.span, "and changed in its place")
                        .label(owner.span, "has this address")
                        .help("leave `host` out: the address of the plan is taken"),
                );
            }
            None if addresses(facts).contains(&address) => {}
            None => {
                if let Some(Astray::Nobody(_) | Astray::Nowhere | Astray::Leased(_)) = astray(subject, address.into()) {
                    let message = format!("`{}` would be logged in to at {address}, which no device has", facts.name);
                    let finding = Finding::warning(codes::SERVER_NOWHERE, message).at(host.span);
                    findings.push(finding.help(format!("leave `host` out: the plan has {} for it", facts.management)));
                }
            }
        }
    }
}
