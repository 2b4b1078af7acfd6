//! Profiles and wireless networks that have the name of one VLAN and lead to another.

use std::collections::{BTreeMap, BTreeSet};

use super::titles;
use crate::check::Subject;
use crate::check::wiring::{Refined, Use};
use crate::derive::naming::{letters, slug};
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Network, PortMode, PortSettings, Vlan};
use crate::source::{Sp, Span};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for Astray { profile, vlan, meant } in astray(subject.network) {
        let (other, name) = (&vlan.value, &meant.name.value);
        let message = format!("profile `{profile}` is in VLAN `{other}`, and there is a VLAN `{name}`");
        findings.push(
            Finding::warning(codes::PROFILE_NAMESAKE, message)
                .at(vlan.span)
                .label(meant.name.span, "called like the profile")
                .help(format!("`vlan: {name}`, or a profile of another name")),
        );
    }
    networks(subject.network, findings);
    sockets(subject, findings);
}

/// Lines that put the ports of a profile into the VLAN devices are managed in; a single one may be something like a power supply.
fn sockets(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(vlan) = subject.management() else { return };
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let here = |one: &&Use<'_>| one.settings.vlan.as_ref().is_some_and(|said| said.value == vlan.name.value);
    for one in subject.wiring.uses.iter().filter(here).filter(|one| one.port.mode == PortMode::Access) {
        let Some(line) = Refined::of(subject, one).filter(|line| line.ports > 1) else { continue };
        let Some(said) = &line.own.vlan else { continue };
        if line.base.vlan.is_some_and(|own| own.value != said.value) && told.insert(said.span) {
            let message =
                format!("ports of profile `{}` are in `{}`, where devices are managed", line.profile, said.value);
            findings.push(
                Finding::warning(codes::PROFILE_NAMESAKE, message)
                    .at(said.span)
                    .label(vlan.name.span, "the VLAN of devices")
                    .help(
                        "leave `vlan` out: the profile has one; what belongs among devices takes a profile of its own",
                    ),
            );
        }
    }
}

/// Wireless networks whose own word is the beginning of another VLAN's title.
fn networks(network: &Network, findings: &mut Vec<Finding>) {
    let letters = letters(&network.policy.naming);
    let names: Vec<String> = network.ssids.iter().map(|ssid| slug(&ssid.name.value, &letters)).collect();
    // What all begin with says nothing of any.
    let common = names.iter().skip(1).fold(names.first().map_or("", String::as_str), |common, name| {
        let alike = common.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        common.get(..alike).unwrap_or_default()
    });
    for (ssid, name) in network.ssids.iter().zip(&names) {
        let Some(word) = name.strip_prefix(common) else { continue };
        let Some(vlan) = begun(network, word, &letters, usize::MAX) else { continue };
        let mut own = ssid.dynamic_vlans.iter().chain([&ssid.vlan]);
        // A VLAN that does not exist is told of itself.
        let exists = network.vlans.iter().any(|known| known.name.value == ssid.vlan.value);
        if exists && !own.any(|name| name.value == vlan.name.value) {
            let (ssid_name, title) = (&ssid.name.value, vlan.title.as_ref().map_or("", |title| title.as_str()));
            let message = format!("`{ssid_name}` leads to VLAN `{}`, and there is a VLAN `{title}`", ssid.vlan.value);
            findings.push(
                Finding::warning(codes::PROFILE_NAMESAKE, message)
                    .at(ssid.vlan.span)
                    .label(vlan.name.span, "called like the network")
                    .help(format!("`vlan: {}`, or another name", vlan.name.value)),
            );
        }
    }
}

/// Letters that another form of a word has more (Telefon, Telefoni).
const ENDING: usize = 2;

/// The one VLAN whose title, or name where it has none, begins with a word, and has at most so many letters more.
fn begun<'n>(network: &'n Network, word: &str, letters: &BTreeMap<char, String>, more: usize) -> Option<&'n Vlan> {
    let called = |vlan: &&Vlan| {
        let title = vlan.title.as_ref().map_or(vlan.name.as_str(), |title| title.as_str());
        slug(title, letters).strip_prefix(word).is_some_and(|rest| rest.len() <= more)
    };
    // What has another one's title is told of that.
    let mut meant = network.vlans.iter().filter(called).filter(|vlan| !titles::is_astray(network, vlan));
    let one = meant.next().filter(|_| word.len() >= WORD)?;
    meant.next().is_none().then_some(one)
}

/// Letters from which on a word says what it is about.
const WORD: usize = 4;

/// A profile that leads elsewhere than its name says.
pub(super) struct Astray<'n> {
    profile: &'n Id,
    /// Where it leads.
    pub(super) vlan: &'n Sp<Id>,
    /// The VLAN that is called like it.
    pub(super) meant: &'n Vlan,
}

/// Profiles of access ports that leave out the VLAN which is called like them.
pub(super) fn astray(network: &Network) -> impl Iterator<Item = Astray<'_>> {
    let letters = letters(&network.policy.naming);
    network.profiles.values().filter_map(move |profile| {
        let settings = &profile.settings;
        let vlan = settings.vlan.as_ref()?;
        // One that does not exist is told of itself.
        network.vlans.iter().find(|known| known.name.value == vlan.value)?;
        let named = network.vlans.iter().find(|known| is_called(profile.name.as_str(), known.name.as_str()));
        let title = settings.title.as_ref().map(|title| slug(title.as_str(), &letters));
        let meant = named.or_else(|| begun(network, &title?, &letters, ENDING))?;
        let trunk = settings.mode.as_ref().is_some_and(|mode| mode.value != PortMode::Access);
        (!trunk && !leads(settings, &meant.name.value)).then_some(Astray { profile: &profile.name.value, vlan, meant })
    })
}

/// Whether hosts of a port may come to a VLAN in another way: by telephone, by RADIUS, or because they failed its login.
fn leads(settings: &PortSettings, vlan: &Id) -> bool {
    let dot1x = &settings.dot1x;
    let mut all = dot1x.guest_vlan.iter().chain(list(&dot1x.dynamic_vlans)).chain(settings.vlan.iter());
    all.any(|name| name.value == *vlan)
        || settings.voice.as_ref().is_some_and(|voice| voice.value.as_ref() == Some(vlan))
}

/// Whether a profile has the name of a VLAN, in the singular perhaps.
fn is_called(profile: &str, vlan: &str) -> bool {
    profile == vlan || vlan.strip_suffix('s') == Some(profile)
}
