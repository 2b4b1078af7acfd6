//! Unit tests of the whole derivation.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::fixture::{device, id, network, port, reference, sp, texts};
use super::*;
use crate::model::{Pair, PairKind, PortGroup, PortMode, PortModule, RadioPlan, Role, Settings};
use crate::value::{DeviceName, VlanId};

fn facts<'d>(derived: &'d Derived, name: &str) -> &'d DeviceFacts {
    derived.devices.get(&name.parse::<DeviceName>().unwrap()).unwrap_or_else(|| panic!("no {name}"))
}

fn port_of<'d>(derived: &'d Derived, name: &str, key: &str) -> &'d PortFacts {
    facts(derived, name).ports.iter().find(|port| port.key == key).unwrap()
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
        for (name, device) in &after.devices {
            let old = &before.devices[name];
            prop_assert_eq!(device.management, old.management);
            prop_assert_eq!(device.loopback, old.loopback);
            for port in device.ports.iter().filter(|port| port.address.is_some()) {
                let was = old.ports.iter().find(|other| other.key == port.key).unwrap();
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
    assert_eq!((second.interface.as_str(), second.member, second.vlan.map(VlanId::get)), ("Gi2/0/24", 2, Some(20)));
    let uplink = port_of(&derived, "fgl-skola-1-access01", "3/u2");
    assert_eq!((uplink.interface.as_str(), uplink.speed, uplink.power), ("Te3/1/2", 25000, Power::No));

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
    let pair = |with: &str, kind| Some(sp(Pair { with: sp(reference(with)), kind: sp(kind) }));
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
