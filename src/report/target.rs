//! Finds the process that a user means by a pid or a name.

use crate::describe::command;
use crate::record::{BootTime, ProcessId};
use crate::text::units::duration;
use crate::text::visible;
use crate::world::{Process, World};

/// Why a target could not be found.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum TargetError {
    /// No process has that pid or name.
    #[error("no process {}; `pexplore snapshot` lists all", as_meant(.0))]
    None(String),
    /// No process that this user may see has it: those of others are hidden (`hidepid`, proc(5)).
    #[error(
        "no process that can be seen {}: processes of other users are hidden here (hidepid)",
        as_meant(.0)
    )]
    Hidden(String),
    /// Several processes have that name: each with its pid, and its user, age and command line.
    #[error("several processes are named {}; give the pid of one:{}", visible(.0), listed(.1))]
    Several(String, Vec<(u32, String)>),
}

/// `has pid 4711`, or `is named make`.
fn as_meant(target: &str) -> String {
    let is_pid = target.bytes().all(|byte| byte.is_ascii_digit()) && !target.is_empty();
    format!("{} {}", if is_pid { "has pid" } else { "is named" }, visible(target))
}

fn listed(processes: &[(u32, String)]) -> String {
    let line = |(pid, command): &(u32, String)| format!("\n{pid:>8} {command}");
    processes.iter().map(line).collect::<Vec<_>>().concat()
}

/// The process that is meant by a pid, or by a name that only one process bears.
pub(crate) fn find(world: &World, target: &str) -> Result<ProcessId, TargetError> {
    match all_meant(world, target).as_slice() {
        [] => Err(not_found(world, target)),
        [process] => Ok(process.id()),
        several => {
            let mut listed: Vec<_> = several.iter().map(|process| entry(world, process)).collect();
            listed.sort_unstable();
            Err(TargetError::Several(target.to_owned(), listed))
        }
    }
}

/// Every process that is meant by a pid or a name.
pub(crate) fn find_all(world: &World, target: &str) -> Result<Vec<ProcessId>, TargetError> {
    let found = all_meant(world, target);
    if found.is_empty() {
        return Err(not_found(world, target));
    }
    Ok(found.into_iter().map(Process::id).collect())
}

fn not_found(world: &World, target: &str) -> TargetError {
    let target = target.to_owned();
    if world.sees_all() { TargetError::None(target) } else { TargetError::Hidden(target) }
}

fn all_meant<'a>(world: &'a World, target: &str) -> Vec<&'a Process> {
    if target.is_empty() {
        return Vec::new();
    }
    let by_pid = target.parse().ok().and_then(|pid| world.living(pid));
    if let Some(process) = by_pid {
        return vec![process];
    }
    let living = || world.processes().filter(|process| process.ended.is_none());
    let named: Vec<&Process> = living().filter(|process| is_named(process, target)).collect();
    // A number in a command line names nothing: it is a port, a size, another pid.
    if !named.is_empty() || target.bytes().all(|byte| byte.is_ascii_digit()) {
        return named;
    }
    // A script is known by the name that it was started by.
    living().filter(|process| is_in_command(process, target) && !is_own(world, process)).collect()
}

/// pexplore itself, and the shell or script that gave it the name, hold that word, too.
fn is_own(world: &World, process: &Process) -> bool {
    let own = &world.host().own;
    process.id().pid == own.pid || own.ancestors.contains(&process.id().pid)
}

/// Whether a word of the command line is that name, or a path that ends in it; of several words,
/// whether they stand in it so.
fn is_in_command(process: &Process, name: &str) -> bool {
    if name.contains(' ') {
        return process.command_line().is_some_and(|arguments| {
            let said: Vec<_> = command::words(&arguments).collect();
            arguments.line().contains(name) || said.join(" ").contains(name)
        });
    }
    let is_meant = |word: &str| word == name || word.rsplit('/').next() == Some(name);
    process.command_line().is_some_and(|arguments| arguments.line().split(' ').any(is_meant))
}

fn is_named(process: &Process, name: &str) -> bool {
    let program = process.facts.as_ref().and_then(|facts| facts.program());
    *process.stat.comm == *name || program == Some(name)
}

fn entry(world: &World, process: &Process) -> (u32, String) {
    let command = process.command_line().unwrap_or_default().line();
    let command = if command.is_empty() { &*process.stat.comm } else { &command };
    let command: String = visible(command).chars().take(120).collect();
    let user = world.user_of(process);
    let user = user.as_deref().map_or("?".into(), visible);
    let born = BootTime::of_birth(process.key(), world.host());
    let age = duration(world.now().seconds_since(born));
    (process.id().pid, format!("{user:8} {age:>4} {command}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;

    const SCRIPTS: &str = "
        1 0 1 1 - - systemd
        10 1 10 10 - - python3 | cmd=/usr/bin/python3 /srv/web.py --port 80
        11 1 11 11 - - python3 | uid=33 cmd=python3 mem.py
        8999 1 8999 8999 - - bash | cmd=bash -c \"pexplore web.py\"
        9000 8999 8999 8999 - - pexplore | cmd=pexplore web.py";

    #[test]
    fn a_script_is_found_by_its_own_name_and_pexplore_is_not() {
        let world = fixture::world(SCRIPTS);
        assert_eq!(find(&world, "web.py").map(|id| id.pid), Ok(10));
        assert_eq!(find(&world, "/srv/web.py").map(|id| id.pid), Ok(10));
        assert_eq!(find(&world, "bash").map(|id| id.pid), Ok(8999));
        assert_eq!(find(&world, "python3 web.py --port").map(|id| id.pid), Ok(10));
        assert_eq!(find(&world, "python3 /srv/web.py").map(|id| id.pid), Ok(10));
        assert!(find(&world, "eb.py").is_err());
        assert!(find(&world, "80").is_err(), "a number is a pid, not the port of one");
    }

    #[test]
    fn several_are_listed_with_what_tells_them_apart() {
        let said = find(&fixture::world(SCRIPTS), "python3").unwrap_err().to_string();
        let lines: Vec<&str> = said.lines().skip(1).map(str::trim).collect();
        assert!(
            lines[0].starts_with("10 ") && lines[0].ends_with("/srv/web.py --port 80"),
            "{said}"
        );
        assert!(lines[1].contains(" 33 ") && lines[1].contains(" 16m "), "{said}");
    }
}
