//! What is set aside in the address plan: prefixes, host numbers, addresses of single hosts.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use rayon::prelude::*;

use super::facts::{DeviceFacts, ReservationFacts, SiteFacts};
use super::work::Work;
use super::{addressing, management_name};
use crate::finding::{About, Finding, Severity, codes};
use crate::model::{HostRange, Network, Reserved, Role, Site, Vlan};
use crate::source::{Sp, Span};
use crate::value::{DeviceName, Id, MacAddress};

/// Looks at all that is set aside.
pub(super) fn run(work: &mut Work<'_, '_>) {
    for kept in &work.network.plan.reserved {
        let found = taken(work, kept);
        work.report_all(found);
    }
    kept_hosts(work);
    mac_addresses(work);
}

fn meet(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

/// Subnets that sites give outright and that run into what belongs to somebody else.
pub(super) fn given_subnets(network: &Network, sites: &[SiteFacts]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Outside its own block, a subnet may lie anywhere that nothing else is numbered from.
    let mut outside: Vec<(Ipv4Net, Span)> = Vec::new();
    for (site, facts) in network.sites.iter().zip(sites) {
        for (name, net) in &site.subnets {
            let wrong = |message: String| Finding::error(codes::SITE_SUBNET, message).at(net.span);
            let Some(vlan) = network.vlans.iter().find(|vlan| vlan.name.value == *name) else {
                findings.push(unknown_vlan(network, name, net.span));
                continue;
            };
            if !vlan.sites.admits(site) {
                let message = format!("site `{}` has no VLAN `{name}` to give a subnet", site.id.value);
                findings.push(wrong(message).label(vlan.name.span, "not for this site").help("take the subnet away"));
                continue;
            }
            if facts.prefix.is_none_or(|prefix| prefix.contains(&net.value)) {
                continue;
            }
            if let Some(what) = addressing::no_hosts(net.value) {
                let message = format!("no host of `{name}` can have an address of {}: {what}", net.value);
                findings.push(wrong(message).help("take a subnet within the site's own block"));
                continue;
            }
            let blocks = [(&network.plan.links, "links"), (&network.plan.loopbacks, "loopbacks")];
            let block = blocks.into_iter().find(|(block, _)| meet(block.value, net.value));
            let other = network.sites.iter().zip(sites).find_map(|(other, facts)| {
                facts.prefix.filter(|prefix| meet(*prefix, net.value)).map(|prefix| (other, prefix))
            });
            let given = outside.iter().find(|(known, _)| meet(*known, net.value)).copied();
            let (who, span) = match (block, other, given) {
                (Some((block, what)), ..) => (format!("the block for {what}, {}", block.value), block.span),
                (_, Some((other, prefix)), _) => (format!("site `{}` ({prefix})", other.id.value), other.index.span),
                (_, _, Some((known, span))) => (format!("another subnet, {known}"), span),
                _ => {
                    outside.push((net.value, net.span));
                    findings.extend(of_others(network, site, net).map(|(message, span)| Finding {
                        severity: Severity::Warning,
                        ..wrong(message).label(span, "its block follows from here").help(
                            "take a subnet within the site's own block, or one outside the plan where history decides",
                        )
                    }));
                    continue;
                }
            };
            findings.push(
                wrong(format!("the subnet of VLAN `{name}` at site `{}` runs into {who}", site.id.value))
                    .label(span, "what it runs into")
                    .help("take a subnet within the site's own block, or one that nothing else is numbered from"),
            );
        }
    }
    findings
}

/// What is wrong with a subnet in the block of another organisation, whose sites are numbered from it one after the other.
fn of_others(network: &Network, site: &Site, net: &Sp<Ipv4Net>) -> Option<(String, Span)> {
    let mut others = network.organisations.iter().filter(|org| org.id.value != site.organisation.value);
    let org = others.find(|org| {
        addressing::organisation_block(&network.plan, org).is_some_and(|block| block.contains(&net.value))
    })?;
    let message =
        format!("{} of site `{}` lies where sites of `{}` are numbered", net.value, site.id.value, org.id.value);
    Some((message, org.index.span))
}

/// Everything that is numbered from a reserved prefix, one finding for each cause.
fn taken(work: &Work<'_, '_>, kept: &Reserved) -> Vec<Finding> {
    let network = work.network;
    let net = kept.prefix.value;
    let wrong = |what: &str, span: Span, label: String| {
        let message = format!("{net} is kept for {}, and {what}", kept.purpose.value);
        Finding::error(codes::RESERVED_TAKEN, message)
            .at(kept.prefix.span)
            .label(span, label)
            .help("move the reservation, or what is numbered from it")
    };
    if net.contains(&network.plan.ipv4.value) {
        return vec![wrong("everything is numbered from it", network.plan.ipv4.span, "the whole plan".to_owned())];
    }
    let mut findings = Vec::new();
    let mut causes: BTreeMap<Span, (Finding, usize)> = BTreeMap::new();
    for (site, facts) in network.sites.iter().zip(&work.sites) {
        let Some(prefix) = facts.prefix.filter(|prefix| meet(net, *prefix)) else {
            given(site, net, &wrong, &mut causes);
            continue;
        };
        let organisation = facts.organisation.and_then(|index| network.organisations.get(index));
        let block = organisation.and_then(|org| addressing::organisation_block(&network.plan, org));
        if let (Some(org), Some(block)) = (organisation, block.filter(|block| net.contains(block))) {
            let what = format!("organisation `{}` is numbered from it", org.id.value);
            causes
                .entry(org.index.span)
                .or_insert_with(|| (wrong(&what, org.index.span, format!("leads to {block}")), 0));
        } else if net.contains(&prefix) {
            let what = format!("site `{}` is numbered from it", site.id.value);
            causes
                .entry(site.index.span)
                .or_insert_with(|| (wrong(&what, site.index.span, format!("leads to {prefix}")), 0));
        } else {
            // The prefix lies within the site's block: only subnets can touch it.
            for vlan in facts.vlans.values() {
                let Some(subnet) = vlan.subnet.filter(|subnet| meet(net, *subnet)) else { continue };
                let Some(known) = network.vlans.get(vlan.vlan) else { continue };
                let said = site.subnets.get(&known.name.value).map_or(known.subnet.span, |given| given.span);
                let what = format!("VLAN `{}` of site `{}` is numbered from it", known.name.value, site.id.value);
                let cause = causes.entry(said).or_insert_with(|| (wrong(&what, said, format!("{subnet} there")), 0));
                cause.1 += 1;
            }
        }
    }
    findings.extend(causes.into_values().map(|(finding, count)| match count {
        0 | 1 => finding,
        more => {
            let message = format!("{}, and so at {} more sites", finding.message, more - 1);
            Finding { message, ..finding }.more(more - 1)
        }
    }));
    let links = work.links_taken.iter().filter(|(link, _)| net.contains(*link));
    if let Some((link, span)) = links.min_by_key(|(_, span)| **span) {
        let links = &network.plan.links;
        let finding = wrong("links are numbered from it", links.span, format!("the block for links, {}", links.value));
        findings.push(finding.label(*span, format!("{link}, for example")));
    }
    let loopbacks = work.nodes.iter().filter(|(_, node)| node.loopback.is_some_and(|address| net.contains(&address)));
    if let Some((_, node)) = loopbacks.min_by_key(|(_, node)| node.span) {
        let loopbacks = &network.plan.loopbacks;
        let label = format!("the block for loopbacks, {}", loopbacks.value);
        let finding = wrong("loopbacks are numbered from it", loopbacks.span, label);
        findings.push(finding.label(node.span, format!("{}, for example", node.name)));
    }
    findings
}

/// Subnets given outright, of a site whose block is elsewhere.
fn given(
    site: &Site,
    net: Ipv4Net,
    wrong: &impl Fn(&str, Span, String) -> Finding,
    causes: &mut BTreeMap<Span, (Finding, usize)>,
) {
    for (name, subnet) in site.subnets.iter().filter(|(_, subnet)| meet(net, subnet.value)) {
        let what = format!("VLAN `{name}` of site `{}` is numbered from it", site.id.value);
        // What the site says by hand is what ran into it.
        let finding = wrong(&what, subnet.span, String::new());
        let kept = finding.span;
        let finding = Finding { labels: Vec::new(), ..finding }.at_saying(subnet.span, "given here");
        causes.insert(subnet.span, (finding.labels(kept, "kept here"), 0));
    }
}

fn within(range: HostRange, number: u32) -> bool {
    (range.first..=range.last).contains(&number)
}

/// Gateways and devices at host numbers that a VLAN keeps for reservations, and numbers that its subnets do not have.
fn kept_hosts(work: &mut Work<'_, '_>) {
    let network = work.network;
    let mut findings = Vec::new();
    for vlan in &network.vlans {
        let Some(range) = vlan.reserved_hosts.as_ref().filter(|range| within(range.value, 1)) else { continue };
        let message = format!("VLAN `{}` keeps host number 1 for reservations, which is its gateway", vlan.name.value);
        findings.push(Finding::error(codes::KEPT_HOSTS, message).at(range.span).help("begin at 2 or later"));
    }
    for (index, vlan) in network.vlans.iter().enumerate() {
        let Some(range) = &vlan.reserved_hosts else { continue };
        let here = work.sites.iter().flat_map(|site| site.vlans.values().filter(|facts| facts.vlan == index));
        // Where a site has a smaller subnet than the others, that one is told at its reservations.
        let Some(largest) = here.filter_map(|facts| facts.subnet).min_by_key(Ipv4Net::prefix_len) else {
            continue;
        };
        if addressing::host(largest, range.value.last).is_none() {
            let HostRange { first, last } = range.value;
            let message =
                format!("VLAN `{}` keeps hosts {first} to {last}, and {largest} has no {last}", vlan.name.value);
            let finding = Finding::error(codes::KEPT_HOSTS, message).at(range.span);
            findings
                .push(finding.help("hosts are counted from the start of the subnet; its last address is no host's"));
        }
    }
    let management = management_name(network);
    let vlan = network.vlans.iter().find(|vlan| vlan.name.value == management);
    let range = vlan.and_then(|vlan| vlan.reserved_hosts.as_ref());
    let mut roles: BTreeMap<Role, (DeviceName, usize)> = BTreeMap::new();
    if let Some(range) = range {
        for node in work.nodes.range() {
            let (Some(device), Some(facts)) = (work.device(node), work.nodes.get(node)) else {
                continue;
            };
            let number = u32::from(facts.management).wrapping_sub(u32::from(facts.management_net.network()));
            if !within(range.value, number) {
                continue;
            }
            if let Some(given) = &device.address {
                let message = format!("`{}` has host number {number}, kept for reservations", facts.name);
                findings.push(Finding::error(codes::KEPT_HOSTS, message).at(given.span).label(range.span, "kept here"));
            } else {
                roles.entry(device.role).or_insert_with(|| (facts.name.clone(), 0)).1 += 1;
            }
        }
        for (role, (name, count)) in roles {
            let Some(base) = network.plan.hosts.get(&role) else { continue };
            let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let message = format!("`{name}`{more} come to host numbers kept for reservations");
            findings.push(
                Finding::error(codes::KEPT_HOSTS, message)
                    .more(count - 1)
                    .at_saying(base.span, format!("`{}` is numbered from here", role.word()))
                    .label(range.span, "kept here")
                    .help("keep host numbers that no role comes to"),
            );
        }
    }
    work.report_all(findings);
}

fn unknown_vlan(network: &Network, name: &Id, span: Span) -> Finding {
    let known: Vec<&str> = network.vlans.iter().map(|vlan| vlan.name.as_str()).collect();
    let finding = Finding::error(codes::UNKNOWN_NAME, format!("there is no VLAN `{name}`")).at(span);
    finding.about(About::Unknown { kind: "VLAN", name: name.as_str().into(), places: 1 }).meant(
        name.as_str(),
        known.iter().copied(),
        || format!("there are {}", known.join(", ")),
    )
}

/// Who has an address.
enum Holder<'a> {
    Device(&'a DeviceName),
    Reservation(&'a str),
}

impl std::fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Device(name) => write!(f, "`{name}`"),
            Self::Reservation(name) => write!(f, "the reservation of `{name}`"),
        }
    }
}

/// MAC addresses with more than one reservation, and those of our own devices with any.
fn mac_addresses(work: &mut Work<'_, '_>) {
    let sites = work.network.sites.iter().enumerate();
    let kept = sites.flat_map(|(site, written)| written.reservations.iter().map(move |kept| (site, kept)));
    let kept = kept.filter_map(|(site, kept)| Some((site, true, kept.mac.as_ref()?)));
    // What devices of ours have, no reservation has; of two devices a check tells.
    let sites = work.network.sites.iter().enumerate();
    let devices = sites.flat_map(|(site, written)| written.devices.iter().map(move |device| (site, device)));
    let devices = devices.filter_map(|(site, device)| Some((site, false, device.mac.as_ref()?)));
    let all = devices.chain(kept).enumerate();
    let mut macs: Vec<_> = all.map(|(at, (site, kept, mac))| (mac.value, at, site, kept, mac)).collect();
    macs.par_sort_unstable_by_key(|(mac, at, ..)| (*mac, *at));
    let mut first: Option<(usize, bool, &Sp<MacAddress>)> = None;
    for (_, _, site, kept, mac) in macs {
        match first.filter(|(.., known)| known.value == mac.value) {
            Some((known, before, there)) if kept => {
                let finding = mac_twice(mac, known == site, there.span);
                let message = format!("MAC address {} of a reservation is that of a device of ours", mac.value);
                work.findings.push(if before { finding } else { Finding { message, ..finding } });
            }
            Some(_) => {}
            None => first = Some((site, kept, mac)),
        }
    }
}

/// Addresses set aside for hosts of one site, with what contradicts them.
pub(super) fn reservations(work: &mut Work<'_, '_>, index: usize) -> Vec<ReservationFacts> {
    let network = work.network;
    let mut findings = Vec::new();
    let mut made: Vec<ReservationFacts> = Vec::new();
    let Some(site) = network.sites.get(index).filter(|site| !site.reservations.is_empty()) else { return made };
    let mut taken: BTreeMap<Ipv4Addr, (Holder<'_>, Span)> =
        work.nodes.iter().map(|(_, node)| of_device(node)).collect();
    made.reserve(site.reservations.len());
    for reservation in &site.reservations {
        let Some(vlan) = network.vlans.iter().find(|vlan| vlan.name.value == reservation.vlan.value) else {
            findings.push(unknown_vlan(network, &reservation.vlan.value, reservation.vlan.span));
            continue;
        };
        let facts = work.sites.get(index).and_then(|facts| facts.vlans.get(&vlan.id.value));
        let Some(facts) = facts.filter(|_| work.vlan_here(index, &vlan.name.value).is_some()) else {
            let message = format!("site `{}` has no VLAN `{}`", site.id.value, vlan.name.value);
            findings.push(
                Finding::error(codes::RESERVATION, message)
                    .at_saying(reservation.vlan.span, "needed by this reservation")
                    .label(vlan.name.span, "not for this site")
                    .about(About::NotThere),
            );
            continue;
        };
        // A subnet that does not fit is a finding of its own.
        let Some(subnet) = facts.subnet else { continue };
        match place(vlan, facts.gateway, subnet, &reservation.host) {
            Ok(address) => {
                if let Some((who, span)) = taken.get(&address) {
                    findings.push(clash(&reservation.name, address, &reservation.host, who, *span));
                    continue;
                }
                let name = reservation.name.value.clone();
                taken.insert(address, (Holder::Reservation(&reservation.name), reservation.host.span));
                made.push(ReservationFacts {
                    vlan: vlan.id.value,
                    address,
                    address6: facts.subnet6.and_then(|net| addressing::host6(net, reservation.host.value)),
                    name,
                    mac: reservation.mac.as_ref().map(|mac| mac.value),
                    span: reservation.host.span,
                });
            }
            Err(finding) => findings.push(*finding),
        }
    }
    made.sort_by_key(|made| (made.vlan, made.address));
    work.report_all(findings);
    made
}

fn of_device(facts: &DeviceFacts) -> (Ipv4Addr, (Holder<'_>, Span)) {
    (facts.management, (Holder::Device(&facts.name), facts.span))
}

fn mac_twice(mac: &Sp<MacAddress>, same_site: bool, first: Span) -> Finding {
    let message = format!("MAC address {} has two reservations", mac.value);
    // A machine that moves between buildings may have one in each.
    let finding =
        if same_site { Finding::error(codes::MAC_TWICE, message) } else { Finding::warning(codes::MAC_TWICE, message) };
    finding
        .at_saying(mac.span, "this one as well")
        .label(first, "first used here")
        .help("one of them is most likely mistyped")
}

fn clash(name: &str, address: Ipv4Addr, host: &Sp<u32>, who: &Holder<'_>, span: Span) -> Finding {
    Finding::error(codes::RESERVATION, format!("{address}, set aside for `{name}`, is taken"))
        .at_saying(host.span, "this host number")
        .label(span, format!("by {who}"))
        .help("take a host number that nothing has")
}

/// The address of a host number, if a reservation may have it.
fn place(vlan: &Vlan, gateway: Option<Ipv4Addr>, subnet: Ipv4Net, host: &Sp<u32>) -> Result<Ipv4Addr, Box<Finding>> {
    let wrong = |message: String| Finding::error(codes::RESERVATION, message).at(host.span);
    let number = host.value;
    let Some(address) = addressing::host(subnet, number) else {
        let finding = wrong(format!("{subnet} of VLAN `{}` has no host {number}", vlan.name.value));
        return Err(Box::new(finding.help("hosts are counted from the start of the subnet")));
    };
    if gateway == Some(address) {
        let finding = wrong(format!("{address} is the gateway of VLAN `{}`", vlan.name.value));
        return Err(Box::new(finding.help("the gateway is host 1; take another number")));
    }
    if let Some(range) = vlan.reserved_hosts.as_ref().filter(|range| !within(range.value, number)) {
        let HostRange { first, last } = range.value;
        let finding = wrong(format!("host {number} is outside what VLAN `{}` keeps for reservations", vlan.name.value));
        return Err(Box::new(finding.label(range.span, format!("{first} to {last}"))));
    }
    Ok(address)
}
