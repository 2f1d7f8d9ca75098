//! The header: the machine, and the counts of roles, which are the legend of the colors.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::App;
use crate::describe::command;
use crate::layout::Areas;
use crate::record::{EventSource, Machine, PidNamespace, ScanSource};
use crate::text::units::{bytes, count, duration, percent};
use crate::text::{shorten, width};
use crate::theme::{Meaning, Theme};
use crate::verdict::Role;
use crate::world::World;

/// How many figures of the CPU are drawn.
const CPU_HISTORY: usize = 12;
/// The bars of more CPUs would fill the line.
const MOST_CORES: usize = 16;
/// Shares of CPU and memory from which on they are drawn warm, and hot.
const MUCH: [f64; 2] = [0.6, 0.9];
/// Words and columns of the busiest's command line.
const BUSIEST_WORDS: usize = 3;
const BUSIEST_WIDTH: usize = 30;

pub(super) fn draw(app: &App, theme: Theme, areas: &Areas, buffer: &mut Buffer) {
    if areas.header.height > 0 {
        let left = machine(app, theme, areas.header.width);
        let room = usize::from(areas.header.width).saturating_sub(left.width());
        both_ends(left, source(app, theme, room), areas.header, buffer);
    }
    let is_wide = areas.legend.width >= 76;
    let left = legend(app, theme, is_wide);
    let room = usize::from(areas.legend.width).saturating_sub(left.width());
    both_ends(left, right_of_legend(app, theme, room), areas.legend, buffer);
}

/// Draws one line at the left, and another at the right if there is room for it.
fn both_ends(left: Line<'_>, right: Line<'_>, area: Rect, buffer: &mut Buffer) {
    let free = usize::from(area.width).saturating_sub(left.width());
    left.render(area, buffer);
    if free > right.width() + 1 {
        // Drawn in its own columns only: the style of a line holds for all of its area.
        let width = u16::try_from(right.width()).unwrap_or(area.width).min(area.width);
        let area = Rect { x: area.right() - width, width, ..area };
        right.render(area, buffer);
    }
}

fn machine(app: &App, theme: Theme, width: u16) -> Line<'static> {
    let world = &app.world;
    let machine = world.machine();
    let quiet = theme.style(Meaning::Quiet);
    let mut spans = vec![Span::styled(" pexplore", Style::new().add_modifier(Modifier::BOLD))];
    let mut part = |text: String| {
        spans.push(Span::styled(theme.separator().to_owned(), quiet));
        spans.push(Span::raw(text));
    };
    part(theme.foreign(&world.host().name).into_owned());
    if width >= 60 {
        part(format!("up {}", duration(world.now().0 as f64 / 1e9)));
    }
    if width >= 90 {
        let [one, five, fifteen] = machine.load;
        part(format!("load {one:.2} {five:.2} {fifteen:.2}"));
    }
    if machine.memory_total > 0 {
        let separator = Span::styled(theme.separator().to_owned(), quiet);
        spans.push(separator.clone());
        spans.extend(cpu(world, theme, width));
        spans.push(separator);
        spans.extend(memory(machine, theme, width));
    }
    Line::from(spans)
}

/// CPU: the last figures, or each CPU's where there is room for both, and the newest.
fn cpu(world: &World, theme: Theme, width: u16) -> Vec<Span<'static>> {
    let machine = world.machine();
    let bar = |percent: f32| {
        let share = f64::from(percent) / 100.0;
        Span::styled(theme.bar(share), theme.heat(share, MUCH))
    };
    let mut spans = vec![Span::raw("cpu ")];
    if width >= 90 {
        let newest = world.machine_history().rev().filter_map(|machine| machine.cpu_percent);
        let mut newest: Vec<_> = newest.take(CPU_HISTORY).map(bar).collect();
        newest.reverse();
        spans.extend(newest);
        spans.push(Span::raw(" "));
    }
    let percent = machine.cpu_percent.unwrap_or(0.0);
    let share = machine.cpu_percent.map_or("?".to_owned(), |share| format!("{share:.0}"));
    spans.push(Span::styled(format!("{share} %"), theme.heat(f64::from(percent) / 100.0, MUCH)));
    if width >= 100 && (2..=MOST_CORES).contains(&machine.cores.len()) {
        spans.push(Span::raw(" "));
        spans.extend(machine.cores.iter().map(|percent| bar(*percent)));
    }
    spans
}

fn memory(machine: &Machine, theme: Theme, width: u16) -> Vec<Span<'static>> {
    let share = machine.memory_used as f64 / machine.memory_total.max(1) as f64;
    let used = format!("{}/{}", bytes(machine.memory_used), bytes(machine.memory_total));
    let meter = if width >= 110 { format!("{} ", meter(machine, theme)) } else { String::new() };
    vec![Span::raw("mem "), Span::styled(format!("{meter}{used}"), theme.heat(share, MUCH))]
}

fn meter(machine: &Machine, theme: Theme) -> String {
    const WIDTH: u64 = 8;
    let filled = machine.memory_used.saturating_mul(WIDTH) / machine.memory_total.max(1);
    (0..WIDTH)
        .map(|place| if place < filled { theme.pick("▓", "#") } else { theme.pick("░", ".") })
        .collect()
}

/// Who uses most CPU now: `busiest python3 burn.py 28 %`.
fn busiest(app: &App, theme: Theme) -> Option<Line<'static>> {
    let process = app.intake.glance.busiest.and_then(|id| app.world.get(id));
    let process = process.filter(|process| process.ended.is_none())?;
    let percent = process.cpu_percent?;
    let words = process.command_line().map(|arguments| {
        let words: Vec<_> = command::words(&arguments).take(BUSIEST_WORDS).collect();
        words.join(" ")
    });
    let words = words.filter(|words| !words.is_empty());
    let words = words.unwrap_or_else(|| process.stat.comm.to_string());
    let words = shorten(&words, BUSIEST_WIDTH, theme.ellipsis()).into_owned();
    let heat = theme.heat(f64::from(percent) / 100.0, MUCH);
    Some(Line::from(vec![
        Span::styled("busiest ", theme.style(Meaning::Quiet)),
        Span::raw(format!("{} ", theme.foreign(&words))),
        Span::styled(format!("{percent:.0} %"), heat),
    ]))
}

/// Where facts and events come from, in at most so many columns; what is wrong comes first.
fn source(app: &App, theme: Theme, room: usize) -> Line<'static> {
    let world = &app.world;
    let [warnings, brief] = [Words::All, Words::Few].map(|words| warnings(app, theme, words));
    let events = format!("events {}", world.event_source().into_str());
    let scan = format!("scan {}", world.host().scan.into_str());
    let every = format!("every {} s", app.intake.interval.as_secs_f64());
    let (and, nothing) = (theme.separator(), Vec::new());
    let candidates = [
        (&warnings, format!("{events}{and}{scan}{and}{every} ")),
        (&warnings, format!("{events} ")),
        (&warnings, String::new()),
        (&brief, String::new()),
        (&nothing, format!("{events} ")),
    ];
    let lines = candidates.into_iter().map(|(warnings, text)| {
        let mut spans = warnings.clone();
        spans.push(Span::styled(text, theme.style(Meaning::Quiet)));
        Line::from(spans)
    });
    lines.into_iter().find(|line| line.width() > 0 && line.width() + 1 < room).unwrap_or_default()
}

/// How much is said of what is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Words {
    All,
    Few,
}

fn warnings(app: &App, theme: Theme, words: Words) -> Vec<Span<'static>> {
    let world = &app.world;
    let mut warnings = Vec::new();
    if world.host().namespace == PidNamespace::Other {
        let few = words == Words::Few;
        warnings.push(if few { "foreign /proc" } else { PidNamespace::OTHER }.to_owned());
    }
    if words == Words::All {
        warnings.extend(lesser_warnings(app, theme));
    }
    let style = theme.style(Meaning::Warning);
    warnings.into_iter().map(|text| Span::styled(format!("{text} "), style)).collect()
}

fn lesser_warnings(app: &App, theme: Theme) -> Vec<String> {
    let world = &app.world;
    let mut warnings = Vec::new();
    if let Some(problem) = world.problems().last() {
        warnings.push(theme.foreign(problem).into_owned());
    } else if world.is_scanned() && !world.sees_all() {
        warnings.push("hidepid: other users' processes are hidden".to_owned());
    }
    if world.host().scan == ScanSource::Sysinfo {
        // Rules that need them hold for nobody: jobs, daemons and start methods stay unreported.
        warnings.push("roles are weaker: no groups, terminals or flags".to_owned());
    }
    warnings
}

fn legend(app: &App, theme: Theme, is_wide: bool) -> Line<'static> {
    let world = &app.world;
    // Roles may still change until every process's facts were read.
    let about = if world.is_read() || !world.is_scanned() { "" } else { "~" };
    let family = app.family();
    let mut spans = vec![Span::raw(" ")];
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Kernel) {
        let glyph = theme.glyph(role);
        let count = match &family {
            Some(family) => family.counts[role as usize],
            None => world.count(role),
        };
        let text = if is_wide {
            format!("{glyph} {} {about}{count}  ", role.into_str())
        } else {
            format!("{glyph}{about}{count} ")
        };
        spans.push(Span::styled(text, theme.role(role)));
    }
    let troubles = app.intake.glance.n_troubles;
    if troubles > 0 {
        let text = format!("! {troubles}  ");
        spans.push(Span::styled(text, theme.style(Meaning::Warning).add_modifier(Modifier::BOLD)));
    }
    let ghosts = world.n_ghosts(app.tree.shown.parent_kind());
    if ghosts > 0 {
        let text = format!("{} {ghosts}", theme.ghost());
        spans.push(Span::styled(text, theme.style(Meaning::Ended)));
    }
    Line::from(spans)
}

/// Who is busiest and how many processes there are, as far as there is room.
fn right_of_legend(app: &App, theme: Theme, room: usize) -> Line<'static> {
    let all = totals(app, theme, room);
    let Some(busiest) = busiest(app, theme).filter(|_| app.tree.shown.family.is_none()) else {
        return all;
    };
    let quiet = theme.style(Meaning::Quiet);
    let brief = Line::styled(format!("{} ", processes(app)), quiet);
    let lines = [&all, &brief].map(|counts| {
        let mut line = busiest.clone();
        line.push_span(Span::styled(theme.separator().to_owned(), quiet));
        line.extend(counts.iter().cloned().map(|span| span.patch_style(quiet)));
        line
    });
    lines.into_iter().find(|line| line.width() + 1 < room).unwrap_or(all)
}

/// How many processes there are, kernel threads left out.
fn processes(app: &App) -> String {
    let all: usize = Role::ALL.iter().map(|role| app.world.count(*role)).sum();
    count(all - app.world.count(Role::Kernel), "process", "processes")
}

/// How many processes there are; before it, where there is room, why events do not come from the
/// kernel.
fn totals(app: &App, theme: Theme, room: usize) -> Line<'static> {
    if let Some(family) = app.family() {
        let processes = count(family.n_processes(), "process", "processes");
        let (cpu, memory) = (percent(family.cpu_percent), bytes(family.memory));
        let text = format!("this family: {processes}, {cpu} % CPU, {memory} ");
        return Line::styled(text, theme.style(Meaning::Title));
    }
    let kernel = app.world.count(Role::Kernel);
    let processes = processes(app);
    let threads = if kernel == 0 {
        String::new()
    } else {
        let shown = if app.tree.shown.kernel_threads { "shown" } else { "hidden" };
        format!(", {} {shown}", count(kernel, "kernel thread", "kernel threads"))
    };
    let totals = format!("{processes}{threads} ");
    let reason = theme.foreign(app.world.event_note()).into_owned();
    let with_reason = format!("{reason}{}{totals}", theme.separator());
    let is_best = app.world.event_source() == EventSource::Connector || reason.is_empty();
    let fits = width(&with_reason) + 1 < room;
    let text = if fits && !is_best { with_reason } else { totals };
    Line::styled(text, theme.style(Meaning::Quiet))
}
