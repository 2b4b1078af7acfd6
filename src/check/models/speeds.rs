//! The speeds of a port fit together.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::PortGroup;
use crate::value::Id;

/// Mbit/s; ports faster than that take slower optics.
const FASTEST_COPPER: u32 = 10_000;

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
                _ => {
                    let odd = group.speeds.iter().chain([&group.speed]).find(|speed| !ETHERNET.contains(speed));
                    let Some(odd) = odd else {
                        findings.extend(named(subject, &model.platform.value, group));
                        continue;
                    };
                    format!("{odd} Mbit/s is no speed of Ethernet")
                }
            };
            findings.push(
                Finding::error(codes::MODEL_SPEEDS, format!("{message}, in model `{}`", model.name.value))
                    .at_saying(group.interface.span, "these ports")
                    .help("`speed` is the highest; `speeds` lists every one, that one as well"),
            );
        }
    }
}

/// Ports whose name says another speed than the model does.
fn named(subject: Subject<'_>, platform: &Id, group: &PortGroup) -> Option<Finding> {
    let platform = &subject.library.get(platform.as_str())?.platform;
    let length = group.interface.find(|c: char| !c.is_ascii_alphabetic())?;
    let word = group.interface.get(..length)?;
    // A port may be described by the optics it is used with.
    let says = platform.speeds.get(word).filter(|says| !says.contains(&group.speed))?;
    let is_slower = says.iter().any(|most| *most > group.speed && *most > FASTEST_COPPER);
    if is_slower {
        return None;
    }
    let says: Vec<String> = says.iter().map(u32::to_string).collect();
    let message =
        format!("`{word}` of {} is a port of {} Mbit/s, not of {}", platform.title, says.join(" or "), group.speed);
    let fits = platform.speeds.iter().find(|(_, speeds)| speeds.contains(&group.speed)).map(|(word, _)| word);
    let finding = Finding::error(codes::MODEL_SPEEDS, message).at(group.interface.span);
    Some(match fits {
        Some(fits) => finding.help(format!("ports of {} Mbit/s are called `{fits}`", group.speed)),
        None => finding.help("mend the name, or the speed"),
    })
}
