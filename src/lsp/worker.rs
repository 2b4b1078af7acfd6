//! Reads and checks projects beside the conversation; of several changes, only the last is looked at.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use jiff::civil::Date;

use super::diagnostics::{self, Note, Wishes};
use super::view::View;
use crate::check::Told;
use crate::finding::fix::keep_safe;
use crate::finding::{Finding, codes};
use crate::inventory::{self, Loaded, Overlay};
use crate::lab::before;
use crate::platform::Library;
use crate::rego::{Host, RunError};
use crate::review::{self, Open, Rendering, Scope};
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
    /// Whether the project's own rules have yet to speak; what they find comes in an outcome of its own.
    pub(super) more: bool,
}

/// A project of which all is known but what its own rules say.
struct Unasked {
    root: PathBuf,
    number: u64,
    versions: BTreeMap<PathBuf, i64>,
    wishes: Wishes,
    view: Arc<View>,
    open: Open,
    lab: Vec<Finding>,
    trouble: Option<String>,
}

/// The text of each open file when it last could be read, by project, then path.
type Good = BTreeMap<PathBuf, Overlay>;

/// What is to be looked at next, by project, and whether somebody may still ask.
#[derive(Default)]
struct Waiting {
    jobs: BTreeMap<PathBuf, Job>,
    over: bool,
}

impl Waiting {
    /// Takes in what was asked by now; of one project, the last counts.
    fn hear(&mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.try_recv() {
                Ok(job) => drop(self.jobs.insert(job.root.clone(), job)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.over = true;
                    return;
                }
            }
        }
    }
}

/// Works until nobody asks any more. `tell` says whether somebody still listens.
///
/// Rules may take seconds, so they come after everything else, and are given up when something else is to be done.
pub(super) fn run(jobs: &Receiver<Job>, means: &Means, tell: impl Fn(Outcome) -> bool) {
    let mut good = Good::new();
    let mut unasked: BTreeMap<PathBuf, Unasked> = BTreeMap::new();
    let waiting = RefCell::new(Waiting::default());
    loop {
        if waiting.borrow().jobs.is_empty() && unasked.is_empty() {
            let Ok(job) = jobs.recv() else { return };
            waiting.borrow_mut().jobs.insert(job.root.clone(), job);
        }
        waiting.borrow_mut().hear(jobs);
        let next = std::mem::take(&mut waiting.borrow_mut().jobs);
        for job in next.into_values() {
            unasked.remove(&job.root);
            let held = good.entry(job.root.clone()).or_default();
            let (outcome, more) = look(job, held, means);
            if !tell(outcome) {
                return;
            }
            unasked.extend(more.map(|more| (more.root.clone(), more)));
        }
        let stop = || {
            let mut waiting = waiting.borrow_mut();
            waiting.hear(jobs);
            waiting.over || !waiting.jobs.is_empty()
        };
        while let Some((root, more)) = unasked.pop_first() {
            let Some(outcome) = ask(&more, means, &stop) else {
                // What stopped it may be another project.
                unasked.insert(root, more);
                break;
            };
            if !tell(outcome) {
                return;
            }
        }
        if waiting.borrow().over {
            return;
        }
    }
}

/// Has the rules of a project speak; `None` when something else came up.
fn ask(more: &Unasked, means: &Means, stop: &dyn Fn() -> bool) -> Option<Outcome> {
    // A mistake of ours must not end the conversation.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| heard(more, means, stop))).unwrap_or(None)
}

fn heard(more: &Unasked, means: &Means, stop: &dyn Fn() -> bool) -> Option<Outcome> {
    let Unasked { root, number, versions, wishes, view, open, lab, trouble } = more;
    let host = means.rules.as_ref()?;
    let (loaded, mut trouble) = (&view.loaded, trouble.clone());
    let own = match open.ask(loaded, &view.derived, host, stop) {
        Ok(own) => own,
        Err(RunError::Unwanted) => return None,
        Err(error) => {
            trouble = Some(error.to_string());
            Vec::new()
        }
    };
    let mut findings = open.with(own, &loaded.sources);
    open.add_lab(&mut findings, || lab.clone());
    keep_safe(&loaded.sources, &mut findings);
    Some(Outcome {
        root: root.clone(),
        number: *number,
        versions: versions.clone(),
        notes: diagnostics::notes(root, &loaded.sources, &findings, *wishes),
        view: Some(Arc::clone(view)),
        trouble,
        more: false,
    })
}

fn look(job: Job, good: &mut Overlay, means: &Means) -> (Outcome, Option<Unasked>) {
    let Job { root, number, unsaved, versions, wishes } = job;
    // A mistake of ours in looking at a half-typed file must not end the conversation.
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| all(&root, &unsaved, good, means, wishes)));
    let Ok(Looked { notes, view, trouble, rest }) = looked else {
        let trouble = Some("failed to look at the project; this is a mistake of the program".to_owned());
        return (Outcome { root, number, versions, notes: BTreeMap::new(), view: None, trouble, more: false }, None);
    };
    let view = Arc::new(view);
    let unasked = rest.map(|(open, lab)| Unasked {
        root: root.clone(),
        number,
        versions: versions.clone(),
        wishes,
        view: Arc::clone(&view),
        open,
        lab,
        trouble: trouble.clone(),
    });
    let more = unasked.is_some();
    (Outcome { root, number, versions, notes, view: Some(view), trouble, more }, unasked)
}

struct Looked {
    notes: BTreeMap<PathBuf, Vec<Note>>,
    view: View,
    trouble: Option<String>,
    /// What it takes to ask the rules, where there are any.
    rest: Option<(Open, Vec<Finding>)>,
}

fn all(root: &Path, unsaved: &Overlay, good: &mut Overlay, means: &Means, wishes: Wishes) -> Looked {
    let (library, trouble) = match Library::load(root) {
        Ok(library) => (library, None),
        Err(error) => {
            let trouble = format!("failed to load platform data: {error}");
            (Library::built_in().unwrap_or_default(), Some(trouble))
        }
    };
    let mut loaded = inventory::load_with(root, unsaved);
    let lab_text = unsaved.0.get(Path::new(before::FILE)).map(|text| &**text);
    // One device of each kind shows whether it can be rendered, without keeping whoever types waiting.
    let scope = Scope {
        as_of: Some((means.today)()),
        rendering: Rendering::Sample,
        rules: means.rules.as_ref(),
        lab: true,
        lab_text,
        told: Told::Once,
    };
    let (open, derived) = review::open(root, &mut loaded, &library, scope);
    let mut findings = open.with(Vec::new(), &loaded.sources);
    let mut before = Vec::new();
    open.add_lab(&mut findings, || {
        before = before::inspect(root, lab_text, &loaded.network, &library, &mut loaded.sources);
        before.clone()
    });
    keep_safe(&loaded.sources, &mut findings);
    let rest = (means.rules.is_some() && open.asks(&loaded, &derived)).then_some((open, before));
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
        let view = View::new(root.to_path_buf(), loaded, derived, platforms, whole);
        return Looked { notes, view, trouble, rest };
    };
    // Names and places come from the files as they last could be read; rules are not asked of what is half typed.
    let mut loaded = inventory::load_with(root, &readable);
    lab(&mut loaded);
    let (derived, _) = crate::derive::derive(&loaded.network);
    let view = View::new(root.to_path_buf(), loaded, derived, platforms, false);
    Looked { notes, view, trouble, rest: None }
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
