//! The address plan as a whole: blocks that must not share addresses.

use std::collections::{BTreeMap, BTreeSet};

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
    kept(subject, findings);
    narrow(subject, findings);
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

/// Prefixes kept for something else in the blocks that links and loopbacks will be numbered from.
fn kept(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let plan = &subject.network.plan;
    for reserved in &plan.reserved {
        for (what, block) in [("links", &plan.links), ("loopbacks", &plan.loopbacks)] {
            // What is numbered from it already is told as that.
            let taken = |prefix: Ipv4Net| {
                let mut devices = subject.derived.devices.values();
                let mut links = subject.wiring.links.iter();
                devices.any(|device| device.loopback.is_some_and(|address| prefix.contains(&address)))
                    || links.any(|end| end.port.address.is_some_and(|address| prefix.contains(&address)))
            };
            if overlap(reserved.prefix.value, block.value) && !taken(reserved.prefix.value) {
                let message = format!("the reserved prefix {} and the block for {what} overlap", reserved.prefix.value);
                findings.push(
                    Finding::warning(codes::PLAN_OVERLAP, message)
                        .at(reserved.prefix.span)
                        .label(block.span, format!("for {what}"))
                        .help(
                            "what comes next would be numbered from it: take a part of the plan that nothing leads to",
                        ),
                );
            }
        }
    }
}

/// Roles whose numbers run into those of the next role, though no site has both so far.
fn narrow(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut bases: Vec<_> =
        subject.network.plan.hosts.iter().map(|(role, base)| (base.value, *role, base.span)).collect();
    bases.sort_unstable();
    for pair in bases.windows(2) {
        let &[(base, role, span), (next, other, after)] = pair else { continue };
        // What is given an address of its own follows from no number.
        let all = || subject.network.sites.iter().flat_map(|site| &site.devices);
        let devices = all().filter(|device| device.role == role && device.address.is_none());
        if !all().any(|device| device.role == other) {
            continue;
        }
        let beyond = devices.filter(|device| base < next && base.saturating_add(device.number) > next);
        let lines: BTreeSet<(Span, u32)> = beyond.map(|device| (device.span, device.number)).collect();
        let Some((last, number)) = lines.iter().max_by_key(|(_, number)| *number) else { continue };
        let word = role.word();
        let message = format!("the numbers of `{word}` end with {word}-{}, and {word}-{number} exists", next - base);
        let finding = Finding::warning(codes::PLAN_OVERLAP, message);
        let begins = format!("`{}` begins here", other.word());
        // One device with too high a number is what is odd; several are too many for the plan.
        findings.push(if lines.len() == 1 {
            let finding = finding.at_saying(*last, "has a number of the next role").label(after, begins);
            finding.help("give it a number that its role has, or move the role that comes next")
        } else {
            let finding = finding.at(span).label(after, begins).label(*last, "this one has a number of theirs");
            finding.help("leave room for as many devices as a site may ever have")
        });
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
