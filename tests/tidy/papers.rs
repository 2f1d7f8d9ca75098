//! ARCHITECTURE.md is complete.

use std::fs;

use crate::sources::{files_in, folders, root};

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

#[test]
fn every_test_that_another_runs_by_its_name_exists() {
    let texts = files_in("tests").into_iter().map(|file| fs::read_to_string(file).unwrap());
    let all: String = texts.collect();
    let mark = ["\"--ex", "act\", \""].concat();
    for rest in all.split(&mark).skip(1) {
        let name = rest.split('"').next().unwrap().rsplit("::").next().unwrap();
        assert!(all.contains(&format!("fn {name}()")), "no test is called {name}");
    }
}
