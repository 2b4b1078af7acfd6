//! `samnet audit`: verifies and shows the journal.

use std::io::Write as _;

use super::{Context, Failure, Outcome};
use crate::journal::{self, Entry, Event, Journal};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  samnet audit verify
  samnet audit show --run 3

Formats: human, json. `verify` ends with exit code 1 when an entry was edited, dropped, moved or cut off,
and says which. The last line names the head's hash: kept elsewhere (mailed, printed), it also shows a
journal that was rewritten as a whole.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Checks every entry, its hash and its place in the chain
    #[command(after_help = "Example:\n  samnet audit verify")]
    Verify,
    /// Shows entries
    #[command(after_help = "Example:\n  samnet audit show --run 3")]
    Show {
        /// Only this run
        #[arg(long, value_name = "N")]
        run: Option<u64>,
    },
}

/// Does it.
///
/// # Errors
/// When the journal cannot be read, or is not sound.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let json = context.format(&["human", "json"])? == "json";
    let journal = Journal::new(&context.global.directory.join(".samnet"));
    match &args.what {
        What::Verify => verify(context, &journal, json),
        What::Show { run } => show(context, &journal, *run, json),
    }
}

fn verify(context: &mut Context, journal: &Journal, json: bool) -> Result<Outcome, Failure> {
    let report = journal::verify(journal).map_err(|error| failed(&error))?;
    let head = report.head.as_ref();
    if json {
        let document = serde_json::json!({
            "format": "samnet-audit", "version": 1, "entries": report.entries, "sound": report.faults.is_empty(),
            "faults": report.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "head": head.map(|head| serde_json::json!({ "number": head.number, "hash": head.hash })),
        });
        writeln!(context.out, "{document:#}")?;
    } else {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        for fault in &report.faults {
            writeln!(context.out, "{red}fault{red:#}: {fault}")?;
        }
        if report.head_behind {
            writeln!(context.out, "the head is one entry behind after a crash; the next entry mends that")?;
        }
        match (report.faults.len(), head) {
            (0, Some(head)) => {
                writeln!(
                    context.out,
                    "the journal is sound: {} entries, head {} {}",
                    report.entries, head.number, head.hash
                )?;
            }
            (0, None) => writeln!(context.out, "the journal is empty")?,
            (count, _) => {
                writeln!(context.out, "the journal is NOT sound: {count} faults in {} entries", report.entries)?;
            }
        }
    }
    Ok(if report.faults.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn show(context: &mut Context, journal: &Journal, run: Option<u64>, json: bool) -> Result<Outcome, Failure> {
    let entries = journal.entries().map_err(|error| failed(&error))?;
    let chosen: Vec<&Entry> =
        entries.iter().filter(|entry| run.is_none_or(|run| entry.event.run() == Some(run))).collect();
    if let (Some(run), true) = (run, chosen.is_empty()) {
        return Err(Failure::failed(format!("the journal has no run {run}")));
    }
    if json {
        let document = serde_json::json!({ "format": "samnet-journal", "version": 1, "entries": chosen });
        writeln!(context.out, "{document:#}")?;
        return Ok(Outcome::Done);
    }
    for entry in chosen {
        let at = entry.at.strftime("%Y-%m-%d %H:%M:%S");
        let run = entry.event.run().map_or_else(|| "no run".to_owned(), |run| format!("run {run}"));
        writeln!(context.out, "{:06}  {at}Z  {run}  {}", entry.number, words(&entry.event))?;
    }
    Ok(Outcome::Done)
}

fn words(event: &Event) -> String {
    match event {
        Event::RunStarted { plan, operator, approved, devices, .. } => {
            let by: Vec<&str> = approved.iter().map(|by| by.principal.as_str()).collect();
            let by = if by.is_empty() { "nobody".to_owned() } else { by.join(", ") };
            format!("started by {operator}: plan {}, approved by {by}, {} devices", plan.short(), devices.len())
        }
        Event::Intent { device, commands, attempt, .. } => {
            let name = attempt.as_ref().map(|attempt| format!(", as {attempt}")).unwrap_or_default();
            format!("{device}: about to send {commands} commands{name}")
        }
        Event::Outcome { device, outcome, detail, millis, .. } => {
            let first = detail.lines().next().map(|line| format!(": {line}")).unwrap_or_default();
            format!("{device}: {outcome} after {}.{} s{first}", millis / 1000, millis % 1000 / 100)
        }
        Event::Refused { plan, operator, reason } => {
            let why = reason.lines().next().unwrap_or_default();
            format!("refused to {operator}: plan {}: {why}", plan.short())
        }
        Event::RunFinished { tally, .. } => {
            let tally: Vec<String> = tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
            format!("finished: {}", tally.join(", "))
        }
    }
}

fn failed(error: &journal::JournalError) -> Failure {
    Failure::failed(format!("failed to read the journal: {error}"))
}
