//! Devices installed after their model was no longer sold.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told = BTreeSet::new();
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        for model in std::iter::once(&device.model).chain(&device.stack) {
            let end = network.models.get(model.as_str()).and_then(|model| model.end_of_sale.as_ref());
            let Some(end) = end else { continue };
            let Some(installed) = device.installed.as_ref().filter(|day| day.value > end.value) else { continue };
            if told.insert(model.as_str()) {
                let message = format!("a `{}` was installed after its maker sold the last one", model.value);
                let finding =
                    Finding::note(codes::SOLD_OUT, message).at(installed.span).label(end.span, "sold until then");
                findings.push(finding.help("spare parts will be second-hand: plan its end"));
            }
        }
    }
}
