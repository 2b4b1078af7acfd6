//! Everything that settings and ports are told, level by level, each said once however many devices share it.

use std::sync::Arc;

use crate::model::settings::list;
use crate::model::{LoginMethod, Network, Settings};
use crate::source::Span;
use crate::value::Id;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// Between devices and RADIUS servers.
    Radius,
    /// Authentication of SNMP version 3.
    SnmpAuth,
    /// Privacy of SNMP version 3.
    SnmpPrivacy,
    /// Community of SNMP version 2c.
    SnmpCommunity,
    /// The way into privileged mode.
    Enable,
    /// Between OSPF routers.
    Ospf,
    /// Between BGP neighbours.
    Bgp,
    /// Between access points and stations.
    Wireless,
    /// Logins of Samnet itself.
    Login,
}

impl Purpose {
    /// How people call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Radius => "RADIUS",
            Self::SnmpAuth => "SNMP authentication",
            Self::SnmpPrivacy => "SNMP privacy",
            Self::SnmpCommunity => "SNMP community",
            Self::Enable => "privileged mode",
            Self::Ospf => "OSPF",
            Self::Bgp => "BGP",
            Self::Wireless => "a wireless network",
            Self::Login => "logins",
        }
    }
}

/// Every secret that is named, with what it is for and where that is said.
pub(super) fn secrets<'n>(
    network: &'n Network,
    settings: impl Iterator<Item = &'n Settings>,
) -> impl Iterator<Item = (Purpose, &'n Id, Span)> {
    let levels = settings.flat_map(|settings| {
        let services = &settings.services;
        let radius = list(&services.radius.servers).iter().map(|server| (Purpose::Radius, &server.secret));
        let snmp = [
            (Purpose::SnmpAuth, &services.snmp.auth),
            (Purpose::SnmpPrivacy, &services.snmp.privacy),
            (Purpose::SnmpCommunity, &services.snmp.community),
        ];
        radius.chain(snmp.into_iter().filter_map(|(what, secret)| Some((what, secret.as_ref()?))))
    });
    let bgp = network.routing.bgp.iter().flat_map(|bgp| &bgp.neighbours).filter_map(|peer| peer.secret.as_ref());
    let others = [(Purpose::Enable, &network.login.enable), (Purpose::Ospf, &network.routing.ospf.secret)];
    let others = others.into_iter().filter_map(|(what, secret)| Some((what, secret.as_ref()?)));
    let ssids = network.ssids.iter().filter_map(|ssid| Some((Purpose::Wireless, ssid.secret.as_ref()?)));
    let passwords = network.login.methods.iter().filter_map(|method| match &method.value {
        LoginMethod::Password(secret) => Some((Purpose::Login, &**secret, method.span)),
        LoginMethod::Agent | LoginMethod::Key(_) => None,
    });
    let all = levels.chain(others).chain(bgp.map(|secret| (Purpose::Bgp, secret))).chain(ssids);
    all.map(|(what, secret)| (what, &*secret.value, secret.span)).chain(passwords)
}

/// What every level says of devices, from the network down.
pub(super) fn settings(network: &Network) -> impl Iterator<Item = &Settings> {
    let organisations = network.organisations.iter().map(|org| &org.settings);
    let sites = network.sites.iter().flat_map(|site| {
        let mut last: Option<&Arc<Settings>> = None;
        // Devices of one key share what is said of them.
        let devices = site.devices.iter().filter_map(move |device| {
            let settings = device.settings.as_ref()?;
            let new = last.is_none_or(|last| !Arc::ptr_eq(last, settings));
            last = Some(settings);
            new.then_some(&**settings)
        });
        std::iter::once(&site.settings).chain(devices)
    });
    std::iter::once(&network.settings).chain(organisations).chain(sites)
}
