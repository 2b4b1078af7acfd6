//! Names and addresses of devices, and what else follows from a device alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::facts::DeviceFacts;
use super::work::Work;
use super::{addressing, management_name, naming, radios};
use crate::finding::{Finding, codes};
use crate::model::{Device, Network, Role, Settings, Site};
use crate::source::Span;
use crate::value::DeviceName;

/// Names and addresses of every device.
pub(super) fn run(work: &mut Work<'_>) {
    let network = work.network;
    let management = management_name(network);
    let mut names: HashMap<DeviceName, Span> = HashMap::new();
    let mut addresses: HashMap<Ipv4Addr, (DeviceName, Span)> = HashMap::new();
    let known = network.vlans.iter().any(|vlan| vlan.name.value == management);
    if !known && network.sites.iter().any(|site| !site.devices.is_empty()) {
        work.report(
            Finding::error(codes::NO_MANAGEMENT, format!("there is no VLAN `{management}` to manage devices in"))
                .at(network.plan.management.as_ref().map_or(network.plan.ipv4.span, |name| name.span))
                .help("add the VLAN, or name another one: address_plan: { management: NAME }"),
        );
    }
    for (site_index, site) in network.sites.iter().enumerate() {
        let id = work.vlan_here(site_index, &management);
        if known && id.is_none() && !site.devices.is_empty() {
            work.report(
                Finding::error(
                    codes::NO_MANAGEMENT,
                    format!("site `{}` does not have the management VLAN `{management}`", site.id.value),
                )
                .at(site.id.span)
                .help("the management VLAN must exist at every site that has devices"),
            );
        }
        let Some(site_facts) = work.sites.get(site_index) else { continue };
        let organisation = site_facts.organisation.and_then(|index| network.organisations.get(index));
        // An organisation that does not exist is the inventory's own finding.
        if organisation.is_none() {
            continue;
        }
        let subnet = id.and_then(|id| site_facts.vlans.get(&id)).and_then(|vlan| Some((vlan.subnet?, vlan.gateway)));
        let code = site_facts.code.clone();
        let sent = ssids(network, site);
        for (device_index, device) in site.devices.iter().enumerate() {
            // A model that does not exist is the inventory's own finding.
            let model = network.models.get(&device.model.value);
            let made = naming::device_name(network, organisation, &code, device);
            let name = match made {
                Ok(name) => name,
                Err(finding) => {
                    work.report(finding);
                    continue;
                }
            };
            if let Some(first) = names.get(&name) {
                let first = *first;
                work.report(
                    Finding::error(codes::DUPLICATE_HOSTNAME, format!("two devices come to the name `{name}`"))
                        .at_saying(device.name.as_ref().map_or(device.span, |name| name.span), "this one as well")
                        .label(first, "first used here")
                        .help(if device.name.is_some() {
                            "leave `name` out, and one follows from the device's number"
                        } else {
                            "give one of the sites a `code:` of its own"
                        }),
                );
                continue;
            }
            names.insert(name.clone(), device.span);
            let (Some(model), Some((net, gateway))) = (model, subnet) else { continue };
            let Some(address) = address(work, device, net, &name) else { continue };
            let span = device.address.as_ref().map_or(device.span, |address| address.span);
            // One that lies outside is told of that, and of nothing it meets there.
            let strays = device.address.is_some() && !net.contains(&address);
            if let Some((other, first)) = (!strays).then(|| addresses.insert(address, (name.clone(), span))).flatten() {
                work.report(
                    Finding::error(
                        codes::DUPLICATE_ADDRESS,
                        format!("`{other}` and `{name}` come to the same address {address}"),
                    )
                    .at_saying(span, "this one as well")
                    .label(first, "first used here")
                    .help("the roles' ranges in address_plan.hosts must not run into each other"),
                );
            }
            let ssids = if device.role == Role::Ap { sent.clone() } else { Vec::new() };
            let loopback = work
                .site_number(site_index)
                .and_then(|number| addressing::loopback(&network.plan, number, device.role, device.number));
            if loopback.is_none() && matches!(device.role, Role::Core | Role::Distribution) {
                work.report(
                    Finding::error(codes::NO_ROOM, format!("the address plan has no loopback for `{name}`"))
                        .at(device.span)
                        .label(network.plan.loopbacks.span, "loopbacks are numbered in this block, eight for each site")
                        .help("it has room for distribution switches 1–4 and core routers 1–4 of each site"),
                );
            }
            let connect = &device.connect;
            let settings = work.settings(site_index, device_index);
            let facts = DeviceFacts {
                host: connect.host.as_ref().map_or_else(|| address.to_string(), |host| host.value.clone()),
                port: connect.port.as_ref().map_or(22, |port| port.value),
                name,
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
                ports: Vec::new(),
                lags: BTreeMap::new(),
                stp_priority: spanning_tree(device.role, device.number, &settings),
                settings,
                vlans: Arc::clone(&work.nothing),
                gateways: BTreeSet::new(),
                ssids,
                radios: radios::of_device(model, device),
                bgp: Vec::new(),
                controllers: Vec::new(),
                serves: Vec::new(),
                redundant_with: None,
                pair: None,
                span: device.span,
            };
            work.push(facts, device);
        }
    }
    let mut by_site: Vec<Vec<Option<DeviceName>>> =
        network.sites.iter().map(|site| vec![None; site.devices.len()]).collect();
    for node in &work.nodes {
        let place = by_site.get_mut(node.facts.site).and_then(|site| site.get_mut(node.facts.device));
        if let Some(place) = place {
            *place = Some(node.facts.name.clone());
        }
    }
    for (site, devices) in work.sites.iter_mut().zip(by_site) {
        site.devices = devices;
    }
}

/// Management address of a device: given, or the role's first host number plus the device's own.
fn address(work: &mut Work<'_>, device: &Device, net: Ipv4Net, name: &DeviceName) -> Option<Ipv4Addr> {
    if let Some(given) = &device.address {
        if !net.contains(&given.value) {
            work.report(
                Finding::error(
                    codes::ADDRESS_OUTSIDE,
                    format!("{} of `{name}` is not in the management subnet {net}", given.value),
                )
                .at(given.span)
                .help("leave `address` out, and one follows from the device's number"),
            );
        }
        return Some(given.value);
    }
    let Some(base) = work.network.plan.hosts.get(&device.role) else {
        let role = device.role.word();
        work.report(
            Finding::error(codes::NO_MANAGEMENT, format!("the address plan has no host number for role `{role}`"))
                .at(device.span)
                .help(format!("add it: address_plan: {{ hosts: {{ {role}: 50 }} }}")),
        );
        return None;
    };
    let address = base.value.checked_add(device.number).and_then(|number| addressing::host(net, number));
    if address.is_none() {
        let message = format!("`{name}` has host number {} + {}, which {net} does not have", base.value, device.number);
        let finding = Finding::error(codes::ADDRESS_OUTSIDE, message);
        // Where there is no room for the first of a role, there is none for any.
        let first = base.value.checked_add(1).and_then(|number| addressing::host(net, number));
        work.report(if first.is_none() {
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
fn ssids(network: &Network, site: &Site) -> Vec<usize> {
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
