//! Two of a kind with one name or code.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Subject, second};
use crate::finding::{About, Finding, Severity, codes};
use crate::model::{Network, Organisation, Segment, Site};
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    unique("organisations", network.organisations.iter().map(|org| text(&org.id)), findings);
    unique("organisations", once(network).map(|org| text(&org.code)), findings);
    unique("organisations", once(network).map(|org| (org.name.as_str(), org.name.span)), findings);
    unique("VLANs", network.vlans.iter().map(|vlan| text(&vlan.name)), findings);
    unique("SSIDs", network.ssids.iter().map(|ssid| (ssid.name.as_str(), ssid.name.span)), findings);
    unique("sites", network.sites.iter().map(|site| text(&site.id)), findings);
    for organisation in &network.organisations {
        let sites = network.sites.iter().filter(|site| site.organisation.value == organisation.id.value);
        unique("sites of one organisation", sites.map(|site| (site.name.as_str(), site.name.span)), findings);
    }
    of_others(network, findings);
    for site in &network.sites {
        let names = site.reservations.iter().map(|one| (one.name.as_str(), one.name.span));
        unique("reservations", names, findings);
    }
    segments(network, findings);
    unique("flows", network.policy.flows.iter().map(|flow| text(&flow.id)), findings);
}

/// Sites with the name of one of another organisation, that organisation in it: a library is called so everywhere, the town hall
/// of Bengtsfors is not.
fn of_others(network: &Network, findings: &mut Vec<Finding>) {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 2)
            .map(str::to_lowercase)
            .collect()
    };
    let common: Vec<BTreeSet<String>> = network.organisations.iter().map(|org| words(&org.name)).collect();
    let theirs = |at: usize| -> BTreeSet<String> {
        let (before, behind) = (common.iter().take(at), common.iter().skip(at + 1));
        let others: BTreeSet<&String> = before.chain(behind).flatten().collect();
        common.get(at).into_iter().flatten().filter(|word| !others.contains(word)).cloned().collect()
    };
    let own: Vec<(&Organisation, BTreeSet<String>)> =
        network.organisations.iter().enumerate().map(|(at, org)| (org, theirs(at))).collect();
    let mut named: BTreeMap<&str, Vec<&Site>> = BTreeMap::new();
    for site in &network.sites {
        named.entry(site.name.as_str()).or_default().push(site);
    }
    for sites in named.values().filter(|sites| sites.len() > 1) {
        let belongs = |site: &Site| {
            let words = words(&site.name);
            own.iter().find(|(_, own)| !own.is_empty() && own.is_subset(&words)).map(|(org, _)| &org.id.value)
        };
        let (right, wrong): (Vec<&Site>, Vec<&Site>) =
            sites.iter().copied().partition(|site| belongs(site).is_none_or(|org| *org == site.organisation.value));
        let (Some(right), [wrong]) = (right.first(), wrong.as_slice()) else { continue };
        let message = format!("`{}` is the name of a site of `{}`", wrong.name.value, right.organisation.value);
        let finding = Finding::warning(codes::DUPLICATE_NAME, message).at(wrong.name.span);
        findings.push(finding.label(right.name.span, "this one").help("name the building that this file is about"));
    }
}

/// Segments with one title; what people read names nothing else.
fn segments(network: &Network, findings: &mut Vec<Finding>) {
    let mut all: Vec<&Segment> = network.policy.segments.values().collect();
    all.sort_by_key(|segment| segment.title.span);
    let mut first: BTreeMap<&str, &Segment> = BTreeMap::new();
    for segment in all {
        let title = &segment.title;
        let Some(known) = first.get(title.as_str()) else {
            first.insert(title, segment);
            continue;
        };
        let message = format!("two segments are called `{}`", title.value);
        // The one whose VLAN is titled otherwise is odd.
        let fits = |segment: &Segment| {
            let mut own = network.vlans.iter().filter(|vlan| vlan.segment.value == segment.name.value);
            own.any(|vlan| vlan.title.as_ref().is_some_and(|own| own.value == segment.title.value))
        };
        let finding = if fits(segment) && !fits(known) {
            Finding::error(codes::DUPLICATE_NAME, message)
                .at_saying(known.title.span, "its VLAN is titled otherwise")
                .label(title.span, "this one as well")
        } else {
            second(codes::DUPLICATE_NAME, message, title.span, known.title.span)
        };
        findings.push(Finding { severity: Severity::Warning, ..finding }.about(About::Twice("segments")));
    }
}

/// Organisations, each by its first entry: one that is described twice has one code twice as well.
fn once(network: &Network) -> impl Iterator<Item = &Organisation> {
    let mut seen = BTreeSet::new();
    network.organisations.iter().filter(move |org| seen.insert(&org.id.value))
}

fn text(id: &Sp<crate::value::Id>) -> (&str, Span) {
    (id.as_str(), id.span)
}

/// Says so where a name comes a second time.
fn unique<'n>(what: &'static str, names: impl Iterator<Item = (&'n str, Span)>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (name, span) in names {
        if let Some(first) = first.get(name) {
            let finding = second(codes::DUPLICATE_NAME, format!("two {what} are called `{name}`"), span, *first);
            findings.push(finding.about(About::Twice(what)));
        }
        first.entry(name).or_insert(span);
    }
}
