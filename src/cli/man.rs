//! `samnet man`: manual pages.

use std::io::Write as _;
use std::path::PathBuf;

use clap::CommandFactory as _;

use super::{Cli, Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  samnet man | man -l -\n  samnet man --out ~/.local/share/man/man1")]
pub struct Args {
    /// Write one page per command into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the page of the program, or writes all of them.
///
/// # Errors
/// When the folder or standard output cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome, Failure> {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        context.out.write_all(&page)?;
        return Ok(Outcome::Done);
    };
    let failed = |error| Failure::failed(format!("failed to write manual pages to {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    Ok(Outcome::Done)
}
