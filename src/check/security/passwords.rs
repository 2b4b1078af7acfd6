//! Samnet logs in with a key wherever it can.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::LoginMethod;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let methods = &subject.network.login.methods;
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
