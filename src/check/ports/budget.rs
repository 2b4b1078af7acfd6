//! The power set aside on the ports of a switch is there.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for one in subject.placed().filter(|one| one.model.poe_budget.is_some()) {
        let ports = one.facts.ports.iter().filter(|port| port.used && port.poe);
        let watts = ports.filter_map(|port| port.settings.poe_watts.as_ref());
        let asked: u64 = watts.map(|watts| u64::from(watts.value)).sum();
        let members = std::iter::once(&one.device.model).chain(&one.device.stack);
        let budgets = members.filter_map(|name| network.models.get(&name.value)?.poe_budget.as_ref());
        let budget: u64 = budgets.clone().map(|budget| u64::from(budget.value)).sum();
        if asked <= budget {
            continue;
        }
        let message = format!("`{}` has {budget} W for its ports, and {asked} W are set aside", one.facts.name);
        let finding = Finding::error(codes::POWER_BUDGET, message)
            .at_saying(one.device.model.span, "this model")
            .help("move access points or cameras to another switch, or set aside what they really take (`poe_watts`)");
        findings.push(match one.model.poe_budget.as_ref() {
            Some(budget) => finding.label(budget.span, "has so much in each unit"),
            None => finding,
        });
    }
}
