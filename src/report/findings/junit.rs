//! Findings as `JUnit` XML: each one is a test case; an error fails, what was there before is skipped.

use std::fmt::Write as _;

use super::{Item, Listing};
use crate::finding::Severity;

/// The document. A warning is a case that passes and says something, because it fails nothing.
pub(super) fn document(listing: &Listing) -> String {
    let cases = listing.items.len().max(1);
    let skipped = listing.items.iter().filter(|item| item.old()).count();
    let failures = listing.summary.found.errors;
    let counts = format!("tests=\"{cases}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _written = writeln!(out, "<testsuites name=\"samnet\" {counts}>\n  <testsuite name=\"validate\" {counts}>");
    if listing.items.is_empty() {
        let _written =
            writeln!(out, "    <testcase classname=\"validate\" name=\"{}\"/>", escape(&listing.summary.to_string()));
    }
    for item in &listing.items {
        case(item, &listing.below, &mut out);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn case(item: &Item, below: &str, out: &mut String) {
    let place = item.place.as_ref();
    let name = place.map_or_else(|| item.message.clone(), |place| format!("{place} {}", item.message));
    let mut attributes = vec![("classname", format!("{} {}", item.code, item.title())), ("name", name)];
    attributes.extend(place.map(|place| ("file", format!("{below}{}", place.path))));
    attributes.extend(place.and_then(|place| place.region).map(|region| ("line", region.line.to_string())));
    out.push_str("    <testcase");
    for (key, value) in &attributes {
        let _written = write!(out, " {key}=\"{}\"", escape(value));
    }
    out.push_str(">\n      <properties>\n");
    let properties = [("severity", Some(item.severity.word())), ("help", item.help.as_deref())];
    for (key, value) in properties.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        let _written = writeln!(out, "        <property name=\"{key}\" value=\"{}\"/>", escape(value));
    }
    out.push_str("      </properties>\n");
    let message = escape(&item.message);
    let all = escape(&item.lines().join("\n"));
    let _written = match item.severity {
        _ if item.old() => writeln!(out, "      <skipped message=\"was there before: {message}\"/>"),
        Severity::Error => {
            writeln!(out, "      <failure type=\"{}\" message=\"{message}\">{all}</failure>", item.code)
        }
        Severity::Warning | Severity::Note => writeln!(out, "      <system-out>{all}</system-out>"),
    };
    out.push_str("    </testcase>\n");
}

/// A text as XML, in an attribute or between tags. What XML 1.0 cannot hold at all is spelled out by the
/// listing already, but for two characters that are no control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
