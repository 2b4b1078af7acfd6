//! Pairs of devices that can stand in for each other.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{DeviceRef, PairKind, Role};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (index, site) in network.sites.iter().enumerate() {
        for device in &site.devices {
            let Some(pair) = &device.pair else { continue };
            let fits = match pair.kind.value {
                PairKind::Ha => device.role == Role::Firewall,
                PairKind::Mlag => matches!(device.role, Role::Core | Role::Distribution | Role::Access),
                PairKind::Vrrp => matches!(device.role, Role::Core | Role::Distribution),
            };
            let with = &pair.value.with;
            let other = far(subject, index, with);
            let finding = if !fits {
                let message = format!("no {} makes a pair of this kind", device.role.word());
                Finding::error(codes::PAIR_KIND, message).at(pair.kind.span).help(
                    "`ha` is for firewalls, `mlag` for switches that share groups of links, `vrrp` for switches that route",
                )
            } else if let Some((own, there)) = device
                .partition
                .as_ref()
                .zip(other.and_then(|other| other.partition.as_ref()))
                .filter(|(own, there)| pair.kind.value == PairKind::Ha && own.value != there.value)
            {
                let message =
                    format!("the two of a pair are to have one partition: `{}` or `{}`", own.value, there.value);
                // The later one, as with everything that is said twice.
                let (first, later) =
                    if own.span < there.span { (own.span, there.span) } else { (there.span, own.span) };
                Finding::error(codes::PAIR_KIND, message)
                    .at(later)
                    .label(first, "the other one")
                    .help("they share one configuration, so write the same `partition` for both")
            } else if let Some(other) =
                other.filter(|other| other.role == device.role && other.model.value != device.model.value)
            {
                let message = format!(
                    "the two of a pair are different models: `{}` and `{}`",
                    device.model.value, other.model.value
                );
                Finding::warning(codes::PAIR_KIND, message)
                    .at(with.span)
                    .label(device.model.span, "this one")
                    .label(other.model.span, "the other one")
                    .help("what only one of them can do is lost on the day it fails; take two alike")
            } else {
                continue;
            };
            // Both say that they are a pair: one of them tells.
            let twin = other.and_then(|other| other.pair.as_ref()).is_some_and(|twin| told.contains(&twin.span));
            if told.insert(pair.span) && !twin {
                findings.push(finding);
            }
        }
    }
}

fn far<'a>(subject: Subject<'a>, site: usize, to: &DeviceRef) -> Option<&'a crate::model::Device> {
    subject.written(subject.derived.devices.get(subject.derived.resolve(site, to)?)?)
}
