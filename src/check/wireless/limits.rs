//! Limits that let nothing through.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for ssid in &subject.network.ssids {
        let Some(limit) = ssid.rate_limit_mbit.as_ref().filter(|limit| limit.value == 0) else { continue };
        findings.push(
            Finding::error(codes::SSID_LIMIT, format!("stations of `{}` may send 0 Mbit/s", ssid.name.value))
                .at(limit.span)
                .help("some devices read 0 as no limit, others as nothing at all; leave it out, or give a rate"),
        );
    }
}
