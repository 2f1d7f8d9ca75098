//! The documents say what the program does.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pexplore::keymap::{Context, Keymap};
use pexplore::test_process::KINDS;
use pexplore::verdict::Role;
use strum::VariantArray;

const START: &str =
    "<!-- keys: made from the table of commands; a test fails when they differ -->\n";
const END: &str = "<!-- end of keys -->";

fn readme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn keys() -> String {
    let keymap = Keymap::default();
    let mut table = String::from("| keys | command | what it does |\n|---|---|---|\n");
    for context in Context::VARIANTS {
        writeln!(table, "| | **`[{}]`** | |", context.name()).unwrap();
        for binding in keymap.listed().filter(|binding| binding.context == *context) {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            let row = &binding.row;
            writeln!(table, "| {} | `{}` | {} |", keys.join(" "), row.name, row.help).unwrap();
        }
    }
    table
}

#[test]
fn the_keys_in_the_readme_are_those_of_the_table() {
    let text = fs::read_to_string(readme()).unwrap();
    let (before, rest) = text.split_once(START).expect("the readme has the keys' start");
    let (kept, after) = rest.split_once(END).expect("the readme has the keys' end");
    if std::env::var_os("PEXPLORE_UPDATE_README").is_some() {
        fs::write(readme(), format!("{before}{START}{}{END}{after}", keys())).unwrap();
        return;
    }
    assert!(kept == keys(), "PEXPLORE_UPDATE_README=1 cargo test --test docs renews the keys");
}

#[test]
fn the_roles_in_the_readme_are_those_of_the_program() {
    let text = fs::read_to_string(readme()).unwrap();
    for role in Role::ALL {
        let row = format!("| {} | {} |", role.into_str(), role.meaning());
        assert!(text.contains(&row), "the readme lacks: {row}");
    }
}

#[test]
fn the_readme_names_every_kind_of_test_process_and_whether_it_takes_a_number() {
    let text = fs::read_to_string(readme()).unwrap();
    for row in &KINDS {
        let number = if row.counts_itself() { "" } else { "=N" };
        let name = format!("`{}{number}`", row.name);
        assert!(text.contains(&name), "the readme lacks {name}");
    }
}

/// The sentences of a section of the readme, on one line; tables have a row each, code is none.
fn section<'a>(readme: &'a str, title: &str) -> String {
    let (_, rest) = readme.split_once(&format!("\n{title}\n")).expect("the readme has the section");
    let body = rest.split("\n## ").next().unwrap().split("\nMIT license.").next().unwrap();
    let prose = body.split("```").step_by(2).flat_map(str::lines);
    let is_prose = |line: &&'a str| !line.starts_with("![") && !line.starts_with("|---");
    let words = prose
        .filter(is_prose)
        .flat_map(|line| line.strip_prefix("- ").unwrap_or(line).split_whitespace());
    words.collect::<Vec<_>>().join(" ").replace("| kind | what it shows | ", "")
}

/// All the source there is, of the program and of its tests.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            sources(&entry.path(), all);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn every_sentence_of_the_readme_on_what_can_be_relied_on_has_its_test() {
    let readme = fs::read_to_string(readme()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut code);
    }
    let (mut title, mut rest, mut has_test) = ("", String::new(), true);
    let is_reported = |title: &str, rest: &str| {
        assert!(rest.is_empty(), "{title}: tests/docs/claims.txt lacks: {rest}");
    };
    for line in include_str!("docs/claims.txt").lines().skip(2).filter(|line| !line.is_empty()) {
        if let Some(test) = line.strip_prefix("  ") {
            let is_there = test.starts_with('(') || code.contains(&format!("fn {test}("));
            assert!(is_there, "no test is called {test}");
            has_test = true;
            continue;
        }
        assert!(has_test, "{title}: a sentence before this one has no test: {line}");
        if line.starts_with("## ") {
            is_reported(title, &rest);
            (title, rest) = (line, section(&readme, line));
            continue;
        }
        let after = rest.strip_prefix(line).map(|after| after.trim_start().to_owned());
        rest = after.unwrap_or_else(|| {
            panic!("{title}: tests/docs/claims.txt has: {line}\nthe readme goes on: {rest}")
        });
        has_test = false;
    }
    is_reported(title, &rest);
    assert!(has_test, "{title}: the last sentence has no test");
}

#[test]
fn the_options_in_the_readme_are_those_of_the_help() {
    let readme = fs::read_to_string(readme()).unwrap();
    let help = Command::new(env!("CARGO_BIN_EXE_pexplore")).arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let options = section(&readme, "## Options");
    for option in options.split('`').filter(|word| word.starts_with('-')) {
        let (name, values) = option.split_once(' ').unwrap_or((option, ""));
        assert!(help.contains(name), "the help lacks {name}");
        let values = values.split('|').filter(|value| value.starts_with(char::is_lowercase));
        for value in values.filter(|value| !value.is_empty()) {
            assert!(help.contains(value), "the help lacks {value} of {name}");
        }
    }
}

#[test]
fn the_package_has_what_publishing_needs() {
    let manifest = fs::read_to_string(readme().with_file_name("Cargo.toml")).unwrap();
    for field in ["description", "license", "readme", "keywords", "categories", "rust-version"] {
        assert!(manifest.contains(&format!("\n{field} = ")), "Cargo.toml lacks {field}");
    }
    for file in ["LICENSE", "CHANGELOG.md", "ARCHITECTURE.md", "assets/screen.svg"] {
        assert!(readme().with_file_name("").join(file).exists(), "{file} is missing");
    }
}
