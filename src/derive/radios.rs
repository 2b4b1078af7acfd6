//! What each radio of an access point does.

use super::facts::RadioFacts;
use crate::finding::{Finding, codes};
use crate::model::{Device, DeviceModel, Network, Role};

/// The radios of a device: the model's plan, and what the device says instead.
pub(super) fn of_device(model: &DeviceModel, device: &Device) -> Vec<RadioFacts> {
    let turn = device.number.saturating_sub(1) as usize;
    let planned = |channels: &[u32]| channels.get(turn.checked_rem(channels.len())?).copied();
    let radio = |radio: &crate::model::Radio| {
        let own = device.radios.get(&radio.name.value);
        RadioFacts {
            name: radio.name.value.clone(),
            band: radio.band,
            channel: own
                .and_then(|own| own.channel.as_ref())
                .map_or_else(|| planned(&radio.channels), |channel| Some(channel.value)),
            width: own.and_then(|own| own.width.as_ref()).map_or(radio.width, |width| width.value),
            power_dbm: own.and_then(|own| own.power_dbm.as_ref()).or(radio.power_dbm.as_ref()).map(|power| power.value),
            off: own.and_then(|own| own.off.as_ref()).is_some_and(|off| off.value),
            span: own.map_or(radio.span, |own| own.span),
        }
    };
    model.radios.iter().map(radio).collect()
}

/// Radios that a device speaks of and its model does not have.
pub(super) fn check(network: &Network) -> Vec<Finding> {
    let mut findings = Vec::new();
    let devices = network.sites.iter().flat_map(|site| &site.devices);
    for device in devices.filter(|device| !device.radios.is_empty()) {
        let Some(model) = network.models.get(device.model.as_str()) else { continue };
        // An access point without any radio is told of that.
        if model.radios.is_empty() && device.role == Role::Ap {
            continue;
        }
        for (name, plan) in &device.radios {
            if model.radios.iter().any(|radio| radio.name.value == *name) {
                continue;
            }
            let known: Vec<&str> = model.radios.iter().map(|radio| radio.name.as_str()).collect();
            let message = format!("model `{}` has no radio `{name}`", model.name.value);
            let finding = Finding::error(codes::UNKNOWN_NAME, message).at(plan.span);
            findings.push(finding.meant(name, known.iter().copied(), || match known.as_slice() {
                [] => "it has no radios at all".to_owned(),
                known => format!("it has {}", known.join(", ")),
            }));
        }
    }
    findings
}
