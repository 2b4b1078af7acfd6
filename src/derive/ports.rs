//! Ports: what a site file says of each, and which links that draws.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::facts::{DeviceFacts, PortState, Ports, Power, Socket};
use super::layout::Layout;
use super::links::{self, Link};
use super::work::{Base, Desk, FEW, PortId, Taken, Work};
use super::{lags, naming};
use crate::finding::{About, Finding, codes};
use crate::model::{PortMode, PortSettings, PortUse, Role};
use crate::source::{Sp, Span};
use crate::value::{Id, Text, VlanId};

/// Applies what the site files say about ports, and finds every link.
pub(super) fn apply(base: &mut Base<'_>, nodes: &mut [DeviceFacts], findings: &mut Vec<Finding>) -> (Vec<Link>, Taken) {
    let mut to_draw = Vec::new();
    let parts: Vec<_> = {
        let base = &*base;
        parts(base)
            .into_par_iter()
            .zip(split(base, nodes))
            .with_max_len(1)
            .map(|(sites, nodes)| part(base, sites, nodes))
            .collect()
    };
    base.entries.reserve(nodes.len());
    for part in parts {
        base.entries.extend(part.entries);
        to_draw.extend(part.links);
        findings.extend(part.findings);
    }
    let work = &mut Work::whole(base, nodes);
    let ends: Vec<_> = to_draw.par_chunks(PART).with_max_len(1).map(|some| far_ends(work, some)).collect();
    let mut drawn = Drawn::new(work);
    let mut links = Vec::with_capacity(to_draw.len());
    for (ends, more) in ends {
        findings.extend(more);
        for (near, far, entry) in ends {
            draw(work, &mut drawn, &mut links, (near, far), entry);
        }
    }
    let grouped = lags::number(work, &drawn, &mut links);
    findings.append(&mut work.findings);
    let mut taken = connect(base, nodes, &links, findings);
    if grouped {
        let mut work = Work::whole(base, nodes);
        work.links_taken = taken;
        lags::run(&mut work, &links);
        findings.append(&mut work.findings);
        taken = work.links_taken;
    }
    (links, taken)
}

/// Makes both ends of every link say the same: within each site for all sites at once, then from site to site.
fn connect(base: &Base<'_>, nodes: &mut [DeviceFacts], links: &[Link], findings: &mut Vec<Finding>) -> Taken {
    let mut within: Vec<Vec<Link>> = vec![Vec::new(); base.ranges.len()];
    let mut across = Vec::new();
    for link in links {
        let site = |end: PortId| nodes.get(end.node).map(|node| node.site);
        let here = site(link.a).filter(|here| site(link.b) == Some(*here));
        // What is routed is numbered, and no two links may come to one number.
        let routed = |end: PortId| {
            nodes.get(end.node).is_some_and(|node| {
                matches!(node.role, Role::Core | Role::Firewall) || links::says_routed(node, end.port)
            })
        };
        match here.and_then(|here| within.get_mut(here)).filter(|_| !routed(link.a) && !routed(link.b)) {
            Some(within) => within.push(*link),
            None => across.push(*link),
        }
    }
    let parts = Work::by_site(base, nodes);
    let found: Vec<Vec<Finding>> = parts
        .into_par_iter()
        .zip(within)
        .with_min_len(FEW)
        .with_max_len(2 * FEW)
        .map(|(mut work, links)| {
            for link in &links {
                links::connect(&mut work, *link);
            }
            work.findings
        })
        .collect();
    findings.extend(found.into_iter().flatten());
    let mut work = Work::whole(base, nodes);
    for link in &across {
        links::connect(&mut work, *link);
    }
    findings.append(&mut work.findings);
    work.links_taken
}

/// Devices that are worked on together, for some dozens of them.
const PART: usize = 256;

/// Parts of the network that can be worked on side by side: whole sites, whose ports share much.
fn parts(base: &Base<'_>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut devices) = (0, 0);
    for (site, range) in base.ranges.iter().enumerate() {
        devices += range.len();
        if devices >= PART {
            parts.push(start..site + 1);
            (start, devices) = (site + 1, 0);
        }
    }
    parts.push(start..base.ranges.len());
    parts
}

/// The devices of each part.
fn split<'w>(base: &Base<'_>, nodes: &'w mut [DeviceFacts]) -> Vec<&'w mut [DeviceFacts]> {
    let mut rest = nodes;
    let mut split = Vec::new();
    for sites in parts(base) {
        let count = base.ranges.get(sites).into_iter().flatten().map(Range::len).sum();
        let Some((here, after)) = std::mem::take(&mut rest).split_at_mut_checked(count) else { break };
        split.push(here);
        rest = after;
    }
    split
}

/// What is said of the ports of some sites.
#[derive(Default)]
struct Part<'n> {
    /// Lines that say more of a port than its settings, for each device, by port.
    entries: Vec<Vec<(usize, &'n PortUse)>>,
    /// Lines that draw a link, in the order in which they stand.
    links: Vec<(PortId, &'n PortUse)>,
    findings: Vec<Finding>,
}

fn part<'n>(base: &Base<'n>, sites: Range<usize>, nodes: &mut [DeviceFacts]) -> Part<'n> {
    let first = base.ranges.get(sites.start).map_or(0, |range| range.start);
    let mut said = Part::default();
    let mut bench = Bench { desk: base.desk(), profiles: Profiles::default(), places: Vec::new(), states: Vec::new() };
    for (index, node) in (first..).zip(nodes) {
        of_node(base, &mut bench, &mut said, index, node);
    }
    said.findings = bench.desk.findings;
    said
}

/// What whoever works on ports has at hand.
struct Bench<'n> {
    desk: Desk<'n>,
    profiles: Profiles<'n>,
    /// For each port of the device at hand, the place of what is said of it among `states`, counted from 1.
    places: Vec<u32>,
    states: Vec<Arc<PortState>>,
}

fn of_node<'n>(base: &Base<'n>, bench: &mut Bench<'n>, said: &mut Part<'n>, index: usize, node: &mut DeviceFacts) {
    let layout = Arc::clone(node.ports.layout());
    bench.places.clear();
    bench.places.resize(layout.ports.len(), 0);
    bench.states.clear();
    let uses = base.uses(node);
    let mut entries = Vec::with_capacity(uses.len());
    for entry in uses {
        use_ports(base, bench, node, &layout, entry, |port| {
            let near = PortId { node: index, port };
            if entry.to.is_some() {
                said.links.push((near, entry));
            }
            if entry.to.is_some() || entry.lag.is_some() || entry.description.is_some() {
                entries.push((port, entry));
            }
        });
    }
    entries.sort_unstable_by_key(|(port, _)| *port);
    said.entries.push(entries);
    let silent = Arc::new(PortState::silent(bench.desk.silent(), &base.nothing, node.span));
    let state = |place: u32| place.checked_sub(1).and_then(|at| bench.states.get(at as usize)).unwrap_or(&silent);
    let mut before = None;
    let firsts = (0u32..).zip(&bench.places).filter(|(_, place)| before.replace(**place) != Some(**place));
    let runs: Vec<_> = firsts.map(|(at, place)| (at, Arc::clone(state(*place)))).collect();
    node.ports = Ports::new(layout, runs);
}

/// Writes down what one line of a site file says about its ports, and tells of each of them.
fn use_ports<'n>(
    base: &Base<'n>,
    bench: &mut Bench<'n>,
    node: &DeviceFacts,
    layout: &Layout,
    entry: &'n PortUse,
    mut tell: impl FnMut(usize),
) {
    let mut said: Option<Said> = None;
    // The first member of a stack may be named, and need not be.
    let prefix = entry.ports.prefix();
    let prefix = prefix.strip_prefix("1/").unwrap_or(prefix);
    for (first, last) in entry.ports.runs() {
        let mut next = Some(first);
        while let Some(first) = next.filter(|next| *next <= last) {
            let Some((start, more)) = layout.run(prefix, first, last) else {
                let key = smol_str::format_smolstr!("{}{first}", entry.ports.prefix());
                bench.desk.findings.extend(no_such_port(base, node, &Sp::new(key, entry.span)));
                next = first.checked_add(1);
                continue;
            };
            next = (first + more).checked_add(1);
            for port in start..=start + more as usize {
                let Some(place) = bench.places.get(port).copied() else { continue };
                if let Some(known) = place.checked_sub(1).and_then(|at| bench.states.get(at as usize)) {
                    let key = layout.ports.get(port).map_or("", |socket| socket.key.as_str());
                    bench.desk.findings.push(port_twice(node, entry, key, known.span));
                    continue;
                }
                let Some(socket) = layout.ports.get(port) else { continue };
                let said = said.get_or_insert_with(|| Said {
                    is: bench.profiles.of(base, &mut bench.desk, node, entry),
                    words: entry.description.as_ref().map(|text| text.as_str().into()),
                    made: [None, None],
                });
                let made = said.place(base, &mut bench.states, node, socket, entry.span);
                if let Some(place) = bench.places.get_mut(port) {
                    *place = made;
                }
                tell(port);
            }
        }
    }
}

fn port_twice(node: &DeviceFacts, entry: &PortUse, key: &str, first: Span) -> Finding {
    Finding::error(codes::PORT_TWICE, format!("port `{key}` of `{}` is used twice", node.name))
        .at_saying(entry.span, "used again here")
        .label(first, "first used here")
}

/// A port that a device does not have, with the place that says what the device is.
fn no_such_port(base: &Base<'_>, node: &DeviceFacts, key: &Sp<Text>) -> Option<Finding> {
    // What a member of an unknown model has, nobody knows.
    let models = &base.network.models;
    let device = base.written(node).filter(|it| it.stack.iter().all(|one| models.contains_key(one.as_str())))?;
    let finding =
        Finding::error(codes::NO_SUCH_PORT, format!("`{}` has no port `{}`", node.name, key.value)).at(key.span);
    let finding = finding.label(device.model.span, "what it is").help(base.known_ports(node));
    let finding = finding.about(About::Port(key.value.clone()));
    let model = models.get(device.model.as_str());
    Some(match model {
        Some(model) => finding.label(model.name.span, "its model"),
        None => finding,
    })
}

/// Links by each of their ends: the other end, and the line that draws it.
pub(super) struct Drawn<'n> {
    /// Place of each device's first port among all ports.
    firsts: Vec<usize>,
    /// For each port, the place of its link, counted from 1.
    ports: Vec<u32>,
    links: Vec<(PortId, PortId, &'n PortUse)>,
}

impl<'n> Drawn<'n> {
    fn new(work: &Work<'_, 'n>) -> Self {
        let mut all = 0;
        let firsts = work.nodes.iter().map(|(_, node)| {
            let first = all;
            all += node.ports.len();
            first
        });
        let firsts = firsts.collect();
        Self { firsts, ports: vec![0; all], links: Vec::new() }
    }

    /// The other end of a port's link, and the line that draws it.
    pub(super) fn get(&self, end: PortId) -> Option<(PortId, &'n PortUse)> {
        let place = *self.ports.get(self.firsts.get(end.node)? + end.port)?;
        let (near, far, entry) = self.links.get(place.checked_sub(1)? as usize)?;
        Some((if *near == end { *far } else { *near }, *entry))
    }

    fn insert(&mut self, near: PortId, far: PortId, entry: &'n PortUse) {
        self.links.push((near, far, entry));
        let number = u32::try_from(self.links.len()).unwrap_or(0);
        for end in [near, far] {
            let place = self.firsts.get(end.node).and_then(|first| self.ports.get_mut(first + end.port));
            if let Some(place) = place {
                *place = number;
            }
        }
    }
}

/// Notes a link; the same link drawn from its other end is the same link.
fn draw<'n>(
    work: &mut Work<'_, 'n>,
    drawn: &mut Drawn<'n>,
    links: &mut Vec<Link>,
    (near, far): (PortId, PortId),
    entry: &'n PortUse,
) {
    if drawn.get(near).is_some_and(|(other, _)| other == far) {
        return;
    }
    for end in [near, far] {
        let Some((other, first)) = drawn.get(end) else { continue };
        let message = format!("port `{}` of {} has two links", work.key(end), work.what(end.node));
        let finding = Finding::error(codes::PORT_TWICE, message);
        // The end that the line itself is about, or the one that it names.
        let draws = |entry: &PortUse, node: usize| uses(work, node).iter().any(|own| std::ptr::eq(own, entry));
        let own = draws(first, end.node);
        let place = |entry: &PortUse, own: bool| match &entry.to_port {
            Some(port) if !own => port.span,
            _ => entry.span,
        };
        let (here, there) = (place(entry, end == near), first.span);
        // A line of the device itself, and one elsewhere that names this port of it: the other is mistyped sooner.
        let named = !own && end == near;
        let odd = named || is_odd(work, if own { end } else { other }, first);
        let swapped = odd && !is_odd(work, near, entry);
        let (here, there) = if swapped { (place(first, own), entry.span) } else { (here, there) };
        work.report(
            finding
                .at_saying(here, if swapped { "a link of this port" } else { "drawn again here" })
                .label(there, if swapped { "another one" } else { "first drawn here" })
                .help("one of the two ends at another port"),
        );
        return;
    }
    drawn.insert(near, far, entry);
    links.push(Link { a: near, b: far, span: entry.span, first: true });
}

/// Whether a line names another port than its siblings, which lead from the same device to others of that role:
/// both uplinks of a building mostly end at the same port, of either core router.
fn is_odd(work: &Work<'_, '_>, near: PortId, entry: &PortUse) -> bool {
    let (Some(to), Some(port)) = (&entry.to, &entry.to_port) else { return false };
    let sibling = |other: &&PortUse| other.to.as_ref().is_some_and(|it| it.role == to.role && it.value != to.value);
    let mut siblings =
        uses(work, near.node).iter().filter(sibling).filter_map(|other| other.to_port.as_ref()).peekable();
    siblings.peek().is_some() && siblings.all(|other| other.value != port.value)
}

fn uses<'n>(work: &Work<'_, 'n>, node: usize) -> &'n [PortUse] {
    work.nodes.get(node).map(|node| work.uses(node)).unwrap_or_default()
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
    fn of<'n>(work: &Base<'n>, desk: &mut Desk<'n>, node: &DeviceFacts, entry: &'n PortUse) -> Self {
        let site = node.site;
        let profile = entry.profile.as_ref().filter(|name| work.network.profiles.contains_key(&name.value));
        let silent = profile.is_none() && entry.settings.is_none();
        let at = node.place();
        let levels = if silent { None } else { work.levels(at.0, at.1) };
        let settings = levels.map(|levels| desk.effective.port(levels, at, entry));
        let settings = settings.unwrap_or_else(|| desk.silent());
        let vlan = settings.vlan.as_ref().and_then(|name| work.vlan_at(desk, site, name, entry.span));
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
    fn of(&mut self, base: &Base<'n>, desk: &mut Desk<'n>, node: &DeviceFacts, entry: &'n PortUse) -> Rc<Resolved> {
        if self.site != node.site {
            *self = Self { site: node.site, known: Vec::new() };
        }
        let refined = entry.settings.is_some() || base.written(node).is_none_or(|device| !device.profiles.is_empty());
        let name = entry.profile.as_ref().map(|name| &name.value);
        if let (false, Some((_, known))) = (refined, self.known.iter().find(|(known, _)| *known == name)) {
            return Rc::clone(known);
        }
        let made = Rc::new(Resolved::of(base, desk, node, entry));
        // A VLAN that is not there is told of at every line.
        if !refined && (made.vlan.is_some() || made.settings.vlan.is_none()) {
            self.known.push((name, Rc::clone(&made)));
        }
        made
    }
}

/// What a line of a site file says of its ports.
struct Said {
    is: Rc<Resolved>,
    /// Its ports' description, where that depends on no port.
    words: Option<Text>,
    /// What a port comes to that gives no power, and one that does: the places of that.
    made: [Option<u32>; 2],
}

impl Said {
    /// What one of its ports comes to; the next one mostly to the same.
    fn place(
        &mut self,
        base: &Base<'_>,
        states: &mut Vec<Arc<PortState>>,
        node: &DeviceFacts,
        socket: &Socket,
        span: Span,
    ) -> u32 {
        let says = |switch: &Option<Sp<bool>>| switch.as_ref().is_some_and(|said| said.value);
        let is = &self.is;
        let settings = &is.settings;
        let poe = says(&settings.poe) && socket.power != Power::No;
        let made = self.made.get_mut(usize::from(poe));
        if let (Some(Some(made)), Some(_)) = (&made, &self.words) {
            return *made;
        }
        let words = self.words.clone().unwrap_or_else(|| port_words(base, node, socket, &is.title));
        if self.words.is_none() && !base.network.policy.naming.port.as_ref().is_some_and(|rule| rule.contains("{port}"))
        {
            self.words = Some(words.clone());
        }
        let mode = settings.mode.as_ref().map_or(PortMode::Access, |mode| mode.value);
        states.push(Arc::new(PortState {
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
            description: words,
            ..PortState::silent(Arc::clone(settings), &is.tagged, span)
        }));
        let place = u32::try_from(states.len()).unwrap_or(0);
        if let Some(made) = made {
            *made = Some(place);
        }
        place
    }
}

/// The description of a port that faces no other device, by the naming rule.
fn port_words(base: &Base<'_>, node: &DeviceFacts, socket: &Socket, title: &Text) -> Text {
    let naming = &base.network.policy.naming;
    if naming.port.is_none() {
        return title.clone();
    }
    let room = base.written(node).and_then(|device| device.room.as_ref()).map_or("", |room| room.as_str());
    naming::port(naming, title, &socket.interface, room).into()
}

/// Links with both of their ends, for lines that draw them.
type Ends<'n> = Vec<(PortId, PortId, &'n PortUse)>;

fn far_ends<'n>(work: &Work<'_, 'n>, to_draw: &[(PortId, &'n PortUse)]) -> (Ends<'n>, Vec<Finding>) {
    let mut findings = Vec::new();
    let far =
        |(near, entry): &(PortId, &'n PortUse)| Some((*near, far_end(work, *near, entry, &mut findings)?, *entry));
    (to_draw.iter().filter_map(far).collect(), findings)
}

/// The port at the other end of a link.
///
/// Named outright, or the one port there that points back, or the only port the far device has.
fn far_end(work: &Work<'_, '_>, near: PortId, entry: &PortUse, findings: &mut Vec<Finding>) -> Option<PortId> {
    let to = entry.to.as_ref()?;
    let site = work.nodes.get(near.node)?.site;
    // A reference to no device is the inventory's own finding.
    let far = work.resolve(site, &to.value)?;
    if far == near.node {
        let message = format!("{} is linked to itself", work.what(far));
        findings.push(Finding::error(codes::LINK_DISAGREES, message).at(to.span));
        return None;
    }
    let there = work.nodes.get(far)?;
    if let Some(key) = &entry.to_port {
        let found = work.port_by_key(far, &key.value);
        if found.is_none() {
            findings.extend(no_such_port(work, there, key));
        }
        return found;
    }
    let is_ap = there.role == Role::Ap;
    let uses = work.uses(there);
    let only = |ports: &[PortId]| match ports {
        [one] => Some(*one),
        _ => None,
    };
    let back: Vec<PortId> = if uses.is_empty() {
        Vec::new()
    } else {
        let key = work.key(near);
        let points_here = |other: &&PortUse| {
            let here = other.to.as_ref().is_some_and(|back| work.resolve(there.site, &back.value) == Some(near.node));
            here && other.to_port.as_ref().is_none_or(|port| port.value == key)
        };
        uses.iter().filter(points_here).filter_map(|other| work.port_by_key(far, &other.ports.first())).collect()
    };
    let first = (!there.ports.is_empty()).then_some(PortId { node: far, port: 0 });
    let found = only(&back).or(first.filter(|_| is_ap || there.ports.len() == 1));
    if found.is_none() {
        let message = format!("which port of {} does this link end at?", work.what(far));
        findings.push(
            Finding::error(codes::LINK_PORT, message).at(to.span).help("name it: { to: device, port: its-port }"),
        );
    }
    found
}
