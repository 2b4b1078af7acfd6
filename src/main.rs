//! The `samnet` program: everything it does stands in the library.

use std::process::ExitCode;

/// Work on several threads asks for much small memory, which this gives faster than the system.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    samnet::cli::main(std::env::args_os())
}
