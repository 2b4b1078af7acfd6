//! The speeds of a port fit together.

use crate::check::Subject;
use crate::finding::{Finding, codes};

/// Mbit/s, as IEEE 802.3 has them.
const ETHERNET: [u32; 13] =
    [10, 100, 1_000, 2_500, 5_000, 10_000, 20_000, 25_000, 40_000, 50_000, 100_000, 200_000, 400_000];

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for model in subject.network.models.values() {
        for group in model.ports.iter().chain(model.modules.values().flat_map(|module| &module.ports)) {
            let message = match group.speeds.iter().max() {
                _ if group.speed == 0 => "a port of 0 Mbit/s".to_owned(),
                Some(highest) if *highest != group.speed => {
                    format!("`speed` says {} Mbit/s, `speeds` goes up to {highest}", group.speed)
                }
                _ => match group.speeds.iter().chain([&group.speed]).find(|speed| !ETHERNET.contains(speed)) {
                    Some(odd) => format!("{odd} Mbit/s is no speed of Ethernet"),
                    None => continue,
                },
            };
            findings.push(
                Finding::error(codes::MODEL_SPEEDS, format!("{message}, in model `{}`", model.name.value))
                    .at_saying(group.interface.span, "these ports")
                    .help("`speed` is the highest; `speeds` lists every one, that one as well"),
            );
        }
    }
}
