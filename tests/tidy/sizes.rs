//! How long files, functions and types are, and the whole.

use crate::sources::{Source, check, files_in, is_test, name, sources};

/// The most lines of a source file, without its tests.
const MOST_LINES: usize = 300;

#[test]
fn files_are_short_and_no_module_is_called_mod() {
    check("at most 300 lines a file", |source| source.code.lines().count() > MOST_LINES);
    check("no mod.rs", |source| source.path.ends_with("/mod.rs"));
}

/// The most lines of a file of tests.
const MOST_TEST_LINES: usize = 400;
/// The most lines of code within a function.
const MOST_FUNCTION_LINES: usize = 60;
/// The most fields of a struct.
const MOST_FIELDS: usize = 14;
/// The most lines of code in `src/`, without blanks, comments and tests: a feature may
/// raise it by its own lines, and nothing else may.
const MOST_CODE: usize = 31_000;

#[test]
fn files_of_tests_are_short_too() {
    let folders = ["src", "tests", "benches"].into_iter().flat_map(files_in);
    let long: Vec<String> = folders
        .map(|file| (name(&file), std::fs::read_to_string(file).unwrap().lines().count()))
        .filter(|(name, lines)| {
            (is_test(name) || !name.starts_with("src/")) && *lines > MOST_TEST_LINES
        })
        .map(|(name, lines)| format!("{name}: {lines}"))
        .collect();
    assert!(long.is_empty(), "at most {MOST_TEST_LINES} lines: {long:?}");
}

/// The items of a source that begin with a word, each with its name and the lines within it.
fn items<'a>(source: &'a Source, word: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let lines: Vec<&str> = source.code.lines().collect();
    let mut items = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let starts = |it: &str| it.split(' ').take(4).any(|part| part == word);
        let Some((_, rest)) = code.split_once(&format!("{word} ")) else { continue };
        let is_item = !code.starts_with("//") && starts(code) && line.ends_with(['{', '(']);
        if !is_item {
            continue;
        }
        let indent = &line[..line.len() - code.len()];
        let inside = lines[at + 1..].iter().take_while(|it| **it != format!("{indent}}}"));
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
        items.push((&rest[..end], inside.copied().collect()));
    }
    items
}

#[test]
fn functions_are_short() {
    for source in sources() {
        for (function, lines) in items(&source, "fn") {
            let is_code = |line: &&&str| !matches!(line.trim_start().get(..2), None | Some("//"));
            let count = lines.iter().filter(is_code).count();
            let is_long = count > MOST_FUNCTION_LINES;
            assert!(!is_long, "{}: {function} has {count} lines", source.path);
        }
    }
}

#[test]
fn structs_have_few_fields() {
    let is_field = |line: &&&str| {
        let line = line.strip_prefix("    ").unwrap_or_default();
        let ways = ["pub(crate) ", "pub(super) ", "pub "];
        let line = ways.iter().find_map(|way| line.strip_prefix(way)).unwrap_or(line);
        let word = line.split(": ").next().unwrap_or_default();
        line.contains(": ") && word.chars().all(|it| it.is_alphanumeric() || it == '_')
    };
    let mut large = Vec::new();
    for source in sources() {
        for (name, lines) in items(&source, "struct") {
            let count = lines.iter().filter(is_field).count();
            if count > MOST_FIELDS {
                large.push(format!("{}: {name}: {count}", source.path));
            }
        }
    }
    assert!(large.is_empty(), "at most {MOST_FIELDS} fields: {large:?}");
}

#[test]
fn the_whole_is_small() {
    let is_code = |line: &&str| !line.trim().is_empty();
    let count: usize = sources().iter().map(|source| source.lines().filter(is_code).count()).sum();
    println!("{count} lines of code in src/");
    assert!(count <= MOST_CODE, "{count} lines of code in src/, at most {MOST_CODE}");
}
