use std::collections::HashSet;

use super::*;

#[test]
fn every_default_key_is_readable_and_means_one_thing_in_its_context() {
    let keymap = Keymap::default();
    let conflict = keymap.conflict().map(|(key, [one, other])| {
        format!("{key}: {} and {} in {:?}", one.row.name, other.row.name, one.context)
    });
    assert_eq!(conflict, None);
    assert!(keymap.bindings().iter().all(|binding| !binding.keys.is_empty()));
}

#[test]
fn names_are_written_alike_and_stand_once_in_a_context() {
    let mut names = HashSet::new();
    for Binding { context, row, .. } in Keymap::default().bindings() {
        assert!(names.insert((*context, row.name)), "{} stands twice", row.name);
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(row.name.chars().all(is_plain), "{}", row.name);
    }
}

#[test]
fn keys_of_the_file_replace_the_defaults_of_their_commands_alone() {
    let text = "[tree]\ndetails = \"d\"\n[list]\nconfirm = [\"c\", \"^X\"]\nup = []\n";
    let keymap = Keymap::from_toml(text).unwrap();
    let meaning = |context, key: &str| {
        let binding = keymap.command(&[context], key.parse().unwrap());
        binding.map(|binding| binding.row.name)
    };
    assert_eq!(meaning(Context::Tree, "d"), Some("details"));
    assert_eq!(meaning(Context::Tree, "Enter"), None);
    assert_eq!(meaning(Context::Log, "Enter"), Some("go-to-process"));
    assert_eq!(meaning(Context::List, "Ctrl-x"), Some("confirm"));
    assert_eq!(meaning(Context::List, "k"), None);
    assert_eq!(meaning(Context::Tree, "k"), Some("up"));
}

#[test]
fn each_mistake_is_one_sentence_with_its_line() {
    let error = |text: &str| Keymap::from_toml(text).unwrap_err().to_string();
    let all = [
        error("[tre]\n"),
        error("\n[tree]\nsearch = \"/\"\n"),
        error("[tree]\n\ndetails = \"Entr\"\n"),
        error("[tree]\ndetails = [\"x\",\n\"y\",\n\"F99\"]\n"),
        error("[tree]\ndetails = 5\n"),
        error("tree = 5\n"),
        error("[tree]\ndetails = \"j\"\n"),
        error("[list]\nconfirm = \"y\"\ncancel = [\"Esc\", \"y\"]\n"),
        error("[tree\n"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn hints_name_one_key_and_pairs_of_opposites_together() {
    let keymap = Keymap::from_toml("[timeline]\nzoom-in = []\n").unwrap();
    let moves = [Command::Move(Motion::Up), Command::Move(Motion::Down)];
    assert_eq!(keymap.pair(Context::Tree, moves, false), "↑↓");
    assert_eq!(keymap.pair(Context::Tree, moves, true), "j/k");
    let zooms = [TimelineCommand::ZoomIn, TimelineCommand::ZoomOut].map(Command::Timeline);
    assert_eq!(keymap.pair(Context::Timeline, zooms, false), "-");
    let only_arrows = Keymap::from_toml("[text]\nprevious = \"Up\"\n").unwrap();
    let previous = Command::Text(TextCommand::Previous);
    assert_eq!(only_arrows.key(Context::Text, previous, true), "Up");
}
