//! The command line: its arguments, and the command that they run.

mod appearance;
mod finding;
mod help;
mod keys;
mod lab;
mod snapshot;
mod source;
mod values;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use color_eyre::eyre::{Result, bail};

use crate::app::{MouseUser, Options};
use crate::cli::finding::start_at;
use crate::cli::keys::KeymapError;
use crate::panes::scenario::Pace;
use crate::record::{Host, MemoryLimit};
use crate::runtime::lab_thread::LabOrder;
use crate::runtime::listen::EventFormat;
use crate::runtime::log::LogError;
use crate::runtime::{interactive, listen, log, output, replay};
use crate::scenario::Scenario;
use crate::source::host::this_host;

/// Shows who started whom, watches processes live and die, and says why.
#[derive(Debug, Parser)]
#[command(version, about, subcommand_precedence_over_arg = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// A pid, or the name of one process, to start at
    target: Option<String>,
    #[command(flatten)]
    global: Global,
}

#[derive(Args, Debug)]
struct Global {
    /// Seconds between two refreshes (1 by default; 0.5 without a screen)
    #[arg(long, short = 'd', global = true, value_name = "SECONDS", value_parser = values::interval)]
    interval: Option<Duration>,
    /// Seconds for which a process that ended keeps its row
    #[arg(long, global = true, value_name = "SECONDS", default_value = "3", value_parser = values::linger)]
    linger: Duration,
    /// Megabytes of memory that pexplore may take
    #[arg(long, global = true, value_name = "MB", default_value_t, value_parser = values::memory)]
    memory_limit: MemoryLimit,
    /// Where the table of processes comes from
    #[arg(long, global = true, value_enum, default_value = "auto")]
    source: SourceChoice,
    /// When to use colors; `NO_COLOR` is honored
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: ColorChoice,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    ascii: bool,
    /// Colors for a dark or a light terminal; by default the terminal is asked
    #[arg(long, global = true, value_enum, default_value = "auto")]
    theme: ThemeChoice,
    /// Leave the mouse to the terminal
    #[arg(long, global = true)]
    no_mouse: bool,
    /// Send no signals and start no test processes
    #[arg(long, global = true)]
    read_only: bool,
    /// The file that gives commands their keys, instead of keys.toml in the config folder
    #[arg(long, global = true, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Record the session, for `pexplore replay`
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write a log for troubleshooting; `PEXPLORE_LOG` is its level: error, warn, info, debug or
    /// trace
    #[arg(long, global = true, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SourceChoice {
    /// /proc where there is one, else sysinfo
    Auto,
    /// One read of /proc/PID/stat per process
    Stat,
    Sysinfo,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ThemeChoice {
    Auto,
    Dark,
    Light,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print all processes, or a process and everything below it
    Snapshot {
        /// What to print
        #[arg(long, value_enum, default_value = "tree")]
        format: SnapshotFormat,
        /// A pid, or the name of one process
        target: Option<String>,
    },
    /// Say what a process is, who created it, and why that is believed
    Explain {
        /// A pid, or the name of one process
        #[arg(value_name = "PID")]
        target: String,
        /// What to print
        #[arg(long, value_enum, default_value = "text")]
        format: LineFormat,
    },
    /// Print what happens: every birth, exec, end and orphaning, as it happens
    Events {
        /// What to print: lines of text, or a JSON object a line
        #[arg(long, value_enum, default_value = "text")]
        format: LineFormat,
        /// A pid or a name: only those processes, and all that come from them
        target: Option<String>,
    },
    /// Play a recording again, as it was made
    Replay {
        file: PathBuf,
        /// Play all of it at once
        #[arg(long)]
        to_end: bool,
        /// Print the last screen as text
        #[arg(long, requires = "to_end")]
        print: bool,
    },
    /// Show the tree with the lab's main selected: real test processes to start and to kill
    Lab(lab::LabArgs),
}

impl Command {
    /// Whether it only prints, so that a warning has no header.
    fn has_no_screen(&self) -> bool {
        !matches!(self, Self::Lab(_))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SnapshotFormat {
    Tree,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LineFormat {
    Text,
    Json,
}

/// The exit code for a command line that cannot be understood.
const WRONG_USE: u8 = 2;

/// Runs what the command line says; the exit code.
pub fn run() -> Result<u8> {
    let Cli { command, target, global } = match Cli::parse_arguments() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let wrong = in_one_line(&error);
            output::warn(&format!("{wrong}; `pexplore --help` says what there is"));
            return Ok(WRONG_USE);
        }
        // Help and version are results, too.
        Err(help) => {
            output::print(&help.render().to_string())?;
            return Ok(0);
        }
    };
    match global.log.as_deref().map_or(Ok(()), log::start) {
        Ok(()) => {}
        Err(wrong @ LogError::Level(_)) => {
            output::warn(&wrong.to_string());
            return Ok(WRONG_USE);
        }
        Err(unwritten @ LogError::File { .. }) => return Err(unwritten.into()),
    }
    let host = this_host(global.scan_source()?);
    if let Some(note) = host.namespace.note()
        && command.as_ref().is_some_and(Command::has_no_screen)
    {
        output::warn(&note);
    }
    match command {
        None => interact(&host, target.as_deref(), None, &global, &[]),
        Some(Command::Lab(arguments)) => lab::run(host, arguments, &global),
        Some(Command::Snapshot { format, target }) => {
            snapshot::snapshot(&host, format, target.as_deref(), &global)
        }
        Some(Command::Replay { file, to_end: true, print }) => {
            replay::to_end(&file, appearance::for_output(&global), print)
        }
        Some(Command::Replay { file, .. }) => {
            need_terminal()?;
            replay::on_screen(&file, appearance::for_screen(&global))
        }
        Some(Command::Explain { target, format }) => {
            snapshot::explain(&host, &target, format, &global)
        }
        Some(Command::Events { format, target }) => {
            let format = match format {
                LineFormat::Text => EventFormat::Text(appearance::for_output(&global)),
                LineFormat::Json => EventFormat::Json,
            };
            let settings = listen::Settings {
                interval: snapshot::headless_interval(&global),
                memory: global.memory_limit,
                format,
                record: global.record.as_deref(),
            };
            listen::run(host, settings, target.as_deref())?;
            Ok(0)
        }
    }
}

/// The message of clap, without its hints.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let said = text.split("\n\n").next().unwrap_or_default();
    let said = said.strip_prefix("error: ").unwrap_or(said);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn interact(
    host: &Host,
    target: Option<&str>,
    scenario: Option<Arc<Scenario>>,
    global: &Global,
    orders: &[LabOrder],
) -> Result<u8> {
    need_terminal()?;
    let keymap = match keys::keymap(global.keys.as_deref()) {
        Ok(keymap) => keymap,
        Err(wrong @ KeymapError::Wrong { .. }) => {
            output::warn(&wrong.to_string());
            return Ok(WRONG_USE);
        }
        Err(unreadable @ KeymapError::Unreadable { .. }) => return Err(unreadable.into()),
    };
    let target = target.map(|target| start_at(host, target)).transpose()?;
    let options = Options {
        interval: global.interval.unwrap_or(Duration::from_secs(1)),
        read_only: global.read_only,
        linger: global.linger,
        target,
        scenario,
        pace: Pace::ByKey,
        mouse: if global.no_mouse { MouseUser::Terminal } else { MouseUser::Program },
        keymap,
    };
    let settings = interactive::Settings {
        memory: global.memory_limit,
        theme: appearance::for_screen(global),
        asks_background: appearance::asks_background(global),
        record: global.record.as_deref(),
    };
    interactive::run(host, options, &settings, orders)
}

fn need_terminal() -> Result<()> {
    if !std::io::stdout().is_terminal() {
        bail!("standard output is not a terminal; `pexplore snapshot` prints the tree without one");
    }
    appearance::need_screen()
}
