//! Voice VLANs are apart from the data beside them, and telephones in them get addresses.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for settings in subject.wiring.settings() {
        let Some(said) = &settings.voice else { continue };
        let Some(voice) = &said.value else { continue };
        if let Some(data) = settings.vlan.as_ref().filter(|data| data.value == *voice) {
            let message = format!("telephones and computers share VLAN `{voice}`");
            findings.push(
                Finding::error(codes::VOICE_VLAN, message)
                    .at_saying(said.span, "the voice VLAN of a port")
                    .label(data.span, "is its untagged VLAN as well")
                    .help("give telephones a VLAN of their own, or leave `voice` out"),
            );
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
