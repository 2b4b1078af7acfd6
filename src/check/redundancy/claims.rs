//! Devices that are said to stand in for each other and would fail together.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::Claim;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::value::DeviceName;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let claims: Vec<Claim<'_>> = subject.claims().collect();
    let parties: BTreeSet<&DeviceName> =
        claims.iter().flat_map(|claim| [&claim.one.facts.name, &claim.other.name]).collect();
    if parties.is_empty() {
        return;
    }
    let mut inwards: BTreeMap<&DeviceName, BTreeSet<&DeviceName>> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.leads_inwards() && parties.contains(&end.device.name)) {
        inwards.entry(&end.device.name).or_default().insert(&end.far.name);
    }
    let mut told: BTreeSet<(&DeviceName, &DeviceName)> = BTreeSet::new();
    for Claim { one, paired, with: claim, other } in claims {
        let (a, b) = (&one.facts.name, &other.name);
        // A pair with itself is a finding of derivation.
        let itself = a == b;
        if (itself && paired) || !told.insert((a.min(b), a.max(b))) {
            continue;
        }
        if itself {
            findings.push(
                Finding::error(codes::REDUNDANCY, format!("`{a}` is said to stand in for itself"))
                    .at(claim.span)
                    .help("name the other device"),
            );
        } else if !paired && one.facts.role != other.role {
            let message = format!(
                "`{a}` and `{b}` do not stand in for each other: one is a {}, the other a {}",
                one.facts.role.word(),
                other.role.word()
            );
            findings.push(
                Finding::warning(codes::REDUNDANCY, message)
                    .at(claim.span)
                    .label(other.span, "the other one")
                    .help("name a device of the same role"),
            );
        } else if let Some(both) = single(&inwards, one.facts, other).filter(|both| choice(subject, both)) {
            findings.push(
                Finding::warning(
                    codes::REDUNDANCY,
                    format!("`{a}` and `{b}` both hang on `{both}` alone, and fail with it"),
                )
                .at(claim.span)
                .label(other.span, "the other one")
                .help("lead one of them to another device as well"),
            );
        }
    }
}

/// Whether there is another device that one of them could be led to.
fn choice(subject: Subject<'_>, both: &DeviceName) -> bool {
    let Some(both) = subject.derived.devices.get(both) else { return false };
    let site = subject.network.sites.get(both.site).into_iter().flat_map(|site| &site.devices);
    site.filter(|device| device.role == both.role).nth(1).is_some()
}

/// The one device that both depend on.
fn single<'a>(
    inwards: &BTreeMap<&'a DeviceName, BTreeSet<&'a DeviceName>>,
    a: &DeviceFacts,
    b: &DeviceFacts,
) -> Option<&'a DeviceName> {
    // What joins the two is no way out.
    let ways = |of: &DeviceFacts, without: &DeviceFacts| -> Vec<&'a DeviceName> {
        inwards.get(&of.name).into_iter().flatten().copied().filter(|name| **name != without.name).collect()
    };
    match (ways(a, b).as_slice(), ways(b, a).as_slice()) {
        ([one], [other]) if one == other => Some(one),
        _ => None,
    }
}
