//! Which VLANs live where: what ports and networks use, carried along every trunk to the middle of the site.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::facts::{DeviceFacts, PortState};
use super::lags;
use super::links::Link;
use super::work::{PortId, Work};
use crate::finding::{Finding, codes};
use crate::model::{Gateway, PortMode, Role};
use crate::value::VlanId;

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
    let mut needs: Vec<BTreeSet<VlanId>> = (0..work.nodes.len()).map(|node| own(work, node)).collect();

    // Farthest from the middle first, so that each device is complete before the one that carries it.
    let mut order: Vec<usize> = (0..work.nodes.len()).collect();
    order.sort_by_key(|node| (std::cmp::Reverse(levels.get(*node).copied().flatten()), *node));
    for &node in &order {
        let level = levels.get(node).copied().flatten();
        let Some(here) = needs.get_mut(node).map(std::mem::take) else { continue };
        for &far in edges.get(node).into_iter().flatten() {
            let nearer = levels.get(far).copied().flatten() < level;
            if nearer && let Some(set) = needs.get_mut(far) {
                set.extend(here.iter().copied());
            }
        }
        if let Some(set) = needs.get_mut(node) {
            *set = here;
        }
    }
    for link in links {
        carry(work, *link, &levels, &needs);
    }
    lags::carry(work);
    for (index, set) in needs.into_iter().enumerate() {
        if let Some(node) = work.nodes.get_mut(index) {
            node.facts.vlans = set.into_iter().chain(switched(&node.facts).flat_map(hosted)).collect();
        }
    }
    unreached(work, &edges, &levels);
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
    let mut last = std::ptr::null();
    let first = move |state: &&Arc<PortState>| std::mem::replace(&mut last, Arc::as_ptr(state)) != Arc::as_ptr(state);
    let states = facts.ports.iter().map(|port| &port.state).filter(first);
    states.map(Arc::as_ref).filter(|state| state.used && state.mode != PortMode::Routed)
}

/// Every VLAN that a port may come to be in.
fn hosted(port: &PortState) -> impl Iterator<Item = VlanId> {
    let single = [port.vlan, port.voice, port.critical, port.guest].into_iter().flatten();
    single.chain(port.tagged.iter().copied()).chain(port.dynamic.iter().copied())
}

/// VLANs a device uses itself.
fn own(work: &Work<'_>, index: usize) -> BTreeSet<VlanId> {
    let Some(node) = work.nodes.get(index) else { return BTreeSet::new() };
    let facts = &node.facts;
    let Some(site) = work.sites.get(facts.site) else { return BTreeSet::new() };
    // Put in order once, at the end.
    let mut vlans: Vec<VlanId> = Vec::new();
    let management = super::management_name(work.network);
    match facts.role {
        // The uniform structure: a site's routing switch has every VLAN of the site.
        Role::Distribution => vlans.extend(site.vlans.keys().copied()),
        Role::Firewall => {
            let firewall = site.vlans.iter().filter(|(_, facts)| facts.gateway_kind == Gateway::Firewall);
            vlans.extend(firewall.map(|(id, _)| *id));
        }
        Role::Access | Role::Ap => vlans.extend(work.vlan_here(facts.site, &management)),
        Role::Core => {}
    }
    for ssid in facts.ssids.iter().filter_map(|index| work.network.ssids.get(*index)) {
        let names = std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans);
        vlans.extend(names.filter_map(|name| work.vlan_here(facts.site, &name.value)));
    }
    // What a link carries follows from what is behind it; only ports of hosts bring VLANs of their own.
    for port in switched(facts).filter(|port| port.peer.is_none()) {
        vlans.extend(hosted(port));
    }
    vlans.into_iter().collect()
}

/// Sets the VLANs of one trunk at both ends.
fn carry(work: &mut Work<'_>, link: Link, levels: &[Option<u32>], needs: &[BTreeSet<VlanId>]) {
    let Some(port) = work.port(link.a).filter(|port| port.peer.is_some() && port.mode != PortMode::Routed) else {
        return;
    };
    let (mode, vlan, given) = (port.mode, port.vlan, port.tagged.clone());
    let level = |port: PortId| levels.get(port.node).copied().flatten();
    let behind = |port: PortId| needs.get(port.node).cloned().unwrap_or_default();
    let wanted: BTreeSet<VlanId> = match level(link.a).cmp(&level(link.b)) {
        std::cmp::Ordering::Less => behind(link.b),
        std::cmp::Ordering::Greater => behind(link.a),
        std::cmp::Ordering::Equal => behind(link.a).union(&behind(link.b)).copied().collect(),
    };
    let carried: BTreeSet<VlanId> = match mode {
        PortMode::Trunk if given.is_empty() => wanted.iter().copied().filter(|id| Some(*id) != vlan).collect(),
        PortMode::Trunk => given,
        PortMode::Access | PortMode::Routed => BTreeSet::new(),
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
            port.tagged.clone_from(&carried);
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
