//! Channels: which there are, which belong together, who may use them with how much power.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::Subject;
use super::wiring::Placed;
use crate::model::{Band, Radio, RadioPlan};
use crate::source::{Sp, Span};

/// ISO 3166-1 alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO \
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW \
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Where the harmonised European rules hold: the EEA and Switzerland.
const EUROPE: &str = "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

/// Channels that may be used, with the highest power (EIRP) and whether radar comes first (DFS).
pub(super) struct Allowed {
    band: Band,
    first: u32,
    last: u32,
    /// In dBm.
    pub(super) power: u32,
    pub(super) radar: bool,
}

/// EN 300 328 (2.4 GHz, 100 mW), EN 301 893 (5150–5350 MHz 200 mW, 5470–5725 MHz 1 W; radar from 5250 MHz on),
/// EN 303 687 with decision (EU) 2021/1067 (5945–6425 MHz, 200 mW indoors).
const EUROPEAN: &[Allowed] = &[
    Allowed { band: Band::Ghz2, first: 1, last: 13, power: 20, radar: false },
    Allowed { band: Band::Ghz5, first: 36, last: 48, power: 23, radar: false },
    Allowed { band: Band::Ghz5, first: 52, last: 64, power: 23, radar: true },
    Allowed { band: Band::Ghz5, first: 100, last: 140, power: 30, radar: true },
    Allowed { band: Band::Ghz6, first: 1, last: 93, power: 23, radar: false },
];

/// Runs of 20 MHz channels that can be bonded, as first and last channel (IEEE 802.11 annex E).
const RUNS: &[(Band, u32, u32)] =
    &[(Band::Ghz5, 36, 64), (Band::Ghz5, 100, 144), (Band::Ghz5, 149, 177), (Band::Ghz6, 1, 233)];

/// How people name a band.
pub(super) const fn name(band: Band) -> &'static str {
    match band {
        Band::Ghz2 => "2.4 GHz",
        Band::Ghz5 => "5 GHz",
        Band::Ghz6 => "6 GHz",
    }
}

/// Whether there is such a country.
pub(super) fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split_whitespace().any(|known| known == code)
}

/// The rules of a country, where they are known.
pub(super) fn rules(country: &str) -> Option<&'static [Allowed]> {
    EUROPE.split_whitespace().any(|known| known == country).then_some(EUROPEAN)
}

/// The rule for a channel of 20 MHz; `None` where it may not be used.
pub(super) fn allowed(rules: &'static [Allowed], band: Band, channel: u32) -> Option<&'static Allowed> {
    rules.iter().find(|rule| rule.band == band && (rule.first..=rule.last).contains(&channel))
}

/// Whether a band has a channel of that number at all.
pub(super) fn exists(band: Band, channel: u32) -> bool {
    match band {
        Band::Ghz2 => (1..=14).contains(&channel),
        _ => run(band, channel).is_some(),
    }
}

fn run(band: Band, channel: u32) -> Option<(u32, u32)> {
    let in_run = |(of, first, last): &&(Band, u32, u32)| {
        *of == band && (*first..=*last).contains(&channel) && (channel - first).is_multiple_of(4)
    };
    RUNS.iter().find(in_run).map(|(_, first, last)| (*first, *last))
}

/// The 20 MHz channels a channel of some width is made of; `None` where no such channel exists.
///
/// At 2.4 GHz channels lie 5 MHz apart, so that each stands for itself and its four neighbours upwards.
pub(super) fn block(band: Band, channel: u32, width: u32) -> Option<Vec<u32>> {
    let step = if band == Band::Ghz2 { 1 } else { 4 };
    bounds(band, channel, width).map(|(first, last)| (first..=last).step_by(step).collect())
}

/// The first and the last of them.
fn bounds(band: Band, channel: u32, width: u32) -> Option<(u32, u32)> {
    let parts = width / 20;
    if band == Band::Ghz2 {
        return (exists(band, channel) && parts <= 2).then(|| (channel, channel + 4 * parts - 1));
    }
    let (first, last) = run(band, channel)?;
    let index = (channel - first) / 4;
    let start = first + 4 * (index - index % parts.max(1));
    let end = start + 4 * (parts.max(1) - 1);
    (end <= last).then_some((start, end))
}

/// Whether every channel of a plan exists at its width; what does not is told at the plan, once.
pub(super) fn is_sound(radio: &Radio) -> bool {
    is_width(radio.width) && radio.channels.iter().all(|channel| bounds(radio.band, *channel, radio.width).is_some())
}

/// Whether there are channels of a width.
pub(super) const fn is_width(width: u32) -> bool {
    matches!(width, 20 | 40 | 80 | 160 | 320)
}

/// Whether two channels of one band disturb each other.
pub(super) fn overlap(band: Band, a: (u32, u32), b: (u32, u32)) -> bool {
    // Channels of one run lie as far apart in every block, and runs do not meet.
    let (Some(a), Some(b)) = (bounds(band, a.0, a.1), bounds(band, b.0, b.1)) else { return false };
    a.0.max(b.0) <= a.1.min(b.1)
}

/// What one radio of one access point does.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnAir<'a> {
    pub(super) radio: &'a Radio,
    /// What the device itself says.
    pub(super) own: Option<&'a Sp<RadioPlan>>,
    pub(super) channel: Option<u32>,
    /// Where the channel stands.
    pub(super) channel_span: Span,
    pub(super) width: u32,
    pub(super) width_span: Span,
    pub(super) off: bool,
}

/// The radios of an access point.
pub(super) fn radios<'a>(one: &Placed<'a>) -> impl Iterator<Item = OnAir<'a>> {
    let (device, model) = (one.device, one.model);
    model.radios.iter().map(move |radio| {
        let own = device.radios.get(&radio.name.value);
        let plan = own.map(|plan| &plan.value);
        let channel = plan.and_then(|plan| plan.channel.as_ref());
        let width = plan.and_then(|plan| plan.width.as_ref());
        // Access point n of a site takes entry n − 1, round and round.
        let turn = usize::try_from(device.number.saturating_sub(1)).ok();
        let planned = turn.and_then(|turn| radio.channels.get(turn.checked_rem(radio.channels.len())?));
        OnAir {
            radio,
            own,
            channel: channel.map(|said| said.value).or(planned.copied()),
            channel_span: channel.map_or(radio.span, |said| said.span),
            width: width.map_or(radio.width, |said| said.value),
            width_span: width.map_or(radio.span, |said| said.span),
            off: plan.and_then(|plan| plan.off.as_ref()).is_some_and(|off| off.value),
        }
    })
}

/// The country a device is in.
pub(super) fn country<'a>(one: &Placed<'a>) -> Option<&'a Sp<String>> {
    one.facts.settings.wireless.country.as_ref()
}

/// Models with radios and the countries they are used in, each pair once with one of its devices.
pub(super) fn models(subject: Subject<'_>) -> Vec<Placed<'_>> {
    let mut looked = HashSet::new();
    let mut seen: BTreeSet<(&str, Option<&str>)> = BTreeSet::new();
    // Most share what is said of them as well.
    let kind = |one: &Placed<'_>| (std::ptr::from_ref(one.model), Arc::as_ptr(&one.facts.settings));
    let with_radios = subject.placed().filter(|one| !one.model.radios.is_empty() && looked.insert(kind(one)));
    with_radios.filter(|one| seen.insert((&one.model.name.value, country(one).map(|code| code.as_str())))).collect()
}

/// Access points of which something is said that their model's plan does not say.
pub(super) fn special(subject: Subject<'_>) -> impl Iterator<Item = Placed<'_>> {
    subject.placed().filter(|one| !one.device.radios.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_channels_are_made_of_the_blocks_the_standard_has() {
        assert_eq!(block(Band::Ghz5, 44, 80), Some(vec![36, 40, 44, 48]));
        assert_eq!(block(Band::Ghz5, 52, 160), Some(vec![36, 40, 44, 48, 52, 56, 60, 64]));
        assert_eq!(block(Band::Ghz5, 132, 160), None);
        assert_eq!(block(Band::Ghz5, 165, 40), Some(vec![165, 169]));
        assert_eq!(block(Band::Ghz5, 38, 40), None);
        assert_eq!(block(Band::Ghz6, 93, 40), Some(vec![89, 93]));
        assert_eq!(block(Band::Ghz6, 233, 40), None);
        assert_eq!(block(Band::Ghz2, 6, 80), None);
    }

    #[test]
    fn channels_of_one_band_disturb_each_other_where_they_meet() {
        assert!(overlap(Band::Ghz2, (1, 20), (3, 20)) && overlap(Band::Ghz2, (6, 20), (6, 20)));
        assert!(!overlap(Band::Ghz2, (1, 20), (5, 20)) && overlap(Band::Ghz2, (1, 40), (6, 20)));
        assert!(overlap(Band::Ghz5, (36, 80), (48, 20)) && !overlap(Band::Ghz5, (36, 80), (52, 80)));
    }

    #[test]
    fn rules_know_their_channels() {
        let europe = rules("SE").unwrap();
        assert!(allowed(europe, Band::Ghz2, 13).is_some() && allowed(europe, Band::Ghz2, 14).is_none());
        assert!(allowed(europe, Band::Ghz5, 52).unwrap().radar && !allowed(europe, Band::Ghz5, 48).unwrap().radar);
        assert!(allowed(europe, Band::Ghz5, 144).is_none() && allowed(europe, Band::Ghz6, 97).is_none());
        assert!(is_country("US") && rules("US").is_none() && !is_country("SW") && !is_country("E "));
    }
}
