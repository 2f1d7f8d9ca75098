//! Finds processes by what a command line names: also by the number of one of their threads.

use crate::linux::procfs::threads;
use crate::record::ProcessId;
use crate::report::target::{self, TargetError};
use crate::runtime::output;
use crate::text::visible;
use crate::world::{Process, World};

/// The process that is meant by a pid, a name, or the number of one of its threads.
pub(crate) fn find(world: &World, target: &str) -> Result<ProcessId, TargetError> {
    target::find(world, target).or_else(|error| of_thread(world, target).ok_or(error))
}

/// Every process that is meant by a pid, a name, or the number of one of its threads.
pub(crate) fn find_all(world: &World, target: &str) -> Result<Vec<ProcessId>, TargetError> {
    target::find_all(world, target)
        .or_else(|error| Ok(vec![of_thread(world, target).ok_or(error)?]))
}

/// The process that a thread belongs to, which is said: another number was given.
fn of_thread(world: &World, target: &str) -> Option<ProcessId> {
    let pid = threads::process_of(target.parse().ok()?)?;
    let process: &Process = world.living(pid)?;
    let name = visible(&process.stat.comm);
    output::warn(&format!("{target} is a thread of process {pid} ({name})"));
    Some(process.id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;

    #[test]
    fn a_thread_stands_for_its_process() {
        let own = std::process::id();
        let world = fixture::world(&format!("1 0 1 1 - - init\n{own} 1 {own} {own} - - tests"));
        // A test runs in a thread of its own.
        let thread = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        assert_ne!(thread, own);
        let process = world.living(own).unwrap().id();
        assert_eq!(find(&world, &thread.to_string()), Ok(process));
        assert_eq!(find_all(&world, &thread.to_string()), Ok(vec![process]));
        let no_process = u32::MAX.to_string();
        assert_eq!(find_all(&world, &no_process), Err(TargetError::None(no_process.clone())));
    }
}
