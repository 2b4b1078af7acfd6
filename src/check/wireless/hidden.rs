//! Hidden networks.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for ssid in &subject.network.ssids {
        let Some(hidden) = ssid.hidden.as_ref().filter(|hidden| hidden.value) else { continue };
        findings.push(
            Finding::warning(codes::SSID_HIDDEN, format!("hiding `{}` protects nothing", ssid.name.value))
                .at(hidden.span)
                .help("its stations ask for it by name wherever they are, and so tell it to everybody; leave `hidden` out"),
        );
    }
}
