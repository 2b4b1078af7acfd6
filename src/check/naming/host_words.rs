//! Words that host names are made of are legal in host names: codes, the word for each role, and what the pattern puts
//! between them.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::hostname;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for organisation in &network.organisations {
        legal("the code", organisation.code.as_str(), organisation.code.span, findings);
    }
    for role in network.policy.naming.roles.values() {
        legal("the role's word", &role.value, role.span, findings);
    }
    let pattern = &network.policy.naming.device;
    if !pattern.is_empty() {
        let words = pattern.replace(['{', '}'], "");
        if let Err(error) = hostname(&words) {
            let message = format!("the naming pattern makes host names, and {error}");
            let finding = Finding::error(codes::HOSTNAME, message).at(pattern.span);
            findings.push(finding.help("put hyphens between its words, as in `{org}-{site}-{role}{nn}`"));
        }
    }
    for code in network.sites.iter().filter_map(|site| site.code.as_ref()) {
        legal("the code", code.as_str(), code.span, findings);
    }
}

fn legal(what: &str, text: &str, span: Span, findings: &mut Vec<Finding>) {
    if let Err(error) = hostname(text) {
        let near = text.replace('_', "-");
        let mut finding = Finding::error(codes::HOSTNAME, format!("{what} stands in host names, and {error}")).at(span);
        if hostname(&near).is_ok() {
            finding = finding.help(format!("a legal one near it is `{near}`"));
        }
        findings.push(finding);
    }
}
