//! Findings for people and for programs: one listing, and one file per format that only writes it down.

use std::collections::BTreeMap;

use crate::finding::baseline::{Prints, slashed};
use crate::finding::{Code, Finding, Severity, codes, plain};
use crate::source::{Sources, Span};

mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod sarif;

pub use human::{compared, human};

/// The formats findings can be written in; the first is the default.
pub const FORMATS: [&str; 6] = ["human", "json", "sarif", "junit", "github", "gitlab"];

/// How many findings there are of each severity, and in what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings, those that were there before apart.
    pub found: Count,
    /// Findings that were there before; `None` where nobody compared.
    pub before: Option<Count>,
    /// Files read.
    pub files: usize,
    /// Devices in the model.
    pub devices: usize,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
}

impl Count {
    fn of(severities: impl Iterator<Item = Severity>) -> Self {
        let mut count = Self::default();
        for severity in severities {
            match severity {
                Severity::Error => count.errors += 1,
                Severity::Warning => count.warnings += 1,
                Severity::Note => count.notes += 1,
            }
        }
        count
    }

    /// "1 error, 2 warnings", each with a word before its name.
    fn words(self, kind: &str) -> Option<String> {
        let named = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let parts: Vec<String> = named
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| many(*count, &format!("{kind}{what}")))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let in_what = format!("in {}, {}", many(self.files, "file"), many(self.devices, "device"));
        let Some(before) = self.before else {
            return write!(f, "{} {in_what}", self.found.words("").unwrap_or_else(|| "nothing found".to_owned()));
        };
        let found = self.found.words("new ").unwrap_or_else(|| "nothing new".to_owned());
        match before.words("") {
            Some(before) => write!(f, "{found} {in_what}; {before} before"),
            None => write!(f, "{found} {in_what}"),
        }
    }
}

/// A place as formats write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where {
    /// Path with `/` between its parts, relative to the project folder.
    pub path: String,
    /// The lines and columns; `None` for a whole file.
    pub region: Option<Region>,
}

/// Lines and columns, counted from 1 in characters; the end is the place behind the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column behind the last.
    pub end_column: usize,
}

impl std::fmt::Display for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.region {
            None => f.write_str(&self.path),
            Some(region) => write!(f, "{}:{}:{}", self.path, region.line, region.column),
        }
    }
}

/// One finding as formats write it: harmless text, places resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; `None` when no file is to blame.
    pub place: Option<Where>,
    /// What to say at the place; may be empty.
    pub here: String,
    /// Related places, each with what to say there.
    pub related: Vec<(Where, String)>,
    /// The way out.
    pub help: Option<String>,
    /// What a fix does, and its edits: a place and what to write there.
    pub fix: Option<(String, Vec<(Where, String)>)>,
    /// Equal for the same finding in another revision, whatever lines were added above it.
    pub fingerprint: String,
    /// How many findings before this one have the same fingerprint.
    pub repeat: usize,
    /// Whether it is new; `None` where nobody compared.
    pub new: Option<bool>,
}

impl Item {
    /// What a code stands for, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        codes::entry(self.code).map_or("", |entry| entry.title)
    }

    /// Whether it was there before.
    #[must_use]
    pub fn old(&self) -> bool {
        self.new == Some(false)
    }

    /// A fingerprint that no other finding of the listing has.
    fn unique(&self) -> String {
        match self.repeat {
            0 => self.fingerprint.clone(),
            repeat => format!("{}-{repeat}", self.fingerprint),
        }
    }

    /// Message, help and related places, for formats that have one text for all of it.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.message.clone()];
        lines.extend((!self.here.is_empty()).then(|| format!("here: {}", self.here)));
        lines.extend(self.related.iter().map(|(place, text)| format!("{place}: {text}")));
        lines.extend(self.help.iter().map(|help| format!("help: {help}")));
        lines
    }
}

/// Findings and their summary, ready to be written in any format.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The findings, the new ones first.
    pub items: Vec<Item>,
    /// Their count.
    pub summary: Summary,
    /// How many fixes were made before this was found; `None` where nobody asked for them.
    pub fixed: Option<usize>,
    /// The folder that paths are below, for formats whose reader stands elsewhere; empty or ending in `/`.
    pub below: String,
}

impl Listing {
    /// Lists findings; `news` says which are new, where somebody compared.
    #[must_use]
    pub fn of(sources: &Sources, findings: &[Finding], news: Option<&[bool]>) -> Self {
        let prints = Prints::over(sources, findings);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut items: Vec<Item> = Vec::with_capacity(findings.len());
        for (n, finding) in findings.iter().enumerate() {
            let fingerprint = prints.of(finding, str::to_owned);
            let repeat = seen.entry(fingerprint.clone()).or_default();
            let place = |span: Span| resolve(sources, span);
            let fix = finding.fix.as_ref().map(|fix| {
                let edits = fix.edits.iter().map(|edit| (place(edit.span), edit.text.clone())).collect();
                (plain(&fix.title).into_owned(), edits)
            });
            items.push(Item {
                code: finding.code,
                severity: finding.severity,
                message: plain(&finding.message).into_owned(),
                place: finding.span.map(place),
                here: plain(&finding.here).into_owned(),
                related: finding.labels.iter().map(|l| (place(l.span), plain(&l.text).into_owned())).collect(),
                help: finding.help.as_deref().map(|help| plain(help).into_owned()),
                fix,
                fingerprint,
                repeat: *repeat,
                new: news.map(|news| news.get(n).copied().unwrap_or(true)),
            });
            *repeat += 1;
        }
        let severities = |old: bool| items.iter().filter(move |item| item.old() == old).map(|item| item.severity);
        let summary = Summary {
            found: Count::of(severities(false)),
            before: news.map(|_| Count::of(severities(true))),
            ..Summary::default()
        };
        items.sort_by_key(Item::old);
        Self { items, summary, fixed: None, below: String::new() }
    }

    /// Whether an error is among what is new.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.summary.found.errors > 0
    }

    /// The listing in a format for programs; `None` for a format this does not know.
    #[must_use]
    pub fn write(&self, format: &str) -> Option<String> {
        match format {
            "json" => Some(format!("{:#}\n", json::document(self))),
            "sarif" => Some(format!("{:#}\n", sarif::document(self))),
            "junit" => Some(junit::document(self)),
            "github" => Some(github::commands(self)),
            "gitlab" => Some(format!("{:#}\n", gitlab::document(self))),
            _ => None,
        }
    }
}

fn resolve(sources: &Sources, span: Span) -> Where {
    let start = sources.place(span);
    let end = sources.place(Span { start: span.end, ..span });
    let region = Region { line: start.line, column: start.column, end_line: end.line, end_column: end.column };
    Where { path: plain(&slashed(&start.path)).into_owned(), region: (start.line > 0).then_some(region) }
}

#[cfg(test)]
mod tests;
