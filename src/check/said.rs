//! Everything that settings and ports are told, level by level, each said once however many devices share it.

use std::sync::Arc;

use crate::model::{Network, PortSettings, Settings};

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

/// What profiles, their refinements and ports say of ports.
pub(super) fn ports(network: &Network) -> impl Iterator<Item = &PortSettings> {
    let profiles = network.profiles.values();
    let organisations = network.organisations.iter().flat_map(|org| org.profiles.values());
    let sites = network.sites.iter().flat_map(|site| {
        let devices = site.devices.iter().flat_map(|device| {
            let mut last: Option<&Arc<PortSettings>> = None;
            // Ports of one range share what is said of them.
            let own = device.ports.iter().filter_map(move |port| {
                let settings = port.settings.as_ref()?;
                let new = last.is_none_or(|last| !Arc::ptr_eq(last, settings));
                last = Some(settings);
                new.then_some(&**settings)
            });
            device.profiles.values().map(|profile| &profile.settings).chain(own)
        });
        site.profiles.values().map(|profile| &profile.settings).chain(devices)
    });
    profiles.chain(organisations).map(|profile| &profile.settings).chain(sites)
}
