//! Whoever failed a login, or could not try, does not land among what is worth more than what the port is for.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::levels::settled;
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Part, PortProfile, Segment};
use crate::source::{FileId, Span};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let whole = subject.network.gaps.whole(Part::Segments);
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let profiles: BTreeSet<FileId> = subject.network.profiles.values().map(|profile| profile.name.span.file).collect();
    // Of a profile in another VLAN than its own that is what is wrong.
    let astray: BTreeSet<Span> = super::namesake::astray(subject.network).map(|astray| astray.vlan.span).collect();
    for settings in subject.wiring.settings() {
        let own = settings.vlan.as_ref().filter(|name| !astray.contains(&name.span));
        let Some(own) = own.and_then(|name| subject.vlan(&name.value)) else { continue };
        let dot1x = &settings.dot1x;
        for (who, name) in [
            ("who comes while no RADIUS server answers", &dot1x.critical_vlan),
            ("who fails the login", &dot1x.guest_vlan),
        ] {
            let Some(name) = name else { continue };
            let Some(vlan) = subject.vlan(&name.value) else { continue };
            let (Some(from), Some(to)) = (subject.segment(own), subject.segment(vlan)) else { continue };
            let [(what, theirs, ours), ..] = worse(from, to)[..] else {
                continue;
            };
            if whole {
                // What a building says of its own VLAN alone is no fault of the profile that all have.
                let of_profile = |span: Span| profiles.contains(&span.file);
                let said = settings.vlan.as_ref().filter(|said| of_profile(name.span) && !of_profile(said.span));
                let at = said.map_or(name.span, |said| said.span);
                if !told.insert(at) {
                    continue;
                }
                let message = format!(
                    "{who} lands in `{}`, whose {what} is of class {theirs}; the port's own VLAN `{}` is of class {ours}",
                    vlan.name.value, own.name.value
                );
                let finding = Finding::warning(codes::LOGIN_VLAN_CLASS, message)
                    .at(at)
                    .label(to.title.span, format!("{what} stands here"));
                findings.push(match said {
                    Some(_) => finding
                        .label(name.span, "the profile says this of all such ports")
                        .help("leave `vlan` out: the profile has one; or name a profile that is meant for these ports"),
                    None => finding.help("name the port's own VLAN or one of a lower class"),
                });
            }
        }
        // Whoever RADIUS lets choose should not stand among the devices.
        let devices = subject.management();
        let chosen =
            list(&dot1x.dynamic_vlans).iter().find(|name| devices.is_some_and(|vlan| vlan.name.value == name.value));
        if let (Some(name), Some(vlan)) = (chosen.filter(|name| name.value != own.name.value), devices)
            && told.insert(name.span)
        {
            let message = format!("RADIUS may put whoever logs in into `{}`, where devices are managed", name.value);
            findings.push(
                Finding::warning(codes::LOGIN_VLAN_CLASS, message)
                    .at(name.span)
                    .label(vlan.name.span, "the VLAN of devices")
                    .help("take it out of `dynamic_vlans`"),
            );
        }
        let asked = dot1x.enabled.as_ref().is_some_and(|on| on.value);
        // Nobody is asked while no RADIUS server answers.
        let together = |name: &Span| settings.vlan.as_ref().is_some_and(|own| own.span.file == name.file);
        let critical = dot1x.critical_vlan.as_ref().filter(|open| together(&open.span));
        if let Some(open) = critical.filter(|open| asked && open.value != own.name.value)
            && let Some(theirs) = logins(subject, &open.value)
            && told.insert(open.span)
        {
            let message = format!(
                "who comes while no RADIUS server answers lands in `{}`, where others have to log in",
                open.value
            );
            let finding = Finding::warning(codes::LOGIN_VLAN_CLASS, message)
                .at(open.span)
                .label(theirs, "asked for a login here");
            findings.push(finding.help("name the port's own VLAN, or one that is open to everybody"));
        }
        if let Some(guest) = dot1x.guest_vlan.as_ref().filter(|guest| asked && guest.value != own.name.value)
            && let Some(theirs) = logins(subject, &guest.value)
            && told.insert(guest.span)
        {
            let message = format!("who fails the login lands in `{}`, where others have to log in", guest.value);
            let finding = Finding::warning(codes::LOGIN_VLAN_CLASS, message).at(guest.span);
            findings
                .push(finding.label(theirs, "asked for a login here").help("name a VLAN that is open to everybody"));
        }
        if let (Some(guest), true) = (&dot1x.guest_vlan, asked)
            && guest.value == own.name.value
            && told.insert(guest.span)
        {
            findings.push(
                Finding::warning(
                    codes::LOGIN_VLAN_CLASS,
                    "who fails the login lands in the same VLAN as who passes it",
                )
                .at(guest.span)
                .help("name another VLAN, or leave `guest_vlan` out"),
            );
        }
    }
}

/// What one segment needs more of than another: what it is called, and both classes. Whoever is there can read, and write.
fn worse(from: &Segment, to: &Segment) -> Vec<(&'static str, u8, u8)> {
    let (ours, theirs) = (&from.klassa, &to.klassa);
    let all = [
        ("confidentiality", theirs.confidentiality, ours.confidentiality),
        ("integrity", theirs.integrity, ours.integrity),
    ];
    all.into_iter().filter(|(_, theirs, ours)| theirs > ours).collect()
}

/// The profile that asks for a login to a VLAN, unless the VLAN is of the lowest class there is.
fn logins(subject: Subject<'_>, vlan: &Id) -> Option<Span> {
    let network = subject.network;
    let own = |profile: &PortProfile| {
        let settings = settled(network, profile);
        settings.vlan.as_ref().is_some_and(|own| own.value == *vlan)
            && settings.dot1x.enabled.as_ref().is_some_and(|on| on.value)
    };
    let asked = network.profiles.values().find(|profile| own(profile))?;
    let class = |segment: &Segment| segment.klassa.confidentiality;
    let lowest = network.policy.segments.values().map(class).min();
    let own = subject.vlan(vlan).and_then(|vlan| subject.segment(vlan)).map(class);
    (own > lowest).then_some(asked.name.span)
}
