//! The slowest rate is one that stations know.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Rates of IEEE 802.11 clauses 15 to 18 in Mbit/s, but for 5.5.
const RATES: [u32; 11] = [1, 2, 6, 9, 11, 12, 18, 24, 36, 48, 54];

/// Those that radios of 5 GHz have as well, and any station of today knows.
const FASTER: [u32; 3] = [6, 12, 24];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        let Some(rate) = &settings.wireless.min_rate_mbit else { continue };
        let finding = if !RATES.contains(&rate.value) {
            let all: Vec<String> = RATES.iter().map(u32::to_string).collect();
            Finding::error(codes::RADIO_RATE, format!("no station sends at {} Mbit/s", rate.value))
                .help(format!("the rates are {}; 12 keeps slow stations from taking the air of all", all.join(", ")))
        } else if rate.value < FASTER[0] || rate.value == 11 {
            // Clause 17 has no rates of DSSS.
            Finding::warning(
                codes::RADIO_RATE,
                format!("{} Mbit/s is a rate of 2.4 GHz alone, from before 2003", rate.value),
            )
            .help("6, 12 and 24 hold on all bands; 12 keeps slow stations from taking the air of all")
        } else if rate.value > FASTER[2] {
            Finding::warning(
                codes::RADIO_RATE,
                format!("{} Mbit/s as the slowest rate leaves stations out one room away", rate.value),
            )
            .help("12 keeps slow stations from taking the air of all, and 24 where access points stand close")
        } else {
            continue;
        };
        findings.push(finding.at(rate.span));
    }
}
