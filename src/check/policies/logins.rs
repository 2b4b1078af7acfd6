//! The policy lets somebody log in to every device.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Flow, Service};
use crate::policy;
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    if !super::followable(subject.network) {
        return;
    }
    let closed = policy::closed(subject.network, subject.derived);
    let Some(first) = closed.first() else { return };
    let more = closed.len() - 1;
    let others = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!("no flow lets anybody log in to `{}`{others}", first.name);
    let finding = Finding::warning(codes::NO_LOGIN, message).more(more);
    // Where nobody reaches any device, the flow that should let them in is most likely there, and wrong.
    let near = (closed.len() == subject.derived.devices.len()).then(|| near(subject)).flatten();
    findings.push(match near {
        Some((span, here)) => finding
            .at_saying(span, here)
            .label(first.span, "its rules for logins stay unwritten")
            .help("devices take logins from where a flow with tcp 22 to the management segment begins"),
        None => finding
            .at_saying(first.span, "its rules for logins stay unwritten")
            .help("add a flow to the management segment with tcp 22, from wherever Samnet runs"),
    });
}

/// The flow that nearly lets somebody in, and what is wrong with it.
fn near(subject: Subject<'_>) -> Option<(Span, &'static str)> {
    let network = subject.network;
    let management = &subject.management()?.segment.value;
    let names = |ends: &[Sp<Endpoint>]| {
        ends.iter().any(|end| matches!(&end.value, Endpoint::Segment(name) if name == management))
    };
    let ssh = |flow: &&Flow| flow.services.iter().any(|has| policy::covers(&has.value, &Service::Tcp(22, 22)));
    let flows = &network.policy.flows;
    let turned = flows.iter().filter(ssh).find(|flow| names(&flow.from));
    let turned = turned.and_then(|flow| Some((flow.from.first()?.span, "from the devices, and not to them")));
    let silent = || {
        let flow = flows.iter().find(|flow| names(&flow.to) && !names(&flow.from))?;
        if ssh(&flow) {
            return Some((flow.from.first()?.span, "nothing has an address here"));
        }
        Some((flow.services.first()?.span, "`tcp 22` is not among them"))
    };
    let elsewhere = || Some((flows.iter().find(ssh)?.to.first()?.span, "logins are allowed to here alone"));
    turned.or_else(silent).or_else(elsewhere)
}
