//! Devices that belong together: pairs, and those that must not change in the same wave.

use super::facts::PairFacts;
use super::work::Work;
use crate::finding::{Finding, codes};
use crate::model::{Device, PairKind};
use crate::value::DeviceName;

/// Resolves `redundant_with` and `pair`.
pub(super) fn run(work: &mut Work<'_, '_>) {
    for index in work.nodes.range() {
        let said = |device: &&Device| device.redundant_with.is_some() || device.pair.is_some();
        let Some(device) = work.device(index).filter(said) else { continue };
        let site = work.nodes.get(index).map_or(0, |node| node.site);
        let other = device.redundant_with.as_ref().and_then(|other| work.resolve(site, &other.value));
        let name = other.and_then(|other| name(work, other));
        if let (Some(name), Some(node)) = (name, work.nodes.get_mut(index)) {
            node.redundant_with = Some(name);
        }
        pair(work, index, device);
    }
}

/// Makes both devices of a pair say the same.
fn pair(work: &mut Work<'_, '_>, index: usize, device: &Device) {
    let Some(said) = &device.pair else { return };
    let Some(site) = work.nodes.get(index).map(|node| node.site) else { return };
    // A reference to no device is the inventory's own finding.
    let Some(other) = work.resolve(site, &said.with.value) else { return };
    let wrong = |message: String| Finding::error(codes::PAIR, message).at(said.with.span);
    if other == index {
        let message = format!("{} makes a pair with itself", work.what(index));
        work.report(wrong(message).help("name the other device"));
        return;
    }
    let Some(there) = work.device(other) else { return };
    if there.role != device.role {
        let message = format!("{} and {} make no pair", work.what(index), work.what(other));
        let roles = format!("one has the role `{}`, the other `{}`", device.role.word(), there.role.word());
        work.report(wrong(message).help(roles));
        return;
    }
    let far_site = work.nodes.get(other).map_or(site, |node| node.site);
    if let Some(back) = &there.pair {
        // A pair with itself, with nobody or with another role is told there.
        let back_to = work.resolve(far_site, &back.with.value);
        let sound = back_to.filter(|it| *it != other).and_then(|it| work.device(it)).filter(|it| it.role == there.role);
        if sound.is_none() {
            return;
        }
        let agrees = work.resolve(far_site, &back.with.value) == Some(index) && back.kind.value == said.kind.value;
        if !agrees {
            // Said at both ends, so told at one.
            if index < other || work.resolve(far_site, &back.with.value) != Some(index) {
                let message = format!("{} and {} disagree about their pair", work.what(index), work.what(other));
                work.report(
                    wrong(message)
                        .label(back.with.span, "the other one says this")
                        .help("say it once, at either device; the other follows"),
                );
            }
            return;
        }
    }
    for (near, far) in [(index, other), (other, index)] {
        let Some(device) = name(work, far) else { continue };
        let made = PairFacts { device, kind: said.kind.value };
        let Some(known) = work.nodes.get_mut(near).map(|node| &mut node.pair) else { continue };
        match known {
            Some(known) if *known != made => {
                let message = format!(
                    "{} is in two pairs, with `{}` and `{}`",
                    work.what(near),
                    known_name(work, near),
                    made.device
                );
                work.report(wrong(message).help("a device makes a pair with one other"));
                return;
            }
            _ => *known = Some(made),
        }
    }
}

fn known_name(work: &Work<'_, '_>, node: usize) -> String {
    let pair = work.nodes.get(node).and_then(|node| node.pair.as_ref());
    pair.map(|pair| pair.device.to_string()).unwrap_or_default()
}

fn name(work: &Work<'_, '_>, node: usize) -> Option<DeviceName> {
    work.nodes.get(node).map(|node| node.name.clone())
}

/// Whether two devices aggregate links over both of them.
pub(super) fn mlag(work: &Work<'_, '_>, a: usize, b: usize) -> bool {
    let (Some(a), Some(b)) = (work.nodes.get(a), work.nodes.get(b)) else { return false };
    a.pair.as_ref().is_some_and(|pair| pair.kind == PairKind::Mlag && pair.device == b.name)
}
