//! Models of which there is no device.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) || !network.gaps.sites.is_empty() || network.sites.is_empty() {
        return;
    }
    let devices = network.sites.iter().flat_map(|site| &site.devices);
    let used: BTreeSet<&str> = devices
        .flat_map(|device| std::iter::once(&device.model).chain(&device.stack))
        .map(|model| model.as_str())
        .collect();
    for model in network.models.values().filter(|model| !used.contains(model.name.as_str())) {
        let message = format!("no device is a `{}`", model.name.value);
        let finding = Finding::note(codes::IDLE, message).at(model.name.span);
        findings.push(finding.help("take the model out, unless devices of it are on their way"));
    }
}
