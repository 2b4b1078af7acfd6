//! Which VLANs live where: what ports and networks use, carried along every trunk to the middle of the site.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;

use super::facts::{DeviceFacts, PortState};
use super::lags;
use super::links::Link;
use super::work::{PortId, Work};
use crate::finding::{Finding, codes};
use crate::model::{Gateway, PortMode, Role};
use crate::value::{Id, VlanId};

/// Fills the tagged VLANs of every trunk and the VLANs of every device.
pub(super) fn run(work: &mut Work<'_>, links: &[Link]) {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); work.nodes.len()];
    // A bundle is one edge, however many links it has.
    for link in links.iter().filter(|link| link.first) {
        let carries = work.port(link.a).is_some_and(|port| port.peer.is_some() && port.mode != PortMode::Routed);
        if !carries {
            continue;
        }
        for (near, far) in [(link.a, link.b), (link.b, link.a)] {
            if let Some(list) = edges.get_mut(near.node) {
                list.push(far.node);
            }
        }
    }
    let levels = levels(work, &edges);
    let mut needs = own(work);

    // Farthest from the middle first, so that each device is complete before the one that carries it.
    let mut order: Vec<usize> = (0..work.nodes.len()).collect();
    order.sort_by_key(|node| (std::cmp::Reverse(levels.get(*node).copied().flatten()), *node));
    // Access points of a building mostly need the same, which is taken in once.
    let mut taken: Vec<Option<Vlans>> = vec![None; work.nodes.len()];
    for &node in &order {
        let level = levels.get(node).copied().flatten();
        let Some(here) = needs.get(node).cloned() else { continue };
        for &far in edges.get(node).into_iter().flatten() {
            let nearer = levels.get(far).copied().flatten() < level;
            if let (true, Some(set), Some(last)) = (nearer, needs.get_mut(far), taken.get_mut(far))
                && !last.replace(Arc::clone(&here)).is_some_and(|last| Arc::ptr_eq(&last, &here))
            {
                add(set, here.iter().copied());
            }
        }
    }
    let mut last = None;
    for link in links {
        carry(work, *link, &levels, &needs, &mut last);
    }
    lags::carry(work);
    needs.into_par_iter().zip(&mut work.nodes).with_min_len(TOGETHER).for_each(|(mut set, node)| {
        add(&mut set, switched(&node.facts).flat_map(hosted));
        node.facts.vlans = set;
    });
    unreached(work, &edges, &levels);
}

/// Devices that are looked at together where several are at once.
const TOGETHER: usize = 256;

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

/// Steps from the middle of the site: its distribution switches, or the first switch where there are none.
fn levels(work: &Work<'_>, edges: &[Vec<usize>]) -> Vec<Option<u32>> {
    let mut levels: Vec<Option<u32>> = vec![None; work.nodes.len()];
    let mut middle: Vec<Option<(Role, u32, usize)>> = vec![None; work.sites.len()];
    for (index, node) in work.nodes.iter().enumerate() {
        let facts = &node.facts;
        let candidate = (facts.role, facts.number, index);
        if matches!(facts.role, Role::Distribution | Role::Access)
            && let Some(best) = middle.get_mut(facts.site)
            && best.is_none_or(|best| candidate < best)
        {
            *best = Some(candidate);
        }
    }
    let mut queue = VecDeque::new();
    for (index, node) in work.nodes.iter().enumerate() {
        let first = middle.get(node.facts.site).copied().flatten().is_some_and(|(_, _, best)| best == index);
        if (first || node.facts.role == Role::Distribution)
            && let Some(level) = levels.get_mut(index)
        {
            *level = Some(0);
            queue.push_back(index);
        }
    }
    while let Some(node) = queue.pop_front() {
        let next = levels.get(node).copied().flatten().map(|level| level + 1);
        for &far in edges.get(node).into_iter().flatten() {
            if let Some(level) = levels.get_mut(far)
                && level.is_none()
            {
                *level = next;
                queue.push_back(far);
            }
        }
    }
    levels
}

/// What is said of the ports that carry VLANs, once for all that share it.
fn switched(facts: &DeviceFacts) -> impl Iterator<Item = &PortState> {
    facts.kinds().map(|(_, port)| &*port.state).filter(|state| state.used && state.mode != PortMode::Routed)
}

/// Every VLAN that a port may come to be in.
fn hosted(port: &PortState) -> impl Iterator<Item = VlanId> {
    let single = [port.vlan, port.voice, port.critical, port.guest].into_iter().flatten();
    single.chain(port.tagged.iter().copied()).chain(port.dynamic.iter().copied())
}

/// VLANs that each device uses itself.
fn own(work: &Work<'_>) -> Vec<Vlans> {
    let management = super::management_name(work.network);
    let of_node = |roles: &mut BTreeMap<(usize, Role), Vlans>, facts: &DeviceFacts| {
        let of_role = roles.entry((facts.site, facts.role)).or_insert_with(|| of_role(work, facts, &management));
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
    let nodes = work.nodes.par_iter().with_min_len(TOGETHER);
    nodes.map_init(BTreeMap::new, |roles, node| of_node(roles, &node.facts)).collect()
}

/// VLANs that all devices of a role have at a site.
fn of_role(work: &Work<'_>, facts: &DeviceFacts, management: &Id) -> Vlans {
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
fn carry(work: &mut Work<'_>, link: Link, levels: &[Option<u32>], needs: &[Vlans], last: &mut Last) {
    let Some(port) = work.port(link.a).filter(|port| port.peer.is_some() && port.mode != PortMode::Routed) else {
        return;
    };
    let (mode, vlan, given) = (port.mode, port.vlan, Arc::clone(&port.tagged));
    let level = |port: PortId| levels.get(port.node).copied().flatten();
    let behind = |port: PortId| needs.get(port.node).cloned().unwrap_or_default();
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
        let mut settings = [link.a, link.b].into_iter().filter_map(|end| work.port(end).map(|port| &port.settings));
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

/// Switches and access points that no link joins to the middle of their site.
fn unreached(work: &mut Work<'_>, edges: &[Vec<usize>], levels: &[Option<u32>]) {
    let lonely: Vec<Finding> = work
        .nodes
        .iter()
        .enumerate()
        .filter(|(index, node)| {
            matches!(node.facts.role, Role::Access | Role::Ap) && levels.get(*index).copied().flatten().is_none()
        })
        .map(|(index, node)| {
            let apart = edges.get(index).is_some_and(|list| !list.is_empty());
            let why = if apart { "only devices that are cut off themselves" } else { "nothing" };
            Finding::warning(codes::CUT_OFF, format!("`{}` is linked to {why}", node.facts.name))
                .at(node.facts.span)
                .help("draw its uplink, from either end")
        })
        .collect();
    for finding in lonely {
        work.report(finding);
    }
}
