//! Secrets that are named exist.

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.secrets.iter().map(|(name, source)| (name.as_str(), source.span));
    let mut secrets = Names::new(network, "secret", Part::Network, "inventory/network.yaml", all);
    for (_, name, span) in subject.secrets() {
        secrets.find(name.as_str(), span);
    }
    secrets.tell(findings);
}
