//! Blanks in a name on air that nobody sees, and so nobody types.

use crate::check::Subject;
use crate::finding::{Edit, Finding, Fix, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for ssid in &subject.network.ssids {
        let name = &ssid.name;
        let clean = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if clean == name.value {
            continue;
        }
        // Where the name is quoted, the quotes are part of its place.
        let quoted = name.span.range().len() == name.len() + 2 && !clean.contains(['"', '\'', '\\']);
        let fix = quoted.then(|| Fix {
            title: format!("write `{clean}`"),
            edits: vec![Edit { span: name.span, text: format!("\"{clean}\"") }],
        });
        findings.push(
            Finding::warning(codes::SSID_BLANKS, format!("the name \"{}\" has blanks that nobody sees", name.value))
                .at(name.span)
                .help(format!("a station takes every blank as part of the name; \"{clean}\" is meant"))
                .fix(fix),
        );
    }
}
