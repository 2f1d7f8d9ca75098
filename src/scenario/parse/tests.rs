use super::*;
use crate::scenario::library;

const SOUND: &str = r#"title = "A title"
summary = "What it shows."
needs = ["python3"]

[[steps]]
say = """
Two lines
of text about {main}.
"""

[[steps]]
say = "It starts."
do = [
  { start = "parent=2", as = "parent" },
  { run = "fork", as = "program", under = "parent", tells = ["worker"] },
  { signal = "SIGTERM", to = "parent", reach = "group" },
  { press = "Ctrl-C", on = "parent" },
]
watch = 2.5
observe = ["parent has 2 children", "parent.1 has parent parent", "worker lives"]
why = "Because of {parent.2}."
[steps.ask]
question = "What happens to {main}?"
right = "Nothing."
wrong = ["Much.", "All."]
"#;

/// What is said of the sound text with one thing in it replaced.
fn mistake(old: &str, new: &str) -> String {
    assert!(SOUND.contains(old), "{old}");
    parse("sound", &SOUND.replace(old, new)).unwrap_err().to_string()
}

#[test]
fn a_sound_text_is_read() {
    let scenario = parse("sound", SOUND).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.title.as_str()), ("sound", "A title"));
    assert_eq!(scenario.needs, [Need::Python]);
    let [first, second] = &scenario.steps[..] else { panic!("{:?}", scenario.steps) };
    assert_eq!(first.say, "Two lines of text about {main}.");
    assert!((first.watch_s - WATCH_S).abs() < f64::EPSILON);
    assert!((second.watch_s - 2.5).abs() < f64::EPSILON);
    assert_eq!(second.actions.len(), 4);
    assert_eq!(second.observe.len(), 3);
    let question = second.ask.as_ref().unwrap();
    // In an order that does not tell which is right.
    assert_eq!(question.answers, ["All.", "Much.", "Nothing."]);
    assert_eq!(question.right, "Nothing.");
}

#[test]
fn a_mistake_is_reported_with_its_line() {
    for (old, new, sentence) in [
        (
            "title = \"A title\"",
            "title = 1",
            "line 1: invalid type: integer `1`, expected a string",
        ),
        ("summary", "sumary", "line 2: unknown field `sumary`"),
        ("\"python3\"", "\"ruby\"", "line 3: \"ruby\" is nothing that can be needed"),
        ("{main}.", "{mane}.", "line 6: nobody plays \"mane\" yet"),
        ("parent=2", "dragon", "line 14: there is no kind \"dragon\""),
        ("parent=2", "parent=200", "line 14: parent=N takes a number from 1 to 64"),
        ("parent=2", "child=2", "line 14: a scenario starts one at a time"),
        (", as = \"parent\" }", " }", "line 14: it needs `as`"),
        ("as = \"parent\" }", "as = \"main\" }", "line 14: \"main\" is somebody already"),
        ("under = \"parent\"", "under = \"nobody\"", "line 15: nobody plays \"nobody\" yet"),
        ("SIGTERM", "SIGDRAGON", "line 16: \"SIGDRAGON\" is no signal"),
        ("\"group\"", "\"galaxy\"", "line 16: \"galaxy\" is no reach; there are process"),
        (
            "press = \"Ctrl-C\", on",
            "press = \"Ctrl-C\", to",
            "line 17: press does not go together with to",
        ),
        (
            "press = \"Ctrl-C\", on = \"parent\"",
            "on = \"parent\"",
            "line 17: it says nothing to do",
        ),
        ("Ctrl-C", "Ctrl-Q", "line 17: \"Ctrl-Q\" is no key"),
        ("2.5", "250.0", "line 19: watch takes 0 to 30 seconds"),
        (
            "parent has 2 children",
            "parent is a dragon",
            "line 20: \"parent is a dragon\" is no fact",
        ),
        ("has parent parent", "has parent nobody", "line 20: nobody plays \"nobody\" yet"),
        ("{parent.2}", "{parent.x}", "line 21: nobody plays \"parent.x\" yet"),
        ("wrong = [\"Much.\", \"All.\"]", "wrong = []", "line 23: a question has 1 to 3 wrong"),
        ("\"Much.\"", "\"Nothing.\"", "line 24: two answers are the same"),
        (
            "observe = [\"parent has 2 children\", \"parent.1 has parent parent\", \"worker lives\"]\n",
            "",
            "line 11: a step that asks must observe",
        ),
        ("say = \"It starts.\"", "say = \" \"", "line 12: this text is empty"),
    ] {
        let said = mistake(old, new);
        assert!(said.starts_with(sentence), "{said}\nwanted: {sentence}");
    }
    let said = parse("sound", "title = \"x\"\nsummary = \"y\"\n").unwrap_err().to_string();
    assert_eq!(said, "line 1: it has no [[steps]]");
    let said = parse("No Name", SOUND).unwrap_err().to_string();
    assert!(said.contains("is no name for a scenario"), "{said}");
}

#[test]
fn after_a_reset_only_the_main_plays() {
    let text = "title = \"x\"\nsummary = \"y\"\n[[steps]]\nsay = \"z\"\n\
        do = [{ start = \"child\", as = \"child\" }, { reset = \"lab\" }]\nobserve = [\"child lives\"]";
    let said = parse("reset", text).unwrap_err().to_string();
    assert!(said.starts_with("line 6: nobody plays \"child\" yet"), "{said}");
}

#[test]
fn every_scenario_that_comes_with_pexplore_is_sound_and_has_a_name_of_its_own() {
    let mut names = HashSet::new();
    for (name, read) in library::scenarios() {
        let scenario = read.unwrap_or_else(|error| panic!("{name}.toml: {error}"));
        assert!(names.insert(name) && is_name(name), "{name}");
        assert!(scenario.steps.iter().any(Step::predicts), "{name}");
    }
    assert!(names.len() >= 20);
}

#[test]
fn every_file_of_a_scenario_or_a_program_has_its_row() {
    let stems = |folder: &str, extension: &str| -> HashSet<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(folder);
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let meant = paths.filter(|path| path.extension().is_some_and(|kind| kind == extension));
        meant.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let scenarios: HashSet<String> =
        library::scenarios().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(stems("scenarios", "toml"), scenarios);
    let programs = crate::test_process::python::PYTHON_PROGRAMS.iter();
    let programs: HashSet<String> = programs.map(|program| program.name.to_owned()).collect();
    assert_eq!(stems("python", "py"), programs);
}
