//! Ports, as templates see them.

use super::super::clean::Cleaner;
use super::super::context::{LagContext, LoginContext, PeerContext, PortContext, StormContext};
use super::super::places::Places;
use super::Source;
use crate::derive::LagFacts;
use crate::derive::PortFacts;
use crate::model::{PortSettings, StormAction};
use crate::source::Sp;
use crate::value::{Id, VlanId};

impl Source<'_> {
    pub(super) fn port(&self, port: PortFacts<'_>, places: &mut Places, clean: &mut Cleaner) -> PortContext {
        let mut allowed: Vec<u16> = port.tagged.iter().chain(&port.vlan).map(|id| id.get()).collect();
        allowed.sort_unstable();
        let settings = port.settings.as_ref();
        let says = |switch: &Option<Sp<bool>>| switch.as_ref().map(|said| said.value);
        let number = |value: &Option<Sp<u32>>| value.as_ref().map(|said| said.value);
        PortContext {
            name: clean.line(&port.socket.interface, port.span),
            key: port.socket.key.to_string(),
            speed: port.socket.speed,
            fixed_speed: number(&settings.speed),
            used: port.used,
            profile: port.profile.as_ref().map(ToString::to_string),
            mode: port.mode,
            vlan: port.vlan.map(VlanId::get),
            voice: port.voice.map(VlanId::get),
            tagged: port.tagged.iter().map(|id| id.get()).collect(),
            allowed,
            dot1x: port.dot1x,
            login: LoginContext {
                mab: says(&settings.dot1x.mab).unwrap_or(true),
                critical: self.vlan_id(settings.dot1x.critical_vlan.as_ref()),
                guest: self.vlan_id(settings.dot1x.guest_vlan.as_ref()),
                open: says(&settings.dot1x.open).unwrap_or(false),
                reauthenticate: number(&settings.dot1x.reauthenticate),
            },
            poe: port.poe,
            poe_off: says(&settings.poe) == Some(false),
            poe_watts: number(&settings.poe_watts).filter(|_| port.poe),
            storm: storm(settings),
            edge: says(&settings.edge),
            bpdu_guard: says(&settings.bpdu_guard),
            root_guard: says(&settings.root_guard).unwrap_or(false),
            trusted: says(&settings.trusted),
            dhcp_rate: number(&settings.dhcp_rate),
            isolated: says(&settings.isolated).unwrap_or(false),
            shutdown: port.shutdown,
            lag: port.lag,
            shape_mbit: port.shape_mbit,
            // Roles are ordered from the middle of the network outwards.
            uplink: port.peer.as_ref().is_some_and(|peer| peer.role < self.facts.role),
            address: port.address.map(|net| net.to_string()),
            peer: port.peer.as_ref().map(|peer| PeerContext {
                device: peer.device.to_string(),
                role: peer.role,
                interface: peer.interface.to_string(),
                address: peer.address.map(|address| address.to_string()),
            }),
            description: clean.line(&port.description, port.span),
            place: places.number(port.span),
        }
    }

    pub(super) fn lag(&self, lag: &LagFacts, places: &mut Places, clean: &mut Cleaner) -> LagContext {
        let mut allowed: Vec<u16> = lag.tagged.iter().chain(&lag.vlan).map(|id| id.get()).collect();
        allowed.sort_unstable();
        let settings = lag.settings.as_ref();
        let says = |switch: &Option<Sp<bool>>| switch.as_ref().map(|said| said.value);
        let members = lag.members.iter().filter_map(|index| self.facts.ports.get(*index));
        let first = members.clone().find_map(|port| port.state.peer.as_deref());
        LagContext {
            number: lag.number,
            agreed: lag.agreed,
            members: members.map(|port| clean.line(&port.socket.interface, port.span)).collect(),
            mode: lag.mode,
            vlan: lag.vlan.map(VlanId::get),
            voice: None,
            tagged: lag.tagged.iter().map(|id| id.get()).collect(),
            allowed,
            edge: says(&settings.edge),
            bpdu_guard: says(&settings.bpdu_guard),
            root_guard: says(&settings.root_guard).unwrap_or(false),
            trusted: says(&settings.trusted),
            dhcp_rate: settings.dhcp_rate.as_ref().map(|rate| rate.value),
            isolated: says(&settings.isolated).unwrap_or(false),
            uplink: lag.peers.iter().any(|peer| peer.role < self.facts.role),
            address: lag.address.map(|net| net.to_string()),
            peer: lag.peers.first().map(|peer| PeerContext {
                device: peer.device.to_string(),
                role: peer.role,
                interface: first.map_or_else(String::new, |port| port.interface.to_string()),
                address: peer.address.map(|address| address.to_string()),
            }),
            shape_mbit: lag.shape_mbit,
            storm: storm(settings),
            description: clean.line(&lag.description, lag.span),
            place: places.number(lag.span),
        }
    }

    /// The id of a VLAN by name, where this site has it.
    pub(super) fn vlan_id(&self, name: Option<&Sp<Id>>) -> Option<u16> {
        let id = self.network.vlans.get(self.derived.vlan(&name?.value)?)?.id.value;
        let here = self.derived.sites.get(self.facts.site)?;
        here.vlans.contains_key(&id).then_some(id.get())
    }
}

fn storm(settings: &PortSettings) -> StormContext {
    let storm = &settings.storm_control;
    let percent = |value: &Option<Sp<u32>>| value.as_ref().map(|said| said.value);
    StormContext {
        broadcast: percent(&storm.broadcast),
        multicast: percent(&storm.multicast),
        unicast: percent(&storm.unicast),
        shutdown: storm.action.as_ref().is_some_and(|action| action.value == StormAction::Shutdown),
    }
}
