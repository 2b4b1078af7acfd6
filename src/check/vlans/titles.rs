//! Two VLANs that people could not tell apart, or cannot read.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Vlan;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let segments = &subject.network.policy.segments;
    let mut first: BTreeMap<String, &Vlan> = BTreeMap::new();
    for vlan in &subject.network.vlans {
        let Some(title) = &vlan.title else { continue };
        let known = first.get(&title.to_lowercase()).filter(|known| known.name.value != vlan.name.value);
        if let Some((first, other)) = known.and_then(|known| Some((*known, known.title.as_ref()?))) {
            let message = format!("two VLANs are titled \"{}\"", title.value);
            // The title of its segment is a VLAN's own.
            let own = |vlan: &Vlan| segments.get(&vlan.segment.value).is_some_and(|it| it.title.value == title.value);
            let ((odd, at), (usual, there)) = if own(vlan) && !own(first) {
                ((first, other), (vlan, title))
            } else {
                ((vlan, title), (first, other))
            };
            findings.push(
                Finding::warning(codes::VLAN_TITLES, message)
                    .at_saying(at.span, format!("VLAN {}", odd.id.value))
                    .label(there.span, format!("VLAN {}", usual.id.value))
                    .help("a title is what people read on devices and in reports: say what tells the two apart"),
            );
        }
        first.entry(title.to_lowercase()).or_insert(vlan);
    }
}
