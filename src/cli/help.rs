//! The help of each command lists only the options that act there.

use clap::{CommandFactory, FromArgMatches};

use crate::cli::Cli;

/// Options that do nothing in a command that only prints: it takes them, and its help leaves them
/// out.
const WITHOUT_EFFECT: [(&str, &[&str]); 4] = [
    ("snapshot", &["linger", "memory_limit", "no_mouse", "read_only", "keys", "record"]),
    (
        "explain",
        &["linger", "memory_limit", "color", "theme", "no_mouse", "read_only", "keys", "record"],
    ),
    (
        "replay",
        &[
            "interval",
            "linger",
            "memory_limit",
            "source",
            "no_mouse",
            "read_only",
            "keys",
            "record",
        ],
    ),
    ("events", &["linger", "no_mouse", "read_only", "keys"]),
];

impl Cli {
    /// The command line as it is said.
    pub(super) fn parse_arguments() -> Result<Self, clap::Error> {
        Self::from_arg_matches(&Self::with_fitting_help().try_get_matches()?)
    }

    /// The command line, where each command's help has only what acts there.
    fn with_fitting_help() -> clap::Command {
        let command = Self::command();
        let hidden = |ids: &[&str]| -> Vec<clap::Arg> {
            let arguments =
                command.get_arguments().filter(|known| ids.contains(&known.get_id().as_str()));
            arguments.map(|argument| argument.clone().hide(true)).collect()
        };
        WITHOUT_EFFECT.iter().fold(command.clone(), |command, (name, ids)| {
            command.mut_subcommand(name, |printing| printing.args(hidden(ids)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_help_of_a_command_that_prints_has_only_what_acts_there() {
        let mut cli = Cli::with_fitting_help();
        cli.build();
        let mut help = |name| cli.find_subcommand_mut(name).unwrap().render_help().to_string();
        for (name, ids) in WITHOUT_EFFECT {
            let help = help(name);
            for id in ids {
                let option = format!("--{}", id.replace('_', "-"));
                assert!(!help.contains(&option), "{name} has {option}: {help}");
            }
            assert!(help.contains("--interval") != (name == "replay"), "{help}");
            assert!(help.contains("--ascii"), "{help}");
        }
        for option in ["--memory-limit", "--color", "--theme"] {
            assert!(help("events").contains(option), "events lacks {option}");
        }
        assert!(help("snapshot").contains("--color") && help("snapshot").contains("--theme"));
        for option in ["--linger", "--memory-limit", "--theme", "--no-mouse", "--read-only"] {
            assert!(help("lab").contains(option), "lab lacks {option}");
        }
        let all = Cli::with_fitting_help().render_help().to_string();
        for id in WITHOUT_EFFECT.iter().flat_map(|(_, ids)| *ids) {
            assert!(all.contains(&format!("--{}", id.replace('_', "-"))), "{all}");
        }
    }

    #[test]
    fn an_option_without_effect_is_taken_before_and_after_the_command() {
        for line in
            ["pexplore --linger 9 --read-only snapshot", "pexplore snapshot --linger 9 --read-only"]
        {
            let matches = Cli::with_fitting_help().try_get_matches_from(line.split(' ')).unwrap();
            let global = Cli::from_arg_matches(&matches).unwrap().global;
            assert_eq!((global.linger, global.read_only), (Duration::from_secs(9), true), "{line}");
        }
    }
}
