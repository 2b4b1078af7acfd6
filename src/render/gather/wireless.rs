//! Radios and wireless networks, as templates see them.

use super::super::clean::Cleaner;
use super::super::context::{RadioContext, ScheduleContext, SsidContext};
use super::super::places::Places;
use super::Source;
use crate::derive::RadioFacts;
use crate::model::{Band, Schedule};

impl Source<'_> {
    pub(super) fn radios(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<RadioContext> {
        let radio = |radio: &RadioFacts| RadioContext {
            name: clean.line(&radio.name, radio.span),
            band: radio.band,
            channel: radio.channel,
            width: radio.width,
            power_dbm: radio.power_dbm,
            off: radio.off,
            place: places.number(radio.span),
        };
        self.facts.radios.iter().map(radio).collect()
    }

    pub(super) fn ssids(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<SsidContext> {
        let facts = self.facts;
        let sent = facts.ssids.iter().filter_map(|index| self.network.ssids.get(*index));
        sent.map(|ssid| {
            let vlan = self.derived.vlan(&ssid.vlan.value).and_then(|index| self.network.vlans.get(index));
            let mut bands: Vec<Band> = ssid.bands.iter().map(|band| band.value).collect();
            if bands.is_empty() {
                bands = vec![Band::Ghz2, Band::Ghz5];
            }
            SsidContext {
                name: clean.sp(&ssid.name),
                security: ssid.security.value,
                enterprise: ssid.security.is_enterprise(),
                vlan: vlan.map(|vlan| vlan.id.value.get()),
                secret: ssid.secret.as_ref().map(|secret| secret.to_string()),
                client_isolation: ssid.client_isolation,
                rate_limit_mbit: ssid.rate_limit_mbit.as_ref().map(|limit| limit.value),
                dynamic_vlans: ssid.dynamic_vlans.iter().filter_map(|name| self.vlan_id(Some(name))).collect(),
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

fn schedule_of(schedule: &Schedule) -> ScheduleContext {
    let clock = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
    ScheduleContext {
        days: schedule.days.iter().map(|day| day.value).collect(),
        from: clock(schedule.from.value),
        to: clock(schedule.to.value),
    }
}
