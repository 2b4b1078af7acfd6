//! Link aggregation: groups of links that are one, at both ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::{LagFacts, LagPeer, PortFacts};
use super::links::{self, Link};
use super::naming;
use super::pairs;
use super::ports::Drawn;
use super::work::{PortId, Work};
use crate::finding::{Finding, codes};
use crate::model::{LagMode, PortMode};
use crate::source::Span;

/// A group: device and number.
type Group = (usize, u32);

/// Gives every port of a group its number, at both ends, and marks the links that stand for a bundle; false where
/// there are no groups.
pub(super) fn number(work: &mut Work<'_, '_>, drawn: &Drawn<'_>, links: &mut [Link]) -> bool {
    let said: Vec<(PortId, u32)> =
        work.entries().filter_map(|(port, entry)| Some((port, entry.lag.as_ref()?.value))).collect();
    if said.is_empty() {
        return false;
    }
    for (id, number) in &said {
        if let Some(port) = work.port_mut(*id) {
            port.lag = Some(*number);
        }
    }
    for (near, _) in said {
        if let Some((far, _)) = drawn.get(near) {
            opposite(work, near, far);
        }
    }
    let mut bundles = BTreeSet::new();
    for link in links {
        let ends = [link.a, link.b].map(|end| Some((end.node, work.port(end)?.lag?)));
        if let [Some(a), Some(b)] = ends {
            link.first = bundles.insert((a.min(b), a.max(b)));
        }
    }
    true
}

/// Takes the number of a group over to the other end of a link, or compares both.
fn opposite(work: &mut Work<'_, '_>, near: PortId, far: PortId) {
    let Some((entry, number)) = work.entry(near).and_then(|entry| Some((entry, entry.lag.as_ref()?))) else { return };
    let wanted = entry.to_lag.as_ref().unwrap_or(number);
    match work.entry(far).and_then(|entry| entry.lag.as_ref()) {
        None => {
            if let Some(port) = work.port_mut(far) {
                port.lag = Some(wanted.value);
            }
        }
        // Each end may say its own number; only what is said of the other end can be wrong.
        Some(there) if entry.to_lag.is_some() && there.value != wanted.value => {
            let message = format!("{} calls the group {}, not {}", work.what(far.node), there.value, wanted.value);
            work.report(
                Finding::error(codes::LAG_DISAGREES, message)
                    .at_saying(wanted.span, "said of the other end")
                    .label(there.span, "the other end says this")
                    .help("leave `to_lag` out: each end has said its own number"),
            );
        }
        Some(_) => {}
    }
}

/// Works out every group, once all links are connected.
pub(super) fn run(work: &mut Work<'_, '_>, drawn: &[Link]) {
    let mut members: BTreeMap<Group, Vec<PortId>> = BTreeMap::new();
    for (index, node) in work.nodes.iter() {
        // A port of a group shares with no other what is said of it.
        for (port, lag) in node.kinds().filter_map(|(port, facts)| Some((port, facts.lag?))) {
            let group = (index, lag);
            members.entry(group).or_default().push(PortId { node: index, port });
        }
    }
    if members.is_empty() {
        return;
    }
    let mut far: BTreeMap<PortId, PortId> = BTreeMap::new();
    for link in drawn {
        far.extend(link.ways());
    }
    let across: BTreeMap<Group, BTreeSet<Option<Group>>> = members
        .iter()
        .map(|(group, ports)| {
            let other = |port: &PortId| far.get(port).and_then(|far| Some((far.node, work.port(*far)?.lag?)));
            (*group, ports.iter().map(other).collect())
        })
        .collect();
    let mut sound: BTreeMap<Group, Vec<Group>> = BTreeMap::new();
    for (group, ports) in &members {
        let ends = across.get(group).cloned().unwrap_or_default();
        if let Some(peers) = peers(work, *group, ports, &ends) {
            sound.insert(*group, peers);
        }
    }
    for (group, ports) in &members {
        if let Some(peers) = sound.get(group) {
            // With both devices of a pair at one end, either sees a part of the group.
            let shared = peers.iter().any(|peer| sound.get(peer).is_some_and(|back| back.len() > 1));
            build(work, *group, ports, peers, shared);
        }
    }
    let bundles: Vec<Link> = drawn.iter().copied().filter(|link| link.first).collect();
    for link in bundles {
        agree(work, link);
    }
}

/// Where a group leads: to nothing that is drawn, to one group, or to those of an MLAG pair.
fn peers(
    work: &mut Work<'_, '_>,
    group: Group,
    ports: &[PortId],
    ends: &BTreeSet<Option<Group>>,
) -> Option<Vec<Group>> {
    let found: Vec<Group> = ends.iter().copied().flatten().collect();
    let whole = ends.iter().all(Option::is_some);
    match found.as_slice() {
        [] => return Some(found),
        [_] if whole => return Some(found),
        [a, b] if whole && pairs::mlag(work, a.0, b.0) && a.1 == b.1 => return Some(found),
        _ => {}
    }
    let mut names: Vec<String> = Vec::new();
    for (node, number) in &found {
        let same = found.iter().filter(|(other, _)| other == node).count() > 1;
        names.push(if same { format!("group {number} of {}", work.what(*node)) } else { work.what(*node) });
    }
    if !whole {
        names.push("nothing that is drawn".to_owned());
    }
    let [first, .., last] = ports else { return Some(found) };
    let span = |work: &Work<'_, '_>, id: &PortId| place(work, *id);
    let (first, last) = (span(work, first), span(work, last));
    let apart = found.iter().map(|(node, _)| node).collect::<BTreeSet<_>>().len() > 1;
    let own = work.entries_of(group.0).any(|entry| entry.lag.as_ref().is_some_and(|lag| lag.value == group.1));
    let help = if !own {
        "the number came from the other ends; say at one of them which it has here: `to_lag: 2`"
    } else if apart {
        "use another number for one of them; two devices at the other end need `pair: { kind: mlag }` and one number there"
    } else {
        "all links of a group are in one group at the other end as well"
    };
    let message = format!("group {} of {} leads to {}", group.1, work.what(group.0), names.join(" and to "));
    let finding = Finding::error(codes::LAG_SPLIT, message).at(last).help(help);
    work.report(if first == last { finding } else { finding.label(first, "also in it") });
    None
}

/// Place of what is said of a port.
fn place(work: &Work<'_, '_>, id: PortId) -> Span {
    let said = work.entry(id).and_then(|entry| entry.lag.as_ref()).map(|lag| lag.span);
    said.or_else(|| work.port(id).map(|port| port.span)).unwrap_or_default()
}

/// Writes a group down.
fn build(work: &mut Work<'_, '_>, group: Group, ports: &[PortId], peers: &[Group], shared: bool) {
    let (node, number) = group;
    let Some(first) =
        ports.first().and_then(|id| work.port(*id)).map(|port| (port.socket.clone(), Arc::clone(port.state)))
    else {
        return;
    };
    let first = PortFacts { socket: &first.0, state: &first.1 };
    alike(work, group, ports, first);
    if let ([one], false) = (ports, shared)
        && work.entry(*one).is_some_and(|entry| entry.lag.is_some())
    {
        let message = format!("group {number} of {} has a single link", work.what(node));
        work.report(
            Finding::warning(codes::LAG_ALONE, message)
                .at(place(work, *one))
                .help("add the other links, or drop `lag`"),
        );
    }
    let far: Vec<LagPeer> = peers
        .iter()
        .filter_map(|(node, number)| {
            let facts = work.nodes.get(*node)?;
            Some(LagPeer { device: facts.name.clone(), role: facts.role, number: *number, address: None })
        })
        .collect();
    let own = |id: &PortId| work.entry(*id).and_then(|entry| entry.description.as_ref()).map(|text| text.value.clone());
    let linked = || {
        let names: Vec<&str> = far.iter().map(|peer| peer.device.as_str()).collect();
        let there = far.first().map(|peer| format!("lag {}", peer.number))?;
        Some(naming::link(&work.network.policy.naming, &names.join(" + "), &there).into())
    };
    let description = ports.iter().find_map(own).or_else(linked).unwrap_or_else(|| first.description.clone());
    let facts = LagFacts {
        number,
        members: ports.iter().map(|id| id.port).collect(),
        agreed: said_mode(work, ports).map_or(LagMode::Active, |(mode, _)| mode),
        peers: far,
        shared,
        profile: first.profile.clone(),
        mode: first.mode,
        vlan: first.vlan,
        tagged: Arc::clone(&first.tagged),
        settings: Arc::clone(&first.settings),
        address: None,
        shape_mbit: None,
        description,
        span: ports.first().map(|id| place(work, *id)).unwrap_or_default(),
    };
    if let Some(node) = work.nodes.get_mut(node) {
        node.lags.insert(number, facts);
    }
}

fn said_mode(work: &Work<'_, '_>, ports: &[PortId]) -> Option<(LagMode, Span)> {
    ports.iter().find_map(|id| work.entry(*id)?.lag_mode.as_ref().map(|mode| (mode.value, mode.span)))
}

/// Reports members that say something else than the first.
fn alike(work: &mut Work<'_, '_>, group: Group, ports: &[PortId], first: PortFacts<'_>) {
    let agreed = |id: PortId| work.entry(id).and_then(|entry| entry.lag_mode.as_ref()).map(|mode| mode.value);
    let said: Vec<PortId> =
        ports.iter().copied().filter(|id| work.entry(*id).is_some_and(|entry| entry.lag.is_some())).collect();
    let Some((base, others)) = said.split_first() else { return };
    let differs = |id: PortId| {
        let port = work.port(id)?;
        if port.mode != first.mode {
            Some("mode")
        } else if port.vlan != first.vlan || port.tagged != first.tagged {
            Some("VLANs")
        } else if port.link_speed.unwrap_or(port.socket.speed) != first.link_speed.unwrap_or(first.socket.speed) {
            Some("speed")
        } else {
            agreed(id).zip(agreed(*base)).is_some_and(|(one, other)| one != other).then_some("`lag_mode`")
        }
    };
    let Some((id, what)) = others.iter().find_map(|id| Some((*id, differs(*id)?))) else { return };
    let message = format!("ports of group {} of {} differ in {what}", group.1, work.what(group.0));
    let (here, there) = (place(work, id), place(work, *base));
    work.report(
        Finding::error(codes::LAG_UNEQUAL, message)
            .at(here)
            .label(there, "the first of them")
            .help("the links of a group are one; what holds for one holds for all"),
    );
}

/// Makes both ends of a bundle agree on LACP, and numbers it where it is routed.
fn agree(work: &mut Work<'_, '_>, link: Link) {
    let group = |work: &Work<'_, '_>, id: PortId| Some((id.node, work.port(id)?.lag?));
    let (Some(a), Some(b)) = (group(work, link.a), group(work, link.b)) else { return };
    let ports = |work: &Work<'_, '_>, (node, number): Group| -> Option<Vec<PortId>> {
        let lag = work.nodes.get(node)?.lags.get(&number)?;
        Some(lag.members.iter().map(|port| PortId { node, port: *port }).collect())
    };
    let (Some(ports_a), Some(ports_b)) = (ports(work, a), ports(work, b)) else { return };
    let said = (said_mode(work, &ports_a), said_mode(work, &ports_b));
    let follows = |mode: LagMode| if mode == LagMode::Static { LagMode::Static } else { LagMode::Active };
    let (one, other) = match said {
        (None, None) => (LagMode::Active, LagMode::Active),
        (Some((mode, _)), None) => (mode, follows(mode)),
        (None, Some((mode, _))) => (follows(mode), mode),
        (Some((one, here)), Some((other, there))) => {
            let wrong = match (one, other) {
                (LagMode::Static, LagMode::Static) => None,
                (LagMode::Static, _) | (_, LagMode::Static) => Some("one end uses LACP, the other does not"),
                (LagMode::Passive, LagMode::Passive) => Some("both ends wait for the other to begin"),
                _ => None,
            };
            if let Some(why) = wrong {
                let message =
                    format!("the group between {} and {} never comes up: {why}", work.what(a.0), work.what(b.0));
                work.report(
                    Finding::error(codes::LAG_DISAGREES, message)
                        .at(there)
                        .label(here, "the other end says this")
                        .help("leave `lag_mode` out at both ends"),
                );
            }
            (one, other)
        }
    };
    let routed = work.port(link.a).is_some_and(|port| port.mode == PortMode::Routed && port.peer.is_some());
    let numbered = routed.then(|| links::routed(work, link)).flatten();
    for ((near, far), agreed, (node, number)) in [(link.a, link.b, one, a), (link.b, link.a, other, b)]
        .map(|(near, far, agreed, group)| ((near, far), agreed, group))
    {
        let address = numbered.and_then(|net| net.of(near));
        let shape = links::shape(work, near, far);
        let Some(facts) = work.nodes.get_mut(node) else { continue };
        let ports = &facts.ports;
        let Some(lag) = facts.lags.get_mut(&number) else { continue };
        let speeds = lag.members.iter().filter_map(|port| ports.get(*port)?.link_speed);
        let speed = speeds.fold(0, u32::saturating_add);
        lag.agreed = agreed;
        lag.address = address;
        lag.shape_mbit = shape.filter(|mbit| speed == 0 || *mbit < speed);
        // A routed group has one peer.
        if let Some(peer) = lag.peers.first_mut() {
            peer.address = address.map(links::across);
        }
    }
}

/// Takes the VLANs that its links carry over to each group.
pub(super) fn carry(work: &mut Work<'_, '_>) {
    for (_, facts) in work.nodes.iter_mut() {
        for lag in facts.lags.values_mut() {
            if let Some(port) = lag.members.first().and_then(|port| facts.ports.get(*port)) {
                lag.tagged.clone_from(&port.tagged);
            }
        }
    }
}
