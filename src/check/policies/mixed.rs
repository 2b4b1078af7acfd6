//! A VLAN named like a segment belongs to that one.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, Vlan};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) || !network.gaps.whole(Part::Segments) {
        return;
    }
    let segments = &network.policy.segments;
    // VLANs named like a segment that are in another one.
    let strays = || {
        let strays = network.vlans.iter().filter(|vlan| vlan.name.value != vlan.segment.value);
        // Of two with one name nobody knows which is meant, and that is told.
        let named = |vlan: &&Vlan| network.vlans.iter().filter(|other| other.name.value == vlan.name.value).count();
        let strays = strays.filter(move |vlan| named(vlan) == 1);
        strays.filter_map(|vlan| {
            let named = segments.get(&vlan.name.value).filter(|_| segments.contains_key(&vlan.segment.value))?;
            Some((vlan, named))
        })
    };
    let mut swapped: Option<Finding> = None;
    for (vlan, named) in strays() {
        let (name, own) = (&vlan.name.value, &vlan.segment.value);
        let mut others = network.vlans.iter().filter(|other| other.segment.value == *name).peekable();
        if others.peek().is_none() {
            let message = format!("VLAN `{name}` is in segment `{own}`, and the segment of its own name is empty");
            findings.push(
                Finding::error(codes::SEGMENT_MIXED, message)
                    .at(vlan.segment.span)
                    .label(named.name.span, "no VLAN is in this one")
                    .help(format!("`segment: {name}`, or take the empty segment out")),
            );
        // Where another VLAN makes up the segment that belongs there, the name says little.
        } else if others.all(|other| strays().any(|(stray, _)| stray.name.value == other.name.value)) {
            swapped = Some(if let Some(finding) = swapped {
                finding.label(vlan.segment.span, format!("and VLAN `{name}` in `{own}`"))
            } else {
                let message = format!("VLAN `{name}` is in segment `{own}`, and others are in the segment of its name");
                let finding = Finding::error(codes::SEGMENT_MIXED, message).at(vlan.segment.span);
                finding.help("they have changed places: each belongs in the segment of its own name")
            });
        }
    }
    findings.extend(swapped);
}
