//! `pexplore lab`: the tree with the lab's main started, and what kinds there are.

use std::fmt::Write;

use clap::Args;

use crate::model::specimen::{KINDS, SpecimenOrder};
use crate::runtime::effects::LabOrder;

/// What `pexplore lab` takes.
#[derive(Args, Debug)]
pub(super) struct LabArgs {
    /// Start a test child, too: a kind, or a kind and its number; may be given again
    #[arg(long, value_name = "KIND[=N]")]
    spawn: Vec<SpecimenOrder>,
    /// List the kinds of test children, one a line
    #[arg(long)]
    pub(super) kinds: bool,
}

impl LabArgs {
    /// What the lab does first.
    pub(super) fn orders(self) -> Vec<LabOrder> {
        let spawned = self.spawn.into_iter().map(LabOrder::Add);
        std::iter::once(LabOrder::Open).chain(spawned).collect()
    }
}

/// One kind a line, its name first.
pub(super) fn kinds() -> String {
    KINDS.iter().fold(String::new(), |mut text, row| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:17} {} ({})", row.name, row.lesson, row.number_text());
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kinds_has_each_name_first_on_its_line() {
        let text = kinds();
        let names: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(names, KINDS.map(|row| row.name));
        assert!(text.starts_with(
            "child             a forked child that waits; it never exec'ed \
             (=N of them, 1 to 256; 1 if none is given)\n"
        ));
    }
}
