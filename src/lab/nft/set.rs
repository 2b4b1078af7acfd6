//! Elements of sets: legal values, the order and the spelling the kernel gives back.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Sorts and spells elements as they are printed.
pub(super) fn ordered(elements: &mut Vec<String>, context: &str) {
    let six = context.contains("icmpv6");
    elements.sort_by_cached_key(|element| rank(element, six));
    elements.dedup();
}

/// Joins neighbouring networks, as `auto-merge` does.
pub(super) fn merged(elements: &mut Vec<String>) {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for element in elements.iter() {
        let Some((from, to)) = range(element) else { return };
        match ranges.last_mut() {
            Some((_, last)) if from <= last.saturating_add(1) => *last = to.max(*last),
            _ => ranges.push((from, to)),
        }
    }
    *elements = ranges.iter().map(|(from, to)| spelled(*from, *to)).collect();
}

/// Whether two elements of an interval set cover the same address.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    match (range(a), range(b)) {
        (Some((a_from, a_to)), Some((b_from, b_to))) => a_from <= b_to && b_from <= a_to,
        _ => a == b,
    }
}

fn spelled(from: u32, to: u32) -> String {
    if from == to {
        return Ipv4Addr::from(from).to_string();
    }
    let size = u64::from(to) - u64::from(from) + 1;
    if size.is_power_of_two() && u64::from(from).is_multiple_of(size) {
        return format!("{}/{}", Ipv4Addr::from(from), 32 - size.trailing_zeros());
    }
    format!("{}-{}", Ipv4Addr::from(from), Ipv4Addr::from(to))
}

/// First and last IPv4 address of `a`, `a/n` or `a-b`.
fn range(element: &str) -> Option<(u32, u32)> {
    let element = element.split(" :").next().unwrap_or(element);
    if let Some((from, to)) = element.split_once('-') {
        let (from, to): (Ipv4Addr, Ipv4Addr) = (from.parse().ok()?, to.parse().ok()?);
        return Some((from.into(), to.into()));
    }
    let (address, length) = element.split_once('/').unwrap_or((element, "32"));
    let address: u32 = address.parse::<Ipv4Addr>().ok()?.into();
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    Some((address & mask, address | !mask))
}

/// The order of the kernel's values, which is that of their bytes.
fn rank(element: &str, six: bool) -> (u128, String) {
    let key = element.split(" :").next().unwrap_or(element).trim();
    let number = range(key).map(|(from, _)| u128::from(from)).or_else(|| {
        let first = key.split(['-', '/']).next().unwrap_or(key);
        first
            .parse::<u128>()
            .ok()
            .or_else(|| first.parse::<Ipv6Addr>().ok().map(u128::from))
            .or_else(|| known(key, six))
    });
    (number.unwrap_or(u128::MAX), element.to_owned())
}

/// Numbers behind names: connection states, protocols, message types.
fn known(name: &str, six: bool) -> Option<u128> {
    Some(match (name, six) {
        ("echo-reply", false) => 0,
        ("invalid" | "icmp", _) | ("destination-unreachable", true) => 1,
        ("established" | "packet-too-big", _) => 2,
        ("destination-unreachable", false) | ("time-exceeded", true) => 3,
        ("related", _) | ("parameter-problem", true) => 4,
        ("tcp", _) => 6,
        ("new", _) | ("echo-request", false) => 8,
        ("time-exceeded", false) => 11,
        ("parameter-problem", false) => 12,
        ("udp", _) => 17,
        ("ipv6-icmp" | "icmpv6", _) => 58,
        ("untracked", _) => 64,
        ("ospf", _) => 89,
        ("echo-request", true) => 128,
        ("echo-reply", true) => 129,
        ("mld-listener-query", _) => 130,
        ("mld-listener-report", _) => 131,
        ("nd-router-solicit", _) => 133,
        ("nd-router-advert", _) => 134,
        ("nd-neighbor-solicit", _) => 135,
        ("nd-neighbor-advert", _) => 136,
        _ => return None,
    })
}

/// A service by number; only those whose names people write in rules.
pub(super) fn port(word: &str) -> String {
    match word {
        "ssh" => "22",
        "domain" => "53",
        "bootps" => "67",
        "bootpc" => "68",
        "http" => "80",
        "ntp" => "123",
        "snmp" => "161",
        "https" => "443",
        "syslog" => "514",
        "radius" => "1812",
        _ => return word.to_owned(),
    }
    .to_owned()
}

/// Why a word is no address; `None` where it is one, or a set, or a place for one.
pub(super) fn bad_net(word: &str) -> Option<&'static str> {
    let one = |word: &str| {
        let (address, length) = word.split_once('/').unwrap_or((word, "0"));
        let length = length.parse::<u8>().unwrap_or(u8::MAX);
        address.parse::<Ipv4Addr>().is_ok_and(|_| length <= 32)
            || address.parse::<Ipv6Addr>().is_ok_and(|_| length <= 128)
    };
    let legal =
        word.starts_with('@') || one(word) || word.split_once('-').is_some_and(|(from, to)| one(from) && one(to));
    (!legal).then_some("Could not resolve hostname: Name or service not known")
}

/// Why a word is no port.
pub(super) fn bad_port(word: &str) -> Option<&'static str> {
    let one = |word: &str| port(word).parse::<u64>();
    let word = word.split_once('-').map_or((word, word), |pair| pair);
    if word.0.starts_with('@') {
        return None;
    }
    match (one(word.0), one(word.1)) {
        (Ok(from), Ok(to)) if from <= 65535 && to <= 65535 => (from > to).then_some("Range has zero or negative size"),
        (Ok(_), Ok(_)) => Some("Service out of range"),
        _ => Some("Could not resolve service: Servname not supported for ai_socktype"),
    }
}
