//! A small network for unit tests: one data centre with cores and firewalls, and schools around it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    AddressPlan, Band, Device, DeviceModel, DeviceRef, Gateway, Network, Organisation, PortGroup, PortKeys, PortLine,
    PortMode, PortProfile, PortSettings, PortUse, Radio, Role, Security, Settings, Site, SiteFilter, Ssid, SubnetSlot,
    Vlan, Wan,
};
use crate::source::{Sp, Span};
use crate::value::{Id, VlanId};

pub(crate) fn sp<T>(value: T) -> Sp<T> {
    Sp::new(value, Span::default())
}

pub(crate) fn id(text: &str) -> Id {
    text.parse().unwrap()
}

pub(crate) fn site(name: &str, organisation: &str, index: u32) -> Site {
    Site {
        id: sp(id(name)),
        organisation: sp(id(organisation)),
        index: sp(index),
        name: sp(name.to_owned()),
        code: None,
        tags: Vec::new(),
        address: None,
        wan: Wan::default(),
        settings: Settings::default(),
        profiles: BTreeMap::new(),
        rooms: Vec::new(),
        subnets: BTreeMap::new(),
        reservations: Vec::new(),
        devices: Vec::new(),
        span: Span::default(),
    }
}

pub(crate) fn device(role: Role, number: u32, model: &str) -> Device {
    Device {
        role,
        number,
        span: Span::default(),
        model: sp(model.into()),
        stack: Vec::new(),
        module: None,
        installed: None,
        serial: None,
        name: None,
        room: None,
        rack: None,
        unit: None,
        address: None,
        connect: None,
        settings: None,
        profiles: BTreeMap::new(),
        ports: Vec::new(),
        radios: BTreeMap::new(),
        managed: Vec::new(),
        mac: None,
        serves: None,
        redundant_with: None,
        partition: None,
        pair: None,
    }
}

/// `port: {profile, to}`; an empty text leaves a part out; `to` is `role-number` or `site/role-number`,
/// with `:port` behind it where the far port is named.
pub(crate) fn port(key: &str, profile: &str, to: &str) -> PortUse {
    let (to, to_port) = to.split_once(':').map_or((to, None), |(to, port)| (to, Some(Box::new(sp(port.into())))));
    PortUse {
        ports: PortKeys::one(key),
        to: (!to.is_empty()).then(|| Box::new(sp(reference(to)))),
        to_port,
        line: Arc::new(PortLine { profile: (!profile.is_empty()).then(|| sp(id(profile))), ..PortLine::default() }),
    }
}

pub(crate) fn reference(text: &str) -> DeviceRef {
    let (site, local) = text.split_once('/').map_or((None, text), |(site, local)| (Some(id(site)), local));
    let (role, number) = local.rsplit_once('-').unwrap();
    let role = Role::ALL.into_iter().find(|known| known.word() == role).unwrap();
    DeviceRef { site, role, number: number.parse().unwrap() }
}

fn vlan(number: i64, name: &str, block: u32, prefix: u8, gateway: Gateway, tag: &str) -> Vlan {
    Vlan {
        id: sp(VlanId::new(number).unwrap()),
        name: sp(id(name)),
        title: None,
        segment: sp(id(name)),
        subnet: sp(SubnetSlot { block, prefix }),
        gateway: sp(gateway),
        dhcp_relay: Vec::new(),
        reserved_hosts: None,
        sites: SiteFilter {
            tags: if tag.is_empty() { Vec::new() } else { vec![sp(id(tag))] },
            ..SiteFilter::default()
        },
    }
}

fn profile(name: &str, vlan: &str, mode: PortMode) -> PortProfile {
    PortProfile {
        name: sp(id(name)),
        extends: None,
        settings: PortSettings {
            vlan: (!vlan.is_empty()).then(|| sp(id(vlan))),
            mode: Some(sp(mode)),
            ..PortSettings::default()
        },
    }
}

fn model(name: &str, platform: &str, groups: &[(&str, u32, &str)]) -> DeviceModel {
    let group = |(prefix, count, interface): &(&str, u32, &str)| PortGroup {
        prefix: (*prefix).to_owned(),
        numbers: (1..=*count).collect(),
        interface: sp((*interface).to_owned()),
        speed: 1000,
        speeds: Vec::new(),
        poe: true,
        watts: None,
    };
    DeviceModel {
        name: sp(name.to_owned()),
        platform: sp(id(platform)),
        ports: groups.iter().map(group).collect(),
        radios: vec![Radio {
            name: sp("radio0".into()),
            band: Band::Ghz5,
            channels: vec![36],
            width: 40,
            power_dbm: None,
            span: Span::default(),
        }],
        modules: BTreeMap::new(),
        stack: None,
        poe_budget: None,
        lifetime_years: None,
        end_of_sale: None,
        end_of_support: None,
    }
}

/// Organisations `amal` (0) and `fargelanda` (2), a data centre, and `schools` schools of `fargelanda`,
/// each with one distribution switch, one access switch and two access points.
pub(crate) fn network(schools: u32) -> Network {
    let organisation = |name: &str, index: u32, code: &str| Organisation {
        id: sp(id(name)),
        index: sp(index),
        code: sp(id(code)),
        name: sp(name.to_owned()),
        settings: Settings::default(),
        profiles: BTreeMap::new(),
    };
    let mut centre = site("hall", "amal", 0);
    centre.tags = vec![sp(id("datacentre"))];
    let mut core = device(Role::Core, 1, "router");
    core.ports = vec![port("1", "", "distribution-1:u1"), port("2", "", "firewall-1:1")];
    let mut switch = device(Role::Distribution, 1, "switch");
    switch.ports = vec![port("u2", "", "firewall-1:2"), port("1", "server", "")];
    centre.devices = vec![core, device(Role::Firewall, 1, "wall"), switch];

    let mut sites = vec![centre];
    for number in 1..=schools {
        let mut school = site(&format!("skola-{number}"), "fargelanda", number);
        school.tags = vec![sp(id("school"))];
        let mut top = device(Role::Distribution, 1, "switch");
        top.ports = vec![port("u1", "", &format!("hall/core-1:{}", 10 + number)), port("u2", "", "access-1:u1")];
        let mut access = device(Role::Access, 1, "switch");
        access.ports = vec![
            port("1", "classroom", ""),
            port("2", "staff", ""),
            port("23", "ap", "ap-1"),
            port("24", "ap", "ap-2"),
        ];
        school.devices = vec![top, access, device(Role::Ap, 1, "ap"), device(Role::Ap, 2, "ap")];
        sites.push(school);
    }
    let net = |text: &str| sp(text.parse().unwrap());
    let models = [
        model("router", "r", &[("", 700, "swp{n}")]),
        model("wall", "w", &[("", 4, "eth{n}")]),
        model("switch", "s", &[("", 24, "Gi1/0/{n}"), ("u", 4, "Te1/1/{n}")]),
        model("ap", "a", &[("", 1, "lan")]),
    ];
    let profiles = [
        profile("classroom", "pupils", PortMode::Access),
        profile("staff", "staff", PortMode::Access),
        profile("server", "servers", PortMode::Access),
        profile("ap", "management", PortMode::Trunk),
    ];
    let hosts = [(Role::Distribution, 0), (Role::Core, 10), (Role::Firewall, 20), (Role::Access, 30), (Role::Ap, 100)];
    Network {
        name: sp("Test".into()),
        organisations: vec![organisation("amal", 0, "aml"), organisation("fargelanda", 2, "fgl")],
        plan: AddressPlan {
            ipv4: net("10.64.0.0/10"),
            ipv6: None,
            organisation_prefix: sp(14),
            site_prefix: sp(20),
            links: net("10.127.0.0/18"),
            loopbacks: net("10.127.64.0/18"),
            hosts: hosts.into_iter().map(|(role, base)| (role, sp(base))).collect(),
            management: None,
            reserved: Vec::new(),
        },
        vlans: vec![
            vlan(10, "management", 0, 24, Gateway::Site, ""),
            vlan(20, "staff", 2, 23, Gateway::Site, ""),
            vlan(30, "pupils", 4, 22, Gateway::Site, "school"),
            vlan(40, "guest", 8, 23, Gateway::Site, ""),
            vlan(100, "servers", 1, 24, Gateway::Firewall, "datacentre"),
        ],
        ssids: vec![Ssid {
            name: sp("Gast".into()),
            security: sp(Security::Owe),
            vlan: sp(id("guest")),
            dynamic_vlans: Vec::new(),
            secret: None,
            hidden: None,
            fast_roaming: None,
            schedule: None,
            client_isolation: true,
            rate_limit_mbit: None,
            bands: Vec::new(),
            sites: SiteFilter::default(),
            span: Span::default(),
        }],
        profiles: profiles.into_iter().map(|profile| (profile.name.value.clone(), profile)).collect(),
        models: models.into_iter().map(|model| (model.name.value.clone(), model)).collect(),
        sites,
        ..Network::default()
    }
}

/// Findings as short text, for assertions.
pub(crate) fn texts(findings: &[crate::finding::Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect()
}
