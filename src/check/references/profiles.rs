//! Ports follow profiles that exist, profiles extend and refine ones that do.

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.profiles.values().map(|profile| (profile.name.as_str(), profile.name.span));
    let mut profiles = Names::new(network, "profile", Part::Profiles, "inventory/profiles.yaml", all);
    for base in network.profiles.values().filter_map(|profile| profile.extends.as_ref()) {
        profiles.look(base);
    }
    let refined = network.organisations.iter().map(|organisation| &organisation.profiles);
    let refined =
        refined.chain(network.sites.iter().flat_map(|site| {
            std::iter::once(&site.profiles).chain(site.devices.iter().map(|device| &device.profiles))
        }));
    for profile in refined.flat_map(|profiles| profiles.values()) {
        profiles.look(&profile.name);
    }
    subject.wiring.files.profiles.iter().for_each(|profile| profiles.look(profile));
    profiles.tell(findings);
}
