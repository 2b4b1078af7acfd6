//! Naming rules that some name can keep.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for (kind, rule) in &subject.network.policy.naming.rules {
        let word = kind.word();
        if let (Some(Err(error)), Some(pattern)) = (super::expression(rule), &rule.pattern) {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let message = format!("the pattern for names of kind `{word}` is no regular expression: {why}");
            let finding = Finding::error(codes::NAME_RULE_BROKEN, message).at(pattern.span);
            findings.push(finding.help("quote it in YAML; a literal bracket or dot has a backslash in front: `\\.`"));
        }
        let Some(most) = &rule.max_length else { continue };
        let prefix = rule.prefix.as_ref().map_or(0, |prefix| prefix.chars().count());
        if most.value <= prefix {
            let message = format!("no name of kind `{word}` can be as short as {}", most.value);
            let finding = Finding::error(codes::NAME_RULE_BROKEN, message).at(most.span);
            findings.push(match &rule.prefix {
                Some(prefix) => finding.label(prefix.span, "the prefix alone is as long"),
                None => finding.help("leave `max_length` out where any length will do"),
            });
        }
    }
}
