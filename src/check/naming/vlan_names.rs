//! VLANs are told apart by the names that devices have for them.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::derive::naming::{self, letters, slug};
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let Some(pattern) = &network.policy.naming.vlan else { return };
    let letters = letters(&network.policy.naming);
    let mut first: BTreeMap<String, (&str, Span)> = BTreeMap::new();
    // A pattern that names them all alike is a finding of its own.
    for vlan in network.vlans.iter().filter(|_| pattern.contains('{')) {
        let name = naming::vlan(&network.policy.naming, vlan);
        let key = slug(&name, &letters);
        let span = vlan.title.as_ref().map_or(vlan.name.span, |title| title.span);
        match first.get(&key) {
            // One identifier twice is a finding of its own.
            Some((other, place)) if *other != vlan.name.as_str() => {
                let message = format!("VLANs `{other}` and `{}` are both `{name}` on devices", vlan.name.value);
                findings.push(
                    Finding::error(codes::NAMES_ALIKE, message)
                        .at_saying(span, format!("`{key}` without accents and marks"))
                        .label(*place, "this one as well")
                        .help("give one of them another title, or put {name} or {id} into the pattern"),
                );
            }
            Some(_) => {}
            None => {
                first.insert(key, (vlan.name.as_str(), span));
            }
        }
    }
}
