//! Each wireless network has a password of its own.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&Id, Span> = BTreeMap::new();
    for ssid in subject.network.ssids.iter().filter(|ssid| ssid.security.needs_secret()) {
        let Some(secret) = &ssid.secret else { continue };
        if let Some(span) = first.get(&secret.value) {
            let message = format!("`{}` has the password of another network", ssid.name.value);
            findings.push(
                Finding::warning(codes::SSID_SHARED_SECRET, message)
                    .at_saying(secret.span, "whoever knows one can join both")
                    .label(*span, "first used here")
                    .help("give each network a secret of its own"),
            );
        }
        first.entry(&secret.value).or_insert(secret.span);
    }
}
