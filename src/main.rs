//! pexplore: shows who started whom, watches processes live and die, and says why.

use std::process::ExitCode;

use pexplore::{cli, lab};

fn main() -> ExitCode {
    // The lab starts this very program again; those processes have no command line of a user's.
    match std::env::args_os().nth(1) {
        Some(command) if command == lab::HELPER_COMMAND => lab::run_helper(),
        Some(command) if command == lab::GUARD_COMMAND => lab::run_guard(),
        _ => {}
    }
    if let Err(error) = color_eyre::install() {
        eprintln!("pexplore: {error:#}");
    }
    match cli::run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("pexplore: {error:#}");
            ExitCode::FAILURE
        }
    }
}
