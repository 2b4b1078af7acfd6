//! `samnet completions`: shell completions.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  samnet completions bash > ~/.local/share/bash-completion/completions/samnet")]
pub struct Args {
    /// The shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completion script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    // clap_complete panics when its writer fails, so it writes to memory first.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "samnet", &mut script);
    context.out.write_all(&script)?;
    Ok(Outcome::Done)
}
