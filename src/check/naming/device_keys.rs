//! Role and number name a device within its site, so they come once.

use std::collections::BTreeMap;

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::model::Role;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for site in &subject.network.sites {
        let mut first: BTreeMap<(Role, u32), Span> = BTreeMap::new();
        for device in &site.devices {
            let key = (device.role, device.number);
            if let Some(first) = first.get(&key) {
                let message =
                    format!("{}-{} is described twice at `{}`", device.role.word(), device.number, site.id.value);
                let finding = second(codes::DUPLICATE_DEVICE, message, device.span, *first);
                findings.push(finding.help("one key may name many devices at once: `ap-[1-12]`"));
            }
            first.entry(key).or_insert(device.span);
        }
    }
}
