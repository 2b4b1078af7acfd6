//! Flows that allow more than anybody can mean.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Service};
use crate::source::Sp;

/// Prefixes of this length or shorter hold 16 million addresses and more.
const WIDEST: u8 = 8;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for flow in &subject.network.policy.flows {
        let id = &flow.id.value;
        let any = flow.services.iter().find(|service| service.value == Service::Any);
        let open = |ends: &[Sp<Endpoint>]| ends.iter().any(|end| super::is_open(&end.value));
        if let Some(any) = any.filter(|_| open(&flow.from) || open(&flow.to)) {
            let message = format!("flow `{id}` allows everything from or to the internet");
            let finding = Finding::error(codes::FLOW_TOO_WIDE, message).at(any.span);
            findings.push(finding.help("name what is spoken: `tcp 443`"));
            continue;
        }
        let wide = |end: &&Sp<Endpoint>| matches!(&end.value, Endpoint::Net(net) if net.prefix_len() <= WIDEST);
        if let Some(end) = flow.from.iter().chain(&flow.to).find(wide) {
            let finding = Finding::warning(codes::FLOW_TOO_WIDE, format!("flow `{id}` is for half the world"));
            findings.push(finding.at(end.span).help("name a segment; `internet` is every address outside"));
        }
    }
}
