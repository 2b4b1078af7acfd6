//! `samnet report`: writes a report on a plan or a run.

use super::{Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  samnet report")]
pub struct Args {}

/// Does it.
///
/// # Errors
/// Not built yet.
pub fn run(_context: &mut Context, _args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::failed("`samnet report` is not built yet"))
}
