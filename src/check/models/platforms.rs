//! A model runs the platform that its ports and radios speak of.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    // How ports are named, by platform and model. A name without a number (`eth0`, `lan`) says nothing of the platform.
    let mut names: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for model in network.models.values() {
        for group in model.ports.iter().filter(|group| group.interface.contains("{n}")) {
            let platforms = names.entry(group.interface.as_str()).or_default();
            platforms.entry(model.platform.as_str()).or_default().insert(&model.name.value);
        }
    }
    for model in network.models.values() {
        let Some(entry) = subject.library.get(model.platform.as_str()) else { continue };
        let platform = &model.platform;
        let alike = model.ports.iter().find_map(|group| {
            let platforms = names.get(group.interface.as_str())?;
            // Alone on its own platform, and several on one other.
            let [(_, others)] =
                platforms.iter().filter(|(name, _)| **name != platform.as_str()).collect::<Vec<_>>()[..]
            else {
                return None;
            };
            let alone = platforms.get(platform.as_str()).is_some_and(|own| own.len() == 1);
            (alone && others.len() > 1).then_some(others.first()?)
        });
        let silent = |name: &str| !entry.platform.writes(name) && entry.platform.settled(name).is_none();
        let title = &entry.platform.title;
        let (message, other) = if let Some(other) = alike {
            (
                format!("ports of `{}` are named as those of `{other}`, which does not run {title}", model.name.value),
                *other,
            )
        } else if !model.radios.is_empty() && silent("ssid.name") {
            let other = network.models.values().find(|other| {
                let entry = subject.library.get(other.platform.as_str());
                !other.radios.is_empty() && entry.is_some_and(|entry| entry.platform.writes("ssid.name"))
            });
            let Some(other) = other else { continue };
            let message = format!("`{}` has radios, and no template of {title} sets any", model.name.value);
            (message, other.name.as_str())
        } else {
            continue;
        };
        let finding = Finding::warning(codes::MODEL_PLATFORM, message).at(platform.span);
        findings.push(match network.models.get(other) {
            Some(other) => finding
                .label(other.platform.span, format!("`{}` runs this", other.name.value))
                .help(format!("did you mean `{}`?", other.platform.value)),
            None => finding,
        });
    }
}
