//! Findings for people and for programs.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use crate::finding::{Finding, Severity, codes};
use crate::source::yaml::short;
use crate::source::{FileId, Sources, Span};

/// Lines between two places that still make one picture.
const NEAR: usize = 4;
/// Longest line that is shown, in bytes; the column says where in a longer one.
const LONGEST: usize = 400;

/// How many findings there are of each severity, and in what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
    /// Files read.
    pub files: usize,
    /// Devices in the model.
    pub devices: usize,
}

impl Summary {
    /// Counts findings.
    #[must_use]
    pub fn of(findings: &[Finding], files: usize, devices: usize) -> Self {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            files,
            devices,
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let mut parts: Vec<String> = Vec::new();
        for (count, what) in [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")] {
            if count > 0 {
                parts.push(many(count, what));
            }
        }
        let found = if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") };
        write!(f, "{found} in {}, {}", many(self.files, "file"), many(self.devices, "device"))
    }
}

/// Findings as people read them, each with its lines; an empty line behind each.
#[must_use]
pub fn human(sources: &Sources, findings: &[Finding], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for finding in findings {
        out.push_str(&renderer.render(&[picture(sources, finding)]));
        out.push_str("\n\n");
    }
    out
}

fn picture<'f>(sources: &'f Sources, finding: &'f Finding) -> Group<'f> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&*finding.message).id(finding.code.to_string()));
    let mut places: Vec<Shown<'f>> = Vec::new();
    for (span, text, primary) in finding
        .span
        .map(|span| (span, &*finding.here, true))
        .into_iter()
        .chain(finding.labels.iter().map(|label| (label.span, label.text.as_str(), false)))
    {
        places.push(Shown::of(sources, span, text, primary));
    }
    // Places close to each other share a picture, so each line stands once.
    let mut drawn: Vec<Vec<Shown<'f>>> = Vec::new();
    for place in places {
        let near = drawn.iter_mut().find(|have| have.iter().any(|other| other.near(&place)));
        match near {
            Some(have) => have.push(place),
            None => drawn.push(vec![place]),
        }
    }
    for places in drawn {
        // The line may hold the secret itself, and this output ends up in logs.
        let hidden = finding.code == codes::SECRET_VALUE;
        group = match snippet(sources, &places).filter(|_| !hidden) {
            Some(snippet) => group.element(snippet),
            None => places.iter().fold(group, |group, place| group.element(place.origin(sources))),
        };
    }
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    }
}

/// One place of a finding, cut to its first line.
struct Shown<'f> {
    span: Span,
    text: &'f str,
    primary: bool,
    /// From 1; 0 for a whole file.
    line: usize,
    column: usize,
}

impl<'f> Shown<'f> {
    fn of(sources: &Sources, span: Span, text: &'f str, primary: bool) -> Self {
        let place = sources.place(span);
        Self { span, text, primary, line: place.line, column: place.column }
    }

    fn near(&self, other: &Self) -> bool {
        self.span.file == other.span.file && self.line > 0 && other.line > 0 && self.line.abs_diff(other.line) <= NEAR
    }

    fn origin(&self, sources: &Sources) -> Origin<'f> {
        let origin = Origin::path(sources.path(self.span.file).display().to_string());
        if self.line == 0 { origin } else { origin.line(self.line).char_column(self.column) }
    }
}

/// The lines around some places of one file; `None` where there are none to show.
fn snippet<'f>(sources: &'f Sources, places: &[Shown<'f>]) -> Option<Snippet<'f, Annotation<'f>>> {
    let file = places.first()?.span.file;
    let first = places.iter().map(|place| place.line).min().filter(|line| *line > 0)?;
    let last = places.iter().map(|place| place.line).max()?;
    let text = sources.text(file);
    let starts = sources.line_start(file, first)?;
    let ends = sources.line_start(file, last + 1).unwrap_or(text.len());
    let lines = text.get(starts..ends)?.trim_end_matches(['\r', '\n']);
    if lines.lines().any(|line| line.len() > LONGEST) {
        return None;
    }
    let mut snippet = Snippet::source(lines).line_start(first).path(path(sources, file));
    for place in places {
        let kind = if place.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(within(lines, place.span, starts)?);
        let label = (!place.text.is_empty()).then_some(place.text);
        snippet = snippet.annotation(annotation.label(label));
    }
    Some(snippet)
}

fn path(sources: &Sources, file: FileId) -> String {
    sources.path(file).display().to_string()
}

/// A span as a range of some lines, cut at the end of its first line and at whole characters.
fn within(lines: &str, span: Span, offset: usize) -> Option<Range<usize>> {
    let start = span.range().start.checked_sub(offset)?.min(lines.len());
    let end = span.range().end.checked_sub(offset)?.min(lines.len());
    let rest = lines.get(start..)?;
    let line = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let end = end.clamp(start, start + line);
    lines.is_char_boundary(end).then_some(start..end)
}

/// Findings as one JSON document; `version` rises when a field changes its meaning or goes.
#[must_use]
pub fn json(sources: &Sources, findings: &[Finding], summary: Summary) -> Value {
    let place = |span: Span| {
        let start = sources.place(span);
        let end = sources.place(Span { start: span.end, ..span });
        let whole = start.line == 0;
        json!({
            "path": start.path.display().to_string(),
            "line": (!whole).then_some(start.line),
            "column": (!whole).then_some(start.column),
            "end_line": (!whole).then_some(end.line),
            "end_column": (!whole).then_some(end.column),
        })
    };
    let one = |finding: &Finding| {
        json!({
            "code": finding.code.to_string(),
            "severity": finding.severity.word(),
            "title": codes::entry(finding.code).map(|entry| entry.title),
            "message": finding.message,
            "place": finding.span.map(place),
            "here": (!finding.here.is_empty()).then_some(&finding.here),
            "related": finding.labels.iter().map(|label| json!({ "place": place(label.span), "text": label.text })).collect::<Vec<_>>(),
            "help": finding.help,
        })
    };
    json!({
        "version": 1,
        "findings": findings.iter().map(one).collect::<Vec<_>>(),
        "summary": {
            "errors": summary.errors,
            "warnings": summary.warnings,
            "notes": summary.notes,
            "files": summary.files,
            "devices": summary.devices,
        },
    })
}

/// The last line of a list of findings, where there are any.
#[must_use]
pub fn more(findings: &[Finding]) -> Option<String> {
    let code = findings.first()?.code;
    Some(format!("more: samnet explain {}", short(&code.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    const YAML: &str = "vlans:\n  - { id: 40, name: gast }\n\n\n\n\n\n\n  - { id: 40, name: kamera }\n";

    fn finding() -> (Sources, Finding) {
        let mut sources = Sources::new();
        let file = sources.add("inventory/vlans.yaml", YAML);
        let at = |from: usize| Span::new(file, from..from + 2);
        let second = YAML.rfind("40").unwrap();
        let first = YAML.find("40").unwrap();
        let finding = Finding::error(Code(204), "VLAN 40 has two meanings")
            .at_saying(at(second), "used here for \"kamera\"")
            .label(at(first), "first used here for \"gast\"")
            .help("free ids near it are 41 and 42");
        (sources, finding)
    }

    #[test]
    fn a_finding_looks_like_a_compiler_s() {
        let (sources, finding) = finding();
        insta::assert_snapshot!(human(&sources, &[finding], false), @r#"
        error[SN-204]: VLAN 40 has two meanings
         --> inventory/vlans.yaml:9:11
          |
        9 |   - { id: 40, name: kamera }
          |           ^^ used here for "kamera"
          |
         ::: inventory/vlans.yaml:2:11
          |
        2 |   - { id: 40, name: gast }
          |           -- first used here for "gast"
          |
          = help: free ids near it are 41 and 42
        "#);
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let (sources, finding) = finding();
        let colored = human(&sources, std::slice::from_ref(&finding), true);
        assert!(colored.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), human(&sources, &[finding], false));
    }

    #[test]
    fn every_place_can_be_shown() {
        // Whole files, empty files, ends of files, foreign spans, spans over lines, CRLF, long lines.
        let mut sources = Sources::new();
        let long = format!("a: {}\nb: 1\r\n", "å".repeat(5_000_000));
        let files =
            [sources.add("empty.yaml", ""), sources.add("long.yaml", long.as_str()), sources.add("a.yaml", YAML)];
        for file in files {
            let end = sources.text(file).len();
            for range in [0..0, 0..end, end..end, end + 5..end + 9, 3..4, 1..10_000_006, 6..7] {
                let finding = Finding::warning(Code(3), "odd").at_saying(Span::new(file, range.clone()), "here");
                let shown = human(&sources, std::slice::from_ref(&finding), false);
                assert!(shown.contains("warning[SN-003]: odd"), "{range:?} {shown}");
                assert!(shown.len() < 2000, "{range:?} {}", shown.len());
                assert!(shown.contains(&path(&sources, file)), "{range:?} {shown}");
            }
        }
    }

    #[test]
    fn json_says_what_the_picture_says() {
        let (sources, finding) = finding();
        let summary = Summary::of(std::slice::from_ref(&finding), 1, 0);
        let said = json(&sources, std::slice::from_ref(&finding), summary);
        let shown = human(&sources, &[finding], false);
        let found = &said["findings"][0];
        for text in [&found["code"], &found["message"], &found["here"], &found["help"], &found["related"][0]["text"]] {
            assert!(shown.contains(text.as_str().unwrap()), "{text}");
        }
        assert_eq!((&found["place"]["line"], &found["place"]["column"]), (&json!(9), &json!(11)));
        assert_eq!(found["place"]["end_column"], json!(13));
        assert_eq!(said["summary"]["errors"], json!(1));
    }

    #[test]
    fn the_summary_counts() {
        let summary = Summary { errors: 1, warnings: 2, notes: 0, files: 64, devices: 83 };
        assert_eq!(summary.to_string(), "1 error, 2 warnings in 64 files, 83 devices");
        assert_eq!(Summary { files: 1, ..Summary::default() }.to_string(), "nothing found in 1 file, 0 devices");
    }
}
