//! What pexplore takes while millions of processes come and go: `--lives [N]`.

use std::io::Read;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use pexplore::record::MemoryLimit;

use crate::clock;
use crate::forest::STORM;
use crate::pty::Session;
use crate::verdict::Table;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pexplore");
const LIVES: u32 = 2_000_000;
/// Before and after the storm.
const CALM: Duration = Duration::from_secs(12);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// How many lives the storm is asked to have, if one is asked for.
pub(crate) fn asked() -> Option<u32> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--lives");
    arguments.next()?;
    Some(arguments.next().and_then(|lives| lives.parse().ok()).unwrap_or(LIVES))
}

/// Watches the screen and `events` through a storm; a failure where one takes more than its limit.
pub(crate) fn run(lives: u32) -> ExitCode {
    let mut all_hold = true;
    let title = |what| format!("{what}, {lives} lives");
    {
        let screen = Session::start(PROGRAM, &[]);
        all_hold &= watch(title("the screen"), screen.pid(), lives).print();
    }
    let events = Events::start();
    all_hold &= watch(title("pexplore events"), events.0.id(), lives).print();
    if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn watch(title: String, pid: u32, lives: u32) -> Table {
    let mut table = Table::new(title, "proportional");
    clock::pause(CALM);
    let before = Taken::by(pid);
    let began = clock::now();
    let mut storm = Command::new("/proc/self/exe");
    let storm = storm.args([STORM, &lives.to_string()]);
    let mut storm = storm.spawn().expect("this program starts again");
    let mut peak = before;
    while storm.try_wait().is_ok_and(|ended| ended.is_none()) {
        peak = peak.max(Taken::by(pid));
        clock::pause(BETWEEN_LOOKS);
    }
    let rate = f64::from(lives) / began.elapsed().as_secs_f64();
    clock::pause(CALM);
    let after = Taken::by(pid);
    table.note("lives in a second", format!("{rate:.0}"), String::new());
    table.note("resident before", mb(before.resident), mb(before.proportional));
    let most = MemoryLimit::default().bytes();
    for (figure, taken) in [("resident at most", peak), ("resident after", after)] {
        let (value, beside) = (mb(taken.resident), mb(taken.proportional));
        table.judge(figure, value, beside, mb(most), taken.resident <= most);
    }
    table
}

/// Memory of pexplore and of the process that reads for it.
#[derive(Clone, Copy, Default)]
struct Taken {
    resident: usize,
    proportional: usize,
}

impl Taken {
    fn by(pid: u32) -> Self {
        let all = children(pid).into_iter().chain([pid]).map(Self::by_one);
        all.fold(Self::default(), |sum, one| Self {
            resident: sum.resident + one.resident,
            proportional: sum.proportional + one.proportional,
        })
    }

    /// `proc_pid_smaps(5)`; nothing of one that has ended.
    fn by_one(pid: u32) -> Self {
        let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"));
        let text = text.unwrap_or_default();
        let of = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok());
            kib.unwrap_or(0_usize) * 1024
        };
        Self { resident: of("Rss:"), proportional: of("Pss:") }
    }

    fn max(self, other: Self) -> Self {
        Self {
            resident: self.resident.max(other.resident),
            proportional: self.proportional.max(other.proportional),
        }
    }
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| pids(&list)).collect()
}

fn pids(list: &str) -> Vec<u32> {
    list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn mb(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// `pexplore events`, whose lines are read and forgotten.
struct Events(Child);

impl Events {
    fn start() -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["events", "--format", "json"]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("pexplore starts");
        let mut output = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            let mut room = vec![0; 64 * 1024];
            while output.read(&mut room).is_ok_and(|length| length > 0) {}
        });
        Self(child)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.0.kill().expect("it is a child");
        self.0.wait().expect("it is a child");
    }
}
