//! The power set aside on the ports of a switch is there.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::check::wiring::Placed;
use crate::derive::group;
use crate::finding::{Finding, codes};
use crate::source::Span;

/// A switch that has less power than its ports are promised.
struct Short<'a> {
    one: Placed<'a>,
    budget: u64,
    asked: u64,
    /// Watts by the place that sets them aside.
    shares: BTreeMap<Span, u64>,
    /// Its ports that give power.
    ports: u64,
}

/// No switch is sold with less for each of its ports, in watts: class 1 of IEEE 802.3af.
const LEAST: u64 = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut models: BTreeMap<&str, Vec<Short<'_>>> = BTreeMap::new();
    for one in subject.placed().filter(|one| one.model.poe_budget.is_some()) {
        if let Some(short) = short(subject, one) {
            models.entry(one.model.name.as_str()).or_default().push(short);
        }
    }
    // A budget that no switch of the size is sold with, though nothing says how much its ports need.
    for model in subject.network.models.values().filter(|model| !models.contains_key(model.name.as_str())) {
        let powered = model.ports.iter().filter(|group| group.poe).map(|group| group.numbers.len()).sum::<usize>();
        let ports = u64::try_from(powered).unwrap_or(u64::MAX);
        // Less than one port gives is told of the model.
        let highest = model.ports.iter().filter_map(|group| group.watts).max().unwrap_or_default();
        let short = |budget: u32| u64::from(budget) < LEAST * ports && budget >= highest;
        if let Some(budget) = model.poe_budget.as_ref().filter(|budget| short(budget.value)) {
            let message = format!("`{}` has {} W for {ports} ports that give power", model.name.value, budget.value);
            let finding = Finding::warning(codes::MODEL_POWER, message).at(budget.span);
            findings.push(finding.help("the budget is what the power supply has left for all ports together"));
        }
    }
    // Several switches that are short are short for one reason: the budget of their model, or what one line
    // sets aside for ports of a kind.
    let mut lines: BTreeMap<Span, Vec<Short<'_>>> = BTreeMap::new();
    let is_mean = |short: &Short<'_>| short.budget < LEAST * short.ports;
    let alone = models.values().flatten().filter(|short| !is_mean(short)).count() == 1;
    for shorts in models.into_values() {
        let Some(first) = shorts.first() else { continue };
        let mean = is_mean(first);
        if let Some(budget) = first.one.model.poe_budget.as_ref().filter(|_| mean) {
            let finding = Finding::error(codes::POWER_BUDGET, said(first, shorts.len()))
                .more(shorts.len() - 1)
                .at_saying(budget.span, format!("for {} ports", first.ports / u64::from(first.one.facts.members)))
                .label(first.one.device.model.span, "one of this model")
                .help("the budget is what the power supply has left for all ports together");
            findings.push(finding);
            continue;
        }
        for short in shorts {
            // What the switch's own lines set aside was added to what fits elsewhere.
            let file = short.one.device.span.file;
            let own = short.shares.iter().filter(|(span, _)| span.file == file).max_by_key(|(_, watts)| **watts);
            let own = own.filter(|(_, watts)| short.asked - **watts <= short.budget);
            if let Some(span) = own.map(|(span, _)| *span) {
                lines.entry(span).or_default().push(short);
                continue;
            }
            match short.shares.iter().max_by_key(|(_, watts)| **watts).map(|(span, _)| *span) {
                Some(span) if !alone => lines.entry(span).or_default().push(short),
                _ => lines.entry(short.one.device.model.span).or_default().push(short),
            }
        }
    }
    for (span, shorts) in &lines {
        let Some(first) = shorts.first() else { continue };
        let device = first.one.device.model.span;
        let finding = Finding::error(codes::POWER_BUDGET, said(first, shorts.len()))
            .more(shorts.len() - 1)
            .help("move access points or cameras to another switch, or set aside what they really take (`poe_watts`)");
        let finding = if *span == device {
            finding.at_saying(device, "this model")
        } else {
            finding.at_saying(*span, "a part of it here").label(device, "one of these switches")
        };
        findings.push(match first.one.model.poe_budget.as_ref() {
            Some(budget) => finding.label(budget.span, "has so much in each unit"),
            None => finding,
        });
    }
}

fn short<'a>(subject: Subject<'a>, one: Placed<'a>) -> Option<Short<'a>> {
    let network = subject.network;
    let mut shares: BTreeMap<Span, u64> = BTreeMap::new();
    // Ports that share all that is said are as many as lie before the next.
    let next = one.facts.kinds().skip(1).map(|(at, _)| at).chain([one.facts.ports.len()]);
    for ((at, port), next) in one.facts.kinds().zip(next).filter(|((_, port), _)| port.used && port.poe) {
        let Some(watts) = &port.settings.poe_watts else { continue };
        let ports = u64::try_from(next - at).unwrap_or(0);
        *shares.entry(watts.span).or_default() += ports * u64::from(watts.value);
    }
    let asked: u64 = shares.values().sum();
    let members = std::iter::once(&one.device.model).chain(&one.device.stack);
    let budgets = members.filter_map(|name| network.models.get(name.as_str())?.poe_budget.as_ref());
    let budget: u64 = budgets.map(|budget| u64::from(budget.value)).sum();
    if asked <= budget {
        return None;
    }
    // More than a port can give is told there.
    let beyond = one.facts.ports.iter().filter(|port| port.used && port.poe).any(|port| {
        let watts = port.settings.poe_watts.as_ref().map(|watts| watts.value);
        let most = group(network, one.device, &port.socket.key).and_then(|group| group.watts);
        watts.zip(most).is_some_and(|(watts, most)| watts > most)
    });
    let ports = one.facts.ports.sockets().iter().filter(|socket| socket.power != crate::derive::Power::No).count();
    (!beyond).then(|| Short { one, budget, asked, shares, ports: u64::try_from(ports).unwrap_or(u64::MAX) })
}

fn said(short: &Short<'_>, switches: usize) -> String {
    let Short { one, budget, asked, .. } = short;
    let more = match switches {
        1 => String::new(),
        many => format!(", and {} more are short of power", many - 1),
    };
    format!("`{}` has {budget} W for its ports, and {asked} W are set aside{more}", one.facts.name)
}
