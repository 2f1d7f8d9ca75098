//! Names and arguments that mean harm: exact in JSON, and harmless in text.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use tempfile::TempDir;

use crate::support::test_processes::TestProcesses;
use crate::support::{pexplore, run, snapshot};

/// Names as files may have them; the kernel cuts them to 15 bytes.
pub(crate) const NAMES: &[&[u8]] = &[
    b"two words",
    b"a) R 1 (b",
    b"((()",
    b"new\nline",
    b"esc\x1b[31mred",
    b"\xff\xfeinvalid",
    "\u{202e}live".as_bytes(),
    b"\x07\x08\t\r",
    "na\u{ef}ve".as_bytes(),
];

const ARGUMENTS: &[&[u8]] = &[
    b"",
    b"with space",
    b"\x1b]0;title\x07",
    b"\x1b[2J\n\r\t\x08",
    b"\xc3\x28\xff",
    "\u{9b}31m".as_bytes(),
    "\u{202e}\u{2066}\u{200b}\u{2028}\u{feff}".as_bytes(),
    "\u{65e5}\u{672c}".as_bytes(),
    b"",
];

/// Starts a shell under that name, which waits for input that never comes.
pub(crate) fn start(
    test_processes: &mut TestProcesses,
    folder: &TempDir,
    name: &[u8],
    arguments: &[&[u8]],
) -> u32 {
    let link = folder.path().join(OsStr::from_bytes(name));
    if !link.is_symlink() {
        std::os::unix::fs::symlink("/bin/sh", &link).unwrap();
    }
    let mut command = test_processes.command(&link);
    command.args(["-c", "read line"]);
    command.args(arguments.iter().map(|argument| OsStr::from_bytes(argument)));
    test_processes.start(&mut command).pid
}

#[test]
fn json_has_the_exact_strings() {
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    let pids: Vec<u32> =
        NAMES.iter().map(|name| start(&mut test_processes, &folder, name, ARGUMENTS)).collect();
    let shot = snapshot();
    for (name, pid) in NAMES.iter().zip(pids) {
        let process = shot.of(pid);
        let kept = &name[..name.len().min(15)];
        assert_eq!(process["comm"], String::from_utf8_lossy(kept).as_ref());
        let arguments: Vec<_> = process["cmdline"].as_array().unwrap()[3..].to_vec();
        let expected: Vec<_> = ARGUMENTS
            .iter()
            .map(|argument| String::from_utf8_lossy(argument).into_owned())
            .collect();
        assert_eq!(arguments, expected);
    }
}

/// Every way to print text about one process.
fn texts(pid: u32, more: &[&str], locale: &str) -> [String; 2] {
    let pid = pid.to_string();
    let text = |arguments: &[&str]| {
        let mut command = pexplore(arguments);
        command.args(["--interval", "0.05"]).args(more).env("LC_ALL", locale);
        let printed = run(&mut command);
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
        printed.text().to_owned()
    };
    [text(&["snapshot", &pid]), text(&["explain", &pid])]
}

#[test]
fn text_holds_only_printable_characters() {
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    for name in NAMES {
        let pid = start(&mut test_processes, &folder, name, ARGUMENTS);
        let texts = texts(pid, &[], "C.UTF-8");
        for text in &texts {
            let acts = |character: char| {
                let is_bidi = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{2069}' | '\u{feff}');
                is_bidi || (character.is_control() && character != '\n')
            };
            assert!(!text.contains(acts), "{text:?}");
            assert!(text.contains("with space") && text.contains("\u{65e5}\u{672c}"), "{text:?}");
        }
        assert_eq!(texts[0].lines().count(), 1, "a name makes no line of its own: {texts:?}");
    }
}

#[test]
fn text_is_ascii_where_that_is_all_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    for name in NAMES {
        let pid = start(&mut test_processes, &folder, name, ARGUMENTS);
        let in_c = texts(pid, &[], "C");
        let asked = texts(pid, &["--ascii"], "C.UTF-8");
        for text in in_c.into_iter().chain(asked) {
            let is_plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
            assert!(text.bytes().all(is_plain), "{text:?}");
        }
    }
}

#[test]
fn an_argument_of_a_hundred_kilobytes_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    let long = "x".repeat(100_000);
    let pid = start(&mut test_processes, &folder, b"long", &[long.as_bytes()]);
    assert_eq!(snapshot().of(pid)["cmdline"][3], *long);
    for text in texts(pid, &[], "C.UTF-8") {
        assert!(text.contains(&long));
    }
}
