//! `pexplore lab`: the tree with the lab's main started, scenarios, and the list of kinds.

use std::fmt::Write;
use std::io::IsTerminal;

use clap::Args;
use color_eyre::eyre::{Result, bail};

use crate::cli::{Global, interact};
use crate::lab::python;
use crate::record::{Host, ReadOnly, ScanSource};
use crate::scenario::{NO_TICKS, Need, Scenario};

use crate::runtime::lab_thread::LabOrder;
use crate::runtime::{output, play, scenarios};
use crate::test_process::{KINDS, TestProcessOrder};
use crate::text::visible;

/// The arguments of `pexplore lab`.
#[derive(Args, Debug)]
pub(super) struct LabArgs {
    /// A scenario to play: its name, or the path of its file
    scenario: Option<String>,
    /// Play the scenario without a screen; say what was predicted and what was observed
    #[arg(long, requires = "scenario")]
    auto: bool,
    /// Start a test process, too: a kind, or a kind and its number; may be given again
    #[arg(long, value_name = "KIND[=N]", conflicts_with = "auto")]
    spawn: Vec<TestProcessOrder>,
    /// List the scenarios, one a line
    #[arg(long)]
    list: bool,
    /// List the kinds of test processes, one a line
    #[arg(long)]
    kinds: bool,
}

/// Lists, plays, or opens the screen; the exit code.
pub(super) fn run(host: Host, arguments: LabArgs, global: &Global) -> Result<u8> {
    if arguments.kinds {
        output::print(&kinds())?;
        return Ok(0);
    }
    if arguments.list {
        output::print(&list())?;
        return Ok(0);
    }
    if let Some(reason) = ReadOnly::new(&host, global.read_only) {
        bail!("{}", reason.sentence())
    }
    let scenario = arguments.scenario.as_deref().map(scenarios::find).transpose()?;
    if let Some(scenario) = &scenario
        && host.scan == ScanSource::Sysinfo
    {
        bail!("{} cannot be played with --source sysinfo: {NO_TICKS}", scenario.name);
    }
    if scenario.is_some() && !arguments.auto && !std::io::stdout().is_terminal() {
        bail!("standard output is not a terminal; --auto plays a scenario without one");
    }
    match scenario {
        Some(scenario) if !arguments.auto && lacks_python(&scenario) => {
            bail!("{} cannot be played: {}", scenario.name, Need::Python.lack())
        }
        Some(scenario) if arguments.auto => {
            play::run(host, &scenario, global.linger, global.memory_limit, global.record.as_deref())
        }
        scenario => interact(&host, None, scenario, global, &arguments.orders()),
    }
}

/// Whether it needs a Python that is not there.
fn lacks_python(scenario: &Scenario) -> bool {
    scenario.needs.contains(&Need::Python) && python().is_none()
}

impl LabArgs {
    /// The first orders to the lab. With a scenario the screen is that one's, which has a lab of
    /// its own.
    fn orders(self) -> Vec<LabOrder> {
        let open = self.scenario.is_none().then_some(LabOrder::Open);
        open.into_iter().chain(self.spawn.into_iter().map(LabOrder::Add)).collect()
    }
}

/// One scenario a line, its name first. What is wrong with a file goes to standard error.
fn list() -> String {
    let mut text = String::new();
    for found in scenarios::all() {
        match found {
            // Writing to a string cannot fail.
            Ok(scenario) => {
                let (title, summary) = (visible(&scenario.title), visible(&scenario.summary));
                let _ = writeln!(text, "{:24} {title}: {summary}", scenario.name);
            }
            Err(broken) => output::warn(&visible(&broken.sentence)),
        }
    }
    text
}

/// One kind a line, its name first.
fn kinds() -> String {
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
            "child             a forked child that waits; it never exec'd \
             (=N of them, 1 to 256; 1 if none is given)\n"
        ));
    }
}
