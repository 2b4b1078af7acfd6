//! Devices are managed by features their platform has; another one would leave a part of the device
//! unmanaged in silence.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        if device.managed.is_empty() {
            continue;
        }
        let model = subject.network.models.get(device.model.as_str());
        let Some(entry) = model.and_then(|model| subject.library.get(model.platform.as_str())) else { continue };
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
}
