//! Gathers what a template sees of one device.

use super::clean::Cleaner;
use super::context::{
    AclContext, BannerContext, Context, DeviceContext, EntryContext, FirewallContext, ForwardContext, HostContext,
    LimitsContext, ManagementContext, NetworkContext, OrganisationContext, PeerContext, PortContext, RadioContext,
    RadiusContext, RouteContext, SegmentContext, ServicesContext, SideContext, SiteContext, SnmpContext, SsidContext,
    VlanContext,
};
use super::places::Places;
use crate::derive::{Derived, DeviceFacts, PortFacts};
use crate::model::settings::list;
use crate::model::{Band, Device, Gateway, Network, Role, Site, Snmp};
use crate::platform::Platform;
use crate::policy::{Entry, Forward, Merged, Ports, Protocol, Reason, Rules, Side};
use crate::source::Sp;
use crate::value::VlanId;

/// SNMPv3 polling, where user and secrets are given.
fn snmp(snmp: &Snmp, places: &mut Places, clean: &mut Cleaner) -> Option<SnmpContext> {
    let (user, auth, privacy) = (snmp.user.as_ref()?, snmp.auth.as_ref()?, snmp.privacy.as_ref()?);
    Some(SnmpContext {
        user: clean.sp(user),
        auth: auth.to_string(),
        privacy: privacy.to_string(),
        contact: snmp.contact.as_ref().map(|contact| clean.sp(contact)),
        place: places.number(user.span),
    })
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
                place: places.number(network.domain.span),
            },
            limits: LimitsContext {
                hostname: limits.hostname,
                vlan_name: limits.vlan_name,
                description: limits.description,
            },
            services: self.services(places, clean),
            management: self.management(places),
            loopback: facts.loopback.map(|address| address.to_string()),
            vlans: self.vlans(places, clean),
            ports: facts.ports.iter().map(|port| self.port(port, places, clean)).collect(),
            radios: self.radios(places, clean),
            ssids: self.ssids(places, clean),
            routes: self.routes(places),
            acls: self.acls(places),
            firewall: self.firewall(places),
            logins: logins.map(|net| short(*net)).collect(),
        }
    }

    fn services(&self, places: &mut Places, clean: &mut Cleaner) -> ServicesContext {
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
            auth_port: server.auth_port,
            acct_port: server.acct_port,
            secret: server.secret.to_string(),
            place: places.number(server.host.span),
        });
        let radius = radius.collect();
        ServicesContext {
            ntp,
            dns,
            syslog,
            radius,
            snmp: snmp(&services.snmp, places, clean),
            banner: services
                .banner
                .as_ref()
                .map(|banner| BannerContext { lines: clean.lines(banner), place: places.number(banner.span) }),
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

    fn port(&self, port: &PortFacts, places: &mut Places, clean: &mut Cleaner) -> PortContext {
        let mut allowed: Vec<u16> = port.tagged.iter().chain(&port.vlan).map(|id| id.get()).collect();
        allowed.sort_unstable();
        PortContext {
            name: clean.line(&port.interface, port.span),
            key: port.key.to_string(),
            speed: port.speed,
            used: port.used,
            profile: port.profile.as_ref().map(ToString::to_string),
            mode: port.mode,
            vlan: port.vlan.map(VlanId::get),
            voice: port.voice.map(VlanId::get),
            tagged: port.tagged.iter().map(|id| id.get()).collect(),
            allowed,
            dot1x: port.dot1x,
            poe: port.poe,
            shutdown: port.shutdown,
            // Roles are ordered from the middle of the network outwards.
            uplink: port.peer.as_ref().is_some_and(|peer| peer.role < self.facts.role),
            address: port.address.map(|net| net.to_string()),
            peer: port.peer.as_ref().map(|peer| PeerContext {
                device: peer.device.to_string(),
                role: peer.role,
                interface: peer.interface.to_string(),
                address: peer.address.map(|address| address.to_string()),
            }),
            description: clean.line(&port.description, port.span),
            place: places.number(port.span),
        }
    }

    fn radios(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<RadioContext> {
        let on = self.facts.radios.iter().filter(|radio| !radio.off);
        on.map(|radio| RadioContext {
            name: clean.line(&radio.name, radio.span),
            band: radio.band,
            channel: radio.channel,
            width: radio.width,
            place: places.number(radio.span),
        })
        .collect()
    }

    fn ssids(&self, places: &mut Places, clean: &mut Cleaner) -> Vec<SsidContext> {
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
                bands,
                place: places.number(ssid.span),
            }
        })
        .collect()
    }

    /// To each firewall it has a routed link to: everything else, and what stands behind that firewall.
    fn routes(&self, places: &mut Places) -> Vec<RouteContext> {
        let mut links: Vec<_> = self
            .facts
            .ports
            .iter()
            .filter_map(|port| {
                let peer = port.peer.as_ref().filter(|peer| peer.role == Role::Firewall)?;
                Some((self.derived.devices.get(&peer.device)?, peer.address?, port.span))
            })
            .collect();
        links.sort_by_key(|(firewall, via, _)| (firewall.number, *via));
        let mut routes = Vec::new();
        for (rank, (firewall, via, span)) in links.into_iter().enumerate() {
            let vlans = self.derived.sites.get(firewall.site).map(|site| site.vlans.values());
            let behind = vlans.into_iter().flatten().filter(|vlan| vlan.gateway_kind == Gateway::Firewall);
            let default = "0.0.0.0/0".to_owned();
            let prefixes = std::iter::once(default).chain(behind.filter_map(|vlan| Some(vlan.subnet?.to_string())));
            // The first firewall carries the traffic; the others stand by, in order.
            let distance = u32::try_from(rank).ok().filter(|rank| *rank > 0).map(|rank| rank * 10);
            let place = places.number(span);
            routes.extend(prefixes.map(|prefix| RouteContext { prefix, via: via.to_string(), distance, place }));
        }
        let order = |route: &RouteContext| (route.prefix.parse::<ipnet::Ipv4Net>().ok(), route.distance);
        routes.sort_by_key(order);
        routes
    }

    fn acls(&self, places: &mut Places) -> Vec<AclContext> {
        let Some(acls) = self.rules.gateways.get(&self.facts.name) else { return Vec::new() };
        let site = self.derived.sites.get(self.facts.site);
        acls.values()
            .filter_map(|acl| {
                let vlan = self.network.vlans.get(site?.vlans.get(&acl.vlan)?.vlan)?;
                Some(AclContext {
                    vlan: acl.vlan.get(),
                    name: vlan.name.to_string(),
                    entries: acl.entries.iter().map(|item| entry(item, places)).collect(),
                    place: places.number(vlan.name.span),
                })
            })
            .collect()
    }

    fn firewall(&self, places: &mut Places) -> Option<FirewallContext> {
        let rules = self.rules.firewalls.get(&self.facts.name)?;
        let sides = rules.forward.iter().chain(&rules.input).flat_map(|rule| [&rule.source, &rule.destination]);
        let named: std::collections::BTreeSet<_> = sides
            .filter_map(|side| match side {
                Side::Segment(name) => Some(name),
                Side::Internet | Side::Nets(_) | Side::Own(_) => None,
            })
            .collect();
        let segments = named
            .into_iter()
            .map(|name| {
                let span = self.network.policy.segments.get(name).map_or(self.facts.span, |found| found.name.span);
                let nets = self.rules.segments.get(name).into_iter().flatten();
                SegmentContext {
                    name: name.to_string(),
                    nets: nets.map(|net| short(*net)).collect(),
                    place: places.number(span),
                }
            })
            .collect();
        let mut list = |rules: &[Forward]| rules.iter().map(|rule| forward(rule, places)).collect();
        Some(FirewallContext {
            segments,
            inside: self.rules.inside.iter().map(|net| short(*net)).collect(),
            forward: list(&rules.forward),
            input: list(&rules.input),
        })
    }
}

/// A prefix as text; a single address without its length, as everybody prints it.
fn short(net: ipnet::Ipv4Net) -> String {
    if net.prefix_len() == 32 { net.addr().to_string() } else { net.to_string() }
}

fn entry(entry: &Entry, places: &mut Places) -> EntryContext {
    let pair = |ports: Option<Ports>| ports.map(|Ports(from, to)| (from, to));
    let (protocol, source_ports, destination_ports, established, icmp) = match entry.matches.protocol {
        Protocol::Ip => ("ip", None, None, false, None),
        Protocol::Tcp { source, destination, established } => {
            ("tcp", pair(source), pair(destination), established, None)
        }
        Protocol::Udp { source, destination } => ("udp", pair(source), pair(destination), false, None),
        Protocol::Icmp => ("icmp", None, None, false, None),
        Protocol::Echo => ("icmp", None, None, false, Some("echo")),
        Protocol::EchoReply => ("icmp", None, None, false, Some("echo-reply")),
    };
    let (reason, flow) = match &entry.reason {
        Reason::Flow(id) => ("flow", Some(id.to_string())),
        Reason::Answer(id) => ("answer", Some(id.to_string())),
        Reason::Dhcp => ("dhcp", None),
        Reason::Inside => ("inside", None),
        Reason::Default => ("default", None),
    };
    let net = |net: ipnet::Ipv4Net| (net.prefix_len() > 0).then(|| net.to_string());
    EntryContext {
        action: entry.action,
        protocol,
        source: net(entry.matches.source),
        source_ports,
        destination: net(entry.matches.destination),
        destination_ports,
        established,
        icmp,
        log: entry.log,
        reason,
        flow,
        place: entry.span.map(|span| places.number(span)),
    }
}

fn forward(rule: &Forward, places: &mut Places) -> ForwardContext {
    let pairs = |ports: &[Ports]| ports.iter().map(|Ports(from, to)| (*from, *to)).collect();
    let (protocol, ports) = match &rule.service {
        Merged::Tcp(ports) => ("tcp", pairs(ports)),
        Merged::Udp(ports) => ("udp", pairs(ports)),
        Merged::Echo => ("icmp", Vec::new()),
        Merged::Any => ("any", Vec::new()),
    };
    ForwardContext {
        flow: rule.flow.to_string(),
        source: side(&rule.source),
        destination: side(&rule.destination),
        protocol,
        ports,
        place: places.number(rule.span),
    }
}

fn side(side: &Side) -> SideContext {
    let (kind, segment, nets) = match side {
        Side::Segment(name) => ("segment", Some(name.to_string()), Vec::new()),
        Side::Internet => ("internet", None, Vec::new()),
        Side::Nets(nets) => ("nets", None, nets.iter().map(|net| short(*net)).collect()),
        Side::Own(address) => ("own", None, vec![address.to_string()]),
    };
    SideContext { kind, segment, nets }
}
