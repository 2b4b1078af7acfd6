//! The half-finished network while derivation runs: devices by position, ports by key.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, Range};
use std::sync::Arc;

use ipnet::Ipv4Net;
use rayon::prelude::*;

use super::layout::{self, Layout};
use super::levels::{Effective, Levels};
use super::{DeviceFacts, PortFacts, PortState, SiteFacts};
use crate::finding::{Finding, codes};
use crate::model::{Device, DeviceModel, DeviceRef, Network, PortSettings, PortUse, Role};
use crate::source::{Sp, Span};
use crate::value::{Id, Text, VlanId};

/// What whoever works on a part of the network has for itself.
pub(super) struct Desk<'n> {
    pub(super) effective: Effective<'n>,
    /// The VLANs of the last port that RADIUS moves devices on: its neighbours mostly say the same.
    dynamic: Option<(usize, Arc<PortSettings>, Arc<BTreeSet<VlanId>>)>,
    /// Models that were looked up, with the ports of devices without a stack.
    kinds: Vec<(&'n Device, &'n DeviceModel, Arc<Layout>)>,
    pub(super) findings: Vec<Finding>,
}

impl<'n> Desk<'n> {
    /// What nobody says.
    pub(super) fn silent(&self) -> Arc<PortSettings> {
        self.effective.silent()
    }

    /// The model of a device and the ports that it has; devices of a kind share them.
    pub(super) fn kind(&mut self, base: &Base<'n>, device: &'n Device) -> Option<(&'n DeviceModel, Arc<Layout>)> {
        let same = |known: &Device| {
            known.model.value == device.model.value
                && known.module.as_deref() == device.module.as_deref()
                && known.stack.iter().map(|one| &one.value).eq(device.stack.iter().map(|one| &one.value))
        };
        if let Some((_, model, layout)) = self.kinds.iter().find(|(known, ..)| same(known)) {
            return Some((model, Arc::clone(layout)));
        }
        let model = base.network.models.get(device.model.as_str())?;
        let made = base.layout(device);
        self.kinds.push((device, model, Arc::clone(&made)));
        Some((model, made))
    }
}

/// A port of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PortId {
    pub(super) node: usize,
    pub(super) port: usize,
}

/// What holds while devices are worked on.
pub(super) struct Base<'n> {
    pub(super) network: &'n Network,
    pub(super) sites: Vec<SiteFacts>,
    /// Number of each site in the plan for links and loopbacks.
    numbers: Vec<Option<u64>>,
    effective: Effective<'n>,
    /// Ports of devices without a stack, by model and module.
    layouts: BTreeMap<(&'n str, Option<&'n str>), Arc<Layout>>,
    /// Lines of site files that say more of a port than its settings, for each device, by port.
    pub(super) entries: Vec<Vec<(usize, &'n PortUse)>>,
    /// What ports without VLANs share.
    pub(super) nothing: Arc<BTreeSet<VlanId>>,
    /// The devices of each site.
    pub(super) ranges: Vec<Range<usize>>,
    /// Devices of each site by role and number.
    index: Vec<Vec<(Role, u32, usize)>>,
    site_index: BTreeMap<&'n Id, usize>,
    /// VLAN ids by site and name, so that a port needs no search.
    vlans: Vec<BTreeMap<&'n Id, VlanId>>,
    known_vlans: BTreeMap<&'n Id, usize>,
}

impl<'n> Base<'n> {
    pub(super) fn new(network: &'n Network, sites: Vec<SiteFacts>, numbers: Vec<Option<u64>>) -> Self {
        let site_index = network.sites.iter().enumerate().map(|(index, site)| (&site.id.value, index)).collect();
        let names = |site: &SiteFacts| {
            let name = |(id, facts): (&VlanId, &super::VlanFacts)| {
                network.vlans.get(facts.vlan).map(|vlan| (&vlan.name.value, *id))
            };
            site.vlans.iter().filter_map(name).collect()
        };
        let vlans = sites.par_iter().with_min_len(FEW).with_max_len(2 * FEW).map(names).collect();
        let known_vlans = network.vlans.iter().enumerate().map(|(index, vlan)| (&vlan.name.value, index)).collect();
        Self {
            network,
            sites,
            numbers,
            effective: Effective::new(network),
            layouts: layout::single(network),
            entries: Vec::new(),
            nothing: Arc::default(),
            ranges: Vec::new(),
            index: Vec::new(),
            site_index,
            vlans,
            known_vlans,
        }
    }

    /// Notes where devices stand, which are sorted by site.
    pub(super) fn place(&mut self, nodes: &[DeviceFacts]) {
        let mut start = 0;
        for site in 0..self.sites.len() {
            let rest = nodes.get(start..).unwrap_or_default();
            let end = start + rest.iter().take_while(|node| node.site == site).count();
            let here = nodes.get(start..end).unwrap_or_default().iter().zip(start..);
            let mut index: Vec<_> = here.map(|(node, at)| (node.role, node.number, at)).collect();
            index.sort_unstable();
            // The first of two devices with one number keeps it; the inventory says that there are two.
            index.dedup_by_key(|(role, number, _)| (*role, *number));
            self.index.push(index);
            self.ranges.push(start..end);
            start = end;
        }
    }

    /// The ports of a device.
    fn layout(&self, device: &'n Device) -> Arc<Layout> {
        let module = device.module.as_ref().map(|name| name.as_str());
        let single = self.layouts.get(&(device.model.as_str(), module)).filter(|_| device.stack.is_empty());
        single.cloned().unwrap_or_else(|| Arc::new(layout::layout(self.network, device)))
    }

    /// The levels above a device, by the index of its site and its own within the site.
    pub(super) fn levels(&self, site: usize, device: usize) -> Option<Levels<'n>> {
        let network = self.network;
        let here = network.sites.get(site)?;
        let organisation = self.sites.get(site)?.organisation.and_then(|index| network.organisations.get(index));
        Some(Levels { network, organisation, site: here, device: here.devices.get(device)? })
    }

    /// A place to work on a part of the network.
    pub(super) fn desk(&self) -> Desk<'n> {
        Desk { effective: self.effective.part(), dynamic: None, kinds: Vec::new(), findings: Vec::new() }
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

    pub(super) fn resolve(&self, from_site: usize, reference: &DeviceRef) -> Option<usize> {
        let site = match &reference.site {
            Some(id) => *self.site_index.get(id)?,
            None => from_site,
        };
        let here = self.index.get(site)?;
        let at = here.binary_search_by_key(&(reference.role, reference.number), |(role, number, _)| (*role, *number));
        here.get(at.ok()?).map(|(.., node)| *node)
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

    /// What a site file says about a device's ports.
    pub(super) fn uses(&self, facts: &DeviceFacts) -> &'n [PortUse] {
        self.written(facts).map(|device| device.ports.as_slice()).unwrap_or_default()
    }

    /// A device as the inventory has it.
    pub(super) fn written(&self, facts: &DeviceFacts) -> Option<&'n Device> {
        self.network.sites.get(facts.site)?.devices.get(facts.device)
    }

    /// The ports that a device has, for whoever named another one.
    pub(super) fn known_ports(&self, facts: &DeviceFacts) -> String {
        self.written(facts).map(|device| layout::described(self.network, device)).unwrap_or_default()
    }
}

/// Sites that are worked on together where several are at once.
pub(super) const FEW: usize = 8;

/// Devices side by side, known by their places in the whole network.
pub(super) struct Nodes<'w> {
    here: &'w mut [DeviceFacts],
    /// Place of the first in the whole network.
    first: usize,
}

impl Nodes<'_> {
    pub(super) fn get(&self, node: usize) -> Option<&DeviceFacts> {
        self.here.get(node.checked_sub(self.first)?)
    }

    pub(super) fn get_mut(&mut self, node: usize) -> Option<&mut DeviceFacts> {
        self.here.get_mut(node.checked_sub(self.first)?)
    }

    /// Every device with its place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &DeviceFacts)> {
        (self.first..).zip(self.here.iter())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut DeviceFacts)> {
        (self.first..).zip(self.here.iter_mut())
    }

    /// Places of all.
    pub(super) fn range(&self) -> Range<usize> {
        self.first..self.first + self.here.len()
    }
}

/// Networks that routed links come to, with the place of each link.
pub(super) type Taken = BTreeMap<Ipv4Net, Span>;

/// Devices being worked on: those of one site, or all.
pub(super) struct Work<'w, 'n> {
    base: &'w Base<'n>,
    pub(super) nodes: Nodes<'w>,
    pub(super) links_taken: Taken,
    pub(super) findings: Vec<Finding>,
}

impl<'n> Deref for Work<'_, 'n> {
    type Target = Base<'n>;

    fn deref(&self) -> &Base<'n> {
        self.base
    }
}

impl<'w, 'n> Work<'w, 'n> {
    /// All devices.
    pub(super) fn whole(base: &'w Base<'n>, nodes: &'w mut [DeviceFacts]) -> Self {
        Self::part(base, nodes, 0)
    }

    fn part(base: &'w Base<'n>, here: &'w mut [DeviceFacts], first: usize) -> Self {
        Self { base, nodes: Nodes { here, first }, links_taken: Taken::new(), findings: Vec::new() }
    }

    /// The devices of each site, to be worked on side by side.
    pub(super) fn by_site(base: &'w Base<'n>, nodes: &'w mut [DeviceFacts]) -> Vec<Self> {
        let mut rest = nodes;
        let mut parts = Vec::with_capacity(base.ranges.len());
        for range in &base.ranges {
            let Some((here, after)) = std::mem::take(&mut rest).split_at_mut_checked(range.len()) else { break };
            parts.push(Self::part(base, here, range.start));
            rest = after;
        }
        parts
    }

    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn report_all(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    /// The device as the inventory has it.
    pub(super) fn device(&self, node: usize) -> Option<&'n Device> {
        self.base.written(self.nodes.get(node)?)
    }

    /// How messages name a device.
    pub(super) fn what(&self, node: usize) -> String {
        self.nodes.get(node).map_or_else(String::new, |node| format!("`{}`", node.name))
    }

    pub(super) fn port(&self, id: PortId) -> Option<PortFacts<'_>> {
        self.nodes.get(id.node)?.ports.get(id.port)
    }

    /// What is said of a port, to say something else of this port alone.
    pub(super) fn port_mut(&mut self, id: PortId) -> Option<&mut PortState> {
        self.nodes.get_mut(id.node)?.ports.state_mut(id.port)
    }

    pub(super) fn port_by_key(&self, node: usize, key: &str) -> Option<PortId> {
        // The first member of a stack may be named, and need not be.
        let key = key.strip_prefix("1/").unwrap_or(key);
        let port = self.nodes.get(node)?.ports.place(key)?;
        Some(PortId { node, port })
    }

    pub(super) fn key(&self, id: PortId) -> Text {
        self.port(id).map_or_else(Text::default, |port| port.socket.key.clone())
    }
}
