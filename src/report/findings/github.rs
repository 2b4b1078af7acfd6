//! Findings as workflow commands of GitHub Actions, which annotate the lines of a pull request.

use std::fmt::Write as _;

use super::{Item, Listing};
use crate::finding::Severity;

/// One command per finding. GitHub shows ten of each kind and step, so the worst come first.
pub(super) fn commands(listing: &Listing) -> String {
    let mut items: Vec<&Item> = listing.items.iter().collect();
    items.sort_by_key(|item| (item.old(), std::cmp::Reverse(item.severity)));
    items.into_iter().map(|item| command(item, &listing.below)).collect()
}

fn command(item: &Item, below: &str) -> String {
    let word = match item.severity {
        _ if item.old() => "notice",
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties: Vec<(&str, String)> = Vec::new();
    if let Some(place) = &item.place {
        properties.push(("file", format!("{below}{}", place.path)));
        if let Some(region) = place.region {
            properties.extend([("line", region.line.to_string()), ("endLine", region.end_line.to_string())]);
            // Columns of a range over lines are refused.
            if region.line == region.end_line {
                let last = region.end_column.max(region.column);
                properties.extend([("col", region.column.to_string()), ("endColumn", last.to_string())]);
            }
        }
    }
    let before = if item.old() { " (was there before)" } else { "" };
    properties.push(("title", format!("{}: {}{before}", item.code, item.title())));
    let mut out = format!("::{word} ");
    for (n, (key, value)) in properties.iter().enumerate() {
        let comma = if n > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _written = write!(out, "{comma}{key}={}", property(value));
    }
    let _written = writeln!(out, "::{}", data(&item.lines().join("\n")));
    out
}

/// The escapes of actions/toolkit for a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for a property, which ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
