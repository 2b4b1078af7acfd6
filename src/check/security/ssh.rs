//! The SSH servers of devices are set up as one would today.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Sp;

/// Seconds a login may take.
const TIMEOUT: u32 = 120;
/// Attempts a login may take.
const RETRIES: u32 = 5;
/// Bits of an RSA key below which it can be broken (NIST SP 800-131A).
const KEY_BITS: u32 = 2048;
/// Bits of the longest RSA key that switches make.
const MOST_BITS: u32 = 4096;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.settings() {
        let ssh = &settings.security.ssh;
        let mut say = |finding: Finding, value: &Sp<u32>, help: &str| findings.push(finding.at(value.span).help(help));
        if let Some(version) = ssh.version.as_ref().filter(|version| version.value != 2) {
            let message = match version.value {
                1 => "SSH version 1 can be read by whoever stands between".to_owned(),
                other => format!("there is no SSH version {other}"),
            };
            say(Finding::error(codes::SSH_WEAK, message), version, "`version: 2`");
        }
        if let Some(bits) = ssh.key_bits.as_ref().filter(|bits| bits.value < KEY_BITS) {
            let message = format!("an RSA key of {} bits can be broken", bits.value);
            say(Finding::error(codes::SSH_WEAK, message), bits, "3072 is usual, 2048 the least");
        }
        if let Some(bits) = ssh.key_bits.as_ref().filter(|bits| bits.value > MOST_BITS) {
            let message = format!("devices make no RSA key of {} bits", bits.value);
            say(Finding::error(codes::SSH_WEAK, message), bits, "3072 is usual, 4096 the most");
        }
        if let Some(timeout) = ssh.timeout.as_ref().filter(|timeout| timeout.value == 0 || timeout.value > TIMEOUT) {
            let message = format!("a login may take {} seconds", timeout.value);
            say(Finding::warning(codes::SSH_WEAK, message), timeout, "between 1 and 120; 60 is usual");
        }
        if let Some(retries) = ssh.retries.as_ref().filter(|retries| retries.value == 0 || retries.value > RETRIES) {
            let message = format!("a login may take {} attempts", retries.value);
            say(Finding::warning(codes::SSH_WEAK, message), retries, "between 1 and 5; 3 is usual");
        }
    }
}
