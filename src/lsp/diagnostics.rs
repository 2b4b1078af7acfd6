//! Findings as editors show them, and their fixes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::text::{Encoding, Lines, Range};
use super::uri;
use crate::finding::{Code, Finding, Severity, codes};
use crate::source::{FileId, Sources, Span};

/// Codes about something that does nothing: editors show it faded.
const UNNECESSARY: &[Code] = &[codes::UNUSED_FILE, codes::UNKNOWN_KEY];

/// What the client can show.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wishes {
    /// What columns count.
    pub(super) encoding: Encoding,
    /// Whether related places are shown; else they go into the message.
    pub(super) related: bool,
    /// Whether tags are understood.
    pub(super) tags: bool,
}

/// One finding for one file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    /// Where.
    pub(super) range: Range,
    /// What the client is told.
    pub(super) diagnostic: Value,
    /// What would mend it.
    pub(super) fix: Option<Mending>,
}

impl Note {
    /// Whether a project's own rules said it.
    pub(super) fn is_of_rules(&self) -> bool {
        let rules = [codes::RULE_DENY, codes::RULE_WARN, codes::RULE_BROKEN, codes::RULE_STOPPED];
        let code = self.diagnostic.get("code").and_then(Value::as_str);
        rules.iter().any(|rule| code == Some(&rule.to_string()))
    }
}

/// A fix in the protocol's terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mending {
    /// What it does.
    pub(super) title: String,
    /// What goes where, with the file's absolute path.
    pub(super) edits: Vec<(PathBuf, Range, String)>,
}

/// Findings by absolute path. One without a file stands in the file that makes the folder a project.
pub(super) fn notes(
    root: &Path,
    sources: &Sources,
    findings: &[Finding],
    wishes: Wishes,
) -> BTreeMap<PathBuf, Vec<Note>> {
    let mut maker = Maker { root, sources, wishes, lines: BTreeMap::new() };
    let mut notes: BTreeMap<PathBuf, Vec<Note>> = BTreeMap::new();
    for finding in findings {
        let path = finding.span.and_then(|span| maker.path(span.file));
        let own = path.is_some();
        let path = path.unwrap_or_else(|| root.join("inventory/network.yaml"));
        let range = finding.span.filter(|_| own).map(|span| maker.first_line(span)).unwrap_or_default();
        let note = maker.note(finding, range);
        notes.entry(path).or_default().push(note);
    }
    notes
}

struct Maker<'s> {
    root: &'s Path,
    sources: &'s Sources,
    wishes: Wishes,
    lines: BTreeMap<FileId, Lines>,
}

impl Maker<'_> {
    /// The absolute path of a file that exists outside the program.
    fn path(&self, file: FileId) -> Option<PathBuf> {
        let path = self.sources.path(file);
        let known = ["yaml", "yml", "rego"];
        let kind = path.extension()?;
        known.iter().any(|known| kind.eq_ignore_ascii_case(known)).then(|| self.root.join(path))
    }

    fn range(&mut self, span: Span) -> Range {
        let text = self.sources.text(span.file);
        let lines = self.lines.entry(span.file).or_insert_with(|| Lines::of(text));
        lines.range(text, span.range(), self.wishes.encoding)
    }

    /// As a range; a span over many lines would paint half the file, so it ends with its first line.
    fn first_line(&mut self, span: Span) -> Range {
        let text = self.sources.text(span.file).get(span.range()).unwrap_or_default();
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        let start = span.range().start;
        self.range(Span::new(span.file, start..start + length))
    }

    fn note(&mut self, finding: &Finding, range: Range) -> Note {
        let mut message = finding.message.clone();
        if !finding.here.is_empty() {
            message.push_str(": ");
            message.push_str(&finding.here);
        }
        let mut related = Vec::new();
        for label in &finding.labels {
            match self.path(label.span.file).filter(|_| self.wishes.related) {
                Some(path) => related.push(json!({
                    "location": { "uri": uri::uri(&path), "range": self.first_line(label.span) },
                    "message": label.text,
                })),
                None => message.push_str(&format!("\n{}: {}", self.sources.place(label.span), label.text)),
            }
        }
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        let severity = match finding.severity {
            Severity::Error => 1,
            Severity::Warning => 2,
            Severity::Note => 3,
        };
        let mut diagnostic = json!({
            "range": range,
            "severity": severity,
            "code": finding.code.to_string(),
            "source": "samnet",
            "message": message,
        });
        if let Value::Object(fields) = &mut diagnostic {
            if !related.is_empty() {
                fields.insert("relatedInformation".to_owned(), Value::Array(related));
            }
            if self.wishes.tags && UNNECESSARY.contains(&finding.code) {
                fields.insert("tags".to_owned(), json!([1]));
            }
        }
        Note { range, diagnostic, fix: self.mending(finding) }
    }

    fn mending(&mut self, finding: &Finding) -> Option<Mending> {
        let fix = finding.fix.as_ref()?;
        let mut edits = Vec::new();
        for edit in &fix.edits {
            edits.push((self.path(edit.span.file)?, self.range(edit.span), edit.text.clone()));
        }
        Some(Mending { title: fix.title.clone(), edits })
    }
}

/// The actions that mend what is wrong within a range, or what the client asks about: some ask from anywhere on its line.
pub(super) fn actions(notes: &[Note], range: Range, asked: &[Value], uri_of: impl Fn(&Path) -> String) -> Vec<Value> {
    let same = |note: &Note, one: &Value| {
        ["code", "range", "message"].iter().all(|key| one.get(key) == note.diagnostic.get(key))
    };
    let touches = |note: &&Note| {
        note.range.start <= range.end && range.start <= note.range.end || asked.iter().any(|one| same(note, one))
    };
    let action = |note: &Note| {
        let fix = note.fix.as_ref()?;
        let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (path, range, text) in &fix.edits {
            changes.entry(uri_of(path)).or_default().push(json!({ "range": range, "newText": text }));
        }
        Some(json!({
            "title": fix.title,
            "kind": "quickfix",
            "diagnostics": [note.diagnostic],
            "isPreferred": true,
            "edit": { "changes": changes },
        }))
    };
    notes.iter().filter(touches).filter_map(action).collect()
}
