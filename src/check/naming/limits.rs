//! Host names and VLAN names are no longer than the platforms take that have to carry them.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::derive::naming;
use crate::finding::{Finding, codes};
use crate::model::Part;
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
    let Some(tightest) = used.values().min_by_key(|platform| platform.limits.vlan_name) else { return };
    let most = tightest.limits.vlan_name;
    let pattern = network.policy.naming.vlan.as_ref();
    let names = network.vlans.iter().map(|vlan| (vlan, naming::vlan(&network.policy.naming, vlan)));
    let mut long: Vec<_> = names.filter(|(_, name)| name.chars().count() > most).collect();
    // A pattern makes them all long; the longest tells how much.
    if pattern.is_some() {
        long.sort_by_key(|(vlan, name)| (std::cmp::Reverse(name.chars().count()), vlan.name.span));
        long.truncate(1);
    }
    for (vlan, name) in long {
        let by_title = pattern.is_some_and(|pattern| pattern.contains("{title}"));
        let span = vlan.title.as_ref().filter(|_| by_title).map_or(vlan.name.span, |title| title.span);
        let length = name.chars().count();
        let message = format!("VLAN name `{name}` has {length} characters; {} takes {most}", tightest.title);
        let cut: String = name.chars().take(most).collect();
        let cut = cut.trim_end_matches(['-', '_', ' ']);
        let finding = Finding::error(codes::NAME_TOO_LONG, message).at(span);
        findings.push(match pattern {
            Some(pattern) => finding.label(pattern.span, "made by this pattern").help("shorten the pattern"),
            None => finding.help(format!("a shorter one near it is `{cut}`")),
        });
    }
}
