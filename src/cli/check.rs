//! `samnet check`: a project's own rules in `policies/checks/*.rego`.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use serde_json::json;

use super::{Context, Failure, Outcome};
use crate::rego::{self, Case, Host, Limits, Rules};
use crate::report::findings;
use crate::source::Sources;
use crate::source::yaml::short;

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Rules of your own are Rego v1 files below policies/checks. `samnet validate` evaluates every `deny`,
`violation` (errors) and `warn` (warnings) in them, also with a suffix such as `deny_ports`, over the network
as `input`; `samnet show network --schema` describes it. An entry is a text, or an object:

  {\"msg\": \"what is wrong\", \"at\": port.at, \"help\": \"the way out\", \"related\": [{\"at\": device.at, \"text\": \"…\"}]}

A finding points at the place its `at` was taken from. There is no clock, network, file or environment. A
function that fails is an error. Rules are stopped when they take too much time or memory.

Example:
  samnet check test"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Runs the tests of your own rules, as `opa test` does
    Test(TestArgs),
    /// Evaluates rules for another samnet process
    #[command(hide = true, after_help = "Example:\n  samnet check worker < request")]
    Worker,
}

/// Arguments of `check test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Every rule named test_… in these files is evaluated by itself. It passes unless it is false or
undefined; todo_test_… are skipped. `with input as` and `with data.…` give it something to look at. What it
prints is shown when it fails, and the line that does not hold. `test_f[note] if { some note, case in {…} … }`
passes when it is true for every note.

Rules and tests are read as OPA reads them, but for this. Refused where they stand: `some x` where a rule, an
import or a variable around it is called `x`; `not` over a variable that only a later line gives a value, or
none; brackets more than 14 deep; `with data.a.f as …` where `f` is a function (write the test in its own
package and replace `f`), and `with` over functions that rules have not (time.now_ns, http.send) or that OPA's
engine lacks here (net.cidr_…, time.…, base64…, hex…, crypto…). Not there: http, rand, io.jwt, yaml, uuid,
json.patch, time.format, and zones other than UTC. `%x` and `%b` write no fractions.

Formats: text, json. Exit code 1 when a test does not pass.

Examples:
  samnet check test
  samnet check test -v --run guest
  samnet check test policies/checks/wireless.rego policies/checks/wireless_test.rego")]
pub struct TestArgs {
    /// Files and folders with rules and tests [default: policies/checks]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// Only tests whose name, with its package, matches this regular expression
    #[arg(long, value_name = "REGEX")]
    run: Option<String>,
    /// Time for each test, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = rego::TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// Does it.
///
/// # Errors
/// When the files cannot be read, there is nothing to run, or no process can be started.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Test(args) => test(context, args),
        Command::Worker => {
            let (input, output) = (std::io::stdin().lock(), std::io::stdout().lock());
            rego::work(input, output).map_err(|error| Failure::failed(error.to_string()))?;
            Ok(Outcome::Done)
        }
    }
}

/// How rules are evaluated: by this very program.
///
/// # Errors
/// When the system does not say which program this is.
pub(super) fn host(time: Duration) -> Result<Host, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("failed to find the program to evaluate rules with: {error}")))?;
    Ok(Host { program, limits: Limits { time, ..Limits::default() } })
}

fn test(context: &mut Context, args: &TestArgs) -> Result<Outcome, Failure> {
    let format = context.format(&["text", "json"])?;
    if let Some(pattern) = &args.run {
        regex::Regex::new(pattern)
            .map_err(|error| Failure::usage(format!("--run is no regular expression: {error}")))?;
    }
    let root = context.global.directory.clone();
    let paths = if args.paths.is_empty() { vec![root.join(rego::FOLDER)] } else { args.paths.clone() };
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(Failure::failed(format!("{} does not exist", missing.display()))
            .help(format!("rules and their tests stand in {}", rego::FOLDER)));
    }
    let mut sources = Sources::new();
    let (rules, unread) = Rules::with_tests(&paths, &root, &mut sources);
    let host = host(Duration::from_secs(args.timeout))?;
    let cases =
        rego::test(&rules, &sources, args.run.as_deref(), &host).map_err(|error| Failure::failed(error.to_string()))?;
    write!(context.err, "{}", findings::human(&sources, &unread, true))?;
    if cases.is_empty() && unread.is_empty() {
        let help = "a test is a rule named test_… in a file named …_test.rego beside the rules";
        return Err(match &args.run {
            Some(pattern) => Failure::failed(format!("no test is called like `{}`", short(pattern)))
                .help(format!("{help}; `--run` is a regular expression over its name")),
            None => Failure::failed("there are no tests to run").help(help),
        });
    }
    if format == "json" {
        let document = json!({ "version": 1, "tests": cases, "summary": counts(&cases) });
        writeln!(context.out, "{document:#}")?;
    } else {
        text(context, &cases)?;
    }
    let good = unread.is_empty() && cases.iter().all(|case| !is_bad(case));
    Ok(if good { Outcome::Done } else { Outcome::Findings })
}

const fn is_bad(case: &Case) -> bool {
    matches!(case.outcome, rego::Outcome::Fail | rego::Outcome::Error)
}

fn text(context: &mut Context, cases: &[Case]) -> Result<(), Failure> {
    let verbose = context.global.verbose > 0;
    for case in cases.iter().filter(|case| verbose || case.outcome != rego::Outcome::Pass) {
        let (word, color) = match case.outcome {
            rego::Outcome::Pass => ("PASS", anstyle::AnsiColor::Green),
            rego::Outcome::Fail => ("FAIL", anstyle::AnsiColor::Red),
            rego::Outcome::Error => ("ERROR", anstyle::AnsiColor::Red),
            rego::Outcome::Skipped => ("SKIPPED", anstyle::AnsiColor::Yellow),
        };
        let style = color.on_default();
        let line = if case.line == 0 { String::new() } else { format!(":{}", case.line) };
        let name = case.name.as_ref().map(|name| format!(" {name}:")).unwrap_or_default();
        writeln!(context.out, "{}{line}:{name} {style}{word}{style:#}", case.path)?;
        for said in case.message.iter().chain(if is_bad(case) || verbose { case.output.as_slice() } else { &[] }) {
            writeln!(context.out, "  {said}")?;
        }
    }
    let total = cases.len();
    for (word, count) in [
        ("PASS", count(cases, rego::Outcome::Pass)),
        ("FAIL", count(cases, rego::Outcome::Fail)),
        ("ERROR", count(cases, rego::Outcome::Error)),
        ("SKIPPED", count(cases, rego::Outcome::Skipped)),
    ] {
        if count > 0 {
            writeln!(context.out, "{word}: {count}/{total}")?;
        }
    }
    Ok(())
}

fn count(cases: &[Case], outcome: rego::Outcome) -> usize {
    cases.iter().filter(|case| case.outcome == outcome).count()
}

fn counts(cases: &[Case]) -> serde_json::Value {
    json!({
        "pass": count(cases, rego::Outcome::Pass),
        "fail": count(cases, rego::Outcome::Fail),
        "error": count(cases, rego::Outcome::Error),
        "skipped": count(cases, rego::Outcome::Skipped),
    })
}
