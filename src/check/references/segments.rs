//! VLANs belong to segments that exist.

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
use crate::model::Part;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.policy.segments.keys().map(Id::as_str);
    let segments = Names::new(network, "segment", Part::Segments, "policies/segments.yaml", all);
    for vlan in &network.vlans {
        segments.look(&vlan.segment, findings);
    }
}
