//! Names on air that differ only in letters a configuration's own names cannot have.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Ssid;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<String, &Ssid> = BTreeMap::new();
    for ssid in &subject.network.ssids {
        let plain = any_ascii::any_ascii(&ssid.name).to_ascii_lowercase();
        let key: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        match first.get(&key) {
            // The very same name is a finding of its own.
            Some(other) if other.name.value != ssid.name.value => {
                let message = format!("SSIDs `{}` and `{}` are too much alike", other.name.value, ssid.name.value);
                findings.push(
                    Finding::error(codes::DUPLICATE_NAME, message)
                        .at_saying(ssid.name.span, format!("both become `{key}` where devices name them"))
                        .label(other.name.span, "first used here"),
                );
            }
            Some(_) => {}
            None => {
                first.insert(key, ssid);
            }
        }
    }
}
