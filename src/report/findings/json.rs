//! Findings as one JSON document of our own.

use serde_json::{Value, json};

use super::{Count, Item, Listing, Where};

/// The document; `version` rises when a field changes its meaning or goes.
pub(super) fn document(listing: &Listing) -> Value {
    let summary = listing.summary;
    json!({
        "version": 1,
        "findings": listing.items.iter().map(finding).collect::<Vec<_>>(),
        "summary": {
            "errors": summary.found.errors,
            "warnings": summary.found.warnings,
            "notes": summary.found.notes,
            "before": summary.before.map(count),
            "files": summary.files,
            "devices": summary.devices,
            "fixed": listing.fixed,
        },
    })
}

fn count(count: Count) -> Value {
    json!({ "errors": count.errors, "warnings": count.warnings, "notes": count.notes })
}

fn finding(item: &Item) -> Value {
    let related = |(at, text): &(Where, String)| json!({ "place": place(at), "text": text });
    let edit = |(at, text): &(Where, String)| json!({ "place": place(at), "text": text });
    json!({
        "code": item.code.to_string(),
        "severity": item.severity.word(),
        "title": item.title(),
        "message": item.message,
        "place": item.place.as_ref().map(place),
        "here": (!item.here.is_empty()).then_some(&item.here),
        "related": item.related.iter().map(related).collect::<Vec<_>>(),
        "help": item.help,
        "fix": item.fix.as_ref().map(|(title, edits)| json!({
            "title": title,
            "edits": edits.iter().map(edit).collect::<Vec<_>>(),
        })),
        "fingerprint": item.unique(),
        "new": item.new,
    })
}

fn place(at: &Where) -> Value {
    json!({
        "path": at.path,
        "line": at.region.map(|region| region.line),
        "column": at.region.map(|region| region.column),
        "end_line": at.region.map(|region| region.end_line),
        "end_column": at.region.map(|region| region.end_column),
    })
}
