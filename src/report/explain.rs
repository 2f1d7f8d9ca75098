//! Everything about one process and why it is believed: text for a person, or JSON, schema
//! `pexplore.explain/1`.

use serde::Serialize;

use crate::describe::process::{program, properties};
use crate::describe::story;
use crate::report::json::{ProcessObject, process_object};
use crate::roles::Subject;
use crate::text::visible;
use crate::theme::Theme;

/// The explanation of one process.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation<'a> {
    schema: &'static str,
    #[serde(flatten)]
    process: ProcessObject<'a>,
    relations: Vec<String>,
    story: Vec<String>,
}

/// The explanation as JSON has it.
pub(crate) fn json(subject: Subject<'_>) -> Explanation<'_> {
    Explanation {
        schema: "pexplore.explain/1",
        process: process_object(subject),
        relations: story::relations(subject),
        story: story::story(subject),
    }
}

/// The explanation as text, in the characters of the theme.
pub(crate) fn text(subject: Subject<'_>, theme: Theme) -> String {
    let process = subject.process();
    let stat = &process.stat;
    let mut lines = vec![format!(
        "{} {} is {}.",
        visible(&stat.comm),
        stat.key.pid,
        story::role(&process.verdict)
    )];
    lines.push(String::new());
    lines.extend(story::story(subject));
    lines.push(String::new());
    let all = program(subject).into_iter().chain(properties(subject));
    lines.extend(all.map(|(label, text)| format!("{label:11} {text}")));
    lines.iter().map(|line| theme.foreign(line) + "\n").collect()
}
