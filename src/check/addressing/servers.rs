//! Servers inside the address plan stand in a subnet that exists.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::derive::SiteFacts;
use crate::finding::{About, Finding, codes};
use crate::model::settings::list;
use crate::model::{Endpoint, Flow, Part, Vlan};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let parts = [Part::Network, Part::Vlans, Part::Sites, Part::Segments];
    if !parts.iter().all(|part| network.gaps.whole(*part)) || !network.gaps.sites.is_empty() {
        return;
    }
    let mut told: BTreeSet<Ipv4Net> = BTreeSet::new();
    let (moved, block) = moved(subject).unzip();
    findings.extend(moved);
    // What is in no subnet because the building of the servers moved is told by that.
    let astray = |net: Ipv4Net| {
        let because = block.is_some_and(|block| block.contains(&net));
        astray(subject, net).filter(|wrong| !(because && matches!(wrong, Astray::Nowhere)))
    };
    for (what, host, span) in servers(subject) {
        let IpAddr::V4(address) = host else {
            let message = format!("the {what} server {host} has an IPv6 address, and devices have none");
            findings.push(Finding::error(codes::SERVER_NOWHERE, message).at(span).help("name its IPv4 address"));
            continue;
        };
        if told.insert(address.into())
            && let Some(wrong) = astray(address.into())
        {
            findings.push(wrong.tell(&format!("the {what} server {host}"), span));
        }
    }
    for client in subject.settings().flat_map(|settings| list(&settings.services.snmp.clients)) {
        if told.insert(client.value)
            && let Some(wrong @ (Astray::Nowhere | Astray::Foreign)) = astray(client.value)
        {
            findings.push(wrong.tell(&format!("{}, which may ask by SNMP,", client.value), client.span));
        }
    }
    for neighbour in network.routing.bgp.iter().flat_map(|bgp| &bgp.neighbours) {
        let IpAddr::V4(address) = neighbour.address.value else { continue };
        if told.insert(address.into())
            && let Some(wrong @ (Astray::Leased(_) | Astray::Subnet(_) | Astray::Nobody(_))) = astray(address.into())
        {
            findings.push(wrong.tell(&format!("the BGP neighbour {address}"), neighbour.address.span));
        }
    }
    findings.extend(sixes(&network.policy.flows));
    for flow in &network.policy.flows {
        for end in flow.from.iter().chain(&flow.to) {
            let Endpoint::Net(IpNet::V4(net)) = end.value else { continue };
            if told.insert(net)
                && let Some(wrong) = astray(net)
            {
                findings.push(wrong.tell(&format!("{}, named by flow `{}`,", end.value, flow.id.value), end.span));
            }
        }
    }
}

/// Ends of flows that no filter is written for.
fn sixes(flows: &[Flow]) -> Option<Finding> {
    let ends = || {
        flows.iter().flat_map(|flow| flow.from.iter().chain(&flow.to).map(move |end| (flow, end))).filter_map(
            |(flow, end)| match end.value {
                Endpoint::Net(IpNet::V6(net)) => Some((flow, net, end.span)),
                Endpoint::Net(IpNet::V4(_)) | Endpoint::Segment(_) => None,
            },
        )
    };
    let (flow, net, span) = ends().min_by_key(|(_, _, span)| *span)?;
    let more = ends().count() - 1;
    let others = if more == 0 { String::new() } else { format!(", and {more} more ends are IPv6") };
    let message = format!("flow `{}` names {net}, and filters are written for IPv4 alone{others}", flow.id.value);
    let finding = Finding::warning(codes::SERVER_NOWHERE, message).at(span).more(more);
    Some(finding.help("name the IPv4 address; IPv6 is planned and shown, and not let through"))
}

/// Addresses of servers from which on their building moved, and none of them is mistyped.
const MANY: usize = 3;

/// The one building whose VLANs would hold all servers that stand in no subnet, if only it had another index; with the block
/// where all of them stand, of which nothing else need be said.
fn moved(subject: Subject<'_>) -> Option<(Finding, Ipv4Net)> {
    let network = subject.network;
    let flows = network.policy.flows.iter().flat_map(|flow| flow.from.iter().chain(&flow.to));
    let named = flows.filter_map(|end| match end.value {
        Endpoint::Net(net) if net.prefix_len() == net.max_prefix_len() => Some(net.addr()),
        _ => None,
    });
    let v4 = |host| match host {
        IpAddr::V4(host) => Some(Ipv4Net::from(host)),
        IpAddr::V6(_) => None,
    };
    let all: BTreeSet<Ipv4Net> = servers(subject).map(|(_, host, _)| host).chain(named).filter_map(v4).collect();
    let lost: Vec<Ipv4Net> =
        all.into_iter().filter(|net| matches!(astray(subject, *net), Some(Astray::Nowhere))).collect();
    let first = lost.first().filter(|_| lost.len() >= MANY)?;
    let block =
        |net: &Ipv4Net| Ipv4Net::new(net.network(), network.plan.site_prefix.value).ok().map(|block| block.trunc());
    let there = block(first)?;
    if !lost.iter().all(|net| block(net) == Some(there)) {
        return None;
    }
    let offset = |net: &Ipv4Net, start: Ipv4Net| u32::from(net.network()).wrapping_sub(u32::from(start.network()));
    let holds = |site: &&SiteFacts| {
        let Some(prefix) = site.prefix else { return false };
        lost.iter().all(|net| {
            let subnets = site.vlans.values().filter_map(|vlan| vlan.subnet);
            subnets.into_iter().any(|own| {
                let (at, start) = (offset(net, there), offset(&own, prefix));
                at >= start && at - start < 1 << (32 - own.prefix_len())
            })
        })
    };
    let mut fit = network.sites.iter().zip(&subject.derived.sites).filter(|(_, facts)| holds(facts));
    let (site, facts) = fit.next()?;
    if fit.next().is_some() {
        return None;
    }
    let named = servers(subject).find(|(_, host, _)| lost.iter().any(|net| IpAddr::V4(net.network()) == *host));
    // At the same place within the block of another organisation, it is that index which changed.
    let within = |net: Ipv4Net| u32::from(net.network()) & (u32::MAX >> network.plan.organisation_prefix.value.min(31));
    let organisation =
        network.organisations.iter().find(|organisation| organisation.id.value == site.organisation.value);
    let organisation = organisation.filter(|_| facts.prefix.is_some_and(|own| within(own) == within(there)));
    let (at, whose) = match organisation {
        Some(organisation) => (organisation.index.span, organisation.name.value.as_str()),
        None => (site.index.span, site.name.value.as_str()),
    };
    let message = format!("{} servers stand in {there}, which the index of `{whose}` leads to no more", lost.len());
    let finding = Finding::warning(codes::SERVER_NOWHERE, message).at(at);
    let finding = finding.labels(named.map(|(.., span)| span), "the first of them");
    Some((finding.help("the index decides where it is numbered from: take back the one it had"), there))
}

/// Why an address is most likely mistyped.
pub(in crate::check) enum Astray<'n> {
    /// It is in no subnet.
    Nowhere,
    /// It is a private address, and nobody's that is known here.
    Foreign,
    /// DHCP gives it to whoever comes, in this VLAN.
    Leased(&'n Vlan),
    /// It is an address of devices, in this VLAN, and no device has it.
    Nobody(&'n Vlan),
    /// It is the first or last address of this VLAN's subnet, which no host has.
    Subnet(&'n Vlan),
}

impl Astray<'_> {
    fn tell(&self, who: &str, span: Span) -> Finding {
        match self {
            Self::Nowhere => {
                let finding = Finding::warning(codes::SERVER_NOWHERE, format!("{who} stands in no subnet of the plan"));
                let finding = finding.at_saying(span, "no site has such a VLAN");
                finding.help("`samnet show site` lists the subnets of a site")
            }
            Self::Foreign => {
                let message = format!("{who} is a private address that is neither ours nor in any segment");
                let finding = Finding::warning(codes::SERVER_NOWHERE, message).at(span);
                finding.help("mend the address; those of partners stand in `prefixes` of their segment")
            }
            Self::Subnet(vlan) => {
                let message = format!("{who} is an address that no host has, in VLAN `{}`", vlan.name.value);
                let finding = Finding::warning(codes::SERVER_NOWHERE, message);
                finding.at_saying(span, "the first or last of its subnet").help("mend the address")
            }
            Self::Nobody(vlan) => {
                let message = format!("{who} is in VLAN `{}`, and no device has that address", vlan.name.value);
                let finding = Finding::warning(codes::SERVER_NOWHERE, message).at(span);
                finding
                    .label(vlan.name.span, "the VLAN devices are managed in")
                    .about(About::OfDevices)
                    .help("mend the address, or set it aside with `reservations` of that site")
            }
            Self::Leased(vlan) => {
                let name = &vlan.name.value;
                let message = format!("{who} is an address that DHCP gives to whoever comes, in VLAN `{name}`");
                let finding = Finding::warning(codes::SERVER_NOWHERE, message).at(span);
                finding
                    .label(vlan.name.span, "its hosts get their addresses by DHCP")
                    .help("mend the address, or set it aside with `reservations` of that site")
            }
        }
    }
}

/// Whether addresses of the plan can belong to nobody in particular; a prefix may be anything.
pub(in crate::check) fn astray(subject: Subject<'_>, net: Ipv4Net) -> Option<Astray<'_>> {
    let plan = &subject.network.plan;
    let routed = plan.links.value.contains(&net) || plan.loopbacks.value.contains(&net);
    if routed {
        return None;
    }
    if !plan.ipv4.value.contains(&net) {
        let known =
            subject.addresses().segments.values().flatten().any(|have| have.contains(&net) || net.contains(have));
        let foreign = net.network().is_private() && net.prefix_len() > 8 && !known && !net.contains(&plan.ipv4.value);
        return foreign.then_some(Astray::Foreign);
    }
    if !exists(subject, net) {
        return Some(Astray::Nowhere);
    }
    let site = subject.derived.sites.iter().find(|site| site.prefix.is_some_and(|prefix| prefix.contains(&net)))?;
    let here = site.vlans.values().find(|vlan| vlan.subnet.is_some_and(|subnet| subnet.contains(&net)))?;
    let vlan = subject.network.vlans.get(here.vlan)?;
    let ends =
        here.subnet.filter(|subnet| subnet.prefix_len() < 31).map(|subnet| [subnet.network(), subnet.broadcast()]);
    if net.prefix_len() == 32 && ends.is_some_and(|ends| ends.contains(&net.network())) {
        return Some(Astray::Subnet(vlan));
    }
    let set_aside = site.reservations.iter().any(|one| one.address == net.network());
    let gateway = here.gateway == Some(net.network());
    if net.prefix_len() < 32 || set_aside || gateway {
        return None;
    }
    if subject.management().is_some_and(|devices| devices.name.value == vlan.name.value) {
        let taken = subject.derived.devices.values().any(|device| device.management == net.network());
        return (!taken).then_some(Astray::Nobody(vlan));
    }
    (!vlan.dhcp_relay.is_empty()).then_some(Astray::Leased(vlan))
}

fn exists(subject: Subject<'_>, net: Ipv4Net) -> bool {
    let site = subject.derived.sites.iter().any(|site| {
        site.prefix.is_none_or(|prefix| prefix.contains(&net))
            && site.vlans.values().any(|vlan| vlan.subnet.is_none_or(|subnet| subnet.contains(&net)))
    });
    // A subnet that differs from the plan may lie in no site's block, and a prefix may hold many.
    let meets = |known: &Ipv4Net| known.contains(&net) || net.contains(known);
    site || subject.addresses().segments.values().flatten().any(meets)
}

/// Every server that devices are pointed at.
fn servers(subject: Subject<'_>) -> impl Iterator<Item = (&'static str, IpAddr, Span)> {
    let levels = subject.settings().flat_map(|settings| {
        let services = &settings.services;
        let named = [("time", &services.ntp), ("name", &services.dns), ("log", &services.syslog)];
        let named = named.into_iter().flat_map(|(what, hosts)| list(hosts).iter().map(move |host| (what, host)));
        let radius = list(&services.radius.servers).iter().map(|server| ("RADIUS", &server.host));
        named.chain(radius)
    });
    let relays = subject.network.vlans.iter().flat_map(|vlan| vlan.dhcp_relay.iter().map(|host| ("DHCP", host)));
    levels.chain(relays).map(|(what, host)| (what, host.value, host.span))
}
