//! Ports and links: what a site file says once, at both ends.

use std::collections::BTreeMap;

use super::addressing::{self, End};
use super::facts::{Peer, PortFacts, Power};
use super::naming::fill;
use super::work::{PortId, Work};
use crate::finding::{Finding, codes};
use crate::model::{PortMode, PortUse, Role};
use crate::source::{Sp, Span};

/// Used where the naming rules give no pattern for descriptions of links.
const LINK_PATTERN: &str = "{device} {port}";

/// A link, drawn from either end or both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// One end.
    pub(super) a: PortId,
    /// The other end.
    pub(super) b: PortId,
    /// Where it was drawn.
    pub(super) span: Span,
}

/// Applies what the site files say about ports, and finds every link.
pub(super) fn apply(work: &mut Work<'_>) -> Vec<Link> {
    let mut drawn: BTreeMap<PortId, (PortId, Span)> = BTreeMap::new();
    let mut links = Vec::new();
    for index in 0..work.nodes.len() {
        for entry in work.uses(index) {
            let Some(near) = work.port_by_key(index, &entry.port.value) else {
                let known = work.known_ports(index);
                work.report(
                    Finding::error(
                        codes::NO_SUCH_PORT,
                        format!("{} has no port `{}`", work.what(index), entry.port.value),
                    )
                    .at(entry.port.span)
                    .help(known),
                );
                continue;
            };
            if let Some(port) = work.port(near)
                && port.used
            {
                let first = port.span;
                work.report(
                    Finding::error(
                        codes::PORT_TWICE,
                        format!("port `{}` of {} is used twice", entry.port.value, work.what(index)),
                    )
                    .at_saying(entry.port.span, "used again here")
                    .label(first, "first used here"),
                );
                continue;
            }
            use_port(work, near, entry);
            if entry.to.is_some()
                && let Some(far) = far_end(work, near, entry)
            {
                draw(work, &mut drawn, &mut links, near, far, entry.port.span);
            }
        }
    }
    for link in &links {
        connect(work, *link);
    }
    links
}

/// Notes a link; the same link drawn from its other end is the same link.
fn draw(
    work: &mut Work<'_>,
    drawn: &mut BTreeMap<PortId, (PortId, Span)>,
    links: &mut Vec<Link>,
    near: PortId,
    far: PortId,
    span: Span,
) {
    if drawn.get(&near).is_some_and(|(other, _)| *other == far) {
        return;
    }
    for end in [near, far] {
        if let Some((_, first)) = drawn.get(&end) {
            let first = *first;
            let message = format!("port `{}` of {} has two links", work.key(end), work.what(end.node));
            work.report(
                Finding::error(codes::PORT_TWICE, message)
                    .at_saying(span, "drawn again here")
                    .label(first, "first drawn here"),
            );
            return;
        }
    }
    drawn.insert(near, (far, span));
    drawn.insert(far, (near, span));
    links.push(Link { a: near, b: far, span });
}

/// Writes down what one line of a site file says about its own port.
fn use_port<'n>(work: &mut Work<'n>, id: PortId, entry: &'n PortUse) {
    let site = work.nodes.get(id.node).map_or(0, |node| node.facts.site);
    let known = entry.profile.as_ref().filter(|name| work.network.profiles.contains_key(&name.value));
    if (known.is_some() || entry.settings.is_some())
        && let Some(settings) = work.port_settings(id.node, entry)
    {
        let vlan = settings.vlan.as_ref().and_then(|name| work.vlan_at(site, name, entry.port.span));
        // A profile serves many sites: a voice or tagged VLAN that this site lacks is simply not there.
        let voice = settings.voice.as_ref().and_then(|name| work.vlan_here(site, name.value.as_ref()?));
        let tagged = settings.tagged.iter().flat_map(|list| &list.value);
        let tagged =
            tagged.filter_map(|name| work.vlan_here(site, &name.value)).filter(|id| Some(*id) != vlan).collect();
        let says = |switch: &Option<Sp<bool>>| switch.as_ref().is_some_and(|said| said.value);
        if let Some(port) = work.port_mut(id) {
            port.profile = known.map(|name| name.value.clone());
            port.mode = settings.mode.as_ref().map_or(PortMode::Access, |mode| mode.value);
            port.vlan = vlan;
            port.voice = voice.filter(|_| port.mode == PortMode::Access);
            port.tagged = tagged;
            port.dot1x = says(&settings.dot1x.enabled);
            port.poe = says(&settings.poe) && port.power != Power::No;
            port.shutdown = says(&settings.shutdown);
            port.settings = settings;
        }
    }
    if let Some(port) = work.port_mut(id) {
        let title = port.settings.title.as_ref().map(|title| title.as_str());
        let title = title.or(known.map(|name| name.as_str()));
        let words = entry.description.as_ref().map(|text| text.as_str()).or(title).unwrap_or_default().to_owned();
        port.used = true;
        port.span = entry.port.span;
        port.description = words;
    }
}

/// The port at the other end of a link.
///
/// Named outright, or the one port there that points back, or the only port the far device has.
fn far_end(work: &mut Work<'_>, near: PortId, entry: &PortUse) -> Option<PortId> {
    let to = entry.to.as_ref()?;
    let site = work.nodes.get(near.node)?.facts.site;
    // A reference to no device is the inventory's own finding.
    let far = work.resolve(site, &to.value)?;
    if far == near.node {
        let message = format!("{} is linked to itself", work.what(far));
        work.report(Finding::error(codes::LINK_DISAGREES, message).at(to.span));
        return None;
    }
    if let Some(key) = &entry.to_port {
        let found = work.port_by_key(far, &key.value);
        if found.is_none() {
            let known = work.known_ports(far);
            let message = format!("{} has no port `{}`", work.what(far), key.value);
            work.report(Finding::error(codes::NO_SUCH_PORT, message).at(key.span).help(known));
        }
        return found;
    }
    let key = work.key(near);
    let back: Vec<PortId> = work
        .uses(far)
        .iter()
        .filter(|other| {
            let points_here = other.to.as_ref().is_some_and(|back| {
                let far_site = work.nodes.get(far).map_or(site, |node| node.facts.site);
                work.resolve(far_site, &back.value) == Some(near.node)
            });
            points_here && other.to_port.as_ref().is_none_or(|port| port.value == key)
        })
        .filter_map(|other| work.port_by_key(far, &other.port.value))
        .collect();
    let only = |ports: &[PortId]| match ports {
        [one] => Some(*one),
        _ => None,
    };
    let all: Vec<PortId> = work.port_ids(far);
    let is_ap = work.nodes.get(far).is_some_and(|node| node.facts.role == Role::Ap);
    let found = only(&back).or_else(|| if is_ap { all.first().copied() } else { only(&all) });
    if found.is_none() {
        let message = format!("which port of {} does this link end at?", work.what(far));
        work.report(
            Finding::error(codes::LINK_PORT, message).at(to.span).help("name it: { to: device, port: its-port }"),
        );
    }
    found
}

/// Makes both ends of a link say the same.
fn connect(work: &mut Work<'_>, link: Link) {
    let (Some(a), Some(b)) = (work.port(link.a).cloned(), work.port(link.b).cloned()) else { return };
    let (Some(node_a), Some(node_b)) = (work.nodes.get(link.a.node), work.nodes.get(link.b.node)) else { return };
    let roles = (node_a.facts.role, node_b.facts.role);
    let same_site = node_a.facts.site == node_b.facts.site;
    let mode = match (&a.profile, &b.profile) {
        (Some(_), Some(_)) if a.mode != b.mode || a.vlan != b.vlan => {
            let message = format!("the ends of a link disagree: {} and {}", describe(&a), describe(&b));
            work.report(
                Finding::error(codes::LINK_DISAGREES, message)
                    .at_saying(b.span, describe(&b))
                    .label(a.span, describe(&a))
                    .help("draw the link once, from either end; the other end follows"),
            );
            return;
        }
        (Some(_), _) => a.mode,
        (None, Some(_)) => b.mode,
        (None, None) => default_mode(roles.0, roles.1),
    };
    if mode != PortMode::Routed && !same_site {
        let message = format!("a trunk joins two sites: {} and {}", work.what(link.a.node), work.what(link.b.node));
        work.report(Finding::error(codes::TRUNK_LEAVES_SITE, message).at(link.span).help(
            "VLANs stay within a site; a link between sites is routed, from a distribution switch to a core router",
        ));
        return;
    }
    let vlan = a.vlan.or(b.vlan);
    let tagged = if a.tagged.is_empty() { b.tagged.clone() } else { a.tagged.clone() };
    let addresses = (mode == PortMode::Routed).then(|| routed(work, link)).flatten();
    for (near, far) in [(link.a, link.b), (link.b, link.a)] {
        let address = addresses.and_then(|(net, inner)| {
            let host = if near == inner { net.network() } else { net.broadcast() };
            ipnet::Ipv4Net::new(host, net.prefix_len()).ok()
        });
        let Some(peer) = peer(work, far, address) else { continue };
        let words = link_description(work, near, &peer);
        if let Some(port) = work.port_mut(near) {
            port.span = if port.used { port.span } else { link.span };
            port.used = true;
            port.mode = mode;
            port.vlan = vlan.filter(|_| mode != PortMode::Routed);
            port.voice = None;
            port.tagged = if mode == PortMode::Trunk { tagged.clone() } else { std::collections::BTreeSet::new() };
            port.profile = port.profile.take().or_else(|| a.profile.clone()).or_else(|| b.profile.clone());
            port.address = address;
            port.description = words;
            port.peer = Some(peer);
        }
    }
}

fn describe(port: &PortFacts) -> String {
    let mode = match port.mode {
        PortMode::Access => "access",
        PortMode::Trunk => "trunk",
        PortMode::Routed => "routed",
    };
    port.vlan.map_or_else(|| mode.to_owned(), |vlan| format!("{mode}, VLAN {vlan} untagged"))
}

/// What joins the routing middle of the network is routed, everything else is a trunk.
fn default_mode(a: Role, b: Role) -> PortMode {
    match (a.min(b), a.max(b)) {
        (Role::Core, Role::Core | Role::Firewall | Role::Distribution) => PortMode::Routed,
        _ => PortMode::Trunk,
    }
}

/// The /31 of a routed link, and which end has its first address.
fn routed(work: &mut Work<'_>, link: Link) -> Option<(ipnet::Ipv4Net, PortId)> {
    let end = |work: &Work<'_>, port: PortId| {
        let node = work.nodes.get(port.node)?;
        let site = work.site_number(node.facts.site)?;
        Some((End { site, role: node.facts.role, number: node.facts.number }, port))
    };
    let (a, b) = (end(work, link.a)?, end(work, link.b)?);
    let rank = |end: &(End, PortId)| (end.0.role, end.0.number, end.0.site, end.1);
    let (inner, outer) = if rank(&a) <= rank(&b) { (a, b) } else { (b, a) };
    let Some(net) = addressing::link(&work.network.plan, inner.0, outer.0) else {
        let message = format!(
            "the address plan has no place for a routed link between {} and {}",
            work.what(inner.1.node),
            work.what(outer.1.node)
        );
        let links = &work.network.plan.links;
        work.report(
            Finding::error(codes::NO_ROOM, message)
                .at(link.span)
                .label(links.span, "links are numbered in this block, eight for each site and 64 at its end")
                .help("it numbers distribution switches 1–2 to core routers 1–4, firewalls 1–4 to core routers, and core routers among themselves"),
        );
        return None;
    };
    if let Some(first) = work.links_taken.insert(net, link.span) {
        let message = format!("two links come to {net}");
        work.report(
            Finding::error(codes::DUPLICATE_LINK, message)
                .at_saying(link.span, "this one as well")
                .label(first, "first used here")
                .help("one link joins a distribution switch with a core router; core routers have numbers of their own across all sites"),
        );
    }
    Some((net, inner.1))
}

fn peer(work: &Work<'_>, far: PortId, near_address: Option<ipnet::Ipv4Net>) -> Option<Peer> {
    let node = work.nodes.get(far.node)?;
    let port = work.port(far)?;
    let address = near_address.map(|net| {
        // The two addresses of a /31 differ in their last bit.
        std::net::Ipv4Addr::from(u32::from(net.addr()) ^ 1)
    });
    Some(Peer {
        device: node.facts.name.clone(),
        role: node.facts.role,
        port: port.key.clone(),
        interface: port.interface.clone(),
        address,
    })
}

fn link_description(work: &Work<'_>, near: PortId, peer: &Peer) -> String {
    let own = work
        .uses(near.node)
        .iter()
        .find(|entry| work.port_by_key(near.node, &entry.port.value) == Some(near))
        .and_then(|entry| entry.description.as_ref());
    if let Some(text) = own {
        return text.value.clone();
    }
    let pattern = &work.network.policy.naming.link;
    let pattern = if pattern.is_empty() { LINK_PATTERN } else { pattern.as_str() };
    let value = |key: &str| match key {
        "device" => Some(peer.device.to_string()),
        "port" => Some(peer.interface.clone()),
        _ => None,
    };
    fill(pattern, value).unwrap_or_else(|_| format!("{} {}", peer.device, peer.interface))
}
