//! Everything about one process and why it is believed: text for a person, or JSON, schema
//! `pexplore.explain/1`.

use serde::Serialize;

use crate::describe::story;
use crate::record::time::local;
use crate::record::{BootTime, Facts};
use crate::report::json::{ProcessObject, process_object};
use crate::roles::Subject;
use crate::text::units::{bytes, duration, percent};
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

/// What is said of a fact that could not be learned.
const NOT_KNOWN: &str = "not known";

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
    let mut field = |label: &str, value: String| lines.push(format!("{label:11} {value}"));
    field("relations", story::relations(subject).join(", "));
    let state = story::lost_main_thread(process);
    field("state", state.unwrap_or_else(|| stat.state.word().to_owned()));
    let no_terminal = if stat.has_no_terminal() { "none" } else { NOT_KNOWN };
    field("terminal", stat.terminal().unwrap_or_else(|| no_terminal.to_owned()));
    let user = subject.world().user_of(process);
    field("user", user.map_or_else(|| NOT_KNOWN.to_owned(), |user| visible(&user).into_owned()));
    let birth = BootTime::of_birth(stat.key, subject.world().host());
    let age = duration(subject.world().now().seconds_since(birth));
    field("started", format!("{}, {age} ago", local(birth, subject.world().host())));
    field("resources", resources(subject));
    let facts = process.facts.as_ref();
    let cgroup = facts.and_then(|facts| facts.cgroup.as_deref());
    field("cgroup", cgroup.map_or_else(|| "none".to_owned(), |path| visible(path).into_owned()));
    let text = |of: fn(&Facts) -> String| facts.map_or_else(|| NOT_KNOWN.to_owned(), of);
    field("executable", text(Facts::executable_text));
    field("command", text(Facts::command_text));
    lines.iter().map(|line| theme.foreign(line) + "\n").collect()
}

fn resources(subject: Subject<'_>) -> String {
    let process = subject.process();
    let mut parts = Vec::new();
    parts.extend(process.cpu_percent.map(|share| format!("{} % of a CPU", percent(share))));
    parts.extend(
        process
            .stat
            .usage
            .cpu_nanos
            .map(|nanos| format!("{} of CPU time", duration(nanos as f64 / 1e9))),
    );
    parts.extend(process.stat.usage.resident.map(|size| format!("{} resident", bytes(size))));
    parts.extend(
        process
            .stat
            .threads
            .map(|threads| crate::text::units::count(threads as usize, "thread", "threads")),
    );
    parts.join(", ")
}
