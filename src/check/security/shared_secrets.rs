//! A secret serves one purpose, so that one leak opens one door.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::check::said::{self, Purpose};
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut first: BTreeMap<&Id, (Purpose, Span)> = BTreeMap::new();
    for (what, name, span) in said::secrets(network) {
        let (purpose, place) = *first.entry(name).or_insert((what, span));
        if purpose != what {
            let message = format!("the secret `{name}` serves {} and {}", purpose.word(), what.word());
            findings.push(
                Finding::warning(codes::SECRET_SHARED, message)
                    .at_saying(span, "used again here")
                    .label(place, "first used here")
                    .help("give each its own: who knows one then does not know the other"),
            );
        }
    }
}
