//! What is allowed for a time was decided somewhere, and the case can be found.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes, nearest};
use crate::model::Flow;
use crate::source::Sp;

/// From how many cases of one form on another form is odd.
const USUAL: usize = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let flows = &subject.network.policy.flows;
    for flow in flows {
        let Some(expires) = &flow.expires else { continue };
        if said(flow).is_none() {
            let message = format!("flow `{}` is temporary and names no ticket", flow.id.value);
            let finding = Finding::warning(codes::FLOW_TICKET, message);
            findings.push(
                finding
                    .at_saying(expires.span, "allowed until then")
                    .help("add `ticket:` with the case number, so that whoever renews it finds the reason"),
            );
        }
    }
    forever(flows, findings);
    let mut forms: BTreeMap<String, Vec<&Sp<String>>> = BTreeMap::new();
    for ticket in flows.iter().filter_map(said) {
        forms.entry(form(ticket)).or_default().push(ticket);
    }
    let Some(usual) = forms.values().max_by_key(|tickets| tickets.len()).filter(|it| it.len() >= USUAL) else { return };
    let Some(like) = usual.first() else { return };
    for (form, tickets) in &forms {
        // Another system has other letters; a slip has nearly the same.
        let &[odd] = tickets.as_slice() else { continue };
        if nearest(form, [self::form(like).as_str()]).is_none() {
            continue;
        }
        let message = format!("ticket `{}` is not written as the others are", odd.value);
        let finding = Finding::warning(codes::FLOW_TICKET, message).at(odd.span).label(like.span, "like this");
        findings.push(finding.help(format!("the others look like `{}`", like.value)));
    }
}

/// Flows that one case allowed, of which one alone has no end.
fn forever(flows: &[Flow], findings: &mut Vec<Finding>) {
    let mut cases: BTreeMap<&str, Vec<&Flow>> = BTreeMap::new();
    for flow in flows {
        if let Some(ticket) = said(flow) {
            cases.entry(ticket.trim()).or_default().push(flow);
        }
    }
    for (ticket, flows) in cases {
        let (without, with): (Vec<&Flow>, Vec<&Flow>) = flows.into_iter().partition(|flow| flow.expires.is_none());
        let [flow] = without.as_slice() else { continue };
        // What a project leaves for good is about something else than what it needed for a while.
        let ends = |flow: &Flow| flow.from.iter().chain(&flow.to).map(|end| end.value.clone()).collect::<Vec<_>>();
        let own = ends(flow);
        let related = with.iter().find(|other| ends(other).iter().any(|end| own.contains(end)));
        let Some(end) = related.and_then(|other| other.expires.as_ref()) else { continue };
        let message = format!("flow `{}` never ends, and what `{ticket}` allows beside it does", flow.id.value);
        let finding = Finding::warning(codes::FLOW_TICKET, message).at(said(flow).map_or(flow.id.span, |it| it.span));
        findings.push(finding.label(end.span, "this one does").help(format!("add `expires: {}`", end.value)));
    }
}

/// The ticket of a flow, where it says anything.
fn said(flow: &Flow) -> Option<&Sp<String>> {
    flow.ticket.as_ref().filter(|ticket| !ticket.trim().is_empty())
}

/// How a case is written: its letters, whatever its number.
fn form(ticket: &str) -> String {
    let mut form: String = ticket.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    while form.contains("00") {
        form = form.replace("00", "0");
    }
    form
}
