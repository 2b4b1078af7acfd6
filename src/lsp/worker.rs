//! Reads and checks projects beside the conversation; of several changes, only the last is looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use jiff::civil::Date;

use super::diagnostics::{self, Note, Wishes};
use super::view::View;
use crate::check::Told;
use crate::finding::codes;
use crate::inventory::{self, Loaded, Overlay};
use crate::lab::before;
use crate::platform::Library;
use crate::rego::Host;
use crate::review::{Rendering, Review, Scope, review};
use crate::source::{FileId, yaml};

/// A project to look at.
#[derive(Debug)]
pub(super) struct Job {
    /// The project folder.
    pub(super) root: PathBuf,
    /// Counts the jobs of a project.
    pub(super) number: u64,
    /// What editors hold, by path below the project folder.
    pub(super) unsaved: Overlay,
    /// The client's numbers of those texts, by absolute path.
    pub(super) versions: BTreeMap<PathBuf, i64>,
    /// What the client can show.
    pub(super) wishes: Wishes,
}

/// What looking at a project takes.
pub(super) struct Means {
    /// The day it is.
    pub(super) today: fn() -> Date,
    /// What evaluates a project's own rules.
    pub(super) rules: Option<Host>,
}

/// What came of a job.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The project folder.
    pub(super) root: PathBuf,
    /// The job's number.
    pub(super) number: u64,
    /// The client's numbers of the texts that were looked at.
    pub(super) versions: BTreeMap<PathBuf, i64>,
    /// What is wrong, by absolute path.
    pub(super) notes: BTreeMap<PathBuf, Vec<Note>>,
    /// The project; `None` when looking at it failed.
    pub(super) view: Option<Arc<View>>,
    /// What kept everything from being checked.
    pub(super) trouble: Option<String>,
}

/// The text of each open file when it last could be read, by project, then path.
type Good = BTreeMap<PathBuf, Overlay>;

/// Works until nobody asks any more. `tell` says whether somebody still listens.
pub(super) fn run(jobs: &Receiver<Job>, means: &Means, tell: impl Fn(Outcome) -> bool) {
    let mut good = Good::new();
    while let Ok(first) = jobs.recv() {
        let mut waiting = BTreeMap::from([(first.root.clone(), first)]);
        waiting.extend(jobs.try_iter().map(|job| (job.root.clone(), job)));
        for job in waiting.into_values() {
            let held = good.entry(job.root.clone()).or_default();
            if !tell(look(job, held, means)) {
                return;
            }
        }
    }
}

fn look(job: Job, good: &mut Overlay, means: &Means) -> Outcome {
    let Job { root, number, unsaved, versions, wishes } = job;
    // A mistake of ours in looking at a half-typed file must not end the conversation.
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| all(&root, &unsaved, good, means, wishes)));
    if let Ok((notes, view, trouble)) = looked {
        return Outcome { root, number, versions, notes, view: Some(Arc::new(view)), trouble };
    }
    let trouble = Some("failed to look at the project; this is a mistake of the program".to_owned());
    Outcome { root, number, versions, notes: BTreeMap::new(), view: None, trouble }
}

type Looked = (BTreeMap<PathBuf, Vec<Note>>, View, Option<String>);

fn all(root: &Path, unsaved: &Overlay, good: &mut Overlay, means: &Means, wishes: Wishes) -> Looked {
    let (library, mut trouble) = match Library::load(root) {
        Ok(library) => (library, None),
        Err(error) => {
            let trouble = format!("failed to load platform data: {error}");
            (Library::built_in().unwrap_or_default(), Some(trouble))
        }
    };
    let mut loaded = inventory::load_with(root, unsaved);
    // One device of each kind shows whether it can be rendered, without keeping whoever types waiting.
    let scope = Scope {
        as_of: Some((means.today)()),
        rendering: Rendering::Sample,
        rules: means.rules.as_ref(),
        lab: true,
        lab_text: unsaved.0.get(Path::new(before::FILE)).map(|text| &**text),
        told: Told::Once,
    };
    let Review { derived, findings, unasked } = review(root, &mut loaded, &library, scope);
    trouble = unasked.map(|error| error.to_string()).or(trouble);
    let notes = diagnostics::notes(root, &loaded.sources, &findings, wishes);
    // What the devices ran before names things as well.
    let lab = |loaded: &mut Loaded| {
        let known = loaded.sources.files().any(|(_, path)| path == Path::new(before::FILE));
        let held = unsaved.0.get(Path::new(before::FILE)).map(Arc::clone);
        let text = held.or_else(|| std::fs::read_to_string(root.join(before::FILE)).ok().map(Arc::from));
        let is_whole = text.as_ref().is_none_or(|text| yaml::parse(FileId::default(), text).root.is_some());
        if let Some(text) = text.filter(|_| !known) {
            loaded.sources.add(before::FILE, text);
        }
        is_whole
    };
    let whole = lab(&mut loaded);
    let platforms = library.names().map(str::to_owned).collect();
    let Some(readable) = readable(&loaded, unsaved, good) else {
        return (notes, View::new(root.to_path_buf(), loaded, derived, platforms, whole), trouble);
    };
    // Names and places come from the files as they last could be read.
    let mut loaded = inventory::load_with(root, &readable);
    lab(&mut loaded);
    let (derived, _) = crate::derive::derive(&loaded.network);
    (notes, View::new(root.to_path_buf(), loaded, derived, platforms, false), trouble)
}

/// Keeps the text of every open file that is YAML. Where one is not: what was held when each last was, or else
/// lies on disk.
fn readable(loaded: &Loaded, unsaved: &Overlay, good: &mut Overlay) -> Option<Overlay> {
    let unread = [codes::SYNTAX, codes::REFUSED_YAML, codes::NOT_TEXT, codes::EMPTY_FILE];
    let unread = loaded.findings.iter().filter(|finding| unread.contains(&finding.code));
    let wrong: Vec<&Path> = unread.filter_map(|finding| Some(loaded.sources.path(finding.span?.file))).collect();
    good.0.retain(|path, _| unsaved.0.contains_key(path));
    let right = unsaved.0.iter().filter(|(path, _)| !wrong.contains(&path.as_path()));
    good.0.extend(right.map(|(path, text)| (path.clone(), Arc::clone(text))));
    unsaved.0.keys().any(|path| wrong.contains(&path.as_path())).then(|| good.clone())
}
