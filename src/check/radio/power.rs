//! Power above what is allowed, or above what the radio has.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for one in air::special(subject) {
        for on in air::radios(&one).filter(|on| !on.off) {
            let Some(power) = on.own.and_then(|own| own.value.power_dbm.as_ref()) else { continue };
            let country = air::country(&one);
            let rules = country.and_then(|country| air::rules(country));
            let rule = rules.zip(on.channel).and_then(|(rules, channel)| air::allowed(rules, on.radio.band, channel));
            let here = "antenna gain included (EIRP)";
            if let (Some(rule), Some(country)) = (rule, country)
                && power.value > rule.power
            {
                let band = air::name(on.radio.band);
                let message = format!(
                    "{} dBm are more than {} allows on this channel of {band}: {} dBm",
                    power.value, country.value, rule.power
                );
                findings.push(
                    Finding::error(codes::RADIO_POWER, message)
                        .at_saying(power.span, here)
                        .label(on.channel_span, "the channel")
                        .help(format!("write `power_dbm: {}` or less, or leave it out", rule.power)),
                );
            } else if let Some(most) = on.radio.power_dbm.as_ref().filter(|most| power.value > most.value) {
                let message = format!("{} dBm are more than the radio can send: {} dBm", power.value, most.value);
                findings.push(
                    Finding::warning(codes::RADIO_POWER, message)
                        .at_saying(power.span, here)
                        .label(most.span, "the most it can")
                        .help(format!("write `power_dbm: {}` or less", most.value)),
                );
            }
        }
    }
}
