//! Links: what is drawn once holds at both ends.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::addressing::{self, End};
use super::facts::{DeviceFacts, Peer, PortFacts};
use super::naming;
use super::work::{PortId, Work};
use crate::finding::{Finding, codes};
use crate::model::{PortMode, Role};
use crate::source::Span;

/// A link, drawn from either end or both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// One end.
    pub(super) a: PortId,
    /// The other end.
    pub(super) b: PortId,
    /// Where it was drawn.
    pub(super) span: Span,
    /// Whether it stands for its bundle: the first link of a group, or a link of its own.
    pub(super) first: bool,
}

impl Link {
    /// Both directions.
    pub(super) fn ways(self) -> [(PortId, PortId); 2] {
        [(self.a, self.b), (self.b, self.a)]
    }
}

/// Makes both ends of a link say the same.
pub(super) fn connect(work: &mut Work<'_, '_>, link: Link) {
    let (Some(node_a), Some(node_b)) = (work.nodes.get(link.a.node), work.nodes.get(link.b.node)) else { return };
    let (Some(a), Some(b)) = (node_a.ports.get(link.a.port), node_b.ports.get(link.b.port)) else { return };
    let usual = default_mode(node_a.role, node_b.role);
    let same_site = node_a.site == node_b.site;
    let mode = match (said_mode(a), said_mode(b)) {
        (Some(mode), _) | (None, Some(mode)) => mode,
        (None, None) => usual,
    };
    if disagree(a, b) {
        let ends = (describe(a, mode), describe(b, mode));
        let message = format!("the ends of a link disagree: {} and {}", ends.0, ends.1);
        let finding = Finding::error(codes::LINK_DISAGREES, message)
            .at_saying(b.span, ends.1)
            .label(a.span, ends.0)
            .help("draw the link once, from either end; the other end follows");
        work.report(finding);
        return;
    }
    // A line that gives the port to hosts took it from the link, or the link from it.
    let hosts = [(a, b, link.a), (b, a, link.b)].into_iter().find(|(near, far, _)| {
        let own = near.used && near.span != link.span && said_mode(*near) == Some(PortMode::Access);
        own && usual == PortMode::Routed && said_mode(*far).is_none()
    });
    if let Some((near, _, end)) = hosts.filter(|_| mode != PortMode::Routed && !same_site) {
        let message = format!("port `{}` of {} is used twice", near.socket.key, work.what(end.node));
        let finding = Finding::error(codes::PORT_TWICE, message)
            .at_saying(near.span, "for hosts here")
            .label(link.span, "and a link ends there")
            .help("take it out of this line, or end the link at another port");
        work.report(finding);
        return;
    }
    if mode != PortMode::Routed && !same_site {
        let message = format!("a trunk joins two sites: {} and {}", work.what(link.a.node), work.what(link.b.node));
        let finding = Finding::error(codes::TRUNK_LEAVES_SITE, message).help(
            "VLANs stay within a site; a link between sites is routed, from a distribution switch to a core router",
        );
        // What has a link to a core router was meant to route.
        let roles = [(node_a, node_b), (node_b, node_a)].map(|(one, other)| (one.role, other.role, one.span));
        let switch = roles.iter().find(|(one, other, _)| (*one, *other) == (Role::Access, Role::Core));
        // Where the site has a distribution switch, that is where the link was meant to lead.
        let here = [node_a, node_b].into_iter().find(|node| node.role == Role::Access);
        let here = here.and_then(|node| work.network.sites.get(node.site));
        let distributes = here.is_some_and(|site| site.devices.iter().any(|it| it.role == Role::Distribution));
        let switch = switch.filter(|_| !distributes);
        work.report(match switch {
            Some((.., span)) if said_mode(a).or(said_mode(b)).is_none() => finding
                .at_saying(*span, "leads to a core router, and is no distribution switch")
                .label(link.span, "the link"),
            _ => finding.at(link.span),
        });
        return;
    }
    let vlan = a.vlan.or(b.vlan);
    let profile = a.profile.as_ref().or(b.profile.as_ref()).cloned();
    let tagged = Arc::clone(if a.tagged.is_empty() { &b.tagged } else { &a.tagged });
    let tagged = if mode == PortMode::Trunk { tagged } else { Arc::clone(&work.nothing) };
    // The address of a bundle stands at the bundle.
    let alone = a.lag.is_none() && b.lag.is_none();
    let speed = common_speed(a, b);
    let addresses = (mode == PortMode::Routed && alone).then(|| routed(work, link)).flatten();
    for (near, far) in link.ways() {
        let address = addresses.and_then(|net| net.of(near));
        let Some(peer) = peer(work, far, address) else { continue };
        let words = work.entry(near).and_then(|entry| entry.description.as_ref()).map(|text| text.value.clone());
        let naming = &work.network.policy.naming;
        let words = words.unwrap_or_else(|| naming::link(naming, peer.device.as_str(), &peer.interface).into());
        let shape = alone.then(|| shape(work, near, far)).flatten();
        let own = work.port(near).map_or(0, |port| port.socket.speed);
        if let Some(port) = work.port_mut(near) {
            port.span = if port.used { port.span } else { link.span };
            port.used = true;
            port.mode = mode;
            port.vlan = vlan.filter(|_| mode != PortMode::Routed);
            port.voice = None;
            port.tagged = Arc::clone(&tagged);
            port.profile = port.profile.take().or_else(|| profile.clone());
            port.address = address;
            port.link_speed = speed;
            port.shape_mbit = shape.filter(|mbit| *mbit < speed.unwrap_or(own));
            port.description = words;
            port.peer = Some(Box::new(peer));
        }
    }
}

/// The mode a port's own line or profile leads to, where it says anything of VLANs at all.
fn said_mode(port: PortFacts<'_>) -> Option<PortMode> {
    let said = port.settings.mode.as_ref().map(|mode| mode.value);
    said.or(port.profile.is_some().then_some(PortMode::Access))
}

/// Whether a port's own line or profile says that it routes.
pub(super) fn says_routed(node: &DeviceFacts, port: usize) -> bool {
    node.ports.get(port).is_some_and(|port| said_mode(port) == Some(PortMode::Routed))
}

/// Whether two ends that both say something of VLANs say different things.
fn disagree(a: PortFacts<'_>, b: PortFacts<'_>) -> bool {
    match (said_mode(a), said_mode(b)) {
        (Some(one), Some(other)) => one != other || a.vlan != b.vlan,
        // An end that says no more than its VLAN can only be wrong about that.
        _ => a.vlan.zip(b.vlan).is_some_and(|(one, other)| one != other),
    }
}

fn describe(port: PortFacts<'_>, mode: PortMode) -> String {
    let mode = match said_mode(port).unwrap_or(mode) {
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

/// The highest speed that both ends can take, or the one that was said.
fn common_speed(a: PortFacts<'_>, b: PortFacts<'_>) -> Option<u32> {
    let takes = |port: PortFacts<'_>, speed: u32| match &port.settings.speed {
        Some(said) => said.value == speed,
        None => port.socket.speeds.contains(&speed),
    };
    let said = a.settings.speed.iter().chain(&b.settings.speed).map(|speed| speed.value);
    a.socket.speeds.iter().copied().chain(said).filter(|speed| takes(a, *speed) && takes(b, *speed)).max()
}

/// The rate of the line that a port leads out of its site by.
pub(super) fn shape(work: &Work<'_, '_>, near: PortId, far: PortId) -> Option<u32> {
    let site = |port: PortId| Some(work.nodes.get(port.node)?.site);
    let here = site(near)?;
    if site(far)? == here {
        return None;
    }
    work.network.sites.get(here)?.wan.mbit.as_ref().map(|mbit| mbit.value)
}

/// The /31 of a routed link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbered {
    net: Ipv4Net,
    /// The node that has its first address.
    inner: usize,
}

impl Numbered {
    /// The address of one end.
    pub(super) fn of(self, end: PortId) -> Option<Ipv4Net> {
        let host = if end.node == self.inner { self.net.network() } else { self.net.broadcast() };
        Ipv4Net::new(host, self.net.prefix_len()).ok()
    }
}

/// The /31 of a routed link, and which end has its first address.
pub(super) fn routed(work: &mut Work<'_, '_>, link: Link) -> Option<Numbered> {
    let end = |work: &Work<'_, '_>, port: PortId| {
        let node = work.nodes.get(port.node)?;
        let site = work.site_number(node.site)?;
        Some((End { site, role: node.role, number: node.number }, port))
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
        let (inner, outer) = (work.what(inner.1.node), work.what(outer.1.node));
        let message = format!("two links lead from {outer} to {inner}, and both come to {net}");
        work.report(
            Finding::error(codes::DUPLICATE_LINK, message)
                .at_saying(link.span, "this one as well")
                .label(first, "first used here")
                .help("lead one of them to another core router, or make them one group (`lag: 1`); core routers have numbers of their own across all sites"),
        );
    }
    Some(Numbered { net, inner: inner.1.node })
}

/// The other address of a /31.
pub(super) fn across(near: Ipv4Net) -> std::net::Ipv4Addr {
    std::net::Ipv4Addr::from(u32::from(near.addr()) ^ 1)
}

fn peer(work: &Work<'_, '_>, far: PortId, near_address: Option<Ipv4Net>) -> Option<Peer> {
    let node = work.nodes.get(far.node)?;
    let port = work.port(far)?;
    Some(Peer {
        device: node.name.clone(),
        role: node.role,
        at: far.node,
        place: far.port,
        port: port.socket.key.clone(),
        interface: port.socket.interface.clone(),
        address: near_address.map(across),
    })
}
