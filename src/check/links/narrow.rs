//! Access ports that lead to a device which needs more than one VLAN.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::check::wiring::written;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for end in subject.wiring.links.iter().filter(|end| end.is_too_narrow()) {
        let site = subject.network.sites.get(end.device.site);
        let device = site.and_then(|site| site.devices.get(end.device.device));
        let profile = device.and_then(|device| written(device, &end.port.socket.key)?.profile.as_ref());
        let span = profile.map_or(end.port.span, |profile| profile.span);
        if !told.insert(span) {
            continue;
        }
        let lacking: Vec<u16> =
            end.far.vlans.iter().filter(|vlan| Some(**vlan) != end.port.vlan).map(|vlan| vlan.get()).collect();
        let message = format!(
            "an access port leads to `{}`, which needs VLAN {} as well",
            end.far.name,
            crate::value::collapse(&lacking)
        );
        let finding = Finding::error(codes::LINK_NARROW, message)
            .at_saying(span, "one VLAN, untagged")
            .help("use a profile with `mode: trunk`, or none: a link between devices is a trunk by itself");
        let mode = profile.and_then(|name| subject.network.profiles.get(&name.value));
        findings.push(match mode {
            Some(profile) => finding.label(profile.name.span, "the profile"),
            None => finding,
        });
    }
}
