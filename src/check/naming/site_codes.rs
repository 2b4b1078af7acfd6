//! Sites of one organisation must be told apart in device names, after Swedish letters have become a–z.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Site;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<(&str, &str), &Site> = BTreeMap::new();
    for (site, facts) in subject.network.sites.iter().zip(&subject.derived.sites) {
        let key = (site.organisation.as_str(), facts.code.as_str());
        let first = first.entry(key).or_insert(site);
        // One identifier twice is a finding of its own.
        if first.id.value == site.id.value {
            continue;
        }
        let message =
            format!("sites `{}` and `{}` are both `{}` in device names", first.id.value, site.id.value, facts.code);
        findings.push(
            Finding::error(codes::DUPLICATE_HOSTNAME, message)
                .at_saying(place(site), "this one as well")
                .label(place(first), "first used here")
                .help("give one of them another `code:`"),
        );
    }
}

fn place(site: &Site) -> Span {
    site.code.as_ref().map_or(site.name.span, |code| code.span)
}
