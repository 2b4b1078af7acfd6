//! Channels that the band does not have, or not at that width.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::model::Radio;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for model in subject.network.models.values() {
        // A width that does not exist is the reader's finding.
        for radio in model.radios.iter().filter(|radio| air::is_width(radio.width)) {
            let wrong = radio.channels.iter().find(|channel| air::block(radio.band, **channel, radio.width).is_none());
            if let Some(channel) = wrong {
                findings.push(said(radio, *channel, radio.width, radio.span));
            }
        }
    }
    for one in air::special(subject) {
        for on in air::radios(&one).filter(|on| on.own.is_some() && !on.off && air::is_sound(on.radio)) {
            let Some(channel) = on.channel else { continue };
            if !air::is_width(on.width) {
                let message = format!("a channel is 20, 40, 80, 160 or 320 MHz wide, not {}", on.width);
                findings.push(
                    Finding::error(codes::CHANNEL, message)
                        .at(on.width_span)
                        .help("leave `width` out, or take one of these"),
                );
                continue;
            }
            // What the model says wrong is told there.
            let own = on.channel_span != on.radio.span || on.width_span != on.radio.span;
            if own && air::block(on.radio.band, channel, on.width).is_none() {
                let span = if on.channel_span == on.radio.span { on.width_span } else { on.channel_span };
                findings.push(said(on.radio, channel, on.width, span));
            }
        }
    }
}

fn said(radio: &Radio, channel: u32, width: u32, span: Span) -> Finding {
    let band = air::name(radio.band);
    let finding = if air::exists(radio.band, channel) {
        let message = format!("channel {channel} of {band} cannot be {width} MHz wide");
        Finding::error(codes::CHANNEL, message)
            .help("take a narrower width, or a channel that has neighbours to bond with")
    } else {
        Finding::error(codes::CHANNEL, format!("{band} has no channel {channel}")).help(match radio.band {
            crate::model::Band::Ghz2 => "its channels are 1 to 13; 1, 6 and 11 keep out of each other's way",
            crate::model::Band::Ghz5 => "its channels are 36 to 64, 100 to 144 and 149 to 177, in steps of four",
            crate::model::Band::Ghz6 => "its channels are 1 to 233, in steps of four",
        })
    };
    finding.at(span)
}
