//! Voice VLANs are apart from the data beside them, and telephones in them get addresses.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::derive::levels::settled;
use crate::derive::naming::{letters, slug};
use crate::finding::{Finding, codes};
use crate::model::settings::list;
use crate::model::{Gateway, Part, PortSettings, Vlan};
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for settings in subject.wiring.settings() {
        let Some(said) = &settings.voice else { continue };
        let Some(voice) = &said.value else { continue };
        if let Some(data) = settings.vlan.as_ref().filter(|data| data.value == *voice) {
            told.insert(said.span);
            let message = format!("telephones and computers share VLAN `{voice}`");
            findings.push(
                Finding::error(codes::VOICE_VLAN, message)
                    .at_saying(said.span, "the voice VLAN of a port")
                    .label(data.span, "is its untagged VLAN as well")
                    .help("give telephones a VLAN of their own, or leave `voice` out"),
            );
            continue;
        }
        // A profile that others extend says so for them as well.
        if told.contains(&said.span) {
            continue;
        }
        if let Some((data, here)) = others(subject, settings, voice) {
            if told.insert(said.span) {
                let message = format!("telephones are put into VLAN `{voice}`, where others are");
                findings.push(
                    Finding::warning(codes::VOICE_VLAN, message)
                        .at(said.span)
                        .label(data, here)
                        .help("name the VLAN of telephones, or leave `voice` out"),
                );
            }
            continue;
        }
        if let Some(meant) = telephones(subject, voice) {
            if told.insert(said.span) {
                let message =
                    format!("telephones are put into VLAN `{voice}`, and VLAN `{}` is theirs", meant.name.value);
                findings.push(
                    Finding::warning(codes::VOICE_VLAN, message)
                        .at(said.span)
                        .label(meant.name.span, "called after telephones")
                        .help(format!("`voice: {}`, or `none`", meant.name.value)),
                );
            }
            continue;
        }
        // A list that could not be read may hold one.
        if !subject.network.gaps.whole(Part::Vlans) {
            continue;
        }
        // Telephones with addresses by hand are listed as reservations.
        let by_hand = |name| subject.network.sites.iter().flat_map(|s| &s.reservations).any(|r| r.vlan.value == name);
        if let Some(vlan) = subject.vlan(voice)
            && vlan.dhcp_relay.is_empty()
            && !by_hand(vlan.name.value.clone())
            && told.insert(vlan.name.span)
        {
            let message = format!("telephones in VLAN `{voice}` get no address: it relays to no DHCP server");
            findings.push(
                Finding::warning(codes::VOICE_VLAN, message)
                    .at(vlan.name.span)
                    .label(said.span, "telephones are put in it here")
                    .help("add `dhcp_relay: [server]` to the VLAN"),
            );
        }
    }
}

/// How words for telephones begin, in the languages of the north, German and English; and those that are nothing more.
const TELEPHONE: [&str; 6] = ["voice", "voip", "phone", "telefo", "telepho", "puhelin"];
const TELEPHONES: [&str; 3] = ["tele", "tfn", "tel"];
/// Parts of such words, where they are enough.
const WITHIN: [&str; 5] = ["tel", "tfn", "dect", "sip", "vox"];

/// The one VLAN that is called after telephones, where a voice VLAN is called otherwise.
fn telephones<'n>(subject: Subject<'n>, voice: &Id) -> Option<&'n Vlan> {
    let letters = letters(&subject.network.policy.naming);
    let begins = |text: &str| {
        slug(text, &letters)
            .split('-')
            .any(|word| TELEPHONES.contains(&word) || TELEPHONE.iter().any(|telephone| word.starts_with(telephone)))
    };
    let titled = |vlan: &Vlan, called: &dyn Fn(&str) -> bool| {
        called(vlan.name.as_str()) || vlan.title.as_ref().is_some_and(|title| called(title))
    };
    // Where they are now, a part of a word is enough (`iptel`, `snabbtelefoni`).
    let within = |text: &str| {
        let text = slug(text, &letters);
        WITHIN.iter().chain(&TELEPHONE).any(|telephone| text.contains(telephone))
    };
    let own = subject.vlan(voice).filter(|own| !titled(own, &begins) && !titled(own, &within))?;
    // Exchanges stand among servers.
    let theirs = |vlan: &&Vlan| vlan.gateway.value == Gateway::Site && titled(vlan, &begins);
    let mut theirs = subject.network.vlans.iter().filter(theirs);
    let one = theirs.next()?;
    (theirs.next().is_none() && one.name.value != own.name.value).then_some(one)
}

/// Who else is in the voice VLAN of a port, where anybody is.
pub(in crate::check) fn others(
    subject: Subject<'_>,
    settings: &PortSettings,
    voice: &Id,
) -> Option<(Span, &'static str)> {
    // Logins that lead to the voice VLAN, and not to the port's own, changed places with it; else they may be of telephones.
    let dynamic = list(&settings.dot1x.dynamic_vlans);
    let own = dynamic.iter().any(|name| settings.vlan.as_ref().is_some_and(|vlan| vlan.value == name.value));
    let login = dynamic.iter().find(|name| name.value == *voice && !own);
    let login = login.map(|login| (login.span, "logins lead to it here"));
    login.or_else(|| Some((people(subject, voice)?, "theirs")))
}

/// Where a profile that is for no telephones has a VLAN as its own, or is led to it.
fn people(subject: Subject<'_>, voice: &Id) -> Option<Span> {
    if let Some(devices) = subject.management().filter(|vlan| vlan.name.value == *voice) {
        return Some(devices.name.span);
    }
    let profiles = || subject.network.profiles.values();
    let owners = || profiles().filter(|it| it.settings.vlan.as_ref().is_some_and(|vlan| vlan.value == *voice));
    let own = owners().next()?.settings.vlan.as_ref()?;
    // People are in it where failed logins of others lead, or where they may have a telephone besides, which elsewhere has
    // another VLAN.
    let login = profiles().any(|it| {
        let (dot1x, own) = (&it.settings.dot1x, it.settings.vlan.as_ref());
        let mut single = dot1x.critical_vlan.iter().chain(&dot1x.guest_vlan);
        own.is_none_or(|own| own.value != *voice) && single.any(|name| name.value == *voice)
    });
    let named = |settings: &PortSettings| settings.voice.as_ref().and_then(|said| said.value.clone());
    let another = || profiles().filter_map(|profile| named(&profile.settings)).any(|other| other != *voice);
    let other =
        |owner| settled(subject.network, owner).voice.is_some_and(|said| said.value.is_some_and(|it| it != *voice));
    let beside = || owners().any(other);
    (login || (another() && beside())).then_some(own.span)
}
