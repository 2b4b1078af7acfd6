//! Devices have what cannot be done without: servers, and a warning before login.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Code, Finding, codes};
use crate::model::Part;
use crate::model::Settings;
use crate::model::settings::list;
use crate::source::Span;

/// What a device has to have.
struct Needed {
    code: Code,
    key: &'static str,
    /// What is said of devices without it.
    lack: &'static str,
    why: &'static str,
    example: &'static str,
    has: fn(&Settings) -> bool,
    /// Where a level takes it away.
    emptied: fn(&Settings) -> Option<Span>,
}

const NEEDED: [Needed; 5] = [
    Needed {
        code: codes::NO_SERVER,
        key: "ntp",
        lack: "any server of `ntp`",
        why: "logs, logins and certificates need the time",
        example: "[ADDRESS]",
        has: |all| !list(&all.services.ntp).is_empty(),
        emptied: |level| level.services.ntp.as_ref().filter(|list| list.is_empty()).map(|list| list.span),
    },
    Needed {
        code: codes::NO_SERVER,
        key: "dns",
        lack: "any server of `dns`",
        why: "names in configurations need a name server",
        example: "[ADDRESS]",
        has: |all| !list(&all.services.dns).is_empty(),
        emptied: |level| level.services.dns.as_ref().filter(|list| list.is_empty()).map(|list| list.span),
    },
    Needed {
        code: codes::NO_SERVER,
        key: "syslog",
        lack: "any server of `syslog`",
        why: "what a device logs is gone when it restarts",
        example: "[ADDRESS]",
        has: |all| !list(&all.services.syslog).is_empty(),
        emptied: |level| level.services.syslog.as_ref().filter(|list| list.is_empty()).map(|list| list.span),
    },
    Needed {
        code: codes::BANNER,
        key: "banner",
        lack: "a text before login",
        why: "nobody is warned",
        example: "TEXT",
        has: |all| all.services.banner.is_some(),
        emptied: |_| None,
    },
    Needed {
        code: codes::NO_SERVER,
        key: "snmp",
        lack: "a user for SNMP",
        why: "monitoring asks nobody",
        example: "{ user: NAME, auth: SECRET, privacy: SECRET }",
        has: |all| all.services.snmp.user.is_some() || all.services.snmp.community.is_some(),
        emptied: |_| None,
    },
];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !network.gaps.whole(Part::Network) || !network.gaps.sites.is_empty() || subject.derived.devices.is_empty() {
        return;
    }
    // Not everybody is asked by SNMP; whoever has secrets for it means to be.
    let asked = network.secrets.keys().any(|name| name.as_str().contains("snmp"));
    for needed in NEEDED.iter().filter(|needed| needed.key != "snmp" || asked) {
        // Devices share what all levels come to; one look for each is enough.
        let mut seen: BTreeSet<*const Settings> = BTreeSet::new();
        let lacks = |device: &&DeviceFacts| !(needed.has)(&device.settings);
        let first =
            subject.derived.devices.values().find(|device| seen.insert(Arc::as_ptr(&device.settings)) && lacks(device));
        let Some(first) = first else { continue };
        let count = subject.derived.devices.values().filter(lacks).count();
        let message = if count == subject.derived.devices.len() {
            format!("no device has {}", needed.lack)
        } else {
            format!("{count} devices do not have {}, `{}` for example", needed.lack, first.name)
        };
        let place = subject.settings().find_map(needed.emptied).unwrap_or_else(|| near(subject, needed.key));
        let finding = Finding::warning(needed.code, message).at_saying(place, needed.why).more(count - 1);
        let (key, example) = (needed.key, needed.example);
        findings.push(finding.help(format!("add it: `services: {{ {key}: {example} }}`")));
    }
}

/// Where the network says what a line was left out of: the one in front, or the first.
fn near(subject: Subject<'_>, key: &str) -> Span {
    let network = subject.network;
    let services = &network.settings.services;
    let span = |list: &Option<crate::source::Sp<Vec<_>>>| list.as_ref().map(|list| list.span);
    let snmp = &services.snmp;
    // What is left of it, or what stands in front of it.
    let parts = [
        snmp.user.as_ref().map(|it| it.span),
        snmp.auth.as_ref().map(|it| it.span),
        snmp.version.as_ref().map(|it| it.span),
    ];
    let snmp = parts.into_iter().flatten().min();
    let radius = services.radius.servers.as_ref().map(|servers| servers.span);
    let lines = [
        ("ntp", span(&services.ntp)),
        ("dns", span(&services.dns)),
        ("syslog", span(&services.syslog)),
        ("radius", radius),
        ("snmp", snmp),
        ("banner", services.banner.as_ref().map(|banner| banner.span)),
    ];
    let at = lines.iter().position(|(known, _)| *known == key).unwrap_or(0);
    let own = lines.get(at).and_then(|(_, span)| *span);
    let before = own.or_else(|| lines.iter().take(at).rev().find_map(|(_, span)| *span));
    before.or_else(|| lines.iter().find_map(|(_, span)| *span)).unwrap_or(network.name.span)
}
