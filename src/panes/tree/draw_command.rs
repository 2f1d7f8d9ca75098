//! The command column.

use crate::describe::command;
use crate::record::Facts;
use crate::test_process::TestProcessKind;
use crate::text::{fit, width};
use crate::theme::Theme;
use crate::world::Process;

/// The beginning of a command line, never more of it than can be seen.
pub(super) fn command(theme: Theme, process: &Process, room: usize) -> String {
    // What a test process does says more than how the lab started it.
    let kind = process.test_process.as_ref();
    let kind = kind.and_then(|_| TestProcessKind::called(&process.stat.comm));
    if let Some(kind) = kind.filter(|_| process.ended.is_none()) {
        return fit(kind.row().lesson, room + 1).to_owned();
    }
    let Some(arguments) = process.command_line().filter(|arguments| !arguments.is_empty()) else {
        let name = theme.foreign(&process.stat.comm);
        if let Some(unread) = process.facts.as_ref().and_then(Facts::unread) {
            return format!("[{name}] {}", unread.text());
        }
        return if process.facts.is_some() || process.stat.is_kernel_thread() {
            format!("[{name}]")
        } else {
            String::new()
        };
    };
    let mut line = String::new();
    for argument in command::words(&arguments) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&theme.foreign(fit(&argument, room + 1)));
        if width(&line) > room {
            break;
        }
    }
    line
}
