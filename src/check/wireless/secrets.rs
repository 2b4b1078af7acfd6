//! A shared password where the security needs one, and nowhere else.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // A secret that could not be read is not missing.
    if !subject.network.gaps.whole(Part::Ssids) {
        return;
    }
    for ssid in &subject.network.ssids {
        let name = &ssid.name.value;
        match (&ssid.secret, ssid.security.needs_secret()) {
            (None, true) => findings.push(
                Finding::error(codes::SSID_SECRET, format!("SSID `{name}` needs a shared password and names none"))
                    .at_saying(ssid.security.span, "this security has one password for all")
                    .help("add `secret: NAME`, and NAME to the secrets in inventory/network.yaml"),
            ),
            (Some(secret), false) => findings.push(
                Finding::warning(codes::SSID_SECRET, format!("SSID `{name}` has a shared password that nothing uses"))
                    .at(secret.span)
                    .label(ssid.security.span, "this security has none"),
            ),
            _ => {}
        }
    }
}
