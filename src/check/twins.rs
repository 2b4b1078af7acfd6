//! Of two things that cannot both be right, the odd one: the one that the rest of the network speaks against.
//!
//! A check meets them in order, and so tells of the second. Somebody who changes the first one looks there.

use crate::derive::naming::{letters, slug};
use crate::finding::{Finding, codes};
use crate::model::{Device, Flow, Network, Site};
use crate::source::Span;

/// Points each such finding at the odd one.
pub(super) fn settle(network: &Network, findings: &mut [Finding]) {
    for finding in findings {
        let (Some(second), [first]) = (finding.span, finding.labels.as_slice()) else { continue };
        let first = first.span;
        if odd(network, finding, first, second) == Some(first)
            && let Some(label) = finding.labels.first_mut()
        {
            label.span = second;
            label.text = "the other one".into();
            finding.span = Some(first);
            finding.here = "this one, most likely".into();
        }
    }
}

fn odd(network: &Network, finding: &Finding, first: Span, second: Span) -> Option<Span> {
    match finding.code {
        codes::VLAN_TWO_MEANINGS => {
            of_row(network.vlans.iter().map(|vlan| (vlan.id.span, u64::from(vlan.id.value.get()))), first, second)
        }
        codes::DUPLICATE_INDEX => {
            let indexes = network.organisations.iter();
            of_row(indexes.map(|org| (org.index.span, u64::from(org.index.value) + 1)), first, second)
        }
        codes::MAC_TWICE => {
            let site = network.sites.iter().find(|site| site.span.file == first.file && first.file == second.file)?;
            if let Some(odd) = of_numbers(site, first, second) {
                return Some(odd);
            }
            let addresses = site.devices.iter().filter_map(|device| device.mac.as_ref());
            of_row(addresses.map(|mac| (mac.span, mac.value.number())), first, second)
        }
        codes::DUPLICATE_NAME => vlan(network, first, second).or_else(|| flow(network, first, second)).or_else(|| {
            site(network, first, second, |site, span| (site.name.span == span).then(|| site.name.value.clone()))
                .or_else(|| organisation(network, first, second))
        }),
        codes::DUPLICATE_HOSTNAME => {
            let code = |site: &Site, span: Span| {
                site.code.as_ref().filter(|code| code.span == span).map(|code| code.value.to_string())
            };
            site(network, first, second, code)
        }
        _ => None,
    }
}

/// The address that stands otherwise to its device's number than those of the others in that role.
fn of_numbers(site: &Site, first: Span, second: Span) -> Option<Span> {
    let mac = |span: Span| move |device: &&Device| device.mac.as_ref().is_some_and(|mac| mac.span == span);
    let (one, other) = (site.devices.iter().find(mac(first))?, site.devices.iter().find(mac(second))?);
    let step = |device: &Device| Some(device.mac.as_ref()?.value.number().wrapping_sub(u64::from(device.number)));
    let alike = |device: &Device| {
        let like = |it: &&Device| it.role == device.role && it.number != one.number && it.number != other.number;
        site.devices.iter().filter(like).any(|it| step(it) == step(device))
    };
    one_of(alike(one), alike(other), first, second)
}

/// An organisation whose code is not the beginning of its own name, but of the other's.
fn organisation(network: &Network, first: Span, second: Span) -> Option<Span> {
    let own = |span: Span| {
        let organisation = network.organisations.iter().find(|organisation| organisation.code.span == span)?;
        Some(organisation.id.as_str().starts_with(organisation.code.as_str()))
    };
    one_of(own(first)?, own(second)?, first, second)
}

/// The one that is out of its place in a row of rising numbers.
fn of_row(row: impl Iterator<Item = (Span, u64)>, first: Span, second: Span) -> Option<Span> {
    let row: Vec<(Span, u64)> = row.collect();
    let at = |span: Span| row.iter().position(|(known, _)| *known == span);
    let (one, other) = (at(first)?, at(second)?);
    let number = |at: Option<usize>| at.and_then(|at| row.get(at)).map(|(_, number)| *number);
    let own = number(Some(one))?;
    // Where one of them breaks the order, it is that one.
    let rises = |at: usize| {
        let before = number(at.checked_sub(1)).is_none_or(|before| before < own || before == own && at == other);
        let behind = number(Some(at + 1)).is_none_or(|behind| own < behind || behind == own && at == one);
        before && behind
    };
    match (rises(one), rises(other)) {
        (false, true) => return Some(first),
        (true, false) => return Some(second),
        (false, false) => return None,
        (true, true) => {}
    }
    // Else the one that left the larger hole behind.
    let before = own.saturating_sub(number(one.checked_sub(1)).unwrap_or_default());
    let behind = number(Some(other + 1)).map(|next| next.saturating_sub(own));
    let usual = row
        .windows(2)
        .map(|pair| pair.last().map_or(0, |last| last.1).saturating_sub(pair.first().map_or(0, |it| it.1)));
    let mut usual: Vec<u64> = usual.filter(|step| *step > 0).collect();
    usual.sort_unstable();
    let behind = behind.or_else(|| usual.get(usual.len() / 2).copied())?;
    Some(if before > behind { first } else { second })
}

/// A VLAN that has the name of another one's segment.
fn vlan(network: &Network, first: Span, second: Span) -> Option<Span> {
    let own = |span: Span| {
        let vlan = network.vlans.iter().find(|vlan| vlan.name.span == span)?;
        Some(vlan.segment.value == vlan.name.value)
    };
    one_of(own(first)?, own(second)?, first, second)
}

/// A flow that is called after what the others of its file are not.
fn flow(network: &Network, first: Span, second: Span) -> Option<Span> {
    let flows = &network.policy.flows;
    let word = |flow: &Flow| flow.id.as_str().split('-').next().unwrap_or_default().to_owned();
    let like = |span: Span| {
        let flow = flows.iter().find(|flow| flow.id.span == span)?;
        let mut others =
            flows.iter().filter(|other| other.id.span.file == span.file && other.id.span != span).peekable();
        others.peek()?;
        Some(others.any(|other| word(other) == word(flow)))
    };
    if first.file == second.file {
        return None;
    }
    match (like(first), like(second)) {
        (Some(false), Some(true) | None) => Some(first),
        (Some(true) | None, Some(false)) => Some(second),
        _ => None,
    }
}

/// A site whose word is not that of its file.
fn site(network: &Network, first: Span, second: Span, word: impl Fn(&Site, Span) -> Option<String>) -> Option<Span> {
    let own = |span: Span| {
        let site = network.sites.iter().find(|site| site.span.file == span.file)?;
        let word = slug(&word(site, span)?, &letters(&network.policy.naming));
        let (id, word) = (site.id.as_str(), word.as_str());
        Some(id.starts_with(word) || word.starts_with(id))
    };
    one_of(own(first)?, own(second)?, first, second)
}

/// The one that does not fit, where the other does.
fn one_of(first_fits: bool, second_fits: bool, first: Span, second: Span) -> Option<Span> {
    match (first_fits, second_fits) {
        (false, true) => Some(first),
        (true, false) => Some(second),
        _ => None,
    }
}
