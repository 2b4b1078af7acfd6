//! Organisations that are named exist: the host, the folders of sites, and those things are limited to.

use super::Names;
use crate::check::Subject;
use crate::finding::{About, Finding, Label};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.organisations.iter().map(|organisation| (organisation.id.as_str(), organisation.id.span));
    let mut organisations = Names::new(network, "organisation", Part::Network, "inventory/network.yaml", all);
    let vlans = network.vlans.iter().flat_map(|vlan| &vlan.sites.organisations);
    let ssids = network.ssids.iter().flat_map(|ssid| &ssid.sites.organisations);
    let sites = network.sites.iter().map(|site| &site.organisation);
    let devices = network.sites.iter().flat_map(|site| &site.devices);
    let served = devices.filter_map(|device| device.serves.as_ref()).flat_map(|serves| &serves.organisations);
    for organisation in network.host.iter().chain(vlans).chain(ssids).chain(served).chain(sites) {
        organisations.look(organisation);
    }
    let before = findings.len();
    organisations.tell(findings);
    // A folder of sites has no line; where its organisation is missing, there is one: beside the next in the alphabet.
    for finding in findings.iter_mut().skip(before) {
        let Some(folder) = finding.span.filter(|span| span.range().is_empty()) else { continue };
        // One site may stand in the wrong folder; several do not.
        let Some(About::Unknown { name, places: 2.., .. }) = finding.about.as_deref() else { continue };
        let next = network.organisations.iter().find(|one| one.id.as_str() > name.as_str());
        let here = format!("`{name}` would stand beside this one");
        if let Some(beside) = next.or(network.organisations.last()) {
            finding.span = Some(beside.id.span);
            finding.here = here.into();
            finding.labels.insert(0, Label { span: folder, text: "a site in its folder".into() });
        }
    }
}
