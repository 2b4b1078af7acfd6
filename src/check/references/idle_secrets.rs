//! Secrets that nothing names.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let parts = [Part::Network, Part::Ssids, Part::Sites];
    if !parts.iter().all(|part| network.gaps.whole(*part)) || !network.gaps.sites.is_empty() {
        return;
    }
    let used: BTreeSet<&Id> = subject.secrets().map(|(_, name, _)| name).collect();
    for (name, source) in network.secrets.iter().filter(|(name, _)| !used.contains(name)) {
        let finding = Finding::note(codes::IDLE, format!("nothing uses the secret `{name}`")).at(source.span);
        findings.push(finding.help("take it out; and where it was in use before, change its value there"));
    }
}
