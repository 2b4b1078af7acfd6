//! Findings as a GitLab code quality report, which a merge request shows beside its lines.

use serde_json::{Value, json};

use super::{Item, Listing};
use crate::finding::Severity;

/// The report: a list, each entry with a place, because GitLab drops those without.
pub(super) fn document(listing: &Listing) -> Value {
    listing.items.iter().map(|item| entry(item, &listing.below)).collect()
}

fn entry(item: &Item, below: &str) -> Value {
    let severity = match item.severity {
        _ if item.old() => "info",
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    // GitLab shows the description alone, so the way out stands in it as well.
    let before = if item.old() { "was there before: " } else { "" };
    let help = item.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
    let path = item.place.as_ref().map_or_else(|| ".".to_owned(), |place| format!("{below}{}", place.path));
    let line = item.place.as_ref().and_then(|place| place.region).map_or(1, |region| region.line);
    json!({
        "description": format!("{before}{}{help}", item.message),
        "check_name": item.code.to_string(),
        "fingerprint": item.unique(),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line } },
        "content": { "body": item.lines().join("\n") },
    })
}
