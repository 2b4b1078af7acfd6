//! The address plan as a whole: blocks that must not share addresses.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{AddressPlan, Part, Role};
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let plan = &network.plan;
    if !network.gaps.whole(Part::Network) {
        return;
    }
    if let Some(finding) = shared("links", &plan.links, "loopbacks", &plan.loopbacks) {
        findings.push(finding);
    }
    let mut bases: BTreeMap<u32, (Role, Span)> = BTreeMap::new();
    let mut hosts: Vec<_> = plan.hosts.iter().collect();
    hosts.sort_by_key(|(_, base)| base.span);
    for (role, base) in hosts {
        if let Some((other, first)) = bases.insert(base.value, (*role, base.span)) {
            let message = format!("`{}` and `{}` are numbered from {} both", other.word(), role.word(), base.value);
            let finding = Finding::error(codes::PLAN_OVERLAP, message).at_saying(base.span, "used again here");
            findings.push(finding.label(first, "first used here").help("leave room for as many devices as there are"));
        }
    }
    for organisation in &network.organisations {
        let Some(block) = block(plan, organisation.index.value) else { continue };
        for (what, reserved) in [("links", &plan.links), ("loopbacks", &plan.loopbacks)] {
            if overlap(block, reserved.value) {
                let message = format!("the block for {what} lies in that of `{}`, {block}", organisation.id.value);
                findings.push(
                    Finding::error(codes::PLAN_OVERLAP, message)
                        .at(reserved.span)
                        .label(organisation.index.span, format!("this index is {block}"))
                        .help("take a block that no organisation's index leads to"),
                );
            }
        }
    }
}

fn shared(a: &str, first: &Sp<Ipv4Net>, b: &str, second: &Sp<Ipv4Net>) -> Option<Finding> {
    overlap(first.value, second.value).then(|| {
        let message = format!("the blocks for {a} and {b} overlap");
        Finding::error(codes::PLAN_OVERLAP, message)
            .at_saying(second.span, format!("for {b}"))
            .label(first.span, format!("for {a}"))
    })
}

fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

/// An organisation's block; `None` where the plan has none of that number, which derivation tells.
fn block(plan: &AddressPlan, index: u32) -> Option<Ipv4Net> {
    let bits = 32_u32.checked_sub(u32::from(plan.organisation_prefix.value))?;
    let offset = u64::from(index).checked_shl(bits)?;
    let start = u64::from(u32::from(plan.ipv4.value.network())) + offset;
    let network = u32::try_from(start).ok()?.into();
    let block = Ipv4Net::new(network, plan.organisation_prefix.value).ok()?;
    plan.ipv4.value.contains(&block).then_some(block)
}
