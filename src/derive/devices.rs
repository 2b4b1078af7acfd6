//! Names and addresses of devices, and what else follows from a device alone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use rayon::prelude::*;
use smol_str::format_smolstr;

use super::facts::{DeviceFacts, Ports};
use super::work::Base;
use super::{addressing, management_name, naming, radios};
use crate::finding::{About, Finding, codes};
use crate::model::{Device, Network, Role, Settings, Site};
use crate::source::Span;
use crate::value::{DeviceName, Id};

/// Names and addresses of every device; those that can have neither are left out.
pub(super) fn run(base: &mut Base<'_>, findings: &mut Vec<Finding>) -> Vec<DeviceFacts> {
    let network = base.network;
    let management = management_name(network);
    let known = network.vlans.iter().any(|vlan| vlan.name.value == management);
    if !known && network.sites.iter().any(|site| !site.devices.is_empty()) {
        let finding =
            Finding::error(codes::NO_MANAGEMENT, format!("there is no VLAN `{management}` to manage devices in"));
        let finding = finding.about(About::Unknown { kind: "VLAN", name: management.as_str().into(), places: 1 });
        // One in a segment of that name was called so, most likely.
        let was = network.vlans.iter().find(|vlan| vlan.segment.value == management);
        findings.push(match (was, &network.plan.management) {
            (Some(was), None) => finding.at_saying(was.name.span, "in the segment of that name").help(format!(
                "call it `{management}`, or name it: address_plan: {{ management: {} }}",
                was.name.value
            )),
            (_, name) => finding
                .at(name.as_ref().map_or(network.plan.ipv4.span, |name| name.span))
                .help("add the VLAN, or name another one: address_plan: { management: NAME }"),
        });
    }
    let sites: Vec<usize> = (0..network.sites.len()).collect();
    let parts: Vec<Part<'_>> = {
        let base = &*base;
        sites.par_chunks(SITES).with_max_len(1).map(|sites| part(base, sites, known.then_some(&management))).collect()
    };
    let count = network.sites.iter().map(|site| site.devices.len()).sum();
    let (mut made, mut split) = (Vec::with_capacity(count), Vec::with_capacity(parts.len()));
    for part in parts {
        findings.extend(part.findings);
        made.extend(part.made);
        split.push(part.nodes);
    }
    // They are large, and moving them takes as long as comparing all names.
    let joined = || {
        let mut nodes = Vec::with_capacity(count);
        for part in split {
            nodes.extend(part);
        }
        nodes
    };
    let (twice, mut nodes) = rayon::join(|| twice(&made), joined);
    if !twice.is_empty() {
        let placed = made.iter().enumerate().filter(|(_, one)| one.placed);
        let mut kept = placed.map(|(at, _)| !twice.contains_key(&at));
        nodes.retain(|_| kept.next().unwrap_or(true));
    }
    let mut spans = Vec::with_capacity(nodes.len());
    for (at, one) in made.into_iter().enumerate() {
        if let Some(first) = twice.get(&at) {
            findings.push(same_name(&one, first));
            continue;
        }
        findings.extend(one.findings);
        if one.placed {
            spans.push(one.address);
        }
    }
    same_address(network, &nodes, &spans, findings);
    base.place(&nodes);
    for (site, facts) in network.sites.iter().zip(&mut base.sites) {
        facts.devices = vec![None; site.devices.len()];
    }
    for node in &nodes {
        let place = base.sites.get_mut(node.site).and_then(|site| site.devices.get_mut(node.device));
        if let Some(place) = place {
            *place = Some(node.name.clone());
        }
    }
    nodes
}

/// Sites that are worked on together.
const SITES: usize = 16;

/// Devices of some sites.
#[derive(Default)]
struct Part<'n> {
    made: Vec<Made<'n>>,
    /// What follows for those that have a place.
    nodes: Vec<DeviceFacts>,
    findings: Vec<Finding>,
}

/// A device that could be named.
struct Made<'n> {
    name: DeviceName,
    device: &'n Device,
    /// Whether it has a place as well.
    placed: bool,
    /// Place of what its address follows from; none for one that lies outside and is told of that.
    address: Option<Span>,
    findings: Vec<Finding>,
}

/// Devices whose name another one has already, with that one.
fn twice<'n>(made: &[Made<'n>]) -> BTreeMap<usize, &'n Device> {
    let mut names: Vec<(&DeviceName, usize)> = made.iter().enumerate().map(|(at, one)| (&one.name, at)).collect();
    names.par_sort_unstable();
    let mut twice = BTreeMap::new();
    let mut first: Option<(&DeviceName, usize)> = None;
    for (name, at) in names {
        match first.filter(|(known, _)| *known == name).and_then(|(_, first)| made.get(first)) {
            Some(known) => drop(twice.insert(at, known.device)),
            None => first = Some((name, at)),
        }
    }
    twice
}

fn same_name(one: &Made<'_>, first: &Device) -> Finding {
    let given = |device: &Device| device.name.as_ref().map(|name| name.span);
    let (own, other) = (given(one.device), given(first));
    // A name that is given takes one that follows, wherever it stands.
    let (here, there) = match (own, other) {
        (None, Some(other)) => (other, one.device.span),
        (own, other) => (own.unwrap_or(one.device.span), other.unwrap_or(first.span)),
    };
    let swapped = own.is_none() && other.is_some();
    Finding::error(codes::DUPLICATE_HOSTNAME, format!("two devices come to the name `{}`", one.name))
        .at_saying(here, if swapped { "given here" } else { "this one as well" })
        .label(there, if swapped { "follows here" } else { "first used here" })
        .help(if own.is_some() || swapped {
            "leave `name` out, and one follows from the device's number"
        } else {
            "give one of the sites a `code:` of its own"
        })
}

/// Whether a device's number leads beyond where the range of another role begins.
fn strays(network: &Network, node: &DeviceFacts) -> bool {
    let bases = &network.plan.hosts;
    let own = bases.get(&node.role).map(|base| base.value);
    own.is_some_and(|own| bases.values().any(|base| base.value > own && own.saturating_add(node.number) > base.value))
}

/// Tells of devices with one address.
fn same_address(network: &Network, nodes: &[DeviceFacts], spans: &[Option<Span>], findings: &mut Vec<Finding>) {
    let all = nodes.iter().zip(spans).enumerate();
    let mut addresses: Vec<(u32, usize)> =
        all.filter(|(_, (_, span))| span.is_some()).map(|(at, (node, _))| (u32::from(node.management), at)).collect();
    addresses.par_sort_unstable();
    for pair in addresses.windows(2) {
        let &[(address, first), (other, second)] = pair else { continue };
        let place = |at: usize| Some((nodes.get(at)?, spans.get(at).copied().flatten()?));
        let (Some((one, there)), Some((node, here)), true) = (place(first), place(second), address == other) else {
            continue;
        };
        // An address that is given takes one that follows, wherever it stands.
        let given = here == node.span && there != one.span;
        let follows = here == node.span && there == one.span;
        let swapped = given || (follows && strays(network, one) && !strays(network, node));
        let (here, there) = if swapped { (there, here) } else { (here, there) };
        let message = format!("`{}` and `{}` come to the same address {}", one.name, node.name, node.management);
        findings.push(
            Finding::error(codes::DUPLICATE_ADDRESS, message)
                .at_saying(here, if given { "given here" } else { "this one as well" })
                .label(there, if given { "follows here" } else { "first used here" })
                .help(if follows {
                    "the roles' ranges in address_plan.hosts must not run into each other"
                } else {
                    "leave `address` out, and one follows from the device's number"
                }),
        );
    }
}

/// The devices of some sites.
fn part<'n>(base: &Base<'n>, sites: &[usize], management: Option<&Id>) -> Part<'n> {
    let network = base.network;
    let mut desk = base.desk();
    let mut part = Part::default();
    for site_index in sites.iter().copied() {
        let (Some(site), Some(site_facts)) = (network.sites.get(site_index), base.sites.get(site_index)) else {
            continue;
        };
        let id = management.and_then(|management| base.vlan_here(site_index, management));
        if let (Some(management), None, false) = (management, id, site.devices.is_empty()) {
            part.findings.push(
                Finding::error(
                    codes::NO_MANAGEMENT,
                    format!("site `{}` does not have the management VLAN `{management}`", site.id.value),
                )
                .at(site.id.span)
                .about(About::NotThere)
                .help("the management VLAN must exist at every site that has devices"),
            );
        }
        let organisation = site_facts.organisation.and_then(|index| network.organisations.get(index));
        // An organisation that does not exist is the inventory's own finding.
        if organisation.is_none() {
            continue;
        }
        let subnet = id.and_then(|id| site_facts.vlans.get(&id)).and_then(|vlan| Some((vlan.subnet?, vlan.gateway)));
        let naming = naming::Devices::of(network, organisation, &site_facts.code);
        let sent = ssids(network, site);
        for (device_index, device) in site.devices.iter().enumerate() {
            let name = match naming.name(device) {
                Ok(name) => name,
                Err(finding) => {
                    part.findings.push(finding);
                    continue;
                }
            };
            let mut made = Made { name, device, placed: false, address: None, findings: Vec::new() };
            // A model that does not exist is the inventory's own finding.
            if let (Some((model, layout)), Some((net, gateway))) = (desk.kind(base, device), subnet)
                && let Some(address) = address(network, device, net, &made.name, &mut made.findings)
            {
                let span = device.address.as_ref().map_or(device.span, |address| address.span);
                // One that lies outside is told of that, and of nothing it meets there.
                let strays = device.address.is_some() && !net.contains(&address);
                made.address = (!strays).then_some(span);
                let loopback = base
                    .site_number(site_index)
                    .and_then(|number| addressing::loopback(&network.plan, number, device.role, device.number));
                if loopback.is_none() && matches!(device.role, Role::Core | Role::Distribution) {
                    made.findings.push(
                        Finding::error(codes::NO_ROOM, format!("the address plan has no loopback for `{}`", made.name))
                            .at(device.span)
                            .label(
                                network.plan.loopbacks.span,
                                "loopbacks are numbered in this block, eight for each site",
                            )
                            .help("it has room for distribution switches 1–4 and core routers 1–4 of each site"),
                    );
                }
                let levels = base.levels(site_index, device_index);
                let settings = levels.map(|levels| desk.effective.settings(levels, (site_index, device_index)));
                let settings = settings.unwrap_or_default();
                let connect = device.connect.as_deref();
                made.placed = true;
                part.nodes.push(DeviceFacts {
                    host: connect
                        .and_then(|connect| connect.host.as_ref())
                        .map_or_else(|| format_smolstr!("{address}"), |host| host.as_str().into()),
                    port: connect.and_then(|connect| connect.port.as_ref()).map_or(22, |port| port.value),
                    name: made.name.clone(),
                    site: site_index,
                    device: device_index,
                    organisation: site.organisation.value.clone(),
                    site_id: site.id.value.clone(),
                    role: device.role,
                    number: device.number,
                    platform: model.platform.value.clone(),
                    management: address,
                    management_net: net,
                    management_gateway: gateway,
                    loopback,
                    members: u32::try_from(device.stack.len()).map_or(u32::MAX, |others| others.saturating_add(1)),
                    ports: Ports::bare(layout),
                    lags: BTreeMap::new(),
                    stp_priority: spanning_tree(device.role, device.number, &settings),
                    settings,
                    vlans: Arc::clone(&base.nothing),
                    gateways: BTreeSet::new(),
                    ssids: if device.role == Role::Ap { Arc::clone(&sent) } else { Arc::default() },
                    radios: radios::of_device(model, device),
                    bgp: Vec::new(),
                    controllers: Vec::new(),
                    serves: Vec::new(),
                    redundant_with: None,
                    pair: None,
                    span: device.span,
                });
            }
            part.made.push(made);
        }
    }
    part.findings.append(&mut desk.findings);
    part
}

/// Management address of a device: given, or the role's first host number plus the device's own.
fn address(
    network: &Network,
    device: &Device,
    net: Ipv4Net,
    name: &DeviceName,
    findings: &mut Vec<Finding>,
) -> Option<Ipv4Addr> {
    if let Some(given) = &device.address {
        if !net.contains(&given.value) {
            findings.push(
                Finding::error(
                    codes::ADDRESS_OUTSIDE,
                    format!("{} of `{name}` is not in the management subnet {net}", given.value),
                )
                .at(given.span)
                .help("leave `address` out, and one follows from the device's number"),
            );
        } else if net.prefix_len() < 31 && [net.network(), net.broadcast()].contains(&given.value) {
            let what = if given.value == net.network() { "the network's own" } else { "its broadcast" };
            let message = format!("`{name}` cannot have {}: in {net} it is {what} address", given.value);
            findings.push(
                Finding::error(codes::ADDRESS_OUTSIDE, message)
                    .at(given.span)
                    .help("leave `address` out, and one follows from the device's number"),
            );
        }
        return Some(given.value);
    }
    let Some(base) = network.plan.hosts.get(&device.role) else {
        let role = device.role.word();
        // Where other roles have theirs, it is missing there.
        let others = network.plan.hosts.values().map(|base| base.span).min();
        let finding =
            Finding::error(codes::NO_MANAGEMENT, format!("the address plan has no host number for role `{role}`"));
        let finding = match others {
            Some(others) => finding.at(others).label(device.span, "such a device"),
            None => finding.at(device.span),
        };
        findings.push(finding.help(format!("add it: address_plan: {{ hosts: {{ {role}: 50 }} }}")));
        return None;
    };
    let address = base.value.checked_add(device.number).and_then(|number| addressing::host(net, number));
    if address.is_none() {
        let message = format!("`{name}` has host number {} + {}, which {net} does not have", base.value, device.number);
        let finding = Finding::error(codes::ADDRESS_OUTSIDE, message);
        // Where there is no room for the first of a role, there is none for any.
        let first = base.value.checked_add(1).and_then(|number| addressing::host(net, number));
        findings.push(if first.is_none() {
            finding.at(base.span).label(device.span, "the first one that has no place").help(format!(
                "a /{} has {} addresses: start the role lower, with room for all its devices",
                net.prefix_len(),
                net.hosts().count()
            ))
        } else {
            finding.at(device.span).label(base.span, "the role starts here")
        });
    }
    address
}

/// Wireless networks of a site, as indexes in `Network::ssids`.
fn ssids(network: &Network, site: &Site) -> Arc<[usize]> {
    network.ssids.iter().enumerate().filter(|(_, ssid)| ssid.sites.admits(site)).map(|(index, _)| index).collect()
}

/// Bridge priority of a switch: given, or such that the site's first distribution switch becomes root and
/// the second one stands by.
fn spanning_tree(role: Role, number: u32, settings: &Settings) -> Option<u32> {
    let derived = match (role, number) {
        (Role::Distribution, 1) => 4096,
        (Role::Distribution, 2) => 8192,
        (Role::Distribution, _) => 12288,
        (Role::Access, _) => 32768,
        (Role::Core | Role::Firewall | Role::Controller | Role::Ap, _) => return None,
    };
    Some(settings.switching.spanning_tree.priority.as_ref().map_or(derived, |said| said.value))
}
