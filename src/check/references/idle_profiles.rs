//! Profiles that no port follows.

use std::collections::BTreeSet;

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
}
