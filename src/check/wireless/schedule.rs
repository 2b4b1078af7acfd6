//! Schedules that mean nothing, or more than they say.

use crate::check::Subject;
use crate::finding::{Finding, Severity, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for ssid in &subject.network.ssids {
        let Some(schedule) = &ssid.schedule else { continue };
        let (from, to) = (&schedule.value.from, &schedule.value.to);
        if from.value == to.value {
            findings.push(
                Finding::error(
                    codes::SSID_SCHEDULE,
                    format!(
                        "`{}` is on air from {} to {}: never, or always?",
                        ssid.name.value,
                        short(from.value),
                        short(to.value)
                    ),
                )
                .at(to.span)
                .label(from.span, "begins here")
                .help("leave `schedule` out for always; take the network out for never"),
            );
        } else if from.value > to.value && !schedule.value.days.is_empty() {
            let message = format!("`{}` goes on after midnight, on days that are not listed", ssid.name.value);
            findings.push(
                Finding { severity: Severity::Note, ..Finding::warning(codes::SSID_SCHEDULE, message) }
                    .at_saying(to.span, "on the day after")
                    .label(from.span, "begins on the days listed")
                    .help("nothing to do, if that is meant"),
            );
        }
    }
}

fn short(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}
