//! The path of a process's image: `/proc/PID/exe` (`proc_pid_exe(5)`).

use std::ffi::CString;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Stat, statat};

use crate::linux::procfs::files::{fact, read_link};
use crate::record::Fact;

/// The suffix that the kernel adds to the path of a file that was deleted.
const DELETED: &str = " (deleted)";
/// The prefix of the path of a file in memory, which never was in any folder (`memfd_create(2)`).
const IN_MEMORY: &str = "/memfd:";

/// The path of the image, and whether its file was deleted. A file may be called like one that
/// was, which only the file itself tells.
pub(crate) fn read(process: &OwnedFd) -> (Fact<Arc<str>>, Option<bool>) {
    let path = match fact(read_link(process, c"exe")) {
        Fact::Known(path) => path,
        unknown => return (unknown.map(Arc::from), None),
    };
    let Some(bare) = path.strip_suffix(DELETED) else {
        return (Fact::Known(path.into()), Some(false));
    };
    if bare.starts_with(IN_MEMORY) {
        return (Fact::Known(bare.into()), Some(false));
    }
    let Ok(image) = statat(process, c"exe", AtFlags::empty()) else {
        return (Fact::Known(bare.into()), None);
    };
    // The file may have another name still, while the one that it was started by is gone.
    if image.st_nlink > 0 && is_at(process, &path, &image) {
        return (Fact::Known(path.into()), Some(false));
    }
    (Fact::Known(bare.into()), Some(true))
}

/// Whether the path, as the process sees it, leads to that file.
fn is_at(process: &OwnedFd, path: &str, image: &Stat) -> bool {
    let found = CString::new(format!("root{path}"))
        .ok()
        .and_then(|path| statat(process, &path, AtFlags::empty()).ok());
    found.is_some_and(|found| (found.st_dev, found.st_ino) == (image.st_dev, image.st_ino))
}
