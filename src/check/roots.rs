//! One cause for many findings: a line above all of them that is wrong, told in their place.
//!
//! Somebody who changes the length of a site's block makes eight VLANs not fit; the line to mend is the length.

use std::collections::{BTreeMap, BTreeSet};

use super::Told;
use crate::finding::{About, Code, Finding, Severity, codes};
use crate::model::{Network, Role, Segment};
use crate::source::{FileId, Span};

/// From how many on things that break one rule tell of the rule.
const MANY: usize = 3;

/// Names that break one rule: where many do, the rule is what changed.
pub(super) fn of_checks(findings: Vec<Finding>) -> Vec<Finding> {
    let rule = |finding: &Finding| match finding.code {
        codes::NAME_RULE => finding.labels.first().map(|label| label.span),
        _ => None,
    };
    let count = counted(&findings, rule);
    merged(
        findings,
        |finding| rule(finding).filter(|span| count.get(span).is_some_and(|n| *n >= MANY)),
        |span, many| {
            let first = many.first()?;
            let message = format!("{} names break this rule, {}", many.len(), first.message);
            let finding = Finding::error(codes::NAME_RULE, message).at(span).more(many.len() - 1);
            let finding = finding.labels(first.span, "the first of them");
            Some(finding.help("mend the rule, or rename them all"))
        },
    )
}

/// Findings of all kinds that lead back to the plan, to the naming rules or to one segment.
pub(super) fn of_all(network: &Network, findings: Vec<Finding>, told: Told) -> Vec<Finding> {
    let findings = of_plan(network, findings);
    let findings = of_ranges(network, findings);
    let findings = of_roles(network, findings);
    let findings = of_names(network, findings);
    let findings = of_copies(network, findings);
    let findings = if told == Told::Once { of_lost_sites(findings) } else { findings };
    let findings = super::causes::of_controllers(network, findings);
    let findings = of_one_thing(findings);
    let findings = of_classes(network, findings);
    let findings = of_servers(findings);
    if told == Told::Once { of_segments(findings) } else { findings }
}

/// Names that are too long because their role has no word of its own.
fn of_roles(network: &Network, mut findings: Vec<Finding>) -> Vec<Finding> {
    let roles = &network.policy.naming.roles;
    let first = roles.values().map(|word| word.span).min();
    let bare = |finding: &Finding| finding.code == codes::NAMING_PATTERN && finding.span == first;
    if !findings.iter().any(bare) {
        return findings;
    }
    let lacking: BTreeSet<Span> = network
        .sites
        .iter()
        .flat_map(|site| &site.devices)
        .filter(|device| !roles.contains_key(&device.role))
        .map(|device| device.span)
        .collect();
    let long =
        |finding: &Finding| finding.code == codes::HOSTNAME && finding.span.is_some_and(|span| lacking.contains(&span));
    if findings.iter().any(long) {
        findings.retain(|finding| !long(finding));
        findings.iter_mut().filter(|finding| bare(finding)).for_each(|finding| finding.severity = Severity::Error);
    }
    findings
}

/// A class that neither logins nor wireless networks fit, which lead to the segment: the class is what changed.
fn of_classes(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    const SPEAKS: [Code; 2] = [codes::LOGIN_VLAN_CLASS, codes::SSID_OPEN];
    let titles: BTreeMap<Span, &Segment> =
        network.policy.segments.values().map(|segment| (segment.title.span, segment)).collect();
    let key = |finding: &Finding| {
        let label = finding.labels.iter().find(|label| titles.contains_key(&label.span))?;
        SPEAKS.contains(&finding.code).then_some(label.span)
    };
    merged(findings, key, |span, many| {
        let segment = titles.get(&span)?;
        let worst = many.iter().max_by_key(|finding| finding.severity)?;
        let several = many.iter().any(|finding| finding.code != worst.code);
        let message = format!(
            "the class of `{}` fits neither the logins nor the wireless networks that lead to it",
            segment.name.value
        );
        let finding = Finding { message, labels: Vec::new(), ..worst.clone() }.at(span);
        let label = |finding: Finding, one: &Finding| finding.labels(one.span, "leads to it");
        several.then(|| many.iter().fold(finding, label).help("mend the class, or what leads there"))
    })
}

/// Servers that nobody has an address for: the network they stand in moved, or the plan.
fn of_servers(findings: Vec<Finding>) -> Vec<Finding> {
    let is_server = |finding: &Finding| finding.code == codes::SERVER_NOWHERE && !finding.is_about(&About::OfDevices);
    let count = findings.iter().filter(|finding| is_server(finding)).count();
    let key = |finding: &Finding| (is_server(finding) && count >= MANY).then_some(());
    merged(findings, key, |(), many| {
        let first = many.first()?;
        let message = format!("{}, and so do {} more", first.message, count - 1);
        let help = "the site of the servers has another index than its addresses, or its VLANs other subnets";
        Some(Finding { message, ..first.clone() }.help(help).more(count - 1))
    })
}

/// Several findings of one code about one thing: the one that says what it is stays.
fn of_one_thing(mut findings: Vec<Finding>) -> Vec<Finding> {
    // An access point that stands as a switch; a controller that serves none of its own.
    for (kept, echo) in [(About::Misplaced, About::Untemplated), (About::ServesNone, About::Unserved)] {
        if findings.iter().any(|finding| finding.is_about(&kept)) {
            let before = findings.len();
            findings.retain(|finding| !finding.is_about(&echo));
            let gone = findings.len() < before;
            for finding in findings.iter_mut().filter(|finding| gone && finding.is_about(&kept)) {
                finding.severity = Severity::Error;
            }
        }
    }
    // A name that breaks a rule, where the legal one near it is what others name.
    let legal: BTreeSet<String> = findings
        .iter()
        .filter_map(|finding| match finding.about.as_deref() {
            Some(About::Legal(name)) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let unknown = |finding: &Finding| match finding.about.as_deref() {
        Some(About::Unknown { name, .. }) => Some(name.to_string()),
        _ => None,
    };
    findings.retain(|finding| unknown(finding).is_none_or(|name| !legal.contains(&name)));
    findings
}

/// A tag that no site has went with the site that is not there.
fn of_lost_sites(mut findings: Vec<Finding>) -> Vec<Finding> {
    if findings.iter().any(|finding| finding.unknown("site").is_some()) {
        findings.retain(|finding| finding.unknown("tag").is_none());
    }
    findings
}

/// A site file that is a copy of another has its name, index and code: that is one mistake.
fn of_copies(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let site = |span: Span| network.sites.iter().position(|site| site.span.file == span.file);
    let key = |finding: &Finding| match finding.code {
        codes::DUPLICATE_NAME | codes::DUPLICATE_INDEX | codes::DUPLICATE_HOSTNAME => {
            let (copy, other) = (site(finding.span?)?, site(finding.labels.first()?.span)?);
            (copy != other).then_some((copy, other))
        }
        _ => None,
    };
    merged(findings, key, |(copy, other), many| {
        let named = many.iter().find(|finding| finding.code == codes::DUPLICATE_NAME)?;
        let indexed = many.iter().any(|finding| finding.code == codes::DUPLICATE_INDEX);
        let (copy, other) = (&network.sites.get(copy)?.id.value, &network.sites.get(other)?.id.value);
        let message = format!("sites `{copy}` and `{other}` have one name and one index");
        let finding = Finding { message, ..named.clone() };
        let help = "each building has its own; where one file is a copy of the other, change or delete the copy";
        indexed.then(|| finding.help(help))
    })
}

/// A gateway of many sites that none of them has: the VLAN's word for it is wrong.
pub(super) fn of_gateways(finding: Finding) -> Finding {
    match finding.labels.first().cloned() {
        Some(label) if finding.code == codes::NO_GATEWAY && finding.span.is_some() => {
            let here = finding.span;
            let finding = Finding { labels: Vec::new(), ..finding }.at_saying(label.span, "nobody there is one");
            finding.labels(here, "for example here")
        }
        _ => finding,
    }
}

/// VLANs that many links of one profile do not carry are missing in the profile.
pub(super) fn of_tagged(network: &Network, finding: Finding, many: bool) -> Finding {
    let tagged = network.profiles.values().filter_map(|profile| profile.settings.tagged.as_ref());
    let lists: Vec<Span> = tagged.flat_map(|list| list.value.iter().map(|name| name.span).chain([list.span])).collect();
    let label = finding.labels.first().cloned().filter(|label| lists.contains(&label.span));
    match label.filter(|_| finding.code == codes::VLAN_NOT_CARRIED && many) {
        Some(label) => {
            let here = finding.span;
            let finding = Finding { labels: Vec::new(), ..finding }.at_saying(label.span, "these alone are tagged");
            finding.labels(here, "for example here")
        }
        None => finding,
    }
}

fn counted<K: Ord>(findings: &[Finding], key: impl Fn(&Finding) -> Option<K>) -> BTreeMap<K, usize> {
    let mut count = BTreeMap::new();
    for key in findings.iter().filter_map(key) {
        *count.entry(key).or_insert(0) += 1;
    }
    count
}

/// Puts one finding in the place of all that have a key in common; where none can be made, they stay.
fn merged<K: Ord + Copy>(
    findings: Vec<Finding>,
    key: impl Fn(&Finding) -> Option<K>,
    mut one: impl FnMut(K, &[Finding]) -> Option<Finding>,
) -> Vec<Finding> {
    let mut groups: BTreeMap<K, Vec<Finding>> = BTreeMap::new();
    let mut rest = Vec::new();
    for finding in findings {
        match key(&finding) {
            Some(key) => groups.entry(key).or_default().push(finding),
            None => rest.push(finding),
        }
    }
    for (key, mut many) in groups {
        many.sort_by_key(|finding| finding.span);
        match one(key, &many) {
            Some(finding) => rest.push(finding),
            None => rest.extend(many),
        }
    }
    rest
}

/// Blocks and lengths of the address plan.
fn of_plan(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let plan = &network.plan;
    // A plan in the wrong place is in somebody else's as well.
    let public = findings.iter().any(|f| f.code == codes::PUBLIC_ADDRESSES && f.span == Some(plan.ipv4.span));
    let mut findings = findings;
    findings.retain(|finding| !(public && finding.code == codes::PLAN_OUTSIDE));
    // And where it is elsewhere, no server seems to be in it.
    let outside = findings.iter().filter(|finding| finding.code == codes::PLAN_OUTSIDE).count();
    findings.retain(|finding| !((public || outside >= 2) && finding.code == codes::SERVER_NOWHERE));
    let key = |finding: &Finding| match finding.code {
        code @ (codes::SUBNET_OUTSIDE | codes::INDEX_OUTSIDE | codes::PLAN_OUTSIDE) => Some((code, None)),
        // Both blocks in the way of one organisation.
        code @ codes::PLAN_OVERLAP => finding
            .labels
            .first()
            .map(|label| (code, Some(label.span)))
            .filter(|_| finding.span != Some(plan.ipv4.span)),
        _ => None,
    };
    merged(findings, key, |(code, label): (Code, Option<Span>), many| {
        let first = many.first()?;
        let count = many.len();
        let (span, message, help) = match code {
            codes::SUBNET_OUTSIDE if count >= MANY => (
                plan.site_prefix.span,
                format!(
                    "{count} VLANs have subnets that do not fit into a site's block of length {}",
                    plan.site_prefix.value
                ),
                "make the block of a site larger (a smaller number), or the subnets smaller",
            ),
            codes::INDEX_OUTSIDE if count >= 2 && many.iter().all(|one| one.span == first.span) => {
                return Some(first.clone());
            }
            codes::INDEX_OUTSIDE if count >= 2 => {
                let organisations = network.organisations.iter().map(|org| org.index.span);
                let of_plan = organisations.filter(|span| many.iter().any(|f| f.span == Some(*span))).count();
                let what = if of_plan == count { "organisations" } else { "sites" };
                // A site's block may be too large, or that of its organisation too small; so may the plan's own.
                let span = if of_plan > 0 { plan.ipv4.span } else { plan.organisation_prefix.span };
                (
                    span,
                    format!("{count} {what} have an index for which the address plan has no block"),
                    "blocks of organisations lie in the plan, blocks of sites in those: look at `ipv4`, `organisation_prefix` and `site_prefix`",
                )
            }
            codes::PLAN_OUTSIDE if count >= 2 => (
                plan.ipv4.span,
                format!("{count} blocks of the address plan lie outside it"),
                "the plan holds organisations, links, loopbacks and what is reserved",
            ),
            codes::PLAN_OVERLAP if count >= 2 => {
                let organisation = network.organisations.iter().find(|org| Some(org.index.span) == label)?;
                // Organisations are numbered one after the other; one that is not has a wrong number.
                let dense = usize::try_from(organisation.index.value).is_ok_and(|n| n < network.organisations.len());
                let span = if dense { plan.organisation_prefix.span } else { organisation.index.span };
                (
                    span,
                    format!("links and loopbacks lie in the block of organisation `{}`", organisation.id.value),
                    "blocks of organisations end before those for links and loopbacks begin",
                )
            }
            _ => return None,
        };
        let finding = Finding { severity: first.severity, ..Finding::error(code, message) };
        let finding = finding.at(span).help(help).more(count - 1);
        let label = first.span.filter(|place| *place != span);
        Some(finding.labels(label, first.message.clone()))
    })
}

/// Reservations outside what a VLAN keeps for them, and channels that the whole network rules out.
fn of_ranges(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let kept: BTreeSet<Span> =
        network.vlans.iter().filter_map(|vlan| Some(vlan.reserved_hosts.as_ref()?.span)).collect();
    let dfs = network.settings.wireless.dfs.as_ref().map(|dfs| dfs.span);
    let key = |finding: &Finding| {
        // Everything that is wrong with one stack.
        if finding.code == codes::STACK {
            return finding.span;
        }
        let label = finding.labels.first()?.span;
        match finding.code {
            codes::RESERVATION if kept.contains(&label) => Some(label),
            codes::CHANNEL_RADAR if dfs == Some(label) => Some(label),
            // One reservation that several sites stand in.
            codes::RESERVED_TAKEN => finding.span,
            _ => None,
        }
    };
    merged(findings, key, |span, many| {
        let (first, more) = (many.first()?, many.len().checked_sub(1).filter(|more| *more > 0)?);
        let finding =
            Finding { labels: Vec::new(), message: format!("{}, and {more} more", first.message), ..first.clone() };
        let finding = finding.more(more);
        if matches!(first.code, codes::RESERVED_TAKEN | codes::STACK) {
            return Some(Finding { labels: first.labels.clone(), ..finding });
        }
        let finding = finding.at_saying(span, "ruled out here");
        Some(finding.labels(first.span, "the first of them"))
    })
}

/// Host names that the rules do not allow, at several sites.
fn of_names(network: &Network, findings: Vec<Finding>) -> Vec<Finding> {
    let naming = &network.policy.naming;
    let Some(longest) = &naming.max_length else { return findings };
    let is_long = |finding: &Finding| {
        finding.code == codes::HOSTNAME && finding.labels.iter().any(|label| label.span == longest.span)
    };
    let sites: BTreeSet<FileId> = findings.iter().filter(|f| is_long(f)).filter_map(|f| Some(f.span?.file)).collect();
    if sites.len() < 2 {
        return findings;
    }
    merged(
        findings,
        |finding| is_long(finding).then_some(()),
        |(), many| {
            let first = many.first()?;
            let spans: BTreeSet<Span> = many.iter().filter_map(|finding| finding.span).collect();
            let (span, what) =
                word_at_fault(network, &spans).unwrap_or((longest.span, "the naming rules allow no more"));
            let message = format!("host names at {} sites are too long: {}", sites.len(), first.message);
            let finding = Finding::error(codes::HOSTNAME, message).at_saying(span, what).more(sites.len() - 1);
            let label = finding.labels(first.span, "the first of them");
            Some(label.help("allow longer names, or make the words that they are made of shorter"))
        },
    )
}

/// The word that all names at fault have in common, and no other has: that of a role or of an organisation.
fn word_at_fault(network: &Network, spans: &BTreeSet<Span>) -> Option<(Span, &'static str)> {
    let mut roles: BTreeSet<Role> = BTreeSet::new();
    let mut organisations = BTreeSet::new();
    for site in network.sites.iter().filter(|site| spans.iter().any(|span| span.file == site.span.file)) {
        organisations.insert(&site.organisation.value);
        // One finding stands for a whole site; its first device tells.
        roles.extend(site.devices.iter().filter(|device| spans.contains(&device.span)).map(|device| device.role));
    }
    let naming = &network.policy.naming;
    let usual = |length: usize| length > 3;
    let role = roles.first().filter(|_| roles.len() == 1).and_then(|role| naming.roles.get(role));
    if let Some(word) = role.filter(|word| usual(word.len())) {
        return Some((word.span, "this word is long"));
    }
    let only = organisations.first().filter(|_| organisations.len() == 1)?;
    let code = network.organisations.iter().find(|org| org.id.value == **only).map(|org| &org.code)?;
    (usual(code.as_str().len()) && network.organisations.len() > 1).then_some((code.span, "this code is long"))
}

/// A VLAN in the wrong segment, or with the name of another, looks like networks on air that lead astray; one
/// that nobody uses, or that telephones have, is told of in those words.
fn of_segments(mut findings: Vec<Finding>) -> Vec<Finding> {
    const ECHOES: [(Code, &[Code]); 20] = [
        (codes::CIRCLE, &[codes::LOGIN_VLAN_CLASS, codes::BPDU_GUARD]),
        (codes::PROFILE_SHAPE, &[codes::NO_ROOM, codes::LINK_NARROW]),
        (codes::MODEL_PORTS, &[codes::NO_SUCH_PORT]),
        (codes::MODEL_ROLE, &[codes::MODEL_PORTS, codes::LINK_PORT, codes::NO_CONTROLLER]),
        (codes::NO_SUCH_PORT, &[codes::LINK_NARROW, codes::PAIR_KIND]),
        (codes::SUBNET_SMALL, &[codes::SERVER_NOWHERE]),
        (codes::LISTED_TWICE, &[codes::SERVICE_CUT_OFF, codes::LEASES_CUT_OFF]),
        (codes::MODEL_PLATFORM, &[codes::NO_CONTROLLER]),
        (codes::SERVER_NOWHERE, &[codes::NAMELESS]),
        (codes::NO_LOGIN, &[codes::FLOW_TOO_WIDE]),
        (codes::WRONG_TYPE, &[codes::VOICE_VLAN, codes::NO_LEASES]),
        (codes::NO_GATEWAY, &[codes::CUT_OFF]),
        (codes::PLAN_OVERLAP, &[codes::INDEX_OUTSIDE]),
        (codes::SUBNET_OUTSIDE, &[codes::NO_ROOM]),
        (codes::SEGMENT_MIXED, &[codes::SSID_OPEN, codes::LOGIN_VLAN_CLASS, codes::FLOW_WITHIN, codes::SSID_ISOLATION]),
        (codes::DUPLICATE_NAME, &[codes::SSID_OPEN, codes::SSID_ISOLATION, codes::SSID_CROWD, codes::LOGIN_VLAN_CLASS]),
        (codes::VLAN_UNUSED, &[codes::NO_LEASES]),
        (codes::VOICE_VLAN, &[codes::NO_LEASES, codes::LOGIN_VLAN_CLASS]),
        (codes::PORT_VLAN_ABSENT, &[codes::LOGIN_VLAN_CLASS]),
        (codes::ILLEGAL_VALUE, &[codes::LOGIN_VLAN_CLASS]),
    ];
    /// What reaches no further than the file it stands in.
    const LOCAL: [Code; 3] = [codes::NO_SUCH_PORT, codes::NO_GATEWAY, codes::MODEL_ROLE];
    // Names of rooms and reservations mean nothing elsewhere, and neither does the address of one device.
    let is_common = |finding: &Finding| {
        let twice = || ["VLANs", "SSIDs"].iter().any(|kind| finding.is_about(&About::Twice(kind)));
        (finding.code != codes::DUPLICATE_NAME || twice()) && !finding.is_about(&About::OfDevices)
    };
    for (cause, echoes) in ECHOES {
        let told = findings.iter().filter(|finding| finding.code == cause && is_common(finding));
        let Some(severity) = told.clone().map(|finding| finding.severity).max() else { continue };
        // Whether anybody gives hosts addresses where there are none is not even a note.
        let severity = if cause == codes::VLAN_UNUSED { Severity::Warning } else { severity };
        let files: BTreeSet<FileId> = told
            .flat_map(|finding| {
                // The model of a device reaches no further than its own lines.
                let labels = finding.labels.iter().filter(|_| cause != codes::MODEL_ROLE);
                finding.span.into_iter().chain(labels.map(|label| label.span))
            })
            .map(|span| span.file)
            .collect();
        let near =
            |finding: &Finding| !LOCAL.contains(&cause) || finding.span.is_some_and(|span| files.contains(&span.file));
        findings.retain(|finding| !(echoes.contains(&finding.code) && finding.severity <= severity && near(finding)));
    }
    findings
}
