//! No guard is switched off: not by the network, and not by an organisation or a site where the network switched it on. A
//! single device may: not every device can do what the baseline asks.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::{Refined, Use, written};
use crate::finding::{Finding, codes};
use crate::model::settings::LoginSource;
use crate::model::{Network, PortMode, Settings};
use crate::source::{Sp, Span};
use crate::value::{Id, VlanId};

/// What a guard is called, and where a level says whether it is on.
type Guard = (&'static str, fn(&Settings) -> Option<&Sp<bool>>);

const SNOOPING: &str = "DHCP snooping";
const GUARDS: [Guard; 3] = [
    (SNOOPING, |settings| settings.switching.dhcp_snooping.as_ref()),
    ("ARP inspection", |settings| settings.switching.arp_inspection.as_ref()),
    ("accounting of logins", |settings| settings.security.aaa.accounting.as_ref()),
];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    // Inspection without snooping is told of as that.
    let switching = &network.settings.switching;
    let inspected = switching.arp_inspection.as_ref().is_some_and(|on| on.value);
    let told = switching.dhcp_snooping.as_ref().filter(|_| inspected);
    for (what, guard) in GUARDS {
        let Some(on) = guard(&network.settings) else {
            findings.extend(unsaid(subject, what));
            continue;
        };
        if !on.value {
            if told.is_some_and(|told| told.span == on.span) {
                continue;
            }
            let finding = Finding::warning(codes::GUARD_OFF, format!("{what} is switched off everywhere")).at(on.span);
            findings.push(finding.help("switch it on, or accept the warning in the baseline, with a reason"));
            continue;
        }
        for off in others(network).filter_map(guard).filter(|off| !off.value) {
            findings.push(
                Finding::warning(codes::GUARD_OFF, format!("{what} is switched off here alone"))
                    .at(off.span)
                    .label(on.span, "on everywhere else")
                    .help("take the line out, or say in a comment why and until when"),
            );
        }
    }
    logins(network, findings);
    ranges(subject, findings);
    unlocked(subject, findings);
    let Some(network_minutes) = &network.settings.security.session_minutes else { return };
    for minutes in others(network).filter_map(|settings| settings.security.session_minutes.as_ref()) {
        let longer = minutes.value == 0 || minutes.value > network_minutes.value;
        if longer && network_minutes.value > 0 && minutes.value <= 60 && minutes.value > 0 {
            let message = format!("idle sessions stay open for {} minutes here alone", minutes.value);
            findings.push(
                Finding::warning(codes::GUARD_OFF, message)
                    .at(minutes.span)
                    .label(network_minutes.span, "elsewhere it is less")
                    .help("take the line out, or say in a comment why and until when"),
            );
        }
    }
}

/// Logins that ask no RADIUS server, where they are counted there or everybody else asks one.
fn logins(network: &Network, findings: &mut Vec<Finding>) {
    let aaa = &network.settings.security.aaa;
    let asks = |login: &Sp<Vec<Sp<LoginSource>>>| login.iter().any(|source| source.value == LoginSource::Radius);
    let Some(login) = &aaa.login else { return };
    let help = "write `login: [radius, local]`: the accounts of a device serve while no server answers";
    if !asks(login) {
        if let Some(counted) = aaa.accounting.as_ref().filter(|on| on.value) {
            let message = "logins are counted by RADIUS, and ask it for nobody";
            let finding = Finding::warning(codes::GUARD_OFF, message).at(login.span);
            findings.push(finding.label(counted.span, "counted there").help(help));
        }
        return;
    }
    // Whoever has no server asks none.
    let served = |level: &&Settings| level.services.radius.servers.as_ref().is_none_or(|servers| !servers.is_empty());
    let levels = others(network).filter(served);
    for own in levels.filter_map(|level| level.security.aaa.login.as_ref()).filter(|own| !asks(own)) {
        let finding = Finding::warning(codes::GUARD_OFF, "logins ask no RADIUS server here").at(own.span);
        findings.push(finding.label(login.span, "elsewhere they do").help(help));
    }
}

/// Ports of one line from which on it is no exception any more.
const MANY: usize = 5;

/// Lines that switch off the login of their profile for a whole range of ports.
fn ranges(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let off = |one: &&Use<'_>| one.settings.dot1x.enabled.as_ref().is_some_and(|on| !on.value) && !one.port.shutdown;
    for one in subject.wiring.uses.iter().filter(off) {
        let Some(line) = Refined::of(subject, one).filter(|line| line.ports >= MANY) else { continue };
        let Some(off) = line.own.dot1x.enabled.as_ref().filter(|own| !own.value) else { continue };
        if let Some(on) = line.base.dot1x.enabled.filter(|on| on.value).filter(|_| told.insert(off.span)) {
            let message = format!("{} ports of profile `{}` ask for no login here", line.ports, line.profile);
            findings.push(
                Finding::warning(codes::GUARD_OFF, message)
                    .at(off.span)
                    .label(on.span, "its profile does")
                    .help("take it out, or name a profile that is meant for such ports"),
            );
        }
    }
}

/// Lines of a profile without a login on switches of a kind that asks for one in the same VLAN, where the profile is meant for
/// others: mostly it is used on switches that ask nobody.
fn unlocked(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let uses = || subject.wiring.uses.iter().filter(|one| one.port.mode == PortMode::Access && !one.port.shutdown);
    let mut asking: BTreeMap<(&Id, VlanId), &Id> = BTreeMap::new();
    let mut platforms: BTreeSet<&Id> = BTreeSet::new();
    let mut sites: BTreeSet<(usize, &Id)> = BTreeSet::new();
    let mut open: BTreeMap<&Id, Vec<&Use<'_>>> = BTreeMap::new();
    for one in uses() {
        let (Some(profile), Some(vlan)) = (one.port.profile.as_ref(), one.port.vlan) else { continue };
        if one.port.dot1x {
            asking.entry((&one.device.platform, vlan)).or_insert(profile);
            platforms.insert(&one.device.platform);
            sites.insert((one.device.site, &one.device.platform));
        } else if one.settings.dot1x.enabled.is_none() {
            open.entry(profile).or_default().push(one);
        }
    }
    for (profile, uses) in open {
        let (here, there): (Vec<&Use<'_>>, Vec<&Use<'_>>) =
            uses.into_iter().partition(|one| platforms.contains(&one.device.platform));
        if here.len() > there.len() {
            continue;
        }
        let mut told: BTreeSet<Span> = BTreeSet::new();
        // Where nobody there has to log in, it is meant to be so.
        for one in here.into_iter().filter(|one| sites.contains(&(one.device.site, &one.device.platform))) {
            let beside = one.port.vlan.and_then(|vlan| asking.get(&(&one.device.platform, vlan)));
            let line = subject.written(one.device).and_then(|device| written(device, &one.port.socket.key));
            let (Some(beside), Some(line)) = (beside, line) else { continue };
            let ports = line.ports.numbers().count();
            if ports >= MANY && told.insert(one.port.span) {
                let message = format!(
                    "{ports} ports of `{profile}` ask for no login, and those of `{beside}` on such switches do"
                );
                findings.push(
                    Finding::warning(codes::GUARD_OFF, message)
                        .at(one.port.span)
                        .help(format!("take `{beside}`; `{profile}` is used elsewhere on switches that ask nobody")),
                );
            }
        }
    }
}

/// DHCP snooping that no level says anything of, where the network says how its switches behave: people's own routers would
/// give out addresses.
fn unsaid(subject: Subject<'_>, what: &str) -> Option<Finding> {
    let says = |settings: &Settings| settings.switching.dhcp_snooping.as_ref().is_some_and(|on| on.value);
    let switching = &subject.network.settings.switching;
    let beside = switching.spanning_tree.mode.as_ref().filter(|_| switching.arp_inspection.is_none())?;
    let silent = subject.is_whole() && !subject.settings().any(says);
    (what == SNOOPING && silent).then(|| {
        Finding::warning(codes::GUARD_OFF, format!("nothing switches {what} on"))
            .at(beside.span)
            .help("add it: `switching: { dhcp_snooping: true }`; where it must be off, say so with `false`")
    })
}

/// What organisations and sites say of settings.
fn others(network: &Network) -> impl Iterator<Item = &Settings> {
    let organisations = network.organisations.iter().map(|organisation| &organisation.settings);
    organisations.chain(network.sites.iter().map(|site| &site.settings))
}
