//! Unit tests of the whole derivation.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::fixture::{device, id, network, port, reference, sp, texts};
use super::*;
use crate::model::{
    Bgp, BgpNeighbour, HostRange, LagMode, Pair, PairKind, PortGroup, PortMode, PortModule, PortSettings, PortUse,
    RadioPlan, Reservation, Reserved, Role, Settings, SubnetSlot,
};
use crate::value::{DeviceName, VlanId};

fn facts<'d>(derived: &'d Derived, name: &str) -> &'d DeviceFacts {
    derived.devices.get(&name.parse::<DeviceName>().unwrap()).unwrap_or_else(|| panic!("no {name}"))
}

fn port_of<'d>(derived: &'d Derived, name: &str, key: &str) -> PortFacts<'d> {
    facts(derived, name).ports.iter().find(|port| port.socket.key == key).unwrap()
}

fn ids(vlans: &BTreeSet<VlanId>) -> Vec<u16> {
    vlans.iter().map(|id| id.get()).collect()
}

#[test]
fn a_sound_network_has_no_findings() {
    let (derived, findings) = derive(&network(2));
    assert_eq!(texts(&findings), Vec::<String>::new());
    assert_eq!(derived.devices.len(), 3 + 2 * 4);
    let access = facts(&derived, "fgl-skola-1-access01");
    assert_eq!(access.management, Ipv4Addr::new(10, 72, 16, 31));
    assert_eq!(access.management_gateway, Some(Ipv4Addr::new(10, 72, 16, 1)));
    assert_eq!((access.host.as_str(), access.port), ("10.72.16.31", 22));
}

#[test]
fn links_stand_at_both_ends_and_carry_what_is_behind_them() {
    let (derived, _) = derive(&network(1));
    let down = port_of(&derived, "fgl-skola-1-distribution01", "u2");
    let up = port_of(&derived, "fgl-skola-1-access01", "u1");
    assert_eq!((down.mode, ids(&down.tagged)), (PortMode::Trunk, vec![10, 20, 30, 40]));
    assert_eq!((up.mode, ids(&up.tagged)), (PortMode::Trunk, vec![10, 20, 30, 40]));
    assert_eq!(up.peer.as_ref().unwrap().interface, "Te1/1/2");
    let ap = port_of(&derived, "fgl-skola-1-access01", "23");
    assert_eq!((ap.vlan.map(VlanId::get), ids(&ap.tagged)), (Some(10), vec![40]));
    let lan = port_of(&derived, "fgl-skola-1-ap01", "1");
    assert_eq!((lan.vlan.map(VlanId::get), ids(&lan.tagged)), (Some(10), vec![40]));
    assert_eq!(ids(&facts(&derived, "fgl-skola-1-ap01").vlans), [10, 40]);
    assert_eq!(ids(&facts(&derived, "fgl-skola-1-access01").vlans), [10, 20, 30, 40]);
    let firewall = port_of(&derived, "aml-hall-firewall01", "2");
    assert_eq!((firewall.mode, ids(&firewall.tagged)), (PortMode::Trunk, vec![100]));
}

#[test]
fn routed_links_are_numbered_by_site_and_core() {
    let (derived, _) = derive(&network(2));
    let up = port_of(&derived, "fgl-skola-2-distribution01", "u1");
    // Site number 2 · 64 + 2, eight links a site, the core first.
    assert_eq!(up.address, Some("10.127.8.33/31".parse().unwrap()));
    assert_eq!(up.peer.as_ref().unwrap().address, Some(Ipv4Addr::new(10, 127, 8, 32)));
    let down = port_of(&derived, "aml-hall-core01", "12");
    assert_eq!(down.address, Some("10.127.8.32/31".parse().unwrap()));
    assert_eq!(facts(&derived, "aml-hall-core01").loopback, Some(Ipv4Addr::new(10, 127, 64, 4)));
}

#[test]
fn gateways_are_the_switch_and_the_firewall() {
    let (derived, _) = derive(&network(1));
    assert_eq!(ids(&facts(&derived, "fgl-skola-1-distribution01").gateways), [10, 20, 30, 40]);
    assert_eq!(ids(&facts(&derived, "aml-hall-firewall01").gateways), [100]);
    let servers = derived.sites[0].vlans.get(&VlanId::new(100).unwrap()).unwrap();
    assert_eq!(servers.gateway, Some(Ipv4Addr::new(10, 64, 1, 1)));
    assert_eq!(servers.gateway_device.as_ref().unwrap().as_str(), "aml-hall-firewall01");
}

#[test]
fn a_vlan_the_site_lacks_is_found_at_the_port() {
    let mut network = network(1);
    network.sites[1].tags.clear();
    let (_, findings) = derive(&network);
    assert_eq!(texts(&findings), ["SN-505 site `skola-1` has no VLAN `pupils`"]);
}

#[test]
fn two_links_on_one_port_are_found() {
    let mut network = network(1);
    network.sites[1].devices[2].ports = vec![port("1", "", "access-1:5")];
    let (_, findings) = derive(&network);
    assert_eq!(texts(&findings), ["SN-502 port `1` of `fgl-skola-1-ap01` has two links"]);
}

#[test]
fn a_link_drawn_at_both_ends_is_one_link() {
    let mut network = network(1);
    network.sites[1].devices[1].ports.push(port("u1", "", "distribution-1:u2"));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    assert_eq!(ids(&port_of(&derived, "fgl-skola-1-access01", "u1").tagged), [10, 20, 30, 40]);
}

#[test]
fn a_trunk_list_that_leaves_something_out_is_found() {
    let mut network = network(1);
    network.profiles.get_mut(&id("ap")).unwrap().settings.tagged =
        Some(super::fixture::sp(vec![super::fixture::sp(id("staff"))]));
    let (_, findings) = derive(&network);
    let wanted = "SN-509 the link does not carry VLAN 40, which `fgl-skola-1-ap01` needs";
    assert!(texts(&findings).contains(&wanted.to_owned()), "{:?}", texts(&findings));
}

#[test]
fn wrong_devices_are_left_out_and_named() {
    let mut network = network(1);
    network.sites[1].devices.push(device(Role::Access, 80, "switch"));
    network.sites[1].devices.push(device(Role::Access, 300, "switch"));
    network.policy.naming.max_length = Some(super::fixture::sp(20));
    let (derived, findings) = derive(&network);
    assert!(!derived.devices.keys().any(|name| name.as_str().contains("access300")));
    let codes: Vec<u16> = findings.iter().map(|finding| finding.code.0).collect();
    assert!(codes.contains(&401), "{:?}", texts(&findings));
}

#[test]
fn roles_that_run_into_each_other_are_found() {
    let mut network = network(1);
    network.sites[1].devices.push(device(Role::Access, 71, "switch"));
    let (_, findings) = derive(&network);
    let wanted = "SN-304 `fgl-skola-1-ap01` and `fgl-skola-1-access71` come to the same address 10.72.16.101";
    assert!(texts(&findings).contains(&wanted.to_owned()), "{:?}", texts(&findings));
}

#[test]
fn no_gateway_is_found_once_a_site() {
    let mut network = network(1);
    network.sites[1].devices.remove(0);
    let (_, findings) = derive(&network);
    let wanted = "SN-310 nothing routes for management, staff, pupils, guest at site `skola-1`";
    assert!(texts(&findings).contains(&wanted.to_owned()), "{:?}", texts(&findings));
}

proptest! {
    /// Whatever is removed, everything that stays keeps its names and addresses.
    #[test]
    fn removing_anything_renumbers_nothing(drop_site in 1usize..6, drop_device in 0usize..4, drop_vlan in 1usize..4) {
        let whole = network(6);
        let (before, _) = derive(&whole);
        let mut less = whole.clone();
        less.sites.remove(drop_site);
        less.sites[1].devices.remove(drop_device);
        less.vlans.remove(drop_vlan);
        let (after, _) = derive(&less);
        prop_assert!(after.devices.len() >= before.devices.len() - 5);
        for (name, device) in after.devices.iter() {
            let old = &before.devices[name];
            prop_assert_eq!(device.management, old.management);
            prop_assert_eq!(device.loopback, old.loopback);
            for port in device.ports.iter().filter(|port| port.address.is_some()) {
                let was = old.ports.iter().find(|other| other.socket.key == port.socket.key).unwrap();
                prop_assert_eq!(port.address, was.address);
            }
        }
        for (index, site) in after.sites.iter().enumerate() {
            let id = &less.sites[index].id.value;
            let old = &before.sites[before.site(id).unwrap()];
            for (vlan, facts) in &site.vlans {
                prop_assert_eq!(facts.subnet, old.vlans[vlan].subnet);
            }
        }
    }
}

#[test]
fn many_devices_are_quick() {
    let network = network(600);
    let start = std::time::Instant::now();
    let (derived, findings) = derive(&network);
    // Only schools 1–63 have a place in the plan; what matters here is that nothing is quadratic.
    assert!(derived.devices.len() > 250 && !findings.is_empty());
    assert!(start.elapsed().as_secs() < 5, "took {:?}", start.elapsed());
}

#[test]
fn a_stack_has_the_ports_of_every_member_and_of_its_module() {
    let mut network = network(1);
    let model = network.models.get_mut("switch").unwrap();
    model.stack = Some(sp(4));
    for group in &mut model.ports {
        group.interface = sp(group.interface.value.replace("1/0", "{m}/0").replace("1/1", "{m}/1"));
    }
    let module = PortModule {
        name: sp("NM-2Y".into()),
        ports: vec![PortGroup { numbers: vec![1, 2], speed: 25000, poe: false, ..model.ports[1].clone() }],
    };
    model.modules.insert("NM-2Y".into(), module);
    let access = &mut network.sites[1].devices[1];
    access.stack = vec![sp("switch".into()), sp("switch".into())];
    access.module = Some(sp("NM-2Y".into()));
    access.ports.push(port("2/24", "staff", ""));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    let facts = facts(&derived, "fgl-skola-1-access01");
    assert_eq!((facts.members, facts.ports.len()), (3, 3 * 26));
    let second = port_of(&derived, "fgl-skola-1-access01", "2/24");
    assert_eq!(
        (second.socket.interface.as_str(), second.socket.member, second.vlan.map(VlanId::get)),
        ("Gi2/0/24", 2, Some(20))
    );
    let uplink = port_of(&derived, "fgl-skola-1-access01", "3/u2");
    assert_eq!(
        (uplink.socket.interface.as_str(), uplink.socket.speed, uplink.socket.power),
        ("Te3/1/2", 25000, Power::No)
    );

    network.sites[1].devices[1].ports.push(port("1/u3", "staff", ""));
    network.sites[1].devices[1].stack.extend([sp("wall".into()), sp("switch".into())]);
    let (_, findings) = derive(&network);
    let wanted = [
        "SN-560 5 of `switch` make no stack; 4 do at most",
        "SN-560 `switch` and `wall` make no stack",
        "SN-201 model `wall` takes no module `NM-2Y`",
        "SN-501 `fgl-skola-1-access01` has no port `1/u3`",
    ];
    let mut found = texts(&findings);
    found.sort_unstable();
    let mut wanted = wanted.map(str::to_owned);
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn names_that_a_stack_would_share_are_found_at_the_model() {
    let mut network = network(1);
    network.models.get_mut("switch").unwrap().stack = Some(sp(2));
    let (_, findings) = derive(&network);
    let wanted = "SN-560 ports of all members of a stack of `switch` have one name";
    assert_eq!(texts(&findings), [wanted, wanted]);
}

#[test]
fn radios_follow_the_plan_of_the_model_or_the_device() {
    let mut network = network(1);
    network.models.get_mut("ap").unwrap().radios[0].channels = vec![36, 52];
    let own = RadioPlan { channel: Some(sp(100)), off: Some(sp(true)), ..RadioPlan::default() };
    network.sites[1].devices[3].radios.insert("radio0".into(), sp(own));
    network.sites[1].devices[2].radios.insert("radio7".into(), sp(RadioPlan::default()));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), ["SN-201 model `ap` has no radio `radio7`"]);
    let first = &facts(&derived, "fgl-skola-1-ap01").radios[0];
    assert_eq!((first.channel, first.width, first.off), (Some(36), 40, false));
    let second = &facts(&derived, "fgl-skola-1-ap02").radios[0];
    assert_eq!((second.channel, second.width, second.off), (Some(100), 40, true));
}

#[test]
fn the_first_distribution_switch_is_root_unless_somebody_says_otherwise() {
    let mut network = network(1);
    let (derived, _) = derive(&network);
    let priority = |name: &str| facts(&derived, name).stp_priority;
    assert_eq!(priority("fgl-skola-1-distribution01"), Some(4096));
    assert_eq!(priority("fgl-skola-1-access01"), Some(32768));
    assert_eq!(priority("fgl-skola-1-ap01"), None);
    let mut settings = Settings::default();
    settings.switching.spanning_tree.priority = Some(sp(61440));
    network.sites[1].devices[1].settings = Some(settings.into());
    let (derived, _) = derive(&network);
    assert_eq!(facts(&derived, "fgl-skola-1-access01").stp_priority, Some(61440));
}

#[test]
fn a_pair_said_once_holds_at_both() {
    let mut network = network(1);
    network.sites[0].devices.push(device(Role::Firewall, 2, "wall"));
    let pair = |with: &str, kind| Some(Box::new(sp(Pair { with: sp(reference(with)), kind: sp(kind) })));
    network.sites[0].devices[1].pair = pair("firewall-2", PairKind::Ha);
    let (derived, _) = derive(&network);
    let other = |name: &str| facts(&derived, name).pair.as_ref().unwrap().device.to_string();
    assert_eq!(other("aml-hall-firewall01"), "aml-hall-firewall02");
    assert_eq!(other("aml-hall-firewall02"), "aml-hall-firewall01");

    network.sites[0].devices[3].pair = pair("firewall-1", PairKind::Vrrp);
    let (_, findings) = derive(&network);
    let disagree = "SN-561 `aml-hall-firewall01` and `aml-hall-firewall02` disagree about their pair";
    assert!(texts(&findings).contains(&disagree.to_owned()), "{:?}", texts(&findings));
    network.sites[0].devices[3].pair = pair("firewall-2", PairKind::Ha);
    let (_, findings) = derive(&network);
    let itself = "SN-561 `aml-hall-firewall02` makes a pair with itself";
    assert!(texts(&findings).contains(&itself.to_owned()), "{:?}", texts(&findings));
}

/// The port with a group; `far` is the number at the other end where it differs.
fn lag(mut entry: PortUse, number: u32, far: Option<u32>) -> PortUse {
    entry.lag = Some(sp(number));
    entry.to_lag = far.map(sp);
    entry
}

/// A school whose access switch has two links to its distribution switch, in one group.
fn bundled() -> crate::model::Network {
    let mut network = network(1);
    let devices = &mut network.sites[1].devices;
    devices[0].ports.pop();
    for (near, far) in [("u1", "u2"), ("u2", "u3")] {
        devices[1].ports.push(lag(port(near, "", &format!("distribution-1:{far}")), 1, Some(7)));
    }
    network
}

#[test]
fn a_group_of_links_is_one_link_at_both_ends() {
    let (derived, findings) = derive(&bundled());
    assert_eq!(texts(&findings), Vec::<String>::new());
    let near = &facts(&derived, "fgl-skola-1-access01").lags[&1];
    assert_eq!(
        (near.members.as_slice(), near.mode, ids(&near.tagged)),
        ([24, 25].as_slice(), PortMode::Trunk, vec![10, 20, 30, 40])
    );
    let peer = &near.peers[0];
    assert_eq!((peer.device.as_str(), peer.number), ("fgl-skola-1-distribution01", 7));
    let far = &facts(&derived, "fgl-skola-1-distribution01").lags[&7];
    assert_eq!((far.members.as_slice(), far.agreed, far.shared), ([25, 26].as_slice(), LagMode::Active, false));
    assert_eq!((far.peers[0].device.as_str(), far.peers[0].number), ("fgl-skola-1-access01", 1));
    assert_eq!(far.description, "fgl-skola-1-access01 lag 1");
    assert_eq!(port_of(&derived, "fgl-skola-1-distribution01", "u3").lag, Some(7));
}

#[test]
fn a_routed_group_has_one_address() {
    let mut network = network(1);
    let top = &mut network.sites[1].devices[0];
    top.ports[0] = lag(port("u1", "", "hall/core-1:11"), 1, Some(20));
    top.ports.push(lag(port("u3", "", "hall/core-1:12"), 1, Some(20)));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    let group = &facts(&derived, "fgl-skola-1-distribution01").lags[&1];
    assert_eq!(group.address, Some("10.127.8.17/31".parse().unwrap()));
    assert_eq!(group.peers[0].address, Some(Ipv4Addr::new(10, 127, 8, 16)));
    assert_eq!(facts(&derived, "aml-hall-core01").lags[&20].address, Some("10.127.8.16/31".parse().unwrap()));
    assert_eq!(port_of(&derived, "fgl-skola-1-distribution01", "u1").address, None);
}

#[test]
fn a_group_over_a_pair_is_one_group() {
    let mut network = bundled();
    let devices = &mut network.sites[1].devices;
    devices.push(device(Role::Distribution, 2, "switch"));
    devices[1].ports.pop();
    devices[1].ports.push(lag(port("u2", "", "distribution-2:u2"), 1, Some(7)));
    let (_, findings) = derive(&network);
    let split = "SN-562 group 1 of `fgl-skola-1-access01` leads to `fgl-skola-1-distribution01` and to `fgl-skola-1-distribution02`";
    assert_eq!(texts(&findings), [split]);
    network.sites[1].devices[0].pair =
        Some(Box::new(sp(Pair { with: sp(reference("distribution-2")), kind: sp(PairKind::Mlag) })));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    let near = &facts(&derived, "fgl-skola-1-access01").lags[&1];
    assert_eq!((near.peers.len(), near.shared), (2, false));
    let far = &facts(&derived, "fgl-skola-1-distribution02").lags[&7];
    assert_eq!((far.peers.len(), far.shared), (1, true));
}

#[test]
fn two_groups_with_one_number_are_found() {
    let mut network = bundled();
    let devices = &mut network.sites[1].devices;
    devices.push(device(Role::Access, 2, "switch"));
    devices[4].ports = vec![
        lag(port("u1", "", "distribution-1:u4"), 1, Some(7)),
        lag(port("u2", "", "distribution-1:24"), 1, Some(7)),
    ];
    let (_, findings) = derive(&network);
    let wanted =
        "SN-562 group 7 of `fgl-skola-1-distribution01` leads to `fgl-skola-1-access01` and to `fgl-skola-1-access02`";
    assert_eq!(texts(&findings), [wanted]);
}

#[test]
fn what_is_wrong_with_a_group_is_found() {
    let found = |change: fn(&mut Vec<PortUse>)| {
        let mut network = bundled();
        change(&mut network.sites[1].devices[1].ports);
        texts(&derive(&network).1)
    };
    let alone = found(|ports| drop(ports.pop()));
    assert_eq!(alone, ["SN-565 group 1 of `fgl-skola-1-access01` has a single link"]);
    let unequal = found(|ports| {
        let access =
            PortSettings { mode: Some(sp(PortMode::Access)), vlan: Some(sp(id("staff"))), ..PortSettings::default() };
        ports[5].settings = Some(access.into());
    });
    assert!(
        unequal.contains(&"SN-564 ports of group 1 of `fgl-skola-1-access01` differ in mode".to_owned()),
        "{unequal:?}"
    );
    let mixed = found(|ports| ports[4].lag_mode = Some(sp(LagMode::Static)));
    assert_eq!(mixed, Vec::<String>::new());

    let mut network = bundled();
    network.sites[1].devices[1].ports[4].lag_mode = Some(sp(LagMode::Static));
    let mut back = lag(port("u2", "", "access-1:u1"), 8, None);
    back.lag_mode = Some(sp(LagMode::Active));
    network.sites[1].devices[0].ports.push(back);
    let findings = texts(&derive(&network).1);
    let wanted = "SN-563 `fgl-skola-1-distribution01` calls the group 8, not 7";
    assert!(findings.contains(&wanted.to_owned()), "{findings:?}");
}

#[test]
fn a_port_without_a_profile_counts_as_described() {
    let mut network = network(1);
    let say = |mode, vlan: &str| {
        let settings = PortSettings { mode, vlan: Some(sp(id(vlan))), ..PortSettings::default() };
        Some(std::sync::Arc::new(settings))
    };
    let devices = &mut network.sites[1].devices;
    let mut back = port("u1", "", "distribution-1:u2");
    back.settings = say(None, "management");
    devices[1].ports.push(back);
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    let down = port_of(&derived, "fgl-skola-1-distribution01", "u2");
    assert_eq!((down.mode, down.vlan.map(VlanId::get)), (PortMode::Trunk, Some(10)));

    network.sites[1].devices[0].ports[1].settings = say(None, "staff");
    let (_, findings) = derive(&network);
    let wanted = "SN-503 the ends of a link disagree: trunk, VLAN 20 untagged and trunk, VLAN 10 untagged";
    assert!(texts(&findings).contains(&wanted.to_owned()), "{:?}", texts(&findings));
}

#[test]
fn a_link_takes_the_highest_speed_of_both_and_the_line_its_rate() {
    let mut network = network(1);
    network.models.get_mut("switch").unwrap().ports[1].speeds = vec![1000, 10000, 25000];
    network.models.get_mut("switch").unwrap().ports[1].speed = 25000;
    network.models.get_mut("router").unwrap().ports[0].speeds = vec![1000, 10000];
    network.models.get_mut("router").unwrap().ports[0].speed = 40000;
    network.models.get_mut("wall").unwrap().ports[0].speed = 40000;
    network.sites[1].wan.mbit = Some(sp(100));
    let (derived, _) = derive(&network);
    let up = port_of(&derived, "fgl-skola-1-distribution01", "u1");
    assert_eq!((up.link_speed, up.shape_mbit), (Some(10000), Some(100)));
    let down = port_of(&derived, "aml-hall-core01", "11");
    assert_eq!((down.link_speed, down.shape_mbit), (Some(10000), None));
    assert_eq!(port_of(&derived, "aml-hall-firewall01", "2").link_speed, None);
    assert_eq!(port_of(&derived, "fgl-skola-1-distribution01", "u2").shape_mbit, None);
}

#[test]
fn vlans_that_radius_may_choose_are_carried_too() {
    let mut network = network(1);
    let profile = network.profiles.get_mut(&id("staff")).unwrap();
    profile.settings.dot1x.critical_vlan = Some(sp(id("guest")));
    profile.settings.dot1x.dynamic_vlans = Some(sp(vec![sp(id("pupils")), sp(id("servers"))]));
    network.sites[1].devices[1].ports.remove(0);
    network.ssids.clear();
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    let access = port_of(&derived, "fgl-skola-1-access01", "2");
    // The school has no VLAN for servers.
    assert_eq!((access.critical.map(VlanId::get), ids(&access.dynamic)), (Some(40), vec![30]));
    assert_eq!(ids(&port_of(&derived, "fgl-skola-1-access01", "u1").tagged), [10, 20, 30, 40]);
}

#[test]
fn descriptions_follow_the_naming_rule() {
    let mut network = network(1);
    network.policy.naming.port = Some(sp("{title} {port} rum {room}".into()));
    network.policy.naming.vlan = Some(sp("{nr}".into()));
    network.sites[1].devices[1].room = Some(sp("B2".into()));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), ["SN-405 the naming pattern has no value for `{nr}`"]);
    assert_eq!(port_of(&derived, "fgl-skola-1-access01", "2").description, "staff Gi1/0/2 rum B2");
    assert_eq!(port_of(&derived, "fgl-skola-1-access01", "u1").description, "fgl-skola-1-distribution01 Te1/1/2");
    network.policy.naming.vlan = Some(sp("V{id}_{name}".into()));
    network.policy.naming.object = Some(sp("seg-{name}".into()));
    assert_eq!(naming::vlan(&network.policy.naming, &network.vlans[0]), "V10_management");
    assert_eq!(naming::object(&network.policy.naming, &id("care")), "seg-care");
}

fn reservation(vlan: &str, host: u32, mac: Option<&str>) -> Reservation {
    let mac = mac.map(|mac| sp(mac.parse().unwrap()));
    Reservation { vlan: sp(id(vlan)), host: sp(host), name: sp(format!("{vlan} {host}")), mac }
}

#[test]
fn reservations_have_addresses_and_nothing_else_has_them() {
    let mut network = network(1);
    network.plan.ipv6 = Some(sp("fd64:da15::/32".parse().unwrap()));
    network.vlans[1].reserved_hosts = Some(sp(HostRange { first: 20, last: 400 }));
    network.sites[1].reservations = vec![
        reservation("staff", 300, Some("00:1d:9c:00:00:01")),
        reservation("guest", 9, None),
        reservation("management", 101, None),
        reservation("staff", 10, None),
        reservation("pupils", 1, None),
        reservation("guest", 9, Some("00:1d:9c:00:00:01")),
        reservation("servers", 9, None),
        reservation("nobody", 9, None),
        reservation("guest", 512, None),
    ];
    let (derived, findings) = derive(&network);
    let kept: Vec<String> = derived.sites[1].reservations.iter().map(|kept| kept.address.to_string()).collect();
    assert_eq!(kept, ["10.72.19.44", "10.72.24.9"]);
    let address6 = derived.sites[1].reservations[0].address6.unwrap().to_string();
    assert_eq!(address6, "fd64:da15:81:14::12c");
    let mut found = texts(&findings);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "SN-201 there is no VLAN `nobody`",
            "SN-353 10.72.16.101, set aside for `management 101`, is taken",
            "SN-353 10.72.20.1 is the gateway of VLAN `pupils`",
            "SN-353 10.72.24.0/23 of VLAN `guest` has no host 512",
            "SN-353 10.72.24.9, set aside for `guest 9`, is taken",
            "SN-353 host 10 is outside what VLAN `staff` keeps for reservations",
            "SN-353 site `skola-1` has no VLAN `servers`",
            "SN-354 MAC address 00:1d:9c:00:00:01 has two reservations",
        ]
    );
}

#[test]
fn kept_host_numbers_are_neither_gateways_nor_devices() {
    let mut network = network(2);
    network.vlans[0].reserved_hosts = Some(sp(HostRange { first: 1, last: 31 }));
    let (_, findings) = derive(&network);
    let mut found = texts(&findings);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "SN-352 VLAN `management` keeps host number 1 for reservations, which is its gateway",
            "SN-352 `aml-hall-core01` come to host numbers kept for reservations",
            "SN-352 `aml-hall-distribution01` and 2 more come to host numbers kept for reservations",
            "SN-352 `aml-hall-firewall01` come to host numbers kept for reservations",
            "SN-352 `fgl-skola-1-access01` and 1 more come to host numbers kept for reservations",
        ]
    );
}

#[test]
fn a_site_may_give_a_subnet_outright() {
    let mut network = network(2);
    let net = |text: &str| sp(text.parse().unwrap());
    network.sites[1].subnets.insert(id("guest"), net("192.168.8.0/24"));
    network.sites[1].subnets.insert(id("staff"), net("10.72.28.0/24"));
    let (derived, findings) = derive(&network);
    assert_eq!(texts(&findings), Vec::<String>::new());
    let guest = &derived.sites[1].vlans[&VlanId::new(40).unwrap()];
    assert_eq!(
        (guest.subnet.unwrap().to_string(), guest.gateway.unwrap().to_string()),
        ("192.168.8.0/24".into(), "192.168.8.1".into())
    );
    network.sites[2].subnets.insert(id("guest"), net("192.168.0.0/16"));
    network.sites[2].subnets.insert(id("staff"), net("10.72.20.0/24"));
    network.sites[2].subnets.insert(id("servers"), net("192.0.2.0/24"));
    let (_, findings) = derive(&network);
    let mut found = texts(&findings);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "SN-350 site `skola-2` has no VLAN `servers` to give a subnet",
            "SN-350 the subnet of VLAN `guest` at site `skola-2` runs into another subnet, 192.168.8.0/24",
            "SN-350 the subnet of VLAN `staff` at site `skola-2` runs into site `skola-1` (10.72.16.0/20)",
        ]
    );
}

#[test]
fn what_is_numbered_from_a_reserved_prefix_is_told_once() {
    let found = |prefix: &str| {
        let mut network = network(3);
        let reserved = Reserved { prefix: sp(prefix.parse().unwrap()), purpose: sp("others".into()) };
        network.plan.reserved = vec![reserved];
        texts(&derive(&network).1)
    };
    assert_eq!(found("10.100.0.0/16"), Vec::<String>::new());
    assert_eq!(found("10.72.28.0/22"), Vec::<String>::new());
    assert_eq!(found("10.0.0.0/8"), ["SN-351 10.0.0.0/8 is kept for others, and everything is numbered from it"]);
    let organisation = "SN-351 10.72.0.0/14 is kept for others, and organisation `fargelanda` is numbered from it";
    assert_eq!(found("10.72.0.0/14"), [organisation]);
    let vlan = "SN-351 10.72.24.128/25 is kept for others, and VLAN `guest` of site `skola-1` is numbered from it";
    assert_eq!(found("10.72.24.128/25"), [vlan]);
    let links = "SN-351 10.127.8.0/24 is kept for others, and links are numbered from it";
    assert_eq!(found("10.127.8.0/24"), [links]);
}

#[test]
fn bgp_is_spoken_by_core_routers_with_others() {
    let mut network = network(1);
    let neighbour = |device: &str, address: &str, asn| BgpNeighbour {
        device: sp(reference(device)),
        address: sp(address.parse().unwrap()),
        asn: sp(asn),
        title: sp("Operatör".into()),
        secret: None,
        accept: Vec::new(),
        announce: Vec::new(),
        span: crate::source::Span::default(),
    };
    let neighbours = vec![
        neighbour("hall/core-1", "192.0.2.1", 64500),
        neighbour("hall/core-1", "192.0.2.2", 64999),
        neighbour("hall/core-1", "10.127.64.4", 64500),
        neighbour("hall/core-1", "192.0.2.1", 64501),
        neighbour("hall/distribution-1", "192.0.2.1", 64500),
        neighbour("hall/core-9", "192.0.2.1", 64500),
    ];
    network.routing.bgp = Some(Bgp { asn: sp(64999), neighbours });
    let (derived, findings) = derive(&network);
    let bgp = &facts(&derived, "aml-hall-core01").bgp;
    assert_eq!(bgp.iter().map(|bgp| (bgp.neighbour, bgp.internal)).collect::<Vec<_>>(), [(0, false), (1, true)]);
    let mut found = texts(&findings);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "SN-201 the router of this neighbour does not exist",
            "SN-355 10.127.64.4 is an address of `aml-hall-core01` itself",
            "SN-355 `aml-hall-core01` has neighbour 192.0.2.1 twice",
            "SN-355 `aml-hall-distribution01` speaks no BGP",
        ]
    );
}

/// Everything numbered, by what it belongs to: nothing of it may change when something else comes or goes.
fn numbered(network: &crate::model::Network) -> BTreeMap<String, String> {
    let (derived, _) = derive(network);
    let mut all = BTreeMap::new();
    for (site, facts) in network.sites.iter().zip(&derived.sites) {
        let id = site.id.as_str();
        all.insert(format!("{id} block"), format!("{:?} {:?} {}", facts.prefix, facts.prefix6, facts.code));
        for (vlan, facts) in &facts.vlans {
            let addresses = (facts.subnet, facts.subnet6, facts.gateway, facts.gateway6);
            all.insert(format!("{id} vlan {vlan}"), format!("{addresses:?}"));
        }
        for kept in &facts.reservations {
            all.insert(format!("{id} {} {}", kept.vlan, kept.name), format!("{} {:?}", kept.address, kept.address6));
        }
        for (device, name) in site.devices.iter().zip(&facts.devices) {
            let Some(facts) = name.as_ref().and_then(|name| derived.devices.get(name)) else { continue };
            let key = format!("{id} {} {}", device.role.word(), device.number);
            all.insert(key.clone(), format!("{} {} {:?}", facts.name, facts.management, facts.loopback));
            for port in facts.ports.iter().filter(|port| port.used) {
                all.insert(format!("{key} {}", port.socket.key), format!("{:?} {:?}", port.address, port.lag));
            }
            for lag in facts.lags.values() {
                all.insert(format!("{key} group {}", lag.number), format!("{:?} {:?}", lag.address, lag.members));
            }
        }
    }
    all
}

/// One thing comes or goes, somewhere.
fn change(network: &mut crate::model::Network, what: u8, at: usize, more: usize) {
    let count = network.sites.len();
    let school = 1 + at % (count - 1);
    match what {
        0 => drop(network.sites.remove(school)),
        1 => {
            let mut new = super::fixture::site("ny-skola", "fargelanda", 40);
            new.devices = vec![device(Role::Distribution, 1, "switch")];
            network.sites.insert(at % (count + 1), new);
        }
        2 => {
            let devices = &mut network.sites[school].devices;
            drop(devices.remove(more % devices.len()));
        }
        3 => {
            let devices = &mut network.sites[school].devices;
            devices.insert(more % (devices.len() + 1), device(Role::Access, 9, "switch"));
        }
        4 => drop(network.vlans.remove(1 + more % (network.vlans.len() - 1))),
        5 => {
            let mut new = network.vlans[1].clone();
            (new.id, new.name) = (sp(VlanId::new(77).unwrap()), sp(id("new")));
            new.subnet = sp(SubnetSlot { block: 15, prefix: 24 });
            network.vlans.insert(more % network.vlans.len(), new);
        }
        6 => {
            let devices = &mut network.sites[school].devices;
            let index = more % devices.len();
            let ports = &mut devices[index].ports;
            if !ports.is_empty() {
                drop(ports.remove(at % ports.len()));
            }
        }
        7 => network.sites[school].devices[0].ports.insert(0, port("9", "staff", "")),
        8 => drop(network.sites[school].reservations.pop()),
        9 => network.sites[school].reservations.insert(0, reservation("staff", 99, None)),
        _ => {
            let mut new = network.organisations[0].clone();
            (new.id, new.index, new.code) = (sp(id("ny")), sp(7), sp(id("ny")));
            network.organisations.insert(at % 3, new);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever comes or goes, at any place: what is there before and after keeps its numbers.
    #[test]
    fn nothing_that_comes_or_goes_renumbers_anything_else(
        schools in 2u32..5,
        changes in prop::collection::vec((0u8..11, 0usize..8, 0usize..8), 1..3),
    ) {
        let mut network = network(schools);
        network.plan.ipv6 = Some(sp("fd64:da15::/32".parse().unwrap()));
        for site in &mut network.sites[1..] {
            site.reservations = vec![reservation("staff", 20, None), reservation("guest", 21, None)];
            let devices = &mut site.devices;
            devices[0].ports.pop();
            for (near, far) in [("u1", "u2"), ("u2", "u3")] {
                devices[1].ports.push(lag(port(near, "", &format!("distribution-1:{far}")), 1, Some(7)));
            }
        }
        let before = numbered(&network);
        let mut seen = std::collections::BTreeSet::new();
        for (what, at, more) in changes {
            // The same new thing twice would be a mistake in the inventory.
            if network.sites.len() > 2 && seen.insert(what) {
                change(&mut network, what, at, more);
            }
        }
        let after = numbered(&network);
        for (key, value) in &after {
            let Some(was) = before.get(key) else { continue };
            // A group has the members that are left; a link that is gone has no number.
            if key.contains(" group ") || value.starts_with("None None") || was.starts_with("None None") {
                continue;
            }
            prop_assert_eq!(was, value, "{}", key);
        }
    }
}
