//! Facts of unusual processes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::copy::copy_program;
use crate::harness::needs::need;
use crate::harness::processes::{children_of, command_line, kill};
use crate::harness::terminal::Terminal;
use crate::harness::wait::wait_for;
use crate::support::events::Lines;
use crate::support::{pexplore, run};

/// A process that ends with the test.
struct Started(Child);

impl Started {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    /// A Python program, once it has printed a line, and that line.
    fn python(program: &str) -> (Self, String) {
        let mut command = Command::new("python3");
        let mut started = Self::start(command.args(["-S", "-c", program]).stdout(Stdio::piped()));
        let mut line = String::new();
        BufReader::new(started.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (started, line.trim().to_owned())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn explained(target: &str) -> Value {
    let arguments = ["explain", "--format", "json", "--interval", "0.05", target];
    let printed = run(&mut pexplore(&arguments));
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    printed.json()
}

#[test]
fn a_process_goes_on_in_its_threads_when_its_main_thread_has_ended() {
    // The number of exit(2) is the machine's own.
    if !need("python3") || !cfg!(target_arch = "x86_64") {
        return;
    }
    let (process, _) = Started::python(
        "import ctypes, threading, time\n\
         def rest():\n\
         \x20   while open('/proc/self/stat').read().rsplit(')', 1)[1].split()[0] != 'Z':\n\
         \x20       time.sleep(0.01)\n\
         \x20   print('ended', flush=True)\n\
         \x20   time.sleep(60)\n\
         threading.Thread(target=rest).start()\n\
         ctypes.CDLL(None).syscall(60, 0)",
    );
    let reported = explained(&process.0.id().to_string());
    assert!(reported["rss_bytes"].as_u64().unwrap() > 0);
    assert_eq!(reported["cmdline"][1], "-S");
    assert!(reported["exe"].as_str().unwrap().contains("python"));
    let story = reported["story"].to_string();
    assert!(story.contains("Its main thread ended; 1 thread lives."), "{story}");
}

#[test]
fn a_deleted_image_is_distinguished_from_one_that_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let start = |path: &Path| {
        copy_program("/bin/sleep", path);
        Started::start(Command::new(path).arg("60"))
    };
    let (gone, kept) = (folder.path().join("gone"), folder.path().join("kept (deleted)"));
    let (first, second) = (start(&gone), start(&kept));
    std::fs::remove_file(&gone).unwrap();
    let reported = explained(&first.0.id().to_string());
    assert_eq!((&reported["exe"], &reported["exe_deleted"]), (&gone.to_str().into(), &true.into()));
    let reported = explained(&second.0.id().to_string());
    assert_eq!(
        (&reported["exe"], &reported["exe_deleted"]),
        (&kept.to_str().into(), &false.into())
    );
    let text = run(&mut pexplore(&["explain", &first.0.id().to_string()])).text().to_owned();
    assert!(text.contains(&format!("{} (deleted)\n", gone.display())), "{text}");
}

#[test]
fn an_image_that_never_was_in_a_folder_is_not_called_deleted() {
    if !need("python3") {
        return;
    }
    let (process, _) = Started::python(
        "import os\n\
         image = os.memfd_create('made', 0)\n\
         os.sendfile(image, os.open('/bin/sh', os.O_RDONLY), 0, os.stat('/bin/sh').st_size)\n\
         os.execv(f'/proc/self/fd/{image}', ['sh', '-c', 'echo; kill -STOP $$'])",
    );
    let reported = explained(&process.0.id().to_string());
    assert_eq!(
        (&reported["exe"], &reported["exe_deleted"]),
        (&"/memfd:made".into(), &false.into())
    );
}

#[test]
fn the_number_of_a_thread_leads_to_its_process() {
    if !need("python3") {
        return;
    }
    let (process, thread) = Started::python(
        "import os, threading, time\n\
         threading.Thread(target=lambda: (print(threading.get_native_id(), flush=True), \
         time.sleep(60))).start()\n\
         while True: os.spawnlp(os.P_WAIT, 'sleep', 'sleep', '0.2')",
    );
    let pid = process.0.id();
    assert_ne!(thread, pid.to_string());
    assert_eq!(explained(&thread)["pid"], pid);
    let printed = run(&mut pexplore(&["explain", &thread]));
    let said = format!("pexplore: {thread} is a thread of process {pid} (python3)\n");
    assert_eq!(printed.stderr, said);
    let lines = Lines::start(&mut pexplore(&["events", "--format", "json", &thread]));
    let event: Value = serde_json::from_slice(&lines.next_line().unwrap()).unwrap();
    assert!(event["pid"] == pid || event["ppid"] == pid, "{event:#}");
    drop(process);
    let (status, messages) = lines.end();
    assert_eq!(status.code(), Some(0));
    assert!(messages.contains(&said), "{messages}");
}

#[test]
fn that_the_reader_was_killed_is_said_of_no_process() {
    let process = Started::start(Command::new("sleep").arg("60"));
    let pid = process.0.id().to_string();
    let mut terminal = Terminal::pexplore(40, 240, &["--read-only", &pid]);
    terminal.wait_for("directory  /");
    let pexplore = terminal.pid().unsigned_abs();
    let reader = || {
        let mut children = children_of(pexplore).into_iter();
        children.rfind(|child| command_line(*child).ends_with("__reader stat"))
    };
    let first = wait_for("the reader", reader);
    kill(first, Signal::KILL);
    wait_for("another reader", || reader().filter(|other| *other != first));
    // To its parent and back.
    for (key, title) in [("h", std::process::id().to_string()), ("/", pid.clone())] {
        terminal.send(key);
        if key == "/" {
            terminal.send(&format!("{pid}\r"));
        }
        terminal.wait(&title, |screen| {
            screen.contains(&format!(" {title} ──")) && screen.contains("directory  ")
        });
        assert!(!terminal.text().contains("does not answer"), "{}", terminal.text());
    }
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
