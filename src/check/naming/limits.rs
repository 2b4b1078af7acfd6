//! Host names and VLAN names are no longer than the platforms take that have to carry them.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::derive::{DeviceFacts, naming};
use crate::finding::{Finding, codes};
use crate::model::{Gateway, NameKind, Part, Role, Vlan};
use crate::platform::Platform;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut used: BTreeMap<&str, &Platform> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for device in subject.derived.devices.values() {
        let Some(entry) = subject.library.get(device.platform.as_str()) else { continue };
        let platform = &entry.platform;
        used.insert(platform.name.as_str(), platform);
        let (length, most) = (device.name.as_str().len(), platform.limits.hostname);
        // One long site code makes all its names long.
        if length > most && told.insert(device.site) {
            let message = format!("`{}` has {length} characters; {} takes {most}", device.name, platform.title);
            let finding = Finding::error(codes::HOSTNAME, message).at(device.span);
            findings.push(finding.help("give the site a shorter `code:`, or the device a `name:`"));
        }
    }
    // Which names a device has to carry follows from the VLANs; half of them say nothing of the rest.
    if !network.gaps.whole(Part::Vlans) {
        return;
    }
    let pattern = network.policy.naming.vlan.as_ref();
    let names =
        network.vlans.iter().enumerate().map(|(at, vlan)| (at, vlan, naming::vlan(&network.policy.naming, vlan)));
    let mut long: Vec<_> = names
        .filter_map(|(at, vlan, name)| {
            let length = name.chars().count();
            let short = used.values().any(|platform| length > platform.limits.vlan_name);
            let tightest = short.then(|| tightest(subject, &used, at, vlan)).flatten()?;
            (length > tightest.limits.vlan_name).then_some((vlan, name, tightest))
        })
        .collect();
    // A pattern makes them all long; the longest tells how much.
    if pattern.is_some() {
        long.sort_by_key(|(vlan, name, _)| (std::cmp::Reverse(name.chars().count()), vlan.name.span));
        long.truncate(1);
    }
    for (vlan, name, tightest) in long {
        let most = tightest.limits.vlan_name;
        let by_title = pattern.is_some_and(|pattern| pattern.contains("{title}"));
        let span = vlan.title.as_ref().filter(|_| by_title).map_or(vlan.name.span, |title| title.span);
        let length = name.chars().count();
        let message = format!("VLAN name `{name}` has {length} characters; {} takes {most}", tightest.title);
        // What is proposed breaks no rule of the project's own.
        let rule = network.policy.naming.rules.get(&NameKind::Vlan).and_then(|rule| rule.max_length.as_ref());
        let cut: String = name.chars().take(rule.map_or(most, |rule| rule.value.min(most))).collect();
        let cut = cut.trim_end_matches(['-', '_', ' ']);
        let finding = Finding::error(codes::NAME_TOO_LONG, message).at(span);
        findings.push(match pattern {
            Some(pattern) => finding.label(pattern.span, "made by this pattern").help("shorten the pattern"),
            None => finding.help(format!("a shorter one near it is `{cut}`")),
        });
    }
}

/// Of the platforms at the sites that have a VLAN, and at its gateway, the one that takes the shortest names.
fn tightest<'p>(
    subject: Subject<'_>,
    used: &BTreeMap<&str, &'p Platform>,
    at: usize,
    vlan: &Vlan,
) -> Option<&'p Platform> {
    let carries = |device: &&DeviceFacts| {
        let site = subject.derived.sites.get(device.site);
        site.is_some_and(|site| site.vlans.values().any(|facts| facts.vlan == at))
            || (vlan.gateway.value == Gateway::Firewall && device.role == Role::Firewall)
    };
    let carriers = subject.derived.devices.values().filter(carries);
    let carriers: BTreeSet<&str> = carriers.map(|device| device.platform.as_str()).collect();
    let platforms = carriers.into_iter().filter_map(|name| used.get(name).copied());
    platforms.min_by_key(|platform| platform.limits.vlan_name)
}
