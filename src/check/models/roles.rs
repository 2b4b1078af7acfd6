//! Access points have radios, and nothing else has.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::Placed;
use crate::finding::{About, Finding, codes};
use crate::model::Role;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let misfit = |one: Placed<'_>| (one.facts.role == Role::Ap) == one.model.radios.is_empty();
    let unresolved = subject.derived.sites.iter().flat_map(|site| &site.devices).any(Option::is_none);
    if !unresolved && !subject.placed().any(misfit) {
        return;
    }
    let mut told: BTreeSet<Span> = BTreeSet::new();
    // Lines that name each model, and how many of them have a role it does not fit.
    let mut lines: BTreeMap<&str, (BTreeSet<Span>, BTreeSet<Span>)> = BTreeMap::new();
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        let Some(model) = subject.network.models.get(device.model.as_str()) else { continue };
        let (all, wrong) = lines.entry(&device.model.value).or_default();
        all.insert(device.model.span);
        if (device.role == Role::Ap) == model.radios.is_empty() {
            wrong.insert(device.model.span);
        }
    }
    for site in &subject.network.sites {
        for device in &site.devices {
            let Some(model) = subject.network.models.get(device.model.as_str()) else { continue };
            let message = match (device.role == Role::Ap, model.radios.is_empty()) {
                (true, true) => "has no radio",
                (false, false) => "is an access point",
                _ => continue,
            };
            // Where no device fits, the model does not.
            let lines =
                lines.get(device.model.as_str()).map_or(0, |(all, wrong)| if all == wrong { all.len() } else { 0 });
            if lines > 1 {
                if told.insert(model.name.span) {
                    let message = format!(
                        "model `{}` {message}, and each of its devices is a `{}`",
                        model.name.value,
                        device.role.word()
                    );
                    findings.push(
                        Finding::error(codes::MODEL_ROLE, message)
                            .at(model.name.span)
                            .label(device.model.span, "the first of them")
                            .help("give the model the radios it has, or none"),
                    );
                }
                continue;
            }
            if told.insert(device.model.span) {
                let stands = device.role.word();
                let message = format!("model `{}` {message}, and stands here as {stands}", model.name.value);
                let finding = Finding::error(codes::MODEL_ROLE, message)
                    .at(device.model.span)
                    .label(model.name.span, "the model")
                    .help("take a model that fits the role, or a role that fits the model");
                findings.push(if device.role == Role::Ap { finding } else { finding.about(About::Misplaced) });
            }
        }
    }
}
