//! Secrets that are named exist.

use std::collections::BTreeSet;

use super::Names;
use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, SecretSource};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.secrets.iter().map(|(name, source)| (name.as_str(), source.span));
    let mut secrets = Names::new(network, "secret", Part::Network, "inventory/network.yaml", all);
    let used: BTreeSet<&Id> = subject.secrets().map(|(_, name, _)| name).collect();
    let mut told: BTreeSet<&Id> = BTreeSet::new();
    for (_, name, span) in subject.secrets() {
        // A secret that nothing names, with a value in a file of this name, was renamed.
        let renamed = network.secrets.iter().find(|(known, source)| !used.contains(known) && is_file_of(source, name));
        match renamed.filter(|_| network.gaps.whole(Part::Network) && !network.secrets.contains_key(name)) {
            Some((known, source)) if told.insert(name) => {
                let message = format!("there is no secret `{name}`, and `{known}` reads the file of that name");
                let finding = Finding::error(codes::UNKNOWN_NAME, message).at_saying(source.span, "its file");
                findings
                    .push(finding.label(span, "named here").help(format!("call it `{name}` here, or `{known}` there")));
            }
            Some(_) => {}
            None => secrets.find(name.as_str(), span),
        }
    }
    secrets.tell(findings);
    for (name, source) in &network.secrets {
        if let SecretSource::File(path) = &source.value
            && SHARED.iter().any(|folder| path.trim_start_matches("./").starts_with(folder))
        {
            let message = format!("the value of `{name}` stands where everybody reads the project");
            let finding = Finding::warning(codes::SECRET_VALUE, message).at(source.span);
            findings.push(finding.help(format!(
                "keep it outside of what is committed: `file:.samnet/secrets/{name}`, which git leaves out"
            )));
        }
    }
}

/// Folders of a project that are committed.
const SHARED: [&str; 3] = ["inventory/", "policies/", "templates/"];

/// Whether a secret's value stands in a file of a name.
fn is_file_of(source: &SecretSource, name: &Id) -> bool {
    matches!(source, SecretSource::File(path) if path.rsplit('/').next() == Some(name.as_str()))
}
