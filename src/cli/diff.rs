//! `samnet diff`: compares two configuration files.

use super::{Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  samnet diff")]
pub struct Args {}

/// Does it.
///
/// # Errors
/// Not built yet.
pub fn run(_context: &mut Context, _args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::failed("`samnet diff` is not built yet"))
}
