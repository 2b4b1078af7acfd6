//! Devices are managed over encrypted protocols only.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::settings::{Protocol, list};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        for protocol in list(&settings.security.protocols) {
            let (word, instead) = match protocol.value {
                Protocol::Telnet => ("telnet", "ssh"),
                Protocol::Http => ("http", "https"),
                Protocol::Ssh | Protocol::Https => continue,
            };
            let message = format!("{word} sends passwords in clear");
            let finding = Finding::error(codes::CLEAR_TEXT, message).at(protocol.span);
            findings.push(finding.help(format!("`{instead}` does the same, encrypted")));
        }
    }
}
