//! Settings that hold for a device and that its platform's templates do not write.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::check::{Subject, wiring};
use crate::derive::{DeviceFacts, PortFacts};
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{BgpNeighbour, Device, Layer as _, PairKind, PortMode, Role, Ssid};
use crate::platform::Platform;
use crate::source::Span;
use crate::value::Id;

/// Settings of one device that nobody writes: name and place.
type Unwritten = Vec<(String, Span)>;

/// Devices that one setting holds for in vain.
struct Vain<'a> {
    devices: usize,
    example: &'a DeviceFacts,
    platform: &'a Platform,
}

pub(in crate::check) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut seen = Seen::default();
    let mut all: BTreeMap<(Span, String, &str), Vain<'_>> = BTreeMap::new();
    let mut mute: BTreeMap<Span, Vain<'_>> = BTreeMap::new();
    for facts in subject.derived.devices.values() {
        let Some(entry) = subject.library.get(facts.platform.as_str()) else { continue };
        // Of a platform that writes nothing at all the model is told once.
        if let Some(model) = subject.written(facts).filter(|_| entry.platform.template.is_none()) {
            if let Some(model) = subject.network.models.get(model.model.as_str()) {
                let vain = Vain { devices: 0, example: facts, platform: entry.platform.as_ref() };
                mute.entry(model.platform.span).or_insert(vain).devices += 1;
            }
            continue;
        }
        let mut here = device(subject, &entry.platform, facts, &mut seen);
        here.sort_unstable();
        here.dedup();
        for (name, span) in here {
            let platform = entry.platform.as_ref();
            let vain = Vain { devices: 0, example: facts, platform };
            all.entry((span, name, &platform.name)).or_insert(vain).devices += 1;
        }
    }
    // What one platform writes and another does not is the fault of whoever asks the other for it.
    let (asked, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        all.into_iter().partition(|((span, _, _), _)| seen.written.contains(span));
    let mut told: BTreeSet<(Span, String, &str)> = BTreeSet::new();
    for line in seen.lines.values() {
        let key = |(name, span): &(String, Span)| (*span, name.clone(), line.platform.name.as_str());
        let here: Vec<_> = line.vain.iter().filter(|one| asked.contains_key(&key(one))).collect();
        if !here.is_empty() {
            let names: Vec<&str> = here.iter().map(|(name, _)| name.as_str()).collect();
            findings.push(line.finding(&names));
            told.extend(here.into_iter().map(key));
        }
    }
    let rest = asked.into_iter().filter(|(key, _)| !told.contains(key));
    let (own, rest): (BTreeMap<_, _>, BTreeMap<_, _>) = rest.partition(|((span, ..), vain)| vain.is_elsewhere(*span));
    let mut devices: BTreeMap<&str, Vec<Own<'_>>> = BTreeMap::new();
    for ((span, name, platform), vain) in own {
        devices.entry(platform).or_default().push(((span, name), vain));
    }
    for all in devices.into_values() {
        findings.extend(of_device(&all));
    }
    findings.extend(mute.into_iter().map(|(span, vain)| vain.whole(span)));
    findings.extend(others.into_iter().chain(rest).map(|((span, name, _), vain)| vain.finding(&name, span)));
}

/// A setting that is said for all, with its place.
type Own<'a> = ((Span, String), Vain<'a>);

/// What all devices use and the templates of one platform do not write, told at the first device of it.
fn of_device(all: &[Own<'_>]) -> Option<Finding> {
    let ((first, _), vain) = all.first()?;
    let Platform { title, name: folder, .. } = vain.platform;
    let names: Vec<String> = all.iter().map(|((_, name), _)| format!("`{name}`")).collect();
    let devices = match vain.devices {
        1 => format!("`{}`", vain.example.name),
        more => format!("`{}` and {} more", vain.example.name, more - 1),
    };
    let message = format!("no template of {title} writes {}, so it does nothing on {devices}", names.join(", "));
    Some(Finding::warning(codes::UNWRITTEN, message).at(vain.example.span).label(*first, "said here for all").help(
        format!(
            "switch it off at these devices, or write it in templates/{folder}/; if the device does so anyway, say why \
         under `settled:` in templates/{folder}/platform.yaml"
        ),
    ))
}

impl Vain<'_> {
    /// Whether the setting is said in another file than the device.
    fn is_elsewhere(&self, span: Span) -> bool {
        span.file != self.example.span.file
    }

    /// The devices of a model whose platform has no templates.
    fn whole(&self, span: Span) -> Finding {
        let Platform { title, name: folder, .. } = self.platform;
        let more = if self.devices > 1 { format!(" and {} more", self.devices - 1) } else { String::new() };
        let message = format!("nothing is written for `{}`{more}: {title} has no templates", self.example.name);
        Finding::error(codes::UNKNOWN_PLATFORM, message)
            .at_saying(span, "read and compared alone")
            .label(self.example.span, "for example this one")
            .help(format!(
                "name another platform, or write templates in templates/{folder}/; `samnet diff` compares its texts as it is"
            ))
    }

    fn finding(&self, name: &str, span: Span) -> Finding {
        let Platform { title, name: folder, .. } = self.platform;
        // The number is what is written behind `lag`.
        let name = name.strip_suffix(".number").unwrap_or(name);
        let (name, where_) = name
            .strip_prefix("member.")
            .map_or((name.to_owned(), ""), |name| (format!("port.{name}"), " on ports of a link aggregation group"));
        let message = format!("no template of {title} writes `{name}`{where_}, so it does nothing there");
        let device = &self.example.name;
        let here = match self.devices {
            1 => format!("for `{device}`"),
            more => format!("for {more} devices, for example `{device}`"),
        };
        Finding::warning(codes::UNWRITTEN, message).at_saying(span, here).help(format!(
            "take it away from these devices, or write it in templates/{folder}/; if the device does so anyway, say \
             why under `settled:` in templates/{folder}/platform.yaml"
        ))
    }
}

/// Ports that follow a profile which asks for what their platform does not write.
struct Line<'a> {
    profile: &'a Id,
    /// The word that names the profile.
    span: Span,
    platform: &'a Platform,
    vain: Rc<Unwritten>,
}

impl Line<'_> {
    fn finding(&self, names: &[&str]) -> Finding {
        let Platform { title, name: folder, .. } = self.platform;
        let grouped = if names.iter().any(|name| name.starts_with("member.")) { " on ports of a group" } else { "" };
        let word = |name: &&str| format!("`{}`", name.split_once('.').map_or(*name, |(_, name)| name));
        let names: Vec<String> = names.iter().map(word).collect();
        let message = format!(
            "profile `{}` asks for {}, which no template of {title} writes{grouped}",
            self.profile,
            names.join(", ")
        );
        Finding::warning(codes::UNWRITTEN, message)
            .at_saying(self.span, "so these ports do without")
            .help(format!("use a profile meant for such switches, or write it in templates/{folder}/"))
    }
}

/// What is known of settings that many devices and ports share.
#[derive(Default)]
struct Seen<'a> {
    /// Places of what is said of ports and written for some device.
    written: HashSet<Span>,
    /// The first line of each kind of port that profiles ask for something in vain.
    lines: BTreeMap<(usize, &'a str), Line<'a>>,
    settings: HashMap<(usize, &'a str, Role, bool), Rc<Unwritten>>,
    ports: HashMap<(usize, &'a str, Role, PortMode, bool), Rc<Unwritten>>,
    ssids: HashMap<(usize, &'a str), Rc<Unwritten>>,
    /// What one device after the other asks about each platform.
    vain: HashMap<(&'a str, &'static str), bool>,
}

fn device<'a>(subject: Subject<'a>, platform: &'a Platform, facts: &DeviceFacts, seen: &mut Seen<'a>) -> Unwritten {
    let network = subject.network;
    let mut found = Unwritten::new();
    let Some(site) = network.sites.get(facts.site) else { return found };
    let Some(device) = site.devices.get(facts.device) else { return found };

    // What an access point of a controller uses is said of the controller.
    if !facts.is_configured() {
        radios(platform, device, &mut found);
        return found;
    }
    let radius = asks_radius(subject, facts);
    let key = (Arc::as_ptr(&facts.settings).addr(), platform.name.as_str(), facts.role, radius);
    let written = &mut seen.written;
    let shared = seen.settings.entry(key).or_insert_with(|| Rc::new(settings(platform, facts, radius, written)));
    found.extend(shared.iter().cloned());
    found.extend(ports(platform, device, facts, seen));
    // What a device is told itself concerns it, or is said in vain.
    if let Some(own) = &device.settings {
        own.leaves("", &mut |path, value, span| {
            let foreign = match path.split('.').next() {
                Some("switching") => facts.role == Role::Ap,
                Some("wireless") => is_switch(facts.role),
                _ => false,
            };
            if foreign && value.as_array().is_none_or(|list| !list.is_empty()) {
                found.push((path.to_owned(), span));
            }
        });
    }
    if facts.role == Role::Ap {
        radios(platform, device, &mut found);
    }

    let mut say_all = |name: &'static str, spans: &mut dyn Iterator<Item = Span>| {
        let Some(first) = spans.next() else { return };
        let vain = seen.vain.entry((&platform.name, name)).or_insert_with(|| is_vain(platform, name));
        if *vain {
            found.extend(std::iter::once(first).chain(spans).map(|span| (name.to_owned(), span)));
        }
    };
    say_all("lag.number", &mut device.lines().filter_map(|line| Some(line.lag.as_ref()?.span)));
    say_all("lag.mode", &mut device.lines().filter_map(|line| Some(line.lag_mode.as_ref()?.span)));
    say_all("port.description", &mut device.lines().filter_map(|line| Some(line.description.as_ref()?.span)));
    let routed = facts.kinds().map(|(_, port)| port).filter(|port| port.used && port.mode == PortMode::Routed);
    say_all("routed", &mut routed.map(|port| port.span));
    let mut say = |name: &'static str, span: Span| say_all(name, &mut std::iter::once(span));
    pair(device, facts, &mut say);
    if let Some(partition) = &device.partition {
        say("device.partition", partition.span);
    }
    if facts.loopback.is_some() {
        let ospf = &network.routing.ospf;
        let said = [
            ("ospf.process", ospf.process.as_ref().map(|said| said.span)),
            ("ospf.area", ospf.area.as_ref().map(|said| said.span)),
            ("ospf.secret", ospf.secret.as_ref().map(|said| said.span)),
            ("ospf.hello", ospf.hello.as_ref().map(|said| said.span)),
            ("ospf.dead", ospf.dead.as_ref().map(|said| said.span)),
        ];
        for (name, span) in said {
            if let Some(span) = span {
                say(name, span);
            }
        }
    }
    if let Some(spare) = list(&facts.settings.services.radius.servers).get(1).filter(|_| radius) {
        say("services.radius.spare", spare.host.span);
    }
    bgp(subject, facts, &mut say);
    gateways(subject, facts, &mut say);
    names(subject, facts, &mut say);
    let shaped = facts.kinds().any(|(_, port)| port.shape_mbit.is_some());
    if let Some(mbit) =
        site.wan.mbit.as_ref().filter(|_| shaped || facts.lags.values().any(|lag| lag.shape_mbit.is_some()))
    {
        say("wan.mbit", mbit.span);
    }
    let inspects = facts.settings.switching.arp_inspection.as_ref().is_some_and(|said| said.value);
    if inspects && is_switch(facts.role) {
        site.reservations.iter().filter_map(|kept| kept.mac.as_ref()).for_each(|mac| say("reservations", mac.span));
    }
    for index in facts.ssids.iter() {
        let Some(ssid) = network.ssids.get(*index) else { continue };
        let key = (*index, platform.name.as_str());
        let shared = seen.ssids.entry(key).or_insert_with(|| Rc::new(wireless(platform, ssid)));
        found.extend(shared.iter().cloned());
    }
    found
}

fn radios(platform: &Platform, device: &Device, found: &mut Unwritten) {
    for plan in device.radios.values() {
        plan.value.leaves("radio", &mut |path, value, span| {
            if !is_inert(path, &value) && is_vain(platform, path) {
                found.push((path.to_owned(), span));
            }
        });
    }
}

/// Whether nothing comes of a setting on this platform.
fn is_vain(platform: &Platform, name: &str) -> bool {
    !platform.writes(name) && platform.settled(name).is_none()
}

/// Whether a value asks for nothing but what a device does when nobody says anything.
fn is_inert(path: &str, value: &serde_json::Value) -> bool {
    // Power and radar channels are there unless somebody takes them away.
    let anyway = matches!(path, "port.poe" | "member.poe" | "wireless.dfs");
    value.as_bool() == Some(anyway) || value.as_array().is_some_and(Vec::is_empty)
}

const fn is_switch(role: Role) -> bool {
    matches!(role, Role::Distribution | Role::Access)
}

/// Whether the device has anything to ask a RADIUS server.
fn asks_radius(subject: Subject<'_>, facts: &DeviceFacts) -> bool {
    let aaa = &facts.settings.security.aaa;
    let logins = list(&aaa.login).iter().any(|source| source.value == crate::model::settings::LoginSource::Radius);
    let enterprise =
        |index: &usize| subject.network.ssids.get(*index).is_some_and(|ssid| ssid.security.value.is_enterprise());
    logins
        || aaa.accounting.as_ref().is_some_and(|said| said.value)
        || facts.kinds().any(|(_, port)| port.dot1x)
        || facts.ssids.iter().any(enterprise)
}

fn settings(platform: &Platform, facts: &DeviceFacts, radius: bool, written: &mut HashSet<Span>) -> Unwritten {
    let concerns = |path: &str| match path.split('.').next() {
        Some("switching") => is_switch(facts.role),
        Some("wireless") => matches!(facts.role, Role::Ap | Role::Controller),
        _ => radius || !path.starts_with("services.radius"),
    };
    facts.settings.leaves("", &mut |path, _, span| {
        if concerns(path) && !is_vain(platform, path) {
            written.insert(span);
        }
    });
    unwritten(platform, "", facts.settings.as_ref(), &concerns)
}

fn ports<'a>(platform: &'a Platform, device: &'a Device, facts: &DeviceFacts, seen: &mut Seen<'a>) -> Unwritten {
    let mut found = Unwritten::new();
    let mut last = None;
    // An access point's one port follows from the switch.
    for (_, port) in facts.kinds().filter(|(_, port)| port.used && facts.role != Role::Ap) {
        let address = Arc::as_ptr(&port.settings).addr();
        let grouped = port.lag.is_some();
        // A platform that knows no groups is told so as a whole.
        if grouped && is_vain(platform, "lag.number") {
            continue;
        }
        if last.replace((address, port.mode, grouped)) == Some((address, port.mode, grouped)) {
            continue;
        }
        let key = (address, platform.name.as_str(), facts.role, port.mode, grouped);
        let written = &mut seen.written;
        let shared = seen.ports.entry(key).or_insert_with(|| Rc::new(port_settings(platform, facts, port, written)));
        found.extend(shared.iter().cloned());
        let line = || {
            let word = wiring::written(device, &port.socket.key)?.profile.as_ref()?;
            Some(Line { profile: &word.value, span: word.span, platform, vain: Rc::clone(shared) })
        };
        let key = (address, platform.name.as_str());
        if !shared.is_empty()
            && !seen.lines.contains_key(&key)
            && let Some(line) = line()
        {
            seen.lines.insert(key, line);
        }
    }
    found
}

fn port_settings(
    platform: &Platform,
    facts: &DeviceFacts,
    port: PortFacts<'_>,
    written: &mut HashSet<Span>,
) -> Unwritten {
    let concerns = |path: &str| {
        let path = path.split_once('.').map_or("", |(_, path)| path);
        let any = matches!(path, "title" | "mode" | "shutdown" | "speed");
        any || is_switch(facts.role)
            && match port.mode {
                PortMode::Access => path != "tagged",
                PortMode::Trunk => path != "voice" && !path.starts_with("dot1x"),
                PortMode::Routed => false,
            }
    };
    let group = if port.lag.is_some() { "member" } else { "port" };
    let wrapped = port.settings.as_ref();
    wrapped.leaves(group, &mut |path, _, span| {
        if concerns(path) && !is_vain(platform, path) {
            written.insert(span);
        }
    });
    unwritten(platform, group, wrapped, &concerns)
}

/// What a layer says in vain. A group none of which is written is named once, as a whole.
fn unwritten<L: crate::model::Layer>(
    platform: &Platform,
    path: &str,
    layer: &L,
    concerns: &dyn Fn(&str) -> bool,
) -> Unwritten {
    let mut vain: Unwritten = Vec::new();
    let mut off: Vec<String> = Vec::new();
    layer.leaves(path, &mut |path, value, span| {
        // What is switched off asks for nothing more.
        if let Some(group) = path.strip_suffix(".enabled")
            && value.as_bool() == Some(false)
        {
            off.push(group.to_owned());
        }
        if concerns(path) && !is_inert(path, &value) && is_vain(platform, path) {
            vain.push((path.to_owned(), span));
        }
    });
    let in_group = |path: &str, group: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'));
    vain.retain(|(path, _)| !off.iter().any(|group| in_group(path, group)));
    let mut found: Unwritten = Vec::new();
    for (path, span) in vain {
        let group = path.rsplit_once('.').map_or("", |(group, _)| group);
        // `port` and `services` are no groups anybody switches on: their parts have nothing in common.
        if group.contains('.') && !platform.writes.iter().any(|name| in_group(name.as_str(), group)) {
            if !found.iter().any(|(known, _)| known == group) {
                found.push((group.to_owned(), span));
            }
        } else {
            found.push((path, span));
        }
    }
    found
}

/// Two devices that stand in for each other.
fn pair(device: &Device, facts: &DeviceFacts, say: &mut dyn FnMut(&'static str, Span)) {
    // A pair that is none is derivation's own finding.
    if let Some(pair) = device.pair.as_ref().filter(|_| facts.pair.is_some()) {
        let kind = &pair.value.kind;
        let name = match kind.value {
            PairKind::Mlag => "pair.mlag",
            PairKind::Ha => "pair.ha",
            PairKind::Vrrp => "pair.vrrp",
        };
        say(name, kind.span);
    }
}

/// What a router tells its neighbours; nothing of it, or what is left out.
fn bgp(subject: Subject<'_>, facts: &DeviceFacts, say: &mut dyn FnMut(&'static str, Span)) {
    let Some(bgp) = &subject.network.routing.bgp else { return };
    let ours = |next: &&BgpNeighbour| {
        let device = &next.device.value;
        (device.role, device.number) == (facts.role, facts.number)
            && subject.derived.resolve(facts.site, device) == Some(&facts.name)
    };
    for next in bgp.neighbours.iter().filter(ours) {
        let said = [
            ("bgp.asn", Some(bgp.asn.span)),
            ("bgp.ipv6", next.address.value.is_ipv6().then_some(next.address.span)),
            ("bgp.neighbour.address", Some(next.address.span)),
            ("bgp.neighbour.asn", Some(next.asn.span)),
            ("bgp.neighbour.title", Some(next.title.span)),
            ("bgp.neighbour.secret", next.secret.as_ref().map(|secret| secret.span)),
            ("bgp.neighbour.accept", next.accept.first().map(|net| net.span)),
            ("bgp.neighbour.announce", next.announce.first().map(|net| net.span)),
        ];
        for (name, span) in said {
            if let Some(span) = span {
                say(name, span);
            }
        }
    }
}

/// What the gateway of a VLAN does.
fn gateways(subject: Subject<'_>, facts: &DeviceFacts, say: &mut dyn FnMut(&'static str, Span)) {
    let network = subject.network;
    let Some(site) = subject.derived.sites.get(facts.site) else { return };
    for id in &facts.gateways {
        let Some(vlan) = site.vlans.get(id).and_then(|here| network.vlans.get(here.vlan)) else { continue };
        say("vlan.gateway", vlan.gateway.span);
        if let Some(relay) = vlan.dhcp_relay.first() {
            say("vlan.dhcp_relay", relay.span);
        }
        let segment = network.policy.segments.get(&vlan.segment.value);
        if let Some(vrf) = segment.and_then(|segment| segment.vrf.as_ref()) {
            say("segment.vrf", vrf.span);
        }
    }
}

/// Names that the device is told.
fn names(subject: Subject<'_>, facts: &DeviceFacts, say: &mut dyn FnMut(&'static str, Span)) {
    let naming = &subject.network.policy.naming;
    let ports = || facts.kinds().map(|(_, port)| port).filter(|port| port.used);
    if !naming.device.is_empty() {
        say("naming.device", naming.device.span);
    }
    if !naming.link.is_empty() && ports().any(|port| port.peer.is_some()) {
        say("naming.link", naming.link.span);
    }
    if let Some(pattern) = naming.port.as_ref().filter(|_| ports().any(|port| port.peer.is_none())) {
        say("naming.port", pattern.span);
    }
    if let Some(pattern) = naming.vlan.as_ref().filter(|_| is_switch(facts.role) && !facts.vlans.is_empty()) {
        say("naming.vlan", pattern.span);
    }
    if let Some(pattern) = naming.object.as_ref().filter(|_| facts.role == Role::Firewall) {
        say("naming.object", pattern.span);
    }
}

fn wireless(platform: &Platform, ssid: &Ssid) -> Unwritten {
    let on = |said: &Option<crate::source::Sp<bool>>| said.as_ref().filter(|said| said.value).map(|said| said.span);
    let said = [
        ("ssid.name", Some(ssid.name.span)),
        ("ssid.security", Some(ssid.security.span)),
        ("ssid.vlan", Some(ssid.vlan.span)),
        ("ssid.dynamic_vlans", ssid.dynamic_vlans.first().map(|name| name.span)),
        ("ssid.secret", ssid.secret.as_ref().map(|name| name.span)),
        ("ssid.client_isolation", ssid.client_isolation.then_some(ssid.span)),
        ("ssid.rate_limit_mbit", ssid.rate_limit_mbit.as_ref().map(|limit| limit.span)),
        ("ssid.bands", ssid.bands.first().map(|band| band.span)),
        ("ssid.hidden", on(&ssid.hidden)),
        ("ssid.fast_roaming", on(&ssid.fast_roaming)),
        ("ssid.schedule", ssid.schedule.as_ref().map(|schedule| schedule.span)),
    ];
    said.into_iter()
        .filter(|(name, _)| is_vain(platform, name))
        .filter_map(|(name, span)| Some((name.to_owned(), span?)))
        .collect()
}
