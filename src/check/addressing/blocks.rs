//! What is cut from the address plan lies inside it.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let plan = &subject.network.plan;
    if !subject.network.gaps.whole(Part::Network) {
        return;
    }
    let reserved = plan.reserved.iter().map(|reserved| ("the reserved prefix", &reserved.prefix));
    let blocks = [("the block for links", &plan.links), ("the block for loopbacks", &plan.loopbacks)];
    for (what, block) in blocks.into_iter().chain(reserved) {
        if !plan.ipv4.value.contains(&block.value) {
            let message = format!("{what}, {}, lies outside the address plan", block.value);
            findings.push(
                Finding::warning(codes::PLAN_OUTSIDE, message)
                    .at(block.span)
                    .label(plan.ipv4.span, "the plan")
                    .help("take a part of the plan that no organisation's index leads to"),
            );
        }
    }
}
