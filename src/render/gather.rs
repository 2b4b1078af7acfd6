//! Gathers what a template sees of one device.

use super::clean::Cleaner;
use super::context::{
    Context, DeviceContext, HostContext, LimitsContext, ManagementContext, NetworkContext, OrganisationContext,
    SiteContext, VlanContext,
};
use super::places::Places;
use crate::derive::{Derived, DeviceFacts, naming};
use crate::model::{Device, Network, Site};
use crate::platform::Platform;
use crate::policy::Rules;
use crate::value::VlanId;

mod policy;
mod ports;
mod routing;
mod settings;
mod wireless;

/// A prefix as text; a single address without its length, as everybody prints it.
fn short(net: ipnet::Ipv4Net) -> String {
    if net.prefix_len() == 32 { net.addr().to_string() } else { net.to_string() }
}

/// Builds the context of one device.
pub(super) struct Source<'a> {
    pub(super) network: &'a Network,
    pub(super) derived: &'a Derived,
    pub(super) rules: &'a Rules,
    pub(super) platform: &'a Platform,
    pub(super) facts: &'a DeviceFacts,
    pub(super) site: &'a Site,
    pub(super) device: &'a Device,
}

impl Source<'_> {
    pub(super) fn context(&self, places: &mut Places, clean: &mut Cleaner) -> Context {
        let Self { network, facts, site, device, .. } = self;
        let limits = &self.platform.limits;
        let organisation = self
            .derived
            .sites
            .get(facts.site)
            .and_then(|site| site.organisation)
            .and_then(|index| network.organisations.get(index));
        let site_facts = self.derived.sites.get(facts.site);
        let logins = self.rules.logins.get(&facts.name).into_iter().flatten();
        Context {
            version: 1,
            device: DeviceContext {
                name: facts.name.to_string(),
                role: facts.role,
                number: facts.number,
                model: clean.sp(&device.model),
                platform: facts.platform.to_string(),
                partition: device.partition.as_ref().map(|name| name.to_string()),
                room: device.room.as_ref().map(|room| clean.sp(room)),
                place: places.number(facts.span),
            },
            site: SiteContext {
                id: site.id.to_string(),
                code: site_facts.map_or_else(String::new, |facts| facts.code.clone()),
                name: clean.sp(&site.name),
                address: site.address.as_ref().map(|address| clean.sp(address)),
                tags: site.tags.iter().map(|tag| tag.to_string()).collect(),
                prefix: site_facts.and_then(|facts| facts.prefix).map(|net| net.to_string()),
                place: places.number(site.name.span),
            },
            organisation: OrganisationContext {
                id: facts.organisation.to_string(),
                code: organisation.map_or_else(String::new, |org| org.code.to_string()),
                name: organisation.map_or_else(String::new, |org| clean.sp(&org.name)),
            },
            network: NetworkContext {
                name: clean.sp(&network.name),
                domain: clean.sp(&network.domain),
                timezone: clean.sp(&network.timezone),
                plan: network.plan.ipv4.value.to_string(),
                place: places.number(network.domain.span),
            },
            limits: LimitsContext {
                hostname: limits.hostname,
                vlan_name: limits.vlan_name,
                description: limits.description,
            },
            services: self.services(places, clean),
            security: self.security(places),
            switching: self.switching(places),
            wireless: self.wireless(places, clean),
            management: self.management(places),
            loopback: facts.loopback.map(|address| address.to_string()),
            vlans: self.vlans(places, clean),
            ports: facts.ports.iter().map(|port| self.port(port, places, clean)).collect(),
            lags: facts.lags.values().map(|lag| self.lag(lag, places, clean)).collect(),
            radios: self.radios(places, clean),
            access_points: self.access_points(places, clean),
            served: self.served(places, clean),
            ssids: self.ssids(places, clean),
            routes: self.routes(places),
            ospf: self.ospf(places),
            bgp: self.bgp(places, clean),
            acls: self.acls(places),
            firewall: self.firewall(places),
            logins: logins.map(|net| short(*net)).collect(),
        }
    }

    fn management(&self, places: &mut Places) -> ManagementContext {
        let facts = self.facts;
        let vlan = self.derived.management.and_then(|index| self.network.vlans.get(index)).map(|vlan| vlan.id.value);
        let span = self.device.address.as_ref().map_or(facts.span, |address| address.span);
        ManagementContext {
            vlan: vlan.map(VlanId::get),
            address: facts.management.to_string(),
            interface: format!("{}/{}", facts.management, facts.management_net.prefix_len()),
            gateway: facts.management_gateway.map(|gateway| gateway.to_string()),
            is_gateway: vlan.is_some_and(|vlan| facts.gateways.contains(&vlan)),
            place: places.number(span),
        }
    }

    fn vlans(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<VlanContext> {
        let facts = self.facts;
        let Some(site) = self.derived.sites.get(facts.site) else { return Vec::new() };
        let here = facts.vlans.iter().filter_map(|id| Some((id, site.vlans.get(id)?)));
        here.filter_map(|(id, here)| {
            let vlan = self.network.vlans.get(here.vlan)?;
            let gateway = here.gateway.filter(|_| facts.gateways.contains(id)).zip(here.subnet);
            Some(VlanContext {
                id: id.get(),
                name: vlan.name.to_string(),
                label: clean.line(&naming::vlan(&self.network.policy.naming, vlan), vlan.name.span),
                title: vlan.title.as_ref().map_or_else(|| vlan.name.to_string(), |title| clean.sp(title)),
                segment: vlan.segment.to_string(),
                subnet: here.subnet.map(|net| net.to_string()),
                gateway: gateway.map(|(address, net)| format!("{address}/{}", net.prefix_len())),
                relays: vlan
                    .dhcp_relay
                    .iter()
                    .map(|host| HostContext { host: host.value.to_string(), place: places.number(host.span) })
                    .collect(),
                place: places.number(vlan.name.span),
            })
        })
        .collect()
    }
}
