//! Access points beside each other on the same channel, where somebody said so.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::air::OnAir;
use crate::check::wiring::Placed;
use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let mut sites: BTreeMap<usize, Vec<Placed<'_>>> = BTreeMap::new();
    for one in subject.placed().filter(|one| !one.model.radios.is_empty()) {
        sites.entry(one.facts.site).or_default().push(one);
    }
    for site in sites.values_mut() {
        site.sort_by_key(|one| one.facts.number);
        let heard: Vec<(&Placed<'_>, Vec<OnAir<'_>>)> = site.iter().map(|one| (one, heard(one))).collect();
        for (n, (one, own)) in heard.iter().enumerate() {
            let near = |(other, _): &&(&Placed<'_>, Vec<OnAir<'_>>)| {
                let room = one.device.room.as_ref().zip(other.device.room.as_ref());
                let together = room.is_some_and(|(a, b)| a.value == b.value);
                together || one.facts.number.abs_diff(other.facts.number) == 1
            };
            for (other, theirs) in heard.iter().skip(n + 1).filter(near) {
                for a in own {
                    let Some((b, span)) = theirs.iter().find_map(|b| Some((b, cause(a, b)?))) else { continue };
                    if told.insert(span) {
                        findings.push(said((one, a), (other, b), span));
                    }
                }
            }
        }
    }
}

/// The radios of a device that are on, as far as what is said of them can be.
fn heard<'a>(one: &Placed<'a>) -> Vec<OnAir<'a>> {
    air::radios(one).filter(|on| !on.off && air::is_sound(on.radio)).collect()
}

/// Where it was said that two radios share a channel: at a device, or in a plan that gives all the same one.
fn cause(a: &OnAir<'_>, b: &OnAir<'_>) -> Option<Span> {
    (a.radio.band == b.radio.band).then_some(())?;
    air::overlap(a.radio.band, (a.channel?, a.width), (b.channel?, b.width)).then_some(())?;
    [b, a]
        .into_iter()
        .find(|on| on.channel_span != on.radio.span || on.radio.channels.len() == 1)
        .map(|on| on.channel_span)
}

fn said(one: (&Placed<'_>, &OnAir<'_>), other: (&Placed<'_>, &OnAir<'_>), span: Span) -> Finding {
    let (a, b) = (one.1, other.1);
    let message = format!(
        "neighbours `{}` and `{}` share channel {} of {}",
        one.0.facts.name,
        other.0.facts.name,
        a.channel.unwrap_or_default(),
        air::name(a.radio.band)
    );
    let finding = Finding::warning(codes::CHANNEL_NEIGHBOURS, message)
        .at(span)
        .help("each has half of the air then; give them channels that do not meet, or leave it to the model's plan");
    let far = if span == b.channel_span { a.channel_span } else { b.channel_span };
    if far == span { finding } else { finding.label(far, "the other one's channel") }
}
