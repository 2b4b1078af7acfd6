//! Settings of the device, as templates see them.

use super::super::clean::Cleaner;
use super::super::context::{
    BannerContext, HostContext, RadiusContext, Said, SecurityContext, ServicesContext, SnmpContext, SwitchingContext,
    WirelessContext,
};
use super::super::places::Places;
use super::{Source, short};
use crate::model::Snmp;
use crate::model::settings::{SnmpVersion, list};
use crate::source::Sp;
use crate::value::SecretName;

/// A value with its place, where there is one.
pub(super) fn said<T: Clone>(value: Option<&Sp<T>>, places: &mut Places) -> Option<Said<T>> {
    value.map(|said| Said { value: said.value.clone(), place: places.number(said.span) })
}

/// A list with its place, where there is one.
fn all<T: Clone>(list: Option<&Sp<Vec<Sp<T>>>>, places: &mut Places) -> Option<Said<Vec<T>>> {
    let plain = |list: &[Sp<T>]| list.iter().map(|item| item.value.clone()).collect();
    list.map(|said| Said { value: plain(&said.value), place: places.number(said.span) })
}

impl Source<'_> {
    pub(super) fn services(&self, places: &mut Places, clean: &mut Cleaner) -> ServicesContext {
        let services = &self.facts.settings.services;
        let mut hosts = |list: &[Sp<std::net::IpAddr>]| {
            let host = |host: &Sp<std::net::IpAddr>| HostContext {
                host: host.value.to_string(),
                place: places.number(host.span),
            };
            list.iter().map(host).collect::<Vec<_>>()
        };
        let (ntp, dns, syslog) =
            (hosts(list(&services.ntp)), hosts(list(&services.dns)), hosts(list(&services.syslog)));
        let radius = list(&services.radius.servers).iter().map(|server| RadiusContext {
            host: server.host.value.to_string(),
            auth_port: server.auth(),
            acct_port: server.acct(),
            secret: server.secret.to_string(),
            place: places.number(server.host.span),
        });
        let radius = radius.collect();
        let client = &services.radius;
        ServicesContext {
            ntp,
            dns,
            syslog,
            radius,
            radius_timeout: said(client.timeout.as_ref(), places),
            radius_retries: said(client.retries.as_ref(), places),
            radius_dead_minutes: said(client.dead_minutes.as_ref(), places),
            snmp: snmp(&services.snmp, places, clean),
            banner: services
                .banner
                .as_ref()
                .map(|banner| BannerContext { lines: clean.lines(banner), place: places.number(banner.span) }),
        }
    }

    pub(super) fn security(&self, places: &mut Places) -> SecurityContext {
        let security = &self.facts.settings.security;
        SecurityContext {
            protocols: all(security.protocols.as_ref(), places),
            ssh_version: said(security.ssh.version.as_ref(), places),
            ssh_timeout: said(security.ssh.timeout.as_ref(), places),
            ssh_retries: said(security.ssh.retries.as_ref(), places),
            login: all(security.aaa.login.as_ref(), places),
            accounting: said(security.aaa.accounting.as_ref(), places),
            session_minutes: said(security.session_minutes.as_ref(), places),
        }
    }

    pub(super) fn switching(&self, places: &mut Places) -> SwitchingContext {
        let switching = &self.facts.settings.switching;
        // Where nobody says it, it follows from role and number.
        let tree = switching.spanning_tree.priority.as_ref().map_or(self.facts.span, |said| said.span);
        SwitchingContext {
            spanning_tree: said(switching.spanning_tree.mode.as_ref(), places),
            priority: self.facts.stp_priority.map(|value| Said { value, place: places.number(tree) }),
            dhcp_snooping: said(switching.dhcp_snooping.as_ref(), places),
            arp_inspection: said(switching.arp_inspection.as_ref(), places),
            lldp: said(switching.lldp.as_ref(), places),
        }
    }

    pub(super) fn wireless(&self, places: &mut Places, clean: &mut Cleaner) -> WirelessContext {
        let wireless = &self.facts.settings.wireless;
        let country = wireless.country.as_ref();
        WirelessContext {
            country: country.map(|said| Said { value: clean.sp(said), place: places.number(said.span) }),
            dfs: said(wireless.dfs.as_ref(), places),
            min_rate_mbit: said(wireless.min_rate_mbit.as_ref(), places),
        }
    }
}

/// Polling by SNMP, where the version has what it needs.
fn snmp(snmp: &Snmp, places: &mut Places, clean: &mut Cleaner) -> Option<SnmpContext> {
    let version = snmp.version.as_ref().map_or(SnmpVersion::V3, |version| version.value);
    let (user, auth, privacy, community) = (&snmp.user, &snmp.auth, &snmp.privacy, &snmp.community);
    let span = match version {
        SnmpVersion::V3 => auth.as_ref().and(privacy.as_ref()).and(user.as_ref())?.span,
        SnmpVersion::V2c => community.as_ref()?.span,
    };
    let name = |secret: &Option<Sp<SecretName>>| secret.as_ref().map(|secret| secret.to_string());
    Some(SnmpContext {
        version,
        user: user.as_ref().map(|user| clean.sp(user)),
        auth: name(auth),
        privacy: name(privacy),
        community: name(community),
        contact: snmp.contact.as_ref().map(|contact| clean.sp(contact)),
        clients: list(&snmp.clients).iter().map(|net| short(net.value)).collect(),
        place: places.number(span),
    })
}
