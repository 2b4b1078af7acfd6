//! Where many places stumble over one mistake: the place that is to blame, which none of them is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::MOST_LABELS;
use super::settle::first_of;
use crate::derive::{Derived, PortFacts, management_name};
use crate::finding::{About, Finding, Severity, codes, nearest};
use crate::model::{Device, Network, Role, Site, Vlan};
use crate::source::{FileId, Sp, Span};
use crate::value::{Id, VlanId};

/// Places that name ports one device does not have, from which on its model is to blame.
const MODEL_IS_WRONG: usize = 2;

/// Where the range of host numbers begins that a device lies beyond.
pub(super) fn role_of(network: &Network, finding: &Finding) -> Option<Span> {
    let begins = |span: &Span| network.plan.hosts.values().any(|base| base.span == *span);
    finding.span.into_iter().chain(finding.labels.iter().map(|label| label.span)).find(begins)
}

/// A range that devices of several lines have no place in begins too high; one line has a number too high.
pub(super) fn of_role(network: &Network, many: Vec<Finding>) -> Option<Finding> {
    let lines: BTreeSet<Span> = many.iter().filter_map(|finding| finding.span).collect();
    let first = first_of(many)?;
    let (Some(role), Some(span), true) = (role_of(network, &first), first.span, lines.len() > 1) else {
        return Some(first);
    };
    let finding = Finding { span: Some(role), labels: Vec::new(), ..first };
    Some(finding.label(span, "the first one without a place").help("begin the range lower"))
}

/// Ports that many places want of one device, or of several of a model, are missing there and not wrong in every one
/// of those places. What checks say of devices blamed here is taken out of `checks`.
pub(super) fn of_models(
    network: &Network,
    findings: Vec<Finding>,
    known: &[Finding],
    checks: &mut Vec<Finding>,
) -> Vec<Finding> {
    let label = |finding: &Finding, nth: usize| finding.labels.get(nth).map(|label| label.span);
    let (lacking, mut others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.code == codes::NO_SUCH_PORT);
    if lacking.is_empty() {
        return others;
    }
    // A device whose model or stack is wrong for another reason told lacks ports because of that.
    let role = checks.iter().filter(|finding| finding.code == codes::MODEL_ROLE).filter_map(|finding| finding.span);
    let stack = known.iter().filter(|finding| finding.code == codes::STACK).flat_map(|finding| &finding.labels);
    let told: BTreeSet<Span> = role.chain(stack.map(|label| label.span)).collect();
    // Two of a pair that differ, one of which lacks ports: that one is what it should not be.
    let differ = |finding: &&Finding| finding.code == codes::PAIR_KIND;
    let pairs: BTreeSet<Span> =
        checks.iter().filter(differ).flat_map(|finding| &finding.labels).map(|label| label.span).collect();

    let mut devices: BTreeMap<Span, usize> = BTreeMap::new();
    let mut models: BTreeMap<Span, BTreeSet<Span>> = BTreeMap::new();
    for finding in &lacking {
        let Some(device) = label(finding, 0) else { continue };
        *devices.entry(device).or_default() += 1;
        models.entry(label(finding, 1).unwrap_or(device)).or_default().insert(device);
    }
    let mut blamed: BTreeSet<Span> = BTreeSet::new();
    for finding in lacking {
        let (Some(span), Some(device)) = (finding.span, label(&finding, 0)) else {
            others.push(finding);
            continue;
        };
        if told.contains(&device) {
            continue;
        }
        let model = label(&finding, 1).unwrap_or(device);
        let places = devices.get(&device).copied().unwrap_or_default();
        let many = models.get(&model).is_some_and(|devices| devices.len() > 1);
        let lacks = places >= MODEL_IS_WRONG;
        let wrong = lacks || pairs.contains(&device) || is_odd(network, device, &finding);
        // Where it is the only one of its model, nothing speaks for the model.
        if many || (lacks && users(network, model) == 1 && !pairs.contains(&device)) {
            if blamed.insert(model) {
                let wanted: usize =
                    models.get(&model).into_iter().flatten().filter_map(|device| devices.get(device)).sum();
                let message = format!("{wanted} places name ports that this model does not have");
                others.push(
                    Finding::error(codes::NO_SUCH_PORT, message)
                        .at(range(network, model, &finding).unwrap_or(model))
                        .label(span, finding.message)
                        .help("add the ports to the model, or see what these devices really are"),
                );
            }
        } else if wrong {
            if blamed.insert(device) {
                let message = match places {
                    1 => finding.message.clone(),
                    many => format!("{many} places name ports that this device does not have"),
                };
                let here = Finding::error(codes::NO_SUCH_PORT, message).at(device).label(span, finding.message);
                others.push(here.help(match finding.help {
                    Some(has) => format!("{has}; name the model, stack and module that really stand there"),
                    None => "name the model that really stands there".to_owned(),
                }));
            }
        } else {
            others.push(finding);
        }
    }
    checks.retain(|finding| !differ(&finding) || finding.labels.iter().all(|label| !blamed.contains(&label.span)));
    others
}

/// Whether a device lacks a port that all others of its role in the building have, which are of other models.
fn is_odd(network: &Network, model: Span, lacking: &Finding) -> bool {
    let Some(About::Port(key)) = lacking.about.as_deref() else { return false };
    let prefix = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let has = |device: &Device| {
        let known = network.models.get(device.model.as_str());
        known.is_some_and(|known| known.ports.iter().any(|group| group.prefix == prefix))
    };
    let Some(site) = network.sites.iter().find(|site| site.span.file == model.file) else { return false };
    let Some(own) = site.devices.iter().find(|device| device.model.span == model) else { return false };
    let beside = || site.devices.iter().filter(|device| device.role == own.role && device.model.span != model);
    beside().next().is_some()
        && !has(own)
        && beside().all(|device| device.model.value != own.model.value && has(device))
}

/// The ports of a model that the missing one would belong to.
fn range(network: &Network, model: Span, lacking: &Finding) -> Option<Span> {
    let model = network.models.values().find(|known| known.name.span == model)?;
    let Some(About::Port(key)) = lacking.about.as_deref() else { return None };
    // The first member of a stack may be named.
    let key = key.rsplit('/').next().unwrap_or(key);
    let prefix = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let number: u32 = key.get(prefix.len()..)?.parse().ok()?;
    let near = |numbers: &[u32]| numbers.iter().map(|known| known.abs_diff(number)).min();
    let groups = model.ports.iter().filter(|group| group.prefix == prefix);
    groups.min_by_key(|group| near(&group.numbers)).map(|group| group.interface.span)
}

/// Lines of site files that name a model, by the place of its definition.
fn users(network: &Network, model: Span) -> usize {
    let Some(model) = network.models.values().find(|known| known.name.span == model) else { return 0 };
    let is_one = |device: &&Device| device.model.value == model.name.value;
    let devices = network.sites.iter().flat_map(|site| &site.devices);
    devices.filter(is_one).map(|device| device.model.span).collect::<BTreeSet<_>>().len()
}

/// A VLAN that several ports of a site want and the site lacks is a matter of the site's tags; one that several sites
/// lack, of the VLAN's own, or of the one word that names it.
pub(super) fn of_tags(
    network: &Network,
    derived: &Derived,
    findings: Vec<Finding>,
    checks: &mut Vec<Finding>,
) -> Vec<Finding> {
    let (lacking, mut others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.code == codes::PORT_VLAN_ABSENT);
    let mut vlans: BTreeMap<Span, Vec<Finding>> = BTreeMap::new();
    for finding in lacking {
        let Some(label) = finding.labels.first() else { continue };
        vlans.entry(label.span).or_default().push(finding);
    }
    // Where a site lacks several, its tags are wrong and none of those who name one.
    let file = |finding: &Finding| finding.span.map(|span| span.file);
    let mut lacks: BTreeMap<FileId, BTreeSet<Span>> = BTreeMap::new();
    for (defined, lacking) in &vlans {
        for file in lacking.iter().filter_map(file) {
            lacks.entry(file).or_default().insert(*defined);
        }
    }
    let mut told_sites: BTreeSet<FileId> = BTreeSet::new();
    for (defined, lacking) in vlans {
        let several = |finding: &Finding| {
            file(finding)
                .filter(|file| lacks.get(file).is_some_and(|vlans| vlans.len() > 1 && share_a_tag(network, vlans)))
        };
        let alone = lacking.iter().filter_map(several).collect::<BTreeSet<_>>();
        if let (Some(only), true) =
            (alone.first().copied(), alone.len() == 1 && lacking.iter().all(|it| several(it).is_some()))
        {
            let here = network.sites.iter().find(|site| site.span.file == only);
            // Where nobody else has the tag, that says it, and nothing else does.
            let lost: BTreeSet<Span> = network
                .vlans
                .iter()
                .filter(|vlan| vlan.name.span == defined)
                .flat_map(|vlan| vlan.sites.tags.iter().map(|tag| tag.span))
                .collect();
            checks.retain(|finding| {
                finding.code != codes::UNKNOWN_NAME || finding.span.is_none_or(|span| !lost.contains(&span))
            });
            let own: BTreeSet<Span> = here.iter().flat_map(|site| &site.tags).map(|tag| tag.span).collect();
            let told = |finding: &Finding| {
                finding.severity > Severity::Note && finding.span.is_some_and(|span| own.contains(&span))
            };
            if checks.iter().any(told) {
                raise(checks, |finding| finding.span.is_some_and(|span| own.contains(&span)));
                continue;
            }
            if let Some(here) = here.filter(|_| told_sites.insert(only)) {
                let names: Vec<String> = network
                    .vlans
                    .iter()
                    .filter(|vlan| lacks.get(&only).is_some_and(|all| all.contains(&vlan.name.span)))
                    .map(|vlan| format!("`{}`", vlan.name.value))
                    .collect();
                let at = here.tags.first().map_or(here.name.span, |tag| tag.span);
                let message = format!(
                    "site `{}` does not have the VLANs {}, which its ports need",
                    here.id.value,
                    names.join(", ")
                );
                let finding = Finding::error(codes::PORT_VLAN_ABSENT, message).at_saying(at, "its tags decide");
                let needed = lacking.iter().filter_map(|one| one.span).take(MOST_LABELS);
                let finding = finding.labels(needed, "needed here");
                others
                    .push(finding.label(defined, "only for sites with one of its tags").help("give the site the tag"));
            }
            continue;
        }
        let site = |finding: &Finding| {
            let file = finding.span?.file;
            network.sites.iter().find(|site| site.span.file == file)
        };
        // A tag that is wrong is told of itself.
        let tag_told = |site: &Site| {
            let tags: BTreeSet<Span> = site.tags.iter().map(|tag| tag.span).collect();
            let told = |finding: &Finding| {
                finding.severity > Severity::Note && finding.span.is_some_and(|span| tags.contains(&span))
            };
            checks.iter().any(told)
        };
        let (told, lacking): (Vec<Finding>, Vec<Finding>) =
            lacking.into_iter().partition(|finding| site(finding).is_some_and(tag_told));
        // Without the VLAN its ports cannot work: that is an error, whatever a tag alone would be.
        let tags: BTreeSet<Span> =
            told.iter().filter_map(site).flat_map(|site| &site.tags).map(|tag| tag.span).collect();
        raise(checks, |finding| finding.span.is_some_and(|span| tags.contains(&span)));
        let sites: BTreeSet<&str> = lacking.iter().filter_map(site).map(|site| site.id.as_str()).collect();
        let Some(first) = lacking.first() else { continue };
        let (Some(here), Some(there)) = (site(first), first.span) else { continue };
        let Some(vlan) = network.vlans.iter().find(|vlan| vlan.name.span == defined) else { continue };
        let name = &vlan.name.value;
        // A kind of building that no site is any more, where its last one lost the tag.
        let gone = |finding: &Finding| {
            finding.code == codes::UNKNOWN_NAME && vlan.sites.tags.iter().any(|tag| Some(tag.span) == finding.span)
        };
        let lost =
            checks.iter().find(|finding| gone(finding)).map(|finding| finding.fix.is_some() || near(network, finding));
        if lost == Some(true) {
            raise(checks, gone);
            continue;
        }
        if lost == Some(false) {
            checks.retain(|finding| !gone(finding));
        }
        let word_of = |one: &Finding| one.labels.get(1).map(|label| label.span);
        // Where nobody is in the VLAN who is not to be, and the site is what it says, the VLAN's tags lead elsewhere.
        let is_alone = |word: Span| lacking.iter().all(|it| word_of(it) == Some(word)) && !is_followed(derived, word);
        let away = vlan.sites.tags.first().filter(|_| {
            sites.len() == 1
                && word_of(first).is_some_and(is_alone)
                && lost.is_none()
                && !here.tags.is_empty()
                && !is_mistagged(network, derived, here)
                && is_unused(network, derived, vlan)
        });
        if let Some(tag) = away {
            let finding = Finding {
                span: Some(tag.span),
                here: "not a tag of this site".into(),
                labels: Vec::new(),
                ..first.clone()
            };
            others.push(
                finding
                    .label(there, "a port that needs it")
                    .label(here.name.span, "this site")
                    .help("give the VLAN to this site as well (`sites:`), or the ports another one"),
            );
            continue;
        }
        if sites.len() > 1 {
            let word = word_of(first);
            let ports = derived.devices.values().flat_map(|device| device.kinds().map(|(_, port)| port));
            let in_use = ports.filter(|port| port.peer.is_none()).any(|port| port.vlan == Some(vlan.id.value));
            // Where others use it as it is, whoever names it for these sites is wrong.
            let named = word.filter(|word| in_use && lacking.iter().all(|it| word_of(it) == Some(*word)));
            let tag = vlan.sites.tags.first().map_or(defined, |tag| tag.span);
            // Wireless networks in the VLAN miss it there as well.
            if named.is_none() {
                checks.retain(|finding| finding.labels.iter().all(|label| label.span != tag));
            }
            let message = format!("{} sites have ports in VLAN `{name}`, and not the VLAN", sites.len());
            let finding = Finding::error(codes::PORT_VLAN_ABSENT, message).at(named.unwrap_or(tag));
            others.push(
                finding
                    .label(there, "a port that needs it")
                    .help("give the VLAN to these sites (`sites:`), or name another one"),
            );
        } else if let Some(word) = word_of(first).filter(|word| {
            lacking.len() > 1 && lacking.iter().all(|one| word_of(one) == Some(*word)) && !is_followed(derived, *word)
        }) {
            // Whoever follows the profile misses the VLAN: it is the profile that names it.
            let finding = Finding { span: Some(word), here: "named here".into(), labels: Vec::new(), ..first.clone() };
            others.push(finding.label(there, "a port").label(defined, "only for sites with one of its tags"));
        } else if lacking.len() > 1 || here.tags.is_empty() || lost.is_some() {
            let at = here.tags.first().map_or(here.name.span, |tag| tag.span);
            let message = format!("site `{}` has no VLAN `{name}`, which its ports need", here.id.value);
            let finding = Finding::error(codes::PORT_VLAN_ABSENT, message)
                .at_saying(at, "its tags decide")
                .label(defined, "only for sites with one of its tags");
            let label = |finding: Finding, one: &Finding| match one.span {
                Some(span) => finding.label(span, "needed here"),
                None => finding,
            };
            let finding = lacking.iter().take(MOST_LABELS).fold(finding, label);
            others.push(finding.help("give the site the tag, or the ports another profile"));
        } else if let Some(word) = word_of(first).filter(|word| !is_followed(derived, *word)) {
            // Nothing else follows the profile, and it leads nowhere.
            let finding = Finding { span: Some(word), here: "named here".into(), labels: Vec::new(), ..first.clone() };
            others.push(finding.label(there, "the port").label(defined, "only for sites with one of its tags"));
        } else {
            others.extend(lacking);
        }
    }
    others
}

/// Whether no port of any site may come to be in a VLAN, and no wireless network.
fn is_unused(network: &Network, derived: &Derived, vlan: &Vlan) -> bool {
    let sent = network
        .ssids
        .iter()
        .any(|ssid| std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans).any(|name| name.value == vlan.name.value));
    let ports = derived.devices.values().flat_map(|device| device.kinds().map(|(_, port)| port));
    let id = Some(vlan.id.value);
    let mut hosts = ports.filter(|port| port.peer.is_none());
    let is_in = |port: PortFacts<'_>| {
        let one = [port.vlan, port.voice, port.critical, port.guest].contains(&id);
        one || id.is_some_and(|id| port.tagged.contains(&id) || port.dynamic.contains(&id))
    };
    !sent && !hosts.any(is_in)
}

/// Whether a site has none of its ports in any VLAN that its tags bring.
fn is_mistagged(network: &Network, derived: &Derived, site: &Site) -> bool {
    let has = |tags: &[Sp<Id>]| tags.iter().any(|tag| site.tags.iter().any(|own| own.value == tag.value));
    let brought: BTreeSet<VlanId> =
        network.vlans.iter().filter(|vlan| has(&vlan.sites.tags)).map(|vlan| vlan.id.value).collect();
    let devices = derived.devices.values().filter(|device| device.site_id == site.id.value);
    let mut ports = devices.flat_map(|device| device.kinds().map(|(_, port)| port)).filter(|port| port.peer.is_none());
    !brought.is_empty() && !ports.any(|port| port.vlan.is_some_and(|vlan| brought.contains(&vlan)))
}

/// Makes errors of findings that leave ports without what they need.
fn raise(checks: &mut [Finding], is_meant: impl Fn(&Finding) -> bool) {
    for finding in checks.iter_mut().filter(|finding| is_meant(finding)) {
        finding.severity = Severity::Error;
    }
}

/// Whether a tag that no site has is nearly one that some have, or one of the two begins the other.
fn near(network: &Network, finding: &Finding) -> bool {
    let tags = || network.sites.iter().flat_map(|site| &site.tags).map(|tag| tag.as_str());
    let begins = |a: &str, b: &str| a.len() > 3 && b.starts_with(a);
    finding
        .unknown("tag")
        .is_some_and(|tag| nearest(tag, tags()).is_some() || tags().any(|own| begins(own, tag) || begins(tag, own)))
}

/// A site whose ports lack a VLAN, and whose tags mean nothing to anybody: those are what is mistyped.
pub(super) fn of_idle_tags(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let named = |tag: &Id| {
        let filters = network.vlans.iter().map(|vlan| &vlan.sites).chain(network.ssids.iter().map(|ssid| &ssid.sites));
        filters.flat_map(|filter| filter.tags.iter().chain(&filter.except_tags)).any(|known| known.value == *tag)
    };
    let alone = |site: &Site, tag: &Id| {
        let others = network.sites.iter().filter(|other| other.span.file != site.span.file);
        others.flat_map(|other| &other.tags).all(|other| other.value != *tag)
    };
    let idle = |finding: &Finding| {
        let span = finding.span.filter(|_| finding.code == codes::PORT_VLAN_ABSENT)?;
        let site = network.sites.iter().find(|site| site.span.file == span.file)?;
        let means_nothing = |tag: &Sp<Id>| !named(&tag.value) && alone(site, &tag.value);
        site.tags.first().filter(|_| site.tags.iter().all(means_nothing)).filter(|tag| tag.span != span)
    };
    let told = |finding: Finding| match (idle(&finding), finding.span) {
        (Some(tag), Some(span)) => {
            let here = format!("nothing names the tag `{}`, and no other site has it", tag.value);
            finding.at_saying(tag.span, here).label(span, "needed here").help("give the site the tag of the VLAN")
        }
        _ => finding,
    };
    findings.into_iter().map(told).collect()
}

/// Whether one tag would give a site all of some VLANs.
fn share_a_tag(network: &Network, vlans: &BTreeSet<Span>) -> bool {
    let all: Vec<_> =
        network.vlans.iter().filter(|vlan| vlans.contains(&vlan.name.span)).map(|vlan| &vlan.sites.tags).collect();
    let Some((first, others)) = all.split_first() else { return false };
    first.iter().any(|tag| others.iter().all(|tags| tags.iter().any(|other| other.value == tag.value)))
}

/// Whether a VLAN that a word names is there for any port.
fn is_followed(derived: &Derived, word: Span) -> bool {
    let ports = derived.devices.values().flat_map(|device| device.kinds().map(|(_, port)| port));
    ports
        .filter(|port| port.vlan.is_some())
        .any(|port| port.settings.vlan.as_ref().is_some_and(|vlan| vlan.span == word))
}

/// A network that overlaps with several others is the one that is wrong; of two, the one that left a hole where it was.
pub(super) fn of_overlaps(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let pair = |finding: &Finding| Some([finding.span?, finding.labels.first()?.span]);
    let (overlaps, mut others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.code == codes::SUBNET_OVERLAP && pair(finding).is_some());
    let pairs: Vec<[Span; 2]> = overlaps.iter().filter_map(pair).collect();
    let Some(first) = overlaps.first() else { return others };
    let common: Vec<Span> =
        pairs.iter().flatten().copied().filter(|span| pairs.iter().all(|pair| pair.contains(span))).collect();
    let common: BTreeSet<Span> = common.into_iter().collect();
    let only = common.first().copied().filter(|_| common.len() == 1);
    if let Some(at) = only {
        let message = format!("{}, and {} more overlap with one of them", first.message, pairs.len() - 1);
        let here = Finding { severity: first.severity, ..Finding::error(codes::SUBNET_OVERLAP, message) };
        let here = here.at(at).more(pairs.len() - 1);
        let met = pairs.iter().flatten().copied().filter(|span| *span != at).take(MOST_LABELS);
        others.push(here.labels(met, "overlaps with this one"));
    } else if let ([only], [pair]) = (overlaps.as_slice(), pairs.as_slice()) {
        let moved = moved(network, *pair).filter(|span| Some(*span) != only.span);
        others.push(match (moved, only.span, only.labels.first()) {
            (Some(at), Some(other), Some(label)) => {
                let finding = Finding { labels: Vec::new(), ..only.clone() };
                finding.at_saying(at, label.text.clone()).label(other, only.here.clone())
            }
            _ => only.clone(),
        });
    } else {
        others.extend(overlaps);
    }
    others
}

/// Which of two VLANs that overlap was moved: the one beside whose neighbours in the file there is room for it, or that is
/// wide enough to hold its neighbour.
fn moved(network: &Network, pair: [Span; 2]) -> Option<Span> {
    let places: Vec<(Span, Range<u64>)> = network
        .vlans
        .iter()
        .map(|vlan| {
            let slot = vlan.subnet.value;
            let start = u64::from(slot.block) << 8;
            (vlan.subnet.span, start..start + (1u64 << 32u8.saturating_sub(slot.prefix).min(32)))
        })
        .collect();
    let find = |span: Span| {
        let at = places.iter().position(|(known, _)| *known == span)?;
        Some((at, places.get(at)?.1.clone()))
    };
    let (one, other) = (find(pair[0])?, find(pair[1])?);
    let is_free =
        |room: &Range<u64>| places.iter().all(|(_, taken)| taken.end <= room.start || room.end <= taken.start);
    // Where it would stand between those before and behind it.
    let has_hole = |(at, own): &(usize, Range<u64>)| {
        let size = own.end - own.start;
        let is_near = |room: &Range<u64>| room.start.abs_diff(own.start) <= size;
        let before = at.checked_sub(1).and_then(|at| places.get(at)).map(|(_, place)| place.end..place.end + size);
        let behind = places.get(at + 1).and_then(|(_, place)| Some(place.start.checked_sub(size)?..place.start));
        before.iter().chain(behind.iter()).any(|room| is_near(room) && is_free(room))
    };
    let holds = |a: &Range<u64>, b: &Range<u64>| a.start <= b.start && b.end <= a.end && a != b;
    let beside = one.0.abs_diff(other.0) == 1;
    match (has_hole(&one), has_hole(&other)) {
        (true, false) => Some(pair[0]),
        (false, true) => Some(pair[1]),
        _ if beside && holds(&one.1, &other.1) => Some(pair[0]),
        _ if beside && holds(&other.1, &one.1) => Some(pair[1]),
        _ => None,
    }
}

/// Whether a host name that cannot be has a word in it.
fn is_of(finding: &Finding, word: &str) -> bool {
    matches!(finding.about.as_deref(), Some(About::Host(name)) if name.contains(word))
}

/// Host names of a whole site that are too long because of the site's own word.
pub(super) fn of_code(network: &Network, finding: Finding) -> Finding {
    let site = finding.span.and_then(|span| network.sites.iter().find(|site| site.span.file == span.file));
    let code = site.and_then(|site| site.code.as_ref()).filter(|code| is_of(&finding, code.as_str()));
    // Where there is none, the site's name is a part of all of theirs.
    let named = site.filter(|site| site.code.is_none()).map(|site| site.name.span);
    match (code.map(|code| code.span).or(named), finding.span) {
        (Some(word), Some(first)) => {
            let finding = Finding { span: Some(word), here: "a word of all of them".into(), ..finding };
            finding.label(first, "the first of them").help("give the site a short `code`")
        }
        _ => finding,
    }
}

/// Controllers of several sites that serve nobody: their access points are of one model, which runs another platform.
pub(super) fn of_controllers(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let idle = |finding: &Finding| finding.is_about(&About::ServesNone);
    let (idle, mut others): (Vec<_>, Vec<_>) = findings.into_iter().partition(idle);
    let files: BTreeSet<FileId> = idle.iter().filter_map(|finding| Some(finding.span?.file)).collect();
    let sites = || network.sites.iter().filter(|site| files.contains(&site.span.file));
    let has =
        |name: &str| sites().all(|site| site.devices.iter().any(|it| it.role == Role::Ap && it.model.as_str() == name));
    let model = network.models.values().find(|model| has(model.name.as_str()));
    match (idle.as_slice(), model.filter(|_| files.len() > 1)) {
        ([first, ..], Some(model)) => {
            let message =
                format!("`{}` runs another platform than the controllers of {} sites", model.name.value, files.len());
            let finding = Finding::error(codes::MODEL_PLATFORM, message).at(model.platform.span);
            let finding = finding.labels(first.span, "serves nobody then");
            others.push(finding.help("name the platform of the controllers, or other controllers"));
        }
        _ => others.extend(idle),
    }
    others
}

/// The VLAN that devices are managed in.
fn management(network: &Network) -> Option<&Vlan> {
    let name = management_name(network);
    network.vlans.iter().find(|vlan| vlan.name.value == name)
}

/// Several roles without room for a single device: the subnet that all are numbered in is too small.
pub(super) fn of_subnet(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let whole_role = |finding: &Finding| {
        let begins = |span: Span| network.plan.hosts.values().any(|base| base.span == span);
        finding.code == codes::ADDRESS_OUTSIDE && finding.span.is_some_and(begins)
    };
    // A site with a subnet of its own is short of room by itself.
    let own = |vlan: &&Vlan| network.sites.iter().any(|site| site.subnets.contains_key(&vlan.name.value));
    let vlan = management(network).filter(|vlan| !own(vlan));
    let (crowded, mut others): (Vec<_>, Vec<_>) = findings.into_iter().partition(whole_role);
    match (crowded.as_slice(), vlan) {
        ([first, _, ..], Some(vlan)) => {
            let finding =
                Finding { span: Some(vlan.subnet.span), labels: Vec::new(), here: "too small".into(), ..first.clone() };
            let beyond = crowded.iter().filter_map(|finding| finding.span);
            let finding = finding.labels(beyond, "a role that begins beyond it");
            others.push(finding.help("give the VLAN a shorter `prefix`, with room for all roles"));
        }
        _ => others.extend(crowded),
    }
    others
}

/// Devices of two roles that share addresses at several sites: the ranges of the roles run into each other. Devices that all
/// come to the gateway's address have the wrong gateway.
pub(super) fn of_hosts(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let (alike, mut others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.code == codes::DUPLICATE_ADDRESS);
    if alike.len() < 2 {
        others.extend(alike);
        return others;
    }
    let role = |span: Span| {
        let devices = network.sites.iter().filter(|site| site.span.file == span.file).flat_map(|site| &site.devices);
        devices.filter(|device| device.span == span && device.address.is_none()).map(|device| device.role).next()
    };
    let roles: BTreeSet<Option<[Role; 2]>> = alike
        .iter()
        .map(|finding| {
            let (one, other) = (role(finding.span?)?, role(finding.labels.first()?.span)?);
            (one != other).then(|| [one.min(other), one.max(other)])
        })
        .collect();
    let vlan = management(network);
    let of_gateway = alike.iter().all(|finding| finding.is_about(&About::Gateway));
    let count = alike.len();
    let Some(first) = first_of(alike.clone()) else { return others };
    if let (true, Some(vlan)) = (of_gateway, vlan) {
        let finding = Finding { labels: Vec::new(), ..first.clone() }
            .at_saying(vlan.gateway.span, "no device of these sites has it then");
        others.push(finding.labels(first.span, "the first of them"));
        return others;
    }
    let (Some(Some([one, other])), 1) = (roles.first().copied(), roles.len()) else {
        others.extend(alike);
        return others;
    };
    // Roles begin in the order they are written in; the one that does not, or the later one, is wrong.
    let mut bases: Vec<(Span, u32, Role)> =
        network.plan.hosts.iter().map(|(role, base)| (base.span, base.value, *role)).collect();
    bases.sort_unstable();
    let rising = |gone: Role| {
        let rest: Vec<u32> = bases.iter().filter(|(.., role)| *role != gone).map(|(_, base, _)| *base).collect();
        rest.is_sorted()
    };
    let place = |role: Role| network.plan.hosts.get(&role).map(|base| base.span);
    let at = match (rising(one), rising(other)) {
        (true, false) => place(one),
        (false, true) => place(other),
        _ => place(one).max(place(other)),
    };
    let Some(at) = at else { return others };
    let message =
        format!("devices of the roles `{}` and `{}` share addresses at {count} sites", one.word(), other.word());
    let finding = Finding::error(codes::DUPLICATE_ADDRESS, message).at(at);
    let finding = finding.labels(first.span, first.message.clone());
    others.push(finding.help("the roles' ranges must not run into each other: begin one elsewhere"));
    others
}

/// A link that several others stumble over was drawn wrong itself.
pub(super) fn of_links(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    // The port that a line names is said by that line.
    let line = |span: Span| {
        let site = network.sites.iter().find(|site| site.span.file == span.file);
        let mut lines = site.into_iter().flat_map(|site| &site.devices).flat_map(|device| &device.ports);
        let names = lines.find(|line| line.to_port.as_ref().is_some_and(|port| port.span == span));
        names.map_or(span, |line| line.span)
    };
    let lines = |finding: &Finding| match finding.code {
        codes::PORT_TWICE => Some([line(finding.span?), line(finding.labels.first()?.span)]),
        _ => None,
    };
    let mut wanted: BTreeMap<Span, Vec<Span>> = BTreeMap::new();
    for [here, there] in findings.iter().filter_map(lines) {
        wanted.entry(here).or_default().push(there);
        wanted.entry(there).or_default().push(here);
    }
    wanted.retain(|_, places| places.len() > 1);
    let first = |finding: &Finding| {
        let met = lines(finding)?.into_iter().filter(|line| wanted.contains_key(line));
        met.max_by_key(|line| wanted.get(line).map_or(0, Vec::len))
    };
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let one = |finding: Finding| {
        let Some((span, places)) = first(&finding).and_then(|first| wanted.get_key_value(&first)) else {
            return Some(finding);
        };
        let here =
            Finding::error(codes::PORT_TWICE, format!("{} other lines want the ports of this one", places.len()))
                .at(*span)
                .help("take it out, or let it end at other ports");
        let label = |here: Finding, place: &Span| here.label(*place, "drawn here as well");
        told.insert(*span).then(|| places.iter().take(MOST_LABELS).fold(here, label))
    };
    findings.into_iter().filter_map(one).collect()
}
