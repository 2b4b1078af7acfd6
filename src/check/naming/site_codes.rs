//! Sites of one organisation must be told apart in device names, after Swedish letters have become a–z.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Site;
use crate::source::Span;
use crate::source::yaml::short;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    domain(subject, findings);
    let mut first: BTreeMap<(&str, &str), &Site> = BTreeMap::new();
    for (site, facts) in subject.network.sites.iter().zip(&subject.derived.sites) {
        if facts.code.is_empty() {
            let message = format!("nothing of `{}` can stand in the names of its devices", short(&site.name));
            let finding = Finding::error(codes::HOSTNAME, message).at(place(site));
            findings.push(finding.help("give the site a `code:`"));
            continue;
        }
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

/// Longest name in DNS, in characters as written (RFC 1035, 2.3.4).
const LONGEST: usize = 253;

/// A domain that makes the longest device name too long for DNS.
fn domain(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let domain = &subject.network.domain;
    let longest = subject.derived.devices.values().max_by_key(|facts| facts.name.as_str().len());
    let Some(facts) = longest else { return };
    let length = facts.name.as_str().len() + 1 + domain.value.len();
    if length > LONGEST {
        let message = format!("`{}` and this domain have {length} characters; a name in DNS has {LONGEST}", facts.name);
        let finding = Finding::error(codes::HOSTNAME, message).at(domain.span).label(facts.span, "the device");
        findings.push(finding.help("take a shorter domain"));
    }
}

fn place(site: &Site) -> Span {
    site.code.as_ref().map_or(site.name.span, |code| code.span)
}
