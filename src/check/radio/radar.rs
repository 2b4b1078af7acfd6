//! No channels that radar uses where that is not wanted.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told = std::collections::BTreeSet::new();
    for one in subject.placed().filter(|one| !one.model.radios.is_empty()) {
        let Some(dfs) = one.facts.settings.wireless.dfs.as_ref().filter(|dfs| !dfs.value) else { continue };
        let Some(rules) = air::country(&one).and_then(|country| air::rules(country)) else { continue };
        for on in air::radios(&one).filter(|on| !on.off) {
            let Some(channel) = on.channel else { continue };
            let radar = |part: &u32| air::allowed(rules, on.radio.band, *part).is_some_and(|rule| rule.radar);
            let block = air::block(on.radio.band, channel, on.width).unwrap_or_default();
            if on.radio.band == crate::model::Band::Ghz2 || !block.iter().any(radar) || !told.insert(on.channel_span) {
                continue;
            }
            let message =
                format!("channel {channel} is shared with radar, and `{}` must not use such channels", one.facts.name);
            findings.push(
                Finding::error(codes::CHANNEL_RADAR, message)
                    .at(on.channel_span)
                    .label(dfs.span, "ruled out here")
                    .help("take channels 36 to 48, 80 MHz wide at most"),
            );
        }
    }
}
