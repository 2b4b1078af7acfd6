//! The time zone is one that the templates can write out.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::platform::Platform;
use crate::source::yaml::short;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let zone = &network.timezone;
    if !network.gaps.whole(Part::Network) || zone.is_empty() {
        return;
    }
    let used: BTreeSet<&Id> = subject.derived.devices.values().map(|device| &device.platform).collect();
    let platforms = used.into_iter().filter_map(|name| Some(&subject.library.get(name.as_str())?.platform));
    let lacks = |platform: &Platform| {
        let known = &platform.limits.timezones;
        !known.is_empty() && !known.contains(&zone.value)
    };
    let mut lacking = platforms.filter(|platform| lacks(platform));
    let Some(first) = lacking.next() else { return };
    let known: Vec<&str> = first.limits.timezones.iter().map(String::as_str).collect();
    let message = format!("the templates for {} know no time zone `{}`", first.title, short(zone));
    let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(zone.span);
    findings.push(finding.meant(zone, known.iter().copied(), || format!("they know {}", known.join(", "))));
}
