//! Secrets that are named exist.

use super::Names;
use crate::check::{Subject, said};
use crate::finding::Finding;
use crate::model::Part;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.secrets.keys().map(Id::as_str);
    let secrets = Names::new(network, "secret", Part::Network, "inventory/network.yaml", all);
    for (_, name, span) in said::secrets(network) {
        secrets.find(name.as_str(), span, findings);
    }
}
