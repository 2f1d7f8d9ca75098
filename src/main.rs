//! pexplore: shows who started whom, watches processes live and die, and says why.

use std::process::ExitCode;

use pexplore::runtime::output;
use pexplore::runtime::signal::resumer::{RESUMER_COMMAND, run_resumer};
use pexplore::source::blocking_reads::{READER_COMMAND, run_reader};
use pexplore::source::memory;
use pexplore::{cli, lab};

fn main() -> ExitCode {
    memory::share();
    // The lab, the reader and a signal to a subtree start this very program again; those processes
    // have no command line of a user's.
    match std::env::args_os().nth(1) {
        Some(command) if command == lab::HELPER_COMMAND => lab::run_helper(),
        Some(command) if command == lab::GUARD_COMMAND => lab::run_guard(),
        Some(command) if command == lab::TEST_PROCESS_COMMAND => {
            lab::run_test_process(std::env::args_os().skip(2));
        }
        Some(command) if command == READER_COMMAND => run_reader(std::env::args_os().skip(2)),
        Some(command) if command == RESUMER_COMMAND => run_resumer(),
        _ => {}
    }
    let ended = output::install_reports().and_then(|()| cli::run());
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // The terminal may be the very thing that is gone.
            output::warn(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
