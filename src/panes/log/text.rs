//! The text of a line of the log: one entry, or many folded into one.

use crate::describe::event::{Glyphs, LineText, of_entry, who, who_by_pid};
use crate::panes::log::repeats::{Flood, Line};
use crate::text::units::{grouped, lifetime};
use crate::world::{Entry, World};

/// The text of a line of the log; `None` if its entry is gone.
pub(crate) fn of_line(world: &World, line: &Line, glyphs: Glyphs) -> Option<LineText> {
    let entry = world.log().since(line.number).next()?;
    Some(match &line.flood {
        Some(flood) => of_flood(world, entry, flood, glyphs),
        None => of_entry(world, entry, glyphs),
    })
}

fn of_flood(world: &World, entry: &Entry, flood: &Flood, glyphs: Glyphs) -> LineText {
    let creator = flood.creator_id.map(|id| who(world, id));
    let creator = creator.or_else(|| flood.creator.map(|pid| who_by_pid(world, pid)));
    let creator = creator.unwrap_or_else(|| "?".to_owned());
    let failed = match flood.failed {
        0 => String::new(),
        failed => format!(", {} failed", grouped(failed as u64)),
    };
    let took = lifetime(flood.until.0.saturating_sub(entry.at.0));
    let count = grouped(flood.processes as u64);
    let name = flood.name.as_deref().unwrap_or("?");
    LineText {
        at: flood.until,
        word: "flood",
        what: None,
        name: format!("{count} {} {name}", glyphs.times),
        pid: None,
        text: format!("under {creator}{failed}{}within {took}", glyphs.separator),
        is_failure: flood.failed > 0,
    }
}
