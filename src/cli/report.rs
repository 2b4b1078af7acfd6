//! `samnet report`: writes a report on a plan or a run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::{Context, Failure, Outcome, approve, fleet};
use crate::journal::Journal;
use crate::report::{self, document::Document};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet report plan.json --html plan.html      for review: one file, no other is needed
  samnet report plan.json > plan.md             for a pull request
  samnet report 3 --html run-3.html             run 3, for the archive

A plan is named by its file, a run by its number. Without --html the report is Markdown on standard output.
No report holds a secret.")]
pub struct Args {
    /// Plan file, or number of a run
    #[arg(value_name = "PLAN|RUN")]
    what: String,
    /// Write one self-contained HTML file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: Option<PathBuf>,
    /// Write Markdown to standard output, which is the default
    #[arg(long, conflicts_with = "html")]
    markdown: bool,
}

/// Writes it.
///
/// # Errors
/// When there is no such plan or run, or the file cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let run: Option<u64> = args.what.parse().ok();
    let document = match run.filter(|_| !Path::new(&args.what).exists()) {
        Some(run) => of_run(context, run)?,
        None => of_plan(context, Path::new(&args.what))?,
    };
    match &args.html {
        Some(path) => {
            std::fs::write(path, document.html())
                .map_err(|error| Failure::failed(format!("failed to write {}: {error}", path.display())))?;
            if !context.global.quiet {
                writeln!(context.err, "written to {}", path.display())?;
            }
        }
        None => write!(context.out, "{}", document.markdown())?,
    }
    Ok(Outcome::Done)
}

fn of_plan(context: &Context, path: &Path) -> Result<Document, Failure> {
    let stored = fleet::load_plan(path)?;
    let project = context.project()?;
    let change = &project.loaded.network.policy.change;
    let signers = approve::signers(&project.root, change)?;
    let verdict = approve::verdict(&stored, path, change, &signers)?;
    Ok(report::plan::document(&stored, &verdict))
}

fn of_run(context: &Context, run: u64) -> Result<Document, Failure> {
    let journal = Journal::new(&context.global.directory.join(".samnet"));
    let entries = journal.entries().map_err(|error| Failure::failed(format!("failed to read the journal: {error}")))?;
    report::run::document(run, &entries).ok_or_else(|| {
        Failure::failed(format!("the journal has no run {run}")).help("samnet audit show lists the runs")
    })
}
