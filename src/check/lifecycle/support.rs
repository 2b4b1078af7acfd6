//! Models in use whose maker stops mending faults, told once for each model.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(today) = subject.as_of else { return };
    let network = subject.network;
    if network.models.values().all(|model| model.end_of_support.is_none()) {
        return;
    }
    let months = network.lifecycle.warn_months.as_ref().map_or(6, |months| months.value).min(1200);
    let Ok(horizon) = today.checked_add(jiff::Span::new().months(i64::from(months))) else { return };
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        for model in std::iter::once(&device.model).chain(&device.stack) {
            *used.entry(model.as_str()).or_default() += 1;
        }
    }
    for model in network.models.values() {
        let Some(end) = model.end_of_support.as_ref().filter(|end| end.value <= horizon) else { continue };
        // Dates that contradict each other are told at the model.
        if model.end_of_sale.as_ref().is_some_and(|sale| sale.value > end.value) {
            continue;
        }
        let Some(count) = used.get(model.name.as_str()) else { continue };
        let ended = if end.value < today { "ended" } else { "ends" };
        let message = format!("support for `{}` {ended} on {}, and {count} are in use", model.name.value, end.value);
        let finding = Finding::warning(codes::SUPPORT_ENDS, message).at(end.span);
        findings.push(finding.more(count - 1).help("`samnet show lifecycle` lists them; faults found later stay open"));
    }
}
