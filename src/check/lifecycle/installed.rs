//! The age of every device is known, where the age of most is.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Device;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for site in network.sites.iter().filter(|site| !network.gaps.sites.contains(site.id.as_str())) {
        let (dated, without): (Vec<&Device>, Vec<&Device>) =
            site.devices.iter().partition(|device| device.installed.is_some());
        // Where nobody writes it down, nobody forgot it.
        let Some(first) = without.first().filter(|_| dated.len() > without.len()) else { continue };
        let others = super::more(without.len() - 1);
        let message = format!("{}-{}{others} of `{}` has no date", first.role.word(), first.number, site.id.value);
        let finding = Finding::note(codes::UNDATED, message);
        findings.push(finding.at_saying(first.span, "the day it was installed").help("add `installed: YYYY-MM-DD`"));
    }
}
