//! Models run platforms that exist, and devices are managed by features their platform has.

use super::Subject;
use crate::finding::{Finding, codes};
use crate::model::Device;

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let known: Vec<&str> = subject.library.iter().map(|(name, _)| name).collect();
    for model in subject.network.models.values() {
        let platform = &model.platform;
        if subject.library.get(platform.as_str()).is_some() {
            continue;
        }
        let message = format!("model `{}` runs `{}`, and there is no such platform", model.name.value, platform.value);
        let finding = Finding::error(codes::UNKNOWN_PLATFORM, message).at(platform.span);
        findings.push(finding.meant(platform.as_str(), known.iter().copied(), || {
            format!("there are {}; another one is a folder under templates/", known.join(", "))
        }));
    }
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        features(subject, device, findings);
    }
}

/// A feature that the platform does not have would leave a part of the device unmanaged in silence.
fn features(subject: Subject<'_>, device: &Device, findings: &mut Vec<Finding>) {
    if device.managed.is_empty() {
        return;
    }
    let model = subject.network.models.get(&device.model.value);
    let Some(entry) = model.and_then(|model| subject.library.get(model.platform.as_str())) else { return };
    let features = entry.platform.rules.features();
    for feature in device.managed.iter().filter(|feature| !features.contains(feature.as_str())) {
        let message = format!("{} has no feature `{}`", entry.platform.title, feature.value);
        let finding = Finding::error(codes::UNKNOWN_NAME, message).at(feature.span);
        let all: Vec<&str> = features.iter().map(String::as_str).collect();
        findings.push(
            finding.meant(feature.as_str(), all.iter().copied(), || format!("its features are {}", all.join(", "))),
        );
    }
}
