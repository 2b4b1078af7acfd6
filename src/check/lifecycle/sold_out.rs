//! Devices installed after their model was no longer sold.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told = BTreeSet::new();
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        let model = network.models.get(device.model.as_str());
        let Some(end) = model.and_then(|model| model.end_of_sale.as_ref()) else { continue };
        let Some(installed) = device.installed.as_ref().filter(|day| day.value > end.value) else { continue };
        if told.insert(device.model.as_str()) {
            let message = format!("a `{}` was installed after its maker sold the last one", device.model.value);
            let finding = Finding::note(codes::SOLD_OUT, message).at(installed.span);
            findings
                .push(finding.label(end.span, "sold until then").help("spare parts will be second-hand: plan its end"));
        }
    }
}
