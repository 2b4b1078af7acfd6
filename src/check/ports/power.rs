//! Power asked for where a port gives none, or less.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashSet, HashSetExt as _};

use crate::check::Subject;
use crate::check::vlans::voice;
use crate::check::wiring::{End, written};
use crate::derive::levels::settled;
use crate::derive::{DeviceFacts, Power, Socket, group};
use crate::finding::{Finding, codes};
use crate::model::{Part, PortMode, PortProfile, PortSettings, Role};
use crate::source::Span;
use crate::value::Id;

/// Watts of class 1, the least that a port sets aside (IEEE 802.3af, table 33-3).
const LEAST: u32 = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    // A profile serves many switches, and asks for power where there is some; a port asks for itself.
    for (device, port) in &subject.wiring.files.powered {
        let Some(asked) = port.settings.as_ref().and_then(|settings| settings.poe.as_ref()) else { continue };
        for key in port.ports.iter() {
            let Some(group) = group(network, device, &key).filter(|group| !group.poe) else { continue };
            if asked.value && told.insert(asked.span) {
                let message = format!("port `{key}` cannot power anything");
                findings.push(
                    Finding::warning(codes::PORT_POWER, message)
                        .at_saying(asked.span, "asked for here")
                        .label(group.interface.span, "these ports of the model have no `poe: true`")
                        .help("plug it into a port that gives power, or leave `poe` out"),
                );
            }
        }
    }
    unpowered(subject, findings);
    telephones(subject, findings);
    let ports = subject.wiring.uses.iter().map(|one| (one.settings, one.device, one.port));
    let ports = ports.chain(subject.wiring.links.iter().map(|end| (end.settings, end.device, end.port)));
    let mut beyond: BTreeMap<Span, Vec<Finding>> = BTreeMap::new();
    for (settings, device, port) in ports {
        let Some(watts) = settings.poe_watts.as_ref().filter(|_| port.poe) else { continue };
        let Power::Watts(most) = port.socket.power else { continue };
        if (1..LEAST).contains(&watts.value) && told.insert(watts.span) {
            let message = format!("{} W are set aside, and the smallest class of PoE is {LEAST} W", watts.value);
            let finding = Finding::warning(codes::PORT_POWER, message).at(watts.span);
            findings.push(finding.help("write what the device takes; a digit may be missing"));
        }
        if watts.value <= most {
            continue;
        }
        let written = subject.written(device);
        let Some(group) = written.and_then(|device| group(network, device, &port.socket.key)) else { continue };
        if told.insert(watts.span) {
            let message = format!(
                "{} W are set aside on port `{}` of `{}`, which gives {most} W",
                watts.value, port.socket.key, device.name
            );
            let finding = Finding::error(codes::PORT_POWER, message)
                .at(watts.span)
                .label(port.span, "the port")
                .label(group.interface.span, "these ports give no more")
                .help("plug it into a port that gives more, or use an injector");
            beyond.entry(group.interface.span).or_default().push(finding);
        }
    }
    for (ports, asked) in beyond {
        // Less than several kinds of ports need is a mistake of the model.
        match asked.as_slice() {
            [first, _, ..] => {
                let finding = Finding { span: Some(ports), labels: Vec::new(), ..first.clone() };
                let label = |finding: Finding, one: &Finding| match one.span {
                    Some(span) => finding.label(span, "set aside here"),
                    None => finding,
                };
                findings.push(asked.iter().fold(finding, label).help("see what these ports really give: `watts`"));
            }
            _ => findings.extend(asked),
        }
    }
}

/// Telephones beside computers that no profile powers, where those that stand alone are powered, or the other way round.
fn telephones(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let on = |settings: &PortSettings| settings.shutdown.as_ref().is_none_or(|off| !off.value);
    let access = |settings: &PortSettings| settings.mode.as_ref().is_none_or(|mode| mode.value == PortMode::Access);
    let all = network.profiles.values().map(|profile| (profile, settled(network, profile)));
    let all: Vec<(&PortProfile, PortSettings)> = all.filter(|(_, own)| on(own) && access(own)).collect();
    let named = |own: &PortSettings| own.voice.as_ref().and_then(|said| said.value.clone());
    let (beside, alone): (Vec<_>, Vec<_>) = all.iter().partition(|(_, own)| named(own).is_some());
    let mut voices: BTreeSet<Id> = beside.iter().filter_map(|(_, own)| named(own)).collect();
    // Where others are in the VLAN as well it is told of that.
    let shared = |(_, own): &&&(&PortProfile, PortSettings)| {
        named(own).is_some_and(|voice| voice::others(subject, own, &voice).is_some())
    };
    for voice in beside.iter().filter(shared).filter_map(|(_, own)| named(own)) {
        voices.remove(&voice);
    }
    let beside: Vec<_> =
        beside.into_iter().filter(|(_, own)| named(own).is_some_and(|voice| voices.contains(&voice))).collect();
    // What logs in may be anything.
    let serves = |own: &PortSettings| {
        let login = own.dot1x.enabled.as_ref().is_some_and(|on| on.value);
        !login && own.vlan.as_ref().is_some_and(|vlan| voices.contains(&vlan.value))
    };
    let alone: Vec<_> = alone.into_iter().filter(|(_, own)| serves(own)).collect();
    let powered = |(_, own): &&&(&PortProfile, PortSettings)| own.poe.as_ref().is_some_and(|on| on.value);
    for (dark, lit, alone) in [(&beside, &alone, false), (&alone, &beside, true)] {
        let Some((lit, _)) = lit.iter().find(powered).filter(|_| !dark.iter().any(|one| powered(&one))) else {
            continue;
        };
        let mut told: BTreeSet<Span> = BTreeSet::new();
        // The profile that others extend says it for them, and `poe: false` that they have power of their own.
        let (own, heirs): (Vec<_>, Vec<_>) =
            dark.iter().copied().partition(|(profile, _)| profile.settings.voice.is_some());
        for (profile, all) in own.into_iter().chain(heirs) {
            let place = if alone { Some(profile.name.span) } else { all.voice.as_ref().map(|voice| voice.span) };
            let Some(place) = place.filter(|place| all.poe.is_none() && told.insert(*place)) else { continue };
            let message = format!("telephones get no power from ports of profile `{}`", profile.name.value);
            // What is alone in the VLAN may be an exchange.
            let finding = if alone { Finding::note } else { Finding::warning };
            findings.push(
                finding(codes::PORT_POWER, message)
                    .at(place)
                    .label(lit.name.span, "this profile powers them")
                    .help("add `poe: true`: switches that give no power do without; `poe: false` where none is wanted"),
            );
        }
    }
}

/// Watts that nobody switches on, and access points on ports that could power them and are not told to.
fn unpowered(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let ports = subject.wiring.uses.iter().map(|one| (one.settings, one.port));
    for (settings, port) in ports.chain(subject.wiring.links.iter().map(|end| (end.settings, end.port))) {
        let Some(watts) = settings.poe_watts.as_ref().filter(|watts| watts.value > 0) else { continue };
        // A port that says so itself has an injector.
        if settings.poe.as_ref().is_some_and(|poe| poe.value || poe.span.file == port.span.file) {
            continue;
        }
        // Where power is switched off in so many words, those are what changed; where several organisations set some
        // aside for a profile, the profile has lost it.
        let profile = port.profile.as_ref().and_then(|name| network.profiles.get(name));
        let refined = |name: &Id| {
            let sets = |profile: &PortProfile| profile.settings.poe_watts.is_some();
            network.organisations.iter().filter(|org| org.profiles.get(name).is_some_and(sets)).count()
        };
        let lost = profile.map(|profile| &profile.name).filter(|name| refined(&name.value) > 1);
        let (place, said) = match (&settings.poe, lost) {
            (Some(off), _) => (off.span, "and power is switched off here"),
            (None, Some(name)) => (name.span, "and its profile does not say `poe: true`"),
            (None, None) => (watts.span, "and nothing says `poe: true`"),
        };
        if told.insert(place) {
            let message = format!("{} W are set aside, {said}", watts.value);
            let finding = Finding::warning(codes::PORT_POWER, message).at(place);
            let finding = if place == watts.span { finding } else { finding.label(watts.span, "set aside here") };
            findings.push(
                finding
                    .label(port.span, "for example here")
                    .help("add `poe: true` beside it, or leave `poe_watts` out"),
            );
        }
    }
    // A model that speaks of power and gives none is told itself.
    let speaks = |facts: &DeviceFacts| {
        let model = subject.written(facts).and_then(|device| network.models.get(device.model.as_str()));
        model.is_some_and(|model| model.poe_budget.is_some() || model.ports.iter().any(|it| it.watts.is_some()))
    };
    // A switch that powers nothing, with access points on ports that should.
    let mut powerless: BTreeMap<Span, (&End<'_>, usize)> = BTreeMap::new();
    let asks = |end: &&End<'_>| end.settings.poe.as_ref().is_some_and(|poe| poe.value) && end.peer.role == Role::Ap;
    for end in subject.wiring.links.iter().filter(asks) {
        let site = subject.network.sites.get(end.device.site);
        let Some(device) = site.and_then(|site| site.devices.get(end.device.device)) else { continue };
        if end.device.ports.sockets().iter().all(|socket| socket.power == Power::No) && !speaks(end.device) {
            powerless.entry(device.model.span).or_insert((end, 0)).1 += 1;
        }
    }
    // A line none of whose ports gives power, on a switch whose others do, or of a profile that sets some aside.
    let mut lines: BTreeMap<Span, Finding> = BTreeMap::new();
    let mut lit: HashSet<Span> = HashSet::new();
    for (device, sockets, state) in subject.host_ports() {
        let asks = state.settings.poe.as_ref().filter(|poe| poe.value && poe.span.file != state.span.file);
        let Some(poe) = asks else { continue };
        let dark = |socket: &Socket| socket.power == Power::No;
        let Some(socket) = sockets.first().filter(|_| sockets.iter().all(dark)) else {
            lit.insert(state.span);
            continue;
        };
        let beside = |other: &Socket| other.member == socket.member && !dark(other);
        // What takes so many watts has no supply of its own, whatever the switch.
        let draws = state.settings.poe_watts.as_ref().is_some_and(|watts| watts.value > 0);
        let told = subject.written(device).is_some_and(|device| powerless.contains_key(&device.model.span));
        if (draws && !told && !speaks(device)) || device.ports.sockets().iter().any(beside) {
            lines.entry(state.span).or_insert_with(|| {
                let message = format!("port `{}` of `{}` cannot power anything", socket.key, device.name);
                let finding = Finding::warning(codes::PORT_POWER, message).at(state.span);
                let help = "plug it into a port that gives power; where an injector stands, say `poe: false`";
                finding.label(poe.span, "its profile asks for power").help(help)
            });
        }
    }
    findings.extend(lines.into_iter().filter(|(line, _)| !lit.contains(line)).map(|(_, finding)| finding));
    for (span, (end, points)) in powerless {
        // Several hang on the wrong model, one on the wrong switch.
        findings.push(if points == 1 {
            let message = format!("port `{}` of `{}` cannot power anything", end.port.socket.key, end.device.name);
            Finding::warning(codes::PORT_POWER, message)
                .at_saying(end.port.span, "an access point waits for power here")
                .label(span, "no port of this model gives any")
                .help("plug it into a switch that gives power; where an injector stands, say `poe: false`")
        } else {
            let message = format!("`{}` powers nothing, and has {points} access points to power", end.device.name);
            Finding::warning(codes::PORT_POWER, message)
                .at_saying(span, "no port of this model gives power")
                .label(end.port.span, "power is asked for here")
                .help("name the model that really stands there; where injectors do, say `poe: false`")
        });
    }
    let dark = |end: &&End<'_>| {
        let settings = end.settings;
        settings.poe.is_none()
            && settings.poe_watts.is_none()
            && end.far.role == Role::Ap
            && end.port.socket.power != Power::No
            && !end.is_too_narrow()
            && known(subject, end)
    };
    let mut lines: BTreeMap<Option<&Id>, BTreeMap<Span, &End<'_>>> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(dark) {
        lines.entry(end.port.profile.as_ref()).or_default().entry(end.port.span).or_insert(end);
    }
    for (profile, ends) in lines {
        // What many ports lack, their profile lacks.
        let profile = profile.filter(|_| ends.len() > 1).and_then(|name| subject.network.profiles.get(name));
        if profile.is_some_and(|profile| told.contains(&profile.name.span)) {
            continue;
        }
        for end in ends.values().take(if profile.is_some() { 1 } else { usize::MAX }) {
            let message = format!("`{}` is plugged into a port that is not told to power it", end.far.name);
            let finding = Finding::warning(codes::PORT_POWER, message)
                .help("use a profile with `poe: true`; where an injector stands, say `poe: false`");
            findings.push(match profile {
                Some(profile) => finding.at(profile.name.span).label(end.port.span, "for example here"),
                None => finding.at(end.port.span),
            });
        }
    }
}

/// Whether the profile that a port names was read: a name that nothing defines is a finding of its own.
fn known(subject: Subject<'_>, end: &End<'_>) -> bool {
    let network = subject.network;
    let site = network.sites.get(end.device.site);
    let line = site.and_then(|site| written(site.devices.get(end.device.device)?, &end.port.socket.key));
    let named = line.and_then(|line| line.profile.as_ref());
    network.gaps.whole(Part::Profiles) && named.is_none_or(|name| network.profiles.contains_key(&name.value))
}
