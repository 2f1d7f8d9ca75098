//! The files of one run of the lab: the Python programs that it brings, which have to be files
//! because a spawned child imports its main by its path, and the semaphores that these leave.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use crate::lab::mark::Run;
use crate::model::program::PYTHON_PROGRAMS;

const PRIVATE: u32 = 0o700;
/// Where named semaphores are files (`sem_overview(7)`).
const SEMAPHORES: &str = "/dev/shm";
/// Two may be removing it at once, and one then finds gone what it was about to remove.
const MOST_TRIES: usize = 5;

/// Where the programs are.
pub(super) fn path(run: Run) -> PathBuf {
    std::env::temp_dir().join(name(run))
}

fn name(run: Run) -> String {
    format!("pexplore-lab-{run}")
}

/// Writes them. The folder is this user's alone, and must not be there yet.
pub(super) fn write(run: Run) -> io::Result<PathBuf> {
    let folder = path(run);
    DirBuilder::new().mode(PRIVATE).create(&folder)?;
    for program in &PYTHON_PROGRAMS {
        let file = folder.join(format!("{}.py", program.name));
        File::create_new(file)?.write_all(program.text.as_bytes())?;
    }
    Ok(folder)
}

/// Removes it, with what programs have put there, and their semaphores: Python removes them only
/// if its resource tracker outlives all others.
pub(super) fn remove(run: Run) {
    let prefix = format!("sem.{}-", name(run));
    for file in fs::read_dir(SEMAPHORES).into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().starts_with(&prefix) {
            // Another one may have removed it already; that of another user cannot be.
            let _ = fs::remove_file(file.path());
        }
    }
    let folder = path(run);
    for _ in 0..MOST_TRIES {
        if !is_own(&folder) || fs::remove_dir_all(&folder).is_ok() {
            return;
        }
    }
}

/// Anybody can make a folder of that name in a place where all may write.
pub(super) fn is_own(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|metadata| {
        metadata.is_dir()
            && metadata.uid() == geteuid().as_raw()
            && metadata.mode() & 0o777 == PRIVATE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_private_and_removed_with_all_that_is_in_it() {
        let run = Run::next().unwrap();
        let folder = write(run).unwrap();
        assert!(is_own(&folder) && folder.join("fork.py").is_file());
        assert_eq!(write(run).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        fs::create_dir(folder.join("more")).unwrap();
        fs::write(folder.join("more/file"), "x").unwrap();
        remove(run);
        assert!(!folder.exists());
    }

    #[test]
    fn a_link_of_its_name_is_left_alone() {
        let run = Run::next().unwrap();
        let folder = path(run);
        let target = tempfile::tempdir().unwrap();
        fs::write(target.path().join("kept"), "x").unwrap();
        std::os::unix::fs::symlink(target.path(), &folder).unwrap();
        remove(run);
        let kept = target.path().join("kept").exists();
        fs::remove_file(&folder).unwrap();
        assert!(kept);
    }
}
