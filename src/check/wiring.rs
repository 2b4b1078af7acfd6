//! What ports are used for, gathered once for all checks: one entry for each kind of use, not for each port.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::Subject;
use crate::derive::levels::settled;
use crate::derive::{Derived, DeviceFacts, Peer, PortFacts};
use crate::model::{
    Device, DeviceModel, DeviceRef, Layer as _, Network, PortMode, PortSettings, PortUse, Role, Segment, Vlan,
};
use crate::source::Sp;
use crate::value::Id;

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
}

/// A port that a host is plugged into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    pub(super) device: &'a DeviceFacts,
    pub(super) port: &'a PortFacts,
}

/// One end of a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    pub(super) device: &'a DeviceFacts,
    pub(super) port: &'a PortFacts,
    pub(super) peer: &'a Peer,
    pub(super) far: &'a DeviceFacts,
    pub(super) far_port: &'a PortFacts,
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
        let parts: Vec<Self> =
            devices.par_chunks(TOGETHER).map(|part| Self::part(network, derived, &models, part)).collect();
        let mut whole = Self {
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
            let mut before = (std::ptr::null(), 0);
            for port in &device.ports {
                let now = (Arc::as_ptr(&port.state), port.socket.speed);
                if std::mem::replace(&mut before, now) == now || !port.used {
                    continue;
                }
                if let Some(peer) = &port.peer {
                    let far = derived.devices.get(&peer.device);
                    if let Some((far, far_port)) = far.and_then(|far| Some((far, far.ports.get(peer.place)?))) {
                        wiring.links.push(End { device, port, peer, far, far_port });
                    }
                    continue;
                }
                let one = Use { device, port };
                if seen.insert(one.kind()) {
                    wiring.uses.push(one);
                }
            }
        }
        wiring
    }

    /// All that is said of ports anywhere, each only once or a few times.
    pub(super) fn settings(&self) -> Vec<&PortSettings> {
        let ports = self.uses.iter().map(|one| one.port).chain(self.links.iter().map(|end| end.port));
        let distinct: BTreeMap<usize, &PortSettings> =
            ports.map(|port| (Arc::as_ptr(&port.settings).addr(), &*port.settings)).collect();
        let mut all: Vec<&PortSettings> = self.profiles.iter().chain(distinct.into_values()).collect();
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

impl End<'_> {
    /// Whether the far end is nearer to the middle of the network.
    pub(super) fn leads_inwards(&self) -> bool {
        (self.far.role, self.far.number) < (self.device.role, self.device.number)
    }

    /// Whether both ends take part in the spanning tree.
    pub(super) fn joins_switches(&self) -> bool {
        let switch = |role| matches!(role, Role::Distribution | Role::Access);
        self.port.mode != PortMode::Routed && switch(self.device.role) && switch(self.far.role)
    }

    /// The same, seen from the other end.
    pub(super) fn comes_narrow(&self) -> bool {
        self.port.mode == PortMode::Access
            && self.leads_inwards()
            && self.device.vlans.iter().any(|vlan| Some(*vlan) != self.port.vlan)
    }

    /// Whether an access port leads to a device that needs more than its VLAN.
    pub(super) fn is_too_narrow(&self) -> bool {
        self.port.mode == PortMode::Access
            && !self.leads_inwards()
            && self.far.vlans.iter().any(|vlan| Some(*vlan) != self.port.vlan)
    }
}

impl<'a> Subject<'a> {
    /// A VLAN by name.
    pub(super) fn vlan(self, name: &Id) -> Option<&'a Vlan> {
        self.network.vlans.get(self.derived.vlan(name)?)
    }

    /// The segment of a VLAN.
    pub(super) fn segment(self, vlan: &Vlan) -> Option<&'a Segment> {
        self.network.policy.segments.get(&vlan.segment.value)
    }

    /// Devices that are said to stand in for each other: who says it, in a pair or not, of which other one.
    pub(super) fn claims(self) -> impl Iterator<Item = Claim<'a>> {
        self.placed().flat_map(move |one| {
            let pair = one.device.pair.as_ref().map(|pair| (true, &pair.value.with));
            let claims = one.device.redundant_with.iter().map(|with| (false, with)).chain(pair);
            claims.filter_map(move |(paired, with)| {
                let other = self.derived.devices.get(self.derived.resolve(one.facts.site, &with.value)?)?;
                Some(Claim { one, paired, with, other })
            })
        })
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

/// What a site file says of a port.
pub(super) fn written<'a>(device: &'a Device, key: &str) -> Option<&'a PortUse> {
    device.ports.iter().find(|port| port.port.value == key)
}

fn first_place(settings: &PortSettings) -> Option<crate::source::Span> {
    let mut first = None;
    settings
        .leaves("", &mut |_, _, span| first = Some(first.map_or(span, |known: crate::source::Span| known.min(span))));
    first
}
