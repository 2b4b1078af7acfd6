//! At 2.4 GHz a wide channel takes most of the band.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::model::Band;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let planned = subject.network.models.values().flat_map(|model| &model.radios);
    let planned = planned.map(|radio| (radio.band, radio.width, radio.span));
    let special: Vec<_> = air::special(subject).collect();
    let own = special
        .iter()
        .flat_map(|one| air::radios(one))
        .filter(|on| on.width_span != on.radio.span && air::is_sound(on.radio));
    for (band, width, span) in planned.chain(own.map(|on| (on.radio.band, on.width, on.width_span))) {
        if band != Band::Ghz2 || width != 40 {
            continue;
        }
        findings.push(
            Finding::warning(codes::CHANNEL_WIDE, "a 40 MHz channel at 2.4 GHz leaves room for one other")
                .at(span)
                .help("use `width: 20`: three access points then do not disturb each other (1, 6, 11)"),
        );
    }
}
