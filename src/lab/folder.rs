//! The files of one run of the lab: the Python programs that it brings, which have to be files
//! because a spawned child imports its main by its path, and the semaphores that these leave.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use crate::lab::mark::Run;
use crate::test_process::PYTHON_PROGRAMS;

const PRIVATE: u32 = 0o700;
/// Where named semaphores are files (`sem_overview(7)`).
const SEMAPHORES: &str = "/dev/shm";
/// Two may be removing it at once, and one then finds gone what it was about to remove.
const MOST_TRIES: usize = 5;

/// The folder, where it was written.
pub(super) fn find(run: Run) -> Option<PathBuf> {
    find_in(&places(), run)
}

/// Writes the programs into a new folder, which is this user's alone.
pub(super) fn write(run: Run) -> io::Result<PathBuf> {
    write_in(&places(), run)
}

/// Removes it, with what programs have put there, and their semaphores: Python removes them only
/// if its resource tracker outlives all others.
pub(super) fn remove(run: Run) {
    remove_semaphores(run);
    remove_in(&places(), run);
}

/// Nobody can know the name before, and make something of that name first.
fn name(run: Run) -> String {
    format!("pexplore-lab-{:032x}", run.name)
}

/// Where it may be. The better place is the one of this user alone, which ends with the last
/// session (XDG Base Directory Specification); the other is the folder for temporary files.
fn places() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.filter(|place| is_this_users(place)).into_iter().chain([std::env::temp_dir()]).collect()
}

/// As root with another user's environment it is that one's.
fn is_this_users(place: &Path) -> bool {
    let is_ours = |it: fs::Metadata| it.is_dir() && it.uid() == geteuid().as_raw();
    place.is_absolute() && fs::metadata(place).is_ok_and(is_ours)
}

fn find_in(places: &[PathBuf], run: Run) -> Option<PathBuf> {
    places.iter().map(|place| place.join(name(run))).find(|folder| is_own(folder))
}

fn write_in(places: &[PathBuf], run: Run) -> io::Result<PathBuf> {
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for place in places {
        outcome = write_new(place.join(name(run)));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Only into a folder that was not there.
fn write_new(folder: PathBuf) -> io::Result<PathBuf> {
    DirBuilder::new().mode(PRIVATE).create(&folder)?;
    let written = PYTHON_PROGRAMS.iter().try_for_each(|program| {
        let file = folder.join(format!("{}.py", program.name));
        File::create_new(file)?.write_all(program.text.as_bytes())
    });
    if written.is_err() {
        // The disk may be full: what is there is of no use.
        let _ = fs::remove_dir_all(&folder);
    }
    written.map(|()| folder)
}

fn remove_semaphores(run: Run) {
    let prefix = format!("sem.{}-", name(run));
    for file in fs::read_dir(SEMAPHORES).into_iter().flatten().flatten() {
        let is_of_run = file.file_name().to_string_lossy().starts_with(&prefix);
        // Anybody can give a file of its own that name.
        if is_of_run && file.metadata().is_ok_and(|it| it.uid() == geteuid().as_raw()) {
            // Another one may have removed it already.
            let _ = fs::remove_file(file.path());
        }
    }
}

fn remove_in(places: &[PathBuf], run: Run) {
    for _ in 0..MOST_TRIES {
        let Some(folder) = find_in(places, run) else { return };
        let _ = fs::remove_dir_all(&folder);
    }
}

/// Not a link, nor what another user has made.
fn is_own(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|metadata| {
        metadata.is_dir()
            && metadata.uid() == geteuid().as_raw()
            && metadata.mode() & 0o777 == PRIVATE
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn place() -> (tempfile::TempDir, [PathBuf; 1]) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().to_owned();
        (place, [path])
    }

    #[test]
    fn the_folder_is_private_and_removed_with_all_that_is_in_it() {
        let (_place, places) = place();
        let run = Run::begin().unwrap();
        let folder = write_in(&places, run).unwrap();
        assert_eq!(find_in(&places, run), Some(folder.clone()));
        assert!(folder.starts_with(&places[0]) && folder.join("fork.py").is_file());
        fs::create_dir(folder.join("more")).unwrap();
        fs::write(folder.join("more/file"), "x").unwrap();
        remove_in(&places, run);
        assert!(!folder.exists());
    }

    #[test]
    fn its_name_is_another_one_in_each_run() {
        let (_place, places) = place();
        let [one, other] = [Run::begin().unwrap(), Run::begin().unwrap()];
        let folders = [write_in(&places, one).unwrap(), write_in(&places, other).unwrap()];
        assert_ne!(folders[0], folders[1]);
        remove_in(&places, one);
        assert!(!folders[0].exists() && folders[1].exists());
    }

    #[test]
    fn neither_a_folder_nor_a_link_of_its_name_is_taken() {
        let (_place, places) = place();
        let (target, run) = (tempfile::tempdir().unwrap(), Run::begin().unwrap());
        fs::write(target.path().join("kept"), "x").unwrap();
        let folder = places[0].join(name(run));
        symlink(target.path(), &folder).unwrap();
        assert_eq!(write_in(&places, run).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        remove_in(&places, run);
        assert!(target.path().join("kept").exists() && folder.is_symlink());
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        assert_eq!(write_in(&places, run).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        // It has the mode of any other folder, so it is nobody's who means this run.
        remove_in(&places, run);
        assert!(folder.exists());
    }

    #[test]
    fn the_second_place_is_taken_where_the_first_takes_nothing() {
        let (_place, [place]) = place();
        let places = [PathBuf::from("/proc"), place.clone()];
        let run = Run::begin().unwrap();
        let folder = write_in(&places, run).unwrap();
        assert!(folder.starts_with(&place));
        remove_in(&places, run);
        assert!(!folder.exists());
        assert!(write_in(&places[..1], run).is_err());
    }

    #[test]
    fn a_place_is_this_users_if_it_is_an_absolute_folder_of_its_own() {
        let (_place, [place]) = place();
        let file = place.join("file");
        fs::write(&file, "x").unwrap();
        assert!(is_this_users(&place));
        for wrong in [&file, Path::new("."), Path::new(""), &place.join("missing")] {
            assert!(!is_this_users(wrong), "{}", wrong.display());
        }
        if geteuid().is_root() {
            std::os::unix::fs::chown(&place, Some(65534), None).unwrap();
            assert!(!is_this_users(&place));
        }
    }
}
