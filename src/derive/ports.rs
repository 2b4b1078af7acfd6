//! Ports: what a site file says of each, and which links that draws.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::facts::{PortFacts, PortState, Power, Socket};
use super::links::{self, Link};
use super::work::{Desk, PortId, Work};
use super::{lags, naming};
use crate::finding::{Finding, codes};
use crate::model::{PortMode, PortSettings, PortUse, Role};
use crate::source::{Sp, Span};
use crate::value::{Id, Text, VlanId};

/// Applies what the site files say about ports, and finds every link.
pub(super) fn apply(work: &mut Work<'_>) -> Vec<Link> {
    let parts: Vec<_> = parts(work).into_par_iter().map(|nodes| part(work, nodes)).collect();
    let mut to_draw = Vec::new();
    let mut nodes = work.nodes.iter_mut();
    for (said, findings) in parts {
        for (said, node) in said.into_iter().zip(nodes.by_ref()) {
            node.facts.ports = said.ports;
            work.entries.push(said.entries);
            to_draw.extend(said.links);
        }
        work.findings.extend(findings);
    }
    let mut drawn = Drawn::new();
    let mut links = Vec::new();
    for (near, entry) in to_draw {
        if let Some(far) = far_end(work, near, entry) {
            draw(work, &mut drawn, &mut links, (near, far), entry);
        }
    }
    lags::number(work, &mut links);
    for link in &links {
        links::connect(work, *link);
    }
    lags::run(work, &links);
    links
}

/// Devices that are worked on together, for some dozens of them.
const PART: usize = 256;

/// Parts of the network that can be worked on side by side: whole sites, whose ports share much.
fn parts(work: &Work<'_>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut site) = (0, None);
    for (index, node) in work.nodes.iter().enumerate() {
        if index >= start + PART && site != Some(node.facts.site) {
            parts.push(start..index);
            start = index;
        }
        site = Some(node.facts.site);
    }
    parts.push(start..work.nodes.len());
    parts
}

/// What is said of the ports of one device.
#[derive(Default)]
struct OfNode<'n> {
    ports: Vec<PortFacts>,
    /// Lines that say more of a port than its settings, by port.
    entries: Vec<(usize, &'n PortUse)>,
    /// Lines that draw a link, in the order in which they stand.
    links: Vec<(PortId, &'n PortUse)>,
}

fn part<'n>(work: &Work<'n>, nodes: Range<usize>) -> (Vec<OfNode<'n>>, Vec<Finding>) {
    let mut desk = work.desk();
    let mut profiles = Profiles::default();
    let mut last = None;
    let said = nodes.map(|index| of_node(work, &mut desk, &mut profiles, &mut last, index)).collect();
    (said, desk.findings)
}

fn of_node<'n>(
    work: &Work<'n>,
    desk: &mut Desk<'n>,
    profiles: &mut Profiles<'n>,
    last: &mut Option<Said<'n>>,
    index: usize,
) -> OfNode<'n> {
    let mut said = OfNode::default();
    let Some(node) = work.nodes.get(index) else { return said };
    let silent = Arc::new(PortState::silent(desk.silent(), &work.nothing, node.facts.span));
    let port = |socket: &Arc<Socket>| PortFacts { socket: Arc::clone(socket), state: Arc::clone(&silent) };
    said.ports = node.layout.ports.iter().map(port).collect();
    let mut before = None;
    for entry in work.uses(index) {
        let near = work.port_after(before, index, &entry.port.value);
        before = near;
        let Some((near, port)) = near.and_then(|near| Some((near, said.ports.get_mut(near.port)?))) else {
            desk.findings.extend(no_such_port(work, index, &entry.port));
            continue;
        };
        if port.used {
            desk.findings.push(
                Finding::error(
                    codes::PORT_TWICE,
                    format!("port `{}` of {} is used twice", entry.port.value, work.what(index)),
                )
                .at_saying(entry.port.span, "used again here")
                .label(port.span, "first used here"),
            );
            continue;
        }
        use_port(work, desk, profiles, last, (near, port), entry);
        if entry.to.is_some() {
            said.links.push((near, entry));
        }
        if entry.to.is_some() || entry.lag.is_some() || entry.description.is_some() {
            said.entries.push((near.port, entry));
        }
    }
    said.entries.sort_unstable_by_key(|(port, _)| *port);
    said
}

/// A port that a device does not have, with the place that says what the device is.
fn no_such_port(work: &Work<'_>, node: usize, key: &Sp<Text>) -> Option<Finding> {
    // What a member of an unknown model has, nobody knows.
    let device =
        work.device(node).filter(|it| it.stack.iter().all(|one| work.network.models.contains_key(&one.value)))?;
    let finding =
        Finding::error(codes::NO_SUCH_PORT, format!("{} has no port `{}`", work.what(node), key.value)).at(key.span);
    let finding = finding.label(device.model.span, "what it is").help(work.known_ports(node));
    let model = work.network.models.get(&device.model.value);
    Some(match model {
        Some(model) => finding.label(model.name.span, "its model"),
        None => finding,
    })
}

/// Links by each of their ends: the other end, and the line that draws it.
type Drawn<'n> = BTreeMap<PortId, (PortId, &'n PortUse)>;

/// Notes a link; the same link drawn from its other end is the same link.
fn draw<'n>(
    work: &mut Work<'n>,
    drawn: &mut Drawn<'n>,
    links: &mut Vec<Link>,
    (near, far): (PortId, PortId),
    entry: &'n PortUse,
) {
    if drawn.get(&near).is_some_and(|(other, _)| *other == far) {
        return;
    }
    for end in [near, far] {
        let Some((other, first)) = drawn.get(&end).copied() else { continue };
        let message = format!("port `{}` of {} has two links", work.key(end), work.what(end.node));
        let finding = Finding::error(codes::PORT_TWICE, message);
        // The end that the line itself is about, or the one that it names.
        let draws = |entry: &PortUse, node: usize| work.uses(node).iter().any(|own| std::ptr::eq(own, entry));
        let own = draws(first, end.node);
        let place = |entry: &PortUse, own: bool| match &entry.to_port {
            Some(port) if !own => port.span,
            _ => entry.port.span,
        };
        let (here, there) = (place(entry, end == near), first.port.span);
        let swapped = is_odd(work, if own { end } else { other }, first) && !is_odd(work, near, entry);
        let (here, there) = if swapped { (place(first, own), entry.port.span) } else { (here, there) };
        work.report(
            finding
                .at_saying(here, if swapped { "a link of this port" } else { "drawn again here" })
                .label(there, if swapped { "another one" } else { "first drawn here" })
                .help("one of the two ends at another port"),
        );
        return;
    }
    drawn.insert(near, (far, entry));
    drawn.insert(far, (near, entry));
    links.push(Link { a: near, b: far, span: entry.port.span, first: true });
}

/// Whether a line names another port than its siblings, which lead from the same device to others of that role:
/// both uplinks of a building mostly end at the same port, of either core router.
fn is_odd(work: &Work<'_>, near: PortId, entry: &PortUse) -> bool {
    let (Some(to), Some(port)) = (&entry.to, &entry.to_port) else { return false };
    let sibling = |other: &&PortUse| other.to.as_ref().is_some_and(|it| it.role == to.role && it.value != to.value);
    let mut siblings =
        work.uses(near.node).iter().filter(sibling).filter_map(|other| other.to_port.as_ref()).peekable();
    siblings.peek().is_some() && siblings.all(|other| other.value != port.value)
}

/// What a profile comes to at a site, or a line that says more than that.
struct Resolved {
    settings: Arc<PortSettings>,
    profile: Option<Id>,
    vlan: Option<VlanId>,
    voice: Option<VlanId>,
    tagged: Arc<BTreeSet<VlanId>>,
    critical: Option<VlanId>,
    guest: Option<VlanId>,
    dynamic: Arc<BTreeSet<VlanId>>,
    title: Text,
}

impl Resolved {
    fn of<'n>(work: &Work<'n>, desk: &mut Desk<'n>, node: usize, site: usize, entry: &'n PortUse) -> Self {
        let profile = entry.profile.as_ref().filter(|name| work.network.profiles.contains_key(&name.value));
        let silent = profile.is_none() && entry.settings.is_none();
        let settings = if silent { None } else { work.port_settings(desk, node, entry) };
        let settings = settings.unwrap_or_else(|| desk.silent());
        let vlan = settings.vlan.as_ref().and_then(|name| work.vlan_at(desk, site, name, entry.port.span));
        // A profile serves many sites: a voice or tagged VLAN that this site lacks is simply not there.
        let voice = settings.voice.as_ref().and_then(|name| work.vlan_here(site, name.value.as_ref()?));
        let tagged = settings.tagged.iter().flat_map(|list| &list.value);
        let tagged: BTreeSet<VlanId> =
            tagged.filter_map(|name| work.vlan_here(site, &name.value)).filter(|id| Some(*id) != vlan).collect();
        let tagged = if tagged.is_empty() { Arc::clone(&work.nothing) } else { Arc::new(tagged) };
        let critical = settings.dot1x.critical_vlan.as_ref().and_then(|name| work.vlan_here(site, &name.value));
        let guest = settings.dot1x.guest_vlan.as_ref().and_then(|name| work.vlan_here(site, &name.value));
        let dynamic = match settings.dot1x.dynamic_vlans {
            Some(_) => work.dynamic_vlans(desk, site, &settings),
            None => Arc::clone(&work.nothing),
        };
        let title = settings.title.as_ref().map(|title| title.as_str());
        let title = title.or(profile.map(|name| name.as_str())).unwrap_or_default().into();
        let profile = profile.map(|name| name.value.clone());
        Self { settings, profile, vlan, voice, tagged, critical, guest, dynamic, title }
    }
}

/// The profiles of the site at hand, as lines that say no more than a profile have them.
#[derive(Default)]
struct Profiles<'n> {
    site: usize,
    known: Vec<(Option<&'n Id>, Rc<Resolved>)>,
}

impl<'n> Profiles<'n> {
    fn of(
        &mut self,
        work: &Work<'n>,
        desk: &mut Desk<'n>,
        (node, site): (usize, usize),
        entry: &'n PortUse,
    ) -> Rc<Resolved> {
        if self.site != site {
            *self = Self { site, known: Vec::new() };
        }
        let refined = entry.settings.is_some() || work.device(node).is_none_or(|device| !device.profiles.is_empty());
        let name = entry.profile.as_ref().map(|name| &name.value);
        if let (false, Some((_, known))) = (refined, self.known.iter().find(|(known, _)| *known == name)) {
            return Rc::clone(known);
        }
        let made = Rc::new(Resolved::of(work, desk, node, site, entry));
        // A VLAN that is not there is told of at every line.
        if !refined && (made.vlan.is_some() || made.settings.vlan.is_none()) {
            self.known.push((name, Rc::clone(&made)));
        }
        made
    }
}

/// What a line of a site file says of its ports at one site; the ports of a range share it.
struct Said<'n> {
    site: usize,
    entry: &'n PortUse,
    is: Rc<Resolved>,
    /// Its ports' description, where that depends on no port.
    words: Option<Text>,
    /// What the last of its ports came to.
    made: Option<Arc<PortState>>,
}

impl Said<'_> {
    /// Description of one of its ports by the naming rule.
    fn words(&mut self, work: &Work<'_>, node: usize, socket: &Socket) -> Text {
        if let Some(words) = &self.words {
            return words.clone();
        }
        let words = port_words(work, node, socket, &self.is.title);
        if !work.network.policy.naming.port.as_ref().is_some_and(|rule| rule.contains("{port}")) {
            self.words = Some(words.clone());
        }
        words
    }

    /// What one of its ports comes to; the next one mostly the same.
    fn state(&mut self, description: Text, powers: bool, span: Span) -> &Arc<PortState> {
        let says = |switch: &Option<Sp<bool>>| switch.as_ref().is_some_and(|said| said.value);
        let is = &self.is;
        let settings = &is.settings;
        let poe = self.asks_power() && powers;
        let last = self.made.take();
        let same = last.filter(|made| made.poe == poe && made.span == span && made.description == description);
        self.made.insert(same.unwrap_or_else(|| {
            let mode = settings.mode.as_ref().map_or(PortMode::Access, |mode| mode.value);
            Arc::new(PortState {
                used: true,
                profile: is.profile.clone(),
                mode,
                vlan: is.vlan,
                voice: is.voice.filter(|_| mode == PortMode::Access),
                tagged: Arc::clone(&is.tagged),
                critical: is.critical,
                guest: is.guest,
                dynamic: Arc::clone(&is.dynamic),
                dot1x: says(&settings.dot1x.enabled),
                poe,
                shutdown: says(&settings.shutdown),
                description,
                ..PortState::silent(Arc::clone(settings), &is.tagged, span)
            })
        }))
    }

    /// What the next port of the line comes to, where it is what the one before did, whichever ports they are.
    fn again(&self, site: usize, entry: &PortUse, powers: bool) -> Option<&Arc<PortState>> {
        let alike = self.holds(site, entry) && (entry.description.is_some() || self.words.is_some());
        self.made.as_ref().filter(|made| alike && made.poe == (self.asks_power() && powers))
    }

    fn asks_power(&self) -> bool {
        self.is.settings.poe.as_ref().is_some_and(|said| said.value)
    }

    /// Whether another line, or the next port of this one, says the same.
    fn holds(&self, site: usize, entry: &PortUse) -> bool {
        self.site == site && Arc::ptr_eq(&self.entry.line, &entry.line)
    }
}

/// Writes down what one line of a site file says about its own port.
fn use_port<'n>(
    work: &Work<'n>,
    desk: &mut Desk<'n>,
    profiles: &mut Profiles<'n>,
    last: &mut Option<Said<'n>>,
    (id, port): (PortId, &mut PortFacts),
    entry: &'n PortUse,
) {
    let site = work.nodes.get(id.node).map_or(0, |node| node.facts.site);
    let powers = port.socket.power != Power::No;
    if let Some(made) = last.as_ref().and_then(|said| said.again(site, entry, powers)) {
        port.state = Arc::clone(made);
        return;
    }
    let mut said = match last.take() {
        Some(said) if said.holds(site, entry) => said,
        _ => Said { site, entry, is: profiles.of(work, desk, (id.node, site), entry), words: None, made: None },
    };
    let words = match &entry.description {
        Some(text) => text.as_str().into(),
        None => said.words(work, id.node, &port.socket),
    };
    port.state = Arc::clone(said.state(words, powers, entry.port.span));
    *last = Some(said);
}

/// The description of a port that faces no other device, by the naming rule.
fn port_words(work: &Work<'_>, node: usize, socket: &Socket, title: &Text) -> Text {
    let naming = &work.network.policy.naming;
    if naming.port.is_none() {
        return title.clone();
    }
    let room = work.device(node).and_then(|device| device.room.as_ref()).map_or("", |room| room.as_str());
    naming::port(naming, title, &socket.interface, room).into()
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
            work.findings.extend(no_such_port(work, far, key));
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
