//! Each wireless network has a password of its own.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Network, Ssid};
use crate::source::{Sp, Span};
use crate::value::SecretName;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&SecretName, (Span, &Ssid)> = BTreeMap::new();
    for ssid in subject.network.ssids.iter().filter(|ssid| ssid.security.needs_secret()) {
        let Some(secret) = &ssid.secret else { continue };
        if let Some((span, other)) = first.get(&secret.value) {
            // Where it is called after the VLAN of one of them, the other one is wrong.
            let called = |ssid: &Ssid| secret.as_str().contains(ssid.vlan.as_str());
            let swapped = called(ssid) && !called(other);
            let (wrong, here, there) = if swapped { (*other, *span, secret.span) } else { (ssid, secret.span, *span) };
            let message = format!("`{}` has the password of another network", wrong.name.value);
            findings.push(
                Finding::warning(codes::SSID_SHARED_SECRET, message)
                    .at_saying(here, "whoever knows one can join both")
                    .label(there, if swapped { "used here as well" } else { "first used here" })
                    .help("give each network a secret of its own"),
            );
        }
        first.entry(&secret.value).or_insert((secret.span, ssid));
    }
    swapped(subject.network, findings);
}

/// A network whose password is called after the VLAN of another one that has a password, and not after its own.
fn swapped(network: &Network, findings: &mut Vec<Finding>) {
    let called = |ssid: &Ssid, other: &Ssid| {
        ssid.secret
            .as_ref()
            .is_some_and(|secret| secret.as_str().split(['-', '_']).any(|word| word == other.vlan.as_str()))
    };
    let mut told: Vec<&Sp<SecretName>> = Vec::new();
    for ssid in network.ssids.iter().filter(|ssid| !called(ssid, ssid)) {
        let mut others = network.ssids.iter().filter(|it| it.vlan.value != ssid.vlan.value && it.secret.is_some());
        let Some(secret) = &ssid.secret else { continue };
        let Some(other) = others.find(|other| called(ssid, other)) else { continue };
        // Where one secret serves both, that is told; and of two that are swapped the first.
        let theirs = other.secret.as_ref();
        if theirs.is_some_and(|theirs| theirs.value == secret.value || (told.contains(&theirs) && called(other, ssid)))
        {
            continue;
        }
        told.push(secret);
        let message = format!(
            "`{}` has the password `{secret}`, called after the VLAN of `{}`",
            ssid.name.value,
            other.name.value,
            secret = secret.value
        );
        let finding = Finding::warning(codes::SSID_SHARED_SECRET, message).at(secret.span);
        findings.push(finding.label(other.vlan.span, "its VLAN").help("name the network's own secret"));
    }
}
