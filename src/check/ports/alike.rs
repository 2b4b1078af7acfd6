//! Profiles beside their like: one that lost the guards all others have, one that repeats what it inherits, and two that say
//! the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::check::Subject;
use crate::derive::levels::settled;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Layer as _, Part, PortMode, PortProfile, PortSettings};
use crate::source::Sp;
use crate::value::Id;

/// Others from which on the one that differs is odd.
const OTHERS: usize = 2;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Profiles) {
        return;
    }
    let known = |base: &Sp<Id>| network.profiles.contains_key(&base.value);
    if !network.profiles.values().filter_map(|profile| profile.extends.as_ref()).all(known) {
        return;
    }
    let profiles: Vec<(&PortProfile, PortSettings)> =
        network.profiles.values().map(|profile| (profile, settled(network, profile))).collect();
    bare(&profiles, findings);
    // What a level refines may be another there than it looks here.
    let levels = network.organisations.iter().map(|org| &org.profiles);
    let levels = levels.chain(network.sites.iter().map(|site| &site.profiles));
    let levels = levels.chain(network.sites.iter().flat_map(|site| &site.devices).map(|device| &device.profiles));
    let refined: BTreeSet<&Id> = levels.flat_map(BTreeMap::keys).collect();
    repeated(subject, &refined, findings);
    let as_said: Vec<_> =
        profiles.iter().filter(|(profile, _)| !refined.contains(&profile.name.value)).cloned().collect();
    doubled(&as_said, findings);
    elsewhere(&profiles, findings);
}

/// Profiles that ask for a login and are neither at the edge nor guarded, as all others that ask for one are.
fn bare(profiles: &[(&PortProfile, PortSettings)], findings: &mut Vec<Finding>) {
    let on = |said: &Option<Sp<bool>>| said.as_ref().is_some_and(|said| said.value);
    let is_access = |said: &PortSettings| said.mode.as_ref().is_none_or(|mode| mode.value == PortMode::Access);
    let asking = || profiles.iter().filter(|(_, said)| on(&said.dot1x.enabled) && is_access(said));
    let is_bare = |said: &PortSettings| said.edge.is_none() && said.bpdu_guard.is_none();
    let (without, with): (Vec<_>, Vec<_>) = asking().partition(|(_, said)| is_bare(said));
    if with.len() < OTHERS {
        return;
    }
    // What refines such a profile follows from it.
    let names: BTreeSet<&Id> = without.iter().map(|(profile, _)| &profile.name.value).collect();
    let follows = |profile: &PortProfile| profile.extends.as_ref().is_some_and(|base| names.contains(&base.value));
    let mut odd = without.iter().filter(|(profile, _)| !follows(profile));
    if let (Some((profile, _)), None) = (odd.next(), odd.next()) {
        let name = &profile.name.value;
        let message =
            format!("profile `{name}` asks for a login and has no guards, and all others that ask for one do");
        let finding = Finding::warning(codes::BPDU_GUARD, message)
            .at_saying(profile.name.span, "neither `edge` nor `bpdu_guard`");
        let guards = |base: &Id| {
            profiles.iter().any(|(other, said)| other.name.value == *base && on(&said.edge) && on(&said.bpdu_guard))
        };
        let bases = with.iter().filter_map(|(other, _)| Some((other, other.extends.as_ref()?)));
        let example = bases.into_iter().find(|(_, base)| guards(&base.value));
        findings.push(match example {
            Some((other, base)) => finding
                .label(base.span, format!("`{}` has them from here", other.name.value))
                .help(format!("let it refine the same: `extends: {}`", base.value)),
            None => finding.help("add `edge: true` and `bpdu_guard: true`"),
        });
    }
}

/// Profiles that name the VLANs which they inherit anyway: another one was meant, or nothing had to be said.
fn repeated(subject: Subject<'_>, refined: &BTreeSet<&Id>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for profile in network.profiles.values() {
        let Some(base) = profile.extends.as_ref().and_then(|base| network.profiles.get(&base.value)) else { continue };
        let says_vlan = |level: &PortProfile| level.name.value == base.name.value && level.settings.vlan.is_some();
        let organisations = network.organisations.iter().flat_map(|org| org.profiles.values());
        let sites = network.sites.iter().flat_map(|site| site.profiles.values());
        if refined.contains(&base.name.value) && organisations.chain(sites).any(says_vlan) {
            continue;
        }
        let inherited = settled(network, base);
        let names =
            |said: &Option<Sp<Vec<Sp<Id>>>>| -> Vec<Id> { list(said).iter().map(|name| name.value.clone()).collect() };
        let vlan = profile.settings.vlan.as_ref().zip(inherited.vlan.as_ref());
        let vlan =
            vlan.filter(|(own, theirs)| own.value == theirs.value).map(|(own, theirs)| ("vlan", own.span, theirs.span));
        let chosen = profile.settings.dot1x.dynamic_vlans.as_ref().zip(inherited.dot1x.dynamic_vlans.as_ref());
        let chosen = chosen
            .filter(|_| names(&profile.settings.dot1x.dynamic_vlans) == names(&inherited.dot1x.dynamic_vlans))
            .map(|(own, theirs)| ("dynamic_vlans", own.span, theirs.span));
        for (key, own, theirs) in vlan.into_iter().chain(chosen) {
            let message = format!(
                "`{key}` of profile `{}` is what it inherits from `{}` anyway",
                profile.name.value, base.name.value
            );
            let finding = Finding::note(codes::IDLE, message).at(own).label(theirs, "inherited from here");
            findings.push(finding.help("name another VLAN, or leave it out"));
        }
    }
}

/// Profiles that differ in their titles alone.
fn doubled(profiles: &[(&PortProfile, PortSettings)], findings: &mut Vec<Finding>) {
    let said = |settings: &PortSettings| {
        let mut said = BTreeMap::new();
        settings.leaves("", &mut |path, value, _| drop(said.insert(path.to_owned(), value)));
        said.remove("title");
        said
    };
    let all: Vec<(&PortProfile, BTreeMap<String, Value>)> =
        profiles.iter().map(|(profile, settings)| (*profile, said(settings))).collect();
    for (at, (profile, said)) in all.iter().enumerate() {
        let is_base = |other: &PortProfile| {
            let extends = |one: &PortProfile, base: &PortProfile| {
                one.extends.as_ref().is_some_and(|it| it.value == base.name.value)
            };
            extends(profile, other) || extends(other, profile)
        };
        let mut before = all.iter().take(at).filter(|(other, _)| !is_base(other));
        let Some((other, _)) = before.find(|(_, other)| said == other) else { continue };
        let message = format!("profile `{}` says what `{}` says", profile.name.value, other.name.value);
        let finding = Finding::note(codes::IDLE, message).at(profile.name.span).label(other.name.span, "the other one");
        findings.push(finding.help("one of them is enough, unless one was to lead to another VLAN"));
    }
}

/// Profiles whose own VLAN is not among those that RADIUS may choose, where it is in all others that leave a choice.
fn elsewhere(profiles: &[(&PortProfile, PortSettings)], findings: &mut Vec<Finding>) {
    let choosing =
        profiles.iter().filter_map(|(_, said)| Some((said.vlan.as_ref()?, said.dot1x.dynamic_vlans.as_ref()?)));
    let choosing = choosing.filter(|(_, chosen)| !chosen.is_empty());
    let (with, without): (Vec<_>, Vec<_>) =
        choosing.partition(|(own, chosen)| chosen.iter().any(|name| name.value == own.value));
    if with.is_empty() || without.len() > 1 {
        return;
    }
    for (own, chosen) in without {
        let message = format!("RADIUS may choose among these, and the port's own VLAN `{}` is none of them", own.value);
        let finding =
            Finding::warning(codes::LOGIN_VLAN_CLASS, message).at(chosen.span).label(own.span, "its own VLAN");
        findings.push(finding.help(format!("add `{}`, or name another `vlan`", own.value)));
    }
}
