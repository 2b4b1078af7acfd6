//! Access points that send nothing: their radios are off, or no wireless network is meant for them.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::model::{Part, Role};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.network.gaps.whole(Part::Ssids) {
        idle(subject, findings);
    }
    let mut told = std::collections::BTreeSet::new();
    for one in air::special(subject).filter(|one| !one.model.radios.is_empty()) {
        if !air::radios(&one).all(|on| on.off) {
            continue;
        }
        let last = air::radios(&one).filter_map(|on| on.own?.value.off.as_ref()).last();
        if let Some(off) = last.filter(|off| told.insert(off.span)) {
            findings.push(
                Finding::warning(
                    codes::RADIOS_OFF,
                    format!("`{}` sends nothing: all its radios are off", one.facts.name),
                )
                .at(off.span)
                .help("leave one on, or take the access point out of the site's file"),
            );
        }
    }
}

/// Sites with access points and without a network on air.
fn idle(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let is_point = |role: Role| role == Role::Ap;
    let silent = network.sites.iter().filter(|site| !network.ssids.iter().any(|ssid| ssid.sites.admits(site)));
    let points = silent.filter_map(|site| Some((site, site.devices.iter().find(|device| is_point(device.role))?)));
    let none_at_all = network.ssids.is_empty();
    for (site, device) in points.take(if none_at_all { 1 } else { usize::MAX }) {
        let (message, help) = if none_at_all {
            let all =
                network.sites.iter().flat_map(|site| &site.devices).filter(|device| is_point(device.role)).count();
            (
                format!("there is no wireless network at all, and {all} access points would send nothing"),
                "say which ones there are in inventory/ssids.yaml",
            )
        } else {
            (
                format!("no wireless network is meant for `{}`, so its access points send nothing", site.id.value),
                "mend the tags of the site, or those under `sites:` of a network in inventory/ssids.yaml",
            )
        };
        findings.push(Finding::warning(codes::RADIOS_OFF, message).at(device.span).help(help));
    }
}
