//! The order of a run: one device first, then the edges, then the middle, partners never together.

use crate::model::Role;
use crate::plan::DevicePlan;
use crate::value::DeviceName;

/// Devices changed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// What people call it: `canary`, `access`, …
    pub title: String,
    /// Whether its failure stops the run whatever the budget.
    pub canary: bool,
    /// The devices, in order.
    pub devices: Vec<DeviceName>,
}

/// Sorts devices by how little goes wrong when the change is wrong.
#[must_use]
pub fn order(mut devices: Vec<&DevicePlan>) -> Vec<&DevicePlan> {
    devices.sort_by_cached_key(|device| {
        let rank = device.gravest().map_or(0, |risk| risk.rank());
        (rank, inwards(device.role), device.commands.len(), device.name.clone())
    });
    devices
}

/// Puts devices into waves of at most `size`.
///
/// The first wave is the one device with the mildest change. The others go from the edge of the network
/// inwards, one role after the other, so that no device is changed while the one in front of it is.
#[must_use]
pub fn plan(devices: &[&DevicePlan], size: u32) -> Vec<Wave> {
    let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
    let mut sorted = order(devices.to_vec());
    if sorted.is_empty() {
        return Vec::new();
    }
    let first = sorted.remove(0);
    let mut waves = vec![Wave { title: "canary".to_owned(), canary: true, devices: vec![first.name.clone()] }];
    sorted.sort_by_key(|device| inwards(device.role));
    for group in sorted.chunk_by(|a, b| a.role == b.role) {
        let mut filled: Vec<Vec<&DevicePlan>> = Vec::new();
        for device in group {
            let free =
                filled.iter_mut().find(|wave| wave.len() < size && !wave.iter().any(|other| partners(device, other)));
            match free {
                Some(wave) => wave.push(device),
                None => filled.push(vec![device]),
            }
        }
        let title = group.first().map_or("", |device| device.role.word());
        waves.extend(filled.into_iter().map(|wave| Wave {
            title: title.to_owned(),
            canary: false,
            devices: wave.into_iter().map(|device| device.name.clone()).collect(),
        }));
    }
    waves
}

fn partners(a: &DevicePlan, b: &DevicePlan) -> bool {
    a.partners.contains(&b.name) || b.partners.contains(&a.name)
}

const fn inwards(role: Role) -> u8 {
    match role {
        Role::Ap => 0,
        Role::Access => 1,
        Role::Controller => 2,
        Role::Distribution => 3,
        Role::Core => 4,
        Role::Firewall => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Risk;
    use crate::plan::file::tests::sample;

    fn device(name: &str, role: Role, risk: &str, partners: &[&str]) -> DevicePlan {
        let mut device = sample().devices.remove(0);
        device.name = name.parse().unwrap();
        device.role = role;
        device.commands[0].risk = Risk(risk.into());
        device.partners = partners.iter().map(|name| name.parse().unwrap()).collect();
        device
    }

    fn waves(devices: &[DevicePlan], size: u32) -> Vec<(String, Vec<String>)> {
        let plans = plan(&devices.iter().collect::<Vec<_>>(), size);
        let names = |wave: &Wave| wave.devices.iter().map(ToString::to_string).collect();
        plans.iter().map(|wave| (wave.title.clone(), names(wave))).collect()
    }

    #[test]
    fn the_mildest_change_goes_first_and_the_middle_last() {
        let devices = [
            device("fw1", Role::Firewall, "cosmetic", &[]),
            device("sw1", Role::Access, "trunk", &[]),
            device("sw2", Role::Access, "cosmetic", &[]),
            device("d1", Role::Distribution, "access", &[]),
            device("ap1", Role::Ap, "access", &[]),
        ];
        let order: Vec<_> = waves(&devices, 10).into_iter().flat_map(|(_, names)| names).collect();
        assert_eq!(order, ["sw2", "ap1", "sw1", "d1", "fw1"]);
    }

    #[test]
    fn partners_are_never_together() {
        let devices = [
            device("sw1", Role::Access, "cosmetic", &[]),
            device("c1", Role::Core, "routing", &["c2"]),
            device("c2", Role::Core, "routing", &[]),
            device("c3", Role::Core, "routing", &[]),
        ];
        let core: Vec<_> = waves(&devices, 10).into_iter().skip(1).map(|(_, names)| names).collect();
        assert_eq!(core, [vec!["c1", "c3"], vec!["c2"]]);
    }

    #[test]
    fn a_wave_has_a_size() {
        let devices: Vec<_> = (0..8).map(|n| device(&format!("sw{n}"), Role::Access, "access", &[])).collect();
        let sizes: Vec<_> = waves(&devices, 3).iter().map(|(_, names)| names.len()).collect();
        assert_eq!(sizes, [1, 3, 3, 1]);
        assert!(waves(&[], 3).is_empty());
        assert_eq!(waves(&devices, 0).len(), 8);
    }
}
