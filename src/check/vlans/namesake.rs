//! Profiles that have the name of one VLAN and lead to another.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Network, PortMode, PortSettings, Vlan};
use crate::source::Sp;
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
}

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
    network.profiles.values().filter_map(|profile| {
        let settings = &profile.settings;
        let vlan = settings.vlan.as_ref()?;
        // One that does not exist is told of itself.
        network.vlans.iter().find(|known| known.name.value == vlan.value)?;
        let meant = network.vlans.iter().find(|known| is_called(profile.name.as_str(), known.name.as_str()))?;
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
