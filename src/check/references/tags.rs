//! Tags that no site has would limit something to nowhere.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) || !network.gaps.sites.is_empty() {
        return;
    }
    let known: BTreeSet<&str> = network.sites.iter().flat_map(|site| &site.tags).map(|tag| tag.as_str()).collect();
    let vlans = network.vlans.iter().map(|vlan| &vlan.sites);
    let ssids = network.ssids.iter().map(|ssid| &ssid.sites);
    for tag in vlans.chain(ssids).flat_map(|filter| filter.tags.iter().chain(&filter.except_tags)) {
        if known.contains(tag.as_str()) {
            continue;
        }
        let message = format!("no site has the tag `{}`", tag.value);
        let finding = Finding::warning(codes::UNKNOWN_NAME, message).at(tag.span);
        findings.push(finding.meant(tag.as_str(), known.iter().copied(), || {
            "tags stand in the site files: `tags: [school]`".to_owned()
        }));
    }
}
