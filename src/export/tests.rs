//! What the document holds, and that its description is whole.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::{Kind, Shape as _};
use super::*;
use crate::model::{
    Bgp, BgpNeighbour, Day, DeviceRef, HostRange, PortModule, Reservation, Reserved, Role, Room, Schedule,
};
use crate::source::Sp;
use crate::value::{Id, SecretName};
use crate::{derive, inventory};

fn load() -> inventory::Loaded {
    inventory::load(std::path::Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn document(loaded: &inventory::Loaded) -> Value {
    let (derived, _) = derive::derive(&loaded.network);
    let mut bytes = Vec::new();
    Export::new(&loaded.network, &derived, &loaded.sources).write(&mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn sp<T>(value: T) -> Sp<T> {
    Sp::new(value, Span::default())
}

/// Says what the example has no use for.
fn fill(network: &mut Network) {
    let name = |name: &str| sp(name.parse::<Id>().unwrap());
    let text = |text: &str| sp(text.to_owned());
    network.host = Some(network.organisations[0].id.clone());
    network.plan.ipv6 = Some(sp("2001:db8::/32".parse().unwrap()));
    network.plan.reserved.push(Reserved { prefix: sp("10.127.128.0/24".parse().unwrap()), purpose: text("later") });
    network.login.jump = Some(text("jump.example"));
    network.settings.services.snmp.contact = Some(text("natverk@dalsland.example"));
    let ospf = &mut network.routing.ospf;
    (ospf.process, ospf.area, ospf.hello, ospf.dead) = (Some(sp(1)), Some(sp(0)), Some(sp(1)), Some(sp(4)));
    ospf.secret = Some(name("ospf").map(SecretName::from));
    network.routing.bgp = Some(Bgp {
        asn: sp(64512),
        neighbours: vec![BgpNeighbour {
            device: sp(DeviceRef { site: None, role: Role::Core, number: 1 }),
            address: sp("192.0.2.1".parse().unwrap()),
            asn: sp(64513),
            title: text("Carrier"),
            secret: Some(name("bgp").map(SecretName::from)),
            accept: vec![sp("0.0.0.0/0".parse().unwrap())],
            announce: vec![sp("10.64.0.0/10".parse().unwrap())],
            span: Span::default(),
        }],
    });
    network.organisations[0].settings = network.settings.clone();
    let site = &mut network.sites[0];
    site.settings = network.settings.clone();
    (site.wan.carrier, site.wan.mbit, site.wan.circuit) = (Some(text("Telia")), Some(sp(100)), Some(text("C-1")));
    site.rooms.push(Room { name: text("Hall A"), racks: BTreeMap::from([("R1".to_owned(), sp(42))]) });
    let mac = Some(sp("00:11:22:33:44:55".parse().unwrap()));
    site.reservations.push(Reservation { vlan: name("staff"), host: sp(9), name: text("printer"), mac });
    let device = &mut site.devices[0];
    device.mac = Some(sp("00:00:5e:00:53:01".parse().unwrap()));
    let word = |text: &str| Some(sp(text.into()));
    (device.module, device.serial, device.rack) = (word("NM"), word("S1"), word("R1"));
    device.managed.push(name("vlans"));
    device.stack.push(device.model.clone());
    network.vlans[0].reserved_hosts = Some(sp(HostRange { first: 10, last: 49 }));
    let ssid = &mut network.ssids[0];
    (ssid.hidden, ssid.fast_roaming, ssid.rate_limit_mbit) = (Some(sp(true)), Some(sp(true)), Some(sp(20)));
    ssid.dynamic_vlans.push(name("guest"));
    let time = jiff::civil::time(8, 0, 0, 0);
    ssid.schedule = Some(sp(Schedule { days: vec![sp(Day::Mon)], from: sp(time), to: sp(time) }));
    let segment = network.policy.segments.values_mut().next().unwrap();
    segment.vrf = Some(name("blue"));
    network.policy.flows[0].ticket = Some(text("A-1"));
    let profile = network.profiles.values_mut().next().unwrap();
    profile.extends = Some(name("office"));
    profile.settings.tagged = Some(sp(vec![name("guest")]));
    for model in network.models.values_mut() {
        let module = PortModule { name: text("NM"), ports: model.ports.clone() };
        model.modules.insert("NM".to_owned(), module);
        (model.stack, model.poe_budget) = (Some(sp(8)), Some(sp(740)));
        let day = Some(sp(jiff::civil::date(2030, 1, 1)));
        (model.end_of_sale, model.end_of_support) = (day.clone(), day);
        model.radios.iter_mut().for_each(|radio| radio.power_dbm = Some(sp(20)));
    }
}

/// Every key that a value has, by its place.
fn keys(value: &Value, kind: &Kind, place: &str, found: &mut BTreeSet<String>) {
    match (value, kind) {
        (Value::Object(entries), Kind::Object(keys_of)) => {
            for (name, inner) in entries {
                let key = keys_of.iter().find(|key| key.name == name);
                let key = key.unwrap_or_else(|| panic!("{place}.{name} is not described"));
                found.insert(format!("{place}.{name}"));
                keys(inner, &key.kind, &format!("{place}.{name}"), found);
            }
        }
        (Value::Object(entries), Kind::Named(inner)) => {
            entries.values().for_each(|value| keys(value, inner, place, found));
        }
        (Value::Array(entries), Kind::List(inner)) => entries.iter().for_each(|value| keys(value, inner, place, found)),
        (Value::Object(_), Kind::Open)
        | (Value::String(_), Kind::Value("text"))
        | (Value::Number(_), Kind::Value("number"))
        | (Value::Bool(_), Kind::Value("true or false")) => {}
        _ => panic!("{place} is described as {kind:?} and is {value}"),
    }
}

/// Every key that is described.
fn described_keys(kind: &Kind, place: &str, found: &mut Vec<String>) {
    match kind {
        Kind::List(inner) | Kind::Named(inner) => described_keys(inner, place, found),
        Kind::Object(keys) => {
            for key in keys {
                assert!(!key.about.is_empty(), "{place}.{} says nothing", key.name);
                found.push(format!("{place}.{}", key.name));
                described_keys(&key.kind, &format!("{place}.{}", key.name), found);
            }
        }
        Kind::Value(_) | Kind::Open => {}
    }
}

#[test]
fn every_key_is_described_and_every_described_key_is_there() {
    let mut loaded = load();
    fill(&mut loaded.network);
    let mut have = BTreeSet::new();
    keys(&document(&loaded), &Document::kind(), "", &mut have);
    let mut told = Vec::new();
    described_keys(&Document::kind(), "", &mut told);
    let missing: Vec<&String> = told.iter().filter(|key| !have.contains(*key)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "described and never written");
    let page = described();
    for key in &told {
        let name = key.rsplit('.').next().unwrap();
        assert!(page.contains(name), "{key} is not on the page");
    }
}

#[test]
fn every_place_is_found_again_where_it_was_written() {
    let loaded = load();
    let document = document(&loaded);
    let (derived, _) = derive::derive(&loaded.network);
    let export = Export::new(&loaded.network, &derived, &loaded.sources);
    export.write(std::io::sink()).unwrap();
    let at = document["devices"][0]["ports"][0]["at"].as_str().unwrap();
    let spans = export.spans(&BTreeSet::from([at, "inventory/network.yaml:1:1000", "nonsense"]));
    let [(found, span)] = spans.iter().collect::<Vec<_>>()[..] else { panic!("{spans:?}") };
    assert_eq!(found, at);
    assert_eq!(loaded.sources.place(*span).to_string(), at);
}

#[test]
fn two_runs_are_equal_and_hold_no_secret_source() {
    let (loaded, again) = (load(), load());
    let first = document(&loaded);
    assert_eq!(first.to_string(), document(&again).to_string());
    for source in loaded.network.secrets.values() {
        if let crate::model::SecretSource::File(path) | crate::model::SecretSource::Env(path) = &source.value {
            assert!(!first.to_string().contains(path.as_str()), "{path}");
        }
    }
}
