//! Models have ports, each with an interface name of its own.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::{Sp, Span};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for model in subject.network.models.values() {
        if model.ports.is_empty() && model.modules.values().all(|module| module.ports.is_empty()) {
            findings.push(
                Finding::error(codes::MODEL_PORTS, format!("model `{}` has no ports", model.name.value))
                    .at(model.name.span)
                    .help("list them: ports: { 1-24: { interface: \"ge{n}\", speed: 1000 } }"),
            );
        }
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        for group in &model.ports {
            let clash = group.numbers.iter().find_map(|number| {
                let name = group.interface.replace("{n}", &number.to_string());
                let known = first.get(&name).copied();
                first.insert(name.clone(), group.interface.span);
                known.map(|known| (name, known))
            });
            if let Some((name, known)) = clash {
                findings.push(twice(&model.name, &name, group.interface.span, known));
            }
        }
        // In a stack, ports of two members would have one name.
        let groups = || model.ports.iter().chain(model.modules.values().flat_map(|module| &module.ports));
        if let Some(most) = model.stack.as_ref().filter(|most| most.value > 1)
            && let Some(group) = groups().find(|group| !group.interface.contains("{m}"))
        {
            let message = format!("model `{}` makes stacks, and interface `{}` says no member", model.name.value, group.interface.value);
            findings.push(
                Finding::error(codes::MODEL_PORTS, message)
                    .at(group.interface.span)
                    .label(most.span, "stacks of so many")
                    .help("write `{m}` where the number of the member belongs"),
            );
        }
    }
}

fn twice(model: &Sp<String>, name: &str, span: Span, first: Span) -> Finding {
    Finding::error(codes::MODEL_PORTS, format!("two ports of model `{}` are called `{name}`", model.value))
        .at_saying(span, "this one as well")
        .label(first, "first used here")
        .help("interface names follow from the pattern and the port's number; one of the patterns is wrong")
}
