//! Devices are of models that exist, every member of a stack as well.

use super::Names;
use crate::check::Subject;
use crate::finding::Finding;
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let all = network.models.values().map(|model| (model.name.as_str(), model.name.span));
    let mut models = Names::new(network, "model", Part::Models, "inventory/models.yaml", all);
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        for model in std::iter::once(&device.model).chain(&device.stack) {
            models.find(&model.value, model.span);
        }
    }
    models.tell(findings);
}
