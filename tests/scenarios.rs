//! Every scenario, played on real processes without a screen, as root and as another user; and
//! what `pexplore lab` says of scenarios.

#![expect(clippy::unwrap_used, reason = "what a test expects fails where it is not so")]

#[expect(dead_code, reason = "each of the programs that have it uses a part of it")]
#[path = "harness/harness.rs"]
mod harness;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::copy::copy_program;
use crate::harness::needs::skip;

/// So many are played at a time: most of their time they wait.
const AT_A_TIME: usize = 4;

fn pexplore() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pexplore"));
    command.stdin(Stdio::null()).env("PX_TEST", "scenarios");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn names() -> Vec<String> {
    let list = pexplore().args(["lab", "--list"]).env("XDG_CONFIG_HOME", "/nowhere").output();
    let list = text(&list.unwrap().stdout);
    list.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// Plays every scenario; what went wrong.
fn play_all(command: impl Fn() -> Command + Sync) -> Vec<String> {
    let names = names();
    assert!(names.len() >= 20, "{names:?}");
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = command().args(["lab", name, "--auto"]).output().unwrap();
                    if let Err(sentence) = judge(name, &played) {
                        wrong.lock().unwrap().push(sentence);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

fn judge(name: &str, played: &Output) -> Result<(), String> {
    let (said, error) = (text(&played.stdout), text(&played.stderr));
    let all = format!("{name}: {:?}\n{said}{error}", played.status);
    match played.status.code() {
        Some(0) if said.contains("As predicted: ") && !said.contains("AGAINST") => Ok(()),
        Some(3) if said.lines().count() == 1 && said.contains(": skipped: ") => {
            println!("{}", said.trim_end());
            if std::env::var_os("PEXPLORE_TEST_ALL").is_some() && said.contains("python3") {
                return Err(all);
            }
            Ok(())
        }
        _ => Err(all),
    }
}

#[test]
fn every_scenario_goes_as_predicted() {
    let wrong = play_all(pexplore);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Removes what it holds at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_scenario_goes_as_predicted_for_an_ordinary_user() {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    let has_setpriv = Command::new("setpriv").arg("--version").output().is_ok();
    if !is_root || !has_setpriv {
        skip("root and setpriv");
        return;
    }
    // Where everybody can reach it.
    let folder = Folder(std::env::temp_dir().join(format!("pexplore-test-{}", std::process::id())));
    fs::create_dir(&folder.0).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
    let binary = folder.0.join("pexplore");
    copy_program(env!("CARGO_BIN_EXE_pexplore"), &binary);
    let wrong = play_all(|| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary);
        command.stdin(Stdio::null()).env("PX_TEST", "scenarios").env("HOME", "/nonexistent");
        command.current_dir("/");
        command
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plays a text as a file of the user's.
fn play_own(name: &str, text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    pexplore().arg("lab").arg(&path).arg("--auto").output().unwrap()
}

#[test]
fn the_documented_example_is_played() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios/README.md");
    let readme = fs::read_to_string(path).unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let played = play_own("example.toml", &example.replace("\"python3\"", ""));
    judge("example", &played).unwrap();
}

#[test]
fn what_contradicts_a_prediction_is_reported_and_exits_with_1() {
    let played = play_own(
        "wrong.toml",
        "title = \"x\"\nsummary = \"y\"\n[[steps]]\nsay = \"z\"\n\
         do = [{ start = \"child\", as = \"child\" }]\nwatch = 0.1\nobserve = [\"child is a daemon\"]\n",
    );
    let said = text(&played.stdout);
    assert_eq!(played.status.code(), Some(1), "{said}{}", text(&played.stderr));
    assert!(said.contains("AGAINST what was predicted: px-child "), "{said}");
    assert!(said.contains(" is a child; predicted was: px-child "), "{said}");
    assert!(said.ends_with("As predicted: 0 of 1 prediction.\n"), "{said}");
}

#[test]
fn a_mistake_names_the_file_and_the_line() {
    let played =
        play_own("broken.toml", "title = \"x\"\nsummary = \"y\"\n[[steps]]\nsya = \"z\"\n");
    let said = text(&played.stderr);
    assert_eq!((played.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("/broken.toml: line 4: unknown field `sya`"), "{said}");
    for (name, sentence) in [
        ("nowhere.toml", "pexplore: could not read nowhere.toml"),
        ("dragon", "pexplore: there is no scenario \"dragon\"; `pexplore lab --list` lists them"),
    ] {
        let played = pexplore().args(["lab", name, "--auto"]).output().unwrap();
        let said = text(&played.stderr);
        assert_eq!(played.status.code(), Some(1), "{said}");
        assert!(said.starts_with(sentence), "{said}");
    }
}

#[test]
fn without_a_terminal_it_says_what_does_without_one() {
    let played = pexplore().args(["lab", "orphans"]).output().unwrap();
    let said = text(&played.stderr);
    assert_eq!((played.status.code(), played.stdout.len()), (Some(1), 0), "{said}");
    assert!(said.contains("--auto plays a scenario without one"), "{said}");
}

#[test]
fn the_list_has_ones_own_scenarios_among_those_that_come_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("pexplore/scenarios");
    fs::create_dir_all(&own).unwrap();
    let sound = "title = \"Mine\"\nsummary = \"My own.\"\n[[steps]]\nsay = \"z\"\n";
    fs::write(own.join("mine.toml"), sound).unwrap();
    fs::write(own.join("orphans.toml"), sound).unwrap();
    fs::write(own.join("broken.toml"), "title = 1\n").unwrap();
    let listed = pexplore().args(["lab", "--list"]).env("XDG_CONFIG_HOME", folder.path()).output();
    let listed = listed.unwrap();
    let (said, wrong) = (text(&listed.stdout), text(&listed.stderr));
    assert!(listed.status.success());
    let of = |name: &str| said.lines().filter(|line| line.split(' ').next() == Some(name)).count();
    assert_eq!((of("mine"), of("orphans"), of("zombies"), of("broken")), (1, 1, 1, 0), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with("orphans ") && line.contains("Mine: My own."))
    );
    assert!(wrong.contains("broken.toml: line 1: "), "{wrong}");
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    for line in said.lines() {
        let name = line.split(' ').next().unwrap();
        assert!(!name.is_empty() && name.chars().all(is_plain), "{line}");
    }
    let mut mine = pexplore();
    mine.args(["lab", "mine", "--auto"]).env("XDG_CONFIG_HOME", folder.path());
    judge("mine", &mine.output().unwrap()).unwrap();
}

#[test]
fn without_python_what_needs_it_is_skipped_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("py.toml");
    let needy = "title = \"x\"\nsummary = \"y\"\nneeds = [\"python3\"]\n[[steps]]\nsay = \"z\"\n";
    fs::write(&path, needy).unwrap();
    let played = pexplore().arg("lab").arg(&path).arg("--auto").env("PATH", "/nowhere").output();
    let played = played.unwrap();
    assert_eq!(played.status.code(), Some(3));
    let said = text(&played.stdout);
    assert_eq!(said, "py: skipped: it needs python3, which is not on the path\n");
}
