//! Devices past the day they should have been replaced, told once for each building; or for each model, where it lasts less
//! long than others of its role, and that alone says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{MOST_LABELS, Subject};
use crate::finding::{Finding, codes};
use crate::model::Device;
use crate::source::FileId;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(today) = subject.as_of else { return };
    let network = subject.network;
    let mut models: BTreeMap<&str, Vec<(&Device, jiff::civil::Date)>> = BTreeMap::new();
    let due = |device: &Device| super::due(network, device).filter(|due| *due < today);
    // Where the role has no age, the model's is nobody's exception.
    let by_role = |device: &Device| super::due_by_role(network, device).is_none_or(|due| due < today);
    for site in &network.sites {
        for device in site.devices.iter().filter(|device| !by_role(device)) {
            if let Some(due) = due(device) {
                models.entry(device.model.as_str()).or_default().push((device, due));
            }
        }
    }
    models.retain(|_, old| {
        old.iter().any(|(device, _)| old.first().is_some_and(|(one, _)| one.span.file != device.span.file))
    });
    for (name, old) in &models {
        let years = network.models.get(*name).and_then(|model| model.lifetime_years.as_ref());
        let (Some(years), Some((first, due))) = (years, old.iter().min_by_key(|(_, due)| *due)) else { continue };
        let message = format!("{} devices of `{name}` should have been replaced, the first on {due}", old.len());
        let finding = Finding::warning(codes::PAST_AGE, message)
            .more(old.len() - 1)
            .at_saying(years.span, format!("others of role `{}` last longer", first.role.word()));
        let mut sites: BTreeSet<FileId> = BTreeSet::new();
        let each = old.iter().filter(|(device, _)| sites.insert(device.span.file)).map(|(device, _)| *device);
        let place = |device: &Device| device.installed.as_ref().map_or(device.span, |installed| installed.span);
        let finding = finding.labels(each.map(place).take(MOST_LABELS), "due here");
        findings.push(finding.help("plan their replacement, or change the age of the model"));
    }
    for site in &network.sites {
        let own = |device: &&Device| by_role(device) || !models.contains_key(device.model.as_str());
        let mut old = site.devices.iter().filter(own).filter_map(|device| Some((device, due(device)?)));
        let Some((device, due)) = old.next() else { continue };
        let span = device.installed.as_ref().map_or(device.span, |installed| installed.span);
        let rest = old.count();
        let others = super::more(rest);
        let message = format!("{}-{} should have been replaced on {due}{others}", device.role.word(), device.number);
        let finding = Finding::warning(codes::PAST_AGE, message).at_saying(span, format!("a `{}`", device.model.value));
        findings
            .push(finding.more(rest).help("plan its replacement, or change the age in `lifecycle` or at the model"));
    }
}
