//! The scenarios that come with pexplore.

use crate::scenario::Scenario;
use crate::scenario::parse::{ParseError, parse};

/// Name and text of each, in the order of the menu.
const TEXTS: &[(&str, &str)] = &[
    ("parent-and-child", include_str!("../../assets/scenarios/parent-and-child.toml")),
    ("start-methods", include_str!("../../assets/scenarios/start-methods.toml")),
    (
        "a-child-becomes-a-parent",
        include_str!("../../assets/scenarios/a-child-becomes-a-parent.toml"),
    ),
    ("daemonic-children", include_str!("../../assets/scenarios/daemonic-children.toml")),
    ("orphans", include_str!("../../assets/scenarios/orphans.toml")),
    ("zombies", include_str!("../../assets/scenarios/zombies.toml")),
    ("term-and-kill", include_str!("../../assets/scenarios/term-and-kill.toml")),
    ("stop-and-continue", include_str!("../../assets/scenarios/stop-and-continue.toml")),
    ("double-fork-daemon", include_str!("../../assets/scenarios/double-fork-daemon.toml")),
    ("groups-and-sessions", include_str!("../../assets/scenarios/groups-and-sessions.toml")),
    ("exits-and-signals", include_str!("../../assets/scenarios/exits-and-signals.toml")),
    ("short-lives", include_str!("../../assets/scenarios/short-lives.toml")),
    ("python-fork", include_str!("../../assets/scenarios/python-fork.toml")),
    ("python-spawn", include_str!("../../assets/scenarios/python-spawn.toml")),
    ("python-forkserver", include_str!("../../assets/scenarios/python-forkserver.toml")),
    ("python-nested", include_str!("../../assets/scenarios/python-nested.toml")),
    ("python-pool", include_str!("../../assets/scenarios/python-pool.toml")),
    ("python-executor", include_str!("../../assets/scenarios/python-executor.toml")),
    ("python-manager", include_str!("../../assets/scenarios/python-manager.toml")),
    ("python-daemonic-parent", include_str!("../../assets/scenarios/python-daemonic-parent.toml")),
];

/// The scenarios that come with pexplore, in the order of the menu.
pub(crate) fn scenarios() -> impl Iterator<Item = (&'static str, Result<Scenario, ParseError>)> {
    TEXTS.iter().map(|(name, text)| (*name, parse(name, text)))
}
