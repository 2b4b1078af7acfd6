//! Models have ports, each with an interface name of its own.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{DeviceModel, Network, PortGroup, Role};
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let roles = roles(subject);
    for model in subject.network.models.values() {
        // The conductor of a cluster is one of its access points, and has no ports of its own.
        if model.ports.is_empty()
            && !leads(subject, model, &roles)
            && model.modules.values().all(|module| module.ports.is_empty())
        {
            findings.push(
                Finding::error(codes::MODEL_PORTS, format!("model `{}` has no ports", model.name.value))
                    .at(model.name.span)
                    .help("list them: ports: { 1-24: { interface: \"ge{n}\", speed: 1000 } }"),
            );
        }
        turned(subject.network, model, findings);
        let mut first: HashMap<String, Span> = HashMap::new();
        let mut ports: HashSet<(&str, u32)> = HashSet::new();
        for group in &model.ports {
            // A pattern without the number was told when it was read.
            if group.numbers.len() > 1 && !group.interface.contains("{n}") {
                continue;
            }
            let clash = group.numbers.iter().find_map(|number| {
                // A port that stands in two ranges is told by the reader.
                if !ports.insert((&group.prefix, *number)) {
                    return None;
                }
                let name = group.interface.replace("{n}", &number.to_string());
                if let Some(known) = first.get(&name).copied() {
                    return Some((name, known));
                }
                first.insert(name, group.interface.span);
                None
            });
            if let Some((name, known)) = clash {
                findings.push(twice(&model.name, &name, group.interface.span, known));
            }
        }
    }
}

/// The roles that devices of each model have.
fn roles(subject: Subject<'_>) -> BTreeMap<&str, BTreeSet<Role>> {
    let mut roles: BTreeMap<&str, BTreeSet<Role>> = BTreeMap::new();
    // Only models without ports are asked about.
    let bare = |model: &&DeviceModel| model.ports.is_empty();
    for model in subject.network.models.values().filter(bare) {
        roles.insert(model.name.as_str(), BTreeSet::new());
    }
    if !roles.is_empty() {
        for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
            if let Some(roles) = roles.get_mut(device.model.as_str()) {
                roles.insert(device.role);
            }
        }
    }
    roles
}

/// Whether every device of a model is a controller; where there is none, whether one could be.
fn leads(subject: Subject<'_>, model: &DeviceModel, roles: &BTreeMap<&str, BTreeSet<Role>>) -> bool {
    let roles = roles.get(model.name.as_str()).filter(|roles| !roles.is_empty());
    roles.map_or_else(
        || {
            let entry = subject.library.get(model.platform.as_str());
            entry.is_some_and(|entry| entry.platform.roles.contains(&Role::Controller))
        },
        // In another role the device is what is wrong.
        |roles| roles.contains(&Role::Controller),
    )
}

fn twice(model: &Sp<String>, name: &str, span: Span, first: Span) -> Finding {
    Finding::error(codes::MODEL_PORTS, format!("two ports of model `{}` are called `{name}`", model.value))
        .at_saying(span, "this one as well")
        .label(first, "first used here")
        .help("interface names follow from the pattern and the port's number; one of the patterns is wrong")
}

/// Ports whose names have member of the stack and number in another order than most of their platform.
fn turned(network: &Network, model: &DeviceModel, findings: &mut Vec<Finding>) {
    let order = |group: &PortGroup| group.interface.find("{m}").zip(group.interface.find("{n}")).map(|(m, n)| m < n);
    let alike = network.models.values().filter(|other| other.platform.value == model.platform.value);
    let all: Vec<bool> = alike.flat_map(|other| &other.ports).filter_map(order).collect();
    let front = all.iter().filter(|in_front| **in_front).count();
    let usual = front * 2 >= all.len();
    let find = |which: bool| model.ports.iter().find(|group| order(group) == Some(which));
    let (Some(odd), Some(right)) = (find(!usual), find(usual)) else { return };
    let message = format!("ports of `{}` name member and number in two orders", model.name.value);
    findings.push(
        Finding::error(codes::MODEL_PORTS, message)
            .at_saying(odd.interface.span, "the other way round")
            .label(right.interface.span, "as these")
            .help("put {m} and {n} where the platform writes the member and the port"),
    );
}
