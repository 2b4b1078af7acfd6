//! `samnet trust`: accepts a device's SSH host key.

use super::{Context, Failure, Outcome};

/// Arguments as typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  samnet trust")]
pub struct Args {}

/// Does it.
///
/// # Errors
/// Not built yet.
pub fn run(_context: &mut Context, _args: &Args) -> Result<Outcome, Failure> {
    Err(Failure::failed("`samnet trust` is not built yet"))
}
