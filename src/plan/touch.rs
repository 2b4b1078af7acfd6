//! What commands touch: ports, wireless networks, VLANs, found by the names the inventory has for them.

use std::sync::LazyLock;

use regex::Regex;

use super::{Interruption, Touches};
use crate::derive::DeviceFacts;
use crate::diff::{Command, Effect};
use crate::model::Network;
use crate::value::{Text, number_ranges};

/// How long a port is without link when its VLAN changes, in seconds: what spanning tree's edge-port mode takes.
const FLAP: u32 = 3;

static VLANS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)vlan\D{0,20}?(\d[\d,-]*)").ok());

/// What a device's commands touch.
pub(super) fn touches(facts: &DeviceFacts, network: &Network, commands: &[Command]) -> Touches {
    let mut touches = Touches::default();
    for command in commands.iter().filter(|command| command.effect != Effect::Enter) {
        for line in lines(command) {
            let ports = facts.ports.iter().filter(|port| names(line, &port.socket.interface));
            touches.ports.extend(ports.map(|port| port.socket.interface.to_string()));
            let ssids = network.ssids.iter().filter(|ssid| line.contains(ssid.name.as_str()));
            touches.ssids.extend(ssids.map(|ssid| ssid.name.value.clone()));
            if let Some(pattern) = &*VLANS {
                for found in pattern.captures_iter(line) {
                    let list = found.get(1).map_or("", |list| list.as_str()).trim_end_matches([',', '-']);
                    let ids =
                        number_ranges(list).unwrap_or_default().into_iter().filter_map(|id| u16::try_from(id).ok());
                    touches.vlans.extend(ids.filter(|id| (1..=4094).contains(id)));
                }
            }
        }
    }
    touches
}

/// Ports flap when the VLAN of what is plugged in changes; wireless networks restart when anything of theirs does.
pub(super) fn interruption(touches: &Touches, facts: &DeviceFacts, commands: &[Command]) -> Interruption {
    let flaps = |interface: &str| {
        commands.iter().any(|command| {
            command.risk == "access"
                && matches!(command.effect, Effect::Change | Effect::Remove)
                && lines(command).any(|line| names(line, interface))
        })
    };
    let used = facts.ports.iter().filter(|port| port.used && touches.ports.contains(port.socket.interface.as_str()));
    let ports = used.filter(|port| flaps(&port.socket.interface)).count();
    Interruption { ports, seconds: if ports > 0 { FLAP } else { 0 }, ssids: touches.ssids.len() }
}

fn lines(command: &Command) -> impl Iterator<Item = &str> {
    command.path.iter().map(Text::as_str).chain(command.text.lines())
}

/// Whether a line names an interface, and not one whose name only starts the same (`Gi1/0/1` in `Gi1/0/12`).
fn names(line: &str, interface: &str) -> bool {
    line.match_indices(interface).any(|(at, found)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + found.len()..).and_then(|text| text.chars().next());
        let part = |letter: char| letter.is_alphanumeric() || letter == '/';
        !interface.is_empty() && !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_a_whole_word() {
        assert!(names("interface Gi1/0/1", "Gi1/0/1"));
        assert!(!names("interface Gi1/0/12", "Gi1/0/1"));
        assert!(!names("interface Gi1/0/1/2", "Gi1/0/1"));
        assert!(names("set network.vlan20.ports='lan1:t lan2'", "lan1"));
        assert!(!names("set network.vlan20.ports='lan10:t'", "lan1"));
    }

    #[test]
    fn vlan_lists_are_read() {
        let pattern = VLANS.as_ref().unwrap();
        let list = |line: &str| pattern.captures(line).map(|found| found[1].to_owned());
        assert_eq!(list("switchport trunk allowed vlan add 70,80-82").as_deref(), Some("70,80-82"));
        assert_eq!(list("interface Vlan20").as_deref(), Some("20"));
        assert_eq!(list("set network.lan20.vlan='20'").as_deref(), Some("20"));
        assert_eq!(list("ip address 10.0.0.1"), None);
    }
}
