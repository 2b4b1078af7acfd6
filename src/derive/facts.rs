//! What follows from a network, as the rest of the program sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::{Deref, Index};
use std::sync::Arc;

use foldhash::HashMap;
use ipnet::{Ipv4Net, Ipv6Net};
use rayon::prelude::*;

use super::layout::Layout;
use crate::model::{Band, DeviceRef, Gateway, LagMode, PairKind, PortMode, PortSettings, Role, Settings};
use crate::source::Span;
use crate::value::{DeviceName, Id, MacAddress, Text, VlanId};

/// What follows from a [`Network`](crate::model::Network). Lists run parallel to the model's own.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// One entry per `Network::sites`, in the same order.
    pub sites: Vec<SiteFacts>,
    /// Every device that could be named and addressed.
    pub devices: Devices,
    /// Index in `Network::vlans` of the VLAN devices are managed in.
    pub management: Option<usize>,
    /// Index in `Network::vlans` by VLAN name.
    pub(super) vlans: BTreeMap<Id, usize>,
    /// Places of the devices of each site, sorted by role and number.
    pub(super) places: Vec<Vec<(Role, u32, usize)>>,
    /// Site index by identifier.
    pub(super) site_index: BTreeMap<Id, usize>,
}

/// Devices in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    all: Vec<DeviceFacts>,
    /// Places among them in the order of the names: they are large, and not moved for that.
    order: Vec<usize>,
    /// Places among them by name.
    names: HashMap<DeviceName, usize>,
}

impl Devices {
    /// Devices whose names differ, in any order.
    #[must_use]
    pub(super) fn of(devices: Vec<DeviceFacts>) -> Self {
        let name = |at: usize| devices.get(at).map(|facts| &facts.name);
        let sorted = || {
            let mut order: Vec<usize> = (0..devices.len()).collect();
            order.par_sort_unstable_by(|a, b| name(*a).cmp(&name(*b)));
            order
        };
        let named = || devices.iter().enumerate().map(|(at, facts)| (facts.name.clone(), at)).collect();
        let (order, names) = rayon::join(sorted, named);
        Self { all: devices, order, names }
    }

    /// A device by name.
    #[must_use]
    pub fn get(&self, name: &DeviceName) -> Option<&DeviceFacts> {
        self.all.get(*self.names.get(name)?)
    }

    /// A device by its place, as [`Peer::at`] has it.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&DeviceFacts> {
        self.all.get(place)
    }

    /// Whether there is a device of that name.
    #[must_use]
    pub fn contains_key(&self, name: &DeviceName) -> bool {
        self.names.contains_key(name)
    }

    /// Every device, site by site.
    #[must_use]
    pub fn by_site(&self) -> &[DeviceFacts] {
        &self.all
    }

    /// Every device, by name.
    pub fn values(&self) -> impl Iterator<Item = &DeviceFacts> + Clone {
        self.order.iter().filter_map(|at| self.all.get(*at))
    }

    /// Every name, in order.
    pub fn keys(&self) -> impl Iterator<Item = &DeviceName> {
        self.values().map(|facts| &facts.name)
    }

    /// Every device with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&DeviceName, &DeviceFacts)> {
        self.values().map(|facts| (&facts.name, facts))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Index<&DeviceName> for Devices {
    type Output = DeviceFacts;

    #[expect(
        clippy::expect_used,
        reason = "an index that is not there is the caller's mistake, as with any collection"
    )]
    fn index(&self, name: &DeviceName) -> &DeviceFacts {
        self.get(name).expect("a device of this network")
    }
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
    /// Addresses set aside for hosts, sorted by VLAN and address.
    pub reservations: Vec<ReservationFacts>,
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
    /// The default gateway's IPv6 address, where the plan has IPv6.
    pub gateway6: Option<Ipv6Addr>,
    /// What routes for it.
    pub gateway_kind: Gateway,
    /// The device that is the gateway.
    pub gateway_device: Option<DeviceName>,
    /// The routing table (VRF) of its segment, where it has one of its own.
    pub vrf: Option<Id>,
}

/// An address set aside for one host.
#[derive(Clone, Debug)]
pub struct ReservationFacts {
    /// The VLAN.
    pub vlan: VlanId,
    /// The address.
    pub address: Ipv4Addr,
    /// The IPv6 address with the same host number, where the plan has IPv6.
    pub address6: Option<Ipv6Addr>,
    /// What stands there.
    pub name: String,
    /// Its MAC address, where it is known.
    pub mac: Option<MacAddress>,
    /// Place of its host number.
    pub span: Span,
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
    pub host: Text,
    /// TCP port to connect to.
    pub port: u16,
    /// Loopback, for devices that route.
    pub loopback: Option<Ipv4Addr>,
    /// How many units it is made of: 1, or as many as the stack has.
    pub members: u32,
    /// Every port of the model, in the model's order; in a stack, member by member.
    pub ports: Ports,
    /// Its link aggregation groups, by number.
    pub lags: BTreeMap<u32, LagFacts>,
    /// VLANs that live on the device: what its ports, its networks and whatever stands behind it use.
    pub vlans: Arc<BTreeSet<VlanId>>,
    /// VLANs it is the gateway of.
    pub gateways: BTreeSet<VlanId>,
    /// Wireless networks it sends, as indexes in `Network::ssids`.
    pub ssids: Arc<[usize]>,
    /// What it uses, all levels considered.
    pub settings: Arc<Settings>,
    /// Its radios, in the model's order.
    pub radios: Vec<RadioFacts>,
    /// Its priority in the spanning tree, for switches.
    pub stp_priority: Option<u32>,
    /// BGP neighbours of a core router.
    pub bgp: Vec<BgpFacts>,
    /// Controllers that configure it: nobody logs in to an access point that has any.
    pub controllers: Vec<DeviceName>,
    /// Access points that it configures, for controllers.
    pub serves: Vec<DeviceName>,
    /// Device that must not change in the same wave.
    pub redundant_with: Option<DeviceName>,
    /// The device it makes a pair with; the other one says the same.
    pub pair: Option<PairFacts>,
    /// Place of its key in the site file.
    pub span: Span,
}

impl DeviceFacts {
    /// Where it stands in the model: index of its site, and its own within the site.
    #[must_use]
    pub fn place(&self) -> (usize, usize) {
        (self.site, self.device)
    }

    /// The first port of each run that shares all that is said, with its place among the ports.
    pub fn kinds(&self) -> impl Iterator<Item = (usize, PortFacts<'_>)> {
        self.ports.kinds()
    }
}

/// The ports of a device: what its model has, and what is said of each run of them.
///
/// A large network has a million ports, and mostly a few kinds: what neighbours share stands once.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    layout: Arc<Layout>,
    runs: Vec<Run>,
}

/// Ports side by side of which the same is said.
#[derive(Clone, Debug)]
struct Run {
    /// Place of the first.
    start: u32,
    state: Arc<PortState>,
}

impl Ports {
    /// The ports of a layout with what is said of each run, by the place of its first; the first begins at 0.
    pub(super) fn new(layout: Arc<Layout>, runs: Vec<(u32, Arc<PortState>)>) -> Self {
        Self { layout, runs: runs.into_iter().map(|(start, state)| Run { start, state }).collect() }
    }

    /// The ports of a layout of which nothing is known yet.
    pub(super) fn bare(layout: Arc<Layout>) -> Self {
        Self { layout, runs: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layout.ports.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layout.ports.is_empty()
    }

    /// A port by its place.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<PortFacts<'_>> {
        let run = self.runs.get(self.run(place)?)?;
        Some(PortFacts { socket: self.layout.ports.get(place)?, state: &run.state })
    }

    /// The place of a port by its key.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<usize> {
        self.layout.place(key)
    }

    /// Every port as the model has it.
    #[must_use]
    pub fn sockets(&self) -> &[Socket] {
        &self.layout.ports
    }

    /// The layout they have.
    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Every port, in the order of the model.
    pub fn iter(&self) -> impl Iterator<Item = PortFacts<'_>> + Clone {
        self.pieces().flat_map(|(sockets, state)| sockets.iter().map(move |socket| PortFacts { socket, state }))
    }

    /// Runs of ports of which the same is said, each with what the model has of them.
    pub fn pieces(&self) -> impl Iterator<Item = (&[Socket], &Arc<PortState>)> + Clone {
        let ends = self.runs.iter().skip(1).map(|run| run.start as usize).chain([self.len()]);
        self.runs
            .iter()
            .zip(ends)
            .map(|(run, end)| (self.layout.ports.get(run.start as usize..end).unwrap_or_default(), &run.state))
    }

    /// The first port of each run that shares all that is said, with its place.
    pub fn kinds(&self) -> impl Iterator<Item = (usize, PortFacts<'_>)> {
        self.runs.iter().filter_map(|run| {
            let place = run.start as usize;
            Some((place, PortFacts { socket: self.layout.ports.get(place)?, state: &run.state }))
        })
    }

    /// What is said of a port, to say something else of this port alone.
    pub(super) fn state_mut(&mut self, place: usize) -> Option<&mut PortState> {
        let at = self.run(place)?;
        let start = u32::try_from(place).ok()?;
        let next = self.runs.get(at + 1).map_or(self.len(), |next| next.start as usize);
        let run = self.runs.get(at)?;
        let (first, state) = (run.start, &run.state);
        let (before, after) = (first < start, place + 1 < next);
        let rest = after.then(|| Run { start: start + 1, state: Arc::clone(state) });
        let own = before.then(|| Run { start, state: Arc::clone(state) });
        let here = at + usize::from(before);
        match (own, rest) {
            (None, None) => {}
            (own, rest) => drop(self.runs.splice(at + 1..=at, own.into_iter().chain(rest))),
        }
        self.runs.get_mut(here).map(|run| Arc::make_mut(&mut run.state))
    }

    fn run(&self, place: usize) -> Option<usize> {
        (place < self.len()).then_some(())?;
        self.runs.partition_point(|run| run.start as usize <= place).checked_sub(1)
    }
}

/// A port, resolved: both ends of a link say the same. What is said of it is read as if it stood here.
#[derive(Clone, Copy, Debug)]
pub struct PortFacts<'a> {
    /// The port as the model has it.
    pub socket: &'a Socket,
    /// What is said of it.
    pub state: &'a Arc<PortState>,
}

impl Deref for PortFacts<'_> {
    type Target = PortState;

    fn deref(&self) -> &PortState {
        self.state
    }
}

/// A port as its model has it.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Key within the model: `12`, `u1`, `2/12` on the second member of a stack.
    pub key: Text,
    /// The platform's name for it.
    pub interface: Text,
    /// Highest speed in Mbit/s.
    pub speed: u32,
    /// Every speed it can take, in Mbit/s, rising.
    pub speeds: Arc<[u32]>,
    /// Member of the stack it belongs to; 1 where there is no stack.
    pub member: u32,
    /// Whether it can power devices, and with how many watts at most.
    pub power: Power,
}

/// What is said of a port; ports of one line mostly share it.
#[expect(clippy::struct_excessive_bools, reason = "they are the profile's own independent switches")]
#[derive(Clone, Debug, Default)]
pub struct PortState {
    /// Highest speed that both ends of its link can take; none without a link, or without such a speed.
    pub link_speed: Option<u32>,
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
    pub tagged: Arc<BTreeSet<VlanId>>,
    /// VLAN while no RADIUS server answers.
    pub critical: Option<VlanId>,
    /// VLAN for whoever fails the login.
    pub guest: Option<VlanId>,
    /// VLANs that RADIUS may put a device in.
    pub dynamic: Arc<BTreeSet<VlanId>>,
    /// Whether 802.1X guards it.
    pub dot1x: bool,
    /// Whether it powers what is plugged in.
    pub poe: bool,
    /// Whether it is switched off.
    pub shutdown: bool,
    /// Everything said of it, all levels considered.
    pub settings: Arc<PortSettings>,
    /// Number of the link aggregation group it belongs to; the group says what the members have in common.
    pub lag: Option<u32>,
    /// Rate in Mbit/s that what leaves here is shaped to, where the line behind it is slower than the link.
    pub shape_mbit: Option<u32>,
    /// Address of a routed port; the address of a group stands at the group.
    pub address: Option<Ipv4Net>,
    /// What stands at the other end.
    pub peer: Option<Box<Peer>>,
    /// Description for the device.
    pub description: Text,
    /// Place that says so: the port's line, or the far end's where the link is drawn there.
    pub span: Span,
}

impl PortState {
    /// Nothing is said; what every such port has in common comes from outside.
    pub(super) fn silent(settings: Arc<PortSettings>, nothing: &Arc<BTreeSet<VlanId>>, span: Span) -> Self {
        Self {
            link_speed: None,
            used: false,
            profile: None,
            mode: PortMode::Access,
            vlan: None,
            voice: None,
            tagged: Arc::clone(nothing),
            critical: None,
            guest: None,
            dynamic: Arc::clone(nothing),
            dot1x: false,
            poe: false,
            shutdown: false,
            settings,
            lag: None,
            shape_mbit: None,
            address: None,
            peer: None,
            description: Text::default(),
            span,
        }
    }
}

/// The far end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The device.
    pub device: DeviceName,
    /// Its place among [`Derived::devices`].
    pub at: usize,
    /// Its role.
    pub role: Role,
    /// Place of its port among [`DeviceFacts::ports`].
    pub place: usize,
    /// Key of its port.
    pub port: Text,
    /// The platform's name of that port.
    pub interface: Text,
    /// Its address, on a routed link.
    pub address: Option<Ipv4Addr>,
}

/// Power a port can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Power {
    /// None.
    #[default]
    No,
    /// As much as the device has.
    Any,
    /// So many watts at most.
    Watts(u32),
}

/// A link aggregation group, resolved: both ends say the same.
#[derive(Clone, Debug)]
pub struct LagFacts {
    /// Its number on this device.
    pub number: u32,
    /// Its ports, as indexes in [`DeviceFacts::ports`], rising.
    pub members: Vec<usize>,
    /// How it is agreed on at this end.
    pub agreed: LagMode,
    /// What stands at the other end: nothing, one device, or both of a pair (MLAG).
    pub peers: Vec<LagPeer>,
    /// Whether it is one group with that of the same number on the other device of the pair (MLAG).
    pub shared: bool,
    /// The profile, if one applies.
    pub profile: Option<Id>,
    /// How it carries VLANs.
    pub mode: PortMode,
    /// Untagged VLAN.
    pub vlan: Option<VlanId>,
    /// Tagged VLANs of a trunk; never holds `vlan`.
    pub tagged: Arc<BTreeSet<VlanId>>,
    /// Everything said of its first port, all levels considered.
    pub settings: Arc<PortSettings>,
    /// Address of a routed group.
    pub address: Option<Ipv4Net>,
    /// Rate in Mbit/s that what leaves here is shaped to.
    pub shape_mbit: Option<u32>,
    /// Description for the device.
    pub description: Text,
    /// Place of its first port.
    pub span: Span,
}

/// The far end of a link aggregation group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LagPeer {
    /// The device.
    pub device: DeviceName,
    /// Its role.
    pub role: Role,
    /// Number of the group there.
    pub number: u32,
    /// Its address, on a routed group.
    pub address: Option<Ipv4Addr>,
}

/// One radio of an access point, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RadioFacts {
    /// The platform's name for it.
    pub name: String,
    /// Its band.
    pub band: Band,
    /// Channel number; none lets the device choose.
    pub channel: Option<u32>,
    /// Channel width in MHz.
    pub width: u32,
    /// Power in dBm (EIRP); none lets the device choose.
    pub power_dbm: Option<u32>,
    /// Whether it is switched off.
    pub off: bool,
    /// Place that says so: the device's own plan, or the model's.
    pub span: Span,
}

/// A BGP neighbour of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BgpFacts {
    /// Index in [`crate::model::Bgp::neighbours`].
    pub neighbour: usize,
    /// Whether it belongs to our own autonomous system (iBGP).
    pub internal: bool,
}

/// The other half of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFacts {
    /// The other device.
    pub device: DeviceName,
    /// How the two stand in for each other.
    pub kind: PairKind,
}

impl DeviceFacts {
    /// Whether it holds a configuration of its own, to be read and pushed: an access point of a controller does not.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.controllers.is_empty()
    }
}

impl Derived {
    /// Every device that holds a configuration of its own, by name.
    pub fn configured(&self) -> impl Iterator<Item = &DeviceFacts> {
        self.devices.values().filter(|facts| facts.is_configured())
    }

    /// The device a reference means, seen from a site.
    #[must_use]
    pub fn resolve(&self, from_site: usize, reference: &DeviceRef) -> Option<&DeviceName> {
        let site = match &reference.site {
            Some(id) => *self.site_index.get(id)?,
            None => from_site,
        };
        let device = self.place(site, reference)?;
        self.sites.get(site)?.devices.get(device)?.as_ref()
    }

    /// Whether a site, by its index, has the device a reference means, named and addressed or not.
    #[must_use]
    pub fn exists(&self, site: usize, reference: &DeviceRef) -> bool {
        self.place(site, reference).is_some()
    }

    fn place(&self, site: usize, reference: &DeviceRef) -> Option<usize> {
        let here = self.places.get(site)?;
        let wanted = (reference.role, reference.number);
        let at = here.binary_search_by_key(&wanted, |(role, number, _)| (*role, *number)).ok()?;
        here.get(at).map(|(.., place)| *place)
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
