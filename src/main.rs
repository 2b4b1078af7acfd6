//! The `samnet` program: everything it does stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    samnet::cli::main(std::env::args_os())
}
