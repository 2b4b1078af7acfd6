//! Names that nothing defines, one file for each kind of thing that is named.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::MOST_LABELS;
use crate::finding::{About, Code, Finding, codes, nearest};
use crate::model::{Network, Part};
use crate::source::yaml::short;
use crate::source::{Sp, Span};
use crate::value::Id;

pub(super) mod circles;
pub(super) mod devices;
pub(super) mod features;
pub(super) mod idle_models;
pub(super) mod idle_profiles;
pub(super) mod idle_secrets;
pub(super) mod listed;
pub(super) mod models;
pub(super) mod organisations;
pub(super) mod platforms;
pub(super) mod profiles;
pub(super) mod racks;
pub(super) mod rooms;
pub(super) mod routers;
pub(super) mod secrets;
pub(super) mod segments;
pub(super) mod tags;
pub(super) mod vlans;

/// The names of one kind: what defines them, and who names what nothing defines.
pub(super) struct Names<'n> {
    what: &'static str,
    code: Code,
    /// Where each is defined; more than once is a finding of its own.
    defined: BTreeMap<&'n str, Vec<Span>>,
    /// The file they are defined in.
    file: &'static str,
    /// Whether every name was read; else a missing one says nothing.
    whole: bool,
    named: BTreeSet<&'n str>,
    unknown: BTreeMap<&'n str, BTreeSet<Span>>,
}

impl<'n> Names<'n> {
    fn new(
        network: &Network,
        what: &'static str,
        part: Part,
        file: &'static str,
        all: impl Iterator<Item = (&'n str, Span)>,
    ) -> Self {
        let mut defined: BTreeMap<&'n str, Vec<Span>> = BTreeMap::new();
        for (name, span) in all {
            defined.entry(name).or_default().push(span);
        }
        let whole = network.gaps.whole(part);
        Self { what, code: codes::UNKNOWN_NAME, defined, file, whole, named: BTreeSet::new(), unknown: BTreeMap::new() }
    }

    /// Tells of unknown names by another code.
    pub(super) fn told_as(self, code: Code) -> Self {
        Self { code, ..self }
    }

    /// Adds a name that is built in.
    pub(super) fn also(mut self, name: &'n str) -> Self {
        self.defined.entry(name).or_default();
        self.named.insert(name);
        self
    }

    pub(super) fn look(&mut self, name: &'n Sp<Id>) {
        self.find(name.as_str(), name.span);
    }

    /// Remembers that a name is used.
    pub(super) fn find(&mut self, name: &'n str, span: Span) {
        if self.defined.contains_key(name) {
            self.named.insert(name);
        } else {
            self.unknown.entry(name).or_default().insert(span);
        }
    }

    /// Says which names nothing defines, each once: where it was mistyped, or where its definition was.
    pub(super) fn tell(self, findings: &mut Vec<Finding>) {
        // Where one name is given twice, what is missing most likely is the other's.
        if !self.whole || (self.unknown.len() == 1 && self.defined.values().any(|spans| spans.len() > 1)) {
            return;
        }
        if self.unknown.len() > 1 && self.defined.values().all(Vec::is_empty) {
            findings.extend(self.none_at_all());
            return;
        }
        for (name, spans) in &self.unknown {
            let Some(first) = spans.first() else { continue };
            findings.push(match self.meant_by(name, spans.len()) {
                Some((meant, at)) => Finding::error(
                    self.code,
                    format!("{} places name the {} `{}`, and nothing defines it", spans.len(), self.what, short(name)),
                )
                .at_saying(at, format!("`{meant}` stands here, and nothing names it"))
                .label(*first, "the first of those places")
                .about(self.about(name, spans))
                .help(format!("call it `{}` here, or `{meant}` there", short(name))),
                None => self.at_use(name, *first, spans),
            });
        }
    }

    /// Names of which nothing defines any have one file in common that is not there, or says nothing.
    fn none_at_all(&self) -> Option<Finding> {
        let (what, names) = (self.what, self.unknown.len());
        let places: BTreeSet<Span> = self.unknown.values().flatten().copied().collect();
        let first = places.first()?;
        let some: Vec<String> =
            self.unknown.keys().take(MOST_LABELS).map(|name| format!("`{}`", short(name))).collect();
        let more = if names > some.len() { format!(" and {} more", names - some.len()) } else { String::new() };
        let message =
            format!("nothing defines any {what}, and {}{more} are named in {} places", some.join(", "), places.len());
        let others = places.iter().skip(1).take(MOST_LABELS).copied();
        let finding = Finding::error(self.code, message).at(*first).labels(others, "here as well");
        Some(
            finding.about(About::Undefined(what)).help(format!(
                "they belong in {}, which is not there or has none: bring it back, or write it",
                self.file
            )),
        )
    }

    /// The one definition that nothing names, where several places name what it could be.
    fn meant_by(&self, name: &str, places: usize) -> Option<(&'n str, Span)> {
        let mut idle = self.defined.iter().filter(|(name, _)| !self.named.contains(*name));
        let (only, at) = idle.next().filter(|_| idle.next().is_none())?;
        let likely = self.unknown.len() == 1 || nearest(name, [*only]).is_some();
        (places > 1 && likely).then_some((*only, *at.first()?))
    }

    fn about(&self, name: &str, spans: &BTreeSet<Span>) -> About {
        About::Unknown { kind: self.what, name: name.into(), places: spans.len() }
    }

    fn at_use(&self, name: &str, first: Span, spans: &BTreeSet<Span>) -> Finding {
        let more = match spans.len() {
            1 => String::new(),
            many => format!(", and {many} places name it"),
        };
        let message = format!("there is no {} `{}`{more}", self.what, short(name));
        let mut finding = Finding::error(self.code, message).at(first).about(self.about(name, spans));
        for span in spans.iter().skip(1).take(MOST_LABELS) {
            finding = finding.label(*span, "named here as well");
        }
        // What nothing names most likely was what is meant, under the name it had.
        let mut idle = self.defined.iter().filter(|(name, _)| !self.named.contains(*name));
        if let (Some((only, at)), None, 1) = (idle.next(), idle.next(), self.unknown.len())
            && let Some(at) = at.first()
        {
            finding = finding.label(*at, format!("nothing names `{only}`, which stands here"));
        }
        let finding = finding.meant(name, self.defined.keys().copied(), || match self.defined.len() {
            1..=12 => {
                format!("{} has {}", self.file, self.defined.keys().copied().collect::<Vec<_>>().join(", "))
            }
            _ => format!("add it to {}", self.file),
        });
        // Whom a flow lets in is for nobody to guess.
        let fix = finding.fix.clone().filter(|_| self.code != codes::FLOW_SEGMENT);
        Finding { fix, ..finding }.unless_idle(|name| self.named.contains(name))
    }
}
