//! The `ztam` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ztam::main(std::env::args_os())
}
