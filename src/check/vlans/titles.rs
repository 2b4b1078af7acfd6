//! Two VLANs that people could not tell apart, or cannot read.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, (Span, &Id)> = BTreeMap::new();
    for vlan in &subject.network.vlans {
        let Some(title) = &vlan.title else { continue };
        let known = first.get(&title.to_lowercase()).filter(|(_, name)| **name != vlan.name.value);
        if let Some((first, _)) = known {
            let message = format!("two VLANs are titled \"{}\"", title.value);
            findings.push(
                Finding::warning(codes::VLAN_TITLES, message)
                    .at_saying(title.span, format!("VLAN {}", vlan.id.value))
                    .label(*first, "first used here")
                    .help("a title is what people read on devices and in reports: say what tells the two apart"),
            );
        }
        first.entry(title.to_lowercase()).or_insert((title.span, &vlan.name.value));
    }
}
