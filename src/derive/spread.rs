//! Which VLANs live where: what ports and networks use, carried along every trunk to the middle of the site.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::facts::{DeviceFacts, PortState};
use super::lags;
use super::links::Link;
use super::work::{PortId, Work};
use crate::finding::{Finding, codes};
use crate::model::{Gateway, PortMode, Role};
use crate::value::{Id, VlanId};

/// Fills the tagged VLANs of every trunk and the VLANs of every device of one site, with its links.
pub(super) fn run(work: &mut Work<'_, '_>, links: &[Link]) {
    if work.nodes.range().is_empty() {
        return;
    }
    let site = Map::of(work, links);
    let mut needs = own(work);

    // Farthest from the middle first, so that each device is complete before the one that carries it.
    let mut order: Vec<usize> = work.nodes.range().collect();
    order.sort_by_key(|node| (std::cmp::Reverse(site.level(*node)), *node));
    // Access points of a building mostly need the same, which is taken in once.
    let mut taken: Vec<Option<Vlans>> = vec![None; order.len()];
    for &node in &order {
        let level = site.level(node);
        let Some(here) = site.of_node(&needs, node).cloned() else { continue };
        for far in site.beside(node) {
            let nearer = site.level(far) < level;
            let at = far.wrapping_sub(site.first);
            if let (true, Some(set), Some(last)) = (nearer, needs.get_mut(at), taken.get_mut(at))
                && !last.replace(Arc::clone(&here)).is_some_and(|last| Arc::ptr_eq(&last, &here))
            {
                add(set, here.iter().copied());
            }
        }
    }
    let mut last = None;
    for link in links {
        carry(work, *link, &site, &needs, &mut last);
    }
    lags::carry(work);
    for (mut set, (_, node)) in needs.into_iter().zip(work.nodes.iter_mut()) {
        // What hosts need is there; of links the next one mostly carries the same.
        let mut last: Option<&Vlans> = None;
        for port in switched(node).filter(|port| port.peer.is_some()) {
            add(&mut set, [port.vlan, port.voice, port.critical, port.guest].into_iter().flatten());
            if !last.replace(&port.tagged).is_some_and(|last| Arc::ptr_eq(last, &port.tagged)) {
                add(&mut set, port.tagged.iter().copied());
            }
            add(&mut set, port.dynamic.iter().copied());
        }
        node.vlans = set;
    }
    unreached(work, &site);
}

/// How the devices of a site hang together.
struct Map {
    first: usize,
    /// Every link that carries VLANs, in both directions; a bundle is one, however many links it has.
    edges: Vec<(usize, usize)>,
    /// Steps of each device from the middle of the site.
    levels: Vec<Option<u32>>,
}

impl Map {
    fn of(work: &Work<'_, '_>, links: &[Link]) -> Self {
        let mut edges = Vec::with_capacity(2 * links.len());
        for link in links.iter().filter(|link| link.first) {
            let carries = work.port(link.a).is_some_and(|port| port.peer.is_some() && port.mode != PortMode::Routed);
            if carries {
                edges.extend(link.ways().map(|(near, far)| (near.node, far.node)));
            }
        }
        edges.sort_unstable();
        let range = work.nodes.range();
        let mut map = Self { first: range.start, edges, levels: vec![None; range.len()] };
        map.walk(work);
        map
    }

    /// What is known of a device in a list of all.
    fn of_node<'l, T>(&self, list: &'l [T], node: usize) -> Option<&'l T> {
        list.get(node.checked_sub(self.first)?)
    }

    fn level(&self, node: usize) -> Option<u32> {
        self.of_node(&self.levels, node).copied().flatten()
    }

    /// Devices that a device is linked to.
    fn beside(&self, node: usize) -> impl Iterator<Item = usize> {
        let start = self.edges.partition_point(|(near, _)| *near < node);
        self.edges.get(start..).into_iter().flatten().take_while(move |(near, _)| *near == node).map(|(_, far)| *far)
    }

    /// Steps from the middle of the site: its distribution switches, or the first switch where there are none.
    fn walk(&mut self, work: &Work<'_, '_>) {
        let switches = work.nodes.iter().filter(|(_, node)| matches!(node.role, Role::Distribution | Role::Access));
        let middle = switches.map(|(at, node)| (node.role, node.number, at)).min().map(|(.., at)| at);
        let mut queue = VecDeque::new();
        for (at, node) in work.nodes.iter() {
            if Some(at) == middle || node.role == Role::Distribution {
                queue.push_back((at, 0));
            }
        }
        while let Some((node, level)) = queue.pop_front() {
            let Some(known) = self.levels.get_mut(node.wrapping_sub(self.first)) else { continue };
            if known.is_none() {
                *known = Some(level);
                queue.extend(self.beside(node).map(|far| (far, level + 1)));
            }
        }
    }
}

/// A set of VLANs that many share.
type Vlans = Arc<BTreeSet<VlanId>>;

/// Adds VLANs to a set, which stays shared where it has them all.
fn add(set: &mut Vlans, more: impl Iterator<Item = VlanId>) {
    for id in more {
        if !set.contains(&id) {
            Arc::make_mut(set).insert(id);
        }
    }
}

/// What is said of the ports that carry VLANs, once for all that share it.
fn switched(facts: &DeviceFacts) -> impl Iterator<Item = &PortState> {
    facts.kinds().map(|(_, port)| &**port.state).filter(|state| state.used && state.mode != PortMode::Routed)
}

/// Every VLAN that a port may come to be in.
fn hosted(port: &PortState) -> impl Iterator<Item = VlanId> {
    let single = [port.vlan, port.voice, port.critical, port.guest].into_iter().flatten();
    single.chain(port.tagged.iter().copied()).chain(port.dynamic.iter().copied())
}

/// VLANs that each device uses itself.
fn own(work: &Work<'_, '_>) -> Vec<Vlans> {
    let management = super::management_name(work.network);
    let mut roles: BTreeMap<Role, Vlans> = BTreeMap::new();
    let mut of_node = |facts: &DeviceFacts| {
        let of_role = roles.entry(facts.role).or_insert_with(|| of_role(work, facts, &management));
        let mut vlans = Arc::clone(of_role);
        // What a link carries follows from what is behind it; only ports of hosts bring VLANs of their own.
        let hosts = switched(facts).filter(|port| port.peer.is_none());
        let mut known: (Option<VlanId>, *const BTreeSet<VlanId>) = (None, std::ptr::null());
        for port in hosts {
            // The next kind of port mostly leads to the same VLANs.
            let now = (port.vlan, Arc::as_ptr(&port.dynamic));
            add(&mut vlans, [port.voice, port.critical, port.guest].into_iter().flatten());
            if std::mem::replace(&mut known, now) != now || !port.tagged.is_empty() {
                add(&mut vlans, hosted(port));
            }
        }
        vlans
    };
    work.nodes.iter().map(|(_, node)| of_node(node)).collect()
}

/// VLANs that all devices of a role have at a site.
fn of_role(work: &Work<'_, '_>, facts: &DeviceFacts, management: &Id) -> Vlans {
    let mut vlans: BTreeSet<VlanId> = BTreeSet::new();
    let Some(site) = work.sites.get(facts.site) else { return Vlans::default() };
    match facts.role {
        // The uniform structure: a site's routing switch has every VLAN of the site.
        Role::Distribution => vlans.extend(site.vlans.keys().copied()),
        Role::Firewall => {
            let firewall = site.vlans.iter().filter(|(_, facts)| facts.gateway_kind == Gateway::Firewall);
            vlans.extend(firewall.map(|(id, _)| *id));
        }
        // Access points put stations on the wire themselves, so no VLAN of theirs passes a controller.
        Role::Access | Role::Controller | Role::Ap => vlans.extend(work.vlan_here(facts.site, management)),
        Role::Core => {}
    }
    let sent = facts.ssids.iter().filter(|_| facts.role == Role::Ap);
    for ssid in sent.filter_map(|index| work.network.ssids.get(*index)) {
        let names = std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans);
        vlans.extend(names.filter_map(|name| work.vlan_here(facts.site, &name.value)));
    }
    Arc::new(vlans)
}

/// What the last trunk came to: the next one mostly leads to the same VLANs.
type Last = Option<(Vlans, Option<VlanId>, Vlans)>;

/// Sets the VLANs of one trunk at both ends.
fn carry(work: &mut Work<'_, '_>, link: Link, site: &Map, needs: &[Vlans], last: &mut Last) {
    let Some(port) = work.port(link.a).filter(|port| port.peer.is_some() && port.mode != PortMode::Routed) else {
        return;
    };
    let (mode, vlan, given) = (port.mode, port.vlan, Arc::clone(&port.tagged));
    let level = |port: PortId| site.level(port.node);
    let behind = |port: PortId| site.of_node(needs, port.node).cloned().unwrap_or_default();
    let wanted: Vlans = match level(link.a).cmp(&level(link.b)) {
        std::cmp::Ordering::Less => behind(link.b),
        std::cmp::Ordering::Greater => behind(link.a),
        std::cmp::Ordering::Equal => Arc::new(behind(link.a).union(&behind(link.b)).copied().collect()),
    };
    let carried: Vlans = match (mode, last.as_ref()) {
        (PortMode::Trunk, Some((behind, native, made)))
            if given.is_empty() && *native == vlan && Arc::ptr_eq(behind, &wanted) =>
        {
            Arc::clone(made)
        }
        (PortMode::Trunk, _) if given.is_empty() => {
            let made: Vlans = Arc::new(wanted.iter().copied().filter(|id| Some(*id) != vlan).collect());
            *last = Some((Arc::clone(&wanted), vlan, Arc::clone(&made)));
            made
        }
        (PortMode::Trunk, _) => given,
        (PortMode::Access | PortMode::Routed, _) => Arc::clone(&work.nothing),
    };
    let missing: Vec<u16> =
        wanted.iter().filter(|id| !carried.contains(id) && Some(**id) != vlan).map(|id| id.get()).collect();
    if !missing.is_empty() && link.first {
        let behind = if level(link.a) > level(link.b) { link.a.node } else { link.b.node };
        let message = format!(
            "the link does not carry VLAN {}, which {} needs",
            crate::value::collapse(&missing),
            work.what(behind)
        );
        let finding = Finding::error(codes::VLAN_NOT_CARRIED, message)
            .at(link.span)
            .help("leave `tagged` out of the profile: the VLANs then follow from what is behind the port");
        // The one list that is too short may serve many ports.
        let mut settings =
            [link.a, link.b].into_iter().filter_map(|end| work.port(end).map(|port| &port.state.settings));
        let tagged = settings.find_map(|settings| settings.tagged.as_ref()?.first());
        work.report(match tagged {
            Some(tagged) => finding.label(tagged.span, "this list lacks it"),
            None => finding,
        });
    }
    for end in [link.a, link.b] {
        if let Some(port) = work.port_mut(end) {
            port.tagged = Arc::clone(&carried);
        }
    }
}

/// Switches, access points and controllers with ports of their own that no link joins to the middle of their site.
fn unreached(work: &mut Work<'_, '_>, site: &Map) {
    let cut_off = |(at, node): &(usize, &DeviceFacts)| match node.role {
        Role::Access | Role::Ap => site.level(*at).is_none(),
        // One without ports runs on other hardware.
        Role::Controller => site.level(*at).is_none() && !node.ports.sockets().is_empty(),
        Role::Core | Role::Distribution | Role::Firewall => false,
    };
    let tell = |(at, node): (usize, &DeviceFacts)| {
        let apart = site.beside(at).next().is_some();
        let why = if apart { "only devices that are cut off themselves" } else { "nothing" };
        Finding::warning(codes::CUT_OFF, format!("`{}` is linked to {why}", node.name))
            .at(node.span)
            .help("draw its uplink, from either end")
    };
    let lonely: Vec<Finding> = work.nodes.iter().filter(cut_off).map(tell).collect();
    work.report_all(lonely);
}
