//! The documents say what the program does.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use pexplore::app::action::{ACTIONS, Group};
use pexplore::model::evidence::Role;
use pexplore::model::specimen::KINDS;

const START: &str =
    "<!-- keys: made from the table of actions; a test fails when they differ -->\n";
const END: &str = "<!-- end of keys -->";

fn readme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn keys() -> String {
    let mut table = String::from("| keys | what they do |\n|---|---|\n");
    for group in Group::ALL {
        writeln!(table, "| **{}** | |", group.title()).unwrap();
        for row in ACTIONS.iter().filter(|row| row.group == group) {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            writeln!(table, "| {} | {} |", keys.join(" "), row.help).unwrap();
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
        let row = format!("| {} | {} |", role.word(), role.meaning());
        assert!(text.contains(&row), "the readme lacks: {row}");
    }
}

#[test]
fn the_readme_names_every_kind_of_test_child_and_whether_it_takes_a_number() {
    let text = fs::read_to_string(readme()).unwrap();
    for row in &KINDS {
        let number = if row.counts_itself() { "" } else { "=N" };
        let name = format!("`{}{number}`", row.name);
        assert!(text.contains(&name), "the readme lacks {name}");
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
