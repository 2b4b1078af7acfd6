//! What ports are used for, gathered once for all checks: one entry for each kind of use, not for each port.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt as _};
use rayon::prelude::*;

use super::Subject;
use super::said::{self, Purpose};
use crate::derive::levels::{Levels, settled};
use crate::derive::{Derived, DeviceFacts, Peer, PortFacts, PortState, Socket};
use crate::model::{
    Device, DeviceModel, DeviceRef, Layer as _, Network, PortMode, PortSettings, PortUse, Role, Segment, Settings,
    Site, Vlan,
};
use crate::source::{Sp, Span};
use crate::value::{Id, Text, VlanId};

/// Devices that are looked at together where several are at once.
const TOGETHER: usize = 512;

/// Ports and links of a whole network.
#[derive(Debug, Default)]
pub(super) struct Wiring<'a> {
    /// Ports that hosts are plugged into: the first of each site with the same settings and speed.
    pub(super) uses: Vec<Use<'a>>,
    /// Every port that leads to another device.
    pub(super) links: Vec<End<'a>>,
    /// Every device that could be resolved, by name.
    placed: Vec<Placed<'a>>,
    /// Every profile with what it says together with those it extends.
    pub(super) profiles: Vec<PortSettings>,
    /// What stands in the files.
    pub(super) files: Files<'a>,
}

/// What site files say, gathered in one walk over all devices and lines.
#[derive(Debug, Default)]
pub(super) struct Files<'a> {
    /// What every level says of devices, from the network down.
    pub(super) settings: Vec<&'a Settings>,
    /// What profiles, their refinements and ports say of ports.
    pub(super) ports: Vec<&'a PortSettings>,
    /// Profiles that lines name: each known one once for some sites, unknown ones everywhere.
    pub(super) profiles: Vec<&'a Sp<Id>>,
    /// Numbers of link aggregation groups.
    pub(super) groups: Vec<&'a Sp<u32>>,
    /// Words for descriptions.
    pub(super) words: Vec<&'a Sp<Text>>,
    /// Lines that say something of power.
    pub(super) powered: Vec<(&'a Device, &'a PortUse)>,
    /// Devices that are named, with the site that names them.
    pub(super) named: Vec<(usize, &'a Sp<DeviceRef>)>,
}

impl<'a> Files<'a> {
    fn of(network: &'a Network) -> Self {
        let sites: Vec<(usize, &Site)> = network.sites.iter().enumerate().collect();
        let parts: Vec<Self> =
            sites.par_chunks(SITES).with_max_len(1).map(|sites| Self::part(network, sites)).collect();
        let mut whole = Self::default();
        whole.settings.push(&network.settings);
        whole.settings.extend(network.organisations.iter().map(|organisation| &organisation.settings));
        let profiles = network.organisations.iter().flat_map(|organisation| organisation.profiles.values());
        whole.ports.extend(network.profiles.values().chain(profiles).map(|profile| &profile.settings));
        for part in parts {
            whole.settings.extend(part.settings);
            whole.ports.extend(part.ports);
            whole.profiles.extend(part.profiles);
            whole.groups.extend(part.groups);
            whole.words.extend(part.words);
            whole.powered.extend(part.powered);
            whole.named.extend(part.named);
        }
        whole
    }

    fn part(network: &'a Network, sites: &[(usize, &'a Site)]) -> Self {
        let mut part = Self::default();
        let mut known: Vec<&Id> = Vec::new();
        for (index, site) in sites {
            part.settings.push(&site.settings);
            part.ports.extend(site.profiles.values().map(|profile| &profile.settings));
            let mut last: Option<&Arc<Settings>> = None;
            for device in &site.devices {
                // Devices of one key share what is said of them.
                if let Some(settings) = device.settings.as_ref()
                    && last.replace(settings).is_none_or(|last| !Arc::ptr_eq(last, settings))
                {
                    part.settings.push(settings);
                }
                part.ports.extend(device.profiles.values().map(|profile| &profile.settings));
                part.named.extend(device.ports.iter().filter_map(|port| Some((*index, port.to.as_deref()?))));
                let pair = device.pair.as_ref().map(|pair| &pair.with);
                part.named
                    .extend(device.redundant_with.as_deref().into_iter().chain(pair).map(|other| (*index, other)));
                for line in device.lines() {
                    part.line(network, &mut known, line);
                }
                let powers = |port: &&PortUse| port.settings.as_ref().is_some_and(|settings| settings.poe.is_some());
                if device.lines().any(|port| powers(&port)) {
                    part.powered.extend(device.ports.iter().filter(powers).map(|port| (device, port)));
                }
            }
        }
        part
    }

    fn line(&mut self, network: &Network, known: &mut Vec<&'a Id>, line: &'a PortUse) {
        if let Some(profile) = &line.profile
            && !known.contains(&&profile.value)
        {
            self.profiles.push(profile);
            if network.profiles.contains_key(&profile.value) {
                known.push(&profile.value);
            }
        }
        self.ports.extend(line.settings.as_deref());
        self.groups.extend(line.lag.iter().chain(&line.to_lag));
        self.words.extend(&line.description);
    }
}

/// Sites that are looked at together.
const SITES: usize = 32;

/// A port that a host is plugged into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    pub(super) device: &'a DeviceFacts,
    pub(super) port: PortFacts<'a>,
    /// All that is said of it.
    pub(super) settings: &'a PortSettings,
}

/// One end of a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    pub(super) device: &'a DeviceFacts,
    pub(super) port: PortFacts<'a>,
    pub(super) peer: &'a Peer,
    pub(super) far: &'a DeviceFacts,
    pub(super) far_port: PortFacts<'a>,
    /// All that is said of the port.
    pub(super) settings: &'a PortSettings,
    /// How it carries VLANs.
    pub(super) mode: PortMode,
    /// Whether the far end is nearer to the middle of the network.
    inwards: bool,
    /// Whether both ends take part in the spanning tree.
    joins: bool,
}

/// A device with what is written about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub(super) device: &'a Device,
    pub(super) facts: &'a DeviceFacts,
    pub(super) model: &'a DeviceModel,
}

/// What is said of two devices that stand in for each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub(super) one: Placed<'a>,
    /// Whether they are said to make a pair.
    pub(super) paired: bool,
    pub(super) with: &'a Sp<DeviceRef>,
    pub(super) other: &'a DeviceFacts,
}

impl<'a> Wiring<'a> {
    /// Gathers everything in one walk over all ports.
    #[must_use]
    pub(super) fn of(network: &'a Network, derived: &'a Derived) -> Self {
        let models: HashMap<&str, &DeviceModel> =
            network.models.iter().map(|(name, model)| (name.as_str(), model)).collect();
        let devices: Vec<&DeviceFacts> = derived.devices.values().collect();
        let parts: Vec<Self> = devices
            .par_chunks(TOGETHER)
            .with_max_len(1)
            .map(|part| Self::part(network, derived, &models, part))
            .collect();
        let mut whole = Self {
            files: Files::of(network),
            profiles: network.profiles.values().map(|profile| settled(network, profile)).collect(),
            ..Self::default()
        };
        // Devices of one site may be in two parts.
        let mut seen: HashSet<(usize, usize, u32)> = HashSet::new();
        for part in parts {
            whole.uses.extend(part.uses.into_iter().filter(|one| seen.insert(one.kind())));
            whole.links.extend(part.links);
            whole.placed.extend(part.placed);
        }
        whole
    }

    fn part(
        network: &'a Network,
        derived: &'a Derived,
        models: &HashMap<&str, &'a DeviceModel>,
        devices: &[&'a DeviceFacts],
    ) -> Self {
        let mut wiring = Self::default();
        let mut seen: HashSet<(usize, usize, u32)> = HashSet::new();
        for device in devices.iter().copied() {
            let placed = || {
                let written = network.sites.get(device.site)?.devices.get(device.device)?;
                Some(Placed { device: written, facts: device, model: models.get(written.model.as_str())? })
            };
            wiring.placed.extend(placed());
            // The ports of a range share what is said of them.
            for (sockets, state) in device.ports.pieces().filter(|(_, state)| state.used) {
                let mut speed = None;
                for socket in sockets {
                    if speed.replace(socket.speed) == Some(socket.speed) {
                        continue;
                    }
                    let port = PortFacts { socket, state };
                    if let Some(peer) = &state.peer {
                        let far = derived.devices.at(peer.at);
                        if let Some((far, far_port)) = far.and_then(|far| Some((far, far.ports.get(peer.place)?))) {
                            wiring.links.push(End::of((device, port), peer, (far, far_port)));
                        }
                        continue;
                    }
                    let one = Use { device, port, settings: &state.settings };
                    if seen.insert(one.kind()) {
                        wiring.uses.push(one);
                    }
                }
            }
        }
        wiring
    }

    /// All that is said of ports anywhere, each only once or a few times.
    pub(super) fn settings(&self) -> Vec<&PortSettings> {
        let said = self.uses.iter().map(|one| one.settings).chain(self.links.iter().map(|end| end.settings));
        let mut seen = HashSet::new();
        let distinct = said.filter(|settings| seen.insert(std::ptr::from_ref(*settings)));
        let mut all: Vec<&PortSettings> = self.profiles.iter().chain(distinct).collect();
        // By place, not by where it lies in memory.
        all.sort_by_key(|settings| (first_place(settings), settings.mode.as_ref().map(|mode| mode.span)));
        all
    }
}

impl Use<'_> {
    /// What makes it the same as others: its site, what is said of it and its speed.
    fn kind(&self) -> (usize, usize, u32) {
        (self.device.site, Arc::as_ptr(&self.port.settings).addr(), self.port.socket.speed)
    }
}

impl<'a> End<'a> {
    fn of(
        (device, port): (&'a DeviceFacts, PortFacts<'a>),
        peer: &'a Peer,
        (far, far_port): (&'a DeviceFacts, PortFacts<'a>),
    ) -> Self {
        let switch = |role| matches!(role, Role::Distribution | Role::Access);
        let mode = port.mode;
        Self {
            device,
            port,
            peer,
            far,
            far_port,
            settings: &port.state.settings,
            mode,
            inwards: (far.role, far.number) < (device.role, device.number),
            joins: mode != PortMode::Routed && switch(device.role) && switch(far.role),
        }
    }

    /// Whether the far end is nearer to the middle of the network.
    pub(super) const fn leads_inwards(&self) -> bool {
        self.inwards
    }

    /// Whether both ends take part in the spanning tree.
    pub(super) const fn joins_switches(&self) -> bool {
        self.joins
    }

    /// The same, seen from the other end.
    pub(super) fn comes_narrow(&self) -> bool {
        self.mode == PortMode::Access
            && self.leads_inwards()
            && self.device.vlans.iter().any(|vlan| Some(*vlan) != self.port.vlan)
    }

    /// Whether an access port leads to a device that needs more than its VLAN.
    pub(super) fn is_too_narrow(&self) -> bool {
        self.mode == PortMode::Access
            && !self.leads_inwards()
            && self.far.vlans.iter().any(|vlan| Some(*vlan) != self.port.vlan)
    }
}

impl<'a> Subject<'a> {
    /// A VLAN by name.
    pub(super) fn vlan(self, name: &Id) -> Option<&'a Vlan> {
        self.network.vlans.get(self.derived.vlan(name)?)
    }

    /// The VLAN devices are managed in.
    pub(super) fn management(self) -> Option<&'a Vlan> {
        self.network.vlans.get(self.derived.management?)
    }

    /// The segment of a VLAN.
    pub(super) fn segment(self, vlan: &Vlan) -> Option<&'a Segment> {
        self.network.policy.segments.get(&vlan.segment.value)
    }

    /// Whether a level's RADIUS servers count logins: it says so itself, or the network does.
    pub(super) fn counts(self, settings: &Settings) -> bool {
        let said = settings.security.aaa.accounting.as_ref();
        said.or(self.network.settings.security.aaa.accounting.as_ref()).is_some_and(|on| on.value)
    }

    /// Every run of ports that hosts are plugged into, with what the model has of them.
    pub(super) fn host_ports(self) -> impl Iterator<Item = (&'a DeviceFacts, &'a [Socket], &'a PortState)> {
        self.derived.devices.values().flat_map(|device| {
            let pieces = device.ports.pieces().filter(|(_, state)| state.used && state.peer.is_none());
            pieces.map(move |(sockets, state)| (device, sockets, state.as_ref()))
        })
    }

    /// A device as the inventory has it.
    pub(super) fn written(self, facts: &DeviceFacts) -> Option<&'a Device> {
        self.network.sites.get(facts.site)?.devices.get(facts.device)
    }

    /// Devices that are said to stand in for each other: who says it, in a pair or not, of which other one.
    pub(super) fn claims(self) -> impl Iterator<Item = Claim<'a>> {
        self.placed().flat_map(move |one| {
            let pair = one.device.pair.as_ref().map(|pair| (true, &pair.value.with));
            let claims = one.device.redundant_with.as_deref().map(|with| (false, with)).into_iter().chain(pair);
            claims.filter_map(move |(paired, with)| {
                let other = self.derived.devices.get(self.derived.resolve(one.facts.site, &with.value)?)?;
                Some(Claim { one, paired, with, other })
            })
        })
    }

    /// What every level says of devices, from the network down.
    pub(super) fn settings(self) -> impl Iterator<Item = &'a Settings> {
        self.wiring.files.settings.iter().copied()
    }

    /// One device for each set of values that all levels come to; devices share them.
    pub(super) fn settled(self) -> impl Iterator<Item = &'a DeviceFacts> {
        let mut seen: HashSet<usize> = HashSet::default();
        self.derived.devices.values().filter(move |facts| seen.insert(Arc::as_ptr(&facts.settings).addr()))
    }

    /// What profiles, their refinements and ports say of ports.
    pub(super) fn port_settings(self) -> impl Iterator<Item = &'a PortSettings> {
        self.wiring.files.ports.iter().copied()
    }

    /// Every secret that is named, with what it is for and where that is said.
    pub(super) fn secrets(self) -> impl Iterator<Item = (Purpose, &'a Id, Span)> {
        said::secrets(self.network, self.settings())
    }

    /// Every device that could be resolved.
    pub(super) fn placed(self) -> impl Iterator<Item = Placed<'a>> {
        self.wiring.placed.iter().copied()
    }

    /// Whether the network was read in full, so that what is absent is absent.
    pub(super) fn is_whole(self) -> bool {
        self.network.gaps.parts.is_empty() && self.network.gaps.sites.is_empty()
    }
}

/// VLANs that hosts at the ports of each site may come to, by themselves or because a login says so.
pub(super) fn at_ports(subject: Subject<'_>) -> BTreeMap<usize, BTreeSet<VlanId>> {
    let mut used: BTreeMap<usize, BTreeSet<VlanId>> = BTreeMap::new();
    for one in &subject.wiring.uses {
        let port = one.port;
        let vlans = used.entry(one.device.site).or_default();
        vlans.extend([port.vlan, port.voice, port.critical, port.guest].into_iter().flatten());
        vlans.extend(port.tagged.iter().chain(port.dynamic.iter()).copied());
    }
    used
}

/// A line that draws ports of a profile and says more than the profile.
pub(super) struct Refined<'a> {
    pub(super) own: &'a PortSettings,
    /// The profile, and what it says at this device.
    pub(super) profile: &'a Id,
    pub(super) base: PortSettings,
    /// Ports of the line.
    pub(super) ports: usize,
}

impl<'a> Refined<'a> {
    /// The line of a port, where it names a profile and says something itself.
    pub(super) fn of(subject: Subject<'a>, one: &Use<'a>) -> Option<Self> {
        let line = written(subject.written(one.device)?, &one.port.socket.key)?;
        let profile = &line.profile.as_ref()?.value;
        let levels = Levels::of(subject.network, subject.derived, one.device)?;
        let mut base = PortSettings::default();
        levels.profile(profile).iter().for_each(|(_, said)| base.refine(&said.settings));
        Some(Self { own: line.settings.as_deref()?, profile, base, ports: line.ports.numbers().count() })
    }
}

/// What a site file says of a port.
pub(super) fn written<'a>(device: &'a Device, key: &str) -> Option<&'a PortUse> {
    device.ports.iter().find(|port| port.ports.hold(key))
}

fn first_place(settings: &PortSettings) -> Option<Span> {
    let mut first = None;
    settings.leaves("", &mut |_, _, span| first = Some(first.map_or(span, |known: Span| known.min(span))));
    first
}
