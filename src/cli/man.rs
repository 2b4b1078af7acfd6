//! `samnet man`: manual pages.

use super::{Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  samnet man")]
pub struct Args {}

/// Does it.
///
/// # Errors
/// Not built yet.
pub fn run(_context: &mut Context, _args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::failed("`samnet man` is not built yet"))
}
