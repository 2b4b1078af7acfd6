//! VLANs and the wireless networks that lead into them.

use std::net::IpAddr;

use super::Export;
use super::shape::{Text, Word, shape};
use crate::model::{self, Band, Gateway, Security};
use crate::source::Sp;
use crate::value::Id;

shape! {
    /// A VLAN of the structure.
    Vlan<'a> {
        /// 802.1Q id.
        id: u16,
        /// Identifier in the inventory.
        name: &'a str,
        /// What people read.
        title: Option<&'a str>,
        /// Name of the segment it belongs to.
        segment: &'a str,
        /// Who routes for it: site, core, firewall or none.
        gateway: Word<Gateway>,
        /// DHCP servers that requests are relayed to.
        dhcp_relay: Vec<Text<IpAddr>>,
        /// First and last host number kept for reservations.
        reserved_hosts: Option<Vec<u32>>,
        /// Which sites have it; none of these means every site.
        sites: Where<'a>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// Which sites something applies to.
    Where<'a> {
        /// Sites with any of these tags.
        tags: Vec<&'a str>,
        /// Sites of any of these organisations.
        organisations: Vec<&'a str>,
        /// Not sites with any of these tags.
        except_tags: Vec<&'a str>,
    }
}

shape! {
    /// When a wireless network is on air.
    Schedule {
        /// Days of the week: mon, tue, ….
        days: Vec<Word<model::Day>>,
        /// From this time of day on, as HH:MM:SS.
        from: Text<jiff::civil::Time>,
        /// Until this time of day, as HH:MM:SS.
        to: Text<jiff::civil::Time>,
    }
}

shape! {
    /// A wireless network.
    Ssid<'a> {
        /// The name on air.
        name: &'a str,
        /// wpa3-enterprise, wpa2-wpa3-enterprise, sae, sae-mixed, psk, owe, owe-transition or open.
        security: Word<Security>,
        /// Name of the VLAN that stations land in.
        vlan: &'a str,
        /// Names of other VLANs that RADIUS may put a station in.
        dynamic_vlans: Vec<&'a str>,
        /// Name of the shared password.
        secret: Option<&'a str>,
        /// Whether stations are kept apart.
        client_isolation: bool,
        /// Limit for each station in Mbit/s.
        rate_limit_mbit: Option<u32>,
        /// Bands it is sent on, as "2.4", "5" and "6"; none means every band of the access point.
        bands: Vec<Word<Band>>,
        /// Whether its name is left out of beacons.
        hidden: Option<bool>,
        /// Whether stations may roam without a new login.
        fast_roaming: Option<bool>,
        /// When it is on air; absent means always.
        schedule: Option<Schedule>,
        /// Which sites have it; none of these means every site.
        sites: Where<'a>,
        /// Where it is written.
        at: String,
    }
}

impl<'a> Export<'a> {
    pub(super) fn vlans(&self) -> Vec<Vlan<'a>> {
        let one = |vlan: &'a model::Vlan| Vlan {
            id: vlan.id.value.get(),
            name: vlan.name.as_str(),
            title: vlan.title.as_ref().map(|title| title.as_str()),
            segment: vlan.segment.as_str(),
            gateway: Word(vlan.gateway.value),
            dhcp_relay: vlan.dhcp_relay.iter().map(|server| Text(server.value)).collect(),
            reserved_hosts: vlan.reserved_hosts.as_ref().map(|hosts| vec![hosts.first, hosts.last]),
            sites: filter(&vlan.sites),
            at: self.at(vlan.name.span),
        };
        self.network.vlans.iter().map(one).collect()
    }

    pub(super) fn ssids(&self) -> Vec<Ssid<'a>> {
        let one = |ssid: &'a model::Ssid| Ssid {
            name: &ssid.name,
            security: Word(ssid.security.value),
            vlan: ssid.vlan.as_str(),
            dynamic_vlans: names(&ssid.dynamic_vlans),
            secret: ssid.secret.as_ref().map(|secret| secret.as_str()),
            client_isolation: ssid.client_isolation,
            rate_limit_mbit: ssid.rate_limit_mbit.as_ref().map(|limit| limit.value),
            bands: ssid.bands.iter().map(|band| Word(band.value)).collect(),
            hidden: ssid.hidden.as_ref().map(|hidden| hidden.value),
            fast_roaming: ssid.fast_roaming.as_ref().map(|roaming| roaming.value),
            schedule: ssid.schedule.as_ref().map(|schedule| Schedule {
                days: schedule.days.iter().map(|day| Word(day.value)).collect(),
                from: Text(schedule.from.value),
                to: Text(schedule.to.value),
            }),
            sites: filter(&ssid.sites),
            at: self.at(ssid.name.span),
        };
        self.network.ssids.iter().map(one).collect()
    }
}

fn filter(sites: &model::SiteFilter) -> Where<'_> {
    Where {
        tags: names(&sites.tags),
        organisations: names(&sites.organisations),
        except_tags: names(&sites.except_tags),
    }
}

fn names(list: &[Sp<Id>]) -> Vec<&str> {
    list.iter().map(|name| name.as_str()).collect()
}
