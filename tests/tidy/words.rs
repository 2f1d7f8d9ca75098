//! Words that are not used: the field has its own (signal(7), proc(5), POSIX, Rust's naming).

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::sources::{check, files_in, name, root};

const WORDS: &[&str] = &[
    "told",
    "foretold",
    "foretells",
    "foresight",
    "fate",
    "kin",
    "deed",
    "deeds",
    "wish",
    "wishes",
    "crew",
    "patience",
    "specimen",
    "specimens",
    "actor",
    "actors",
    "saying",
    "sayings",
    "hear",
    "hears",
    "heard",
    "obey",
    "obeys",
    "newborn",
    "newborns",
    "hunt",
    "mailbox",
    "machinery",
    "nought",
    "heed",
    "heeds",
    "amend",
    "remark",
    "remarks",
    "dismiss",
    "lineage",
    "test child",
    "test children",
    "carry out",
    "foretell",
];

/// The words of a text, where a part of a word is a word of its own: `take_told` and `ToldBy` hold
/// `told`.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for it in text.chars() {
        if !it.is_ascii_alphabetic() || it.is_ascii_uppercase() && was_lower {
            words.push(std::mem::take(&mut word));
        }
        if it.is_ascii_alphabetic() {
            word.push(it.to_ascii_lowercase());
        }
        was_lower = it.is_ascii_lowercase();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// All that is read: code, tests, documents, and what the program shows.
fn texts() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        ["src", "tests", "benches"].into_iter().flat_map(files_in).collect();
    files.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|file| root().join(file)));
    for folder in ["assets/scenarios", "assets/python"] {
        files.extend(fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    let read = |path: PathBuf| (name(&path), fs::read_to_string(&path).unwrap());
    let mut texts: Vec<_> = files.into_iter().map(read).collect();
    // This list itself has them all.
    texts.retain(|(path, _)| path != "tests/tidy/words.rs");
    // Old entries of the changelog stay as they were written.
    let log = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let newest = log.split("\n## ").nth(1).unwrap_or_default().to_owned();
    texts.push(("CHANGELOG.md".to_owned(), newest));
    texts
}

#[test]
fn no_private_word_is_used() {
    let mut wrong = String::new();
    for (path, text) in texts() {
        let words = words_of(&text);
        for word in WORDS {
            let parts: Vec<&str> = word.split(' ').collect();
            if words.windows(parts.len()).any(|it| *it == *parts) {
                writeln!(wrong, "{path}: {word}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "words that are not used here:\n{wrong}");
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
