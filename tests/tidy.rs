//! The invariants of the architecture, each held by the text of the sources.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a source file, without its tests.
const MOST_LINES: usize = 300;
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
    "world",
];

struct Source {
    path: String,
    /// The text before the file's own tests.
    code: String,
}

impl Source {
    fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(&format!("src/{folder}/")) || self.path == format!("src/{folder}.rs")
    }

    /// Lines that are no comments.
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.code.lines().filter(|line| !line.trim_start().starts_with("//"))
    }

    /// Whether it is a file that draws.
    fn draws(&self) -> bool {
        let path = self.path.trim_end_matches(".rs");
        path.split('/').any(|part| part == "draw" || part.starts_with("draw_"))
    }

    fn names(&self, word: &str) -> bool {
        self.lines().any(|line| line.contains(word))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file but those that are tests themselves.
fn sources() -> Vec<Source> {
    let found = sources_in("src");
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The folders right below `src/`, but the tests'.
fn folders() -> Vec<String> {
    let entries = fs::read_dir(root().join("src")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name != "tests").collect()
}

fn sources_in(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.extend(source(&path));
            }
        }
    }
    found
}

fn source(path: &Path) -> Option<Source> {
    let text = fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    let is_test = ["src/tests", "/tests/", "/tests.rs"].iter().any(|part| path.contains(part));
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text).to_owned();
    (!is_test).then_some(Source { path, code })
}

/// Fails with the files that break a rule.
fn check(rule: &str, breaks: impl Fn(&Source) -> bool) {
    let broken: Vec<String> =
        sources().into_iter().filter(breaks).map(|source| source.path).collect();
    assert!(broken.is_empty(), "{rule}: {broken:?}");
}

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
    check("remarks go through runtime/output.rs, which cannot be kept waiting", |source| {
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

#[test]
fn files_are_short_and_no_module_is_called_mod() {
    check("at most 300 lines a file", |source| source.code.lines().count() > MOST_LINES);
    check("no mod.rs", |source| source.path.ends_with("/mod.rs"));
}

#[test]
fn nothing_is_left_unfinished() {
    // Put together, so that this file does not hold the words itself.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("], ["dbg", "!("]]
            .map(|parts| parts.concat());
    check("nothing unfinished", |source| {
        words.iter().any(|word| source.code.contains(word.as_str()))
    });
}

#[test]
fn the_architecture_names_every_folder_and_every_dependency() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for folder in folders() {
        let folder = format!("{folder}/");
        let folder = folder.as_str();
        assert!(text.contains(folder), "ARCHITECTURE.md does not name {folder}");
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let dependencies =
        manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for line in dependencies.lines() {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        assert!(text.contains(&format!("`{name}`")), "ARCHITECTURE.md does not name {name}");
    }
    assert!(text.lines().count() <= 140, "ARCHITECTURE.md is longer than two pages");
}
