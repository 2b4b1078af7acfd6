//! Port profiles that contradict themselves.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashSet;

use crate::check::{MOST_LABELS, Subject, wiring};
use crate::derive::DeviceFacts;
use crate::derive::levels::{bases, settled};
use crate::finding::{Finding, codes};
use crate::model::{Network, Part, PortMode, PortProfile, PortSettings, Role};
use crate::source::{Sp, Span};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let extended: HashSet<&Id> = network.profiles.values().filter_map(|it| Some(&it.extends.as_ref()?.value)).collect();
    let used = bare(subject, &extended, findings);
    let mut dark: Vec<Dark<'_>> = Vec::new();
    for profile in network.profiles.values() {
        let name = &profile.name.value;
        // What only others extend need not be whole, and what a chain that is broken comes to nobody knows.
        if (extended.contains(name) && !used.contains(name)) || !ends(network, profile) {
            continue;
        }
        let settings = settled(subject.network, profile);
        dark.extend(wanted(profile, &settings));
        let said = match settings.mode.as_ref().map(|mode| mode.value).unwrap_or_default() {
            PortMode::Access => access(profile, &settings),
            PortMode::Trunk => {
                settings.voice.as_ref().map(|voice| ("a trunk has no voice VLAN; tag it instead", voice.span))
            }
            PortMode::Routed => settings
                .vlan
                .as_ref()
                .map(|vlan| vlan.span)
                .or(settings.voice.as_ref().map(|vlan| vlan.span))
                .map(|span| ("a routed port is in no VLAN", span)),
        };
        if let Some((message, span)) = said {
            let title = format!("profile `{}` contradicts itself", profile.name.value);
            findings.push(Finding::error(codes::PROFILE_SHAPE, title).at_saying(span, message));
        }
    }
    tell(dark, findings);
}

/// Access ports of people in no VLAN, where their own line is to blame: it names no profile, or one that others extend and
/// nothing else uses. The profiles in use else.
fn bare<'n>(subject: Subject<'n>, extended: &HashSet<&Id>, findings: &mut Vec<Finding>) -> BTreeSet<&'n Id> {
    let network = subject.network;
    // The first line of each, and whether there is another one.
    let mut used: BTreeMap<&Id, (Span, bool)> = BTreeMap::new();
    let mut open: BTreeMap<Span, (&DeviceFacts, &str, Option<&Id>)> = BTreeMap::new();
    let read = network.gaps.whole(Part::Profiles);
    for (device, sockets, state) in subject.host_ports().filter(|_| read) {
        let base = state.profile.as_ref().filter(|name| extended.contains(*name));
        if let Some(base) = base {
            let (first, several) = used.entry(base).or_insert((state.span, false));
            *several |= *first != state.span;
        }
        let switch = matches!(device.role, Role::Access | Role::Distribution);
        let bare = state.mode == PortMode::Access && state.settings.vlan.is_none() && !state.shutdown;
        // Any other profile is told itself.
        let whole = |name: &Id| network.profiles.get(name).is_some_and(|it| ends(network, it));
        let own = || state.profile.is_none() || base.is_some_and(whole);
        if let Some(first) = sockets.first().filter(|_| switch && bare && own()) {
            open.entry(state.span).or_insert((device, &first.key, base));
        }
    }
    let mut blamed: BTreeSet<&Id> = BTreeSet::new();
    for (span, (device, key, base)) in open {
        // What many ports lack, their profile lacks.
        if base.is_some_and(|base| used.get(base).is_some_and(|(_, several)| *several)) {
            continue;
        }
        // A link that leads nowhere, or a profile that nobody knows, is told as that.
        let line = subject.written(device).and_then(|device| wiring::written(device, key));
        let is_known = |name: &Sp<Id>| network.profiles.contains_key(&name.value);
        if line.is_none_or(|line| line.to.is_some() || line.profile.as_ref().is_some_and(|name| !is_known(name))) {
            continue;
        }
        blamed.extend(base);
        let message = format!("port `{key}` of `{}` is in no VLAN", device.name);
        let finding = Finding::error(codes::PROFILE_SHAPE, message).at(span);
        findings.push(match base {
            Some(base) => finding.help(format!("`{base}` is what other profiles extend; name one of those")),
            None => finding.help("name a profile, or the `vlan` of the port"),
        });
    }
    subject.wiring.files.profiles.iter().map(|named| &named.value).filter(|name| !blamed.contains(name)).collect()
}

/// A profile that asks for something on ports that are switched off.
struct Dark<'n> {
    profile: &'n PortProfile,
    off: Span,
    what: &'static str,
    asked: Span,
}

/// What a profile asks for itself, where it or the one it extends switches the ports off; one for spare ports may extend another.
fn wanted<'n>(profile: &'n PortProfile, all: &PortSettings) -> Option<Dark<'n>> {
    let settings = &profile.settings;
    let off = all.shutdown.as_ref().filter(|off| off.value)?.span;
    let login = settings.dot1x.enabled.as_ref().filter(|on| on.value).map(|on| ("a login", on.span));
    let power = settings.poe.as_ref().filter(|on| on.value).map(|on| ("power", on.span));
    let (what, asked) = login.or(power)?;
    Some(Dark { profile, off, what, asked })
}

/// One finding for each word that switches ports off, or for the one profile that does not fit what it extends.
fn tell(dark: Vec<Dark<'_>>, findings: &mut Vec<Finding>) {
    let mut offs: BTreeMap<Span, Vec<Dark<'_>>> = BTreeMap::new();
    for one in dark {
        offs.entry(one.off).or_default().push(one);
    }
    for many in offs.into_values() {
        let Some(first) = many.first() else { continue };
        let message =
            format!("profile `{}` asks for {}, and its ports are switched off", first.profile.name.value, first.what);
        let finding = Finding::warning(codes::PROFILE_SHAPE, message);
        let finding = if many.len() == 1 && first.profile.settings.shutdown.is_none() {
            finding.at(first.asked).label(first.off, "switched off here")
        } else {
            finding.at(first.off).labels(many.iter().take(MOST_LABELS).map(|one| one.asked), "asked for here")
        };
        findings.push(finding.help(
            "take one of the two out; what is closed for a while is said at the site: `profiles: { NAME: { shutdown: true } }`",
        ));
    }
}

/// Whether what a profile extends ends somewhere: at no unknown name, and in no circle.
fn ends(network: &Network, profile: &PortProfile) -> bool {
    bases(network, profile).first().is_some_and(|last| last.extends.is_none())
}

fn access(profile: &PortProfile, settings: &PortSettings) -> Option<(&'static str, Span)> {
    if let Some(first) = settings.tagged.iter().flat_map(|list| &list.value).next() {
        return Some(("an access port has no tagged VLANs; `mode: trunk` has", first.span));
    }
    (settings.vlan.is_none() && settings.shutdown.as_ref().is_none_or(|off| !off.value))
        .then_some(("an access port needs a `vlan`", profile.name.span))
}
