//! Finds the process that a user means by a pid or a name.

use std::fmt;

use crate::model::key::ProcessKey;
use crate::model::process::Process;
use crate::model::text::visible;
use crate::model::world::World;

/// Why a target could not be found.
#[derive(Debug, PartialEq)]
pub enum TargetError {
    /// No process has that pid or name.
    None(String),
    /// No process that this user may see has it: those of others are hidden (`hidepid`, proc(5)).
    Hidden(String),
    /// Several processes have that name: each with its pid and command line.
    Several(String, Vec<(u32, String)>),
}

impl fmt::Display for TargetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None(target) => {
                let target = visible(target);
                write!(formatter, "no process is {target}; `pexplore snapshot` lists all")
            }
            Self::Hidden(target) => write!(
                formatter,
                "no process that can be seen is {}: processes of other users are hidden here \
                 (hidepid)",
                visible(target)
            ),
            Self::Several(name, processes) => {
                let name = visible(name);
                write!(formatter, "several processes are named {name}; give the pid of one:")?;
                processes
                    .iter()
                    .try_for_each(|(pid, command)| write!(formatter, "\n{pid:>8} {command}"))
            }
        }
    }
}

impl std::error::Error for TargetError {}

/// The process that is meant by a pid, or by a name that only one process bears.
pub fn find(world: &World, target: &str) -> Result<ProcessKey, TargetError> {
    match all_meant(world, target).as_slice() {
        [] => Err(not_found(world, target)),
        [process] => Ok(process.key()),
        several => {
            let mut listed: Vec<_> = several.iter().map(|process| entry(process)).collect();
            listed.sort_unstable();
            Err(TargetError::Several(target.to_owned(), listed))
        }
    }
}

/// Every process that is meant by a pid or a name.
pub fn find_all(world: &World, target: &str) -> Result<Vec<ProcessKey>, TargetError> {
    let found = all_meant(world, target);
    if found.is_empty() {
        return Err(not_found(world, target));
    }
    Ok(found.into_iter().map(Process::key).collect())
}

fn not_found(world: &World, target: &str) -> TargetError {
    let target = target.to_owned();
    if world.sees_all() { TargetError::None(target) } else { TargetError::Hidden(target) }
}

fn all_meant<'a>(world: &'a World, target: &str) -> Vec<&'a Process> {
    let by_pid = target.parse().ok().and_then(|pid| world.living(pid));
    if let Some(process) = by_pid {
        return vec![process];
    }
    let living = world.processes().iter().filter(|process| process.ended.is_none());
    living.filter(|process| is_named(process, target)).collect()
}

fn is_named(process: &Process, name: &str) -> bool {
    let program = process.facts.as_ref().and_then(|facts| facts.program());
    *process.stat.comm == *name || program == Some(name)
}

fn entry(process: &Process) -> (u32, String) {
    let command = process.command_line().unwrap_or_default().line();
    let shown = if command.is_empty() { &*process.stat.comm } else { &command };
    (process.key().pid, visible(shown).chars().take(120).collect())
}
