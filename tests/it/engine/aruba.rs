//! Two switches of other habits: one whose ports name their VLANs and add to a list by saying a further one,
//! one whose VLANs name their ports, which are always in some VLAN; and a cluster of access points, whose rules know no places.
//!
//! Written against the vendors' behaviour, not against the engine. The emulated device of the lab takes every command beside
//! the switch here, and the two must agree all the way.

#![expect(clippy::format_push_string, reason = "what the switch shows reads best line by line")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use samnet::diff::{self, Command, Options};
use samnet::lab::Desk;
use samnet::value::{collapse_ports, number_ranges, port_ranges};

use super::model::entry;
use super::{pasted, platform};

/// What any such switch can be asked.
trait Device: Clone + std::fmt::Debug {
    fn show(&self) -> String;
    fn give(&mut self, command: &Command) -> Result<(), String>;
    /// What must hold at any moment, seen from the states before and after.
    fn check(&self, before: &Self, after: &Self) -> Result<(), String>;
}

fn there_and_back<D: Device>(name: &str, before: &D, after: &D) -> Result<(), TestCaseError> {
    let platform = platform(name);
    let (running, intended) = (before.show(), after.show());
    let found = diff::remediate(&platform, &running, &intended, &Options::default());
    let mut device = before.clone();
    let mut emulated = Desk::new(&platform, &running).unwrap();
    for (commands, from, to) in [(&found.commands, before, after), (&found.rollback, after, before)] {
        let script = pasted(&platform, commands);
        let change = format!("{script}--- from\n{}--- to\n{}", from.show(), to.show());
        for command in commands {
            let given = device.give(command);
            prop_assert!(given.is_ok(), "{given:?} at `{}` in\n{change}", command.text);
            let held = device.check(from, to);
            prop_assert!(held.is_ok(), "{held:?} after `{}` in\n{change}", command.text);
            emulated.return_to_root();
            for line in command.path.iter().chain([&command.text]) {
                let said = emulated.give(line);
                prop_assert!(said.is_ok(), "the emulated device says {said:?} at `{line}` in\n{change}");
            }
            // What a device holds back until it is committed is seen by nobody half done.
            if platform.lab.cli.as_ref().is_some_and(|cli| cli.holds.is_none()) {
                let same = emulated.other(&device.show()).unwrap();
                prop_assert_eq!(emulated.running(), same, "after `{}` in\n{}", command.text, change);
            }
        }
        // Places of profiles, and the order of what has none, are the device's own affair.
        let rest = diff::remediate(&platform, &emulated.running(), &to.show(), &Options::default());
        prop_assert!(rest.is_empty(), "after\n{}it prints\n{}", change, emulated.running());
        prop_assert_eq!(device.show(), to.show(), "{}", change);
        let again = diff::remediate(&platform, &device.show(), &to.show(), &Options::default());
        prop_assert!(again.is_empty(), "a second round has\n{}", pasted(&platform, &again.commands));
    }
    prop_assert!(found.proof.breaches.is_empty(), "{:?}", found.proof.breaches);
    Ok(())
}

fn id(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn listed(ids: &BTreeSet<u16>) -> String {
    collapse_ports(&ids.iter().map(u16::to_string).collect::<Vec<_>>())
}

// ---- Ports name their VLANs ----

#[derive(Clone, Debug, Default)]
struct Cx {
    vlans: BTreeMap<u16, Option<String>>,
    acls: BTreeMap<String, BTreeMap<u32, String>>,
    ports: BTreeMap<String, CxPort>,
}

#[derive(Clone, Debug)]
struct CxPort {
    description: Option<String>,
    up: bool,
    vlans: CxVlans,
    filter: Option<String>,
}

/// What a switched port carries; it is always one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
enum CxVlans {
    Access(u16),
    /// The untagged VLAN and what is allowed: nothing said, all of them, or some.
    #[expect(clippy::option_option, reason = "nothing said, all of them, or some: the device prints three things")]
    Trunk(u16, Option<Option<BTreeSet<u16>>>),
}

impl Default for CxPort {
    fn default() -> Self {
        Self { description: None, up: false, vlans: CxVlans::Access(1), filter: None }
    }
}

impl CxPort {
    /// The trunk's own values; a port that was none becomes one.
    #[expect(clippy::option_option, reason = "nothing said, all of them, or some: the device prints three things")]
    fn trunk(&mut self) -> (&mut u16, &mut Option<Option<BTreeSet<u16>>>) {
        if matches!(self.vlans, CxVlans::Access(_)) {
            self.vlans = CxVlans::Trunk(1, None);
        }
        match &mut self.vlans {
            CxVlans::Trunk(native, allowed) => (native, allowed),
            CxVlans::Access(_) => unreachable!("it has just become a trunk"),
        }
    }

    fn allowed(&self) -> BTreeSet<u16> {
        match &self.vlans {
            CxVlans::Trunk(_, Some(Some(list))) => list.clone(),
            _ => BTreeSet::new(),
        }
    }

    /// The VLAN that frames without a tag are in.
    fn untagged(&self) -> u16 {
        match &self.vlans {
            CxVlans::Access(vlan) | CxVlans::Trunk(vlan, _) => *vlan,
        }
    }

    fn give(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            ["description", text @ ..] => self.description = Some(text.join(" ")),
            ["no", "description"] => self.description = None,
            ["no", "shutdown"] => self.up = true,
            ["shutdown"] => self.up = false,
            ["vlan", "access", vlan] => self.vlans = CxVlans::Access(id(vlan)?),
            ["no", "vlan", "access"] => self.vlans = CxVlans::Access(1),
            ["vlan", "trunk", "native", vlan] => *self.trunk().0 = id(vlan)?,
            ["no", "vlan", "trunk", "native"] => *self.trunk().0 = 1,
            ["vlan", "trunk", "allowed", "all"] => *self.trunk().1 = Some(None),
            ["vlan", "trunk", "allowed", list] => {
                let more = number_ranges(list).map_err(|error| error.to_string())?;
                let more = more.into_iter().filter_map(|vlan| u16::try_from(vlan).ok());
                match self.trunk().1 {
                    Some(Some(old)) => old.extend(more),
                    other => *other = Some(Some(more.collect())),
                }
            }
            ["no", "vlan", "trunk", "allowed"] => *self.trunk().1 = None,
            ["no", "vlan", "trunk", "allowed", list] => {
                let CxVlans::Trunk(_, Some(Some(old))) = &mut self.vlans else {
                    return Err("no list to take from".into());
                };
                for vlan in number_ranges(list).map_err(|error| error.to_string())? {
                    if !u16::try_from(vlan).is_ok_and(|vlan| old.remove(&vlan)) {
                        return Err(format!("{vlan} is not in the list"));
                    }
                }
            }
            ["apply", "access-list", "ip", name, "in"] => self.filter = Some((*name).to_owned()),
            ["no", "apply", "access-list", "ip", name, "in"] if self.filter.as_deref() == Some(*name) => {
                self.filter = None;
            }
            other => return Err(format!("interface: {other:?}")),
        }
        Ok(())
    }
}

impl Device for Cx {
    fn show(&self) -> String {
        let mut out = "Current configuration:\n!\n!Version ArubaOS-CX FL.10.13.1000\nhostname sw\n".to_owned();
        let unnamed: BTreeSet<u16> =
            self.vlans.iter().filter(|(_, name)| name.is_none()).map(|(vlan, _)| *vlan).collect();
        for (name, entries) in &self.acls {
            out += &format!("access-list ip {name}\n");
            for (number, text) in entries {
                out += &format!("    {number} {text}\n");
            }
        }
        out += &format!("vlan {}\n", listed(&unnamed));
        for (vlan, name) in &self.vlans {
            if let Some(name) = name {
                out += &format!("vlan {vlan}\n    name {name}\n");
            }
        }
        for (name, port) in &self.ports {
            out += &format!("interface {name}\n");
            if let Some(text) = &port.description {
                out += &format!("    description {text}\n");
            }
            out += if port.up { "    no shutdown\n" } else { "    shutdown\n" };
            out += "    no routing\n";
            match &port.vlans {
                CxVlans::Access(vlan) => out += &format!("    vlan access {vlan}\n"),
                CxVlans::Trunk(native, allowed) => {
                    out += &format!("    vlan trunk native {native}\n");
                    match allowed {
                        Some(None) => out += "    vlan trunk allowed all\n",
                        Some(Some(list)) if !list.is_empty() => {
                            out += &format!("    vlan trunk allowed {}\n", listed(list));
                        }
                        _ => {}
                    }
                }
            }
            if let Some(filter) = &port.filter {
                out += &format!("    apply access-list ip {filter} in\n");
            }
        }
        out
    }

    fn give(&mut self, command: &Command) -> Result<(), String> {
        let words: Vec<&str> = command.text.split(' ').collect();
        let section: Vec<&str> = command.path.first().map_or(Vec::new(), |header| header.split(' ').collect());
        match (section.as_slice(), words.as_slice()) {
            ([], ["vlan", vlan]) => drop(self.vlans.entry(id(vlan)?).or_default()),
            ([], ["no", "vlan", vlan]) => drop(self.vlans.remove(&id(vlan)?).ok_or("no such vlan")?),
            ([], ["interface", name]) => drop(self.ports.entry((*name).to_owned()).or_default()),
            ([], ["access-list", "ip", name]) => drop(self.acls.entry((*name).to_owned()).or_default()),
            ([], ["no", "access-list", "ip", name]) => drop(self.acls.remove(*name).ok_or("no such list")?),
            ([], ["access-list", "ip", name, "resequence", start, step]) => {
                let list = self.acls.get_mut(*name).ok_or("no such list")?;
                let (start, step) = (u32::from(id(start)?), u32::from(id(step)?));
                let entries = std::mem::take(list).into_values().zip(0..);
                *list = entries.map(|(entry, at)| (start + at * step, entry)).collect();
            }
            (["vlan", vlan], words) => {
                let name = self.vlans.get_mut(&id(vlan)?).ok_or("no such vlan")?;
                match words {
                    ["name", text] => *name = Some((*text).to_owned()),
                    ["no", "name"] => *name = None,
                    other => return Err(format!("vlan: {other:?}")),
                }
            }
            (["interface", name], words) => self.ports.get_mut(*name).ok_or("no such interface")?.give(words)?,
            (["access-list", "ip", name], words) => entry(self.acls.get_mut(*name).ok_or("no such list")?, words)?,
            other => return Err(format!("not known: {other:?}")),
        }
        Ok(())
    }

    fn check(&self, before: &Self, after: &Self) -> Result<(), String> {
        for (name, port) in &self.ports {
            let used = port.allowed().into_iter().chain([port.untagged()]);
            if let Some(vlan) = used.into_iter().find(|vlan| !self.vlans.contains_key(vlan)) {
                return Err(format!("{name} uses vlan {vlan}, which is not there"));
            }
            if let Some(filter) = &port.filter
                && self.acls.get(filter).is_none_or(BTreeMap::is_empty)
            {
                return Err(format!("{name} filters by {filter}, which lets all pass"));
            }
            let (Some(old), Some(new)) = (before.ports.get(name), after.ports.get(name)) else { continue };
            let lost = |of: &dyn Fn(&CxPort) -> bool| of(old) && of(new) && !of(port);
            if lost(&|port| port.filter.is_some()) || lost(&|port| port.up) {
                return Err(format!("{name} has lost its filter or its link on the way"));
            }
            let both = matches!(old.vlans, CxVlans::Trunk(..)) && matches!(new.vlans, CxVlans::Trunk(..));
            if both && old.allowed().iter().any(|vlan| new.allowed().contains(vlan) && !port.allowed().contains(vlan)) {
                return Err(format!("{name} drops a vlan that stays"));
            }
            // A port that stays of its kind goes from the old VLAN to the new one at once.
            let kind = |port: &CxPort| matches!(port.vlans, CxVlans::Access(_));
            if kind(old) == kind(new) && ![old.untagged(), new.untagged()].contains(&port.untagged()) {
                return Err(format!("{name} is in vlan {} on the way", port.untagged()));
            }
        }
        Ok(())
    }
}

fn cx() -> impl Strategy<Value = Cx> {
    let vlans = btree_map(prop::sample::select(vec![10_u16, 20, 21, 22, 30]), prop::option::of("[A-Z]{1,3}"), 1..5);
    let bodies =
        &["permit tcp any any eq https", "permit udp any any eq dns", "permit icmp any any", "deny tcp any any"];
    (vlans, lists(bodies, "deny any any any")).prop_flat_map(|(vlans, acls)| {
        let ids: Vec<u16> = vlans.keys().copied().collect();
        let ids: Vec<u16> = ids.into_iter().chain([1]).collect();
        let some = btree_set(prop::sample::select(ids.clone()), 1..5);
        let carried = (any::<bool>(), prop::sample::select(ids), prop::option::of(some));
        let carried =
            carried.prop_map(
                |(access, vlan, allowed)| {
                    if access { CxVlans::Access(vlan) } else { CxVlans::Trunk(vlan, Some(allowed)) }
                },
            );
        let port = (
            prop::option::of("[a-z]{1,4}( [a-z]{1,4})?"),
            any::<bool>(),
            carried,
            prop::option::of(prop::sample::select(acls.keys().cloned().collect::<Vec<_>>())),
        );
        let port = port.prop_map(|(description, up, vlans, filter)| CxPort { description, up, vlans, filter });
        vec(port, 3).prop_map(move |ports| Cx {
            vlans: vlans.iter().map(|(vlan, name)| (*vlan, name.clone())).chain([(1, None)]).collect(),
            acls: acls.clone(),
            ports: ports.into_iter().zip(1..).map(|(port, at)| (format!("1/1/{at}"), port)).collect(),
        })
    })
}

// ---- VLANs name their ports ----

#[derive(Clone, Debug, Default)]
struct Aoss {
    vlans: BTreeMap<u16, Members>,
    acls: BTreeMap<String, BTreeMap<u32, String>>,
}

#[derive(Clone, Debug, Default)]
struct Members {
    name: Option<String>,
    untagged: BTreeSet<String>,
    tagged: BTreeSet<String>,
    filter: Option<String>,
}

const PORTS: [&str; 6] = ["1", "2", "3", "4", "A1", "A2"];

impl Aoss {
    /// The default VLAN takes whoever no VLAN has.
    fn settle(&mut self) {
        for port in PORTS {
            let placed = |members: &Members| members.untagged.contains(port) || members.tagged.contains(port);
            if !self.vlans.values().any(placed) {
                self.vlans.entry(1).or_default().untagged.insert(port.to_owned());
            }
        }
    }

    fn untagged(&self, port: &str) -> Option<u16> {
        self.vlans.iter().find(|(_, members)| members.untagged.contains(port)).map(|(vlan, _)| *vlan)
    }
}

impl Device for Aoss {
    fn show(&self) -> String {
        let mut out =
            "; JL322A Configuration Editor; Created on release #WC.16.11.0028\n\nhostname \"sw\"\n".to_owned();
        for (name, entries) in &self.acls {
            out += &format!("ip access-list extended \"{name}\"\n");
            for (number, text) in entries {
                out += &format!("   {number} {text}\n");
            }
            out += "   exit\n";
        }
        for (vlan, members) in &self.vlans {
            out += &format!("vlan {vlan}\n");
            if let Some(name) = &members.name {
                out += &format!("   name \"{name}\"\n");
            }
            let list = |word: &str, ports: Vec<String>| match ports.as_slice() {
                [] => String::new(),
                _ => format!("   {word} {}\n", collapse_ports(&ports)),
            };
            if *vlan == 1 {
                let others = PORTS.iter().filter(|port| !members.untagged.contains(**port));
                out += &list("no untagged", others.map(|port| (*port).to_owned()).collect());
            }
            out += &list("untagged", members.untagged.iter().cloned().collect());
            out += &list("tagged", members.tagged.iter().cloned().collect());
            if let Some(filter) = &members.filter {
                out += &format!("   ip access-group \"{filter}\" in\n");
            }
            out += "   exit\n";
        }
        out
    }

    fn give(&mut self, command: &Command) -> Result<(), String> {
        let words: Vec<&str> = command.text.split(' ').collect();
        let section: Vec<&str> = command.path.first().map_or(Vec::new(), |header| header.split(' ').collect());
        let ports = |list: &str| port_ranges(list).map_err(|error| error.to_string());
        match (section.as_slice(), words.as_slice()) {
            ([], ["vlan", vlan]) => drop(self.vlans.entry(id(vlan)?).or_default()),
            ([], ["no", "vlan", vlan]) if *vlan != "1" => drop(self.vlans.remove(&id(vlan)?).ok_or("no such vlan")?),
            ([], ["ip", "access-list", "extended", name]) => drop(self.acls.entry(unquoted(name)).or_default()),
            ([], ["no", "ip", "access-list", "extended", name]) => {
                drop(self.acls.remove(&unquoted(name)).ok_or("no such list")?);
            }
            ([], ["ip", "access-list", "resequence", name, start, step]) => {
                let list = self.acls.get_mut(&unquoted(name)).ok_or("no such list")?;
                let (start, step) = (u32::from(id(start)?), u32::from(id(step)?));
                let entries = std::mem::take(list).into_values().zip(0..);
                *list = entries.map(|(entry, at)| (start + at * step, entry)).collect();
            }
            (["ip", "access-list", "extended", name], words) => {
                entry(self.acls.get_mut(&unquoted(name)).ok_or("no such list")?, words)?;
            }
            (["vlan", vlan], words) => {
                let vlan = id(vlan)?;
                let mut members = self.vlans.get(&vlan).cloned().ok_or("no such vlan")?;
                match words {
                    ["name", name] => members.name = Some(name.trim_matches('"').to_owned()),
                    ["no", "name"] => members.name = None,
                    ["ip", "access-group", name, "in"] => members.filter = Some(unquoted(name)),
                    ["no", "ip", "access-group", name, "in"] if members.filter == Some(unquoted(name)) => {
                        members.filter = None;
                    }
                    ["untagged", list] => {
                        for port in ports(list)? {
                            for other in self.vlans.values_mut() {
                                other.untagged.remove(&port);
                            }
                            members.tagged.remove(&port);
                            members.untagged.insert(port);
                        }
                    }
                    ["tagged", list] => {
                        for port in ports(list)? {
                            members.untagged.remove(&port);
                            members.tagged.insert(port);
                        }
                    }
                    ["no", "untagged", list] => {
                        for port in ports(list)? {
                            members
                                .untagged
                                .remove(&port)
                                .then_some(())
                                .ok_or(format!("{port} is not untagged here"))?;
                        }
                    }
                    ["no", "tagged", list] => {
                        for port in ports(list)? {
                            members.tagged.remove(&port).then_some(()).ok_or(format!("{port} is not tagged here"))?;
                        }
                    }
                    other => return Err(format!("vlan: {other:?}")),
                }
                self.vlans.insert(vlan, members);
            }
            other => return Err(format!("not known: {other:?}")),
        }
        self.settle();
        Ok(())
    }

    fn check(&self, before: &Self, after: &Self) -> Result<(), String> {
        for (vlan, members) in &self.vlans {
            let filter = |state: &Self| state.vlans.get(vlan).and_then(|members| members.filter.clone());
            if filter(before).is_some() && filter(after).is_some() && members.filter.is_none() {
                return Err(format!("vlan {vlan} has lost its filter on the way"));
            }
            if let Some(filter) = &members.filter
                && self.acls.get(filter).is_none_or(BTreeMap::is_empty)
            {
                return Err(format!("vlan {vlan} filters by {filter}, which is not there"));
            }
        }
        for port in PORTS {
            let (old, now, new) = (before.untagged(port), self.untagged(port), after.untagged(port));
            if ![old, new].contains(&now) {
                return Err(format!("{port} is without a tag in {now:?} on the way from {old:?} to {new:?}"));
            }
            for (vlan, members) in &before.vlans {
                let tagged = |state: &Self| state.vlans.get(vlan).is_some_and(|members| members.tagged.contains(port));
                if members.tagged.contains(port) && tagged(after) && !tagged(self) {
                    return Err(format!("{port} loses vlan {vlan}, which stays"));
                }
            }
        }
        Ok(())
    }
}

/// A name without the quotes the switch prints it in.
fn unquoted(name: &str) -> String {
    name.trim_matches('"').to_owned()
}

/// Lists of up to four entries and the one that refuses the rest, numbered in steps.
fn lists(
    bodies: &'static [&'static str],
    rest: &'static str,
) -> impl Strategy<Value = BTreeMap<String, BTreeMap<u32, String>>> {
    let list = (Just(bodies.to_vec()).prop_shuffle(), 0_usize..=4, prop::sample::select(vec![1_u32, 5, 10])).prop_map(
        move |(bodies, count, step)| -> BTreeMap<u32, String> {
            let all = bodies.into_iter().take(count).chain([rest]);
            all.zip(1..).map(|(body, at)| (at * step, body.to_owned())).collect()
        },
    );
    btree_map("[A-C]", list, 1..3)
}

fn aoss() -> impl Strategy<Value = Aoss> {
    let ids = vec![10_u16, 20, 30];
    let names = btree_map(prop::sample::select(ids), prop::option::of("[A-Z]{1,3}"), 0..3);
    let bodies = &[
        "permit tcp 10.1.0.0 0.0.255.255 0.0.0.0 255.255.255.255 eq 8443",
        "permit udp 0.0.0.0 255.255.255.255 10.1.2.3 0.0.0.0 eq dns",
        "permit icmp 0.0.0.0 255.255.255.255 0.0.0.0 255.255.255.255",
        "deny tcp 10.1.0.0 0.0.255.255 0.0.0.0 255.255.255.255",
    ];
    let acls = lists(bodies, "deny ip 0.0.0.0 255.255.255.255 0.0.0.0 255.255.255.255");
    (names, acls, vec(prop::option::of(any::<prop::sample::Index>()), 4)).prop_flat_map(|(names, acls, filters)| {
        let ids: Vec<u16> = names.keys().copied().chain([1]).collect();
        let port = (prop::option::of(prop::sample::select(ids.clone())), btree_set(prop::sample::select(ids), 0..3));
        vec(port, PORTS.len()).prop_map(move |ports| {
            let mut switch = Aoss::default();
            switch.vlans.insert(1, Members { name: Some("DEFAULT_VLAN".to_owned()), ..Members::default() });
            for (vlan, name) in &names {
                switch.vlans.entry(*vlan).or_default().name.clone_from(name);
            }
            for (port, (untagged, tagged)) in PORTS.iter().zip(ports) {
                for vlan in tagged.into_iter().filter(|vlan| Some(*vlan) != untagged) {
                    switch.vlans.entry(vlan).or_default().tagged.insert((*port).to_owned());
                }
                if let Some(vlan) = untagged {
                    switch.vlans.entry(vlan).or_default().untagged.insert((*port).to_owned());
                }
            }
            switch.settle();
            let lists: Vec<&String> = acls.keys().collect();
            for (members, filter) in switch.vlans.values_mut().zip(&filters) {
                members.filter = filter.as_ref().map(|filter| (*filter.get(&lists)).clone());
            }
            switch.acls = acls.clone();
            switch
        })
    })
}

// ---- A cluster of access points ----

#[derive(Clone, Debug, Default)]
struct Cluster {
    servers: BTreeMap<String, String>,
    ranges: BTreeMap<String, String>,
    rules: BTreeMap<String, Vec<String>>,
    ssids: BTreeMap<String, Sent>,
    points: BTreeMap<String, (String, Option<String>)>,
}

/// A wireless network.
#[derive(Clone, Debug, Default)]
struct Sent {
    essid: String,
    opmode: &'static str,
    /// Whether older stations are kept out.
    strict: bool,
    vlan: Option<String>,
    hidden: bool,
    servers: Vec<String>,
    range: Option<String>,
}

impl Device for Cluster {
    fn show(&self) -> String {
        let mut out = "version 8.10.0.0-8.10.0\nname klunga\n\n".to_owned();
        for (name, range) in &self.ranges {
            out += &format!("time-range {name} {range}\n");
        }
        for (at, (name, rules)) in self.rules.iter().enumerate() {
            out += &format!("\nwlan access-rule {name}\n index {at}\n");
            out.extend(rules.iter().map(|rule| format!(" rule {rule}\n")));
        }
        for (at, (name, sent)) in self.ssids.iter().enumerate() {
            out +=
                &format!("\nwlan ssid-profile {name}\n enable\n index {at}\n type employee\n essid {}\n", sent.essid);
            out += &format!(" opmode {}\n", sent.opmode);
            out += if sent.strict { " opmode-transition-disable\n" } else { "" };
            out.extend(sent.vlan.iter().map(|vlan| format!(" vlan {vlan}\n")));
            out.extend(sent.servers.iter().map(|server| format!(" auth-server {server}\n")));
            out += if sent.hidden { " hide-ssid\n" } else { "" };
            out.extend(sent.range.iter().map(|range| format!(" time-range {range} enable\n")));
        }
        for (name, ip) in &self.servers {
            out += &format!("\nwlan auth-server {name}\n ip {ip}\n port 1812\n");
        }
        for (mac, (host, channel)) in &self.points {
            out += &format!("\nper-ap-settings {mac}\n hostname {host}\n");
            out.extend(channel.iter().map(|channel| format!(" a-channel {channel}\n")));
        }
        out
    }

    fn give(&mut self, command: &Command) -> Result<(), String> {
        let words: Vec<&str> = command.text.split(' ').collect();
        let section: Vec<&str> = command.path.first().map_or(Vec::new(), |header| header.split(' ').collect());
        let gone = |there: bool| there.then_some(()).ok_or("no such thing".to_owned());
        match (section.as_slice(), words.as_slice()) {
            ([], ["time-range", name, rest @ ..]) => drop(self.ranges.insert((*name).to_owned(), rest.join(" "))),
            ([], ["no", "time-range", name]) => gone(self.ranges.remove(*name).is_some())?,
            ([], ["wlan", "access-rule", name]) => drop(self.rules.entry((*name).to_owned()).or_default()),
            ([], ["no", "wlan", "access-rule", name]) => gone(self.rules.remove(*name).is_some())?,
            ([], ["wlan", "ssid-profile", name]) => drop(self.ssids.entry((*name).to_owned()).or_default()),
            ([], ["no", "wlan", "ssid-profile", name]) => gone(self.ssids.remove(*name).is_some())?,
            ([], ["wlan", "auth-server", name]) => drop(self.servers.entry((*name).to_owned()).or_default()),
            ([], ["no", "wlan", "auth-server", name]) => gone(self.servers.remove(*name).is_some())?,
            ([], ["per-ap-settings", mac]) => drop(self.points.entry((*mac).to_owned()).or_default()),
            ([], ["no", "per-ap-settings", mac]) => gone(self.points.remove(*mac).is_some())?,
            (["wlan", "access-rule", name], words) => {
                let rules = self.rules.get_mut(*name).ok_or("no such rules")?;
                match words {
                    // What is there already stays where it is; what is new comes last.
                    ["rule", rest @ ..] if rules.contains(&rest.join(" ")) => {}
                    ["rule", rest @ ..] => rules.push(rest.join(" ")),
                    ["no", "rule", rest @ ..] => {
                        let at = rules.iter().position(|rule| *rule == rest.join(" ")).ok_or("no such rule")?;
                        rules.remove(at);
                    }
                    other => return Err(format!("access rule: {other:?}")),
                }
            }
            (["wlan", "ssid-profile", name], words) => {
                self.ssids.get_mut(*name).ok_or("no such network")?.give(words)?;
            }
            (["wlan", "auth-server", name], ["ip", ip]) => {
                *self.servers.get_mut(*name).ok_or("no such server")? = (*ip).to_owned();
            }
            (["wlan", "auth-server", _], ["port", "1812"]) => {}
            (["per-ap-settings", mac], words) => {
                let point = self.points.get_mut(*mac).ok_or("no such access point")?;
                match words {
                    ["hostname", host] => point.0 = (*host).to_owned(),
                    ["a-channel", "0", "-127"] => point.1 = None,
                    ["a-channel", channel, power] => point.1 = Some(format!("{channel} {power}")),
                    other => return Err(format!("access point: {other:?}")),
                }
            }
            other => return Err(format!("not known: {other:?}")),
        }
        Ok(())
    }

    fn check(&self, _: &Self, _: &Self) -> Result<(), String> {
        for (name, sent) in &self.ssids {
            if let Some(server) = sent.servers.iter().find(|server| !self.servers.contains_key(*server)) {
                return Err(format!("{name} asks {server}, which is not there"));
            }
            if let Some(range) = sent.range.iter().find(|range| !self.ranges.contains_key(*range)) {
                return Err(format!("{name} is on air by {range}, which is not there"));
            }
            if !self.rules.contains_key(name) {
                return Err(format!("{name} has no rules"));
            }
        }
        Ok(())
    }
}

impl Sent {
    fn give(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            ["enable"] | ["type", "employee"] => {}
            ["essid", name] => self.essid = (*name).to_owned(),
            ["opmode", "wpa3-sae-aes"] => self.opmode = "wpa3-sae-aes",
            ["opmode", "wpa2-aes"] => self.opmode = "wpa2-aes",
            ["opmode-transition-disable"] => self.strict = true,
            ["opmode-transition"] => self.strict = false,
            ["vlan", vlan] => self.vlan = Some((*vlan).to_owned()),
            ["no", "vlan", ..] => self.vlan = None,
            ["hide-ssid"] => self.hidden = true,
            ["no", "hide-ssid"] => self.hidden = false,
            ["auth-server", server] if self.servers.iter().any(|known| known == server) => {}
            ["auth-server", server] => self.servers.push((*server).to_owned()),
            ["no", "auth-server", server] => self.servers.retain(|known| known != server),
            ["time-range", range, "enable"] => self.range = Some((*range).to_owned()),
            ["no", "time-range", range] => self.range = self.range.take().filter(|known| known != range),
            other => return Err(format!("network: {other:?}")),
        }
        Ok(())
    }
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let bodies = vec![
        "any any match tcp 443 443 permit",
        "any any match udp 53 53 permit",
        "10.0.0.0 255.0.0.0 match any any any deny",
        "any any match any any any permit",
    ];
    let rules = (Just(bodies).prop_shuffle(), 1_usize..=4)
        .prop_map(|(bodies, count)| bodies.into_iter().take(count).map(str::to_owned).collect::<Vec<String>>());
    let servers = btree_map("S[1-3]", "10[.]0[.]0[.][1-4]", 1..4);
    let ranges = btree_map("T[1-2]", "periodic (daily|monday) 0[678]:00 to 1[78]:00", 1..3);
    let points = btree_map("00:00:5e:00:53:0[1-3]", ("ap[1-3]", prop::option::of("(36|52E) (17|-127)")), 0..3);
    (servers, ranges, points).prop_flat_map(move |(servers, ranges, points)| {
        let known: Vec<String> = servers.keys().cloned().collect();
        let most = known.len();
        let asked = (Just(known).prop_shuffle(), 0..=most)
            .prop_map(|(known, count)| known.into_iter().take(count).collect::<Vec<String>>());
        let range = prop::option::of(prop::sample::select(ranges.keys().cloned().collect::<Vec<_>>()));
        let sent = (
            "[a-z]{1,4}",
            prop::sample::select(vec!["wpa3-sae-aes", "wpa2-aes"]),
            any::<(bool, bool)>(),
            prop::option::of("[23]0"),
            asked,
            range,
        );
        let sent = sent.prop_map(|(essid, opmode, (strict, hidden), vlan, servers, range)| Sent {
            essid,
            opmode,
            strict,
            vlan,
            hidden,
            servers,
            range,
        });
        btree_map("[A-C]", (sent, rules.clone()), 0..4).prop_map(move |networks| Cluster {
            servers: servers.clone(),
            ranges: ranges.clone(),
            rules: networks.iter().map(|(name, (_, rules))| (name.clone(), rules.clone())).collect(),
            ssids: networks.into_iter().map(|(name, (sent, _))| (name, sent)).collect(),
            points: points.clone(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ports_that_name_vlans(before in cx(), after in cx()) {
        there_and_back("aruba_aoscx", &before, &after)?;
    }

    #[test]
    fn vlans_that_name_ports(before in aoss(), after in aoss()) {
        there_and_back("aruba_aoss", &before, &after)?;
    }

    #[test]
    fn rules_that_know_no_places(before in cluster(), after in cluster()) {
        there_and_back("aruba_instant", &before, &after)?;
    }
}
