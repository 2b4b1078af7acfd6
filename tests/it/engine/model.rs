//! A switch so small that its rules fit one page: what commands do, what it refuses, what must hold.
//!
//! Written against the vendors' behaviour, not against the engine: it knows nothing of platform data. Two
//! vendors speak much alike; where they do not, [`Dialect`] says how.

#![expect(clippy::format_push_string, reason = "what the switch shows reads best line by line")]

use std::collections::{BTreeMap, BTreeSet};

use samnet::diff::Command;

/// How a vendor words what both mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    #[default]
    Cisco,
    Arista,
}

impl Dialect {
    /// The platform whose data the engine uses.
    pub(super) fn platform(self) -> &'static str {
        match self {
            Self::Cisco => "cisco_iosxe",
            Self::Arista => "arista_eos",
        }
    }

    fn indent(self) -> &'static str {
        match self {
            Self::Cisco => " ",
            Self::Arista => "   ",
        }
    }

    /// Name of the physical port with a number.
    pub(super) fn port(self, number: usize) -> String {
        match self {
            Self::Cisco => format!("GigabitEthernet1/0/{number}"),
            Self::Arista => format!("Ethernet{number}"),
        }
    }

    fn is_port(self, name: &str) -> bool {
        name.starts_with(self.port(0).trim_end_matches('0'))
    }

    fn list(self) -> &'static str {
        match self {
            Self::Cisco => "ip access-list extended",
            Self::Arista => "ip access-list",
        }
    }

    fn address(self, address: &str) -> String {
        match self {
            Self::Cisco => format!("{address} 255.255.255.0"),
            Self::Arista => format!("{address}/24"),
        }
    }

    /// The address in what follows `ip address`.
    fn host(self, words: &[&str]) -> Option<String> {
        match (self, words) {
            (Self::Cisco, [address, "255.255.255.0"]) => Some((*address).to_owned()),
            (Self::Arista, [address]) => address.strip_suffix("/24").map(str::to_owned),
            _ => None,
        }
    }

    /// A route to one host.
    pub(super) fn route(self, host: u8) -> String {
        match self {
            Self::Cisco => format!("ip route 192.0.2.{host} 255.255.255.255 Null0"),
            Self::Arista => format!("ip route 192.0.2.{host}/32 Null0"),
        }
    }

    /// An entry as this vendor has it.
    pub(super) fn entry(self, entry: &str) -> String {
        match self {
            Self::Cisco => entry.to_owned(),
            Self::Arista => entry.replace("10.1.0.0 0.0.255.255", "10.1.0.0/16").replace("eq 443", "eq https"),
        }
    }

    /// Whether every entry is shown with its number, whatever was typed.
    pub(super) fn shows_numbers(self) -> bool {
        self == Self::Arista
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Switch {
    pub(super) dialect: Dialect,
    pub(super) hostname: String,
    pub(super) vlans: BTreeMap<u16, Option<String>>,
    pub(super) acls: BTreeMap<String, BTreeMap<u32, String>>,
    pub(super) ports: BTreeMap<String, Port>,
    pub(super) routes: BTreeSet<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) description: Option<String>,
    pub(super) access: Option<u16>,
    pub(super) trunk: Option<BTreeSet<u16>>,
    pub(super) address: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) shutdown: bool,
}

impl Switch {
    /// The text it shows; sequence numbers and defaults hidden or not, as its software has it.
    pub(super) fn show(&self, numbers: bool) -> String {
        let dialect = self.dialect;
        let indent = dialect.indent();
        let mut out = match dialect {
            Dialect::Cisco => "Building configuration...\n\nCurrent configuration : 1 bytes\n!\n".to_owned(),
            Dialect::Arista => "! Command: show running-config\n!\n".to_owned(),
        };
        out += &format!("hostname {}\n!\n", self.hostname);
        let unnamed: Vec<u16> = self.vlans.iter().filter(|(_, name)| name.is_none()).map(|(id, _)| *id).collect();
        if !unnamed.is_empty() {
            out += &format!("vlan {}\n!\n", samnet::value::collapse(&unnamed));
        }
        for (id, name) in &self.vlans {
            if let Some(name) = name {
                out += &format!("vlan {id}\n{indent}name {name}\n!\n");
            }
        }
        for (name, port) in &self.ports {
            out += &format!("interface {name}\n{}!\n", port.show(dialect));
        }
        for route in &self.routes {
            out += &format!("{route}\n");
        }
        for (name, entries) in &self.acls {
            out += &format!("{} {name}\n", dialect.list());
            for (number, entry) in entries {
                let number = if numbers { format!("{number} ") } else { String::new() };
                out += &format!("{indent}{number}{entry}\n");
            }
            out += "!\n";
        }
        out + "end\n"
    }

    /// Gives one command; `Err` is what the device would complain about.
    pub(super) fn give(&mut self, command: &Command) -> Result<(), String> {
        let words: Vec<&str> = command.text.split(' ').collect();
        match command.path.as_slice() {
            [] => self.top(&words),
            [section] => {
                let section: Vec<&str> = section.split(' ').collect();
                match section.as_slice() {
                    ["vlan", id] => {
                        let vlan = self.vlans.get_mut(&number(id)?).ok_or("no such vlan")?;
                        match words.as_slice() {
                            ["name", name] => *vlan = Some((*name).to_owned()),
                            ["no", "name", ..] => *vlan = None,
                            _ => return Err(format!("vlan: {words:?}")),
                        }
                        Ok(())
                    }
                    ["interface", name] => {
                        let port = self.ports.get_mut(*name).ok_or_else(|| format!("no interface {name}"))?;
                        port.give(self.dialect, &words)
                    }
                    ["ip", "access-list", .., name] => {
                        let list = self.acls.get_mut(*name).ok_or("no such list")?;
                        match words.as_slice() {
                            ["resequence", start, step] if self.dialect == Dialect::Arista => {
                                resequence(list, number(start)?, number(step)?);
                                Ok(())
                            }
                            words => entry(list, words),
                        }
                    }
                    other => Err(format!("no section {other:?}")),
                }
            }
            other => Err(format!("too deep: {other:?}")),
        }
    }

    fn top(&mut self, words: &[&str]) -> Result<(), String> {
        let list = |words: &[&str]| words.split_last().is_some_and(|(_, head)| head.join(" ") == self.dialect.list());
        match words {
            ["hostname", name] => (*name).clone_into(&mut self.hostname),
            ["vlan", id] => {
                self.vlans.entry(number(id)?).or_default();
            }
            ["no", "vlan", id] => {
                self.vlans.remove(&number(id)?).ok_or("no such vlan")?;
            }
            ["interface", name] => {
                self.ports.entry((*name).to_owned()).or_default();
            }
            ["no", "interface", name] if !self.dialect.is_port(name) => {
                self.ports.remove(*name).ok_or("no such interface")?;
            }
            ["default", "interface", name] => {
                *self.ports.get_mut(*name).ok_or("no such interface")? = Port::default();
            }
            [.., name] if list(words) => {
                self.acls.entry((*name).to_owned()).or_default();
            }
            ["no", rest @ .., name] if list(&[rest, &[*name]].concat()) => {
                self.acls.remove(*name).ok_or("no such list")?;
            }
            ["ip", "access-list", "resequence", name, start, step] if self.dialect == Dialect::Cisco => {
                resequence(self.acls.get_mut(*name).ok_or("no such list")?, number(start)?, number(step)?);
            }
            ["ip", "route", ..] => {
                if !self.routes.insert(words.join(" ")) {
                    return Err("route is there".into());
                }
            }
            ["no", rest @ ..] if rest.starts_with(&["ip", "route"]) => {
                if !self.routes.remove(&rest.join(" ")) {
                    return Err("no such route".into());
                }
            }
            other => return Err(format!("not known: {other:?}")),
        }
        Ok(())
    }

    /// What must hold at any moment, seen from the states before and after.
    pub(super) fn check(&self, before: &Self, after: &Self) -> Result<(), String> {
        for (name, port) in &self.ports {
            for vlan in port.access.iter().chain(port.trunk.iter().flatten()) {
                if !self.vlans.contains_key(vlan) {
                    return Err(format!("{name} uses vlan {vlan}, which is not there"));
                }
            }
            if let Some(id) = name.strip_prefix("Vlan")
                && !self.vlans.contains_key(&number(id)?)
            {
                return Err(format!("{name} stands without its vlan"));
            }
            if let Some(filter) = &port.filter {
                let list =
                    self.acls.get(filter).ok_or_else(|| format!("{name} filters by {filter}, which is not there"))?;
                if list.is_empty() {
                    return Err(format!("{name} filters by {filter}, which is empty and so lets all pass"));
                }
            }
            let both =
                |of: &dyn Fn(&Port) -> bool| [before, after].iter().all(|state| state.ports.get(name).is_some_and(of));
            if both(&|port| port.filter.is_some()) && port.filter.is_none() {
                return Err(format!("{name} has lost its filter on the way"));
            }
            if both(&|port| port.access.is_some()) && port.access.is_none() {
                return Err(format!("{name} has no vlan on the way"));
            }
            let passes = |state: &Self, packet: &str| {
                let filter = state.ports.get(name).and_then(|port| port.filter.as_ref());
                filter.is_none_or(|filter| state.acls.get(filter).is_none_or(|list| permits(list, packet)))
            };
            // Only denials that must change places can leave a gap: a line cannot stand twice.
            let denials = |state: &Self| -> Vec<String> {
                let list = port.filter.as_ref().and_then(|filter| state.acls.get(filter));
                list.into_iter()
                    .flat_map(|list| list.values())
                    .filter(|entry| entry.starts_with("deny"))
                    .cloned()
                    .collect()
            };
            let (old, new) = (denials(before), denials(after));
            let order = |of: &[String], other: &[String]| -> Vec<String> {
                of.iter().filter(|entry| other.contains(entry)).cloned().collect()
            };
            // Nor do ports that trade filters while both filters change see only the one list or the other.
            let named = |state: &Self| state.ports.get(name).and_then(|port| port.filter.clone());
            let steady = order(&old, &new) == order(&new, &old) && named(before) == named(after);
            for packet in PACKETS.iter().filter(|_| steady) {
                let stopped =
                    [before, after].iter().all(|state| state.ports.contains_key(name) && !passes(state, packet));
                if stopped && passes(self, packet) {
                    return Err(format!("{name} lets {packet} pass on the way"));
                }
            }
            let carried = |state: &Self| state.ports.get(name).and_then(|port| port.trunk.clone());
            if let (Some(old), Some(new)) = (carried(before), carried(after)) {
                let now = port.trunk.clone().ok_or_else(|| format!("{name} carries every vlan on the way"))?;
                if !old.intersection(&new).all(|vlan| now.contains(vlan)) {
                    return Err(format!("{name} drops a vlan that stays"));
                }
            }
            // Two ports that trade addresses cannot both keep one all the time.
            let new = after.ports.get(name).and_then(|port| port.address.as_ref());
            let traded = before.ports.values().any(|port| port.address.as_ref() == new);
            if both(&|port| port.address.is_some()) && !traded && port.address.is_none() {
                return Err(format!("{name} has no address on the way"));
            }
        }
        let mut seen = BTreeSet::new();
        for address in self.ports.values().filter_map(|port| port.address.as_ref()) {
            if !seen.insert(address) {
                return Err(format!("{address} stands twice"));
            }
        }
        Ok(())
    }
}

impl Port {
    fn show(&self, dialect: Dialect) -> String {
        let indent = dialect.indent();
        let mut out = String::new();
        if let Some(text) = &self.description {
            out += &format!("{indent}description {text}\n");
        }
        if let Some(vlan) = self.access {
            out += &format!("{indent}switchport access vlan {vlan}\n");
        }
        if let Some(vlans) = &self.trunk {
            let all: Vec<u16> = vlans.iter().copied().collect();
            // Long lists wrap.
            let (first, rest) = all.split_at(all.len().min(4));
            let list = if first.is_empty() { "none".to_owned() } else { samnet::value::collapse(first) };
            out += &format!("{indent}switchport trunk allowed vlan {list}\n");
            if !rest.is_empty() {
                out += &format!("{indent}switchport trunk allowed vlan add {}\n", samnet::value::collapse(rest));
            }
        }
        if let Some(address) = &self.address {
            out += &format!("{indent}ip address {}\n", dialect.address(address));
        }
        if let Some(filter) = &self.filter {
            out += &format!("{indent}ip access-group {filter} in\n");
        }
        if self.shutdown {
            out += &format!("{indent}shutdown\n");
        }
        out
    }

    fn give(&mut self, dialect: Dialect, words: &[&str]) -> Result<(), String> {
        match words {
            ["description", text @ ..] => self.description = Some(text.join(" ")),
            ["no", "description"] => self.description = None,
            ["switchport", "access", "vlan", id] => self.access = Some(number(id)?),
            ["no", "switchport", "access", "vlan", ..] => self.access = None,
            ["switchport", "trunk", "allowed", "vlan", "none"] => self.trunk = Some(BTreeSet::new()),
            ["switchport", "trunk", "allowed", "vlan", "add", list] => {
                self.trunk.as_mut().ok_or("every vlan is there")?.extend(ids(list)?);
            }
            ["switchport", "trunk", "allowed", "vlan", "remove", list] => {
                for id in ids(list)? {
                    self.trunk.as_mut().ok_or("every vlan is there")?.remove(&id);
                }
            }
            ["switchport", "trunk", "allowed", "vlan", list] => self.trunk = Some(ids(list)?.into_iter().collect()),
            ["no", "switchport", "trunk", "allowed", "vlan"] => self.trunk = None,
            ["ip", "address", rest @ ..] => self.address = Some(dialect.host(rest).ok_or("no such address")?),
            ["no", "ip", "address", ..] => self.address = None,
            ["ip", "access-group", name, "in"] => self.filter = Some((*name).to_owned()),
            ["no", "ip", "access-group", name, "in"] if self.filter.as_deref() == Some(*name) => self.filter = None,
            ["shutdown"] => self.shutdown = true,
            ["no", "shutdown"] => self.shutdown = false,
            other => return Err(format!("interface: {other:?}")),
        }
        Ok(())
    }
}

/// A packet each, and the entries of the tests that match it.
const PACKETS: [&str; 9] = [
    "tcp www",
    "tcp 443 https",
    "udp domain",
    "udp tftp",
    "icmp",
    "tcp www 10.0.0.1",
    "tcp 443 https 10.0.0.1",
    "tcp 99 10.0.0.1",
    "tcp 99 from 10.1",
];

fn permits(list: &BTreeMap<u32, String>, packet: &str) -> bool {
    let words: Vec<&str> = packet.split(' ').collect();
    let has = |word: &str| words.contains(&word);
    let hit = list.values().find(|entry| {
        let entry: Vec<&str> = entry.split(' ').collect();
        match entry.as_slice() {
            [_, "ip", "any", "any"] => true,
            [_, "ip", "10.1.0.0" | "10.1.0.0/16", ..] => has("10.1"),
            [_, protocol, "any", "any", "eq", port] => has(protocol) && has(port),
            [_, protocol, "any", "host", host] => has(protocol) && has(host),
            [_, protocol, "any", "any"] => has(protocol),
            other => panic!("{other:?}"),
        }
    });
    hit.is_some_and(|entry| entry.starts_with("permit"))
}

pub(super) fn entry(list: &mut BTreeMap<u32, String>, words: &[&str]) -> Result<(), String> {
    if let ["no", rest @ ..] = words {
        let number = match rest {
            [only] => number(only)?,
            _ => *list.iter().find(|(_, have)| **have == rest.join(" ")).ok_or("no such entry")?.0,
        };
        return list.remove(&number).map(drop).ok_or_else(|| "no such number".into());
    }
    let (at, text) = match words {
        [first, rest @ ..] if first.parse::<u32>().is_ok() => (number(first)?, rest.join(" ")),
        _ => (list.keys().last().copied().unwrap_or(0) / 10 * 10 + 10, words.join(" ")),
    };
    if list.values().any(|have| *have == text) {
        return Err(format!("% Duplicate entry {text}"));
    }
    match list.insert(at, text) {
        Some(_) => Err(format!("% Duplicate sequence number {at}")),
        None => Ok(()),
    }
}

fn resequence(list: &mut BTreeMap<u32, String>, start: u32, step: u32) {
    let entries = std::mem::take(list).into_values();
    *list = entries.zip(0..).map(|(entry, at)| (start + at * step, entry)).collect();
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn ids(list: &str) -> Result<Vec<u16>, String> {
    let all = samnet::value::number_ranges(list).map_err(|error| error.to_string())?;
    all.into_iter().map(|id| u16::try_from(id).map_err(|_| "too large".to_owned())).collect()
}
