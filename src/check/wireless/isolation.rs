//! Guests do not reach each other.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    if ![Part::Segments, Part::Ssids].iter().all(|part| subject.network.gaps.whole(*part)) {
        return;
    }
    for ssid in subject.network.ssids.iter().filter(|ssid| !ssid.client_isolation) {
        let Some(segment) = subject.vlan(&ssid.vlan.value).and_then(|vlan| subject.segment(vlan)) else { continue };
        // The lowest class is where nobody answers for the hosts: guests, and whatever they bring.
        if segment.klassa.confidentiality > 1 || segment.klassa.integrity > 1 {
            continue;
        }
        findings.push(
            Finding::warning(codes::SSID_ISOLATION, format!("stations of `{}` reach each other", ssid.name.value))
                .at(ssid.name.span)
                .label(segment.title.span, "guests: the lowest class")
                .help("add `client_isolation: true`"),
        );
    }
}
