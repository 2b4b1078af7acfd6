//! Flows that allow nothing another one does not allow already.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Scope, Service};
use crate::policy;
use crate::source::Sp;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let flows = &subject.network.policy.flows;
    // Only a flow that holds the first sender can cover another.
    let mut senders: BTreeMap<&Endpoint, Vec<usize>> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        for end in &flow.from {
            senders.entry(&end.value).or_default().push(index);
        }
    }
    for (index, flow) in flows.iter().enumerate() {
        let Some(first) = flow.from.first() else { continue };
        let holders = wider_ends(&first.value);
        let candidates = holders.iter().filter_map(|end| senders.get(end)).flatten();
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
            // Of two that are equal, one may speak of somebody else.
            if let Some(name) =
                speaks_of(subject, wide).filter(|_| speaks_of(subject, flow).is_none() && covers(flow, wide))
            {
                let message =
                    format!("flow `{}` allows what `{}` does, and nothing for `{name}`", wide.id.value, flow.id.value);
                let finding = Finding::warning(codes::FLOW_COVERED, message)
                    .at(wide.from.first().map_or(wide.id.span, |end| end.span));
                findings.push(finding.label(flow.id.span, "the same as this one").help("are `from` and `to` right?"));
                continue;
            }
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

/// The segment that the identifier of a flow begins with, where neither end is it.
fn speaks_of<'a>(subject: Subject<'a>, flow: &Flow) -> Option<&'a str> {
    let begins = |name: &&str| flow.id.value.as_str().strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    let names = subject.network.policy.segments.keys().map(Id::as_str);
    let name = names.filter(begins).max_by_key(|name| name.len())?;
    let is_end = |end: &Sp<Endpoint>| matches!(&end.value, Endpoint::Segment(own) if own.as_str() == name);
    (!flow.from.iter().chain(&flow.to).any(is_end)).then_some(name)
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

/// An address beside the segment it is in says who is meant, and is left.
fn holds(wide: &Endpoint, end: &Endpoint) -> bool {
    match (wide, end) {
        (Endpoint::Net(wide), Endpoint::Net(net)) => wide.contains(net),
        _ => wide == end,
    }
}

/// Every end that holds another one: itself, and shorter prefixes.
fn wider_ends(end: &Endpoint) -> Vec<Endpoint> {
    let Endpoint::Net(net) = end else { return vec![end.clone()] };
    let lengths = (0..=net.prefix_len()).rev();
    lengths.filter_map(|length| Some(Endpoint::Net(IpNet::new(net.network(), length).ok()?.trunc()))).collect()
}
