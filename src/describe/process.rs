//! Everything known of one process, a labelled line each: the details and `explain` both show them.

use crate::describe::story;
use crate::record::time::local;
use crate::record::{BootTime, Details, Ending, Fact, Facts, Signal};
use crate::roles::Subject;
use crate::text::units::{bytes, count, duration, percent};
use crate::text::visible;
use crate::world::Process;

/// A label and what stands beside it.
pub(crate) type Property = (&'static str, String);

/// What it runs, and where.
pub(crate) fn program(subject: Subject<'_>) -> Vec<Property> {
    let details = subject.world().details(subject.process().id());
    let mut program = vec![("command", read(subject, Facts::command_text))];
    program.extend(details.map(|details| ("directory", details.working_directory.text())));
    program
}

fn read(subject: Subject<'_>, text: fn(&Facts) -> String) -> String {
    let process = subject.process();
    let details = subject.world().details(process.id());
    let facts = details.map(|details| &details.facts).or(process.facts.as_ref());
    facts.map_or_else(|| "not read yet".to_owned(), text)
}

/// Its living children, the oldest first, each with what it uses: `python3 4712 · 98.7 % · 310M`.
pub(crate) fn children(subject: Subject<'_>) -> Vec<String> {
    let line = |child: Subject<'_>| {
        let process = child.process();
        let mut parts = vec![format!("{} {}", visible(&process.stat.comm), child.pid())];
        parts.extend(process.cpu_percent.map(|share| format!("{} %", percent(share))));
        parts.extend(process.stat.usage.resident.map(bytes));
        parts.join(" · ")
    };
    subject.living_children().map(line).collect()
}

/// Everything but its role, its program and its story, from the family to the executable.
pub(crate) fn properties(subject: Subject<'_>) -> Vec<Property> {
    let process = subject.process();
    let details = subject.world().details(process.id());
    let read = |text: fn(&Facts) -> String| read(subject, text);
    let mut properties = vec![("relations", story::relations(subject).join(" · "))];
    if process.ended.is_none() {
        properties.push(("state", state(process)));
    }
    properties.extend([
        ("ids", ids(subject)),
        ("cgroup", read(cgroup)),
        ("started", started(subject)),
        ("CPU", cpu(process)),
        ("memory", memory(process, details)),
    ]);
    if let Some(details) = details {
        properties.extend([("files", files(details)), ("signals", signal_masks(details))]);
    }
    properties.push(("executable", read(Facts::executable_text)));
    properties
}

fn cgroup(facts: &Facts) -> String {
    facts.cgroup.as_deref().map_or_else(|| "none".to_owned(), |path| visible(path).into_owned())
}

/// Its state, or how it ended.
pub(crate) fn state(process: &Process) -> String {
    if let Some(sentence) = story::lost_main_thread(process) {
        return sentence;
    }
    let word = process.stat.state.into_str();
    match (process.ended, process.stat.wait_status) {
        (Some(end), _) => {
            format!("ended: {}", end.cause.full())
        }
        (None, Some(status)) => format!("{word}: {}", Ending::from_wait_status(status)),
        (None, None) => word.to_owned(),
    }
}

fn ids(subject: Subject<'_>) -> String {
    let process = subject.process();
    let stat = &process.stat;
    let mut ids = vec![format!("pid {}", stat.key.pid), format!("parent {}", stat.ppid)];
    ids.extend(stat.pgid.map(|pgid| format!("group {pgid}")));
    ids.extend(stat.sid.map(|sid| format!("session {sid}")));
    ids.push(match (stat.tty, stat.terminal()) {
        (_, Some(terminal)) => terminal,
        (Some(_), None) => "no terminal".to_owned(),
        (None, None) => "terminal unknown".to_owned(),
    });
    if let Some(uid) = process.uid() {
        let name = subject.world().user_name(uid).map(|name| visible(name).into_owned());
        ids.push(name.map_or_else(|| format!("user {uid}"), |name| format!("user {name} ({uid})")));
    }
    ids.join(" · ")
}

fn started(subject: Subject<'_>) -> String {
    let world = subject.world();
    let birth = BootTime::of_birth(subject.key(), world.host());
    let end = subject.process().ended.map(|end| end.at);
    let age = duration(end.unwrap_or(world.now()).seconds_since(birth));
    let lifetime = if end.is_some() { "lived" } else { "age" };
    format!("{} · {lifetime} {age}", local(birth, world.host()))
}

fn cpu(process: &Process) -> String {
    let mut parts = Vec::new();
    parts.extend(process.cpu_percent.map(|share| format!("{} %", percent(share))));
    let used = process.stat.usage.cpu_nanos.map(|nanos| duration(nanos as f64 / 1e9));
    parts.extend(used.map(|used| format!("{used} used")));
    parts.extend(process.stat.threads.map(|threads| count(threads as usize, "thread", "threads")));
    parts.extend(process.stat.nice.map(|nice| format!("nice {nice}")));
    if parts.is_empty() { "unknown".to_owned() } else { parts.join(" · ") }
}

fn memory(process: &Process, details: Option<&Details>) -> String {
    let resident = process.stat.usage.resident.map_or_else(|| "?".to_owned(), bytes);
    let peak = details.and_then(|details| details.peak_resident).map(bytes);
    let total = details.and_then(|details| details.virtual_memory).map(bytes);
    let mut parts = vec![format!("{resident} resident")];
    parts.extend(peak.map(|peak| format!("{peak} peak")));
    parts.extend(total.map(|total| format!("{total} virtual")));
    parts.join(" · ")
}

fn files(details: &Details) -> String {
    let open = match &details.open_files {
        Fact::Known(number) => format!("{number} open"),
        unknown => unknown.clone().map(|_| "").text(),
    };
    match details.storage {
        Fact::Known([read, written]) => {
            format!("{open} · {} read · {} written", bytes(read), bytes(written))
        }
        Fact::Refused | Fact::Unanswered | Fact::Unasked | Fact::Absent => open,
    }
}

fn signal_masks(details: &Details) -> String {
    let Some(masks) = details.signals else { return "unknown".to_owned() };
    let named = |word: &str, mask: u64| {
        let names: Vec<String> = Signal::all()
            .filter(|signal| signal.is_in(mask))
            .map(|signal| signal.name().trim_start_matches("SIG").to_owned())
            .collect();
        (!names.is_empty()).then(|| format!("{word} {}", names.join(" ")))
    };
    let parts: Vec<String> = [
        named("ignores", masks.ignored),
        named("blocks", masks.blocked),
        named("catches", masks.caught),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "all by default".to_owned() } else { parts.join(" · ") }
}
