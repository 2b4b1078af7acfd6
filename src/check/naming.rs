//! Names: what they may be, and that two of them can be told apart.

use crate::model::NameRule;

pub(super) mod blanks;
pub(super) mod device_keys;
pub(super) mod host_words;
pub(super) mod idle_rules;
pub(super) mod limits;
pub(super) mod patterns;
pub(super) mod role_words;
pub(super) mod rule_patterns;
pub(super) mod rules;
pub(super) mod site_codes;
pub(super) mod titles;
pub(super) mod twice;
pub(super) mod vlan_names;

/// The expression of a rule, made to match whole names; `None` where there is none or it is broken.
fn expression(rule: &NameRule) -> Option<Result<regex::Regex, regex::Error>> {
    let pattern = rule.pattern.as_ref()?;
    Some(regex::RegexBuilder::new(&format!("^(?:{})$", pattern.value)).size_limit(1 << 20).build())
}
