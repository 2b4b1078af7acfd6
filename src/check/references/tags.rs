//! Tags that no site has would limit something to nowhere; a tag that one site alone has may be mistyped.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::finding::{About, Finding, Fix, codes, is_slip, surely};
use crate::model::Part;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Sites) || !network.gaps.sites.is_empty() {
        return;
    }
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in network.sites.iter().flat_map(|site| &site.tags) {
        *known.entry(tag.as_str()).or_default() += 1;
    }
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut lost: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    let vlans = network.vlans.iter().map(|vlan| &vlan.sites);
    let ssids = network.ssids.iter().map(|ssid| &ssid.sites);
    let devices = network.sites.iter().flat_map(|site| &site.devices);
    let served = devices.filter_map(|device| device.serves.as_ref().map(|serves| &serves.value));
    let filters = vlans.chain(ssids).chain(served);
    let asked: Vec<_> = filters.flat_map(|filter| filter.tags.iter().chain(&filter.except_tags)).collect();
    for tag in &asked {
        named.insert(tag.as_str());
        if known.contains_key(tag.as_str()) {
            continue;
        }
        let message = format!("no site has the tag `{}`", tag.value);
        let about = About::Unknown { kind: "tag", name: tag.as_str().into(), places: 1 };
        let finding = Finding::warning(codes::UNKNOWN_NAME, message).at(tag.span).about(about);
        let finding = finding
            .meant(tag.as_str(), known.keys().copied(), || "tags stand in the site files: `tags: [school]`".to_owned());
        // A kind of building that several are of, or that something else asks for, is written as it should be.
        let asked = |name: &str| asked.iter().filter(|other| other.as_str() == name).count();
        let finding = finding.unless_idle(|name| known.get(name).is_some_and(|count| count + asked(name) > 1));
        lost.entry(tag.as_str()).or_default().push(finding);
    }
    for (tag, many) in lost {
        // What several places name is right there; the one site that has nearly that tag, and no other use of it, is not.
        let slips = network.sites.iter().flat_map(|site| &site.tags);
        let slip =
            slips.filter(|had| !named.contains(had.as_str()) && is_slip(had.as_str(), tag)).min_by_key(|had| had.span);
        match (slip.filter(|_| many.len() > 1), many.first().and_then(|first| first.span)) {
            (Some(slip), Some(first)) => {
                let message = format!("{} places ask for sites with the tag `{tag}`, and no site has it", many.len());
                let finding = Finding::warning(codes::UNKNOWN_NAME, message).at(slip.span);
                findings.push(finding.label(first, "the first of them").help(format!("did you mean `{tag}`?")));
            }
            _ => findings.extend(many),
        }
    }
    let mut doubtful: BTreeMap<&str, Span> = BTreeMap::new();
    for tag in network.sites.iter().flat_map(|site| &site.tags) {
        if known.get(tag.as_str()) != Some(&1) || named.contains(tag.as_str()) {
            continue;
        }
        // A kind of building of its own needs no other; one that is nearly a known kind does.
        let mut others = known.keys().copied().chain(named.iter().copied());
        let Some(other) = others.find(|other| is_slip(tag.as_str(), other)) else {
            continue;
        };
        // One that no site has was told of where it is named.
        if !known.contains_key(other) {
            continue;
        }
        // Of two that nothing names, one is told.
        if doubtful.contains_key(other) {
            continue;
        }
        let message = format!("no other site has the tag `{}`, and nothing names it", tag.value);
        let finding =
            Finding::warning(codes::UNKNOWN_NAME, message).at(tag.span).help(format!("did you mean `{other}`?"));
        let alone = known.get(other) == Some(&1) && !named.contains(other);
        let twin = network.sites.iter().flat_map(|site| &site.tags).find(|known| known.as_str() == other);
        doubtful.insert(tag.as_str(), tag.span);
        findings.push(match twin.filter(|_| alone) {
            // The later of two is the odd one as often as not: both are shown.
            Some(twin) if twin.span > tag.span => Finding {
                message: format!(
                    "two sites have nearly one tag, `{}` and `{other}`, and nothing names either",
                    tag.value
                ),
                ..finding
            }
            .at(twin.span)
            .label(tag.span, "and here")
            .help(format!("`{}` or `{other}`? one of them is mistyped", tag.value)),
            Some(twin) => finding.label(twin.span, "as here"),
            None => {
                let sure = surely(tag.as_str(), [other]);
                let fix = sure.and_then(|sure| Fix::word(tag.span, tag.as_str(), sure));
                finding.fix(fix)
            }
        });
    }
}
