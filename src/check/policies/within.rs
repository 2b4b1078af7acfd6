//! Flows that no packet meets: hosts of one subnet reach each other without asking anybody.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Part, Scope};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Vlans) {
        return;
    }
    for flow in &network.policy.flows {
        let host = |end: &Endpoint| matches!(end, Endpoint::Net(net) if net.prefix_len() == net.max_prefix_len());
        let ([from], [to]) = (flow.from.as_slice(), flow.to.as_slice()) else { continue };
        if from.value == to.value && host(&to.value) {
            let message = format!("flow `{}` leads from a host to itself", flow.id.value);
            let finding = Finding::warning(codes::FLOW_WITHIN, message).at(to.span).label(from.span, "the same one");
            findings.push(finding.help("name the other end"));
        }
    }
    for flow in network.policy.flows.iter().filter(|flow| flow.scope.value == Scope::Site) {
        let ([from], [to]) = (flow.from.as_slice(), flow.to.as_slice()) else { continue };
        let Endpoint::Segment(name) = &from.value else { continue };
        let Some(segment) = network.policy.segments.get(name).filter(|_| from.value == to.value) else { continue };
        let vlans = network.vlans.iter().filter(|vlan| vlan.segment.value == *name).count();
        if vlans <= 1 && segment.prefixes.is_empty() {
            let message = format!("flow `{}` stays within one subnet, where nothing is filtered", flow.id.value);
            findings.push(
                Finding::warning(codes::FLOW_WITHIN, message)
                    .at(to.span)
                    .label(segment.name.span, "one VLAN at each site")
                    .help("take it out; `scope: site` keeps it from crossing to other sites"),
            );
        }
    }
}
