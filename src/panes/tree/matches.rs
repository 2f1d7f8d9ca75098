//! The text that search and filter look for, and where they look for it.

use strum::VariantArray;

use crate::world::Process;

/// A field of a process that the search and the filter look at.
#[derive(Clone, Copy, VariantArray)]
enum SearchField {
    /// The whole pid, not a part of it.
    Pid,
    Name,
    CommandLine,
}

impl SearchField {
    fn matches(self, process: &Process, needle: &str) -> bool {
        let contains = |text: &str| text.to_lowercase().contains(needle);
        match self {
            Self::Pid => process.id().pid.to_string() == needle,
            Self::Name => contains(&process.stat.comm),
            Self::CommandLine => process.command_line().is_some_and(|args| contains(&args.line())),
        }
    }
}

/// Whether a field of the process matches the text, which is in lower case.
pub(crate) fn matches(process: &Process, needle: &str) -> bool {
    SearchField::VARIANTS.iter().any(|field| field.matches(process, needle))
}
