//! Which folder may name what.

use crate::sources::{check, sources, sources_in};

/// The files that may hold unsafe code.
const UNSAFE_FILES: &[&str] = &["benches/forest/raw.rs", "src/lab/fork.rs", "src/linux/kernel.rs"];
/// The folders that decide: no I/O, no thread, no clock.
const PURE: &[&str] = &[
    "app",
    "describe",
    "dialogs",
    "forecast",
    "keymap",
    "layout",
    "panes",
    "record",
    "roles",
    "scenario",
    "sent_signals",
    "test_process",
    "text",
    "verdict",
    "world",
];

#[test]
fn what_decides_does_no_input_or_output_and_reads_no_clock() {
    const FORBIDDEN: &[&str] = &[
        "crossterm",
        "sysinfo::",
        "rustix",
        "libc",
        "std::fs",
        "std::io",
        "std::net",
        "std::thread",
        "std::process",
        "std::env",
        "mpsc",
        "Instant",
        "SystemTime",
        "println!",
        "unsafe",
    ];
    check("what decides is pure", |source| {
        PURE.iter().any(|folder| source.is_in(folder))
            && FORBIDDEN.iter().any(|word| source.names(word))
    });
}

#[test]
fn what_decides_knows_nothing_of_the_edge() {
    check("no pure folder uses the edge", |source| {
        let edge = ["report", "linux", "source", "runtime", "lab", "cli"];
        PURE.iter().any(|folder| source.is_in(folder))
            && edge.iter().any(|name| source.names(&format!("crate::{name}::")))
    });
}

#[test]
fn drawing_changes_nothing() {
    let ways = ["&mut App", "&mut self", "Cell<", "Mutex", "Atomic", "thread_local"];
    check("draw files never change state", |source| {
        source.draws() && ways.iter().any(|way| source.names(way))
    });
}

#[test]
fn state_is_shared_in_the_lab_alone() {
    check("no mutex around state", |source| {
        !source.is_in("lab") && (source.names("Mutex") || source.names("RwLock"))
    });
}

#[test]
fn only_source_names_sysinfo() {
    check("only source/ names sysinfo", |source| {
        !source.is_in("source") && (source.names("sysinfo::") || source.names("use sysinfo"))
    });
}

#[test]
fn only_drawing_names_ratatui_and_one_file_the_tree_widget() {
    check(
        "only draw files, the theme and runtime/ name ratatui, layout types excepted",
        |source| {
            let names = source
                .lines()
                .any(|line| line.contains("ratatui") && !line.contains("ratatui::layout"));
            names && !source.draws() && source.path != "src/theme.rs" && !source.is_in("runtime")
        },
    );
    let painters: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.names("tui_tree_widget"))
        .map(|source| source.path)
        .collect();
    assert_eq!(painters, ["src/panes/tree/draw.rs"]);
}

#[test]
fn one_file_writes_to_standard_error() {
    check("warnings go through runtime/output.rs, which cannot be kept waiting", |source| {
        let writes = source.names("eprint!(") || source.names("eprintln!(");
        let names = source.names("io::stderr()") && !source.is_in("lab");
        (writes || names) && source.path != "src/runtime/output.rs"
    });
}

#[test]
fn unsafe_code_stands_in_few_named_files() {
    assert!(UNSAFE_FILES.len() <= 3);
    let sources = sources().into_iter().chain(sources_in("benches"));
    let mut holding: Vec<String> =
        sources.filter(|source| source.names("unsafe ")).map(|source| source.path).collect();
    holding.sort();
    assert_eq!(holding, UNSAFE_FILES);
}

/// The files outside `app/` that have an `impl App`, to be cut. None may be added.
const APPS_TO_CUT: &[&str] = &[];

#[test]
fn the_application_is_written_in_its_own_folder() {
    let outside: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.names("impl App ") && !source.is_in("app"))
        .map(|source| source.path)
        .filter(|path| !APPS_TO_CUT.contains(&path.as_str()))
        .collect();
    assert!(outside.is_empty(), "an `impl App` stands outside app/: {outside:?}");
    for path in APPS_TO_CUT {
        let is_there = sources().iter().any(|it| it.path == *path && it.names("impl App "));
        assert!(is_there, "{path} has no `impl App` any more; take it off the list");
    }
}

#[test]
fn no_effect_of_an_update_can_be_dropped() {
    let app = sources().into_iter().find(|source| source.names("pub fn update(&mut self, input"));
    let code = app.expect("there is an update").code;
    let before = code.split("pub fn update(&mut self, input").next().unwrap();
    let last = before.trim_end().lines().last().unwrap();
    assert!(last.trim().starts_with("#[must_use"), "update is to be #[must_use], not {last:?}");
}

#[test]
fn keys_are_named_by_the_keymap_alone() {
    const NAMES: &[&str] = &["Enter", "Esc", "Tab", "Space", "PgUp", "PgDn", "Backspace", "^C"];
    let is_named = |literal: &str| {
        let mut words = literal.split(|it: char| it.is_whitespace() || "/,.;:()".contains(it));
        words.any(|word| NAMES.contains(&word))
    };
    check("no key's name stands as a literal outside keymap/", |source| {
        let shows = ["app", "dialogs", "panes", "describe", "report", "sent_signals"];
        let literals = source.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
        shows.iter().any(|folder| source.is_in(folder)) && literals.into_iter().any(is_named)
    });
}
