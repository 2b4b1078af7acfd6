//! Changes are rolled out with time to think, and stop when they fail.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Seconds within which a person notices that a site is gone, and a device that reloads has come back.
const LEAST: u64 = 60;
/// A device that waits longer than an hour has forgotten what for.
const MOST: u64 = 3600;

/// Devices that may well be changed at once.
const SMALL: u32 = 50;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let change = &subject.network.policy.change;
    if let Some(within) = change.confirm_within.as_ref().filter(|it| !(LEAST..=MOST).contains(&it.value)) {
        let why = if within.value < LEAST { "health checks need longer than that" } else { "nobody waits that long" };
        let message = format!("devices wait {} seconds for confirmation", within.value);
        let finding = Finding::warning(codes::ROLLOUT_RISKY, message).at_saying(within.span, why);
        findings.push(finding.help(format!("between {LEAST} and {MOST}; 300 is usual")));
    }
    if let Some(wave) = change.wave.as_ref().filter(|wave| wave.value == 0) {
        let finding = Finding::error(codes::ROLLOUT_RISKY, "a wave of no devices changes nothing").at(wave.span);
        findings.push(finding.help("leave `wave` out, or say how many devices are changed at once"));
    }
    let devices = u32::try_from(subject.derived.configured().count()).unwrap_or(u32::MAX);
    if let Some(wave) = change.wave.as_ref().filter(|wave| wave.value > SMALL && wave.value >= devices) {
        let message = format!("behind the first, all of {devices} devices are one wave");
        let finding = Finding::warning(codes::ROLLOUT_RISKY, message).at(wave.span);
        findings.push(finding.help("a wave is a part of the devices; 10 is usual"));
    }
    if let (Some(wave), Some(budget)) = (&change.wave, &change.failure_budget)
        && budget.value > wave.value
        && wave.value > 0
    {
        let message = format!("{} devices may fail before anything stops, more than a wave has", budget.value);
        findings.push(
            Finding::warning(codes::ROLLOUT_RISKY, message)
                .at(budget.span)
                .label(wave.span, "devices in a wave")
                .help("a failure budget of a third of the wave stops in time"),
        );
    }
}
