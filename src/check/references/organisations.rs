//! Organisations that are named exist: the host, the folders of sites, and those things are limited to.

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
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
    organisations.tell(findings);
}
