//! What a refresh costs beyond the kernel's floor: `cargo bench --bench engine -- [SIZE]…
//! [--check]`.
//!
//! Every figure is a median over passes that take turns with bare passes over the same processes,
//! so that what else the machine does weighs on both.

mod clock;
mod floor;
mod forest;
mod verdict;

use std::process::ExitCode;

use pexplore::app::input::{Effect, Input};
use pexplore::app::{App, Options, draw};
use pexplore::panes::scenario::Pace;
use pexplore::panes::tree::folds::Folds;
use pexplore::panes::tree::rows::rows;
use pexplore::panes::tree::shown::Shown;
use pexplore::record::{BootTime, Host, Observation, Record, Scan, ScanSource};
use pexplore::source::host::this_host;
use pexplore::source::machine::MachinePoll;
use pexplore::source::reader::Reader;
use pexplore::source::ticker::Table as ScanTable;
use pexplore::theme::{Background, Charset, ColorDepth, Theme};
use pexplore::world::World;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::clock::{median, timed};
use crate::floor::Floor;
use crate::verdict::{Table, ms, run};

const SIZES: [usize; 3] = [300, 3000, 10_000];
const PASSES: usize = 15;
const SCREEN: Size = Size { width: 200, height: 50 };
const LINGER_SECONDS: f64 = 3.0;
const FACTS_BATCH: usize = 256;
/// A refresh may cost so many bare passes, and so many milliseconds on top.
const MOST_PASSES: f64 = 1.3;
const MOST_BEYOND_MS: f64 = 3.0;
const MOST_FRAME_MS: f64 = 1.0;

fn main() -> ExitCode {
    forest::grow_if_asked();
    let host = this_host(ScanSource::Stat);
    run(&SIZES, |size| measure(size, &host))
}

/// Milliseconds of every pass of one kind of work.
#[derive(Default)]
struct Passes {
    list: Vec<f64>,
    floor: Vec<f64>,
    scan: Vec<f64>,
    apply: Vec<f64>,
    birth: Vec<f64>,
    rows: Vec<f64>,
    update: Vec<f64>,
    frame: Vec<f64>,
    machine: Vec<f64>,
    refresh: Vec<f64>,
}

fn measure(size: usize, host: &Host) -> Table {
    let mut table = ScanTable::open(host).expect("/proc is mounted");
    let first = scan(&mut table);
    let first_apply: Vec<f64> = (0..5)
        .map(|_| {
            let mut world = World::new(host.clone(), LINGER_SECONDS);
            let record = first.clone();
            timed(|| world.apply(record)).0
        })
        .collect();
    let mut app = App::new(host.clone(), options(), SCREEN);
    let mut screen = Screen::new();
    let facts = read_in(&mut app, &mut screen, first);
    let mut world = World::new(host.clone(), LINGER_SECONDS);
    read_in_world(&mut world, &mut table);
    let passes = take_turns(&mut table, &mut app, &mut world, &mut screen);
    let n_processes = app.world.processes().len();
    let title = format!("{size} processes planted, {n_processes} in all");
    report(title, &passes, median(&first_apply), &facts)
}

/// Medians of everything, against the floor.
fn report(title: String, passes: &Passes, first_apply: f64, facts: &Facts) -> Table {
    let floor = median(&passes.floor);
    let times = |value: f64| format!("{:.2} x floor", value / floor);
    let mut table = Table::new(title, "ratio");
    table.note("list of /proc", ms(median(&passes.list)), times(median(&passes.list)));
    table.note("floor: list, and stat of each", ms(floor), times(floor));
    for (figure, values) in [
        ("scan", &passes.scan),
        ("quiet scan applied", &passes.apply),
        ("scan with a birth applied", &passes.birth),
        ("rows", &passes.rows),
        ("update with a quiet scan", &passes.update),
        ("machine's figures", &passes.machine),
    ] {
        table.note(figure, ms(median(values)), times(median(values)));
    }
    let frame = median(&passes.frame);
    let holds = frame <= MOST_FRAME_MS;
    table.judge("frame of 200x50", ms(frame), times(frame), ms(MOST_FRAME_MS), holds);
    let refresh = median(&passes.refresh);
    let most = MOST_PASSES * floor + MOST_BEYOND_MS;
    let bound = format!("{MOST_PASSES} x floor + {MOST_BEYOND_MS} ms = {}", ms(most));
    table.judge(
        "refresh: scan, update, frame",
        ms(refresh),
        times(refresh),
        bound,
        refresh <= most,
    );
    table.note("first scan applied", ms(first_apply), times(first_apply));
    table.note("deep facts of all, read", ms(facts.read), times(facts.read));
    table.note("deep facts of all, taken in", ms(facts.taken), times(facts.taken));
    table.note("  the longest batch of them", ms(facts.longest), times(facts.longest));
    table
}

/// What it took to read the facts of every process once, in milliseconds.
#[derive(Default)]
struct Facts {
    read: f64,
    taken: f64,
    longest: f64,
}

/// Gives the state its first scan and all facts, as the program would.
fn read_in(app: &mut App, screen: &mut Screen, first: Record) -> Facts {
    let mut reader = Reader::new(ScanSource::Stat);
    let mut facts = Facts::default();
    let mut effects = app.update(Input::Record(first));
    while let Some(Effect::ReadFacts(keys)) =
        effects.iter().find(|effect| matches!(effect, Effect::ReadFacts(_)))
    {
        let (read, batch) = timed(|| reader.facts(keys).expect("processes can be read"));
        let at = pexplore::linux::clock::now();
        let record = Record { at, observation: Observation::Facts(batch) };
        let (taken, next) = timed(|| app.update(Input::Record(record)));
        facts.read += read;
        facts.taken += taken;
        facts.longest = facts.longest.max(taken);
        effects = next;
    }
    screen.draw(app);
    facts
}

fn read_in_world(world: &mut World, table: &mut ScanTable) {
    let mut reader = Reader::new(ScanSource::Stat);
    world.apply(scan(table));
    loop {
        let keys = world.take_wanted_facts(&[], FACTS_BATCH);
        if keys.is_empty() {
            break;
        }
        let batch = reader.facts(&keys).expect("processes can be read");
        let at = pexplore::linux::clock::now();
        world.apply(Record { at, observation: Observation::Facts(batch) });
    }
}

fn take_turns(
    table: &mut ScanTable,
    app: &mut App,
    world: &mut World,
    screen: &mut Screen,
) -> Passes {
    let mut passes = Passes::default();
    let mut floor = Floor::open();
    let mut machine = MachinePoll::new().expect("the machine can be asked");
    let folds = Folds::default();
    let shown = Shown::default();
    let mut still = Still::of(scan(table));
    world.apply(still.again());
    for _ in 0..PASSES {
        passes.list.push(timed(|| floor.list()).0);
        passes.floor.push(timed(|| floor.pass()).0);
        let (scan_ms, record) = timed(|| scan(table));
        let quiet = still.again();
        passes.apply.push(timed(|| world.apply(quiet)).0);
        let birth = still.with_a_birth();
        passes.birth.push(timed(|| world.apply(birth)).0);
        passes.rows.push(timed(|| rows(world, &folds, &shown)).0);
        let (update, _) = timed(|| app.update(Input::Record(record)));
        let frame = timed(|| screen.draw(app)).0;
        passes.machine.push(timed(|| machine.read()).0);
        passes.scan.push(scan_ms);
        passes.update.push(update);
        passes.frame.push(frame);
        passes.refresh.push(scan_ms + update + frame);
    }
    passes
}

/// A scan that comes again and again, so that no process of others comes between.
struct Still {
    scan: Scan,
    born: u32,
}

impl Still {
    fn of(record: Record) -> Self {
        let Observation::Scan(scan) = record.observation else { panic!("a scan gives a scan") };
        Self { scan, born: 0 }
    }

    /// The same processes, a second later.
    fn again(&mut self) -> Record {
        let later = |at: BootTime| BootTime(at.0 + 1_000_000_000);
        self.scan.began = later(self.scan.began);
        self.scan.ended = later(self.scan.ended);
        let observation = Observation::Scan(self.scan.clone());
        Record { at: self.scan.ended, observation }
    }

    /// The same, and one more.
    fn with_a_birth(&mut self) -> Record {
        let newest = self.scan.processes.last().expect("this process runs");
        let mut born = newest.clone();
        self.born += 1;
        born.key.pid = u32::MAX - self.born;
        self.scan.processes.push(born);
        self.again()
    }
}

fn scan(table: &mut ScanTable) -> Record {
    table.scan().expect("/proc can be listed")
}

fn options() -> Options {
    Options {
        interval: std::time::Duration::from_secs(1),
        read_only: true,
        linger: std::time::Duration::from_secs_f64(LINGER_SECONDS),
        target: None,
        scenario: None,
        pace: Pace::ByKey,
        mouse: pexplore::app::MouseUser::Program,
        keymap: pexplore::keymap::Keymap::default(),
    }
}

/// A terminal that is drawn to and not seen.
struct Screen {
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

impl Screen {
    fn new() -> Self {
        let backend = TestBackend::new(SCREEN.width, SCREEN.height);
        let theme = Theme {
            depth: ColorDepth::TwoHundredFiftySix,
            background: Background::Dark,
            charset: Charset::Unicode,
        };
        Self { terminal: Terminal::new(backend).expect("it takes any size"), theme }
    }

    fn draw(&mut self, app: &App) {
        let theme = self.theme;
        let drawn = self.terminal.draw(|frame| draw::draw(app, theme, frame));
        drawn.expect("it takes every frame");
    }
}
