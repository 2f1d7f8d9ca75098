//! Test processes that fork: the test program starts itself again and forks there, alone.

use std::process::Command;

use crate::support::test_processes::{Started, TestProcesses};

/// What the second run of this program is to become.
const KIND: &str = "PX_TEST_PROCESS";

/// Starts this program again as that kind of test process.
pub(crate) fn start(test_processes: &mut TestProcesses, kind: &str) -> Started {
    let this_program = std::env::current_exe().unwrap();
    let mut command = test_processes.command(this_program.to_str().unwrap());
    command.env(KIND, kind);
    command.args(["--exact", "fork::test_process_when_asked", "--nocapture", "--test-threads=1"]);
    test_processes.start(&mut command)
}

#[test]
fn test_process_when_asked() {
    let Ok(kind) = std::env::var(KIND) else { return };
    match kind.as_str() {
        "family" => family(),
        "orphan-of-group" => orphan_behind(set_group),
        "orphan-of-session" => orphan_behind(set_session),
        "double-fork" => detached(serve_below_leader),
        "daemon" => detached(serve_as_leader),
        "setsid-orphan" => setsid_orphan(),
        "zombies" => zombies(),
        "threads" => threads(),
        "subreaper" => subreaper(),
        other => panic!("no kind of test process is {other}"),
    }
}

fn family() {
    tell("fork", in_child(rest));
    tell(
        "middle",
        in_child(|| {
            tell("leaf", in_child(rest));
            rest();
        }),
    );
    tell(
        "setsid",
        in_child(|| {
            set_session();
            rest();
        }),
    );
    let mut exec = Command::new("sleep").arg("1000").spawn().unwrap();
    tell("exec", exec.id());
    exec.wait().unwrap();
}

/// Leaves a child behind whose creator led its group or session.
fn orphan_behind(lead: fn()) {
    in_child(|| {
        lead();
        tell("orphan", in_child(rest));
    });
    rest();
}

/// Detaches with daemon(3)'s one fork, or with a second one that gives up leading the session.
fn detached(serve_in_session: fn()) {
    in_child(|| {
        in_child(serve_in_session);
    });
    rest();
}

fn serve_as_leader() {
    set_session();
    serve();
}

fn serve_below_leader() {
    set_session();
    in_child(serve);
}

fn serve() {
    tell("daemon", std::process::id());
    let (flags, mode) = (rustix::fs::OFlags::RDWR, rustix::fs::Mode::empty());
    let null = rustix::fs::open("/dev/null", flags, mode).unwrap();
    rustix::stdio::dup2_stdin(&null).unwrap();
    rustix::stdio::dup2_stdout(&null).unwrap();
    rustix::stdio::dup2_stderr(&null).unwrap();
    rest();
}

fn setsid_orphan() {
    in_child(|| {
        tell(
            "orphan",
            in_child(|| {
                set_session();
                rest();
            }),
        );
    });
    rest();
}

fn zombies() {
    tell("exited", in_child(|| exit_now(3)));
    tell(
        "killed",
        in_child(|| {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
        }),
    );
    rest();
}

fn threads() {
    for _ in 0..3 {
        std::thread::spawn(rest);
    }
    tell("threads", std::process::id());
    rest();
}

/// Adopts whoever its descendants leave behind.
fn subreaper() {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
    tell(
        "middle",
        in_child(|| {
            tell("leaf", in_child(rest));
            rest();
        }),
    );
    rest();
}

fn tell(name: &str, pid: u32) {
    println!("px {name} {pid}");
}

fn set_group() {
    rustix::process::setpgid(None, None).unwrap();
}

fn set_session() {
    rustix::process::setsid().unwrap();
}

/// Forks; the child does its work and ends there. The child's pid.
#[expect(unsafe_code, reason = "a fork that is not followed by exec has no safe wrapper")]
fn in_child(work: impl FnOnce()) -> u32 {
    // SAFETY: this program was started for one test process and runs one thread (--test-threads=1),
    // so no lock can be held by a thread that the child does not have.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "could not fork");
    if pid == 0 {
        work();
        exit_now(0);
    }
    pid.cast_unsigned()
}

/// Ends without running what the test harness has registered for its own end.
#[expect(unsafe_code, reason = "std has no _exit")]
fn exit_now(code: i32) -> ! {
    // SAFETY: _exit(2) takes any number and does not return.
    unsafe { libc::_exit(code) }
}

/// Waits until it is ended.
fn rest() {
    loop {
        std::thread::park();
    }
}
