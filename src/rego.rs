//! A project's own rules: `policies/checks/*.rego` over the document of [`crate::export`].
//!
//! A rule is a stranger's program. It is evaluated by a second process of this program (`worker`) that
//! limits its own memory, reads no file, has no environment (but a word to its allocator) and answers on a pipe; whoever started it
//! (`host`) kills it when its time is up, and goes on with the rules that are left. Within the limits a
//! rule can do nothing but answer.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::derive::Derived;
use crate::export::Export;
use crate::finding::{Finding, Severity, codes};
use crate::model::Network;
use crate::source::{FileId, Sources, Span};

mod builtins;
mod document;
mod fields;
mod host;
mod moment;
mod pattern;
mod probe;
mod protocol;
mod scan;
mod sprintf;
mod tested;
mod verdict;
mod worker;

pub use host::RunError;
pub use tested::{Case, Outcome, test};
pub use worker::{WorkError, work};

/// Where a project keeps its rules.
pub const FOLDER: &str = "policies/checks";
/// Time for all rules of a project together.
pub const TIME: Duration = Duration::from_secs(5);
/// Memory for one evaluation beyond what the document itself takes, in bytes.
pub const MEMORY: u64 = 256 << 20;
/// Largest rule file, in bytes.
const LARGEST: u64 = 1 << 20;
/// Deepest folder below [`FOLDER`]; a link that leads in a circle ends here.
const DEEPEST: usize = 8;

/// What rules may use up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time: of all rules together, of which one gets at most half of what is left; or of each test.
    pub time: Duration,
    /// Memory beyond what the document takes, in bytes.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: TIME, memory: MEMORY }
    }
}

/// How rules are evaluated.
#[derive(Clone, Debug)]
pub struct Host {
    /// The program that evaluates: this one, which then runs `samnet check worker`.
    pub program: PathBuf,
    /// What a rule may use up.
    pub limits: Limits,
}

/// One file of rules.
#[derive(Clone, Debug)]
struct File {
    /// As people see it, and as errors name it.
    path: String,
    id: FileId,
}

/// Files of rules, read and registered.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    files: Vec<File>,
    /// Places that name a field which nothing has: what the rule around one says may follow from that alone.
    doubtful: Vec<Span>,
}

impl Rules {
    /// Reads the rules of a project, without their tests.
    pub fn find(root: &Path, sources: &mut Sources) -> (Self, Vec<Finding>) {
        let mut paths = Vec::new();
        let mut findings = Vec::new();
        walk(&root.join(FOLDER), DEEPEST, &mut paths);
        let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_path_buf();
        for path in &paths {
            let help = if is_data(path) {
                "rules see the network as `input`, and no other data"
            } else if is_mistyped(path) {
                "rename it to end in .rego"
            } else {
                continue;
            };
            let span = Span::file(sources.add(shown(path), ""));
            findings.push(Finding::error(codes::UNUSED_FILE, "nothing reads this file").at(span).help(help));
        }
        paths.retain(|path| is_rego(path) && !is_test(path));
        let paths = paths.into_iter().map(|path| (shown(&path), path));
        let (mut rules, more) = Self::read(paths, sources);
        findings.extend(more);
        if !rules.is_empty() {
            let known = fields::Known::new();
            let found = rules.files.iter().flat_map(|file| {
                let others = || rules.files.iter().filter(|other| other.id != file.id);
                known.unknown(file.id, sources.text(file.id), |word| {
                    others().any(|other| sources.text(other.id).contains(word))
                })
            });
            let found: Vec<Finding> = found.collect();
            rules.doubtful = found.iter().filter_map(|finding| finding.span).collect();
            findings.extend(found);
        }
        (rules, findings)
    }

    /// Reads rules and their tests from these files and folders.
    pub fn with_tests(paths: &[PathBuf], root: &Path, sources: &mut Sources) -> (Self, Vec<Finding>) {
        let mut files = Vec::new();
        for path in paths {
            if path.is_dir() {
                walk(path, DEEPEST, &mut files);
                files.retain(|file| !file.starts_with(path) || is_rego(file));
            } else {
                files.push(path.clone());
            }
        }
        files.sort();
        files.dedup();
        let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_path_buf();
        Self::read(files.into_iter().map(|path| (shown(&path), path)), sources)
    }

    /// Whether there are none, so that nothing needs to be evaluated.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether there are rules, and the document would say all that the project says.
    #[must_use]
    pub fn apply(&self, network: &Network, derived: &Derived) -> bool {
        !self.is_empty() && whole(network, derived)
    }

    /// Evaluates every `deny`, `violation` and `warn` over a network, and says what they found.
    ///
    /// Of `known` findings only the places matter: where something is wrong with a line already, a rule that
    /// stumbles over the same line says nothing new. Nothing is waited for once `stop` is true.
    ///
    /// # Errors
    /// When no process can be started to evaluate them, or they were not waited for.
    pub fn check(
        &self,
        network: &Network,
        derived: &Derived,
        sources: &Sources,
        known: &[Finding],
        host: &Host,
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<Finding>, RunError> {
        if !self.apply(network, derived) {
            return Ok(Vec::new());
        }
        let export = Export::new(network, derived, sources);
        let said = host.run(&self.request(sources, protocol::Ask::Rules), Some(&export), stop)?;
        let mut findings = verdict::findings(&said, self, &export, sources);
        let line = |finding: &Finding| finding.span.map(|span| (sources.place(span).path, sources.place(span).line));
        // What a rule forbids is never less than what something else warns of.
        let told = |least: Severity| -> BTreeSet<_> {
            known.iter().filter(|it| it.severity >= least).filter_map(line).collect()
        };
        let (wrong, odd) = (told(Severity::Error), told(Severity::Warning));
        findings.retain(|finding| {
            let told = if finding.code == codes::RULE_DENY { &wrong } else { &odd };
            line(finding).is_none_or(|line| !told.contains(&line))
        });
        // What a rule warns of at a place that something told points at is the same mistake.
        let labels = known.iter().filter(|it| it.severity > Severity::Note).flat_map(|it| &it.labels);
        let labels: BTreeSet<_> =
            labels.map(|label| sources.place(label.span)).map(|place| (place.path, place.line)).collect();
        findings.retain(|it| it.code != codes::RULE_WARN || line(it).is_none_or(|line| !labels.contains(&line)));
        // What is wrong with a model or a profile shows wherever it is used, as what a rule warns of as well: an error anywhere,
        // and what something warns of in its model at a device.
        let odd: Vec<Span> = known.iter().filter(|it| it.severity > Severity::Note).filter_map(|it| it.span).collect();
        let devices = of_models(network, &odd);
        let beneath = |span: Span| {
            let before = devices.partition_point(|device| (device.file, device.start) <= (span.file, span.start));
            before.checked_sub(1).and_then(|at| devices.get(at)).is_some_and(|device| device.holds(span))
        };
        findings.retain(|it| it.code != codes::RULE_WARN || it.span.is_none_or(|span| !beneath(span)));
        let of_site = |path: &Path| path.starts_with("inventory/sites");
        let shared = wrong.iter().any(|(path, _)| path.starts_with("inventory") && !of_site(path));
        findings.retain(|finding| {
            let here = line(finding).is_some_and(|(path, _)| of_site(&path));
            !(shared && here && finding.code == codes::RULE_WARN)
        });
        Ok(findings)
    }

    fn request(&self, sources: &Sources, ask: protocol::Ask) -> protocol::Request {
        let files = self
            .files
            .iter()
            .map(|file| protocol::PolicyFile { path: file.path.clone(), text: sources.text(file.id).to_owned() });
        protocol::Request { files: files.collect(), ask, ..protocol::Request::default() }
    }

    fn read(paths: impl Iterator<Item = (PathBuf, PathBuf)>, sources: &mut Sources) -> (Self, Vec<Finding>) {
        let mut rules = Self::default();
        let mut findings = Vec::new();
        for (shown, path) in paths {
            match text(&path) {
                Ok(text) => {
                    let path = shown.display().to_string();
                    rules.files.push(File { path, id: sources.add(shown, text) });
                }
                Err(finding) => findings.push(finding.at(Span::file(sources.add(shown, "")))),
            }
        }
        (rules, findings)
    }

    fn file(&self, path: &str) -> Option<FileId> {
        self.files.iter().find(|file| file.path == path).map(|file| file.id)
    }
}

/// The lines of devices whose model has one of these places in it, sorted.
fn of_models(network: &Network, odd: &[Span]) -> Vec<Span> {
    let mut models: Vec<(Span, &str)> = network.models.values().map(|it| (it.name.span, it.name.as_str())).collect();
    models.sort_unstable();
    let model = |span: &Span| {
        let before = models.partition_point(|(name, _)| name <= span);
        let (name, model) = before.checked_sub(1).and_then(|at| models.get(at))?;
        (name.file == span.file).then_some(*model)
    };
    let odd: BTreeSet<&str> = odd.iter().filter_map(model).collect();
    let mut lines = Vec::new();
    for site in network.sites.iter().filter(|_| !odd.is_empty()) {
        let mut starts: Vec<u32> = site.devices.iter().map(|device| device.span.start).collect();
        starts.sort_unstable();
        for device in site.devices.iter().filter(|device| odd.contains(device.model.as_str())) {
            let next = starts.partition_point(|start| *start <= device.span.start);
            let end = starts.get(next).copied().unwrap_or(u32::MAX);
            lines.push(Span { end, ..device.span });
        }
    }
    lines.sort_unstable();
    lines
}

/// Whether the document says all that the project says: a rule must not stumble over what could not be read.
fn whole(network: &Network, derived: &Derived) -> bool {
    let written: usize = network.sites.iter().map(|site| site.devices.len()).sum();
    network.gaps == crate::model::Gaps::default() && derived.devices.len() == written
}

fn is_rego(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "rego")
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_test"))
}

/// Whether a file was meant to be a rule, by its ending.
fn is_mistyped(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".rego.txt")
        || path.extension().is_some_and(|kind| ["reg", "rgo", "reog", "rgeo", "opa"].iter().any(|slip| kind == *slip))
}

/// What other tools would read as data beside rules.
fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|kind| ["json", "yaml", "yml"].iter().any(|data| kind.eq_ignore_ascii_case(data)))
}

/// Every file below a folder, sorted, hidden ones left out.
fn walk(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            into.push(path);
        } else if let Some(depth) = depth.checked_sub(1) {
            walk(&path, depth, into);
        }
    }
}

/// The text of a rule file. Only regular files are opened: a pipe could keep us waiting for ever.
fn text(path: &Path) -> Result<String, Finding> {
    let unreadable = |why: String| Finding::error(codes::UNREADABLE, format!("cannot be read: {why}"));
    let about = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !about.is_file() {
        return Err(unreadable("this is no regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable("the file is larger than 1 MiB".to_owned()));
    }
    // Some editors write a mark in front, which says nothing.
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(..3);
    }
    let text = String::from_utf8(bytes);
    text.map_err(|_| Finding::error(codes::NOT_TEXT, "the file is not UTF-8 text").help("save it again as UTF-8"))
}
