//! Profiles that no port follows.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::derive::levels::settled;
use crate::finding::{Finding, codes};
use crate::model::{Part, PortProfile};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) || !network.gaps.sites.is_empty() || network.sites.is_empty() {
        return;
    }
    let bases = network.profiles.values().filter_map(|profile| profile.extends.as_ref());
    let mut used: BTreeSet<&Id> = bases.map(|base| &base.value).collect();
    used.extend(subject.wiring.files.profiles.iter().map(|profile| &profile.value));
    // One that switches ports off lies ready for the next port that is given up.
    let off = |profile: &PortProfile| settled(network, profile).shutdown.as_ref().is_some_and(|off| off.value);
    let idle = network.profiles.values().filter(|profile| !used.contains(&profile.name.value) && !off(profile));
    for profile in idle {
        let message = format!("no port follows the profile `{}`", profile.name.value);
        let finding = Finding::note(codes::IDLE, message).at(profile.name.span);
        findings.push(finding.help("take it out, unless it is meant for what is to come"));
    }
    refinements(subject, &used, findings);
}

/// What a site says of a profile that none of its ports follows, and voice that is taken away where none was. An organisation
/// speaks of ports that are to come as well.
fn refinements(subject: Subject<'_>, used: &BTreeSet<&Id>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    // Profiles that ports of each device follow, with what those refine.
    let mut followed: BTreeSet<(usize, &Id)> = BTreeSet::new();
    for facts in subject.derived.devices.values() {
        for profile in facts.ports.pieces().filter_map(|(_, port)| port.profile.as_ref()) {
            followed.insert((facts.site, profile));
        }
    }
    let mut bases: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
    for name in network.profiles.keys() {
        let base = |name: &&Id| network.profiles.get(*name)?.extends.as_ref().map(|base| &base.value);
        // A profile that refines itself is told of elsewhere.
        let chain = std::iter::successors(Some(name), base).take(network.profiles.len());
        bases.insert(name, chain.collect());
    }
    let mut here: BTreeMap<usize, BTreeSet<&Id>> = BTreeMap::new();
    for (site, profile) in followed {
        here.entry(site).or_default().extend(bases.get(profile).into_iter().flatten());
    }
    let follows = |site: usize, name: &Id| here.get(&site).is_some_and(|names| names.contains(name));
    let known = |profile: &&PortProfile| used.contains(&profile.name.value);
    for (index, site) in network.sites.iter().enumerate() {
        for profile in site.profiles.values().filter(known) {
            if !follows(index, &profile.name.value) {
                let message =
                    format!("no port of site `{}` follows the profile `{}`", site.id.value, profile.name.value);
                let finding = Finding::note(codes::IDLE, message).at(profile.name.span);
                findings.push(finding.help("take it out, or let a port follow the profile"));
            }
        }
    }
    let levels = network.organisations.iter().flat_map(|org| org.profiles.values());
    let levels = levels.chain(network.sites.iter().flat_map(|site| site.profiles.values()));
    for refined in levels {
        let Some(none) = refined.settings.voice.as_ref().filter(|voice| voice.value.is_none()) else { continue };
        let Some(base) = network.profiles.get(&refined.name.value) else { continue };
        if settled(network, base).voice.is_none_or(|voice| voice.value.is_none()) {
            let message = format!("`voice: none` takes nothing away: profile `{}` has no voice VLAN", base.name.value);
            let finding = Finding::note(codes::IDLE, message).at(none.span).label(base.name.span, "the profile");
            findings.push(finding.help("the profile lost its voice VLAN, or this line can go"));
        }
    }
}
