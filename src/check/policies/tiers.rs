//! What a risk class asks of devices, they can do.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::Tier;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let asked = &subject.network.policy.change.tier;
    if asked.values().all(|tier| tier.value == Tier::default()) {
        return;
    }
    // Platforms of devices that are changed at all: a platform without templates only reads.
    let mut platforms: BTreeMap<&str, (usize, Tier, &DeviceFacts)> = BTreeMap::new();
    for facts in subject.derived.configured() {
        let Some(entry) = subject.library.get(facts.platform.as_str()) else { continue };
        if entry.platform.template.is_some() {
            let tier = entry.platform.transaction.tier;
            platforms.entry(&entry.platform.name).or_insert((0, tier, facts)).0 += 1;
        }
    }
    for (class, tier) in asked {
        let less: Vec<String> = platforms
            .iter()
            .filter(|(_, (_, has, _))| *has < tier.value)
            .map(|(platform, (count, has, example))| match count {
                1 => format!("`{platform}` has {} ({})", has.word(), example.name),
                more => format!("`{platform}` has {} ({more} devices, first {})", has.word(), example.name),
            })
            .collect();
        if less.is_empty() {
            continue;
        }
        let asks = tier.value.word();
        let message = format!("changes of class `{class}` ask for the tier {asks}, and {}", less.join(", "));
        let finding = Finding::warning(codes::TIER_UNMET, message)
            .at_saying(tier.span, "apply refuses these changes there")
            .help("ask for what these platforms can do; `samnet show platform` lists it");
        findings.push(finding);
    }
}
