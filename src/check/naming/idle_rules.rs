//! Naming rules that can never apply.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let naming = &subject.network.policy.naming;
    for (letter, plain) in &naming.letters {
        let why = if letter.is_uppercase() {
            "names are made lower-case before letters are replaced"
        } else if letter.is_ascii_alphanumeric() && plain.value == letter.to_string() {
            "it stays what it is"
        } else {
            continue;
        };
        let message = format!("the rule for the letter `{letter}` does nothing");
        findings.push(Finding::warning(codes::IDLE_RULE, message).at_saying(plain.span, why));
    }
    for word in naming.drop.iter().filter(|word| word.split_whitespace().count() != 1) {
        let message = format!("`{}` is never dropped from a site's code", word.value);
        let finding = Finding::warning(codes::IDLE_RULE, message);
        findings
            .push(finding.at_saying(word.span, "names are compared word by word").help("list its words one by one"));
    }
}
