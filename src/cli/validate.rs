//! `samnet validate`: checks the inventory and says everything that is wrong.

use std::io::Write as _;
use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::{Context, Failure, Outcome};
use crate::finding::{Finding, any_error};
use crate::report::findings::{self, Summary};
use crate::{check, rego, render};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  samnet validate\n  samnet validate --as-of 2027-12-31      what will have expired by then\n  samnet validate --format json\n  samnet explain SN-204                    more about one code\n\nFormats: human, json. Exit code 1 when there is an error."
)]
pub struct Args {
    /// The day to measure expiries by [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Which devices to render, to see that their templates work: `all`, or with more than 500 devices one
    /// of each platform, role, model and organisation, the first by name
    #[arg(long, value_enum, value_name = "WHICH", default_value = "sample")]
    render: Render,
    /// Time for all rules in policies/checks together, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = rego::TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    rule_timeout: u64,
}

/// Devices up to which all are rendered in no time.
const SMALL: usize = 500;

/// Which devices are rendered to see whether they can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Render {
    /// One of each kind where there are many.
    Sample,
    /// Every one.
    All,
}

/// Checks a project and prints what it found: findings to standard error, the result to standard output.
///
/// # Errors
/// When the folder's platforms are invalid, or nothing can be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let format = context.format(&["human", "json"])?;
    let begun = Instant::now();
    let mut project = context.project()?;
    let (rules, unread) = rego::Rules::find(&project.root, &mut project.loaded.sources);
    let loaded = &project.loaded;
    let as_of = args.as_of.unwrap_or_else(|| jiff::Zoned::now().date());
    let (derived, mut found) = check::all(loaded, &project.library, Some(as_of));
    // What cannot be addressed cannot be rendered; its findings would only repeat these.
    if !any_error(&found) {
        let all = args.render == Render::All || derived.devices.len() <= SMALL;
        let render = if all { render::all } else { render::samples };
        let (_, more) = render(&loaded.network, &derived, &project.library);
        found.extend(more);
    }
    let host = super::check::host(Duration::from_secs(args.rule_timeout))?;
    let own = rules.check(&loaded.network, &derived, &loaded.sources, &found, &host);
    found.extend(unread);
    found.extend(own.map_err(|error| Failure::failed(error.to_string()))?);
    let devices = loaded.network.sites.iter().map(|site| site.devices.len()).sum();
    let summary = Summary::of(&found, loaded.sources.len(), devices);
    if format == "json" {
        writeln!(context.out, "{:#}", findings::json(&loaded.sources, &found, summary))?;
    } else {
        human(context, loaded, &found)?;
        if !context.global.quiet {
            writeln!(context.out, "{summary} ({:.2} s)", begun.elapsed().as_secs_f64())?;
        }
    }
    Ok(if any_error(&found) { Outcome::Findings } else { Outcome::Done })
}

fn human(context: &mut Context, loaded: &crate::inventory::Loaded, found: &[Finding]) -> Result<(), Failure> {
    // The stream drops colour where nobody sees it.
    let text = findings::human(&loaded.sources, found, true);
    write!(context.err, "{text}")?;
    if let (Some(more), false) = (findings::more(found), context.global.quiet) {
        writeln!(context.err, "{more}")?;
    }
    Ok(())
}
