//! The slowest rate is one that stations know.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Rates of IEEE 802.11 clauses 15 to 18 in Mbit/s, but for 5.5.
const RATES: [u32; 11] = [1, 2, 6, 9, 11, 12, 18, 24, 36, 48, 54];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        let Some(rate) = settings.wireless.min_rate_mbit.as_ref().filter(|rate| !RATES.contains(&rate.value)) else {
            continue;
        };
        let all: Vec<String> = RATES.iter().map(u32::to_string).collect();
        findings.push(
            Finding::error(codes::RADIO_RATE, format!("no station sends at {} Mbit/s", rate.value))
                .at(rate.span)
                .help(format!("the rates are {}; 12 keeps slow stations from taking the air of all", all.join(", "))),
        );
    }
}
