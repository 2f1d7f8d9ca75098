//! A test process from its fork to its report.
//! Nothing here returns; what it does from then on is `life`.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, PidfdFlags, Signal, chdir, getpid, getppid, kill_process, pidfd_open, setpgid,
    setpriority_process, setsid,
};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::thread::set_name;

use crate::lab::answer::LabError;
use crate::lab::entry::{self, Streams};
use crate::lab::life::{Living, alarm};
use crate::lab::mark::Run;
use crate::lab::part::Part;
use crate::lab::terminal::{self, Terminal};
use crate::lab::wire::{self, Greeting, Report};
use crate::lab::{HANDED_RUN, RUN_MARK, TEST_PROCESS_COMMAND, fork, pidfd};
use crate::linux::wait;
use crate::test_process::TestProcessKind;

const BURNERS_NICE: i32 = 10;
/// How long one that ends by itself can be looked at first.
const SEEN_FOR: Duration = Duration::from_secs(3);
const BRIEF: Duration = Duration::from_millis(10);
/// How long an orphan waits for its adoption, in rounds.
const MOST_ROUNDS: usize = 1000;
const ROUND: Duration = Duration::from_millis(1);
const ONE_MB: usize = 1 << 20;

/// Everything that a test process inherits from its creator and the helper.
#[derive(Debug)]
pub(super) struct Inheritance {
    /// Read end of the life pipe.
    pub(super) life: OwnedFd,
    /// Where the helper tells it to fork.
    pub(super) control: OwnedFd,
    /// Where it tells the helper, once, that it is what it is meant to be.
    pub(super) report: OwnedFd,
    /// Where each process sends its own pidfd to the guard.
    pub(super) registration: OwnedFd,
    /// The terminal that makes it a job; only below a session.
    pub(super) terminal: Option<OwnedFd>,
    /// The mark that its program is to carry; what is forked later has it of its creator.
    pub(super) run: Option<Run>,
}

/// The whole life of a test process, in the process that was just forked.
/// A process that cannot come up says so in its report, and ends.
pub(super) fn live(part: Part, number: u32, inheritance: Inheritance) -> ! {
    if let Err(error) = be_born(part, &inheritance) {
        give_up(part, &inheritance.report, &error);
    }
    let Inheritance { life, control, report, registration, terminal, run } = inheritance;
    drop((registration, terminal));
    if matches!(part, Part::Main | Part::Own(TestProcessKind::SpawnChild)) {
        let mut command = program_of(part, number, run);
        let error = become_a_program(&mut command, life, control, &report);
        give_up(part, &report, &error);
    }
    come_up(part, number, life, control, report)
}

/// The whole life of a test process in a program of its own, after the exec.
/// Without a part it was not the helper that started this.
pub(super) fn run(part: Option<Part>, number: u32) -> ! {
    let begun = part.ok_or_else(entry::refusal).and_then(|part| {
        entry::begin_test_process(part.name()).map(|(streams, report)| (part, streams, report))
    });
    match begun {
        Ok((part, Streams { life, socket }, report)) => come_up(part, number, life, socket, report),
        Err(error) => {
            let _ = io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes());
            fork::exit(2)
        }
    }
}

/// Says on a report pipe why there is no test process.
pub(super) fn refuse(report: &OwnedFd, why: impl Into<LabError>) {
    // If nobody reads it any more, nobody waits for it.
    let _ = write_report(report, &Err(why.into()));
}

/// One write, which a pipe keeps whole (pipe(7), `PIPE_BUF`).
fn write_report(report: &OwnedFd, outcome: &Report) -> io::Result<()> {
    rustix::io::write(report, (wire::to_line(outcome) + "\n").as_bytes())?;
    Ok(())
}

fn give_up(part: Part, report: &OwnedFd, error: &io::Error) -> ! {
    refuse(report, format!("{} could not come up: {error}", part.name()));
    fork::exit(1)
}

/// Registers, and takes the place in the tree, in groups and in sessions that its part has.
fn be_born(part: Part, inheritance: &Inheritance) -> io::Result<()> {
    match part {
        // As a job of a shell that has ended: the group's leader is gone.
        Part::Own(TestProcessKind::Orphan | TestProcessKind::Subreaped) => {
            leave_creator(part, inheritance, || Ok(setpgid(None, None)?))
        }
        Part::Own(TestProcessKind::Daemon) => {
            leave_creator(part, inheritance, || Ok(setsid().map(drop)?))?;
            chdir("/")?;
            let null = entry::null()?;
            dup2_stdin(&null)?;
            dup2_stdout(&null)?;
            Ok(dup2_stderr(&null)?)
        }
        Part::Main => {
            register(part.name(), &inheritance.registration)?;
            Ok(setpgid(None, None)?)
        }
        Part::Own(TestProcessKind::Session) => {
            register(part.name(), &inheritance.registration)?;
            Ok(setsid().map(drop)?)
        }
        _ => {
            register(part.name(), &inheritance.registration)?;
            become_a_job(part, inheritance)
        }
    }
}

/// Below a session: takes a group of its own, in the foreground.
fn become_a_job(part: Part, inheritance: &Inheritance) -> io::Result<()> {
    match &inheritance.terminal {
        Some(slave) if !part.leaves_session() => terminal::become_foreground_job(slave),
        _ => Ok(()),
    }
}

/// The first step of every process: it registers with the guard.
pub(super) fn register(comm: &str, registration: &OwnedFd) -> io::Result<()> {
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    wire::send(registration, &Greeting::TestProcess, &[own.as_fd()])?;
    fork::reset_signals();
    Ok(set_name(&CString::new(comm)?)?)
}

/// Forks once more, so that this process is only the creator, and ends at once. Returns in its
/// child, when somebody else has adopted that.
fn leave_creator(
    part: Part,
    inheritance: &Inheritance,
    prepare: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    register("px-creator", &inheritance.registration)?;
    become_a_job(part, inheritance)?;
    prepare()?;
    let creator = getpid();
    if fork::fork()?.is_some() {
        fork::exit(0);
    }
    register(part.name(), &inheritance.registration)?;
    for _ in 0..MOST_ROUNDS {
        if getppid() != Some(creator) {
            return Ok(());
        }
        wait::sleep(ROUND);
    }
    Err(io::Error::other("nobody adopted it"))
}

/// This very program again, as that part.
fn program_of(part: Part, number: u32, run: Option<Run>) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0("pexplore-lab")
        .args([TEST_PROCESS_COMMAND, part.name(), &number.to_string()])
        .envs(run.map(|run| (RUN_MARK, run.to_string())))
        .env_remove(HANDED_RUN);
    command
}

/// Becomes a program of its own. What it inherits comes as standard streams.
fn become_a_program(
    command: &mut Command,
    life: OwnedFd,
    control: OwnedFd,
    report: &OwnedFd,
) -> io::Error {
    match report.try_clone() {
        Ok(report) => {
            let [life, control, report] = [life, control, report].map(Stdio::from);
            command.stdin(life).stdout(control).stderr(report).exec()
        }
        Err(error) => error,
    }
}

/// Comes up, reports, and lives.
fn come_up(part: Part, number: u32, life: OwnedFd, control: OwnedFd, report: OwnedFd) -> ! {
    let mut it = Living::new(part, number, life, control);
    if let Err(error) = prepare(&mut it).and_then(|()| report_own(&report)) {
        give_up(part, &report, &error);
    }
    drop(report);
    match part {
        Part::Zombie => fork::exit(i32::try_from(number).unwrap_or(1)),
        Part::Own(TestProcessKind::Stopped) => {
            // No process is refused a signal to itself.
            let _ = kill_process(getpid(), Signal::STOP);
        }
        _ => {}
    }
    it.run()
}

fn prepare(it: &mut Living) -> io::Result<()> {
    match it.part {
        Part::Own(TestProcessKind::TermIgnorer) => {
            fork::ignore(Signal::TERM);
            fork::ignore(Signal::HUP);
        }
        Part::Own(TestProcessKind::TermCatcher) => {
            let (read_end, write_end) = pipe_with(PipeFlags::CLOEXEC)?;
            fork::catch_term(write_end)?;
            it.senders = Some(read_end);
        }
        Part::Own(TestProcessKind::Session) => {
            it.terminal = Some(Terminal::open()?);
            terminal::ignore_keys();
        }
        Part::Own(TestProcessKind::Burner) => setpriority_process(None, BURNERS_NICE)?,
        // Written to, so that it is resident and not only promised.
        Part::Own(TestProcessKind::Memory) => {
            it.memory = vec![1; usize::try_from(it.number).unwrap_or(0) * ONE_MB];
        }
        Part::Own(TestProcessKind::Exit | TestProcessKind::Crash) => {
            it.alarm = Some(alarm(SEEN_FOR)?);
        }
        Part::Brief => it.alarm = Some(alarm(BRIEF)?),
        _ => {}
    }
    Ok(())
}

/// Reports this process's key to the helper.
pub(super) fn report_own(report: &OwnedFd) -> io::Result<()> {
    let key = pidfd::key_of(Pid::as_raw_pid(getpid()).unsigned_abs());
    let key = key.ok_or_else(|| io::Error::other("/proc does not show it"))?;
    write_report(report, &Ok(key))
}
