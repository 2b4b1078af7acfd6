//! A VLAN named like a segment belongs to that one.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, Vlan};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) || !network.gaps.whole(Part::Segments) {
        return;
    }
    let segments = &network.policy.segments;
    let mut named: BTreeMap<&Id, usize> = BTreeMap::new();
    let mut held: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
    for vlan in &network.vlans {
        *named.entry(&vlan.name.value).or_default() += 1;
        held.entry(&vlan.segment.value).or_default().push(&vlan.name.value);
    }
    // VLANs named like a segment that are in another one; of two with one name nobody knows which is meant, and that is told.
    let is_stray = |vlan: &&Vlan| {
        let (name, own) = (&vlan.name.value, &vlan.segment.value);
        name != own && segments.contains_key(name) && segments.contains_key(own) && named.get(name) == Some(&1)
    };
    let strays: Vec<&Vlan> = network.vlans.iter().filter(is_stray).collect();
    let astray: BTreeSet<&Id> = strays.iter().map(|vlan| &vlan.name.value).collect();
    let mut swapped: Option<Finding> = None;
    for vlan in strays {
        let (name, own) = (&vlan.name.value, &vlan.segment.value);
        let Some(named) = segments.get(name) else { continue };
        let others = held.get(name).map(Vec::as_slice).unwrap_or_default();
        if others.is_empty() {
            let message = format!("VLAN `{name}` is in segment `{own}`, and the segment of its own name is empty");
            findings.push(
                Finding::error(codes::SEGMENT_MIXED, message)
                    .at(vlan.segment.span)
                    .label(named.name.span, "no VLAN is in this one")
                    .help(format!("`segment: {name}`, or take the empty segment out")),
            );
        // Where another VLAN makes up the segment that belongs there, the name says little.
        } else if others.iter().all(|other| astray.contains(other)) {
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
