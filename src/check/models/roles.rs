//! Access points have radios, and nothing else has.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Role;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for site in &subject.network.sites {
        for device in &site.devices {
            let Some(model) = subject.network.models.get(&device.model.value) else { continue };
            let message = match (device.role == Role::Ap, model.radios.is_empty()) {
                (true, true) => "has no radio",
                (false, false) => "is an access point",
                _ => continue,
            };
            if told.insert(device.model.span) {
                findings.push(
                    Finding::error(
                        codes::MODEL_ROLE,
                        format!("model `{}` {message}, and stands here as {}", model.name.value, device.role.word()),
                    )
                    .at(device.model.span)
                    .label(model.name.span, "the model")
                    .help("take a model that fits the role, or a role that fits the model"),
                );
            }
        }
    }
}
