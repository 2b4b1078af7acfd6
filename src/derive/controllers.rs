//! Which access points each controller configures: those of the sites it serves that run its own platform.

use std::collections::{BTreeMap, BTreeSet};

use super::work::Work;
use crate::finding::{About, Finding, codes};
use crate::model::Role;
use crate::value::DeviceName;

/// Puts controllers and access points together.
pub(super) fn run(work: &mut Work<'_, '_>) {
    let network = work.network;
    let of_role = |work: &Work<'_, '_>, role: Role| -> Vec<usize> {
        let nodes = work.nodes.iter().filter(|(_, node)| node.role == role);
        nodes.map(|(index, _)| index).collect()
    };
    let (controllers, points) = (of_role(work, Role::Controller), of_role(work, Role::Ap));
    let mut leaders: BTreeMap<usize, Vec<DeviceName>> = BTreeMap::new();
    for index in controllers {
        let Some(node) = work.nodes.get(index) else { continue };
        let serves = work.device(index).and_then(|device| device.serves.as_deref());
        let here = node;
        let admitted = |site: usize| match serves {
            Some(filter) => network.sites.get(site).is_some_and(|site| filter.admits(site)),
            None => site == here.site,
        };
        let mut served: Vec<(DeviceName, usize)> = Vec::new();
        let mut ssids: BTreeSet<usize> = BTreeSet::new();
        for point in &points {
            let Some(facts) = work.nodes.get(*point) else { continue };
            if facts.platform == here.platform && admitted(facts.site) {
                leaders.entry(*point).or_default().push(here.name.clone());
                served.push((facts.name.clone(), *point));
                ssids.extend(facts.ssids.iter());
            }
        }
        served.sort_unstable();
        // A filter that no site passes names what is not there, which is told of that.
        let somewhere = (0..network.sites.len()).any(admitted);
        // Access points that could not be placed are told of themselves.
        let meant = (0..network.sites.len())
            .filter(|site| admitted(*site))
            .filter_map(|site| network.sites.get(site))
            .any(|site| {
                let points = site.devices.iter().filter(|device| device.role == Role::Ap);
                points
                    .filter_map(|device| network.models.get(device.model.as_str()))
                    .any(|model| *model.platform == here.platform)
            });
        if served.is_empty() && somewhere && !meant {
            let message = format!("`{}` serves no access point of its platform", here.name);
            let span = work.device(index).and_then(|device| device.serves.as_ref()).map_or(here.span, |said| said.span);
            work.report(
                Finding::warning(codes::NO_CONTROLLER, message)
                    .at(span)
                    .about(About::ServesNone)
                    .help("`serves` says by tag or organisation whose access points it configures; absent, it is those of its own site"),
            );
        }
        if let Some(node) = work.nodes.get_mut(index) {
            node.serves = served.into_iter().map(|(name, _)| name).collect();
            node.ssids = ssids.into_iter().collect();
        }
    }
    for (point, mut names) in leaders {
        names.sort_unstable();
        if let Some(node) = work.nodes.get_mut(point) {
            node.controllers = names;
        }
    }
}
