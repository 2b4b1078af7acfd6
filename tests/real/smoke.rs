//! The bed itself: each piece of real software does what the other tests rely on, driven by `OpenSSH`'s own client.

use std::time::Duration;

use crate::needs::{Need, met};
use crate::packets::{address, answers, connects, listen, opens, pings};
use crate::site::wait_for;
use crate::town::Town;

const RULES: &str = "table inet samnet {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname vlan10 oifname vlan20 tcp dport 80 accept
  }
}
";

const VLANS: &str = "set network.vlan10=bridge-vlan
set network.vlan10.device=switch
set network.vlan10.vlan=10
add_list network.vlan10.ports=lan1:u*
add_list network.vlan10.ports=lan2:u*
add_list network.vlan10.ports=trunk1:t
set network.vlan20=bridge-vlan
set network.vlan20.device=switch
set network.vlan20.vlan=20
add_list network.vlan20.ports=lan3:u*
add_list network.vlan20.ports=trunk1:t
commit network
";

#[test]
fn switch_and_firewall_obey_over_ssh_and_packets_show_it() {
    if !met(&[Need::Site, Need::Firewall, Need::Switch, Need::Router]) {
        return;
    }
    let town = Town::start();
    let site = &town.site;
    for (host, at) in [("host1", "10.0.10.11"), ("host2", "10.0.10.12"), ("host3", "10.0.20.13")] {
        address(site, host, &format!("{at}/24"), &format!("{}.1", at.rsplit_once('.').unwrap().0));
    }
    address(site, "host4", "10.0.10.14/24", "10.0.10.1");
    assert!(answers(site, "host1", "10.0.10.14"), "a flat switch connects every port");

    let said = site.ssh(&town.switch, "uci batch && reload_config", VLANS);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    assert!(answers(site, "host1", "10.0.10.12"), "one VLAN, two ports");
    assert!(!pings(site, "host1", "10.0.10.14"), "a port in no VLAN reaches nobody");
    println!("the committed bridge-vlan sections are the switch's ports");

    town.firewall_foot("vlan10", 10, "10.0.10.1/24");
    town.firewall_foot("vlan20", 20, "10.0.20.1/24");
    assert!(answers(site, "host1", "10.0.20.13"), "without rules the firewall forwards everything");
    let said = site.ssh(&town.firewall, "nft -f -", RULES);
    assert_eq!(said.code, Some(0), "{said:?}");
    listen(site, "host3", 80);
    listen(site, "host3", 81);
    listen(site, "host1", 80);
    assert!(opens(site, "host1", "10.0.20.13", 80), "what a rule allows passes");
    assert!(!connects(site, "host1", "10.0.20.13", 81), "another port does not");
    assert!(!connects(site, "host3", "10.0.10.11", 80), "the other direction does not");
    assert!(!pings(site, "host1", "10.0.20.13"), "nor does another protocol");
    println!("tagged frames cross the trunk, and the firewall's rules hold for real connections");

    let ports = || {
        let text = site.on("switch", "ovs-vsctl --no-headings --format=csv --columns=name,tag,trunks list port");
        text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let before = ports();
    site.on("switch", "cp /etc/config/network /tmp/good");
    for nonsense in
        ["set network.vlan20.vlan=5000", "add_list network.vlan20.ports=lan1:u*", "set network.vlan20.device=x"]
    {
        let said = site.ssh(&town.switch, "uci batch && uci commit && reload_config", &format!("{nonsense}\n"));
        assert_eq!(said.code, Some(1), "{nonsense} is refused: {said:?}");
        assert!(said.stderr.starts_with("reload_config: "), "{said:?}");
        assert_eq!(before, ports(), "after {nonsense}");
        site.on("switch", "cp /tmp/good /etc/config/network");
    }
    println!("nonsense is refused by the switch and changes no port");
}

#[test]
fn routers_exchange_routes_and_answer_over_ssh() {
    if !met(&[Need::Site, Need::Router, Need::Firewall, Need::Switch]) {
        return;
    }
    let town = Town::start();
    let site = &town.site;
    for (router, n) in [(&town.core, 1), (&town.peer, 2)] {
        let commands = format!(
            "vtysh -c 'configure terminal' -c 'interface swp2' -c 'ip address 10.9.0.{n}/24' -c 'ip ospf hello-interval 1' \
             -c 'ip ospf dead-interval 4' -c 'ip ospf network point-to-point' -c 'interface lo' -c 'ip address 10.255.9.{n}/32' \
             -c 'router ospf' -c 'network 10.0.0.0/8 area 0'"
        );
        site.on(&router.name, &commands);
    }
    let neighbours = || site.ssh(&town.core, "show ip ospf neighbor", "").stdout;
    wait_for("an OSPF adjacency", Duration::from_mins(1), || neighbours().contains("Full"));
    wait_for("a route by OSPF that carries packets", Duration::from_secs(20), || {
        site.try_on("core", "ping -qc1 -W1 -I 10.255.9.1 10.255.9.2").code == Some(0)
    });
    println!("OSPF carries a route between two routers, and a login gets their command line");
    let bad = site.ssh(&town.core, "show bogus", "");
    assert_eq!(bad.code, Some(1), "{bad:?}");
    assert!(bad.stdout.contains("% Unknown command"), "{bad:?}");
    let name = site.ssh(&town.core, "show running-config", "").stdout;
    assert!(name.contains("hostname core\n"), "{name}");
}
