//! `samnet apply`: pushes an approved plan.

use super::{Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  samnet apply")]
pub struct Args {}

/// Does it.
///
/// # Errors
/// Not built yet.
pub fn run(_context: &mut Context, _args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::failed("`samnet apply` is not built yet"))
}
