//! Findings as people read them, like a compiler's.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::finding::baseline::slashed;
use crate::finding::{Code, Finding, Label, Severity, Veil, plain};
use crate::source::{FileId, Sources, Span};

/// Findings of one code that are shown; the rest is counted. Formats for machines have all of them.
const MOST: usize = 50;
/// Lines between two places that still make one picture.
const NEAR: usize = 4;
/// Longest line that is shown, in bytes; the column says where in a longer one.
const LONGEST: usize = 400;

/// Findings as people read them, each with its lines; an empty line behind each.
#[must_use]
pub fn human(sources: &Sources, findings: &[Finding], color: bool) -> String {
    compared(sources, findings, None, color)
}

/// The same where somebody compared: `news` says which are new. What was there before comes last, and pale.
#[must_use]
pub fn compared(sources: &Sources, findings: &[Finding], news: Option<&[bool]>, color: bool) -> String {
    let veil = Veil::over(findings);
    let mut explained = BTreeSet::new();
    let mut out = String::new();
    let mut shown: BTreeMap<Code, (usize, Severity)> = BTreeMap::new();
    let is_old = |n: usize| news.is_some_and(|news| news.get(n) == Some(&false));
    for old in [false, true] {
        for (_, finding) in findings.iter().enumerate().filter(|(n, _)| is_old(*n) == old) {
            let (count, severity) = shown.entry(finding.code).or_insert((0, finding.severity));
            *count += 1;
            *severity = finding.severity.max(*severity);
            if *count > MOST {
                continue;
            }
            // Its long text is offered once, not with each of fifty findings.
            let more = explained.insert(finding.code);
            let finding = harmless(finding);
            let group = picture(sources, &veil, &finding, more, old);
            if old && color {
                let dimmed = anstyle::Style::new().dimmed();
                for line in Renderer::plain().render(&[group]).lines() {
                    out.push_str(&format!("{dimmed}{line}{dimmed:#}\n"));
                }
                out.push('\n');
                continue;
            }
            let renderer = if color { Renderer::styled() } else { Renderer::plain() };
            out.push_str(&renderer.render(&[group]));
            out.push_str("\n\n");
        }
    }
    for (code, (count, severity)) in shown {
        if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0) {
            let message = format!("and {} more of {code}", thousands(more));
            let finding = Finding { severity, ..Finding::error(code, message) };
            let finding = finding.help("they most likely have one cause; `--format json` lists them all");
            let renderer = if color { Renderer::styled() } else { Renderer::plain() };
            out.push_str(&renderer.render(&[picture(sources, &veil, &finding, false, false)]));
            out.push_str("\n\n");
        }
    }
    out
}

/// A number with a comma at every thousand.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The finding with every text made harmless.
fn harmless(finding: &Finding) -> Finding {
    let label = |label: &Label| Label { span: label.span, text: plain(&label.text).into_owned() };
    Finding {
        message: plain(&finding.message).into_owned(),
        here: plain(&finding.here).into(),
        labels: finding.labels.iter().map(label).collect(),
        help: finding.help.as_deref().map(|help| plain(help).into()),
        ..finding.clone()
    }
}

fn picture<'f>(sources: &'f Sources, veil: &Veil, finding: &'f Finding, more: bool, old: bool) -> Group<'f> {
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
        group = match snippet(sources, veil, &places) {
            Some(snippet) => group.element(snippet),
            None => places.iter().fold(group, |group, place| {
                let group = group.element(place.origin(sources));
                if place.text.is_empty() { group } else { group.element(Level::NOTE.no_name().message(place.text)) }
            }),
        };
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(&**help));
    }
    if finding.fix.is_some() {
        group = group.element(Level::NOTE.with_name("fix").message("`samnet validate --fix` mends this"));
    }
    if old {
        group = group.element(Level::NOTE.no_name().message("was there before"));
    }
    if more {
        let command = format!("samnet explain {}", finding.code);
        group = group.element(Level::NOTE.with_name("more").message(command));
    }
    group
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
        let origin = Origin::path(path(sources, self.span.file));
        if self.line == 0 { origin } else { origin.line(self.line).char_column(self.column) }
    }
}

/// The lines around some places of one file; `None` where there are none to show.
fn snippet<'f>(sources: &'f Sources, veil: &Veil, places: &[Shown<'f>]) -> Option<Snippet<'f, Annotation<'f>>> {
    let file = places.first()?.span.file;
    let first = places.iter().map(|place| place.line).min().filter(|line| *line > 0)?;
    let last = places.iter().map(|place| place.line).max()?;
    let text = sources.text(file);
    let starts = sources.line_start(file, first)?;
    let ends = sources.line_start(file, last + 1).unwrap_or(text.len());
    let lines = text.get(starts..ends)?.trim_end_matches(['\r', '\n']);
    // A line may hold a secret itself, and this output ends up in logs.
    if lines.lines().any(|line| line.len() > LONGEST) || veil.hides(file, &(starts..ends)) {
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
    plain(&slashed(sources.path(file))).into_owned()
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
