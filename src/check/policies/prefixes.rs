//! An address belongs to one segment.

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Segment;
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut all: Vec<(&Sp<IpNet>, &Segment)> = Vec::new();
    for segment in network.policy.segments.values() {
        all.extend(segment.prefixes.iter().map(|prefix| (prefix, segment)));
    }
    // Wider ones first, and of two that are equal the one that stands first in the file.
    all.sort_by_key(|(prefix, _)| (prefix.value.network(), prefix.value.prefix_len(), prefix.span));
    let mut outer: Vec<(&Sp<IpNet>, &Segment)> = Vec::new();
    for (prefix, segment) in all {
        outer.retain(|(wide, _)| wide.value.contains(&prefix.value));
        if let Some((wide, other)) = outer.last() {
            let same = other.name.value == segment.name.value;
            let message = if same {
                format!("segment `{}` has {} twice", segment.name.value, prefix.value)
            } else {
                format!("{} is in `{}` and in `{}`", prefix.value, other.name.value, segment.name.value)
            };
            findings.push(
                Finding::warning(codes::SEGMENTS_OVERLAP, message)
                    .at(prefix.span)
                    .label(wide.span, "lies in this one")
                    .help("an address that is in two segments may do what either may; take it out of one"),
            );
        }
        outer.push((prefix, segment));
    }
}
