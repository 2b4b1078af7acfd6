//! The command line: arguments, one file per command, exit codes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

mod context;
mod failure;
mod fleet;
mod guard;
mod signals;

pub mod apply;
pub mod approve;
pub mod audit;
pub mod check;
pub mod check_device;
pub mod completions;
pub mod demo;
pub mod diff;
pub mod explain;
pub mod init;
pub mod lab;
pub mod lsp;
pub mod man;
pub mod plan;
pub mod read;
pub mod render;
pub mod report;
pub mod schema;
pub mod show;
pub mod trust;
pub mod validate;

pub use context::{Color, Context, Project};
pub use failure::{Failure, Outcome};

/// Network configuration as code: one YAML inventory, reviewed plans, approved changes over SSH.
#[derive(Debug, Parser)]
#[command(name = "samnet", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Start here:\n  samnet demo                 the whole job, against emulated devices\n  samnet validate             check the inventory in this folder\n  samnet plan --out plan.json say what would change, and nothing more"
)]
pub struct Cli {
    /// Options every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options every command takes, before or after its name.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// Work in this project folder
    #[arg(short = 'C', long = "directory", value_name = "DIR", default_value = ".", global = true)]
    pub directory: std::path::PathBuf,
    /// Output format; each command names those it knows
    #[arg(long, global = true, value_name = "F")]
    pub format: Option<String>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub color: Color,
    /// Say less: errors and results only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more (repeat for the SSH conversation; secrets stay masked)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Every command, one file each.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// The whole main job, against the built-in lab
    Demo(demo::Args),
    /// Writes a starter project
    Init(init::Args),
    /// Checks the inventory and says everything that is wrong
    Validate(validate::Args),
    /// Says what a finding's code means, with an example and the way out
    Explain(explain::Args),
    /// Tests a project's own rules
    Check(check::Args),
    /// Writes intended configurations
    Render(render::Args),
    /// Shows one resolved part of the network
    Show(show::Args),
    /// Compares two configuration files
    Diff(diff::Args),
    /// Reads running configurations, secrets masked
    Read(read::Args),
    /// Logs in to devices and says whether a push could begin
    CheckDevice(check_device::Args),
    /// Accepts a device's SSH host key
    Trust(trust::Args),
    /// Says what would change
    Plan(plan::Args),
    /// Signs a plan
    Approve(approve::Args),
    /// Pushes an approved plan
    Apply(apply::Args),
    /// Writes a report on a plan or a run
    Report(report::Args),
    /// Verifies and shows the journal
    Audit(audit::Args),
    /// Emulated devices of the whole inventory
    Lab(lab::Args),
    /// JSON Schemas of every file, for editors
    Schema(schema::Args),
    /// The language server, for editors
    Lsp(lsp::Args),
    /// Shell completions
    Completions(completions::Args),
    /// Manual pages
    Man(man::Args),
}

/// Runs the program and says how it ended: 0 done, 1 failed, 2 changes, 3 refused, 64 usage.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = match Cli::command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return failure::usage(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    trace(cli.global.verbose);
    let mut context = Context::new(cli.global);
    let outcome = run(&mut context, &cli.command);
    context.finish(outcome)
}

/// Sends what the program says of its own work to standard error: `-v` the steps, `-vv` the conversation with
/// devices. Libraries stay silent: what they would say of a login is not for a terminal.
fn trace(verbose: u8) {
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let level = match verbose {
        0 => return,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let own = tracing_subscriber::filter::Targets::new().with_target("samnet", level);
    // A second call, from a test in the same process, keeps the first.
    drop(tracing_subscriber::registry().with(layer).with(own).try_init());
}

/// A day as people write it.
fn date(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "there is no such day; write one as 2026-11-30".to_owned())
}

fn run(context: &mut Context, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Demo(args) => demo::run(context, args),
        Command::Init(args) => init::run(context, args),
        Command::Validate(args) => validate::run(context, args),
        Command::Explain(args) => explain::run(context, args),
        Command::Check(args) => check::run(context, args),
        Command::Render(args) => render::run(context, args),
        Command::Show(args) => show::run(context, args),
        Command::Diff(args) => diff::run(context, args),
        Command::Read(args) => read::run(context, args),
        Command::CheckDevice(args) => check_device::run(context, args),
        Command::Trust(args) => trust::run(context, args),
        Command::Plan(args) => plan::run(context, args),
        Command::Approve(args) => approve::run(context, args),
        Command::Apply(args) => apply::run(context, args),
        Command::Report(args) => report::run(context, args),
        Command::Audit(args) => audit::run(context, args),
        Command::Lab(args) => lab::run(context, args),
        Command::Schema(args) => schema::run(context, args),
        Command::Lsp(args) => lsp::run(context, args),
        Command::Completions(args) => completions::run(context, args),
        Command::Man(args) => man::run(context, args),
    }
}
