//! Radios and wireless networks, as templates see them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::clean::Cleaner;
use super::super::context::{AccessPointContext, RadioContext, ScheduleContext, ServedSiteContext, SsidContext};
use super::super::places::Places;
use super::Source;
use crate::derive::{DeviceFacts, RadioFacts};
use crate::model::{Band, Role, Schedule};
use crate::source::Sp;
use crate::value::{Digest, Id, VlanId};

impl Source<'_> {
    pub(super) fn radios(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<RadioContext> {
        radios_of(self.facts, places, clean)
    }

    /// A VLAN that RADIUS may put a station in. A controller's stations land at the sites it serves, not at its own.
    fn landing(&self, name: &Sp<Id>) -> Option<u16> {
        if self.facts.role != Role::Controller {
            return self.vlan_id(Some(name));
        }
        let vlan = self.network.vlans.get(self.derived.vlan(&name.value)?)?;
        Some(vlan.id.value.get())
    }

    /// The access points that a device configures; one without a controller configures itself.
    fn points(&self) -> Vec<&DeviceFacts> {
        match self.facts.role {
            Role::Ap => vec![self.facts],
            _ => self.facts.serves.iter().filter_map(|name| self.derived.devices.get(name)).collect(),
        }
    }

    pub(super) fn access_points(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<AccessPointContext> {
        let point = |facts: &DeviceFacts| {
            let device = self.network.sites.get(facts.site)?.devices.get(facts.device)?;
            Some(AccessPointContext {
                name: facts.name.to_string(),
                mac: device.mac.as_ref().map(|mac| mac.value.to_string()),
                model: clean.sp(&device.model),
                room: device.room.as_ref().map(|room| clean.sp(room)),
                site: facts.site_id.to_string(),
                address: facts.management.to_string(),
                interface: format!("{}/{}", facts.management, facts.management_net.prefix_len()),
                gateway: facts.management_gateway.map(|gateway| gateway.to_string()),
                radios: radios_of(facts, places, clean),
                place: places.number(facts.span),
            })
        };
        self.points().into_iter().filter_map(point).collect()
    }

    pub(super) fn served(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<ServedSiteContext> {
        let mut points = self.points();
        points.sort_by_key(|facts| &facts.site_id);
        points.dedup_by_key(|facts| facts.site);
        let site = |facts: &DeviceFacts| {
            let (site, here) = (self.network.sites.get(facts.site)?, self.derived.sites.get(facts.site)?);
            let management = self.derived.management.and_then(|index| self.network.vlans.get(index));
            let management = management.map(|vlan| vlan.id.value.get());
            let sent = || facts.ssids.iter().filter_map(|index| self.network.ssids.get(*index));
            let lands = sent().flat_map(|ssid| std::iter::once(&ssid.vlan).chain(&ssid.dynamic_vlans));
            let mut vlans: Vec<u16> = lands
                .filter_map(|name| self.derived.vlan(&name.value).and_then(|index| self.network.vlans.get(index)))
                .filter(|vlan| here.vlans.contains_key(&vlan.id.value))
                .map(|vlan| VlanId::get(vlan.id.value))
                .collect();
            vlans.sort_unstable();
            vlans.dedup();
            Some(ServedSiteContext {
                id: site.id.to_string(),
                code: here.code.clone(),
                name: clean.sp(&site.name),
                organisation: facts.organisation.to_string(),
                management,
                vlans,
                ssids: sent().map(|ssid| clean.sp(&ssid.name)).collect(),
                place: places.number(site.name.span),
            })
        };
        points.into_iter().filter_map(site).collect()
    }

    pub(super) fn ssids(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<SsidContext> {
        let facts = self.facts;
        if facts.ssids.is_empty() {
            return Vec::new();
        }
        let numbers = numbers(self.network.ssids.iter().map(|ssid| ssid.name.value.as_str()).collect());
        let sent = facts.ssids.iter().filter_map(|index| self.network.ssids.get(*index));
        sent.map(|ssid| {
            let vlan = self.derived.vlan(&ssid.vlan.value).and_then(|index| self.network.vlans.get(index));
            let mut bands: Vec<Band> = ssid.bands.iter().map(|band| band.value).collect();
            if bands.is_empty() {
                bands = vec![Band::Ghz2, Band::Ghz5];
            }
            SsidContext {
                name: clean.sp(&ssid.name),
                number: numbers.get(ssid.name.value.as_str()).copied().unwrap_or_default(),
                security: ssid.security.value,
                enterprise: ssid.security.is_enterprise(),
                vlan: vlan.map(|vlan| vlan.id.value.get()),
                secret: ssid.secret.as_ref().map(|secret| secret.to_string()),
                client_isolation: ssid.client_isolation,
                rate_limit_mbit: ssid.rate_limit_mbit.as_ref().map(|limit| limit.value),
                dynamic_vlans: ssid.dynamic_vlans.iter().filter_map(|name| self.landing(name)).collect(),
                hidden: ssid.hidden.as_ref().is_some_and(|said| said.value),
                fast_roaming: ssid.fast_roaming.as_ref().is_some_and(|said| said.value),
                schedule: ssid.schedule.as_ref().map(|schedule| schedule_of(&schedule.value)),
                bands,
                place: places.number(ssid.span),
            }
        })
        .collect()
    }
}

/// A number for each name that stays its own whichever others come and go, but for the rare name whose number another has.
fn numbers(names: BTreeSet<&str>) -> BTreeMap<&str, u16> {
    const LEAST: u16 = 17;
    const COUNT: u16 = 2032;
    let mut taken = BTreeSet::new();
    let number = |name| {
        let digest = Digest::of(str::as_bytes(name));
        let first = u16::from_str_radix(digest.as_str().get(..4).unwrap_or_default(), 16).unwrap_or_default();
        let mut all = (0..COUNT).map(|more| LEAST + (first % COUNT + more) % COUNT);
        let number = all.find(|number| taken.insert(*number)).unwrap_or_default();
        (name, number)
    };
    names.into_iter().map(number).collect()
}

fn radios_of(facts: &DeviceFacts, places: &mut Places, clean: &mut Cleaner) -> Vec<RadioContext> {
    let radio = |radio: &RadioFacts| RadioContext {
        name: clean.line(&radio.name, radio.span),
        band: radio.band,
        channel: radio.channel,
        width: radio.width,
        power_dbm: radio.power_dbm,
        off: radio.off,
        place: places.number(radio.span),
    };
    facts.radios.iter().map(radio).collect()
}

fn schedule_of(schedule: &Schedule) -> ScheduleContext {
    let clock = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
    ScheduleContext {
        days: schedule.days.iter().map(|day| day.value).collect(),
        from: clock(schedule.from.value),
        to: clock(schedule.to.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_keeps_its_number_when_others_come() {
        let few = numbers(BTreeSet::from(["Gäst", "Personal"]));
        let names: Vec<String> = (0..1000).map(|n| format!("Nät {n}")).collect();
        let many = numbers(names.iter().map(String::as_str).collect());
        assert_eq!(many.values().collect::<BTreeSet<_>>().len(), 1000);
        assert!(many.values().all(|number| (17..=2048).contains(number)));
        let more = numbers(BTreeSet::from(["Elev", "Gäst", "Personal", "Vård"]));
        assert!(few.iter().all(|(name, number)| more.get(name) == Some(number)));
    }
}
