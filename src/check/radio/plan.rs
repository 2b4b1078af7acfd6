//! Channel plans whose own channels disturb each other.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::model::{Band, Radio};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for radio in subject.network.models.values().flat_map(|model| &model.radios) {
        if !air::is_sound(radio) {
            continue;
        }
        if let Some(channel) = repeated(radio) {
            findings.push(
                Finding::warning(codes::CHANNEL_PLAN, format!("channel {channel} comes twice in a row in this plan"))
                    .at_saying(radio.span, "neighbouring access points take them in turn")
                    .help("list each channel once, or put others between"),
            );
            continue;
        }
        let Some((a, b)) = clash(radio) else { continue };
        findings.push(
            Finding::warning(
                codes::CHANNEL_PLAN,
                format!("channels {a} and {b} of this plan disturb each other at {} MHz", radio.width),
            )
            .at_saying(radio.span, "neighbouring access points take them in turn")
            .help(match radio.band {
                Band::Ghz2 => "use `channels: [1, 6, 11]` with `width: 20`",
                _ => "list one channel of each block, or take a narrower width",
            }),
        );
    }
}

/// The first two different channels that meet in the air.
fn clash(radio: &Radio) -> Option<(u32, u32)> {
    // A wide channel at 2.4 GHz meets any other one, and is a finding of its own.
    if radio.band == Band::Ghz2 && radio.width > 20 {
        return None;
    }
    let channels = &radio.channels;
    channels.iter().enumerate().find_map(|(n, a)| {
        let meets = |b: &&u32| a != *b && air::overlap(radio.band, (*a, radio.width), (**b, radio.width));
        channels.iter().skip(n + 1).find(meets).map(|b| (*a, *b))
    })
}

/// A channel that follows itself, from the end to the beginning as well.
fn repeated(radio: &Radio) -> Option<u32> {
    let channels = &radio.channels;
    let next = channels.iter().skip(1).chain(channels.first());
    let same = channels.iter().zip(next).find(|(a, b)| a == b && channels.len() > 1);
    same.map(|(channel, _)| *channel)
}
