//! VLANs are the same in every organisation.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) || !network.gaps.whole(Part::Network) {
        return;
    }
    for vlan in &network.vlans {
        let Some((left, span)) = super::limited(network, &vlan.sites) else { continue };
        let message = format!("VLAN `{}` is not for {left}", vlan.name.value);
        findings.push(
            Finding::warning(codes::NOT_UNIFORM, message)
                .at_saying(span, "limited to these")
                .help("limit it by the kind of building instead: `sites: { tags: [...] }`"),
        );
    }
}
