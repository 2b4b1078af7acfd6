//! Samnet logs in with a key wherever it can.

use std::path::Path;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::LoginMethod;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let methods = &subject.network.login.methods;
    for method in methods {
        let LoginMethod::Key(path) = &method.value else { continue };
        let finding = if Path::new(path).extension().is_some_and(|kind| kind == "pub") {
            let message = format!("`{path}` is a public key, and nobody logs in with one");
            Finding::error(codes::ILLEGAL_VALUE, message).help("name the private key beside it, without `.pub`")
        } else if let Some((name, _)) = subject.network.secrets.iter().find(|(name, _)| name.as_str() == path) {
            let message = format!("`{name}` is a secret, and a key is a file");
            Finding::error(codes::ILLEGAL_VALUE, message).help(format!("`password: {name}`, or the path of the key"))
        } else {
            continue;
        };
        findings.push(finding.at(method.span));
    }
    let Some(first) = methods.first() else { return };
    let password = |method: &LoginMethod| matches!(method, LoginMethod::Password(_));
    if password(&first.value) {
        let message = if methods.iter().all(|method| password(&method.value)) {
            "Samnet logs in with a password alone"
        } else {
            "a password is tried before a key"
        };
        let finding = Finding::warning(codes::PASSWORD_FIRST, message).at(first.span);
        findings.push(finding.help("put a key in front: `methods: [agent, { password: NAME }]`"));
    }
}
