//! Unit tests of the compiled rules: exact, entry by entry.

use crate::derive::fixture::{id, network, sp};
use crate::derive::{Derived, derive};
use crate::model::{Endpoint, Flow, Network, Scope, Segment, Service};
use crate::source::Span;

use super::*;

fn flow(name: &str, from: &[&str], to: &[&str], services: &[Service]) -> Flow {
    let end = |text: &&str| {
        sp(text.parse().map_or_else(
            |_| {
                text.parse()
                    .map_or_else(|_| Endpoint::Segment(id(text)), |ip: std::net::IpAddr| Endpoint::Net(ip.into()))
            },
            Endpoint::Net,
        ))
    };
    Flow {
        id: sp(id(name)),
        from: from.iter().map(end).collect(),
        to: to.iter().map(end).collect(),
        services: services.iter().cloned().map(sp).collect(),
        scope: sp(Scope::Any),
        purpose: sp(String::new()),
        owner: sp(String::new()),
        ticket: None,
        expires: None,
        span: Span::default(),
    }
}

fn compiled(flows: Vec<Flow>, change: impl FnOnce(&mut Network)) -> (Network, Derived, Rules) {
    let mut network = network(2);
    network.policy.flows = flows;
    change(&mut network);
    let (derived, _) = derive(&network);
    let rules = compile(&network, &derived);
    (network, derived, rules)
}

fn ports(ports: Option<Ports>) -> String {
    ports.map_or_else(
        String::new,
        |Ports(from, to)| {
            if from == to { format!(":{from}") } else { format!(":{from}-{to}") }
        },
    )
}

fn text(entry: &Entry) -> String {
    let action = if entry.action == Action::Permit { "permit" } else { "deny" };
    let Matches { protocol, source, destination } = entry.matches;
    let (name, from, to, tail) = match protocol {
        Protocol::Ip => ("ip", None, None, ""),
        Protocol::Icmp => ("icmp", None, None, ""),
        Protocol::Echo => ("echo", None, None, ""),
        Protocol::EchoReply => ("echo-reply", None, None, ""),
        Protocol::Tcp { source, destination, established } => {
            ("tcp", source, destination, if established { " established" } else { "" })
        }
        Protocol::Udp { source, destination } => ("udp", source, destination, ""),
    };
    format!("{action} {name} {source}{} {destination}{}{tail}", ports(from), ports(to))
}

fn acl(rules: &Rules, device: &str, vlan: i64) -> Vec<String> {
    let acls = rules.gateways.get(&device.parse().unwrap()).unwrap();
    acls.get(&VlanId::new(vlan).unwrap()).unwrap().entries.iter().map(text).collect()
}

const SCHOOL: &str = "fgl-skola-1-distribution01";

#[test]
fn nothing_passes_without_a_flow() {
    let (_, _, rules) = compiled(Vec::new(), |_| ());
    assert_eq!(acl(&rules, SCHOOL, 30), ["deny ip 0.0.0.0/0 0.0.0.0/0"]);
    let firewall = rules.firewalls.get(&"aml-hall-firewall01".parse().unwrap()).unwrap();
    assert_eq!(firewall, &Firewall::default());
}

#[test]
fn a_flow_opens_one_side_and_answers_at_the_other() {
    let flows = vec![
        flow("names", &["pupils"], &["10.64.1.11"], &[Service::Udp(53, 53), Service::Tcp(53, 53)]),
        flow("look", &["staff"], &["pupils"], &[Service::Tcp(8008, 8009), Service::IcmpEcho]),
    ];
    let (_, _, rules) = compiled(flows, |_| ());
    assert_eq!(
        acl(&rules, SCHOOL, 30),
        [
            "permit tcp 10.72.20.0/22 10.64.1.11/32:53",
            "permit udp 10.72.20.0/22 10.64.1.11/32:53",
            "permit tcp 10.72.20.0/22:8008-8009 10.64.2.0/23 established",
            "permit echo-reply 10.72.20.0/22 10.64.2.0/23",
            "permit tcp 10.72.20.0/22:8008-8009 10.72.18.0/23 established",
            "permit echo-reply 10.72.20.0/22 10.72.18.0/23",
            "permit tcp 10.72.20.0/22:8008-8009 10.72.34.0/23 established",
            "permit echo-reply 10.72.20.0/22 10.72.34.0/23",
            "deny ip 0.0.0.0/0 0.0.0.0/0",
        ]
    );
    assert_eq!(
        acl(&rules, SCHOOL, 20),
        [
            "permit tcp 10.72.18.0/23 10.72.20.0/22:8008-8009",
            "permit echo 10.72.18.0/23 10.72.20.0/22",
            "permit tcp 10.72.18.0/23 10.72.36.0/22:8008-8009",
            "permit echo 10.72.18.0/23 10.72.36.0/22",
            "deny ip 0.0.0.0/0 0.0.0.0/0",
        ]
    );
}

#[test]
fn site_scope_stays_in_the_building() {
    let mut look = flow("look", &["staff"], &["pupils", "10.0.0.0/8"], &[Service::Tcp(80, 80)]);
    look.scope.value = Scope::Site;
    let (_, _, rules) = compiled(vec![look], |_| ());
    assert_eq!(acl(&rules, SCHOOL, 20), ["permit tcp 10.72.18.0/23 10.72.16.0/20:80", "deny ip 0.0.0.0/0 0.0.0.0/0"]);
}

#[test]
fn internet_is_not_inside() {
    let flows = vec![
        flow("web", &["pupils"], &["internet"], &[Service::Tcp(443, 443)]),
        flow("in", &["internet"], &["pupils"], &[Service::Udp(5000, 5000)]),
        flow("names", &["pupils"], &["10.64.1.11"], &[Service::Udp(53, 53)]),
    ];
    let partner = Segment {
        name: sp(id("partner")),
        title: sp(String::new()),
        klassa: crate::model::Klassa::default(),
        owner: sp(String::new()),
        vrf: None,
        prefixes: vec![sp("198.51.100.0/24".parse().unwrap())],
    };
    let (_, _, rules) = compiled(flows, |network| {
        network.policy.segments.insert(id("partner"), partner);
    });
    assert_eq!(
        acl(&rules, SCHOOL, 30),
        [
            "permit udp 10.72.20.0/22 10.64.1.11/32:53",
            "deny ip 0.0.0.0/0 10.64.0.0/10",
            "deny ip 0.0.0.0/0 198.51.100.0/24",
            "permit tcp 10.72.20.0/22 0.0.0.0/0:443",
            "permit udp 10.72.20.0/22:5000 0.0.0.0/0",
            "deny ip 0.0.0.0/0 0.0.0.0/0",
        ]
    );
}

#[test]
fn any_is_answered_by_what_can_be_told_apart() {
    let (_, _, rules) =
        compiled(vec![flow("all", &["staff"], &["guest"], &[Service::Any, Service::Tcp(1, 1)])], |_| ());
    let answers = acl(&rules, "aml-hall-distribution01", 40);
    assert_eq!(
        answers[..3],
        [
            "permit tcp 10.64.8.0/23 10.64.2.0/23 established",
            "permit udp 10.64.8.0/23 10.64.2.0/23",
            "permit icmp 10.64.8.0/23 10.64.2.0/23",
        ]
    );
    assert_eq!(acl(&rules, "aml-hall-distribution01", 20)[0], "permit ip 10.64.2.0/23 10.64.8.0/23");
}

#[test]
fn a_relayed_vlan_may_ask_for_addresses() {
    let (_, _, rules) = compiled(Vec::new(), |network| {
        network.vlans[2].dhcp_relay = vec![sp("10.64.1.15".parse().unwrap())];
    });
    assert_eq!(
        acl(&rules, SCHOOL, 30),
        [
            "permit udp 0.0.0.0/32:68 255.255.255.255/32:67",
            "permit udp 10.72.20.0/22:68 255.255.255.255/32:67",
            "permit udp 10.72.20.0/22:68 10.64.1.15/32:67",
            "deny ip 0.0.0.0/0 0.0.0.0/0",
        ]
    );
}

#[test]
fn the_firewall_keeps_state_and_guards_itself() {
    let flows = vec![
        flow("admin", &["servers"], &["management"], &[Service::Tcp(22, 22), Service::IcmpEcho]),
        flow(
            "web",
            &["staff", "10.64.1.11", "10.64.1.10"],
            &["internet"],
            &[Service::Tcp(443, 443), Service::Tcp(80, 80)],
        ),
        flow("watch", &["staff"], &["pupils"], &[Service::Udp(161, 161)]),
    ];
    let (_, derived, rules) = compiled(flows, |network| network.policy.flows[2].scope.value = Scope::Site);
    let firewall = rules.firewalls.get(&"aml-hall-firewall01".parse().unwrap()).unwrap();
    let own = derived.devices.get(&"aml-hall-firewall01".parse().unwrap()).unwrap().management;
    let input: Vec<_> = firewall.input.iter().map(|rule| (&rule.source, &rule.destination, &rule.service)).collect();
    let servers = Side::Segment(id("servers"));
    assert_eq!(
        input,
        [(&servers, &Side::Own(own), &Merged::Tcp(vec![Ports(22, 22)])), (&servers, &Side::Own(own), &Merged::Echo),]
    );
    let web: Vec<_> = firewall
        .forward
        .iter()
        .filter(|rule| rule.flow == id("web"))
        .map(|rule| (&rule.source, &rule.service))
        .collect();
    let ports = Merged::Tcp(vec![Ports(80, 80), Ports(443, 443)]);
    assert_eq!(
        web,
        [(&Side::Segment(id("staff")), &ports), (&Side::Nets(vec!["10.64.1.10/31".parse().unwrap()]), &ports),]
    );
    // Staff and pupils of one school never pass the firewall.
    assert!(firewall.forward.iter().all(|rule| rule.flow != id("watch")));
    let logins = &rules.logins[&"fgl-skola-1-access01".parse::<DeviceName>().unwrap()];
    assert_eq!(logins, &["10.64.1.0/24".parse::<Ipv4Net>().unwrap()]);
}

#[test]
fn the_same_match_twice_stands_once() {
    let flows = vec![
        flow("a", &["pupils"], &["10.64.1.11"], &[Service::Udp(53, 53)]),
        flow("b", &["pupils"], &["10.64.1.11"], &[Service::Udp(53, 53)]),
    ];
    let (_, _, rules) = compiled(flows, |_| ());
    assert_eq!(acl(&rules, SCHOOL, 30).len(), 2);
}
