//! The age of every device is known, where the age of most is.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Device;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut organisations: BTreeMap<&str, (usize, Vec<&Device>)> = BTreeMap::new();
    for site in &subject.network.sites {
        let (dated, without) = organisations.entry(site.organisation.as_str()).or_default();
        for device in &site.devices {
            if device.installed.is_some() { *dated += 1 } else { without.push(device) }
        }
    }
    for (organisation, (dated, without)) in organisations {
        // Where nobody writes it down, nobody forgot it.
        let Some(first) = without.first().filter(|_| dated > without.len()) else { continue };
        let others = super::more(without.len() - 1);
        let message = format!("{}-{}{others} of `{organisation}` has no date", first.role.word(), first.number);
        let finding = Finding::note(codes::UNDATED, message);
        findings.push(finding.at_saying(first.span, "the day it was installed").help("add `installed: YYYY-MM-DD`"));
    }
}
