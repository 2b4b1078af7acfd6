//! `samnet validate`: checks the inventory and says everything that is wrong.

use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueHint;
use jiff::civil::Date;

use super::{Context, Failure, Outcome, Project};
use crate::check::Told;
use crate::derive::Derived;
use crate::finding::{Baseline, Finding, Severity};
use crate::inventory::Overlay;
use crate::report::findings::{self, Listing};
use crate::review::{Rendering, Review, Scope};
use crate::secret::Vault;
use crate::{check, rego};

mod fix;
mod since;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet validate
  samnet validate --fix --dry-run                  a patch of what can be mended safely; --fix makes it
  samnet validate --as-of 2027-12-31               what will have expired by then
  samnet validate --secrets                        are the values of secrets there, long enough and hard to guess?
  samnet validate --changed-since origin/main --format github
  samnet validate --write-baseline debt.json       accept what is there today …
  samnet validate --baseline debt.json             … and fail only on what comes on top
  samnet explain SN-204                            more about one code

Formats: human; json (documented, versioned); sarif (2.1.0, code scanning); junit; github (annotations of a workflow);
gitlab (code quality). Findings for people go to standard error, everything else to standard output.
Exit code 1 when there is an error; with --changed-since or --baseline, when there is a new one.")]
pub struct Args {
    /// The day to measure expiries by [default: today]
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    as_of: Option<Date>,
    /// Which devices to render, to see that their templates work: `all`, or with more than 500 devices one
    /// of each platform, role and model and one of each organisation that says something of its own, the first by name
    #[arg(long, value_enum, value_name = "WHICH", default_value = "sample")]
    render: Render,
    /// Time for all rules in policies/checks together, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = rego::TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    rule_timeout: u64,
    /// Fetch the values of secrets as `plan` does, and check them; no value is ever printed
    #[arg(long)]
    secrets: bool,
    /// Mend what can be mended safely, then check again; comments and order stay
    #[arg(long)]
    fix: bool,
    /// With --fix, print the change as a patch and make none
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Tell what is new since this git revision from what was there before, which then fails nothing
    #[arg(long, value_name = "REV", conflicts_with_all = ["baseline", "write_baseline"])]
    changed_since: Option<String>,
    /// Tell what is new since a baseline was written
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "write_baseline")]
    baseline: Option<PathBuf>,
    /// Write all that is found today to a file that --baseline reads
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "fix")]
    write_baseline: Option<PathBuf>,
}

/// Which devices are rendered to see whether they can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Render {
    /// One of each kind where there are many.
    Sample,
    /// Every one.
    All,
}

/// A project and everything that is wrong with it.
struct Checked {
    project: Project,
    /// Goes when all goes: to take it apart takes longer than a process has left to live.
    _derived: Derived,
    found: Vec<Finding>,
}

impl Checked {
    fn of(root: &Path, unsaved: &Overlay, as_of: Date, args: &Args, told: Told) -> Result<Self, Failure> {
        let mut project = Project::open_with(root, unsaved)?;
        let host = super::check::host(Duration::from_secs(args.rule_timeout))?;
        let rendering = match args.render {
            Render::Sample => Rendering::Usual,
            Render::All => Rendering::All,
        };
        let scope = Scope { as_of: Some(as_of), rendering, rules: Some(&host), lab: true, lab_text: None, told };
        let Review { derived, findings, unasked } = project.review(scope);
        match unasked {
            Some(error) => Err(Failure::failed(error.to_string())),
            None => Ok(Self { project, _derived: derived, found: findings }),
        }
    }

    /// The same with what a baseline does not know, and only what it knows may have hidden.
    fn beyond(mut self, baseline: &Baseline, all: impl FnOnce() -> Result<Self, Failure>) -> Result<Self, Failure> {
        let found = &self.found;
        let news = baseline.news(&self.project.loaded.sources, found);
        // What something new may be the reason of waits for that to be mended.
        let new = found.iter().zip(&news).filter(|(_, new)| **new).map(|(finding, _)| finding.severity).max();
        if new == Some(Severity::Error) || news.iter().all(|new| *new) {
            return Ok(self);
        }
        let hidden = all()?;
        let (sources, known) =
            (&hidden.project.loaded.sources, Baseline::of(&self.project.loaded.sources, found, str::to_owned));
        let unknown = baseline.news(sources, &hidden.found).into_iter().zip(known.news(sources, &hidden.found));
        let least = if new.is_some() { Severity::Error } else { Severity::Note };
        let new =
            hidden.found.iter().zip(unknown).filter(|(it, unknown)| *unknown == (true, true) && it.severity >= least);
        let new: Vec<Finding> = new.map(|(finding, _)| finding.clone()).collect();
        // The same files in the same order, and what only a closer look reads.
        self.project = hidden.project;
        self.found.extend(new);
        self.found.sort_by(Finding::order);
        Ok(self)
    }

    /// Checks the values of secrets as well. They belong to no revision.
    fn with_secrets(mut self) -> Self {
        let network = &self.project.loaded.network;
        self.found.extend(check::strength::check(network, &Vault::open(network, &self.project.root)));
        self
    }
}

/// Checks a project and prints what it found: findings for people to standard error, the rest to standard
/// output.
///
/// # Errors
/// When the folder's platforms are invalid, a baseline cannot be had, a file cannot be mended, or nothing
/// can be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let format = context.format(&findings::FORMATS)?;
    if args.dry_run && format != "human" {
        return Err(Failure::usage("--dry-run prints a patch, and has no other format"));
    }
    let begun = Instant::now();
    let root = context.global.directory.clone();
    let as_of = args.as_of.unwrap_or_else(|| jiff::Zoned::now().date());
    let inventory = |root: &Path, told: Told| Checked::of(root, &Overlay::default(), as_of, args, told);
    let check =
        || inventory(&root, Told::Once).map(|checked| if args.secrets { checked.with_secrets() } else { checked });
    let mut checked = check()?;

    if let Some(path) = &args.write_baseline {
        return write_baseline(context, &checked, &inventory(&root, Told::All)?, path);
    }
    let baseline = match (&args.changed_since, &args.baseline) {
        (Some(revision), _) => Some(since::baseline(&root, revision, inventory)?),
        (None, Some(path)) => Some(read_baseline(path)?),
        (None, None) => None,
    };
    let mut fixed = None;
    if args.fix {
        // No fix comes from a secret's value, and each is fetched as seldom as can be.
        let fixes = fix::of(&root, &checked, |unsaved| Checked::of(&root, unsaved, as_of, args, Told::Once))?;
        if args.dry_run {
            write!(context.out, "{}", fixes.patch())?;
        } else {
            fixes.write()?;
            if !fixes.made.is_empty() {
                checked = check()?;
            }
        }
        fixed = Some(fixes.made);
    }

    if let Some(baseline) = &baseline {
        checked = checked.beyond(baseline, || inventory(&root, Told::All))?;
    }
    let Checked { project, found, .. } = &checked;
    let sources = &project.loaded.sources;
    let (news, gone) = baseline.map(|baseline| baseline.compare(sources, found)).unzip();
    if let (Some(path), Some(gone @ 1..)) = (&args.baseline, gone)
        && !context.global.quiet
    {
        // Whoever makes a mended mistake again is told only by a baseline without it.
        writeln!(
            context.err,
            "{} knows {gone} more than there are: write it anew with --write-baseline",
            path.display()
        )?;
    }
    let mut listing = Listing::of(sources, found, news.as_deref());
    listing.summary.files = sources.len();
    listing.summary.devices = project.loaded.network.sites.iter().map(|site| site.devices.len()).sum();
    // People and programs of ours stand in the project.
    if !matches!(format, "human" | "json") {
        listing.below = below(&root);
    }
    listing.fixed = fixed.as_ref().map(Vec::len).filter(|_| !args.dry_run);
    if let Some(text) = listing.write(format) {
        write!(context.out, "{text}")?;
    } else {
        human(context, &checked, news.as_deref())?;
        let seconds = begun.elapsed().as_secs_f64();
        let summary = format!("{} ({seconds:.2} s)", listing.summary);
        match fixed {
            // Standard output is the patch.
            Some(made) if args.dry_run => {
                writeln!(context.err, "{summary}; {}", fix::said(made.len(), "would make"))?;
            }
            _ if context.global.quiet => {}
            Some(made) => {
                made.iter().try_for_each(|one| writeln!(context.out, "{one}"))?;
                writeln!(context.out, "{summary}; {}", fix::said(made.len(), "made"))?;
            }
            None => writeln!(context.out, "{summary}")?,
        }
    }
    let outcome = if listing.fails() { Outcome::Findings } else { Outcome::Done };
    drop(listing);
    // The process ends here, and all its memory with it.
    std::mem::forget(checked);
    Ok(outcome)
}

fn human(context: &mut Context, checked: &Checked, news: Option<&[bool]>) -> Result<(), Failure> {
    let shown = |finding: &Finding| !context.global.quiet || finding.severity == Severity::Error;
    let found: Vec<Finding> = checked.found.iter().filter(|finding| shown(finding)).cloned().collect();
    let news: Option<Vec<bool>> = news.map(|news| {
        checked.found.iter().zip(news).filter(|(finding, _)| shown(finding)).map(|(_, new)| *new).collect()
    });
    // The stream drops colour where nobody sees it.
    let text = findings::compared(&checked.project.loaded.sources, &found, news.as_deref(), true);
    write!(context.err, "{text}")?;
    Ok(())
}

fn write_baseline(context: &mut Context, checked: &Checked, all: &Checked, path: &Path) -> Result<Outcome, Failure> {
    let baseline = Baseline::of(&checked.project.loaded.sources, &checked.found, str::to_owned);
    let baseline = baseline.hiding(Baseline::of(&all.project.loaded.sources, &all.found, str::to_owned));
    fix::replace(path, baseline.write().as_bytes())
        .map_err(|error| Failure::failed(format!("failed to write {}: {error}", path.display())))?;
    if !context.global.quiet {
        let count = baseline.len();
        writeln!(context.err, "written to {}: {count} finding{}", path.display(), if count == 1 { "" } else { "s" })?;
    }
    Ok(Outcome::Done)
}

pub(super) fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let failed = |error: String| {
        Failure::failed(format!("failed to read {}: {error}", path.display()))
            .help("samnet validate --write-baseline FILE writes one")
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Baseline::read(&text).map_err(failed)
}

/// The project folder as code scanning sees it, which wants paths from the top of the repository; elsewhere from the
/// place of the call.
fn below(root: &Path) -> String {
    since::prefix(root).unwrap_or_else(|| named(root))
}

/// A project folder as it is named, where that leads into the folder of the call.
fn named(root: &Path) -> String {
    let mut below = String::new();
    for part in root.components() {
        match part {
            Component::Normal(part) => below.push_str(&format!("{}/", part.to_string_lossy())),
            Component::CurDir => {}
            // Elsewhere: nothing better than the project's own paths.
            _ => return String::new(),
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_folder_named_where_that_makes_sense() {
        assert_eq!(named(Path::new(".")), "");
        assert_eq!(named(Path::new("./nets/dalsland/")), "nets/dalsland/");
        assert_eq!(named(Path::new("../dalsland")), "");
        assert_eq!(named(Path::new("/srv/dalsland")), "");
    }
}
