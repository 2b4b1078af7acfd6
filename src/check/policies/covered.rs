//! Flows that allow nothing another one does not allow already.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Scope, Service};
use crate::policy;
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let flows = &subject.network.policy.flows;
    // Only a flow with the same first sender can cover another.
    let mut senders: BTreeMap<&Endpoint, Vec<usize>> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        for end in &flow.from {
            senders.entry(&end.value).or_default().push(index);
        }
    }
    for (index, flow) in flows.iter().enumerate() {
        let candidates = flow.from.first().and_then(|end| senders.get(&end.value)).into_iter().flatten();
        let wider = candidates.filter(|other| **other != index).find_map(|other| {
            let wide = flows.get(*other)?;
            // A flow for everything is a finding of its own.
            let open = wide.from.iter().chain(&wide.to).any(|end| super::is_open(&end.value));
            if open && wide.services.iter().any(|service| service.value == Service::Any) {
                return None;
            }
            // Of two that are the same, the later one is too many.
            (covers(wide, flow) && (*other < index || !covers(flow, wide))).then_some(wide)
        });
        // One identifier twice is a finding of its own.
        if let Some(wide) = wider.filter(|wide| wide.id.value != flow.id.value) {
            let message = format!("flow `{}` allows nothing that `{}` does not allow", flow.id.value, wide.id.value);
            findings.push(
                Finding::warning(codes::FLOW_COVERED, message)
                    .at(flow.id.span)
                    .label(wide.id.span, "this one is as wide or wider")
                    .help("take it out, or narrow the wider one"),
            );
        }
    }
}

/// Whether one flow allows all that another does, for as long.
fn covers(wide: &Flow, flow: &Flow) -> bool {
    let ends = |wide: &[Sp<Endpoint>], ends: &[Sp<Endpoint>]| {
        ends.iter().all(|end| wide.iter().any(|have| holds(&have.value, &end.value)))
    };
    let lasts = match (&wide.expires, &flow.expires) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(flow)) => wide.value >= flow.value,
    };
    lasts
        && (wide.scope.value == Scope::Any || flow.scope.value == Scope::Site)
        && ends(&wide.from, &flow.from)
        && ends(&wide.to, &flow.to)
        && flow
            .services
            .iter()
            .all(|service| wide.services.iter().any(|has| policy::covers(&has.value, &service.value)))
}

fn holds(wide: &Endpoint, end: &Endpoint) -> bool {
    match (wide, end) {
        (Endpoint::Net(wide), Endpoint::Net(net)) => wide.contains(net),
        _ => wide == end,
    }
}
