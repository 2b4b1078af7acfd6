//! A model runs the platform that its ports and radios speak of.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{DeviceModel, Network};

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
        let written = entry.platform.template.is_some();
        let (message, other) = if let Some(other) = of_others(network, model).filter(|_| written) {
            let message = format!("`{}` runs {title}, and no other model of its series does", model.name.value);
            (message, other.name.as_str())
        } else if let Some(other) = alike {
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

/// Models of a series that are enough to know its maker by.
const SERIES: usize = 2;

/// A model of the same series, where all others of it run platforms of another maker.
fn of_others<'n>(network: &'n Network, model: &'n DeviceModel) -> Option<&'n DeviceModel> {
    let series = series(&model.name.value)?;
    let others = network.models.values().filter(|other| other.name.value != model.name.value);
    let others: Vec<&DeviceModel> = others.filter(|other| self::series(&other.name.value) == Some(series)).collect();
    let [first, ..] = others[..] else { return None };
    let theirs = maker(first);
    let one = others.len() >= SERIES && others.iter().all(|other| maker(other) == theirs);
    // Several makers begin names alike; that ports are named alike as well is no chance.
    let names = |model: &'n DeviceModel| model.ports.iter().map(|group| group.interface.as_str());
    let alike = names(model)
        .filter(|name| name.contains("{n}"))
        .any(|name| others.iter().any(|it| names(it).any(|other| other == name)));
    // The one whose name is most alike.
    let shared = |other: &DeviceModel| {
        let (ours, theirs) = (model.name.value.bytes(), other.name.value.bytes());
        ours.zip(theirs).take_while(|(a, b)| a == b).count()
    };
    let nearest = others.iter().rev().max_by_key(|other| shared(other)).copied();
    nearest.filter(|_| one && alike && maker(model) != theirs)
}

/// What a platform's name begins with, as `NAME_SYSTEM` is built.
fn maker(model: &DeviceModel) -> &str {
    model.platform.as_str().split('_').next().unwrap_or_default()
}

/// What names of a maker's models begin with: its letters, and a digit where there is one letter alone.
fn series(name: &str) -> Option<&str> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = name.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
    match (letters, digits) {
        (1, 1..) => name.get(..2),
        (2.., _) => name.get(..letters),
        _ => None,
    }
}
