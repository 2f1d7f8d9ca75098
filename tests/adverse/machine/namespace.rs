//! Commands in namespaces of their own (unshare(1)), and pid namespaces to enter (nsenter(1)).

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::harness::needs::{need, need_root, skip};
use crate::harness::processes::{children_of, end, runs};
use crate::harness::wait::wait_for;

/// A command in namespaces of its own; `None` where they are not to be had.
///
/// `flags` are unshare's, such as `--net`. A pid namespace ends with its first process, so that
/// nothing in it can outlive the test.
pub(crate) fn unshared(flags: &[&str], program: &str) -> Option<Command> {
    let arguments = unshare_arguments(flags, &[program])?;
    let mut command = Command::new("unshare");
    command.args(arguments);
    Some(command)
}

/// The arguments of unshare for such a command.
pub(crate) fn unshare_arguments<'a>(
    flags: &[&'a str],
    command: &[&'a str],
) -> Option<Vec<&'a str>> {
    can_unshare(flags).then(|| [flags, &["--"], command].concat())
}

/// Whether these namespaces are to be had; said where not, and a failure where all is demanded.
fn can_unshare(flags: &[&str]) -> bool {
    let tried = Command::new("unshare").args(flags).args(["--", "true"]).output();
    let can = tried.is_ok_and(|tried| tried.status.success());
    if !can {
        skip(format_args!("unshare {}", flags.join(" ")));
    }
    can
}

/// Tells the pid of the process that it leaves in the background, once a line says which pid was
/// the last one before it; an empty line leaves that to the kernel.
const INIT: &str = "read last; [ -z \"$last\" ] || echo \"$last\" > /proc/sys/kernel/ns_last_pid;
sleep 300 & echo $!; exec sleep 300";

/// A pid namespace with a `/proc` of its own, and a process in it beside its init. It ends with
/// all that is in it when dropped.
pub(crate) struct PidNamespace {
    unshare: Child,
    /// Its init, by the pid that it has here.
    pub(crate) init: u32,
    /// The process in it, by the pid that it has there.
    pub(crate) inner: u32,
    /// The same process, by the pid that it has here.
    pub(crate) outer: u32,
}

impl PidNamespace {
    /// `None` where it is not to be had. Its process gets that pid there, if one is asked for.
    pub(crate) fn new(pid: Option<u32>) -> Option<Self> {
        let flags = ["--pid", "--fork", "--mount-proc"];
        if !need_root() || !need("nsenter") || !can_unshare(&flags) {
            return None;
        }
        let mut command = Command::new("unshare");
        command.args(flags).args(["sh", "-c", INIT]);
        // unshare complains when its child is killed.
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut unshare = command.spawn().expect("it started before");
        let last = pid.map_or_else(String::new, |pid| (pid - 1).to_string());
        let mut input = unshare.stdin.take().expect("its input is piped");
        std::io::Write::write_all(&mut input, format!("{last}\n").as_bytes()).unwrap();
        let init = wait_for("the init", || children_of(unshare.id()).first().copied());
        let mut namespace = Self { unshare, init, inner: 0, outer: 0 };
        let mut line = String::new();
        let output = namespace.unshare.stdout.take().expect("its output is piped");
        BufReader::new(output).read_line(&mut line).unwrap();
        namespace.inner = line.trim().parse().unwrap();
        namespace.outer = children_of(init)[0];
        assert_eq!(innermost(namespace.outer), Some(namespace.inner));
        assert!(pid.is_none_or(|pid| pid == namespace.inner));
        Some(namespace)
    }

    /// The arguments of nsenter that run a command in it, as [`enter_arguments`] has them.
    pub(crate) fn entering(&self, ways: &[&str], command: &[&str]) -> Vec<String> {
        enter_arguments(self.init, ways, command)
    }

    /// Such a command.
    pub(crate) fn enter(&self, ways: &[&str], command: &[&str]) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(self.entering(ways, command)).stdin(Stdio::null());
        nsenter.env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
        nsenter
    }
}

impl Drop for PidNamespace {
    fn drop(&mut self) {
        // The kernel ends all that is in it with its init.
        end(self.init);
        let _ = self.unshare.kill();
        let _ = self.unshare.wait();
    }
}

/// The arguments of nsenter that run a command in the pid namespace of a process (`--pid`), with
/// its `/proc` (`--mount`), or both.
pub(crate) fn enter_arguments(process: u32, ways: &[&str], command: &[&str]) -> Vec<String> {
    let target = format!("--target={process}");
    let words = ways.iter().chain(&["--"]).chain(command);
    std::iter::once(target).chain(words.map(|word| (*word).to_owned())).collect()
}

/// The pid that a process has in the innermost of its namespaces (`proc_pid_status(5)`).
pub(crate) fn innermost(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let pids = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    pids.split_whitespace().next_back()?.parse().ok()
}

/// Two processes that have the same pid: one here, and one in a pid namespace of its own.
pub(crate) struct Twins {
    here: Child,
    pub(crate) there: PidNamespace,
}

impl Twins {
    /// `None` where there can be none.
    pub(crate) fn new() -> Option<Self> {
        let mut here = Command::new("sleep").arg("300").spawn().unwrap();
        let there = PidNamespace::new(Some(here.id()));
        if there.is_none() {
            let _ = here.kill();
            let _ = here.wait();
        }
        Some(Self { here, there: there? })
    }

    /// The pid of both.
    pub(crate) fn pid(&self) -> u32 {
        self.here.id()
    }

    /// Whether nothing has ended either.
    pub(crate) fn both_run(&self) -> bool {
        runs(self.here.id()) && runs(self.there.outer)
    }
}

impl Drop for Twins {
    fn drop(&mut self) {
        let _ = self.here.kill();
        let _ = self.here.wait();
    }
}
