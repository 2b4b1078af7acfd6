//! No channels that radar uses where that is not wanted.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{MOST_LABELS, Subject, air};
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::DeviceName;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    // Channels of plans that one place rules out: each plan with its channel and a device that takes it.
    let mut plans: BTreeMap<Span, BTreeMap<Span, (u32, &DeviceName)>> = BTreeMap::new();
    for one in subject.placed().filter(|one| !one.model.radios.is_empty()) {
        let Some(dfs) = one.facts.settings.wireless.dfs.as_ref().filter(|dfs| !dfs.value) else { continue };
        let Some(rules) = air::country(&one).and_then(|country| air::rules(country)) else { continue };
        for on in air::radios(&one).filter(|on| !on.off) {
            let Some(channel) = on.channel else { continue };
            let radar = |part: &u32| air::allowed(rules, on.radio.band, *part).is_some_and(|rule| rule.radar);
            let block = air::block(on.radio.band, channel, on.width).unwrap_or_default();
            if on.radio.band == crate::model::Band::Ghz2 || !block.iter().any(radar) {
                continue;
            }
            if on.channel_span == on.radio.span {
                plans.entry(dfs.span).or_default().entry(on.radio.span).or_insert((channel, &one.facts.name));
            } else if told.insert(on.channel_span) {
                let message = format!(
                    "channel {channel} is shared with radar, and `{}` must not use such channels",
                    one.facts.name
                );
                findings.push(
                    Finding::error(codes::CHANNEL_RADAR, message)
                        .at(on.channel_span)
                        .label(dfs.span, "ruled out here")
                        .help("take channels 36 to 48, 80 MHz wide at most"),
                );
            }
        }
    }
    for (dfs, plans) in plans {
        let Some((channel, device)) = plans.values().next() else { continue };
        let message = format!("`{device}` and others plan with channel {channel}, which is shared with radar");
        let finding = Finding::error(codes::CHANNEL_RADAR, message)
            .at_saying(dfs, "such channels are ruled out here")
            .help("allow them again, or take channels 36 to 48 into the plan, 80 MHz wide at most");
        let label = |finding: Finding, span: &Span| finding.label(*span, "a plan with such channels");
        findings.push(plans.keys().take(MOST_LABELS).fold(finding, label));
    }
}
