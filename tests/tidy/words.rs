//! Words that are not used: the field has its own (signal(7), proc(5), POSIX, Rust's naming).

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::sources::{check, files_in, name, root};

/// Each with how often it still stands somewhere. A number may only be lowered; at none the word
/// may not come back.
const WORDS: &[(&str, usize)] = &[
    ("told", 889),
    ("predicted", 95),
    ("foretells", 4),
    ("foresight", 0),
    ("fate", 3),
    ("kin", 5),
    ("deed", 7),
    ("deeds", 1),
    ("wish", 82),
    ("wishes", 18),
    ("crew", 1),
    ("patience", 107),
    ("specimen", 64),
    ("specimens", 13),
    ("actor", 77),
    ("actors", 20),
    ("saying", 34),
    ("sayings", 32),
    ("hear", 5),
    ("hears", 7),
    ("heard", 4),
    ("obey", 4),
    ("obeys", 0),
    ("newborn", 50),
    ("newborns", 13),
    ("hunt", 1),
    ("mailbox", 2),
    ("machinery", 0),
    ("nought", 1),
    ("heed", 2),
    ("heeds", 7),
    ("amend", 10),
    ("remark", 44),
    ("remarks", 2),
    ("dismiss", 3),
    ("lineage", 0),
    ("test child", 0),
    ("test children", 0),
    ("carry out", 15),
];

/// The same, where a part of a word is a word of its own: `take_told` and `ToldBy` hold `told`.
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
fn private_words_are_on_their_way_out() {
    let texts: Vec<(String, Vec<String>)> =
        texts().into_iter().map(|(path, text)| (path, words_of(&text))).collect();
    let mut wrong = String::new();
    for (word, most) in WORDS {
        let parts: Vec<&str> = word.split(' ').collect();
        let count =
            |words: &[String]| words.windows(parts.len()).filter(|it| **it == *parts).count();
        let places: Vec<(usize, &str)> = texts
            .iter()
            .map(|(path, words)| (count(words), path.as_str()))
            .filter(|(count, _)| *count > 0)
            .collect();
        let found: usize = places.iter().map(|(count, _)| count).sum();
        if found < *most {
            println!("(\"{word}\", {found}): lower the number");
        }
        if found > *most {
            writeln!(wrong, "(\"{word}\", {found}), at most {most}: {places:?}").unwrap();
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
