//! Controllers and access points find each other, and nothing stands in a role that its platform does not write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashSet;
use serde_json::Value;

use crate::check::Subject;
use crate::check::settle::first_of;
use crate::check::wiring::Placed;
use crate::derive::DeviceFacts;
use crate::finding::{About, Finding, codes};
use crate::model::{Device, Layer as _, Role};
use crate::platform::Platform;
use crate::source::{FileId, Span};
use crate::value::{DeviceName, Id, MacAddress};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // Devices of one line are one mistake.
    let mut told: BTreeSet<(Span, &str)> = BTreeSet::new();
    let mut wanting: BTreeMap<Option<&str>, Vec<Finding>> = BTreeMap::new();
    let mut unheard_of: BTreeSet<Span> = BTreeSet::new();
    let mut known: BTreeMap<MacAddress, Span> = BTreeMap::new();
    let mut twice: BTreeMap<(FileId, Option<FileId>), Vec<Finding>> = BTreeMap::new();
    let mut awaited: BTreeMap<(usize, &str), bool> = BTreeMap::new();
    let mut alone: BTreeMap<(&Id, &str), Vec<&DeviceFacts>> = BTreeMap::new();
    // What a level says for its switches as well is said of them.
    let heeded: HashSet<usize> =
        subject.derived.configured().map(|facts| Arc::as_ptr(&facts.settings).addr()).collect();
    for one in subject.placed() {
        let Some(entry) = subject.library.get(one.facts.platform.as_str()) else { continue };
        if let Some(mac) = &one.device.mac {
            match known.get(&mac.value) {
                Some(first) => {
                    let finding =
                        Finding::error(codes::MAC_TWICE, format!("two devices have the MAC address {}", mac.value))
                            .at_saying(mac.span, "this one as well")
                            .label(*first, "first used here")
                            .help("read it off the device: one of the two is mistyped");
                    let other = (mac.span.file != first.file).then_some(first.file);
                    twice.entry((mac.span.file, other)).or_default().push(finding);
                }
                None => drop(known.insert(mac.value, mac.span)),
            }
        }
        if let Some(serves) = one.device.serves.as_ref().filter(|_| one.facts.role != Role::Controller) {
            let message = format!("`{}` is no controller, and serves no access points", one.facts.name);
            findings.push(
                Finding::error(codes::NO_CONTROLLER, message)
                    .at(serves.span)
                    .help("take `serves` away from this device"),
            );
        }
        let shared = heeded.contains(&Arc::as_ptr(&one.facts.settings).addr());
        unheard(subject, one.facts, shared, &mut unheard_of, findings);
        let leads = entry.platform.roles.contains(&Role::Controller);
        if is_alone(one.facts, &entry.platform) {
            let place = (one.facts.site, entry.platform.name.as_str());
            if !*awaited.entry(place).or_insert_with(|| is_awaited(subject, one.facts)) {
                let title = entry.platform.title.as_str();
                alone.entry((&one.facts.organisation, title)).or_default().push(one.facts);
                continue;
            }
        }
        let led = leads && one.facts.role == Role::Ap;
        let wrong = role(one.facts, &entry.platform).or_else(|| led.then(|| stray(one.facts, one.device)).flatten());
        if let Some((kind, finding)) = wrong
            && told.insert((one.facts.span, kind))
        {
            let model = (kind == "mac").then_some(one.device.model.as_str());
            wanting.entry(model).or_default().push(finding);
        }
    }
    findings.extend(twice.into_iter().flat_map(|((_, other), many)| copied(other.is_some(), many)));
    for (model, wrong) in wanting {
        let model = model.and_then(|name| subject.network.models.get(name));
        let known = subject.placed().any(|one| {
            model.is_some_and(|model| one.device.model.as_str() == model.name.value && one.device.mac.is_some())
        });
        match (model.filter(|_| !known), &wrong[..]) {
            // None of them has one: they need none, and run something else.
            (Some(model), [first, _, ..]) => {
                let title = subject.library.get(model.platform.as_str()).map_or("", |entry| &entry.platform.title);
                let message = format!(
                    "no access point of model `{}` has a MAC address, by which {title} knows them",
                    model.name.value
                );
                let finding = Finding::warning(codes::NO_CONTROLLER, message).at(model.platform.span);
                let finding = finding.labels(first.span, "for example this one");
                findings.push(
                    finding.help("give each its own: `mac: 00:00:5e:00:53:01`, or the model the platform that it runs"),
                );
            }
            _ => findings.extend(wrong),
        }
    }
    lost(subject, findings);
    apart(subject, findings);
    rivals(subject, findings);
    // One controller that went is one mistake, however many access points it had.
    for ((organisation, title), points) in alone {
        let Some((first, others)) = points.split_first() else { continue };
        let name = &first.name;
        let who = match others.len() {
            0 => format!("`{name}`"),
            more => format!("`{name}` and {more} more of `{organisation}`"),
        };
        let message = format!("no controller serves {who}, and {title} is configured on controllers alone");
        let finding = Finding::error(codes::NO_CONTROLLER, message).about(About::Unserved).more(others.len());
        let could = |one: &Placed<'_>| {
            one.facts.role == Role::Controller
                && one.facts.platform == first.platform
                && one.facts.organisation == *organisation
        };
        findings.push(match subject.placed().find(could) {
            // One that reaches no further than its own site, as long as it does not say so.
            Some(one) => {
                let here = one.device.serves.as_ref().map_or(one.device.model.span, |serves| serves.span);
                finding
                    .at_saying(here, format!("`{}` does not serve them", one.facts.name))
                    .label(first.span, "the first of them")
                    .help(format!("let it serve them as well: `serves: {{ organisations: [{organisation}] }}`"))
            }
            None => finding
                .at(first.span)
                .help("add a device `controller-1` of the platform, or let one serve this site: `serves: { tags: … }`"),
        });
    }
}

/// MAC addresses that two devices have: several of one file in another one came along when it was copied.
fn copied(elsewhere: bool, many: Vec<Finding>) -> Vec<Finding> {
    if !elsewhere || many.len() < 2 {
        return many;
    }
    let help = "the file was copied: each device has an address of its own, which stands on it";
    first_of(many).map(|finding| finding.help(help)).into_iter().collect()
}

/// Access points that can do without a controller, at a site that has none, where all others of the platform have one.
fn lost(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut sites: BTreeMap<&str, BTreeMap<usize, Vec<&DeviceFacts>>> = BTreeMap::new();
    for one in subject.placed().filter(|one| one.facts.role == Role::Ap) {
        let platform = subject.library.get(one.facts.platform.as_str()).map(|entry| &entry.platform);
        if platform.is_some_and(|platform| platform.roles.contains(&Role::Controller) && !is_alone(one.facts, platform))
        {
            sites.entry(one.facts.platform.as_str()).or_default().entry(one.facts.site).or_default().push(one.facts);
        }
    }
    for (platform, sites) in sites {
        let bare = |points: &[&DeviceFacts]| points.iter().all(|it| it.controllers.is_empty());
        let (without, with): (Vec<_>, Vec<_>) = sites.values().partition(|points| bare(points));
        let [points] = without.as_slice() else { continue };
        // One access point alone makes no cluster.
        if points.len() < 2 || with.len() < 2 {
            continue;
        }
        let Some(first) = points.iter().min_by_key(|it| it.span) else { continue };
        let message = format!(
            "no controller serves `{}` and {} more, and all other sites with such access points have one",
            first.name,
            points.len() - 1
        );
        let title = subject.library.get(platform).map_or(platform, |entry| entry.platform.title.as_str());
        findings.push(
            Finding::warning(codes::NO_CONTROLLER, message)
                .at(first.span)
                .about(About::Unserved)
                .more(points.len() - 1)
                .help(format!("add a device `controller-1` of {title}; without one, each is set up by itself")),
        );
    }
}

/// An access point that is set up by itself, at a site whose others are all served by a controller.
fn apart(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut sites: BTreeMap<usize, Vec<Placed<'_>>> = BTreeMap::new();
    for one in subject.placed().filter(|one| one.facts.role == Role::Ap) {
        sites.entry(one.facts.site).or_default().push(one);
    }
    for points in sites.values() {
        let (led, own): (Vec<&Placed<'_>>, Vec<&Placed<'_>>) =
            points.iter().partition(|one| !one.facts.controllers.is_empty());
        let ([odd], [first, _, ..]) = (own.as_slice(), led.as_slice()) else { continue };
        let platform = subject.library.get(odd.facts.platform.as_str()).map(|entry| &entry.platform);
        // One that needs a controller is told for having none.
        if platform.is_none_or(|platform| is_alone(odd.facts, platform)) || odd.facts.platform == first.facts.platform {
            continue;
        }
        let message = format!("`{}` is the one access point here that no controller serves", odd.facts.name);
        findings.push(
            Finding::warning(codes::NO_CONTROLLER, message)
                .at(odd.device.model.span)
                .label(first.device.model.span, "the others run this")
                .help("stations do not roam between the two; name the model that really hangs there"),
        );
    }
}

/// Controllers that serve the same access points, and nothing says that one stands in for the other.
fn rivals(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let claimed: BTreeSet<(&DeviceName, &DeviceName)> =
        subject.claims().map(|claim| (&claim.one.facts.name, &claim.other.name)).collect();
    let mut told: BTreeMap<(&DeviceName, &DeviceName), &DeviceFacts> = BTreeMap::new();
    for facts in subject.derived.devices.values() {
        for (at, one) in facts.controllers.iter().enumerate() {
            for other in facts.controllers.iter().skip(at + 1) {
                if !claimed.contains(&(one, other)) && !claimed.contains(&(other, one)) {
                    told.entry((one, other)).or_insert(facts);
                }
            }
        }
    }
    for ((one, other), facts) in told {
        let devices = &subject.derived.devices;
        let (Some(first), Some(second)) = (devices.get(one), devices.get(other)) else { continue };
        let message = format!("`{one}` and `{other}` both configure `{}`", facts.name);
        let finding =
            Finding::warning(codes::NO_CONTROLLER, message).at(second.span).label(first.span, "the other one");
        let site = if first.site == second.site { String::new() } else { format!("{}/", first.site_id) };
        findings.push(finding.label(facts.span, "for example this one").help(format!(
            "say which serves what (`serves:`), or that one stands in for the other: `redundant_with: {site}controller-{}`",
            first.number
        )));
    }
}

/// Whether no template of the platform writes a device in this role, nor a controller for it.
fn is_unwritten(facts: &DeviceFacts, platform: &Platform) -> bool {
    platform.template.is_some() && !platform.serves_as(facts.role) && facts.controllers.is_empty()
}

/// Whether an access point needs a controller and has none.
fn is_alone(facts: &DeviceFacts, platform: &Platform) -> bool {
    facts.role == Role::Ap && is_unwritten(facts, platform)
}

/// A role that no template of the platform writes.
fn role(facts: &DeviceFacts, platform: &Platform) -> Option<(&'static str, Finding)> {
    // Of an access point that has no controller the controller is to blame.
    if !is_unwritten(facts, platform) || facts.role == Role::Ap {
        return None;
    }
    let (name, title, word) = (&facts.name, &platform.title, facts.role.word());
    let message = format!("no template of {title} writes a device in the role `{word}`, as `{name}` is");
    let help = "take a model of another platform, or a role that fits this one";
    Some(("role", Finding::error(codes::MODEL_ROLE, message).at(facts.span).help(help).about(About::Untemplated)))
}

/// Whether a controller is written for an access point that none serves: it could not be placed, and is told of itself.
fn is_awaited(subject: Subject<'_>, facts: &DeviceFacts) -> bool {
    let network = subject.network;
    let Some(here) = network.sites.get(facts.site) else { return false };
    network.sites.iter().enumerate().any(|(at, site)| {
        site.devices.iter().filter(|device| device.role == Role::Controller).any(|device| {
            let platform = network.models.get(device.model.as_str()).map(|model| model.platform.as_str());
            let serves = device.serves.as_deref().map_or(at == facts.site, |filter| filter.admits(here));
            serves && platform == Some(facts.platform.as_str())
        })
    })
}

/// What is said of an access point and not of its controller, which tells it what to do.
fn unheard(
    subject: Subject<'_>,
    facts: &DeviceFacts,
    shared: bool,
    told: &mut BTreeSet<Span>,
    findings: &mut Vec<Finding>,
) {
    let controller = facts.controllers.first().and_then(|name| subject.derived.devices.get(name));
    let Some(controller) = controller.filter(|controller| controller.settings != facts.settings) else { return };
    let mut holds: BTreeMap<String, Value> = BTreeMap::new();
    controller.settings.leaves("", &mut |path, value, _| drop(holds.insert(path.to_owned(), value)));
    facts.settings.leaves("", &mut |path, value, span| {
        let heard = path.starts_with("switching.") || (shared && !path.starts_with("wireless."));
        let other = !heard && holds.get(path) != Some(&value);
        if other && told.insert(span) {
            let message = format!("`{path}` does nothing on `{}`, which `{}` configures", facts.name, controller.name);
            findings.push(
                Finding::warning(codes::NO_CONTROLLER, message)
                    .at(span)
                    .label(controller.span, "what is said of this one holds")
                    .help("say it of the controller, or of what both belong to"),
            );
        }
    });
}

/// An access point that its controller cannot tell from others.
fn stray(facts: &DeviceFacts, device: &Device) -> Option<(&'static str, Finding)> {
    if device.mac.is_some() {
        return None;
    }
    let message = match facts.controllers.first() {
        Some(controller) => {
            format!("`{}` has no MAC address, so `{controller}` cannot name it or set its radios", facts.name)
        }
        None => format!("`{}` has no MAC address, by which the others of its cluster know it", facts.name),
    };
    let help = "give each access point its own: `mac: 00:00:5e:00:53:01`";
    Some(("mac", Finding::warning(codes::NO_CONTROLLER, message).at(facts.span).help(help)))
}
