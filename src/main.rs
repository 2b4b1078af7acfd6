//! The `samnet` program: everything it does stands in the library.

use std::process::ExitCode;

/// A large inventory is millions of small pieces, made on all cores at once.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    samnet::cli::main(std::env::args_os())
}
