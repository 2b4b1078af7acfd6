//! Each wireless network has a password of its own.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Ssid;
use crate::source::Span;
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
}
