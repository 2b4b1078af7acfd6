//! Names on air are short enough.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::yaml::short;

/// IEEE 802.11, 9.4.2.2.
const MOST_BYTES: usize = 32;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for ssid in &subject.network.ssids {
        let (bytes, letters) = (ssid.name.len(), ssid.name.chars().count());
        if bytes <= MOST_BYTES {
            continue;
        }
        let message = format!("SSID `{}` is {bytes} bytes long; 802.11 allows {MOST_BYTES}", short(&ssid.name));
        let finding = Finding::error(codes::SSID_TOO_LONG, message).at(ssid.name.span);
        findings.push(finding.help(if letters < bytes {
            format!("it has {letters} letters, and each of å, ä and ö takes two bytes")
        } else {
            format!("leave {} letters out", bytes - MOST_BYTES)
        }));
    }
}
