//! What the benches are asked on their command line, the forests that they measure in, and the
//! table that they answer with.

use std::process::ExitCode;

use pexplore::linux::procfs::table::ProcTable;

use crate::forest::Forest;

/// What `cargo bench --bench NAME -- [SIZE]… [--check]` asks for.
struct Request {
    /// How many processes the forests have.
    sizes: Vec<usize>,
    /// Whether a bound that is missed is a failure.
    check: bool,
}

impl Request {
    /// Reads the command line; words that cargo adds are passed over.
    fn of_arguments(default_sizes: &[usize]) -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let mut sizes: Vec<usize> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
        if sizes.is_empty() {
            sizes = default_sizes.to_vec();
        }
        Self { sizes, check: arguments.iter().any(|word| word == "--check") }
    }
}

/// A figure, and what it may be at most.
struct Row {
    figure: &'static str,
    value: String,
    beside: String,
    bound: Option<(String, bool)>,
}

/// The figures of one size.
pub(crate) struct Table {
    title: String,
    beside: &'static str,
    rows: Vec<Row>,
}

impl Table {
    /// A table with no rows; `beside` heads the column of what figures are compared with.
    pub(crate) fn new(title: String, beside: &'static str) -> Self {
        Self { title, beside, rows: Vec::new() }
    }

    /// Adds a figure that nothing is asked of.
    pub(crate) fn note(&mut self, figure: &'static str, value: String, beside: String) {
        self.rows.push(Row { figure, value, beside, bound: None });
    }

    /// Adds a figure with its bound.
    pub(crate) fn judge(
        &mut self,
        figure: &'static str,
        value: String,
        beside: String,
        bound: String,
        holds: bool,
    ) {
        self.rows.push(Row { figure, value, beside, bound: Some((bound, holds)) });
    }

    /// Prints it; whether every bound holds.
    pub(crate) fn print(&self) -> bool {
        println!("\n{}, load {}", self.title, load());
        println!("  {:<34} {:>14} {:>22}   bound", "figure", "value", self.beside);
        for row in &self.rows {
            let bound = match &row.bound {
                Some((bound, true)) => format!("{bound}  ok"),
                Some((bound, false)) => format!("{bound}  OVER"),
                None => String::new(),
            };
            println!("  {:<34} {:>14} {:>22}   {bound}", row.figure, row.value, row.beside);
        }
        self.rows.iter().all(|row| row.bound.as_ref().is_none_or(|(_, holds)| *holds))
    }
}

/// Measures in a forest of each size that is asked for, and prints a table of each. Success, unless
/// bounds are to be checked and one was missed.
pub(crate) fn run(default_sizes: &[usize], measure: impl Fn(usize) -> Table) -> ExitCode {
    let request = Request::of_arguments(default_sizes);
    let mut table = ProcTable::open().expect("/proc is mounted");
    let mut all_hold = true;
    for size in request.sizes {
        let forest = match Forest::plant(size, &mut table) {
            Ok(forest) => forest,
            Err(reason) => {
                println!("\n{size} processes: left out, {reason}");
                continue;
            }
        };
        all_hold &= measure(size).print();
        let killed = forest.fell(&mut table);
        if killed > 0 {
            println!("  {killed} processes did not end by themselves and were killed");
        }
    }
    if request.check && !all_hold { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The load average of the last minute: what else was running.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

/// Milliseconds as text.
pub(crate) fn ms(value: f64) -> String {
    if value < 10.0 { format!("{value:.2} ms") } else { format!("{value:.1} ms") }
}
