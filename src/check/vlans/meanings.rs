//! A VLAN id means one thing everywhere.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Vlan;
use crate::value::VlanId;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let vlans = &subject.network.vlans;
    let mut first: BTreeMap<VlanId, &Vlan> = BTreeMap::new();
    for vlan in vlans {
        // One VLAN described twice has one name twice, which is told.
        if let Some(known) = first.get(&vlan.id.value).filter(|known| known.name.value != vlan.name.value) {
            let id = vlan.id.value;
            findings.push(
                Finding::error(codes::VLAN_TWO_MEANINGS, format!("VLAN {id} has two meanings"))
                    .at_saying(vlan.id.span, format!("used here for \"{}\"", vlan.name.value))
                    .label(known.id.span, format!("first used here for \"{}\"", known.name.value))
                    .help(free(id.get(), vlans)),
            );
        }
        first.entry(vlan.id.value).or_insert(vlan);
    }
}

fn free(id: u16, vlans: &[Vlan]) -> String {
    let is_free = |id: &u16| !vlans.iter().any(|vlan| vlan.id.value.get() == *id);
    let near: Vec<String> = (id..=4094).filter(is_free).take(3).map(|id| id.to_string()).collect();
    match near.split_last() {
        Some((last, [])) => format!("the free id near it is {last}"),
        Some((last, rest)) => format!("free ids near it are {} and {last}", rest.join(", ")),
        None => "there is no free id above it".to_owned(),
    }
}
