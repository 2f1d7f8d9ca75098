//! Tests that need what not every machine has.

use std::fmt::Display;

/// Says that a test is skipped because it needs that; a failure where all are demanded.
#[track_caller]
pub(crate) fn skip(needs: impl Display) {
    assert!(std::env::var_os("PEXPLORE_TEST_ALL").is_none(), "this test needs {needs}");
    println!("skipped: needs {needs}");
}
