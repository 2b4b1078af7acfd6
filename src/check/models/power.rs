//! What a model says of the power it gives.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::DeviceModel;

/// What a port of the highest type of IEEE 802.3bt gives, in watts.
const HIGHEST: u32 = 90;
/// The same of the lowest (IEEE 802.3af: 15.4), rounded up.
const LOWEST: u32 = 16;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for model in subject.network.models.values() {
        let name = &model.name.value;
        if let Some(group) = model.ports.iter().find(|group| group.watts.is_some() && !group.poe) {
            findings.push(
                Finding::warning(codes::MODEL_POWER, format!("ports of model `{name}` give watts, but no power"))
                    .at_saying(group.interface.span, "`watts` without `poe: true`")
                    .help("add `poe: true`, or leave `watts` out"),
            );
        }
        let says = model.ports.iter().find(|group| group.poe && group.watts.is_some());
        if let Some((silent, says)) = model.ports.iter().find(|group| group.poe && group.watts.is_none()).zip(says) {
            let message = format!("nothing says how much power these ports of `{name}` give, and others do");
            findings.push(
                Finding::warning(codes::MODEL_POWER, message)
                    .at_saying(silent.interface.span, "`poe: true` without `watts`")
                    .label(says.interface.span, "as here")
                    .help("add `watts`, or leave `poe` out where they give none"),
            );
        }
        if let Some(group) = model.ports.iter().find(|group| group.watts.is_some_and(|watts| watts > HIGHEST)) {
            let message = format!("a port of `{name}` gives {} W", group.watts.unwrap_or_default());
            findings.push(
                Finding::error(codes::MODEL_POWER, message)
                    .at_saying(group.interface.span, "these ports")
                    .help(format!("no port gives more than {HIGHEST} W (IEEE 802.3bt)")),
            );
            continue;
        }
        let Some(budget) = &model.poe_budget else { continue };
        let powered = || model.ports.iter().filter(|group| group.poe);
        let told = model.ports.iter().any(|group| group.watts.is_some() && !group.poe);
        if powered().next().is_none() && told {
            continue;
        }
        if powered().next().is_none() {
            findings.push(
                Finding::warning(
                    codes::MODEL_POWER,
                    format!("model `{name}` has a power budget, and no port that gives power"),
                )
                .at(budget.span)
                .help("add `poe: true` to its ports, or leave `poe_budget` out"),
            );
        } else if let Some(most) = most(model).filter(|most| budget.value / 2 > *most) {
            let message = format!("the ports of `{name}` take {most} W together, and its budget is {} W", budget.value);
            findings.push(
                Finding::warning(codes::MODEL_POWER, message)
                    .at(budget.span)
                    .help("the budget is what the power supply has left for all ports"),
            );
        } else if let Some(group) = powered().find(|group| group.watts.is_some_and(|watts| watts > budget.value)) {
            let watts = group.watts.unwrap_or_default();
            let message =
                format!("all ports of `{name}` together give {} W, and one of them alone {watts} W", budget.value);
            findings.push(
                Finding::error(codes::MODEL_POWER, message)
                    .at(budget.span)
                    .label(group.interface.span, "one of these")
                    .help("the budget is what the power supply has left for all ports"),
            );
        }
    }
}

/// What all ports of a model take at most, where that is said of each that gives power.
fn most(model: &DeviceModel) -> Option<u32> {
    let powered = model.ports.iter().filter(|group| group.poe);
    powered.map(|group| u32::try_from(group.numbers.len()).ok()?.checked_mul(group.watts?.max(LOWEST))).sum()
}
