//! What not every machine has: without it a test is skipped and says why, or fails where
//! `PEXPLORE_TEST_ALL` demands all.

use std::fmt::Display;

/// Says that a test is skipped because it needs that; a failure where all are demanded.
#[track_caller]
pub(crate) fn skip(needs: impl Display) {
    assert!(std::env::var_os("PEXPLORE_TEST_ALL").is_none(), "this test needs {needs}");
    println!("skipped: needs {needs}");
}

/// Whether that program is installed; if not, the test is skipped.
#[track_caller]
pub(crate) fn need(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if !found {
        skip(program);
    }
    found
}

/// Whether this test runs as root; if not, it is skipped.
#[track_caller]
pub(crate) fn need_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("root");
    }
    is_root
}

/// Whether the kernel is that one or a newer one; if not, what it lacks is not tested.
pub(crate) fn runs_since(major: u32, minor: u32) -> bool {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut numbers = release.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let is_new = (numbers.next(), numbers.next()) >= (Some(major), Some(minor));
    if !is_new {
        println!("skipped: needs Linux {major}.{minor}");
    }
    is_new
}
