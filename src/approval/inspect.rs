//! Whether the file of signers can be used, before somebody needs it.

use std::path::Path;

use jiff::tz::TimeZone;

use super::signers::{Signers, SignersError};
use crate::finding::{Finding, codes};
use crate::model::Change;
use crate::source::{Sources, Span};

/// Largest file that is read, in bytes; a thousand keys take a fifth of it.
const LARGEST: u64 = 1 << 20;

/// Reads the file that the change rules name, and says what is wrong with it.
pub fn inspect(root: &Path, change: &Change, sources: &mut Sources) -> Option<Finding> {
    let signers = change.signers.as_ref()?;
    // The built-in rules name a file that a project may not have yet.
    if !root.join(sources.path(signers.span.file)).is_file() {
        return None;
    }
    let path = root.join(&signers.value);
    let cannot = |why: &str| {
        let message = format!("the file of signers {why}");
        let finding = Finding::error(codes::SIGNERS, message).at_saying(signers.span, "nobody could approve a plan");
        finding.help("one key a line, as ssh-keygen(1) says under ALLOWED SIGNERS; `samnet approve` reads it from here")
    };
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() => return Some(cannot("is no regular file")),
        Ok(about) if about.len() > LARGEST => return Some(cannot("is larger than 1 MiB")),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(cannot("does not exist")),
        Err(error) => return Some(cannot(&format!("cannot be read: {error}"))),
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return Some(cannot(&format!("cannot be read: {error}"))),
    };
    // Only times need a zone, and none of them is compared here.
    let Err(SignersError::Line { line, reason, .. }) = Signers::parse(&text, &signers.value, &TimeZone::UTC) else {
        return None;
    };
    let lines = text.split_inclusive('\n').take(line);
    let end: usize = lines.clone().map(str::len).sum();
    let last = lines.last().map_or("", |line| line.trim_end_matches(['\n', '\r']));
    let start = end - text.get(..end).and_then(|text| text.split_inclusive('\n').next_back()).map_or(0, str::len);
    let file = sources.add(&signers.value, text.as_str());
    let finding = Finding::error(codes::SIGNERS, format!("a line of the signers cannot be used: {reason}"));
    Some(
        finding
            .at(Span::new(file, start..start + last.len()))
            .label(signers.span, "nobody could approve a plan")
            .help("write NAME namespaces=\"samnet-plan\" and the whole line of the public key"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sp;

    /// Code and line of what is said of a file of signers.
    fn said(text: Option<&str>) -> Option<(String, usize)> {
        let root = tempfile::tempdir().unwrap();
        let mut sources = Sources::new();
        let rules = sources.add("change.yaml", "change: { signers: signers }\n");
        std::fs::write(root.path().join("change.yaml"), "").unwrap();
        if let Some(text) = text {
            std::fs::write(root.path().join("signers"), text).unwrap();
        }
        let signers = Some(Sp::new("signers".to_owned(), Span::new(rules, 19..26)));
        let finding = inspect(root.path(), &Change { signers, ..Change::default() }, &mut sources)?;
        Some((finding.code.to_string(), sources.place(finding.span.unwrap()).line))
    }

    #[test]
    fn a_missing_file_is_told_where_it_is_named_and_a_broken_line_where_it_stands() {
        assert_eq!(said(None), Some(("SN-620".to_owned(), 1)));
        assert_eq!(said(Some("# nobody yet\n")), None);
        assert_eq!(said(Some("# one\n\nnatverk@amal ssh-ed25519 AAAAC3Nz\n")), Some(("SN-620".to_owned(), 3)));
    }
}
