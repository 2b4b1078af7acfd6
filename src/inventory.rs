//! YAML files to the model, with a place for every value.
//!
//! Each file is read on its own, so one that is broken takes nothing with it but what it says itself;
//! [`Gaps`] remembers that, and nobody then calls missing what merely could not be read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::finding::{Edit, Finding, Fix, any_error, codes, nearest};
use crate::model::{Change, DeviceModel, Flow, Gaps, Naming, Network, Part, PortProfile, Segment, Site, Ssid, Vlan};
use crate::source::yaml::{self, Kind, Node, ProblemKind};
use crate::source::{FileId, Sources, Sp, Span};
use crate::value::{Digest, Id};

mod decode;
mod files;
mod hardware;
mod lab;
mod mend;
mod network;
mod pattern;
mod policy;
pub mod schema;
mod services;
mod shape;
mod site;

use decode::Reader;
pub use files::Overlay;
use files::{Content, Found, Place, What};
pub use lab::{Before, Old, OldSsid, OldVlan, before};

/// What a project folder says, and what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// Every file read.
    pub sources: Sources,
    /// The model, as complete as the files allow.
    pub network: Network,
    /// What is wrong, sorted by place.
    pub findings: Vec<Finding>,
    /// How many of the files make the inventory: the first ones.
    files: usize,
}

impl Loaded {
    /// Digest over every inventory file's path and text, in path order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let files: Vec<(FileId, &Path)> = self.sources.files().take(self.files).collect();
        let digested = files.par_iter().map(|(file, path)| {
            let digest = Digest::of(self.sources.text(*file).as_bytes());
            format!("{}\n{digest}\n", path.display())
        });
        Digest::of(digested.collect::<Vec<_>>().concat().as_bytes())
    }
}

/// What one file says.
enum Said {
    Network(Box<network::Overall>),
    Vlans(Vec<Vlan>),
    Ssids(Vec<Ssid>),
    Profiles(BTreeMap<Id, PortProfile>),
    Models(BTreeMap<String, DeviceModel>),
    Site(Option<Box<Site>>),
    Segments(BTreeMap<Id, Segment>),
    Flows(Vec<Flow>),
    Naming(Naming),
    Change(Change),
}

/// Files that are read one after another where several are at once: as few as keep nobody waiting for the last ones.
const FEW: usize = 8;

/// Reads `inventory/` and `policies/` below `root`. Naming and change rules that a project does not
/// have are the built-in ones.
#[must_use]
pub fn load(root: &Path) -> Loaded {
    load_with(root, &Overlay::default())
}

/// As [`load`], with unsaved texts of an editor in place of what the disk says.
#[must_use]
pub fn load_with(root: &Path, unsaved: &Overlay) -> Loaded {
    let project = Place { root, unsaved };
    let (files, folders) = files::find(project);
    // Files are registered in this order, and so are known by their numbers already.
    let read = files.par_iter().with_max_len(FEW).enumerate().map(|(number, found)| {
        let content = files::read(project, found);
        let said = content.problem.is_none().then(|| parse(found, FileId::nth(number), &content.text));
        (content, said)
    });
    let contents: Vec<(Content, _)> = read.collect();

    let mut sources = Sources::new();
    let mut network = Network::default();
    let mut findings = Vec::new();
    let mut read = Vec::new();
    for (found, (content, said)) in files.into_iter().zip(contents) {
        let text = content.text;
        let file = sources.add(&found.path, Arc::clone(&text));
        match content.problem {
            // What is wrong stands after what could be read; nothing could be, and it is the whole file.
            Some(problem) => {
                findings.push(problem.at(Span::new(file, text.len()..text.len())));
                gap(&mut network.gaps, &found.what);
            }
            None => read.extend(said.map(|said| (found, said))),
        }
    }
    let files = sources.len();
    for (path, finding) in folders {
        let span = path.map(|path| Span::file(sources.add(path, "")));
        if finding.code == codes::UNREADABLE {
            network.gaps.parts.extend([Part::Sites, Part::Flows]);
        }
        if finding.code == codes::NO_PROJECT {
            network.gaps.parts.insert(Part::Network);
        }
        findings.push(Finding { span, ..finding });
    }

    for (found, (said, own)) in read {
        if any_error(&own) {
            gap(&mut network.gaps, &found.what);
        }
        findings.extend(own);
        if let Some(mut said) = said {
            // What names have to look like is each project's own decision.
            if let (Said::Naming(naming), true) = (&mut said, found.is_built_in()) {
                naming.rules.clear();
            }
            place(&mut network, said);
        }
    }
    network.sites.sort_by(|a, b| (&a.organisation.value, &a.id.value).cmp(&(&b.organisation.value, &b.id.value)));
    findings.sort_by(Finding::order);
    Loaded { sources, network, findings, files }
}

fn gap(gaps: &mut Gaps, what: &What) {
    let part = match what {
        What::Network => Part::Network,
        What::Vlans => Part::Vlans,
        What::Ssids => Part::Ssids,
        What::Profiles => Part::Profiles,
        What::Models => Part::Models,
        What::Segments => Part::Segments,
        What::Flows => Part::Flows,
        What::Naming => Part::Naming,
        What::Change => Part::Change,
        What::Site { stem, .. } => {
            gaps.sites.insert(stem.clone());
            return;
        }
    };
    gaps.parts.insert(part);
}

fn place(network: &mut Network, said: Said) {
    match said {
        Said::Network(overall) => {
            let network::Overall { network: head, organisations, address_plan, settings, .. } = &*overall;
            network.name.clone_from(&head.name);
            network.domain.clone_from(&head.domain);
            network.timezone.clone_from(&head.timezone);
            network.host.clone_from(&head.host);
            network.organisations.clone_from(organisations);
            network.plan.clone_from(address_plan);
            network.settings.clone_from(settings);
            network.routing = overall.routing;
            network.lifecycle = overall.lifecycle;
            network.login = overall.login;
            network.secrets = overall.secrets;
        }
        Said::Vlans(vlans) => network.vlans = vlans,
        Said::Ssids(ssids) => network.ssids = ssids,
        Said::Profiles(profiles) => network.profiles = profiles,
        Said::Models(models) => network.models = models,
        Said::Site(site) => network.sites.extend(site.map(|site| *site)),
        Said::Segments(segments) => network.policy.segments = segments,
        Said::Flows(flows) => network.policy.flows.extend(flows),
        Said::Naming(naming) => network.policy.naming = naming,
        Said::Change(change) => network.policy.change = change,
    }
}

/// What is wrong with the YAML of a text that somebody else reads; `is_whole` says whether a text says what it should, and
/// so which slip of the hand it most likely was.
#[must_use]
pub fn broken(file: FileId, text: &str, is_whole: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let problems = yaml::parse(file, text).problems;
    problems.into_iter().take(MANY).map(|problem| told(file, text, problem, is_whole)).collect()
}

fn told(file: FileId, text: &str, problem: yaml::Problem, is_whole: &dyn Fn(&str) -> bool) -> Finding {
    match problem.kind {
        ProblemKind::Syntax => syntax(file, text, &problem, is_whole),
        ProblemKind::Refused => Finding::error(codes::REFUSED_YAML, problem.message).at(problem.span),
        ProblemKind::Blank => {
            let length = text.get(problem.span.range()).map_or(1, |blank| blank.chars().count());
            unseen(problem, &" ".repeat(length))
        }
        ProblemKind::Unseen => unseen(problem, ""),
        ProblemKind::DuplicateKey => {
            let finding = Finding::error(codes::DUPLICATE_KEY, problem.message);
            if let Some(first) = problem.first.filter(|first| is_misnumbered(text, *first)) {
                let finding = finding.at_saying(first, "its number follows below");
                return finding.label(problem.span, "and a second time here");
            }
            let finding = finding.at(problem.span);
            finding.labels(problem.first, "first used here")
        }
    }
}

/// Parses one file and reads what it says.
fn parse(found: &Found, file: FileId, text: &str) -> (Option<Said>, Vec<Finding>) {
    let document = yaml::parse(file, text);
    let mut reader = Reader::of(found.what.schema());
    for problem in document.problems {
        reader.push(told(file, text, problem, &|text| is_whole(found, file, text)));
    }
    let Some(root) = document.root.filter(|root| root.kind != Kind::Null) else {
        if reader.findings.is_empty() {
            let finding = Finding::error(codes::EMPTY_FILE, "the file says nothing").at(Span::file(file));
            reader.push(finding.help("write what belongs there, or delete the file"));
        }
        return (None, reader.findings);
    };
    let said = said(found, &root, file, &mut reader);
    match misshapen(found, file, text, &reader.findings) {
        Some(finding) => (None, vec![finding]),
        None => (said, reader.findings),
    }
}

/// Whether of two equal keys with numbers the first is the odd one: the number before it is missing, and would stand here.
fn is_misnumbered(text: &str, first: Span) -> bool {
    let Some(key) = text.get(first.range()) else { return false };
    let stem = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let number: Option<u32> = key.get(stem.len()..).and_then(|number| number.parse().ok());
    let stands = |number: u32| {
        let key = format!("{stem}{number}:");
        let begins = |at: usize| {
            text.get(..at).is_none_or(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '-'))
        };
        text.match_indices(&key).any(|(at, _)| begins(at))
    };
    let before = number.and_then(|number| number.checked_sub(1)).filter(|before| *before > 0);
    // The number that is missing continues a row.
    !stem.is_empty() && before.is_some_and(|before| !stands(before) && (before == 1 || stands(before - 1)))
}

/// More findings than one slip makes.
const MANY: usize = 20;

/// Several things wrong with how a file is put together, where one small edit mends them all: that is what is wrong.
fn misshapen(found: &Found, file: FileId, text: &str, findings: &[Finding]) -> Option<Finding> {
    let of_shape = |finding: &Finding| {
        matches!(finding.code, codes::WRONG_TYPE | codes::UNKNOWN_KEY | codes::MISSING_KEY | codes::REFUSED_YAML)
    };
    let [first, _, ..] = findings else { return None };
    if let Some(finding) = headless(found, file, text, findings) {
        return Some(finding);
    }
    // So many are no slip, and every try reads the whole file; and what is mended by itself needs no guess.
    if findings.len() > MANY || findings.iter().filter(|finding| finding.fix.is_some()).count() > 1 {
        return None;
    }
    let start = findings.iter().filter(|finding| of_shape(finding)).filter_map(|finding| finding.span).min()?;
    let guess = mend::shape(text, start.range().start, |text| is_whole(found, file, text))?;
    Some(
        Finding::error(first.code, guess.message)
            .at_saying(Span::new(file, guess.at), "here, most likely")
            .help(guess.help),
    )
}

/// Keys that would all be read, were there the line that they belong below.
fn headless(found: &Found, file: FileId, text: &str, findings: &[Finding]) -> Option<Finding> {
    let of_keys = |finding: &Finding| matches!(finding.code, codes::UNKNOWN_KEY | codes::MISSING_KEY | codes::TOO_MANY);
    if text.len() > LARGEST || !findings.iter().all(of_keys) {
        return None;
    }
    let first = findings.iter().filter(|it| it.code == codes::UNKNOWN_KEY).filter_map(|it| it.span).min()?;
    let line = text.get(..first.range().start)?.rfind('\n').map_or(0, |at| at + 1);
    let (before, behind) = text.split_at_checked(line)?;
    let key = schema::roots(found.what.schema()).into_iter().find(|key| {
        let absent = !text.lines().any(|line| line.split(':').next() == Some(key.as_str()));
        absent && is_whole(found, file, &format!("{before}{key}:\n{behind}"))
    })?;
    Some(
        Finding::error(codes::MISSING_KEY, format!("the line `{key}:` is missing in front of this one"))
            .at_saying(first, "this and what follows belongs below it")
            .help(format!("write `{key}:` above, at the margin")),
    )
}

/// Largest file that is tried, in bytes.
const LARGEST: usize = 256 << 10;

/// Whether a text says all that belongs into its file, and nothing else.
fn is_whole(found: &Found, file: FileId, text: &str) -> bool {
    let document = yaml::parse(file, text);
    let mut reader = Reader::of(found.what.schema());
    let root = document.root.filter(|_| document.problems.is_empty());
    root.is_some_and(|root| said(found, &root, file, &mut reader).is_some()) && reader.findings.is_empty()
}

/// A character that nobody sees, and what stands there instead when it is mended.
fn unseen(problem: yaml::Problem, instead: &str) -> Finding {
    let title = if instead.is_empty() { "take it out" } else { "write a space" };
    let edits = vec![Edit { span: problem.span, text: instead.to_owned() }];
    Finding::error(codes::UNSEEN, problem.message)
        .at_saying(problem.span, title)
        .help("such characters come from web pages, word processors and chats; to a program they are letters")
        .fix(Some(Fix { title: title.to_owned(), edits }))
}

/// What broke the file, as near as can be told.
fn syntax(file: FileId, text: &str, problem: &yaml::Problem, is_whole: &dyn Fn(&str) -> bool) -> Finding {
    if let Some(guess) = mend::guess(text, problem.span.range().start, is_whole) {
        let span = Span::new(file, guess.at);
        let finding = Finding::error(codes::SYNTAX, format!("this is not YAML: {}", guess.message));
        let finding = finding.at_saying(span, "here, most likely").help(guess.help);
        return if span == problem.span { finding } else { finding.label(problem.span, "reading stops here") };
    }
    let help = match anchor_meant(text, problem.span.range().start) {
        Some(near) => format!("did you mean `*{near}`? an alias stands for what follows `&{near}` further up"),
        None => {
            "the mistake may stand further up: a bracket or quote that is not closed, or a line in the wrong column"
                .to_owned()
        }
    };
    Finding::error(codes::SYNTAX, format!("this is not YAML: {}", problem.message))
        .at_saying(problem.span, "reading stops here")
        .help(help)
}

/// The anchor above an alias that nothing has, where one is called nearly so.
fn anchor_meant(text: &str, at: usize) -> Option<&str> {
    let name = yaml::mark(text, at, '*')?;
    let above = text.get(..at)?;
    nearest(name, above.match_indices('&').filter_map(|(at, _)| yaml::mark(above, at, '&')))
}

fn said(found: &Found, root: &Node, file: FileId, reader: &mut Reader) -> Option<Said> {
    Some(match &found.what {
        What::Network => Said::Network(Box::new(shape::decode(root, reader)?)),
        What::Vlans => Said::Vlans(shape::decode::<services::VlanFile>(root, reader)?.vlans),
        What::Ssids => Said::Ssids(shape::decode::<services::SsidFile>(root, reader)?.ssids),
        What::Profiles => Said::Profiles(shape::decode::<hardware::ProfileFile>(root, reader)?.profiles),
        What::Models => Said::Models(shape::decode::<hardware::ModelFile>(root, reader)?.models),
        What::Segments => Said::Segments(shape::decode::<policy::SegmentFile>(root, reader)?.segments),
        What::Flows => Said::Flows(shape::decode::<policy::FlowFile>(root, reader)?.flows),
        What::Naming => Said::Naming(shape::decode::<policy::NamingFile>(root, reader)?.naming),
        What::Change => Said::Change(shape::decode::<policy::ChangeFile>(root, reader)?.change),
        What::Site { organisation, stem } => {
            let path = |text: &String| Sp::new(text.clone(), Span::file(file));
            Said::Site(site::read(root, &path(organisation), &path(stem), reader).map(Box::new))
        }
    })
}
