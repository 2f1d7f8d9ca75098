//! `snapshot` and `explain`: the processes of one moment, printed.

use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};

use crate::cli::finding::gather;
use crate::cli::{Global, LineFormat, SnapshotFormat, appearance};
use crate::record::{Host, ProcessId};
use crate::report::target::TargetError;
use crate::report::{escape, explain, json, tree};
use crate::roles::Subject;
use crate::runtime::finding::find;
use crate::runtime::output;
use crate::world::World;

pub(super) fn snapshot(
    host: &Host,
    format: SnapshotFormat,
    target: Option<&str>,
    global: &Global,
) -> Result<u8> {
    let interval = headless_interval(global);
    let world = gather(host, interval, target)?;
    let root = target.map(|target| find(&world, target)).transpose()?;
    let text = match format {
        SnapshotFormat::Tree => {
            let theme = appearance::for_output(global);
            let style = tree::TreeStyle { theme, width: appearance::width() };
            tree::text(&world, root, &style)
        }
        SnapshotFormat::Json => {
            let snapshot = json::snapshot(&world, interval.as_secs_f64(), within(&world, root));
            line_of_json(&snapshot)?
        }
    };
    output::print(&text)?;
    Ok(0)
}

/// A process and everything below it, or everything.
fn within(world: &World, root: Option<ProcessId>) -> impl Iterator<Item = Subject<'_>> {
    world.subjects().filter(move |subject| {
        root.is_none_or(|root| {
            std::iter::successors(Some(*subject), |subject| subject.parent())
                .any(|ancestor| ancestor.id() == root)
        })
    })
}

pub(super) fn explain(
    host: &Host,
    target: &str,
    format: LineFormat,
    global: &Global,
) -> Result<u8> {
    let world = gather(host, headless_interval(global), Some(target))?;
    let id = find(&world, target)?;
    let subject = world.subject(id).ok_or_else(|| TargetError::None(target.to_owned()))?;
    let text = match format {
        LineFormat::Text => explain::text(subject, appearance::for_output(global)),
        LineFormat::Json => line_of_json(&explain::json(subject))?,
    };
    output::print(&text)?;
    Ok(0)
}

pub(super) fn headless_interval(global: &Global) -> Duration {
    global.interval.unwrap_or(Duration::from_millis(500))
}

fn line_of_json(value: &impl serde::Serialize) -> Result<String> {
    let mut line = Vec::new();
    escape::write_line(&mut line, value).wrap_err("could not write JSON")?;
    String::from_utf8(line).wrap_err("could not write JSON")
}
