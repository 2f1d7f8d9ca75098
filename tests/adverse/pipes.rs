//! pexplore whose output nobody takes.

use rustix::process::Signal;

use crate::machine::held_pipe::IntoHeldPipe;
use crate::support::test_processes::TestProcesses;
use crate::support::{pexplore, run};

#[test]
fn a_follower_whose_output_is_not_taken_ends_by_a_signal_in_order() {
    for (format, signal) in [("text", Signal::TERM), ("json", Signal::INT), ("json", Signal::HUP)] {
        let mut events = IntoHeldPipe::start(&mut pexplore(&[
            "events",
            "--interval",
            "0.2",
            "--format",
            format,
        ]));
        let mut test_processes = TestProcesses::new();
        events.wait_until_full(|| {
            test_processes.start(&mut test_processes.command("true"));
        });
        events.signal(signal);
        assert_eq!(events.wait_for_end(), Some(0), "{format} {signal:?}");
    }
}

#[test]
fn a_snapshot_that_is_not_taken_ends_by_a_signal() {
    // Hardly any machine has so few processes that their JSON fits into a page.
    let arguments = ["snapshot", "--format", "json", "--interval", "0.05"];
    assert!(run(&mut pexplore(&arguments)).stdout.len() > 4096);
    let mut snapshot = IntoHeldPipe::start(&mut pexplore(&arguments));
    snapshot.wait_until_full(|| {});
    snapshot.signal(Signal::TERM);
    assert_eq!(snapshot.wait_for_end(), None, "the signal ended it");
}
