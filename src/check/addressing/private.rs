//! The address plan is made of addresses that nobody else on the internet has.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::Ipv4Net;

use crate::check::Subject;
use crate::derive::addressing::no_hosts;
use crate::finding::{Finding, Severity, codes};
use crate::model::Part;

/// RFC 1918, and RFC 6598 for those who have run out of it.
const PRIVATE: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let plan = &subject.network.plan;
    if !subject.network.gaps.whole(Part::Network) {
        return;
    }
    let blocks = [("", &plan.ipv4), (" for links", &plan.links), (" for loopbacks", &plan.loopbacks)];
    for (what, block) in blocks {
        // A block inside a public plan is no second mistake.
        let inside = !what.is_empty() && plan.ipv4.value.contains(&block.value);
        let nobody = no_hosts(block.value).filter(|_| !inside);
        if let Some(why) = nobody {
            let message = format!("no host can have an address of the block{what} {}: {why}", block.value);
            let finding = Finding::error(codes::PUBLIC_ADDRESSES, message).at(block.span);
            findings
                .push(finding.help("private addresses are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 (RFC 1918)"));
        } else if !inside && !is_private(block.value) {
            let message = format!("the block{what} {} belongs to somebody on the internet", block.value);
            let finding = Finding::warning(codes::PUBLIC_ADDRESSES, message).at(block.span);
            findings
                .push(finding.help("private addresses are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 (RFC 1918)"));
        }
    }
    if let Some(ipv6) = plan.ipv6.as_ref().filter(|ipv6| is_example(ipv6.network())) {
        let message = format!("the IPv6 block {} is kept for examples, and nobody routes it", ipv6.value);
        let finding = Finding::warning(codes::PUBLIC_ADDRESSES, message).at(ipv6.span);
        findings.push(finding.help("take the block that is yours, or a local one that begins with fd (RFC 4193)"));
    } else if let Some(ipv6) = &plan.ipv6
        && ipv6.network().segments().first().is_none_or(|first| first & 0xfe00 != 0xfc00)
        && ipv6.network().segments().first().is_none_or(|first| first & 0xe000 != 0x2000)
    {
        let message = format!("the IPv6 block {} is neither local nor routed on the internet", ipv6.value);
        let mut finding = Finding::warning(codes::PUBLIC_ADDRESSES, message).at(ipv6.span);
        // Of groups, of one link, or of everything: no host of a building can have one.
        if matches!(ipv6.network().segments().first(), Some(0 | 0xfe80..)) {
            finding.severity = Severity::Error;
        }
        findings.push(finding.help("local addresses begin with fd (RFC 4193), routed ones with 2 or 3"));
    }
}

/// The block that examples are written with (RFC 3849).
const EXAMPLES: [u16; 2] = [0x2001, 0xdb8];
/// The larger one of the same kind (RFC 9637: `3fff::/20`).
const MORE_EXAMPLES: u16 = 0x3fff;

fn is_example(network: Ipv6Addr) -> bool {
    let segments = network.segments();
    segments.starts_with(&EXAMPLES) || matches!(segments, [MORE_EXAMPLES, second, ..] if second < 0x1000)
}

fn is_private(block: Ipv4Net) -> bool {
    PRIVATE.iter().any(|(start, length)| Ipv4Net::new(*start, *length).is_ok_and(|net| net.contains(&block)))
}
