//! Trunks carry no users' VLAN untagged: a host that sends tags could reach it from another one.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::PortMode;
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    links(subject, findings);
    let management = subject.management();
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for settings in subject.wiring.settings() {
        let trunk = settings.mode.as_ref().filter(|mode| mode.value == PortMode::Trunk);
        let (Some(mode), Some(native), Some(management)) = (trunk, &settings.vlan, management) else { continue };
        if native.value == management.name.value || subject.vlan(&native.value).is_none() || !told.insert(native.span) {
            continue;
        }
        findings.push(
            Finding::warning(
                codes::NATIVE_VLAN,
                format!("a trunk carries `{}` untagged, a VLAN of users", native.value),
            )
            .at(native.span)
            .label(mode.span, "makes it a trunk")
            .help(format!(
                "leave `vlan` out, so that everything is tagged, or let it be `{}` for what is managed behind it",
                management.name.value
            )),
        );
    }
}

/// A link between switches is a trunk by itself; one line that names a VLAN makes that the untagged one.
fn links(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let management = subject.management();
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for end in subject.wiring.links.iter().filter(|end| end.joins_switches() && end.port.mode == PortMode::Trunk) {
        let settings = &end.port.settings;
        let Some(native) = settings.vlan.as_ref().filter(|_| settings.mode.is_none()) else { continue };
        let is_management = management.is_some_and(|management| management.name.value == native.value);
        if is_management || subject.vlan(&native.value).is_none() || !told.insert(native.span) {
            continue;
        }
        let message =
            format!("the link from `{}` to `{}` carries `{}` untagged", end.device.name, end.far.name, native.value);
        findings.push(
            Finding::warning(codes::NATIVE_VLAN, message)
                .at(native.span)
                .label(end.port.span, "the link")
                .help("leave `vlan` out: a link between switches carries what is behind it, tagged"),
        );
    }
}
