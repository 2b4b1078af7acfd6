//! Which ports a device has: those of its model, of its uplink module, of every member of a stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::format_smolstr;

use super::facts::{Power, Socket};
use crate::finding::{Finding, codes};
use crate::model::{Device, DeviceModel, Network, PortGroup, PortModule};
use crate::source::Sp;
use crate::value::Text;

/// The ports of a device, and where each stands by its key.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) ports: Vec<Socket>,
    /// Ports whose keys count on.
    runs: Vec<Counted>,
}

/// Ports one after the other whose keys count on from the first.
#[derive(Debug)]
struct Counted {
    /// What stands before the number.
    prefix: Text,
    first: u32,
    last: u32,
    /// Place of the first among all.
    start: usize,
}

impl Layout {
    /// Adds the ports of a member.
    fn add(&mut self, model: &DeviceModel, module: Option<&PortModule>, member: u32) {
        for group in groups(model, module) {
            count_on(group, member, self.ports.len(), &mut self.runs);
            self.ports.extend(of_group(group, member));
        }
    }

    /// The place of a port by its key.
    pub(super) fn place(&self, key: &str) -> Option<usize> {
        let digits = key.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (prefix, number) = key.split_at(digits);
        let plain = number.len() == 1 || !number.starts_with('0');
        let number = number.parse().ok().filter(|_| plain)?;
        self.run(prefix, number, number).map(|(place, _)| place)
    }

    /// The place of the port with the first number, and how many more up to the last follow it there; `None` where
    /// there is no such port.
    pub(super) fn run(&self, prefix: &str, first: u32, last: u32) -> Option<(usize, u32)> {
        // Of two ports with one key, which is the model's own finding, the last one counts.
        let holds = |run: &&Counted| (run.first..=run.last).contains(&first) && run.prefix == prefix;
        let run = self.runs.iter().rev().find(holds)?;
        let last = last.min(run.last);
        Some((run.start + usize::try_from(first - run.first).ok()?, last - first))
    }
}

/// The ports of every model, with each module it takes and without.
pub(super) fn single(network: &Network) -> BTreeMap<(&str, Option<&str>), Arc<Layout>> {
    let mut made = BTreeMap::new();
    for (name, model) in &network.models {
        let modules = std::iter::once(None).chain(model.modules.iter().map(Some));
        for (key, module) in modules.map(|module| (module.map(|(key, _)| key.as_str()), module.map(|(_, it)| it))) {
            let mut layout = Layout::default();
            layout.add(model, module, 1);
            made.insert((name.as_str(), key), Arc::new(layout));
        }
    }
    made
}

/// The models of all members, the first one first; a name that nothing defines is the inventory's own finding.
pub(super) fn members<'n>(
    network: &'n Network,
    device: &'n Device,
) -> impl Iterator<Item = (&'n Sp<Text>, Option<&'n DeviceModel>)> {
    std::iter::once(&device.model).chain(&device.stack).map(|name| (name, network.models.get(name.as_str())))
}

/// The groups of one member, with the uplink module's in the place of the model's own.
pub(super) fn groups<'n>(model: &'n DeviceModel, module: Option<&'n PortModule>) -> Vec<&'n PortGroup> {
    let extra: &[PortGroup] = module.map_or(&[], |module| module.ports.as_slice());
    let kept = model.ports.iter().filter(|group| !extra.iter().any(|new| new.prefix == group.prefix));
    kept.chain(extra).collect()
}

/// The group of ports that a key means: `12`, `u1`, `2/12` on the second member of a stack.
#[must_use]
pub fn group<'n>(network: &'n Network, device: &'n Device, key: &str) -> Option<&'n PortGroup> {
    let (member, local) = key.split_once('/').unwrap_or(("1", key));
    let model = members(network, device).nth(member.parse::<usize>().ok()?.checked_sub(1)?)?.1?;
    let module = device.module.as_ref().and_then(|name| model.modules.get(name.as_str()));
    let (prefix, number) = local.split_at(local.find(|c: char| c.is_ascii_digit())?);
    let number: u32 = number.parse().ok()?;
    groups(model, module).into_iter().find(|group| group.prefix == prefix && group.numbers.contains(&number))
}

/// The ports of a device: of every member of a stack, as far as their models are known.
pub(super) fn layout(network: &Network, device: &Device) -> Layout {
    let mut layout = Layout::default();
    for ((_, model), member) in members(network, device).zip(1u32..) {
        let Some(model) = model else { continue };
        let module = device.module.as_ref().and_then(|name| model.modules.get(name.as_str()));
        layout.add(model, module, member);
    }
    layout
}

/// What stands before the number in the keys of a member's ports.
fn place_of(member: u32) -> String {
    if member > 1 { format!("{member}/") } else { String::new() }
}

/// Adds the ports of a group to the runs of ports that count on.
fn count_on(group: &PortGroup, member: u32, start: usize, runs: &mut Vec<Counted>) {
    let prefix = format_smolstr!("{}{}", place_of(member), group.prefix);
    for (number, start) in group.numbers.iter().zip(start..) {
        match runs.last_mut() {
            Some(run) if run.prefix == prefix && run.last.checked_add(1) == Some(*number) => run.last = *number,
            _ => runs.push(Counted { prefix: prefix.clone(), first: *number, last: *number, start }),
        }
    }
}

fn of_group(group: &PortGroup, member: u32) -> Vec<Socket> {
    let mut speeds = group.speeds.clone();
    speeds.push(group.speed);
    speeds.sort_unstable();
    speeds.dedup();
    let speeds: Arc<[u32]> = speeds.into();
    let place = place_of(member);
    let power = match (group.poe, group.watts) {
        (false, _) => Power::No,
        (true, None) => Power::Any,
        (true, Some(watts)) => Power::Watts(watts),
    };
    let interface = group.interface.replace("{m}", &member.to_string());
    let socket = |number: &u32| Socket {
        key: format_smolstr!("{place}{}{number}", group.prefix),
        interface: interface.replace("{n}", &number.to_string()).into(),
        speed: group.speed,
        speeds: Arc::clone(&speeds),
        member,
        power,
    };
    group.numbers.iter().map(socket).collect()
}

/// The ports of a device as people write them, and where more could come from.
pub(super) fn described(network: &Network, device: &Device) -> String {
    let mut all = Vec::new();
    for ((_, model), member) in members(network, device).zip(1u32..) {
        let Some(model) = model else { continue };
        let module = device.module.as_ref().and_then(|name| model.modules.get(name.as_str()));
        for group in groups(model, module) {
            let place = place_of(member);
            let range = match (group.numbers.first(), group.numbers.last()) {
                (Some(first), Some(last)) if first < last => format!("{first}-{last}"),
                (Some(first), _) => first.to_string(),
                (None, _) => continue,
            };
            all.push(format!("{place}{}{range}", group.prefix));
        }
    }
    let mut text = if all.is_empty() { "it has no ports".to_owned() } else { format!("it has {}", all.join(", ")) };
    let Some(model) = network.models.get(device.model.as_str()) else { return text };
    if device.module.is_none() && !model.modules.is_empty() {
        let modules: Vec<&str> = model.modules.keys().map(String::as_str).collect();
        text += &format!("; an uplink module has more, `module:` names it: {}", modules.join(", "));
    }
    if let (Some(most), true) = (&model.stack, device.stack.is_empty()) {
        text += &format!("; up to {} make a stack, `stack:` lists the others", most.value);
    }
    text
}

/// No vendor stacks more.
const LARGEST_STACK: u32 = 16;

/// What is wrong with stacks and modules, for models and devices alike.
pub(super) fn check(network: &Network) -> Vec<Finding> {
    let mut findings = Vec::new();
    for most in network.models.values().filter_map(|model| model.stack.as_ref()) {
        if !(2..=LARGEST_STACK).contains(&most.value) {
            let message = format!("{} make no stack", most.value);
            findings.push(Finding::error(codes::STACK, message).at(most.span).help(format!(
                "say how many do at most, 2 to {LARGEST_STACK}; leave `stack` out where a model does not stack"
            )));
        }
    }
    for model in network.models.values().filter(|model| model.stack.as_ref().is_some_and(|most| most.value > 1)) {
        let modules = model.modules.values().flat_map(|module| &module.ports);
        for group in model.ports.iter().chain(modules).filter(|group| !group.interface.contains("{m}")) {
            let message = format!("ports of all members of a stack of `{}` have one name", model.name.value);
            findings.push(
                Finding::error(codes::STACK, message)
                    .at_saying(group.interface.span, "the same on every member")
                    .help("put {m} where the platform writes the number of the member"),
            );
        }
    }
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        stack(network, device, &mut findings);
        module(network, device, &mut findings);
    }
    findings
}

fn stack(network: &Network, device: &Device, findings: &mut Vec<Finding>) {
    if device.stack.is_empty() {
        return;
    }
    let Some(first) = network.models.get(device.model.as_str()) else { return };
    let most = first.stack.as_ref().map_or(1, |most| most.value);
    // A number that makes no stack is told at the model.
    if first.stack.is_some() && most < 2 {
        return;
    }
    let count = device.stack.len() + 1;
    if u32::try_from(count).map_or(true, |count| count > most)
        && let Some(beyond) = device.stack.get(usize::try_from(most).unwrap_or(0).saturating_sub(1))
    {
        let (message, help) = if most > 1 {
            (format!("{count} of `{}` make no stack; {most} do at most", first.name.value), "take the others out")
        } else {
            (format!("`{}` does not stack", first.name.value), "if it does, say in the model how many: stack: 8")
        };
        // A model whose ports count members was meant to stack.
        let counts = first.stack.is_none() && first.ports.iter().any(|group| group.interface.contains("{m}"));
        let finding = Finding::error(codes::STACK, message).help(help);
        let finding = if counts {
            finding.at_saying(first.name.span, "`{m}` in its ports counts members").label(beyond.span, "a stack of it")
        } else {
            finding.at(beyond.span)
        };
        let finding = finding.label(device.model.span, "the first of the stack");
        findings.push(match &first.stack {
            Some(most) => finding.label(most.span, "as many as these make a stack"),
            None => finding,
        });
    }
    for (name, model) in members(network, device).skip(1) {
        if let Some(model) = model.filter(|model| model.platform.value != first.platform.value) {
            let message = format!("`{}` and `{}` make no stack", first.name.value, model.name.value);
            findings.push(
                Finding::error(codes::STACK, message)
                    .at_saying(name.span, format!("runs {}", model.platform.value))
                    .label(device.model.span, format!("runs {}", first.platform.value))
                    .help("the members of a stack run one platform"),
            );
        } else if let Some(model) = model.filter(|model| most > 1 && model.stack.is_none()) {
            let message = format!("`{}` does not stack", model.name.value);
            findings.push(
                Finding::error(codes::STACK, message)
                    .at(name.span)
                    .label(device.model.span, "in a stack with this one")
                    .help("if it does, say in the model how many: stack: 8"),
            );
        } else if let Some(model) = model.filter(|model| is_other_series(&first.name.value, &model.name.value)) {
            let message = format!("`{}` and `{}` are of two series", first.name.value, model.name.value);
            findings.push(
                Finding::warning(codes::STACK, message)
                    .at(name.span)
                    .label(device.model.span, "the first of the stack")
                    .help("switches stack with others of their series; name the model that really stands there"),
            );
        }
    }
}

/// Whether two models are of different series of one maker, as far as their names tell: the letters in front are the same, and
/// the first two digits are not (C9300-48P, C9200L-24P-4X).
fn is_other_series(one: &str, other: &str) -> bool {
    let series = |name: &str| {
        let letters: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
        let digits: String = name.chars().skip(letters.len()).take_while(char::is_ascii_digit).take(2).collect();
        (letters, digits)
    };
    let ((a, x), (b, y)) = (series(one), series(other));
    a == b && x.len() == 2 && y.len() == 2 && x != y
}

fn module(network: &Network, device: &Device, findings: &mut Vec<Finding>) {
    let Some(module) = &device.module else { return };
    let lacks = |(_, model): &(_, Option<&DeviceModel>)| {
        model.is_some_and(|model| !model.modules.contains_key(module.as_str()))
    };
    let Some((name, Some(model))) = members(network, device).find(lacks) else { return };
    let known: Vec<&str> = model.modules.keys().map(String::as_str).collect();
    let message = format!("model `{}` takes no module `{}`", name.value, module.value);
    let finding = Finding::error(codes::UNKNOWN_NAME, message).at(module.span);
    findings.push(finding.meant(&module.value, known.iter().copied(), || match known.as_slice() {
        [] => "none is described in inventory/models.yaml; add it under `modules:`".to_owned(),
        known => format!("it takes {}", known.join(", ")),
    }));
}
