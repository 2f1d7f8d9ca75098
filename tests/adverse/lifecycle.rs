//! Births, execs and ends where the connector is missing, or time is another.

use crate::harness::namespace::unshared;
use crate::support::run;

#[test]
fn where_the_connector_is_missing_the_snapshot_works_as_ever() {
    let Some(mut command) = unshared(&["--net"], env!("CARGO_BIN_EXE_pexplore")) else { return };
    let printed = run(command.args(["snapshot", "--format", "json", "--interval", "0.05"]));
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    assert!(!printed.json()["processes"].as_array().unwrap().is_empty());
}
