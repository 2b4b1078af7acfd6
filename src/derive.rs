//! Addresses, names, ports and links: everything that follows from the model.
//!
//! Nothing here depends on what else exists: an address comes from indexes and numbers in the
//! inventory, never from a position in a list, so that adding or removing anything renumbers nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::{Ipv4Net, Ipv6Net};

use crate::finding::{Finding, codes};
use crate::model::{Device, DeviceRef, Gateway, Network, PortMode, PortSettings, Role, Settings, Site};
use crate::source::Span;
use crate::value::{DeviceName, Id, VlanId};
use work::Work;

mod addressing;
#[cfg(test)]
pub(crate) mod fixture;
pub mod levels;
mod naming;
mod ports;
pub mod select;
mod spread;
#[cfg(test)]
mod tests;
mod work;

pub use select::Selector;

/// What follows from a [`Network`]. Lists run parallel to the model's own.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// One entry per `Network::sites`, in the same order.
    pub sites: Vec<SiteFacts>,
    /// Every device that could be named and addressed.
    pub devices: BTreeMap<DeviceName, DeviceFacts>,
    /// Index in `Network::vlans` of the VLAN devices are managed in.
    pub management: Option<usize>,
    /// Index in `Network::vlans` by VLAN name.
    vlans: BTreeMap<Id, usize>,
    /// Place of every device by site index, role and number.
    places: BTreeMap<(usize, Role, u32), usize>,
    /// Site index by identifier.
    site_index: BTreeMap<Id, usize>,
}

/// What follows for a site.
#[derive(Clone, Debug, Default)]
pub struct SiteFacts {
    /// Index in `Network::organisations`.
    pub organisation: Option<usize>,
    /// Short form used in names.
    pub code: String,
    /// The site's part of the address plan.
    pub prefix: Option<Ipv4Net>,
    /// The site's IPv6 /48, where the plan has IPv6.
    pub prefix6: Option<Ipv6Net>,
    /// The VLANs the site has, by id.
    pub vlans: BTreeMap<VlanId, VlanFacts>,
    /// Names of the site's devices, in the order of `Site::devices`; `None` where none could be made.
    pub devices: Vec<Option<DeviceName>>,
}

/// A VLAN at a site.
#[derive(Clone, Debug)]
pub struct VlanFacts {
    /// Index in `Network::vlans`.
    pub vlan: usize,
    /// Its subnet here.
    pub subnet: Option<Ipv4Net>,
    /// Its /64 here, where the plan has IPv6.
    pub subnet6: Option<Ipv6Net>,
    /// The default gateway: the first address of the subnet, unless nobody routes.
    pub gateway: Option<Ipv4Addr>,
    /// What routes for it.
    pub gateway_kind: Gateway,
    /// The device that is the gateway.
    pub gateway_device: Option<DeviceName>,
}

/// What follows for a device.
#[derive(Clone, Debug)]
pub struct DeviceFacts {
    /// Its name.
    pub name: DeviceName,
    /// Index in `Network::sites`.
    pub site: usize,
    /// Index in `Site::devices`.
    pub device: usize,
    /// The organisation's identifier.
    pub organisation: Id,
    /// The site's identifier.
    pub site_id: Id,
    /// What it is there for.
    pub role: Role,
    /// Number within role and site.
    pub number: u32,
    /// The platform it runs.
    pub platform: Id,
    /// Management address.
    pub management: Ipv4Addr,
    /// The management subnet it lies in.
    pub management_net: Ipv4Net,
    /// Default gateway of that subnet; `None` where nobody routes.
    pub management_gateway: Option<Ipv4Addr>,
    /// Host to connect to: the management address unless the inventory says otherwise.
    pub host: String,
    /// TCP port to connect to.
    pub port: u16,
    /// Loopback, for devices that route.
    pub loopback: Option<Ipv4Addr>,
    /// Every port of the model, in the model's order.
    pub ports: Vec<PortFacts>,
    /// VLANs that live on the device: what its ports, its networks and whatever stands behind it use.
    pub vlans: BTreeSet<VlanId>,
    /// VLANs it is the gateway of.
    pub gateways: BTreeSet<VlanId>,
    /// Wireless networks it sends, as indexes in `Network::ssids`.
    pub ssids: Vec<usize>,
    /// What it uses, all levels considered.
    pub settings: Arc<Settings>,
    /// Device that must not change in the same wave.
    pub redundant_with: Option<DeviceName>,
    /// Place of its key in the site file.
    pub span: Span,
}

/// A port, resolved: both ends of a link say the same.
#[expect(clippy::struct_excessive_bools, reason = "they are the profile's own independent switches")]
#[derive(Clone, Debug)]
pub struct PortFacts {
    /// Key within the model: `12`, `u1`.
    pub key: String,
    /// The platform's name for it.
    pub interface: String,
    /// Speed in Mbit/s.
    pub speed: u32,
    /// Whether anything is written about it; a port nobody wrote about is switched off.
    pub used: bool,
    /// The profile, if one applies.
    pub profile: Option<Id>,
    /// How it carries VLANs.
    pub mode: PortMode,
    /// Untagged VLAN: access VLAN, or native VLAN of a trunk.
    pub vlan: Option<VlanId>,
    /// Voice VLAN.
    pub voice: Option<VlanId>,
    /// Tagged VLANs of a trunk; never holds `vlan`.
    pub tagged: BTreeSet<VlanId>,
    /// Whether 802.1X guards it.
    pub dot1x: bool,
    /// Whether it powers what is plugged in.
    pub poe: bool,
    /// Whether it is switched off.
    pub shutdown: bool,
    /// Everything said of it, all levels considered.
    pub settings: Arc<PortSettings>,
    /// Address of a routed port.
    pub address: Option<Ipv4Net>,
    /// What stands at the other end.
    pub peer: Option<Peer>,
    /// Description for the device.
    pub description: String,
    /// Place that says so: the port's line, or the far end's where the link is drawn there.
    pub span: Span,
}

/// The far end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The device.
    pub device: DeviceName,
    /// Its role.
    pub role: Role,
    /// Key of its port.
    pub port: String,
    /// The platform's name of that port.
    pub interface: String,
    /// Its address, on a routed link.
    pub address: Option<Ipv4Addr>,
}

/// Works out everything that follows from the network, and what contradicts itself.
///
/// A device that cannot be named or addressed is left out, and a finding says why.
#[must_use]
pub fn derive(network: &Network) -> (Derived, Vec<Finding>) {
    let mut findings = Vec::new();
    let (sites, numbers) = sites(network, &mut findings);
    let mut work = Work::new(network, sites, numbers);
    devices(&mut work);
    let links = ports::apply(&mut work);
    spread::run(&mut work, &links);
    gateways(&mut work);
    redundancy(&mut work);

    let (sites, nodes, more) = work.finish();
    findings.extend(more);
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    let mut derived = Derived {
        sites,
        devices: nodes.into_iter().map(|node| (node.facts.name.clone(), node.facts)).collect(),
        management: network.vlans.iter().position(|vlan| vlan.name.value == management_name(network)),
        vlans: network.vlans.iter().enumerate().map(|(index, vlan)| (vlan.name.value.clone(), index)).collect(),
        ..Derived::default()
    };
    for (index, site) in network.sites.iter().enumerate() {
        derived.site_index.insert(site.id.value.clone(), index);
        for (place, device) in site.devices.iter().enumerate() {
            derived.places.entry((index, device.role, device.number)).or_insert(place);
        }
    }
    (derived, findings)
}

/// Name of the VLAN devices are managed in.
fn management_name(network: &Network) -> Id {
    network.plan.management.as_ref().map_or_else(|| Id::literal("management"), |name| name.value.clone())
}

/// Blocks and subnets of every site, and each site's number in the plan for links and loopbacks.
fn sites(network: &Network, findings: &mut Vec<Finding>) -> (Vec<SiteFacts>, Vec<Option<u64>>) {
    let organisations: BTreeMap<&Id, usize> =
        network.organisations.iter().enumerate().map(|(index, org)| (&org.id.value, index)).collect();
    let mut numbers = Vec::new();
    let mut sites = Vec::new();
    for site in &network.sites {
        let mut facts = SiteFacts { code: naming::site_code(&network.policy.naming, site), ..SiteFacts::default() };
        facts.organisation = organisations.get(&site.organisation.value).copied();
        let organisation = facts.organisation.and_then(|index| network.organisations.get(index));
        let number = organisation.map(|org| addressing::site_number(&network.plan, org, site));
        if let Some(org) = organisation {
            match addressing::site_prefix(&network.plan, org, site) {
                Ok(prefix) => facts.prefix = Some(prefix),
                Err(finding) => findings.push(finding),
            }
        }
        facts.prefix6 = number.and_then(|number| addressing::site_prefix6(&network.plan, number));
        vlans(network, site, &mut facts, findings);
        numbers.push(number);
        sites.push(facts);
    }
    let prefixes: Vec<_> = sites.iter().map(|site| site.prefix).collect();
    findings.extend(addressing::overlaps(network, &prefixes));
    (sites, numbers)
}

/// The VLANs of one site. A slot that fits nowhere is reported once, at the first site that shows it.
fn vlans(network: &Network, site: &Site, facts: &mut SiteFacts, findings: &mut Vec<Finding>) {
    let mut subnets = Vec::new();
    for (index, vlan) in network.vlans.iter().enumerate().filter(|(_, vlan)| vlan.sites.admits(site)) {
        let subnet = facts.prefix.and_then(|prefix| addressing::subnet(prefix, vlan.subnet.value));
        if let Some(prefix) = facts.prefix
            && subnet.is_none()
            && !findings.iter().any(|known| known.code == codes::SUBNET_OUTSIDE && known.span == Some(vlan.subnet.span))
        {
            let slot = vlan.subnet.value;
            findings.push(
                Finding::error(
                    codes::SUBNET_OUTSIDE,
                    format!("the subnet of VLAN `{}` does not fit into a site's block", vlan.name.value),
                )
                .at_saying(
                    vlan.subnet.span,
                    format!("block {} with prefix {} in {prefix} of site `{}`", slot.block, slot.prefix, site.id.value),
                )
                .help("block counts /24s from the start of the site and must be a multiple of the subnet's own size"),
            );
        }
        if let Some(net) = subnet {
            subnets.push((index, net));
        }
        let gateway = subnet.filter(|_| vlan.gateway.value != Gateway::None);
        let vlan_facts = VlanFacts {
            vlan: index,
            subnet,
            subnet6: facts.prefix6.and_then(|prefix| addressing::subnet6(prefix, vlan.id.value)),
            gateway: gateway.and_then(|net| addressing::host(net, 1)),
            gateway_kind: vlan.gateway.value,
            gateway_device: None,
        };
        // Two VLANs with one id are the inventory's own finding; the first keeps it here.
        facts.vlans.entry(vlan.id.value).or_insert(vlan_facts);
    }
    findings.extend(addressing::subnet_overlaps(network, site, &subnets));
}

/// Names and addresses of every device.
fn devices(work: &mut Work<'_>) {
    let network = work.network;
    let management = management_name(network);
    let mut names: BTreeMap<DeviceName, Span> = BTreeMap::new();
    let mut addresses: BTreeMap<Ipv4Addr, (String, Span)> = BTreeMap::new();
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
                        .at_saying(device.span, "this one as well")
                        .label(first, "first used here")
                        .help("give one of the sites a `code:` of its own"),
                );
                continue;
            }
            names.insert(name.clone(), device.span);
            let (Some(model), Some((net, gateway))) = (model, subnet) else { continue };
            let Some(address) = address(work, device, net, &name) else { continue };
            let span = device.address.as_ref().map_or(device.span, |address| address.span);
            if let Some((other, first)) = addresses.insert(address, (name.to_string(), span)) {
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
            let ssids = if device.role == Role::Ap { ssids(network, site) } else { Vec::new() };
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
                ports: ports::of_model(model, device.span, &work.effective.silent()),
                settings: work.settings(site_index, device_index),
                vlans: BTreeSet::new(),
                gateways: BTreeSet::new(),
                ssids,
                redundant_with: None,
                span: device.span,
            };
            work.push(facts);
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
        work.report(
            Finding::error(
                codes::ADDRESS_OUTSIDE,
                format!("`{name}` has host number {} + {}, which {net} does not have", base.value, device.number),
            )
            .at(device.span)
            .label(base.span, "the role starts here"),
        );
    }
    address
}

/// Wireless networks of a site, as indexes in `Network::ssids`.
fn ssids(network: &Network, site: &Site) -> Vec<usize> {
    network.ssids.iter().enumerate().filter(|(_, ssid)| ssid.sites.admits(site)).map(|(index, _)| index).collect()
}

/// Who routes for each VLAN of each site.
fn gateways(work: &mut Work<'_>) {
    let mut routers: Vec<[Vec<(u32, usize)>; 3]> = vec![Default::default(); work.sites.len()];
    for (index, node) in work.nodes.iter().enumerate() {
        let facts = &node.facts;
        let Some([site, core, firewall]) = routers.get_mut(facts.site) else { continue };
        match facts.role {
            Role::Distribution => site.push((facts.number, index)),
            Role::Firewall => firewall.push((facts.number, index)),
            Role::Core => core.push((facts.number, index)),
            Role::Access | Role::Ap => {}
        }
    }
    for (index, [mut switches, mut cores, mut firewalls]) in routers.into_iter().enumerate() {
        switches.sort_unstable();
        cores.sort_unstable();
        firewalls.sort_unstable();
        let vlans: Vec<(VlanId, usize, Gateway)> = work
            .sites
            .get(index)
            .map(|site| site.vlans.iter().map(|(id, facts)| (*id, facts.vlan, facts.gateway_kind)).collect())
            .unwrap_or_default();
        // A site without devices is planned, not wrong.
        let empty = work.sites.get(index).is_none_or(|site| site.devices.iter().all(Option::is_none));
        let mut without: Vec<&str> = Vec::new();
        for (id, vlan, kind) in vlans {
            // One switch routes; both firewalls of a pair do, and the first is named.
            let routing: &[(u32, usize)] = match kind {
                Gateway::Site => switches.get(..1).unwrap_or_default(),
                Gateway::Core => cores.get(..1).unwrap_or_default(),
                Gateway::Firewall => &firewalls,
                Gateway::None => continue,
            };
            for (_, node) in routing {
                if let Some(node) = work.nodes.get_mut(*node) {
                    node.facts.gateways.insert(id);
                }
            }
            let first = routing.first().and_then(|(_, node)| work.nodes.get(*node)).map(|node| node.facts.name.clone());
            if first.is_none()
                && !empty
                && let Some(name) = work.network.vlans.get(vlan)
            {
                without.push(name.name.as_str());
            }
            if let Some(facts) = work.sites.get_mut(index).and_then(|site| site.vlans.get_mut(&id)) {
                facts.gateway_device = first;
            }
        }
        if let (false, Some(site)) = (without.is_empty(), work.network.sites.get(index)) {
            let message = format!("nothing routes for {} at site `{}`", without.join(", "), site.id.value);
            work.report(
                Finding::error(codes::NO_GATEWAY, message)
                    .at(site.id.span)
                    .help("`gateway: site` needs a distribution switch at the site, `gateway: firewall` a firewall; `sites:` limits where a VLAN exists"),
            );
        }
    }
    taken_gateways(work);
}

/// Devices whose management address is the gateway's, without being the gateway.
fn taken_gateways(work: &mut Work<'_>) {
    let management = management_name(work.network);
    let mut wrong = Vec::new();
    for node in &work.nodes {
        let facts = &node.facts;
        let id = work.vlan_here(facts.site, &management);
        let is_gateway = id.is_some_and(|id| facts.gateways.contains(&id));
        if Some(facts.management) == facts.management_gateway && !is_gateway {
            wrong.push(
                Finding::error(
                    codes::DUPLICATE_ADDRESS,
                    format!("`{}` comes to {}, the gateway of its own subnet", facts.name, facts.management),
                )
                .at(facts.span),
            );
        }
    }
    for finding in wrong {
        work.report(finding);
    }
}

/// Resolves `redundant_with`.
fn redundancy(work: &mut Work<'_>) {
    for index in 0..work.nodes.len() {
        let Some(facts) = work.nodes.get(index).map(|node| &node.facts) else { continue };
        let device = work.network.sites.get(facts.site).and_then(|site| site.devices.get(facts.device));
        let other = device.and_then(|device| device.redundant_with.as_ref());
        let other = other.and_then(|other| work.resolve(facts.site, &other.value));
        let name = other.and_then(|other| work.nodes.get(other)).map(|node| node.facts.name.clone());
        if let Some(node) = work.nodes.get_mut(index) {
            node.facts.redundant_with = name;
        }
    }
}

impl Derived {
    /// The device a reference means, seen from a site.
    #[must_use]
    pub fn resolve(&self, from_site: usize, reference: &DeviceRef) -> Option<&DeviceName> {
        let site = match &reference.site {
            Some(id) => *self.site_index.get(id)?,
            None => from_site,
        };
        let device = *self.places.get(&(site, reference.role, reference.number))?;
        self.sites.get(site)?.devices.get(device)?.as_ref()
    }

    /// Index of a site in `Network::sites`.
    #[must_use]
    pub fn site(&self, id: &Id) -> Option<usize> {
        self.site_index.get(id).copied()
    }

    /// Index of a VLAN in `Network::vlans`.
    #[must_use]
    pub fn vlan(&self, name: &Id) -> Option<usize> {
        self.vlans.get(name).copied()
    }
}
