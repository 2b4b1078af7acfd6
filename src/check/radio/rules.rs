//! Channels that may not be used in the country.

use crate::check::air::OnAir;
use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for one in air::models(subject) {
        let Some(country) = air::country(&one) else { continue };
        for radio in &one.model.radios {
            let wrong = radio.channels.iter().find_map(|channel| forbidden(country, radio.band, *channel, radio.width));
            if let Some(wrong) = wrong {
                findings.push(said(country, radio.band, wrong, radio.span));
            }
        }
    }
    for one in air::special(subject) {
        let Some(country) = air::country(&one) else { continue };
        for on in air::radios(&one).filter(|on| on.own.is_some() && !on.off && air::is_sound(on.radio)) {
            let OnAir { radio, channel: Some(channel), width, .. } = on else { continue };
            let span = if on.channel_span == radio.span { on.width_span } else { on.channel_span };
            if span != radio.span
                && let Some(wrong) = forbidden(country, radio.band, channel, width)
            {
                findings.push(said(country, radio.band, wrong, span));
            }
        }
    }
}

/// The first part of a channel that the country does not allow.
fn forbidden(country: &str, band: crate::model::Band, channel: u32, width: u32) -> Option<u32> {
    let rules = air::rules(country)?;
    // A channel that does not exist is a finding of its own.
    let mut block = air::block(band, channel, width)?;
    if band == crate::model::Band::Ghz2 {
        block.truncate(1);
    }
    block.into_iter().find(|part| air::allowed(rules, band, *part).is_none())
}

fn said(country: &Sp<String>, band: crate::model::Band, channel: u32, span: Span) -> Finding {
    let message = format!("channel {channel} of {} may not be used in {}", air::name(band), country.value);
    Finding::error(codes::CHANNEL_FORBIDDEN, message).at(span).label(country.span, "the country").help(match band {
        crate::model::Band::Ghz2 => "channels 1 to 13 may (EN 300 328)",
        crate::model::Band::Ghz5 => "channels 36 to 64 and 100 to 140 may (EN 301 893)",
        crate::model::Band::Ghz6 => "channels 1 to 93 may (EN 303 687)",
    })
}
