//! The half-finished network while derivation runs: devices by position, ports by key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::layout::{self, Layout, Layouts};
use super::levels::{Effective, Levels};
use super::{DeviceFacts, PortFacts, PortState, SiteFacts};
use crate::finding::{Finding, codes};
use crate::model::{Device, DeviceRef, Network, PortSettings, PortUse, Role, Settings};
use crate::source::{Sp, Span};
use crate::value::{Id, Text, VlanId};

/// A device among [`Work::nodes`].
pub(super) struct Node {
    pub(super) facts: DeviceFacts,
    /// The ports of its model; `facts` has them once it is known what is said of each.
    pub(super) layout: Arc<Layout>,
}

/// What whoever works on a part of the network has for itself.
pub(super) struct Desk<'n> {
    effective: Effective<'n>,
    /// The VLANs of the last port that RADIUS moves devices on: its neighbours mostly say the same.
    dynamic: Option<(usize, Arc<PortSettings>, Arc<BTreeSet<VlanId>>)>,
    pub(super) findings: Vec<Finding>,
}

impl Desk<'_> {
    /// What nobody says.
    pub(super) fn silent(&self) -> Arc<PortSettings> {
        self.effective.silent()
    }
}

/// A port of a [`Node`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PortId {
    pub(super) node: usize,
    pub(super) port: usize,
}

pub(super) struct Work<'n> {
    pub(super) network: &'n Network,
    pub(super) sites: Vec<SiteFacts>,
    /// Number of each site in the plan for links and loopbacks.
    numbers: Vec<Option<u64>>,
    pub(super) nodes: Vec<Node>,
    pub(super) links_taken: BTreeMap<Ipv4Net, Span>,
    pub(super) findings: Vec<Finding>,
    effective: Effective<'n>,
    layouts: Layouts<'n>,
    /// Lines of site files that say more of a port than its settings, for each node, by port.
    pub(super) entries: Vec<Vec<(usize, &'n PortUse)>>,
    /// What ports without VLANs share.
    pub(super) nothing: Arc<BTreeSet<VlanId>>,
    /// Node by site, role and number.
    index: HashMap<(usize, Role, u32), usize>,
    site_index: BTreeMap<Id, usize>,
    /// VLAN ids by site and name, so that a port needs no search.
    vlans: Vec<BTreeMap<Id, VlanId>>,
    known_vlans: BTreeMap<Id, usize>,
}

impl<'n> Work<'n> {
    pub(super) fn new(network: &'n Network, sites: Vec<SiteFacts>, numbers: Vec<Option<u64>>) -> Self {
        let devices = network.sites.iter().map(|site| site.devices.len()).sum();
        let site_index = network.sites.iter().enumerate().map(|(index, site)| (site.id.value.clone(), index)).collect();
        let names = |site: &SiteFacts| {
            let name = |(id, facts): (&VlanId, &super::VlanFacts)| {
                network.vlans.get(facts.vlan).map(|vlan| (vlan.name.value.clone(), *id))
            };
            site.vlans.iter().filter_map(name).collect()
        };
        let vlans = sites.iter().map(names).collect();
        let known_vlans =
            network.vlans.iter().enumerate().map(|(index, vlan)| (vlan.name.value.clone(), index)).collect();
        Self {
            network,
            sites,
            numbers,
            nodes: Vec::with_capacity(devices),
            links_taken: BTreeMap::new(),
            effective: Effective::new(network),
            layouts: Layouts::default(),
            entries: Vec::new(),
            nothing: Arc::default(),
            findings: Vec::new(),
            index: HashMap::with_capacity(devices),
            site_index,
            vlans,
            known_vlans,
        }
    }

    /// Takes a device in, with the ports of its model.
    pub(super) fn push(&mut self, facts: DeviceFacts, device: &'n Device) {
        let layout = self.layouts.of(self.network, device);
        // The first of two devices with one number keeps it; the inventory says that there are two.
        self.index.entry((facts.site, facts.role, facts.number)).or_insert(self.nodes.len());
        self.nodes.push(Node { facts, layout });
    }

    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn report_all(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    pub(super) fn finish(self) -> (Vec<SiteFacts>, Vec<Node>, Vec<Finding>) {
        (self.sites, self.nodes, self.findings)
    }

    /// The levels above a device, by the index of its site and its own within the site.
    fn levels(&self, site: usize, device: usize) -> Option<Levels<'n>> {
        let network = self.network;
        let here = network.sites.get(site)?;
        let organisation = self.sites.get(site)?.organisation.and_then(|index| network.organisations.get(index));
        Some(Levels { network, organisation, site: here, device: here.devices.get(device)? })
    }

    /// What a device uses, all levels considered.
    pub(super) fn settings(&mut self, site: usize, device: usize) -> Arc<Settings> {
        self.levels(site, device).map(|levels| self.effective.settings(levels, (site, device))).unwrap_or_default()
    }

    /// A place to work on a part of the network.
    pub(super) fn desk(&self) -> Desk<'n> {
        Desk { effective: self.effective.part(), dynamic: None, findings: Vec::new() }
    }

    /// What holds at a port, all levels considered.
    pub(super) fn port_settings(
        &self,
        desk: &mut Desk<'n>,
        node: usize,
        port: &'n PortUse,
    ) -> Option<Arc<PortSettings>> {
        let at = self.nodes.get(node)?.facts.place();
        self.levels(at.0, at.1).map(|levels| desk.effective.port(levels, at, port))
    }

    /// What a site file says about a device's ports.
    pub(super) fn uses(&self, node: usize) -> &'n [PortUse] {
        self.device(node).map(|device| device.ports.as_slice()).unwrap_or_default()
    }

    /// The ports that a device has, for whoever named another one.
    pub(super) fn known_ports(&self, node: usize) -> String {
        self.device(node).map(|device| layout::described(self.network, device)).unwrap_or_default()
    }

    /// The line of a port that has a link, a group or a description of its own.
    pub(super) fn entry(&self, id: PortId) -> Option<&'n PortUse> {
        let lines = self.entries.get(id.node)?;
        let at = lines.binary_search_by_key(&id.port, |(port, _)| *port).ok()?;
        lines.get(at).map(|(_, entry)| *entry)
    }

    /// All such lines.
    pub(super) fn entries(&self) -> impl Iterator<Item = (PortId, &'n PortUse)> {
        self.entries
            .iter()
            .enumerate()
            .flat_map(|(node, lines)| lines.iter().map(move |(port, entry)| (PortId { node, port: *port }, *entry)))
    }

    /// All such lines of a device.
    pub(super) fn entries_of(&self, node: usize) -> impl Iterator<Item = &'n PortUse> {
        self.entries.get(node).into_iter().flatten().map(|(_, entry)| *entry)
    }

    /// The VLANs of a site that RADIUS may put a device in; those it lacks are simply not there.
    pub(super) fn dynamic_vlans(
        &self,
        desk: &mut Desk<'n>,
        site: usize,
        settings: &Arc<PortSettings>,
    ) -> Arc<BTreeSet<VlanId>> {
        if let Some((known, same, made)) = &desk.dynamic
            && *known == site
            && Arc::ptr_eq(same, settings)
        {
            return Arc::clone(made);
        }
        let names = settings.dot1x.dynamic_vlans.iter().flat_map(|list| &list.value);
        let made: BTreeSet<VlanId> = names.filter_map(|name| self.vlan_here(site, &name.value)).collect();
        let made = Arc::new(made);
        desk.dynamic = Some((site, Arc::clone(settings), Arc::clone(&made)));
        made
    }

    /// The device as the inventory has it.
    pub(super) fn device(&self, node: usize) -> Option<&'n Device> {
        let facts = &self.nodes.get(node)?.facts;
        self.network.sites.get(facts.site)?.devices.get(facts.device)
    }

    /// How messages name a device.
    pub(super) fn what(&self, node: usize) -> String {
        self.nodes.get(node).map_or_else(String::new, |node| format!("`{}`", node.facts.name))
    }

    pub(super) fn port(&self, id: PortId) -> Option<&PortFacts> {
        self.nodes.get(id.node)?.facts.ports.get(id.port)
    }

    /// What is said of a port, to say something else of this port alone.
    pub(super) fn port_mut(&mut self, id: PortId) -> Option<&mut PortState> {
        self.nodes.get_mut(id.node)?.facts.ports.get_mut(id.port).map(|port| Arc::make_mut(&mut port.state))
    }

    pub(super) fn port_by_key(&self, node: usize, key: &str) -> Option<PortId> {
        // The first member of a stack may be named, and need not be.
        let key = key.strip_prefix("1/").unwrap_or(key);
        let port = *self.nodes.get(node)?.layout.keys.get(key)?;
        Some(PortId { node, port })
    }

    /// The same, for one that mostly is the next after another.
    pub(super) fn port_after(&self, before: Option<PortId>, node: usize, key: &str) -> Option<PortId> {
        let port = before.map_or(0, |before| before.port + 1);
        let next = self.nodes.get(node)?.layout.ports.get(port).is_some_and(|socket| socket.key == key);
        if next { Some(PortId { node, port }) } else { self.port_by_key(node, key) }
    }

    pub(super) fn port_ids(&self, node: usize) -> Vec<PortId> {
        let count = self.nodes.get(node).map_or(0, |node| node.facts.ports.len());
        (0..count).map(|port| PortId { node, port }).collect()
    }

    pub(super) fn key(&self, id: PortId) -> Text {
        self.port(id).map_or_else(Text::default, |port| port.socket.key.clone())
    }

    pub(super) fn resolve(&self, from_site: usize, reference: &DeviceRef) -> Option<usize> {
        let site = match &reference.site {
            Some(id) => *self.site_index.get(id)?,
            None => from_site,
        };
        self.index.get(&(site, reference.role, reference.number)).copied()
    }

    pub(super) fn site_number(&self, site: usize) -> Option<u64> {
        self.numbers.get(site).copied().flatten()
    }

    /// The id of a VLAN by name, if the site has it.
    pub(super) fn vlan_here(&self, site: usize, name: &Id) -> Option<VlanId> {
        self.vlans.get(site)?.get(name).copied()
    }

    /// The same, with a finding at `port` when the VLAN exists but not at this site.
    pub(super) fn vlan_at(&self, desk: &mut Desk<'n>, site: usize, name: &Sp<Id>, port: Span) -> Option<VlanId> {
        let found = self.vlan_here(site, &name.value);
        if found.is_none()
            && let Some(vlan) = self.known_vlans.get(&name.value).and_then(|index| self.network.vlans.get(*index))
        {
            let id = self.network.sites.get(site).map_or("", |site| site.id.as_str());
            desk.findings.push(
                Finding::error(codes::PORT_VLAN_ABSENT, format!("site `{id}` has no VLAN `{}`", name.value))
                    .at_saying(port, "needed by this port's profile")
                    .label(vlan.name.span, "only for sites with one of its tags")
                    .label(name.span, "named here")
                    .help("give the site the tag, or the port another profile"),
            );
        }
        found
    }
}
