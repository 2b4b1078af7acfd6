//! Sites must be told apart in device names, after Swedish letters have become a–z as well.

use std::collections::BTreeMap;

use super::Subject;
use crate::finding::{Finding, codes};
use crate::model::Site;
use crate::source::Span;
use crate::value::hostname;

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for organisation in &network.organisations {
        legal("the code", organisation.code.as_str(), organisation.code.span, findings);
    }
    for role in network.policy.naming.roles.values() {
        legal("the role's word", &role.value, role.span, findings);
    }
    let mut first: BTreeMap<(&str, &str), &Site> = BTreeMap::new();
    for (site, facts) in network.sites.iter().zip(&subject.derived.sites) {
        if let Some(code) = &site.code {
            legal("the code", code.as_str(), code.span, findings);
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

fn place(site: &Site) -> Span {
    site.code.as_ref().map_or(site.name.span, |code| code.span)
}

fn legal(what: &str, text: &str, span: Span, findings: &mut Vec<Finding>) {
    if let Err(error) = hostname(text) {
        let near = text.replace('_', "-");
        let mut finding = Finding::error(codes::HOSTNAME, format!("{what} stands in host names, and {error}")).at(span);
        if hostname(&near).is_ok() {
            finding = finding.help(format!("a legal one near it is `{near}`"));
        }
        findings.push(finding);
    }
}
