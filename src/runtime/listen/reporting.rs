//! Prints events: all of them, or those of a target.

use std::collections::HashSet;

use color_eyre::eyre::Result;

use crate::record::ProcessId;
use crate::report::{escape, events};
use crate::runtime::output::{Written, write_until};
use crate::source::background::StopToken;
use crate::theme::Theme;
use crate::world::{Entry, Process, What, World};

/// So many bytes are written at once.
const MOST_WAITING: usize = 64 * 1024;

/// How an event is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EventFormat {
    /// A line of text.
    Text(Theme),
    /// A JSON object on a line.
    Json,
}

/// Whether there is more to tell.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Flow {
    On,
    End,
}

/// The state of reporting: which entries were printed, and which are to be.
pub(super) struct Reporter {
    format: EventFormat,
    /// The living target and its living descendants; `None` for all processes.
    members: Option<HashSet<ProcessId>>,
    /// The first entry of the log that was not reported yet.
    next: u64,
}

impl Reporter {
    /// Nothing was reported yet.
    pub(super) fn new(format: EventFormat) -> Self {
        Self { format, members: None, next: 0 }
    }

    /// Reports only these, and their descendants.
    pub(super) fn limit_to(&mut self, members: HashSet<ProcessId>) {
        self.members = Some(members);
    }

    /// Tells what is new; the end if nobody reads on, if it was asked to stop, or if nobody is left
    /// to tell of.
    pub(super) fn report(&mut self, world: &World, stop: &StopToken) -> Result<Flow> {
        let mut lines = Vec::new();
        for entry in world.log().since(self.next) {
            if let Some(members) = &mut self.members
                && !is_of(members, entry)
            {
                continue;
            }
            match self.format {
                EventFormat::Json => {
                    escape::write_line(&mut lines, &events::object(world, entry))?;
                }
                EventFormat::Text(theme) => {
                    lines.extend(events::text(world, entry, theme).into_bytes());
                }
            }
            // Many entries may have long arguments.
            if lines.len() >= MOST_WAITING {
                if write_until(&lines, stop)? == Written::NotAll {
                    return Ok(Flow::End);
                }
                lines.clear();
            }
        }
        self.next = world.log().next();
        if write_until(&lines, stop)? == Written::NotAll {
            return Ok(Flow::End);
        }
        Ok(if self.is_over(world, |_| false) { Flow::End } else { Flow::On })
    }

    /// Whether nobody is left to tell of; some may have nothing more to tell.
    pub(super) fn is_over(&self, world: &World, is_silent: fn(&Process) -> bool) -> bool {
        let is_left = |process: &Process| {
            process.exit.is_none() && !process.seen.ended_before && !is_silent(process)
        };
        let is_left = |id: &ProcessId| world.get(*id).is_some_and(is_left);
        self.members.as_ref().is_some_and(|members| !members.iter().any(is_left))
    }
}

/// Whether an entry is about a member. A child of a member becomes one, and who ended is none any
/// more.
fn is_of(members: &mut HashSet<ProcessId>, entry: &Entry) -> bool {
    if matches!(entry.what, What::Lost(_)) {
        return true;
    }
    let Some(id) = entry.id else { return false };
    let is_child = match (entry.creator, entry.what) {
        (Some(creator), _) => members.contains(&creator),
        // It came from that parent, whichever child of it was the creator.
        (None, What::Fork) => members.iter().any(|member| Some(member.pid) == entry.parent),
        (None, _) => false,
    };
    if is_child && matches!(entry.what, What::Fork | What::Start) {
        members.insert(id);
    }
    match entry.what {
        What::Exit { .. } => members.remove(&id),
        _ => members.contains(&id),
    }
}
