//! Samnet logs in to a device at an address of its own.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::servers::{Astray, astray};
use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{About, Finding, codes};
use crate::model::{Device, Role};

/// The port of SSH (RFC 4251).
const SSH: u16 = 22;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let login = subject.network.login.jump.iter();
    let devices = subject.network.sites.iter().flat_map(|site| &site.devices);
    let hosts = devices.filter_map(|device| device.connect.as_ref()?.host.as_ref());
    for host in login.chain(hosts).filter(|host| is_mistyped(host)) {
        let message = format!("`{}` is neither an address nor a host name", host.value);
        findings.push(Finding::error(codes::ILLEGAL_VALUE, message).at(host.span));
    }
    // Behind a port of its own a console server hands the login on, and a partition is part of another device.
    let own = |device: &Device| {
        device.connect.as_ref().and_then(|it| it.port.as_ref()).is_some_and(|port| port.value != SSH)
            || device.partition.is_some()
    };
    let said = subject.placed().filter(|one| !own(one.device)).filter_map(|one| {
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
            // A cluster of access points is set up through one of them.
            Some(owner) if facts.role == Role::Controller && owner.role == Role::Ap && owner.site == facts.site => {}
            Some(owner) => {
                let message = format!("`{}` would be logged in to at the address of `{}`", facts.name, owner.name);
                findings.push(
                    Finding::warning(codes::DUPLICATE_ADDRESS, message)
                        .at_saying(host.span, "and changed in its place")
                        .label(owner.span, "has this address")
                        .help("leave `host` out: the address of the plan is taken"),
                );
            }
            None if addresses(facts).contains(&address) => {}
            None => {
                if let Some(Astray::Nobody(_) | Astray::Nowhere | Astray::Leased(_)) = astray(subject, address.into()) {
                    let message = format!("`{}` would be logged in to at {address}, which no device has", facts.name);
                    let finding =
                        Finding::warning(codes::SERVER_NOWHERE, message).at(host.span).about(About::OfDevices);
                    findings.push(finding.help(format!("leave `host` out: the plan has {} for it", facts.management)));
                }
            }
        }
    }
}

/// Whether somebody meant an address, and there is no such one: host names do not end in a number alone (RFC 3696).
fn is_mistyped(host: &str) -> bool {
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    host.contains('.') && host.rsplit('.').next().is_some_and(number) && host.parse::<Ipv4Addr>().is_err()
}
