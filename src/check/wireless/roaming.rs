//! Fast roaming, where it has something to speed up and nothing to break.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Security;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for ssid in &subject.network.ssids {
        let Some(fast) = ssid.fast_roaming.as_ref().filter(|fast| fast.value) else { continue };
        let (message, help) = match ssid.security.value {
            Security::Open | Security::Owe | Security::OweTransition => {
                ("there is no login that 802.11r could shorten", "leave `fast_roaming` out")
            }
            Security::Psk => (
                "things that know only WPA2 often do not join a network with 802.11r at all",
                "leave `fast_roaming` out: a login with a password takes no time",
            ),
            _ => continue,
        };
        findings.push(
            Finding::warning(codes::SSID_ROAMING, format!("fast roaming on `{}`: {message}", ssid.name.value))
                .at(fast.span)
                .label(ssid.security.span, "the security")
                .help(help),
        );
    }
}
