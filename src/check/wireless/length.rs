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
        let cut = (0..=MOST_BYTES).rev().find_map(|end| ssid.name.get(..end)).unwrap_or_default().trim_end();
        let why = if letters < bytes {
            format!("it has {letters} letters, and each of å, ä and ö takes two bytes")
        } else {
            let more = bytes - MOST_BYTES;
            format!("leave {more} letter{} out", if more == 1 { "" } else { "s" })
        };
        let free = !cut.is_empty() && subject.network.ssids.iter().all(|other| other.name.value != cut);
        findings.push(finding.help(if free { format!("{why}, as in `{cut}`") } else { why }));
    }
}
