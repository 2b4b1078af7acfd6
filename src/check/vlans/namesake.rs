//! Profiles that have the name of one VLAN and lead to another.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for profile in network.profiles.values() {
        let name = profile.name.as_str();
        let Some(vlan) = &profile.settings.vlan else { continue };
        // One that does not exist is told of itself.
        let known = network.vlans.iter().any(|known| known.name.value == vlan.value);
        let Some(meant) = network.vlans.iter().find(|known| is_called(name, known.name.as_str())) else { continue };
        if !known || meant.name.value == vlan.value {
            continue;
        }
        let message =
            format!("profile `{name}` is in VLAN `{}`, and there is a VLAN `{}`", vlan.value, meant.name.value);
        findings.push(
            Finding::warning(codes::PROFILE_NAMESAKE, message)
                .at(vlan.span)
                .label(meant.name.span, "called like the profile")
                .help(format!("`vlan: {}`, or a profile of another name", meant.name.value)),
        );
    }
}

/// Whether a profile has the name of a VLAN, in the singular perhaps.
fn is_called(profile: &str, vlan: &str) -> bool {
    profile == vlan || vlan.strip_suffix('s') == Some(profile)
}
