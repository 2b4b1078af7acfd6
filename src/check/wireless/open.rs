//! What is confidential is not on air for everybody.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, Security};

/// KLASSA: from here on, harm to an organisation or a person is serious.
const CONFIDENTIAL: u8 = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.network.gaps.whole(Part::Segments) {
        return;
    }
    for ssid in &subject.network.ssids {
        let Some(vlan) = subject.vlan(&ssid.vlan.value) else { continue };
        let Some(segment) = subject.segment(vlan) else { continue };
        let (name, class) = (&ssid.name.value, segment.klassa.confidentiality);
        let confidential = class >= CONFIDENTIAL;
        let finding = match ssid.security.value {
            Security::Open | Security::Owe | Security::OweTransition if confidential => {
                let message = format!("anybody may join `{name}`, which leads to information of class {class}");
                Finding::error(codes::SSID_OPEN, message)
                    .help("use wpa3-enterprise, or sae for things that know no more")
            }
            Security::Psk if confidential => {
                let message = format!(
                    "whoever records a login to `{name}` can try passwords at home, and it leads to information of class {class}"
                );
                Finding::warning(codes::SSID_OPEN, message)
                    .help("use sae, or sae-mixed where some things know no more than WPA2")
            }
            Security::Open => {
                let message = format!("all that is sent over `{name}` can be read by whoever is near");
                Finding::warning(codes::SSID_OPEN, message)
                    .help("use owe, or owe-transition for stations that do not know it (RFC 8110)")
            }
            _ => continue,
        };
        let finding = finding.at(ssid.security.span);
        findings.push(if confidential { finding.label(segment.title.span, "its class stands here") } else { finding });
    }
}
